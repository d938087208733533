"""Whether a compiled Verilog-A model does what was measured of its design."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import inf, isclose
from pathlib import Path

import numpy as np

from genrf.circuits.bench import AbstractBench
from genrf.circuits.export.behaviour import cubic, currents, intercept_dbm, middle, noise, voltages
from genrf.circuits.export.flat import sizing
from genrf.circuits.export.touchstone import swept
from genrf.circuits.export.touchstone_noise import SOURCES
from genrf.circuits.export.verilog_a_run import Compiled
from genrf.circuits.measure import Z0
from genrf.circuits.testbench import Sp
from genrf.core.errors import GenrfError
from genrf.core.problem import Check, Design
from genrf.core.units import engineering

_TOLERANCES = {
    "gain_db": 0.2, "insertion_loss_db": 0.2, "ripple_db": 0.2, "s11_db": 0.5, "s22_db": 0.5, "nf_db": 0.1,
    "iip3_dbm": 0.5,
}  # fmt: skip
_RELATIVE = 1e-3  # of the power, and of voltages and currents at rest
_FLOOR_DB = -30.0  # a reflection below this is only known to be small
_ENTRY, _SHARE = 5e-4, 0.05  # of an entry of S, absolute, and of its own largest value
_LEAST = 2e-6  # an error of an entry of S that does not count
_NOISE_DB = 0.1  # of a noise figure, whichever the source
_LARGE = 0.01  # of the largest voltage at the output
_TIMES, _POINTS = 2.0, 64  # of a large signal: its forward wave over that which saturates; per period
_UNBENT = 10.0  # V: of a large signal where there is no bend
_SMALL = 1e-6  # V: none
_Found = tuple[bool, str]


def compare(path: Path, design: Design) -> Iterator[Check]:
    """What the compiled model gives, against all that was measured of the design and that a model has."""
    problem, name = sizing(design), f"verilog_a {path.name}"
    held = {"vdd": problem.technology.at().supply} if problem.structure.supplied else {}
    try:
        model = Compiled.of(path, held, problem.references(design.values))
        if model.terminals != problem.structure.ports:
            yield Check(name, False, f"its ports are {' '.join(model.terminals)}")
            return
        intercept, wanted = intercept_dbm(design), _wanted(design)
    except GenrfError as error:
        yield Check(name, False, str(error))
        return
    wanted |= {} if intercept is None else {"iip3_dbm": intercept}
    asked = _asked(model, problem.bench.strict(), intercept)
    questions: dict[str, Callable[[], _Found]] = {
        "operators": partial(_complete, model),
        "rest": partial(_rest, model, design),
        "scattering": partial(_scattering, model, design),
        "noise": partial(_noise, model, design),
        "large_signal": partial(_large, model, problem.bench, intercept),
        **{metric: partial(_compared, metric, asked.get(metric), right) for metric, right in wanted.items()},
    }
    for what, question in questions.items():
        yield Check(f"{name} {what}", *_answered(question))


def _answered(question: Callable[[], _Found]) -> _Found:
    try:
        with np.errstate(all="ignore"):  # what is no number is no agreement
            return question()
    except GenrfError as error:
        return False, str(error)


def _wanted(design: Design) -> dict[str, float]:
    """What was measured of the metrics that a model has, beside the intercept; noise where its parameters were."""
    measures = sizing(design).bench.metrics
    noisy = "nfmin_db" in measures
    names = [name for name in (*_TOLERANCES, "power_w") if name != "iip3_dbm" and (name != "nf_db" or noisy)]
    return {name: design.metrics[name] for name in names if name in design.metrics}


def _asked(model: Compiled, bench: AbstractBench, expected: float | None) -> Mapping[str, Callable[[], float]]:
    """How the metrics are had of the compiled model over the band as the bench has it; an intercept `expected` in dBm.

    Of S-parameters those that a circuit of this kind is measured by: gain of an amplifier, loss of a filter.
    """
    sweep = bench.analyses["band"]
    assert isinstance(sweep, Sp)
    frequency = sweep.grid.frequencies()

    def waves() -> dict[str, np.ndarray]:
        s = model.scattering(frequency)
        return {f"S_{i + 1}_{j + 1}": s[:, i, j] for i in range(2) for j in range(2)}

    read = {name: one for name, one in bench.measures.items() if one.analyses == ("band",) and name in _TOLERANCES}
    asked: dict[str, Callable[[], float]] = {name: partial(_of, one.value, waves) for name, one in read.items()}
    asked["nf_db"] = lambda: float(10.0 * np.log10(model.noise_factor(frequency)).max())
    asked["power_w"] = lambda: model.power
    if expected is not None:
        asked["iip3_dbm"] = partial(model.intercept_dbm, bench.band, expected)
    return asked


def _of(value: Callable[..., float], waves: Callable[[], dict[str, np.ndarray]]) -> float:
    return value(waves())


def _complete(model: Compiled) -> _Found:
    """Whether the compiler kept all that makes noise and holds charge: OpenVAF may merge what only looks alike."""
    if lost := model.lost:
        return False, f"the compiled model lacks {', '.join(lost)}"
    if model.odd:
        return False, f"the strength of noise is not said by {', '.join(model.odd)}"
    return True, f"all {len(model.densities)} sources of noise and {len(model.charges)} charges are there"


def _rest(model: Compiled, design: Design) -> _Found:
    """Signals at 0 V, the references' voltages at their currents, and the supply's current at its voltage."""
    volts = dict(zip(model.nodes, model.operating_point, strict=True))
    wrong = [f"{net} lies at {engineering(volts[net], 'V')}" for net in ("in", "out") if not abs(volts[net]) < _SMALL]
    for net, right in voltages(design).items():
        if not isclose(volts[net], right, rel_tol=_RELATIVE):
            wrong.append(f"{net} lies at {engineering(volts[net], 'V')}, measured {engineering(right, 'V')}")
    if model.held and not isclose(model.drawn, right := currents(design)["vdd"], rel_tol=_RELATIVE):
        wrong.append(f"vdd takes {engineering(model.drawn, 'A')}, measured {engineering(right, 'A')}")
    return not wrong, "; ".join(wrong) or "voltages and currents at rest are those measured"


def _scattering(model: Compiled, design: Design) -> _Found:
    """Every entry of S over the whole sweep, with its phase; also in its own scale, as isolation is small."""
    frequency, s = swept(design)
    allowed = np.minimum(_ENTRY, np.maximum(_SHARE * np.abs(s).max(axis=0), _LEAST))
    off = np.abs(model.scattering(frequency) - s)
    worst = off.max(axis=0)
    wrong = []
    for to, port in np.ndindex(2, 2):
        if not worst[to, port] <= allowed[to, port]:
            where = engineering(float(frequency[off[:, to, port].argmax()]), "Hz")
            wrong.append(f"S{to + 1}{port + 1} is off by {worst[to, port]:.2g} at {where}")
    return not wrong, "; ".join(wrong) or f"S is that measured within {worst.max():.2g}"


def _noise(model: Compiled, design: Design) -> _Found:
    """The noise figure at 50 ohm over the band, and at its centre with other sources: they tell all four parameters."""
    found = noise(design)
    if found is None:
        return not model.densities, "it makes noise that nobody measured" if model.densities else "there is none"
    frequency, parameters = found
    place = middle(frequency)
    errors = {}
    for y in (1.0 - SOURCES) / (1.0 + SOURCES) / Z0:
        points = slice(None) if np.isclose(y, 1.0 / Z0) else slice(place, place + 1)
        right = parameters.factor(np.full(len(frequency), y))[points]
        off = np.abs(10.0 * np.log10(model.noise_factor(frequency[points], complex(y)) / right))
        errors[1.0 / complex(y)] = float(off.max())
    if wrong := {ohm: off for ohm, off in errors.items() if not off <= _NOISE_DB}:
        said = (f"{off:.2g} dB with {ohm.real:.3g}{ohm.imag:+.3g}j ohm" for ohm, off in wrong.items())
        return False, f"noise figures are off by {', '.join(said)}"
    return True, f"noise figures of {len(errors)} sources are within {max(errors.values()):.2g} dB"


def _large(model: Compiled, bench: AbstractBench, intercept: float | None) -> _Found:
    """The output over a period of a sine that drives the cubic to saturation on both sides, or of 10 V.

    Between 50 ohm nothing comes back, so that the output is half of the bent forward wave.
    """
    centre = (bench.band[0] * bench.band[1]) ** 0.5
    bend = cubic(intercept, bench.band, lambda f: model.scattering(f)[:, 1, 0])
    gain = complex(model.scattering(np.array([centre]))[0, 1, 0])
    peak = 1.0 / np.sqrt(3.0 * bend) if bend else inf
    amplitude = float(_TIMES * peak / abs(gain)) if bend else _UNBENT
    found = model.driven(centre, {1: amplitude}, _POINTS)[:, model.nodes.index("out")]
    phase = 2.0 * np.pi * np.arange(_POINTS) / _POINTS + np.angle(gain)
    wave = np.clip(abs(gain) * amplitude * np.sin(phase), -peak, peak)
    wanted = 0.5 * (wave - bend * wave**3)
    off = float(np.abs(found - wanted).max() / np.abs(wanted).max())
    return off <= _LARGE, f"a sine of {engineering(amplitude, 'V')} comes out within {off:.2g} of its largest voltage"


def _compared(metric: str, ask: Callable[[], float] | None, wanted: float) -> _Found:
    if ask is None:
        return False, f"the compiled model gives none, measured {wanted:.4g}"
    found = ask()
    if metric == "power_w":
        passed = isclose(found, wanted, rel_tol=_RELATIVE)
    else:
        least = _FLOOR_DB if metric in ("s11_db", "s22_db") else -inf
        passed = abs(max(found, least) - max(wanted, least)) <= _TOLERANCES[metric]
    return passed, f"the compiled model gives {found:.4g}, measured {wanted:.4g}"
