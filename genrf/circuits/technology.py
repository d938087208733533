"""A process: its devices, models, supply and corners, described in yaml."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from genrf.circuits.devices import AbstractDevice
from genrf.circuits.models import ModelLibrary
from genrf.core.errors import ConfigError, choices


@dataclass(frozen=True)
class Corner:
    """A condition of process, temperature in degrees Celsius, and supply as a share of the nominal one.

    `passives` multiplies constants of devices: `{mim: {density: 0.9}}`.
    """

    section: str
    temperature: float = 27.0
    supply: float = 1.0
    passives: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class TechnologyFile:
    """A process by name: supply in V, kinds of devices, transistor models, the nominal corner and the others.

    Raises ConfigError when a corner scales what no device has.
    """

    name: str
    supply: float
    models_from: ModelLibrary
    devices: Mapping[str, AbstractDevice]
    nominal: Corner
    corners: Mapping[str, Corner]

    def __post_init__(self) -> None:
        if self.supply <= 0:
            raise ConfigError(f"technology {self.name!r}: supply must be above 0 V, got {self.supply:g}")
        for name, corner in {"nominal": self.nominal, **self.corners}.items():
            self.models_from.lines(corner.section)
            for kind, scaled in corner.passives.items():
                self._check_scaled(name, self.device(kind), kind, scaled)

    def corner(self, name: str) -> Corner:
        """The corner of that name; the nominal one for the empty name."""
        if name and name not in self.corners:
            raise ConfigError(f"technology {self.name!r}: no corner {name!r}; {choices(name, self.corners)}")
        return self.corners[name] if name else self.nominal

    def models(self, corner: str = "") -> tuple[str, ...]:
        """The deck lines of the transistor models at a corner."""
        return self.models_from.lines(self.corner(corner).section)

    def device(self, kind: str, corner: str = "") -> AbstractDevice:
        """The kind of device, its constants moved to a corner."""
        if kind not in self.devices:
            raise ConfigError(f"technology {self.name!r} has no device {kind!r}; {choices(kind, self.devices)}")
        device, scaled = self.devices[kind], self.corner(corner).passives.get(kind, {}) if corner else {}
        if not scaled:
            return device
        moved: Any = {constant: getattr(device, constant) * factor for constant, factor in scaled.items()}
        return replace(device, **moved)  # type: ignore[type-var]  # every kind is a frozen dataclass

    def _check_scaled(self, corner: str, device: AbstractDevice, kind: str, scaled: Mapping[str, float]) -> None:
        known = [constant.name for constant in fields(device)]  # type: ignore[arg-type]
        for constant in scaled:
            if constant not in known:
                raise ConfigError(
                    f"technology {self.name!r}: corner {corner!r} scales {kind}.{constant}; {choices(constant, known)}"
                )
