"""A bench in Spectre's own language."""

import re
from collections.abc import Iterator, Mapping

from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.testbench import Ac, Analysis, Dc, Grid, Noise, Op, Sp, Testbench, Tran
from genrf.core.errors import ConfigError
from genrf.core.units import suffixed

_NUMBER = r"[-+.\deE]+"
_PASSIVE = {"r": ("resistor", "r"), "c": ("capacitor", "c"), "l": ("inductor", "l")}
_CONTROLLED = {"g": ("vccs", "gm"), "e": ("vcvs", "gain")}
_CARDS = {
    ("nmos", "54"): "bsim4 type=n", ("pmos", "54"): "bsim4 type=p",
    ("nmos", "14"): "bsim4 type=n", ("pmos", "14"): "bsim4 type=p",
    ("npn", "9"): "vbic type=npn", ("npn", "4"): "vbic type=npn",
    ("npn", "1"): "bjt type=npn", ("pnp", "1"): "bjt type=pnp",
    ("r", "1"): "resistor", ("c", "1"): "capacitor",
}  # fmt: skip


def netlist(testbench: Testbench, analyses: Mapping[str, Analysis]) -> str:
    """The input file for some analyses of a bench, which are called `a_<name>` in it.

    Where there are S-parameters, ports are Spectre's; elsewhere a source behind a resistor without noise, because a
    port of ngspice makes none in `.noise` and ours mean that.
    Raises ConfigError for an element that has no counterpart.
    """
    ports = any(isinstance(analysis, Sp) for analysis in analyses.values())
    lines = ["// genrf", "simulator lang=spectre", f"genrf_options options temp={testbench.temperature:g} tnom=27"]
    lines += written(testbench.netlist, ports)
    lines += controls(testbench.netlist, analyses)
    return "\n".join(lines) + "\n"


def written(netlist: Netlist, ports: bool) -> list[str]:
    """Model cards and elements, a line each; `ports`: as Spectre's ports, else as sources that make no noise."""
    lines = [_card(line.split()) for line in netlist.models]
    return [*lines, *(line for element in netlist.elements for line in _element(element, ports))]


def controls(netlist: Netlist, analyses: Mapping[str, Analysis]) -> list[str]:
    """The statements of analyses, which are called `a_<name>`, each after those of what it alters.

    Raises ConfigError for one without a counterpart.
    """
    return [line for name, one in analyses.items() for line in _analysis(f"a_{name}", one, _ports(netlist))]


def _ports(netlist: Netlist) -> str:
    """The names of the ports in the order of their numbers."""
    numbers = {
        int(found[1]): element.name
        for element in netlist.elements
        if (found := re.search(r"portnum (\d+)", element.flags))
    }
    return " ".join(numbers[number] for number in sorted(numbers))


def _element(element: Element, ports: bool) -> Iterator[str]:
    letter = element.name[0].lower()
    if element.name.startswith(".model "):
        yield _card(element.line().split())
    elif letter in _PASSIVE:
        kind, value = _PASSIVE[letter]
        yield _instance(element, element.model or kind, {} if element.value is None else {value: element.value})
    elif letter in "mq":
        yield _instance(element, element.model, {})
    elif letter in _CONTROLLED and element.value is not None:
        kind, value = _CONTROLLED[letter]
        yield _instance(element, kind, {value: element.value})
    elif letter == "f":
        yield f"{_head(element.name, element.nets)} cccs gain={suffixed(element.value or 0.0)} probe={element.model}"
    elif letter in "vi":
        yield from _source(element, ports)
    else:
        raise ConfigError(
            f"sim=spectre: element {element.name!r} has no counterpart that genrf writes; it knows R C L M Q V I G E F"
        )


def _instance(element: Element, kind: str, values: Mapping[str, float]) -> str:
    numbers = [f"{key}={suffixed(value)}" for key, value in {**values, **element.parameters}.items()]
    flags = element.flags.replace("noisy=0", "isnoisy=no").replace("dtemp=", "trise=")
    return " ".join(word for word in (_head(element.name, element.nets), kind, *numbers, flags) if word)


def _head(name: str, nets: tuple[str, ...]) -> str:
    return f"{name} ({' '.join(nets)})"


def _source(element: Element, ports: bool) -> Iterator[str]:
    kind = "vsource" if element.name[0].lower() == "v" else "isource"
    words = _wave(element.flags, element.value)
    port = re.search(rf"portnum (\d+) z0 ({_NUMBER})", element.flags)
    if port is None:
        yield f"{_head(element.name, element.nets)} {kind} {words}"
    elif ports:
        yield f"{_head(element.name, element.nets)} port num={port[1]} r={port[2]} {words}"
    else:
        inner = f"{element.name}_z0"
        yield f"{_head(element.name, (inner, element.nets[1]))} vsource {words}"
        yield f"{_head(f'r{inner}', (element.nets[0], inner))} resistor r={port[2]} isnoisy=no"


def _wave(flags: str, value: float | None) -> str:
    """Level, small signal and waveform of a source."""
    level = float(value if value is not None else _after("dc", flags) or 0.0)
    words = [f"dc={suffixed(level)}"]
    small = _after("ac", flags)
    if small is not None:
        words.append(f"mag={suffixed(float(small))}")
    wave = re.search(r"(sin|pulse|pwl)\(([^)]*)\)", flags)
    numbers = [suffixed(float(word)) for word in wave[2].split()] if wave else []
    if wave and wave[1] == "sin":
        offset, amplitude, frequency, *_, degrees = [*numbers, *"000"][:6]
        words += ["type=sine", f"sinedc={offset}", f"ampl={amplitude}", f"freq={frequency}"]
        words += [f"sinephase={degrees}"] if degrees != "0" else []
    elif wave and wave[1] == "pwl":
        words.append(f"type=pwl wave=[{' '.join(numbers)}]")
    elif wave:
        names = ("val0", "val1", "delay", "rise", "fall", "width", "period")
        words += ["type=pulse", *(f"{name}={number}" for name, number in zip(names, numbers, strict=False))]
    return " ".join(words)


def _after(word: str, flags: str) -> str | None:
    match = re.search(rf"\b{word} ({_NUMBER})", flags)
    return match[1] if match else None


def _card(words: list[str]) -> str:
    """`.model nch nmos level=54 ...` as `model nch bsim4 type=n ...`."""
    _, name, kind, *pairs = words
    values = dict(pair.split("=") for pair in pairs)
    level = values.pop("level", "1")
    if (kind, level) not in _CARDS:
        raise ConfigError(f"sim=spectre: model {name!r} of type {kind} and level {level} has no counterpart")
    return " ".join(["model", name, _CARDS[kind, level], *(f"{key}={value}" for key, value in values.items())])


def _analysis(name: str, analysis: Analysis, ports: str) -> Iterator[str]:
    match analysis:
        case Op():
            yield f"{name} dc"
        case Sp():
            yield f"{name} sp ports=[{ports}] {_sweep(analysis.grid)}"
        case Ac():
            for source, level in analysis.levels.items():
                yield f"{name}_{source} alter dev={source} param=mag value={level}"
            yield f"{name} ac {_sweep(analysis.grid)}"
        case Noise():
            yield f"{name} ({analysis.output} {GROUND}) noise iprobe={analysis.source} {_sweep(analysis.grid)}"
        case Tran():
            stop, start, step = (suffixed(time) for time in (analysis.stop, analysis.start, analysis.step))
            even = f" method=traponly strobeperiod={step}" if analysis.even else ""
            yield f"{name} tran stop={stop} outputstart={start} maxstep={step} errpreset=conservative{even}"
        case Dc():
            what = "param=temp" if analysis.source == "temp" else f"dev={analysis.source} param=dc"
            values = " ".join(suffixed(value) for value in analysis.points())
            yield f"{name} dc {what} values=[{values}]"


def _sweep(grid: Grid) -> str:
    """The very frequencies of the grid, which the two simulators would else space in their own ways."""
    return f"values=[{' '.join(suffixed(f) for f in grid.frequencies())}]"
