"""A process: its devices, models, supply, corners and statistics, described in yaml."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from genrf.circuits.devices import AbstractDevice, Made
from genrf.circuits.expressions import Draw
from genrf.circuits.models import ModelLibrary
from genrf.circuits.rules.limits import DeviceLimits
from genrf.core.errors import ConfigError, Unoffered, Unsuitable, choices

Constants = Mapping[str, Mapping[str, float]]  # kind of device -> constant of it -> number


@dataclass(frozen=True)
class Corner:
    """A condition of process, temperature in degrees Celsius, and supply as a share of the nominal one.

    `passives` multiplies constants of devices: `{mim: {density: 0.9}}`.
    """

    section: str
    temperature: float = 27.0
    supply: float = 1.0
    passives: Constants = field(default_factory=dict)


@dataclass(frozen=True)
class Statistics:
    """What differs from die to die beyond the models' own: the section to draw from, and passives.

    `spread` holds standard deviations of devices' constants, relative to them: `{mim: {scale: 0.05}}`.
    """

    section: str
    spread: Constants = field(default_factory=dict)


@dataclass(frozen=True)
class Conditions:
    """A process at one corner, or as one die came out: supply in V, temperature in degrees Celsius, devices, cards."""

    process: str
    supply: float
    temperature: float
    models: tuple[str, ...]
    devices: Mapping[str, AbstractDevice]


@dataclass(frozen=True)
class TechnologyFile:
    """A process by name: supply in V, kinds of devices, their models, the nominal corner and the others.

    `missing` says of a kind of device that the process has why it is not offered here; `limits` what kinds of devices
    stand, as far as that is known, `layers` number and datatype in GDS of what passive devices are drawn on.
    Raises ConfigError when a corner or the statistics scale what no device has, or a limit is that of no device.
    """

    name: str
    supply: float
    models_from: ModelLibrary
    devices: Mapping[str, AbstractDevice]
    nominal: Corner
    corners: Mapping[str, Corner]
    statistics: Statistics
    missing: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, DeviceLimits] = field(default_factory=dict)
    layers: Mapping[str, Sequence[int]] = field(default_factory=dict)
    _known: dict[str, Conditions] = field(init=False, default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.supply <= 0:
            raise ConfigError(f"technology {self.name!r}: supply must be above 0 V, got {self.supply:g}")
        for name, corner in {"nominal": self.nominal, **self.corners}.items():
            self.models_from.check(corner.section, corner.temperature)
            self._check_scaled(f"corner {name!r}", corner.passives)
        self.models_from.check(self.statistics.section, self.nominal.temperature)
        self._check_scaled("statistics", self.statistics.spread)
        for kind in self.limits:
            if kind not in self.devices:
                raise ConfigError(f"technology {self.name!r}: limits of {kind!r}; {choices(kind, self.devices)}")

    def corner(self, name: str) -> Corner:
        """The corner of that name; the nominal one for the empty name."""
        if name and name not in self.corners:
            raise ConfigError(f"technology {self.name!r}: no corner {name!r}; {choices(name, self.corners)}")
        return self.corners[name] if name else self.nominal

    def at(self, corner: str = "") -> Conditions:
        """The process at a corner, the nominal one for the empty name."""
        if corner not in self._known:
            self._known[corner] = self._conditions(self.corner(corner), None, self.corner(corner).passives)
        return self._known[corner]

    def drawn(self, draw: Draw) -> Conditions:
        """The process as one die came out, at the nominal temperature and supply."""
        factors = {
            kind: {constant: 1.0 + sigma * draw(f"{kind}.{constant}") for constant, sigma in spread.items()}
            for kind, spread in self.statistics.spread.items()
        }
        return self._conditions(replace(self.nominal, section=self.statistics.section), draw, factors)

    def device(self, kind: str) -> AbstractDevice:
        """The kind of device at the nominal corner. Raises Unsuitable when the process does not offer it."""
        if kind in self.missing:
            raise Unoffered(f"technology {self.name!r} does not offer {kind!r}: {self.missing[kind]}")
        if kind not in self.devices:
            raise Unsuitable(f"technology {self.name!r} has no device {kind!r}; {choices(kind, self.devices)}")
        return self.at().devices[kind]

    def _conditions(self, corner: Corner, draw: Draw | None, scaled: Constants) -> Conditions:
        made = Made(corner.section, corner.temperature, draw)
        devices = {kind: _scaled(device, scaled.get(kind, {})).at(made) for kind, device in self.devices.items()}
        models = self.models_from.lines(corner.section, draw)
        return Conditions(self.name, self.supply * corner.supply, corner.temperature, models, devices)

    def _check_scaled(self, owner: str, scaled: Constants) -> None:
        for kind, constants in scaled.items():
            if kind not in self.devices:
                raise ConfigError(f"technology {self.name!r}: {owner} scales {kind!r}; {choices(kind, self.devices)}")
            known = [constant.name for constant in fields(self.devices[kind])]  # type: ignore[arg-type]
            for constant in constants:
                if constant not in known:
                    raise ConfigError(
                        f"technology {self.name!r}: {owner} scales {kind}.{constant}; {choices(constant, known)}"
                    )


def _scaled(device: AbstractDevice, factors: Mapping[str, float]) -> AbstractDevice:
    if not factors:
        return device
    moved: Any = {constant: getattr(device, constant) * factor for constant, factor in factors.items()}
    return replace(device, **moved)  # type: ignore[type-var]  # every kind is a frozen dataclass
