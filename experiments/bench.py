"""`make bench`: ratios measured in one run, printed and written to outputs/bench/<name>.json.

Machines are noisy, so that each pair of figures is taken in turn, and the medians are compared. One evaluation is the
design document's: operating point, S-parameters and noise of the default amplifier at 11 frequencies.
"""

import json
import os
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from experiments import bench_accel
from experiments.ratio import Ratio
from genrf.api import parts
from genrf.circuits.problem import SizingProblem
from genrf.circuits.simulate import _libngspice
from genrf.circuits.simulate.ngspice import NGSPICE
from genrf.circuits.testbench import Grid, Noise, Op, Sp, Testbench
from genrf.core.workers import Task, Workers, settle
from genrf.pipeline.montecarlo import MonteCarloAnalysis

OUTPUT = Path("outputs/bench")
PDK_ROOT = Path(os.environ.get("PDK_ROOT", "../shared/pdk"))
_GRID = Grid("lin", 11, 2.4e9, 2.4835e9)
ROW = {"band": Sp(_GRID), "op": Op(("vdd", "vsupply#branch"), kept=True), "noise": Noise("out", "vin", _GRID)}
Values = dict[str, float]


def problem(tech: str = "generic130", circuit: str = "lna_cascode") -> SizingProblem:
    """The default spec on one topology, with the analyses of the design document's row."""
    made = parts("spec=lna_2p4ghz", f"tech={tech}", f"model.only=[{circuit}]")
    (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    found = made.make_problem(structure=structure, spec=made.spec)
    assert isinstance(found, SizingProblem)
    found.bench.__dict__["analyses"] = ROW  # in place of the search's, which a cached property holds
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


def _per_second(work: Callable[[], object], count: int) -> float:
    return count / processor_seconds(work)


def in_process(runs: int = 5, designs: int = 400, fresh: int = 20) -> Ratio:
    """Evaluations per processor second: in process against a fresh one-thread `ngspice -b` per design."""
    bench = problem()
    ours, theirs = [], []
    for _ in range(runs):
        ours.append(_per_second(lambda: [bench.measure(v) for v in draw(bench, designs)], designs))
        theirs.append(_per_second(lambda: [_batch(bench.testbench(v).deck()) for v in draw(bench, fresh)], fresh))
    return _ratio("generic130_vs_batch", ours, theirs, "evaluations per processor second")


def in_process_sky130(runs: int = 3, designs: int = 200, fresh: int = 1) -> Ratio:
    """The same on SKY130, where the fresh process reads the library's section as a user's netlist would have it."""
    bench = problem("sky130")
    library = PDK_ROOT.absolute() / "sky130A/libs.tech/combined/sky130.lib.spice"
    ours, theirs = [], []
    for _ in range(runs):
        ours.append(_per_second(lambda: [bench.measure(v) for v in draw(bench, designs)], designs))
        decks = [[*bench.testbench(v).deck()[:-1], f".lib {library} tt", ".end"] for v in draw(bench, fresh)]
        theirs.append(_per_second(lambda decks=decks: [_batch(deck) for deck in decks], fresh))
    return _ratio("sky130_vs_batch", ours, theirs, "evaluations per processor second")


def overhead(runs: int = 5, designs: int = 400) -> Ratio:
    """Time of one evaluation over the time that ngspice's own analyses take of it, in the same process."""
    bench, library = problem(), _libngspice.library()
    names = tuple(analysis.command for analysis in bench.bench.analyses.values())
    inside, command = 0.0, library.command

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
    return _ratio("evaluation_vs_ngspice_analysis", whole, own, "seconds per design")


def pyspice(runs: int = 5, designs: int = 200, stock: int = 20) -> Ratio:
    """Evaluations per processor second against PySpice's own simulator."""
    bench = problem()
    shared = _libngspice.library()
    ours, theirs = [], []
    for _ in range(runs):
        ours.append(_per_second(lambda: [bench.measure(v) for v in draw(bench, designs)], designs))
        theirs.append(_per_second(lambda: [_stock(shared, bench.testbench(v)) for v in draw(bench, stock)], stock))
    return _ratio("generic130_vs_pyspice", ours, theirs, "evaluations per processor second")


def _stock(shared: _libngspice.Library, testbench: Testbench) -> None:
    """The same as a PySpice user has it: a Circuit of elements, and its simulator's operating point, AC and noise.

    There is no `.sp` in PySpice, so an AC stands for each port. It is given our error policy, since its own refuses
    ngspice 39.
    """
    simulator = _circuit(testbench).simulator(temperature=27, nominal_temperature=27, ngspice_shared=shared._binding)
    sweep = {"start_frequency": _GRID.start, "stop_frequency": _GRID.stop, "variation": "lin"}
    simulator.operating_point()
    for _ in ("in", "out"):
        simulator.ac(number_of_points=_GRID.points, **sweep)
    simulator.noise(output_node="out", ref_node="0", src="vin", points=_GRID.points, **sweep)


def _circuit(testbench: Testbench) -> Any:
    """The netlist built through PySpice's own classes of elements."""
    from PySpice.Spice.Netlist import Circuit

    circuit = Circuit("lna")
    circuit.raw_spice = "\n".join(testbench.netlist.models) + "\n"
    for element in testbench.netlist.elements:
        add, name = getattr(circuit, element.name[0].upper()), element.name[1:]
        if element.name[0] == "m":
            sizes = " ".join(f"{key}={size!r}" for key, size in element.parameters.items())
            add(name, *element.nets, model=element.model, raw_spice=sizes)
        elif element.value is None:
            add(name, *element.nets, element.flags)
        else:
            add(name, *element.nets, element.value, raw_spice=element.flags)
    return circuit


def scaling(runs: int = 3, designs: int = 4000) -> Ratio:
    """Evaluations per second on as many workers as there are cores, over cores times those of one worker."""
    bench, cores = problem(), len(os.sched_getaffinity(0))
    tasks = [Task(0, values) for values in draw(bench, designs)]
    many, one = [], []
    for _ in range(runs):
        many.append(_rate(bench, tasks, cores))
        one.append(_rate(bench, tasks, 1) * cores)
    return _ratio(f"scaling_to_{cores}_workers", many, one, "evaluations per second")


def _rate(bench: SizingProblem, tasks: Sequence[Task], count: int) -> float:
    with Workers([bench], count, 10.0) as workers:
        workers.evaluate(tasks[: 64 * count])  # started and warm
        begin = time.perf_counter()
        workers.evaluate(tasks)
        return len(tasks) / (time.perf_counter() - begin)


def memory(evaluations: int = 100_000, first: int = 10_000) -> Ratio:
    """Resident memory of one process after many evaluations, over that after the first tenth of them."""
    bench, rng = problem(), np.random.default_rng(2)
    space, held = bench.structure.space, []
    for _ in range(evaluations // first):
        for values in space.decode_all(rng.random((first, len(space)))):
            bench.measure(values)
        held.append(_resident())
    return Ratio("memory_after_100000", held[-1] / held[0], held[-1], held[0], "bytes", 1)


def _resident() -> float:
    return float(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def monte_carlo(dies: int = 1000, aim: float = 30.0) -> Ratio:
    """Seconds for 1,000 dies of the default amplifier on all cores, over the 30 s that were asked for."""
    bench = problem()
    (values,) = draw(bench, 1)
    with Workers([bench], len(os.sched_getaffinity(0)), 10.0) as workers:
        workers.evaluate([Task(0, values)])
        begin = time.perf_counter()
        MonteCarloAnalysis(dies).run(bench, values, workers)
        seconds = time.perf_counter() - begin
    return Ratio("monte_carlo_1000_dies", seconds / aim, seconds, aim, "seconds", 1)


def _batch(deck: Sequence[str]) -> None:
    """The same design and analyses in a fresh process, its vectors printed."""
    control = [".control", "set num_threads=1"]
    for name, analysis in ROW.items():
        control += [analysis.command, *(["setplot previous"] if isinstance(analysis, Noise) else [])]
        control += [f"print {' '.join(analysis.vectors)}", f"echo did {name}"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "design.sp"
        path.write_text("\n".join([*deck[:-1], *control, "quit", ".endc", ".end"]) + "\n")
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        command = [NGSPICE.path(), "-n", "-b", path]
        done = subprocess.run(command, capture_output=True, env=environment, check=False, text=True)
    if "did noise" not in done.stdout:
        raise RuntimeError(f"ngspice -b did not measure: {done.stderr[-300:]}")


def _ratio(name: str, ours: Sequence[float], theirs: Sequence[float], unit: str) -> Ratio:
    a, b = statistics.median(ours), statistics.median(theirs)
    return Ratio(name, a / b, a, b, unit, len(ours))


def benchmarks() -> Iterator[Ratio]:
    """Every benchmark that this machine has the files for."""
    yield overhead()
    yield in_process()
    yield pyspice()
    yield scaling()
    yield monte_carlo()
    if PDK_ROOT.is_dir():
        os.environ["PDK_ROOT"] = str(PDK_ROOT.absolute())
        yield in_process_sky130()
    else:
        print(f"no PDK at {PDK_ROOT}: SKY130 is left out; set PDK_ROOT")
    yield memory()


def main() -> None:
    """Every benchmark, printed and written to its file."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for ratio in chain(bench_accel.benchmarks(), benchmarks()):
        (OUTPUT / f"{ratio.name}.json").write_text(json.dumps(asdict(ratio), indent=2) + "\n")
        figures = f"{ratio.ours:10.4g} against {ratio.theirs:10.4g} {ratio.unit}"
        print(f"{ratio.name:32s} x{ratio.ratio:9.3f}   {figures}", flush=True)


if __name__ == "__main__":
    main()
