"""`python -m experiments.analysis`: a sweep of two optimizers and two seeds, and the notebook executed over it."""

import subprocess
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
NOTEBOOK = HERE / "sweep.ipynb"
SWEEP = Path("outputs/analysis")
JOBS = ("spec=lna_2p4ghz", "optimizer=nsga2,sobol", "seed=1,2", "budget=3000", "designs=2", "front=60", "dies=200")


def execute(sweep: Path) -> nbformat.NotebookNode:
    """The notebook executed over `sweep`, without times of execution. Raises CellExecutionError where a cell fails."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells[1].source = f"SWEEP = {str(sweep)!r}"
    NotebookClient(notebook, timeout=240, kernel_name="python3", record_timing=False).execute()
    notebook.cells[1].source = f"SWEEP = {str(SWEEP)!r}"
    return notebook


def main() -> None:
    """Sweep, execute, and keep the outputs in the notebook."""
    if not list(SWEEP.glob("*/run.json")):
        subprocess.run([sys.executable, "-m", "genrf", "-m", *JOBS, f"hydra.sweep.dir={SWEEP}"], check=True)
    nbformat.write(execute(SWEEP.resolve()), NOTEBOOK)


if __name__ == "__main__":
    main()
