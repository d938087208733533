"""A Verilog-A model compiled by OpenVAF, and its equations solved between 50 ohm: at rest, small signals, noise, tones.

OpenVAF gives the residuals and the Jacobian of the model, and where its noise sources lie; how strong they are is read
from the text.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import numpy as np
from jaxtyping import Complex, Float, Inexact

from genrf.circuits.intermodulation import plan
from genrf.circuits.measure import BOLTZMANN, T0, Z0
from genrf.circuits.tones import dbm, emf
from genrf.core.errors import GenrfError, ToolNotFound

_RELATIVE = 1e-3  # of a charge
_BELOW_DB = 25.0  # how far below the intercept two tones are
_STIFF = 1e6  # S: what holds the supply
_FACTORS = {"T": 12, "G": 9, "M": 6, "K": 3, "k": 3, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18}
_SOURCE = re.compile(r'(white|flicker)_noise\(([^,]+),(?: *1,)? *"(\w+)"\)')
_NOISE = re.compile(r"[^;]*_noise\b[^;]*")
_PLAIN = re.compile(rf"(?:if \(\w+ > 0\) )?I\(\w+\) <\+ {_SOURCE.pattern}")
_CHARGE = re.compile(r"ddt\(([^*]+)\*V\((\w+)\)\)")
_ITERATIONS = 30
_SETTLED = 1e-9  # V, of a Newton step


def _real(text: str) -> float:
    """A real constant, with or without a scale factor (Verilog-AMS LRM 2.4, section 2.6). Raises GenrfError."""
    try:
        return float(f"{text[:-1]}e{_FACTORS[text[-1]]}" if text[-1] in _FACTORS else text)
    except ValueError as other:
        raise GenrfError(f"{text} is no constant") from other


def require() -> None:
    """Raise ToolNotFound when the compiler is not there."""
    if find_spec("openvaf_py") is None:
        raise ToolNotFound("openvaf-py, which compiles Verilog-A, is not installed: pip install 'genrf[verilog_a]'")


@dataclass(frozen=True)
class Compiled:
    """A module of a Verilog-A file between 50 ohm, its supply `held` at V, its references `fed` with A.

    The text says its noise: kind and density of each source by name; and its `charges`: those of the nodes at 1 V.
    `odd` are statements of noise that do not say so much, and names that are given twice.
    """

    module: Any
    nodes: tuple[str, ...]
    held: Mapping[str, float]
    fed: Mapping[str, float]
    densities: Mapping[str, tuple[str, float]]
    charges: Mapping[str, float]
    odd: tuple[str, ...] = ()

    @classmethod
    def of(cls, path: Path, held: Mapping[str, float], fed: Mapping[str, float]) -> Self:
        """Compile a file. Raises GenrfError when OpenVAF does not take it."""
        require()
        import openvaf_py

        try:
            (module,) = openvaf_py.compile_va(str(path))
        except (ValueError, RuntimeError, OSError) as refused:
            raise GenrfError(f"OpenVAF does not compile it: {refused}") from refused
        nodes = tuple(node["name"] for node in module.get_osdi_descriptor()["nodes"])
        text = re.sub(r"//.*", "", path.read_text())
        odd = [" ".join(one.split()) for one in _NOISE.findall(text) if not _PLAIN.fullmatch(one.strip())]
        names = Counter(name for *_, name in _SOURCE.findall(text))
        odd += [f"{name}, which is there {count} times" for name, count in names.items() if count > 1]
        said = {name: (kind, _real(density)) for kind, density, name in _SOURCE.findall(text)}
        charges = {node: _real(charge) for charge, node in _CHARGE.findall(text)}
        return cls(module, nodes, held, fed, said, charges, tuple(odd))

    @property
    def terminals(self) -> tuple[str, ...]:
        """The ports in the order of the module."""
        return self.nodes[: self.module.num_terminals]

    @property
    def lost(self) -> list[str]:
        """What the text has and the compiled model has not: sources of noise, and charges as `ddt` of their node."""
        left = {source["name"] for source in self.module.get_osdi_descriptor()["noise_sources"]}
        capacitance = self.at(np.zeros(len(self.nodes)))[3]
        wanted = np.diag([self.charges.get(node, 0.0) for node in self.nodes])
        differ = ~np.isclose(capacitance, wanted, rtol=_RELATIVE, atol=0.0).all(axis=1)
        wrong = [f"ddt of {node}" for node, off in zip(self.nodes, differ, strict=True) if off]
        return [*(name for name in self.densities if name not in left), *wrong]

    def at(self, volts: Float[np.ndarray, "n"]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Currents and charges into the nodes, conductances and capacitances, with 50 ohm at the signals."""
        given = {f"V({name})": float(volt) for name, volt in zip(self.nodes, volts, strict=True)}
        parameters = self.module.get_param_defaults()
        residuals, entries = self.module.run_init_eval({**parameters, **given, "mfactor": 1.0})
        current, charge = np.array(residuals, dtype=float).T
        conductance, capacitance = np.zeros((2, len(volts), len(volts)))
        for row, column, resistive, reactive in entries:
            conductance[row, column] += resistive
            capacitance[row, column] += reactive
        outer = self.around @ (volts - self.rest) - self.sources
        return current + outer, charge, conductance + self.around, capacitance

    @cached_property
    def rest(self) -> Float[np.ndarray, "n"]:
        """The voltages of the sources that the nodes see: those held, and 0 V."""
        return np.array([self.held.get(name, 0.0) for name in self.nodes])

    @cached_property
    def sources(self) -> Float[np.ndarray, "n"]:
        """The direct currents that flow into the nodes from outside."""
        return np.array([self.fed.get(name, 0.0) for name in self.nodes])

    @cached_property
    def around(self) -> Float[np.ndarray, "n n"]:
        """The conductances around the model."""
        return np.diag([1.0 / Z0 if name in ("in", "out") else _STIFF * (name in self.held) for name in self.nodes])

    @cached_property
    def operating_point(self) -> Float[np.ndarray, "n"]:
        """The voltages at rest, in V."""
        volts = self.rest.copy()
        for _ in range(_ITERATIONS):
            current, _, conductance, _ = self.at(volts)
            step = _inverse(conductance, self.nodes) @ current
            volts -= step
            if np.abs(step).max() < _SETTLED:
                return volts
        raise GenrfError("the model has no operating point")

    @property
    def drawn(self) -> float:
        """What flows into the model at `vdd`, in A."""
        return float(_STIFF * (self.held["vdd"] - self.operating_point[self.nodes.index("vdd")]))

    @property
    def power(self) -> float:
        """What the supplies deliver in W, the references' currents coming from `vdd`."""
        return float(self.operating_point[self.nodes.index("vdd")] * (self.drawn + sum(self.fed.values())))

    def small(self, frequency: Float[np.ndarray, "f"]) -> Complex[np.ndarray, "f n n"]:
        """Voltages of all nodes (rows) for a current into each (columns), around the operating point."""
        _, _, conductance, capacitance = self.at(self.operating_point)
        return _inverse(conductance + 2j * np.pi * frequency[:, None, None] * capacitance, self.nodes)

    def scattering(self, frequency: Float[np.ndarray, "f"]) -> Complex[np.ndarray, "f 2 2"]:
        """S: an electromotive force of 1 V sends 2 V less what comes back."""
        ports = [self.nodes.index(name) for name in ("in", "out")]
        return 2.0 / Z0 * self.small(frequency)[:, ports][:, :, ports] - np.eye(2)

    def noise_factor(self, frequency: Float[np.ndarray, "f"], source: complex = 1.0 / Z0) -> Float[np.ndarray, "f"]:
        """Noise factor with a `source` admittance in S at 290 K; the load is noiseless."""
        place, out = (self.nodes.index(name) for name in ("in", "out"))
        _, _, conductance, capacitance = self.at(self.operating_point)
        matrix = conductance + 2j * np.pi * frequency[:, None, None] * capacitance
        matrix[:, place, place] += source - 1.0 / Z0
        to_output = np.abs(_inverse(matrix, self.nodes)[:, out]) ** 2
        total = np.zeros_like(frequency)
        for one in self.module.get_osdi_descriptor()["noise_sources"]:
            if one["name"] not in self.densities:
                raise GenrfError(f"the text does not say how strong the source of noise {one['name']!r} is")
            kind, density = self.densities[one["name"]]
            total += density / (frequency if kind == "flicker" else 1.0) * to_output[:, one["node1"]]
        return np.asarray(1.0 + total / (4.0 * BOLTZMANN * T0 * source.real * to_output[:, place]))

    def driven(self, common: float, amplitudes: Mapping[int, float], count: int) -> Float[np.ndarray, "t n"]:
        """Voltages over a period of `common` in Hz at `count` points, sines at the input with `amplitudes` in V behind
        50 ohm, by harmonic.

        Harmonic balance: Newton's iteration in the frequency domain, its Jacobian that of the operating point: the
        bend is weak, or comes after all that is not at 50 ohm.
        """
        omega = 2.0 * np.pi * common * np.arange(count // 2 + 1)
        _, _, conductance, capacitance = self.at(self.operating_point)
        inverse = _inverse(conductance + 1j * omega[:, None, None] * capacitance, self.nodes)
        phase = 2.0 * np.pi * np.arange(count) / count
        driven = np.zeros((count, len(self.nodes)))
        driven[:, self.nodes.index("in")] = sum(one * np.sin(k * phase) for k, one in amplitudes.items()) / Z0
        volts = np.tile(self.operating_point, (count, 1))
        for _ in range(_ITERATIONS):
            current, charge = (np.array(part) for part in zip(*(self.at(point)[:2] for point in volts), strict=True))
            unbalanced = np.fft.rfft(current - driven, axis=0) + 1j * omega[:, None] * np.fft.rfft(charge, axis=0)
            step = np.fft.irfft(np.einsum("fij,fj->fi", inverse, unbalanced), count, axis=0)
            volts -= step
            if np.abs(step).max() < _SETTLED * max(amplitudes.values()):
                return volts
        raise GenrfError(f"sines of {', '.join(f'{one:g} V' for one in amplitudes.values())} have no solution")

    def lines(self, tones: tuple[float, float], common: float, level: float) -> Mapping[float, float]:
        """Power in dBm of both tones of `level` dBm and their third-order products, by frequency in Hz.

        All frequencies are multiples of `common`; a period has points enough for third harmonics.
        """
        count = 1 << int(np.ceil(np.log2(2 * round(3.0 * max(tones) / common) + 2)))
        volts = self.driven(common, {round(tone / common): emf(level) for tone in tones}, count)
        spectrum = 2.0 * np.abs(np.fft.rfft(volts[:, self.nodes.index("out")])) / count
        one, other = tones
        return {f: dbm(float(spectrum[round(f / common)])) for f in (one, other, 2.0 * one - other, 2.0 * other - one)}

    def intercept_dbm(self, band: tuple[float, float], expected: float) -> float:
        """The intercept as it is measured: the weaker tone, the stronger product."""
        low, high, common = plan(band)
        level = expected - _BELOW_DB
        one, other, *products = self.lines((low, high), common, level).values()
        return level + 0.5 * (min(one, other) - max(products))


def _inverse(matrix: Inexact[np.ndarray, "*s n n"], nodes: Sequence[str]) -> Inexact[np.ndarray, "*s n n"]:
    """The inverse of the equations of `nodes`, a row for each. Raises GenrfError where they are singular."""
    try:
        return np.linalg.inv(matrix)
    except np.linalg.LinAlgError as singular:
        idle = np.abs(matrix).reshape(-1, *matrix.shape[-2:]).max(axis=0)
        loose = [
            name for name, row, column in zip(nodes, idle, idle.T, strict=True) if not (row.any() and column.any())
        ]
        which = f": nothing holds {', '.join(loose)}" if loose else ""
        raise GenrfError(f"its equations are singular{which}") from singular
