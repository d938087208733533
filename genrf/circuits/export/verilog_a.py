"""A design as a behavioural Verilog-A model, which is compiled and evaluated to be held against what was measured.

Only what every compiler of compact models knows is used: `ddt`, white and flicker noise, no Laplace operators.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib import metadata
from itertools import chain
from math import pi, sqrt
from pathlib import Path

from genrf.circuits.export.behaviour import Behaviour, NoiseWaves, Rational, behaviour
from genrf.circuits.export.flat import sizing
from genrf.circuits.export.header import header
from genrf.circuits.export.verilog_a_check import compare
from genrf.circuits.export.verilog_a_run import require
from genrf.circuits.measure import Z0
from genrf.circuits.problem import SizingProblem
from genrf.circuits.simulate.ngspice import NGSPICE
from genrf.core.errors import GenrfError
from genrf.core.problem import AbstractExporter, Check, Design
from genrf.core.units import engineering, suffixed

_PORTS = ("in", "out")
_DIGITS = 9
_FEMTO, _ATTO = Decimal("1e-15"), -18
# OpenVAF takes a node that nothing but noise moves for constant, and drops its `ddt`; -240 dB of the input prevent that
_TIED = "1p*V(in)"
# Where OpenVAF looks for equal calls it compares each with itself (`eq` in its global_value_numbering.rs), and so
# merges any two whose hashes are alike: a source of noise or a charge is lost. It merges into calls that always run
# before, so each has a block of its own, behind a condition that is not known when it compiles
_DYNAMIC = "dynamic"


@dataclass(frozen=True)
class VerilogA(AbstractExporter):
    """`<circuit>.va`: S-parameters, noise, third-order bend and currents of a two-port, pins as of the subcircuit.

    A circuit that is no two-port, or that rational functions do not follow, has no file, and a check that says so.
    """

    writes = (SizingProblem,)

    def require(self) -> None:
        require()
        NGSPICE.path()

    def tools(self) -> Mapping[str, str]:
        return {"openvaf-py": metadata.version("openvaf-py")}

    def export(self, design: Design, folder: Path) -> list[Path]:
        try:
            model = behaviour(design)
        except GenrfError:
            return []
        path = folder / f"{sizing(design).structure.name}.va"
        path.write_text("\n".join(_module(design, model)) + "\n")
        return [path]

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        if paths:
            return [check for path in paths for check in compare(path, design)]
        try:
            behaviour(design)
        except GenrfError as error:
            return [Check("verilog_a", False, str(error))]
        return [Check("verilog_a", False, "nothing was written")]


def _module(design: Design, model: Behaviour) -> Iterator[str]:
    ports = ", ".join(sizing(design).structure.ports)
    noise = [] if model.noise is None else list(_noise(model.noise))
    yield from header(design, "//")
    yield from _remarks(design, model)
    yield '`include "disciplines.vams"'
    yield ""
    yield f"module {sizing(design).structure.name}({ports});"
    yield f"  inout {ports};"
    yield f"  electrical {ports};"
    yield from _wrapped("electrical", ["b_in", "b_out", *chain(*_states(model.scattering)), *_names(noise)])
    yield f"  parameter real {_DYNAMIC} = 1;  // 0: no charges and no noise"
    yield "  real a_in, a_out, forward, bent;"
    yield ""
    yield "  analog begin"
    yield from (f"    {line}" for line in (*_waves(bool(noise)), *_poles(model.scattering)))
    yield from (f"    {line}" for line in (*_scattered(model, bool(noise)), *noise, *_drawn(model)))
    yield "  end"
    yield "endmodule"


def _remarks(design: Design, model: Behaviour) -> Iterator[str]:
    low, high = (engineering(edge, "Hz") for edge in model.band)
    yield f"// ports: {' '.join(sizing(design).structure.ports)}, against ground, in the order of the subcircuit"
    yield f"// fitted around {low} to {high}; no direct voltage at the signals"
    yield "// ddt and noise have blocks of their own: OpenVAF merges some of those that share one"
    yield from _limits(model)


def _waves(noisy: bool) -> Iterator[str]:
    yield f"// waves to the ports, V + {Z0:g} ohm * I; b_in and b_out are those from them"
    yield f"a_in = 2*V(in) - V(b_in){' + V(n_in)' if noisy else ''};"
    yield "a_out = 2*V(out) - V(b_out);"
    yield from (f"I({port}) <+ (V({port}) - V(b_{port}))/{Z0:g};" for port in _PORTS)


def _drawn(model: Behaviour) -> Iterator[str]:
    if model.currents:
        yield "// what the supply and the references draw"
    for net, current in model.currents.items():
        yield f"I({net}) <+ {_number(current / model.voltages[net])}*V({net});  // {engineering(current, 'A')}"


def _limits(model: Behaviour) -> Iterator[str]:
    if model.noise is None:
        yield "// noiseless: noise of this circuit was not measured"
    if not model.cubic:
        yield "// linear: the intercept of this circuit was not measured"


def _states(fitted: Rational) -> Iterator[list[str]]:
    """The names of the states of each pole: of each port one, of a pair of poles two."""
    for number, pole in enumerate(fitted.poles, 1):
        parts = ("",) if pole.imag == 0.0 else ("r", "i")
        yield [f"x{number}{part}_{port}" for port in _PORTS for part in parts]


def _poles(fitted: Rational) -> Iterator[str]:
    """Every state, counted in volt at a gain of about 1.

    A real pole is a / (1 + s tau). A pair -sigma +- j omega of modulus m is x' = -sigma x + omega y + m a,
    y' = -omega x - sigma y.
    """
    yield "// poles"
    for pole, names in zip(fitted.poles, _states(fitted), strict=True):
        tau = _number(1.0 / abs(pole))
        sigma, omega = _number(-pole.real / abs(pole)), _number(pole.imag / abs(pole))
        for place, port in enumerate(_PORTS):
            if pole.imag == 0.0:
                yield f"I({names[place]}) <+ V({names[place]}) - a_{port};"
                yield _charge(names[place], tau)
                continue
            x, y = names[2 * place : 2 * place + 2]
            yield f"I({x}) <+ {sigma}*V({x}) - {omega}*V({y}) - a_{port};"
            yield _charge(x, tau)
            yield f"I({y}) <+ {sigma}*V({y}) + {omega}*V({x});"
            yield _charge(y, tau)


def _charge(node: str, tau: str) -> str:
    return f"if ({_DYNAMIC} > 0) I({node}) <+ ddt({tau}*V({node}));"


def _white(node: str, density: float, name: str) -> str:
    return f'if ({_DYNAMIC} > 0) I({node}) <+ white_noise({_number(density)}, "{name}");'


def _sum(fitted: Rational, to: int, port: int) -> str:
    """What comes from a port to another: the constant and each pole's share."""
    terms = [f"{_number(fitted.constant[to, port])}*a_{_PORTS[port]}"]
    for pole, residue, names in zip(fitted.poles, fitted.residues[:, to, port], _states(fitted), strict=True):
        if pole.imag == 0.0:
            terms.append(f"{_number(residue.real / abs(pole))}*V({names[port]})")
        else:
            x, y = names[2 * port : 2 * port + 2]
            terms += [f"{_number(2.0 * residue.real / abs(pole))}*V({x})"]
            terms += [f"{_number(2.0 * residue.imag / abs(pole))}*V({y})"]
    return " + ".join(terms).replace("+ -", "- ")


def _scattered(model: Behaviour, noisy: bool) -> Iterator[str]:
    fitted = model.scattering
    yield "// scattering"
    out_of_input = " + V(n_back)" if noisy else ""
    yield f"I(b_in) <+ V(b_in) - ({_sum(fitted, 0, 0)} + {_sum(fitted, 0, 1)}{out_of_input});".replace("+ -", "- ")
    yield f"forward = {_sum(fitted, 1, 0)};"
    yield from _bent(model.cubic)
    yield f"I(b_out) <+ V(b_out) - (bent + {_sum(fitted, 1, 1)});".replace("+ -", "- ")


def _bent(cubic: float) -> Iterator[str]:
    """The odd polynomial up to its peak, where it saturates: beyond, it would turn back."""
    if not cubic:
        yield "bent = forward;"
        return
    peak = _number(1.0 / sqrt(3.0 * cubic))
    yield f"if (forward > {peak}) bent = {_number(2.0 / 3.0 / sqrt(3.0 * cubic))};"
    yield f"else if (forward < -{peak}) bent = -{_number(2.0 / 3.0 / sqrt(3.0 * cubic))};"
    yield f"else bent = forward - {_number(cubic)}*forward*forward*forward;"


def _noise(noise: NoiseWaves) -> Iterator[str]:
    """The wave n_in into the input, and n_back out of it, which is `correlated` times n_in at the centre of the band.

    There, the all-pass 2 n_turned - n_in turns by -j.
    """
    yield "// noise waves at the input, V^2/Hz; the share of V(in) is there for compilers that simplify noise"
    yield f"I(n_in) <+ V(n_in) - {_TIED};"
    for (kind, corner), density in noise.densities.items():
        name = f"{kind}_{corner / 1e6:.0f}".replace("-", "_")
        yield from _source(kind, f"n_{name}", density, corner)
    real, imaginary = noise.correlated.real, noise.correlated.imag
    tau = _number(1.0 / (2.0 * pi * noise.centre))
    yield "I(n_turned) <+ V(n_turned) - V(n_in);"
    yield _charge("n_turned", tau)
    back = f"{_number(real + imaginary)}*V(n_in) - {_number(2.0 * imaginary)}*V(n_turned)".replace("- -", "+ ")
    yield f"I(n_back) <+ V(n_back) - ({back});"
    yield _white("n_back", noise.own, "input_own")


def _source(kind: str, name: str, density: float, corner: float) -> Iterator[str]:
    """One source of the wave into the input, behind its filters."""
    if kind == "flicker":
        yield f'if ({_DYNAMIC} > 0) I(n_in) <+ flicker_noise({_number(density * corner)}, 1, "{name}");'
        return
    if kind == "white":
        yield _white("n_in", density, name)
        return
    tau = _number(1.0 / (2.0 * pi * corner))
    yield f"I({name}) <+ V({name}) - {_TIED};"
    yield _white(name, density, name)
    wave = f"V({name})"
    side, order = kind.split("_")
    for number in range(1, int(order) + 1):
        slow = f"{name}_{number}"
        yield f"I({slow}) <+ V({slow}) - ({wave});"
        yield _charge(slow, tau)
        wave = f"V({slow})" if side == "low" else f"{wave} - V({slow})"
    yield f"I(n_in) <+ -({wave});"


def _names(lines: Sequence[str]) -> list[str]:
    """The nodes that lines contribute to, each once."""
    return list(dict.fromkeys(line[2 : line.index(")")] for line in lines if line.startswith("I(")))


def _wrapped(word: str, names: Sequence[str]) -> Iterator[str]:
    for first in range(0, len(names), 8):
        yield f"  {word} {', '.join(names[first : first + 8])};"


def _number(value: float) -> str:
    """A real constant with one of the language's scale factors, T to a; below 1e-18 with exponents in steps of three.

    Source: Verilog-AMS LRM 2.4, section 2.6.
    """
    plain = Decimal(f"{value:.{_DIGITS}g}")
    if not plain or abs(plain) >= _FEMTO:
        return suffixed(value, _DIGITS)
    exponent = 3 * (plain.adjusted() // 3)
    digits = f"{float(plain.scaleb(-exponent)):.{_DIGITS}g}"
    return f"{digits}a" if exponent == _ATTO else f"{digits}e{exponent}"
