"""ngspice as a fresh process for each bench: slower, but nothing of one design can reach another."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genrf.circuits.simulate import rawfile
from genrf.circuits.simulate.engine import NoConvergence, SPICEEngine, whole
from genrf.circuits.simulate.ngspice import NGSPICE
from genrf.circuits.simulate.process import last_words, run
from genrf.circuits.testbench import Analysis, Noise, Testbench, Waveforms
from genrf.core.errors import GenrfError


@dataclass(frozen=True)
class NgSpiceBatchEngine(SPICEEngine):
    """`ngspice -b` on one thread, at most `seconds` a bench. Vectors come back as binary raw files."""

    seconds: float

    def require(self) -> None:
        NGSPICE.path()

    def version(self) -> str:
        return f"ngspice {NGSPICE.version()} -b"

    def simulate(self, testbench: Testbench) -> Waveforms:
        with tempfile.TemporaryDirectory(prefix="genrf_") as place:
            folder = Path(place)
            (folder / "bench.sp").write_text("\n".join(deck(testbench)) + "\n")
            command = (NGSPICE.path(), "-n", "-b", "bench.sp")
            printed = run(command, folder, self.seconds, {"OMP_THREAD_LIMIT": "1"})
            return {
                name: plotted(folder / f"{number}.raw", analysis, printed)
                for number, (name, analysis) in enumerate(testbench.analyses.items())
            }


def deck(testbench: Testbench) -> list[str]:
    """The bench with commands that run each analysis and write its plot to `<number>.raw`."""
    lines = [*testbench.deck()[:-1], ".control", "set num_threads=1", "set filetype=binary"]
    for number, analysis in enumerate(testbench.analyses.values()):
        # `.noise` over more than one frequency leaves its integrated noise as the newer of two plots
        twice = isinstance(analysis, Noise) and len(analysis.grid.frequencies()) > 1
        before = ["setplot previous"] if twice else []
        lines += [
            *analysis.command.split(";"),
            *before,
            f"write {number}.raw {' '.join(map(_quoted, analysis.vectors))}",
        ]
        lines.append("destroy all")  # an analysis that fails must not write the plot of the one before
    return [*lines, "quit", ".endc", ".end"]


def _quoted(vector: str) -> str:
    return f"v({vector})" if vector.isdigit() else vector


def plotted(path: Path, analysis: Analysis, printed: str) -> dict[str, np.ndarray]:
    """The vectors of an analysis in the raw file that ngspice wrote of it, having `printed` meanwhile.

    Raises NoConvergence when they are not all there.
    """
    try:
        plots = rawfile.read(path)
    except (OSError, GenrfError):
        plots = []
    if not plots or not plots[-1].name.lower().startswith(_NAMES[analysis.plot]):
        raise NoConvergence(f"{analysis.plot}: {last_words(printed)}")
    vectors = {name.lower(): vector for name, vector in plots[-1].vectors.items()}
    found = {name: _named(vectors, name.lower()) for name in analysis.vectors}
    kept = whole(analysis, found)
    if kept is None:
        raise NoConvergence(f"{analysis.plot}: {last_words(printed)}")
    return kept


def _named(vectors: Mapping[str, np.ndarray], name: str) -> np.ndarray | None:
    """A vector under ngspice's own name, or the one that its raw files give it: `v(out)`, `i(vsupply)`."""
    written = f"i({name.removesuffix('#branch')})" if name.endswith("#branch") else f"v({name})"
    return vectors.get(name, vectors.get(written))


_NAMES = {"op": "operating", "sp": "sp", "noise": "noise", "ac": "ac", "tran": "transient", "dc": "dc"}
