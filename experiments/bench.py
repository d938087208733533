"""`make bench`: ratios measured in one run, printed and written to outputs/bench/<name>.json.

Machines are noisy, so that each pair of figures is taken in turn, and the medians are compared.
"""

import json
import os
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from genrf.api import parts
from genrf.circuits.measure import MEASURES
from genrf.circuits.problem import SizingProblem
from genrf.circuits.simulate import _libngspice
from genrf.circuits.simulate.ngspice import NGSPICE
from genrf.circuits.testbench import Noise
from genrf.core.workers import settle

OUTPUT = Path("outputs/bench")
Values = dict[str, float]


@dataclass(frozen=True)
class Ratio:
    """One comparison: `ratio` is ours over theirs."""

    name: str
    ratio: float
    ours: float
    theirs: float
    unit: str
    runs: int


def problem(circuit: str = "lna_cascode") -> SizingProblem:
    """The default spec on one topology."""
    made = parts("spec=lna_2p4ghz", f"model.only=[{circuit}]")
    (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    found = made.make_problem(structure=structure, spec=made.spec)
    assert isinstance(found, SizingProblem)
    found.measure(draw(found, 1)[0])
    settle()  # as a worker does
    return found


def draw(bench: SizingProblem, count: int) -> list[Values]:
    """Random designs, the same at every call."""
    space = bench.structure.space
    return space.decode_all(np.random.default_rng(1).random((count, len(space))))


def processor_seconds(work: Callable[[], object]) -> float:
    """Processor time of `work` in this process and in those that it waited for."""

    def used() -> float:
        times = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(t.ru_utime + t.ru_stime for t in times)

    begin = used()
    work()
    return used() - begin


def in_process(runs: int = 5, designs: int = 400, fresh: int = 20) -> Ratio:
    """Evaluations per processor second: in process against a fresh one-thread `ngspice -b` per design."""
    bench = problem()
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        deck = Path(folder) / "design.sp"
        for _ in range(runs):
            ours.append(designs / processor_seconds(lambda: [bench.measure(v) for v in draw(bench, designs)]))
            theirs.append(
                fresh / processor_seconds(lambda: [_batch(_deck(bench, v, deck)) for v in draw(bench, fresh)])
            )
    a, b = statistics.median(ours), statistics.median(theirs)
    return Ratio("in_process_vs_batch", a / b, a, b, "evaluations per processor second", runs)


def overhead(runs: int = 5, designs: int = 400) -> Ratio:
    """Time of one evaluation over the time that ngspice's own analyses take of it, in the same process."""
    bench, library = problem(), _libngspice.library()
    names = tuple(analysis.command for analysis in bench.bench.analyses.values())
    inside = 0.0
    command = library.command

    def timed(line: str) -> None:
        nonlocal inside
        begin = time.perf_counter()
        command(line)
        inside += time.perf_counter() - begin if line in names else 0.0

    library.command = timed  # type: ignore[method-assign]
    whole, own = [], []
    for _ in range(runs):
        inside, begin = 0.0, time.perf_counter()
        for values in draw(bench, designs):
            bench.measure(values)
        whole.append((time.perf_counter() - begin) / designs)
        own.append(inside / designs)
    library.command = command  # type: ignore[method-assign]
    a, b = statistics.median(whole), statistics.median(own)
    return Ratio("evaluation_vs_ngspice_analysis", a / b, a, b, "seconds per design", runs)


def _deck(bench: SizingProblem, values: Values, path: Path) -> Path:
    """The same design and analyses as one file, with every metric printed."""
    testbench = bench.testbench(values)
    lines = [*testbench.deck()[:-1], ".control", "set num_threads=1"]
    for name, analysis in testbench.analyses.items():
        lines += [analysis.command, *(["setplot previous"] if isinstance(analysis, Noise) else [])]
        for metric, measure in MEASURES.items():
            if measure.analysis == name:
                lines += [*measure.nutmeg.splitlines(), f"let {metric} = result", f"print {metric}"]
    path.write_text("\n".join([*lines, "quit", ".endc", ".end"]) + "\n")
    return path


def _batch(deck: Path) -> None:
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(
        [NGSPICE.path(), "-n", "-b", deck], capture_output=True, env=environment, check=False, text=True
    )
    if "nf_db = " not in done.stdout:
        raise RuntimeError(f"ngspice -b did not measure {deck}: {done.stderr[-300:]}")


def report(ratios: Sequence[Ratio]) -> None:
    """Print the ratios and write each to its file."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for ratio in ratios:
        (OUTPUT / f"{ratio.name}.json").write_text(json.dumps(asdict(ratio), indent=2) + "\n")
        print(f"{ratio.name:34s} x{ratio.ratio:8.2f}   {ratio.ours:10.4g} against {ratio.theirs:10.4g} {ratio.unit}")


def main() -> None:
    """Every benchmark, in one run."""
    speed, share = in_process(), overhead()
    report([speed, share])
    print(f"ngspice's own analyses are {100 / share.ratio:.0f} % of the time of one evaluation")


if __name__ == "__main__":
    main()
