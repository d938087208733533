"""Everything that a circuit must keep besides its spec, from its graph and its operating points."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing import parent_process

from genrf.circuits.devices import RESISTOR
from genrf.circuits.netlist import Netlist
from genrf.circuits.rules.bias import Card, cards, operating_point, read_cards, transistors
from genrf.circuits.rules.connections import connections
from genrf.circuits.rules.currents import overloaded
from genrf.circuits.rules.finding import SEVERITIES, Finding
from genrf.circuits.rules.headroom import starved
from genrf.circuits.rules.limits import DeviceLimits
from genrf.circuits.rules.plausible import implausible
from genrf.circuits.rules.ratings import overstressed
from genrf.circuits.rules.regions import Transistor, judge, regions, unseen
from genrf.circuits.rules.startup import startup
from genrf.circuits.simulate.engine import NoConvergence, SPICEEngine
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.simulate.ngspice_batch import NgSpiceBatchEngine
from genrf.circuits.technology import TechnologyFile

Kinds = Mapping[str, str]  # element -> kind of device of the process
_NONE: Kinds = {}
_SECONDS = 60.0  # for an operating point
_OXIDE = 0.1  # relative; no corner moves it so far, and the next class of voltage has half as much again
_SHOWN = 5  # devices that a note names


@dataclass(frozen=True)
class Validation:
    """What was found, the worst first, and where every transistor works at the nominal operating point."""

    findings: tuple[Finding, ...]
    transistors: tuple[Transistor, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether there is no error."""
        return all(finding.severity != "error" for finding in self.findings)

    @property
    def summary(self) -> str:
        """How many findings of each severity."""
        count = Counter(finding.severity for finding in self.findings)
        return ", ".join(f"{count[s]} {s}{'' if count[s] == 1 else 's'}" for s in SEVERITIES)


@dataclass(frozen=True)
class CircuitValidator:
    """Holds a circuit against electrical rules and the limits of a process, as far as the process gives any.

    >>> CircuitValidator(technology).validate(netlist, 27.0, engine)  # doctest: +SKIP
    """

    technology: TechnologyFile | None = None

    def validate(
        self, netlist: Netlist, temperature: float, engine: SPICEEngine, kinds: Kinds = _NONE
    ) -> list[Finding]:
        """The findings at one temperature in degrees Celsius, the worst first; see `report`."""
        return list(self.report(netlist, temperature, engine, kinds).findings)

    def report(
        self, netlist: Netlist, temperature: float, engine: SPICEEngine, kinds: Kinds = _NONE, again: bool = False
    ) -> Validation:
        """Findings and transistors of `netlist`, which has its sources.

        `kinds` says which elements are which devices of the process; a transistor is known by its model too. Where a
        circuit is looked at `again`, at a corner, what does not depend on its numbers is left out, and second operating
        points are looked for briefly.
        """
        if isinstance(engine, NgSpiceEngine) and parent_process() is None:
            # decks with guesses, loaded again and again, have brought libngspice down: a worker can be replaced, the
            # process of the run cannot
            engine = NgSpiceBatchEngine(_SECONDS)
        limits, widths = self._limits(netlist, kinds)
        faults = connections(netlist)
        found = [] if again else [*faults, *self._unlimited(netlist, limits, kinds)]
        carriers = [element for element in netlist.elements if element.name in widths]
        try:
            bias = operating_point(netlist, temperature, engine, carriers)
        except NoConvergence as error:
            none = Finding("operating point", "", f"none was found: {error}", "error")
            return Validation(worst_first([*found, none]))
        placed = regions(bias, temperature)
        found += [finding for transistor in placed for finding in judge(transistor)]
        found += [*implausible(bias), *starved(bias, temperature)]
        found += [*overstressed(bias, limits), *overloaded(bias, widths)]
        found += [] if again else unseen(bias)
        if all(fault.severity != "error" for fault in faults):  # what floats would pass for a second operating point
            found += startup(bias, temperature, engine, briefly=again)
        return Validation(worst_first(found), tuple(placed))

    def _limits(self, netlist: Netlist, kinds: Kinds) -> tuple[dict[str, DeviceLimits], dict[str, float]]:
        """Of each element that the process limits: what it stands, and the most current in A."""
        given = self.technology.limits if self.technology else None
        if not given:
            return {}, {}
        known = {**self._by_model(netlist), **kinds}
        limits = {name: given[kind] for name, kind in known.items() if kind in given}
        widths = {name: self._most(known[name], limit) for name, limit in limits.items()}
        return limits, {name: most for name, most in widths.items() if most is not None}

    def _most(self, kind: str, limit: DeviceLimits) -> float | None:
        assert self.technology is not None
        width = getattr(self.technology.devices[kind], "width", None)
        return limit.density * width if limit.density is not None and width is not None else None

    def _by_model(self, netlist: Netlist) -> Kinds:
        """Elements with a model of the process: one of its names, on an oxide as thick as its own.

        Names such as `nch` are everywhere; the oxide is what the voltages hang on.
        """
        assert self.technology is not None
        own, known = read_cards(self.technology.at().models), cards(netlist)
        kinds: dict[str, str] = {}
        for kind, device in self.technology.devices.items():
            kinds.setdefault(getattr(device, "model", ""), kind)  # a varactor of transistors comes after them
        same = {name for name in kinds.keys() & own.keys() & known.keys() if _alike(own[name], known[name])}
        return {element.name: kinds[element.model] for element in netlist.elements if element.model in same}

    def _unlimited(self, netlist: Netlist, limits: Mapping[str, DeviceLimits], kinds: Kinds) -> Iterator[Finding]:
        """Notes on what could not be held against anything."""
        process = self.technology.name if self.technology else ""
        if not process or not (self.technology and self.technology.limits):
            who = f"process {process} gives" if process else "no process is given, and so"
            yield Finding("limits", "", f"{who} no limits: voltages and currents were not checked", "note")
            return
        without = [element.name for element in transistors(netlist) if element.name not in limits]
        if without:
            why = "gives no voltages of" if kinds else "does not know the models of"
            what = f"process {process} {why} {_few(without)}: their voltages were not checked"
            yield Finding("limits", "", what, "note")
        tracks = sum(element.name[0] in "rl" for element in netlist.elements)
        if tracks and not kinds:
            what = f"currents were not checked: the widths of resistors and inductors ({tracks}) are not known"
            yield Finding("limits", "", what, "note")
        devices = self.technology.devices
        strips = [name for name, kind in kinds.items() if devices[kind].pins == RESISTOR and name not in limits]
        if strips:
            what = f"process {process} gives no current density of {_few(strips)}: their currents were not checked"
            yield Finding("limits", "", what, "note")


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _alike(one: Card, other: Card) -> bool:
    if one.oxide is None or other.oxide is None or one.kind != other.kind:
        return False
    return abs(other.oxide / one.oxide - 1.0) < _OXIDE


def worst_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors, then warnings, then notes, each in their order."""
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def merged(reports: Mapping[str, Validation]) -> Validation:
    """The reports of a circuit at its corners, the nominal one first, as one: of what is said twice, the worst."""
    kept: dict[tuple[str, str, str], Finding] = {}
    for corner, report in reports.items():
        for finding in report.findings:
            key = (finding.rule, finding.device, finding.what.partition(":")[0])  # behind the colon stand details
            if key not in kept or _weight(finding) > _weight(kept[key]):
                kept[key] = replace(finding, corner=corner)
    return Validation(worst_first(kept.values()), next(iter(reports.values())).transistors)


def _weight(finding: Finding) -> tuple[int, float]:
    """How bad a finding is among those that say the same: by severity, then by its distance from the limit."""
    return -SEVERITIES.index(finding.severity), abs((finding.value or 0.0) - (finding.limit or 0.0))
