"""One run: the four stages in order, each leaving its part of the run folder."""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib import metadata
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from genrf.core.cache import Cached, Pool
from genrf.core.errors import ConfigError, GenrfError, Unoffered, Unsuitable
from genrf.core.files import tidied, writing
from genrf.core.parts import PartWriter, Table, parts, read_rows, write_whole
from genrf.core.pools import pool
from genrf.core.problem import AbstractProblem, Design, Structure
from genrf.core.results import Row
from genrf.core.yields import Dies
from genrf.pipeline import stages
from genrf.pipeline.config import Parts, Settings
from genrf.pipeline.lab import Lab
from genrf.pipeline.manifest import provenance, versions, write_manifest
from genrf.pipeline.montecarlo import MonteCarloAnalysis, write_dies
from genrf.pipeline.outcome import Outcome
from genrf.pipeline.paid import Paid
from genrf.pipeline.progress import watch
from genrf.pipeline.record import structures_of
from genrf.pipeline.robustness import examiner, searched
from genrf.pipeline.sensitivity import completed, glances, sensitivities
from genrf.pipeline.sketches import extras, sketches
from genrf.pipeline.summary import margins

log = logging.getLogger("genrf")


class SpecNotMet(GenrfError):
    """The run is done, but no design meets the spec, and `require_feasible` asked for one."""

    exit_status = 3


def design(made: Parts, folder: Path) -> Outcome:
    """From a specification to verified designs and their files in `folder`.

    Raises GenrfError when a stage fails, SpecNotMet when there is no design and the settings require one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with writing(folder):
        tidied(folder)
        outcome = _designed(made, folder)
    if made.settings.require_feasible and not len(outcome.front):
        nearest, page = margins(outcome), folder / "report.html"
        raise SpecNotMet(f"{made.spec.name}: no design meets the spec; {nearest}; see {page}")
    return outcome


def _designed(made: Parts, folder: Path) -> Outcome:
    given, clock = made.settings, _Clock()
    rng = np.random.default_rng(given.seed)
    with clock("generate"):
        problems = problems_of(made, rng)
    table = _table(problems, made)
    writer = PartWriter(folder / "evaluations", table)
    known = _known(folder, table)
    if problems[0].record():
        write_whole(structures_of(problems, table), folder / "structures.parquet")  # a run can be learnt from
    samples = min(given.samples, max(1, given.budget // (2 * len(problems))))
    log.info("%s: %s", made.spec.name, ", ".join(problem.structure.name for problem in problems))
    with pool_of(problems, made) as processes, watch(made.spec, given.budget) as watcher:
        pool = Cached(processes, made.cache, problems)
        lab = Lab(problems, pool, writer, watcher, known, examiner=examiner(problems, pool, given))
        with clock("simulate"):
            screened = stages.simulate(lab, samples, rng)
        with clock("optimize"):
            left = max(0, given.budget - len(screened))
            results = stages.optimize(lab, screened, made.optimizer, left, rng, made.generator)
        with clock("verify"):
            front = stages.verify(lab, results, given.front)
            write_whole(table.arrow(front), folder / "front.parquet")
            designs = lab.survey(stages.choose(lab, front, given.designs))
        outcome = Outcome(folder, problems, results, front, designs, seconds=clock.seconds)
        outcome.thinking = watcher.score.thinking
        outcome.remarks = made.generator.remarks(made.spec)
        outcome.versions = versions(problems[0], made.exporters.values())
        outcome.provenance = provenance(outcome.versions, given)
        with clock("sensitivity"):
            paid = Paid(problems, pool, results.rows)
            outcome.sensitivities = sensitivities(designs[: given.sensitivity], paid)
        with clock("yield"):
            outcome.dies = _dies(outcome, given, paid)
            drawn = designs if given.dies is None and problems[0].varies else []
            outcome.undrawn = tuple(one.id for one in drawn if one.id not in outcome.dies)
        with clock("others"):
            _look_at(stages.others(lab, front, designs), outcome, given, paid)
            told = designs if given.sensitivity else []
            outcome.spared = tuple(one.id for one in told if one.id not in outcome.sensitivities)
    outcome.simulated, outcome.from_cache = pool.simulated, pool.hits
    with clock("export"):
        outcome.checks, outcome.shown = stages.export(designs, made.exporters, folder / "designs")
    writer.join()  # before the report, which tells the hash of every file
    with clock("report"):
        _report(outcome)
    writer.intact()
    write_manifest(outcome, given)
    return outcome


def problems_of(made: Parts, rng: np.random.Generator) -> list[AbstractProblem]:
    """The problems that a run would search, after all that it needs was found to be there.

    Raises ToolNotFound or ConfigError for what is not.
    """
    structures = stages.generate(made.generator, made.spec, made.settings.count, rng)
    problems = _suitable(made, structures)
    for problem in problems:
        problem.require()
    for name, exporter in made.exporters.items():
        exporter.check_fits(name, problems[0])
        exporter.require()
    made.cache.require()
    if made.settings.dies and not problems[0].varies:
        raise ConfigError(f"dies={made.settings.dies}: {type(problems[0]).__name__} knows no statistics; dies=null")
    for problem in problems:
        made.spec.check(problem.metrics)
    return problems


def _dies(outcome: Outcome, given: Settings, paid: Paid) -> dict[str, Dies]:
    """The dies of each chosen design, in `dies.parquet` too: as many as were asked for, else as the search pays for."""
    found: dict[str, Dies] = {}
    if given.dies:
        places = {problem.structure.name: place for place, problem in enumerate(outcome.problems)}
        analysis = MonteCarloAnalysis(given.dies, given.seed)
        for design in outcome.designs:
            place = places[design.problem.structure.name]
            found[design.id] = analysis.of(outcome.problems, place, design.values, paid.pool)
    elif given.dies is None and outcome.problems[0].varies:
        found = MonteCarloAnalysis(seed=given.seed).unasked(outcome.designs, paid)
    if found:
        drawn = [one for one in outcome.designs if one.id in found]
        write_dies(drawn, found, outcome.folder / "dies.parquet")
    return found


def _look_at(others: Sequence[Design], outcome: Outcome, given: Settings, paid: Paid) -> None:
    """What the report shows of the designs of the front that were not chosen: of all what is cheap, then the rest.

    The chosen ones whose sensitivities were not asked for at once come first in these. Who asked for no designs wants
    their numbers, and nothing is measured for the report.
    """
    if not given.designs:
        outcome.sketched = others
        return
    sketched = sketches(others, paid)
    told = [*outcome.designs[given.sensitivity :], *others] if given.sensitivity else []
    cheap = glances(told, paid)
    outcome.sketched, outcome.whole = extras(sketched, paid)
    outcome.sensitivities |= cheap | completed(told, cheap, paid)
    if given.dies:
        as_many = given.dies * max(1, len(outcome.designs))  # as of those that were chosen, together
        outcome.fewer = MonteCarloAnalysis(as_many, given.seed).among(others, outcome.problems, paid.pool)
    elif outcome.dies and not outcome.undrawn:
        outcome.fewer = MonteCarloAnalysis(seed=given.seed).glimpses(others, paid)


def _suitable(made: Parts, structures: Sequence[Structure]) -> list[AbstractProblem]:
    """A problem for each structure that can be built here. Raises Unsuitable when none can."""
    problems, refused = list[AbstractProblem](), list[Unsuitable]()
    spec = searched(made.spec, made.settings)
    for structure in structures:
        try:
            problems.append(made.make_problem(structure=structure, spec=spec))
        except Unsuitable as error:
            refused.append(error)
    if not problems:
        raise refused[0]
    reasons = list(dict.fromkeys(str(error) for error in refused if isinstance(error, Unoffered)))
    if reasons:
        others = f"; and {len(reasons) - 1} more for reasons of their own" if len(reasons) > 1 else ""
        log.info("left out %d of %d structures: %s%s", len(refused), len(structures), reasons[0], others)
    return problems


def _table(problems: Sequence[AbstractProblem], made: Parts) -> Table:
    constants = {"spec": made.spec.name, "tech": made.settings.tech, "seed": made.settings.seed}
    stamp = {"genrf_version": metadata.version("genrf"), "config_hash": made.settings.config_hash}
    return Table.of(problems, constants, stamp, corners=problems[0].corners)


def _known(folder: Path, table: Table) -> dict[str, Row]:
    """The rows of a run that is resumed. Raises ConfigError when they come from another config."""
    there = parts(folder / "evaluations")
    check_config(there[:1], table, folder)
    return {row.id: row for row in read_rows(there)}


def check_config(written: Iterable[Path], table: Table, folder: Path) -> None:
    """Raise ConfigError when a Parquet file in a run's `folder` comes from another config than `table`."""
    for path in written:
        if pq.read_schema(path).metadata[b"config_hash"] != table.schema.metadata[b"config_hash"]:
            raise ConfigError(
                f"{folder} holds a run of another config; choose another folder, or resume= without changes"
            )


def pool_of(problems: Sequence[AbstractProblem], made: Parts) -> AbstractContextManager[Pool]:
    """What the settings say measures."""
    given = made.settings
    return pool(problems, given.workers, made.cluster, given.time_limit, given.memory_limit, given.budget)


def _report(outcome: Outcome) -> None:
    from genrf.pipeline.report import write_report  # jinja2, wanted only here

    write_report(outcome)


class _Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - begin, 3)
