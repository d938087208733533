"""The second door: the run of the command line as Python objects. One implementation, two doors."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from omegaconf import open_dict

from genrf.core.errors import ConfigError, GenrfError
from genrf.core.problem import Design
from genrf.core.spec import DesignSpec
from genrf.pipeline import config
from genrf.pipeline.beside import beside
from genrf.pipeline.outcome import Outcome
from genrf.pipeline.run import design


def parts(*overrides: str) -> config.Parts:
    """The parts of a run as the command line would build them from `overrides` (`spec=lna_2p4ghz`, `seed=2`)."""
    config.register()
    with initialize_config_dir(str(config.folder()), version_base="1.3"):
        composed = compose("config", beside(overrides), return_hydra_config=True)
    choices = composed.hydra.runtime.choices
    with open_dict(composed):
        del composed["hydra"]
    return config.build(composed, choices)


@dataclass(frozen=True)
class _Exporting:
    """The recommended design of a run, with all else that the run came to in `outcome`."""

    design: Design
    outcome: Outcome
    exporters: Mapping[str, Any]

    @property
    def metrics(self) -> Mapping[str, float]:
        """What was measured, in the metrics' units; at corners as `<metric>@<corner>`."""
        return self.design.metrics

    @property
    def values(self) -> Mapping[str, float]:
        """The design variables, in SI units."""
        return self.design.values

    def export(self, name: str, folder: str | Path) -> list[Path]:
        """Write into `folder` what the run's exporter `name` writes; the files.

        Raises ConfigError when the run has no such exporter: `exporter=[name]` chooses it.
        """
        if name not in self.exporters:
            raise ConfigError(f"this run was made without the exporter {name!r}; it has {', '.join(self.exporters)}")
        Path(folder).mkdir(parents=True, exist_ok=True)
        written: list[Path] = self.exporters[name].export(self.design, Path(folder))
        return written


def _writer(name: str, what: str) -> Callable[[_Exporting, str | Path], list[Path]]:
    """A method that writes one view."""

    def export(self: _Exporting, folder: str | Path) -> list[Path]:
        return self.export(name, folder)

    export.__name__, export.__qualname__ = f"export_{name}", f"GeneratedCircuit.export_{name}"
    export.__doc__ = f"Write {what} into `folder`; the files. Raises ConfigError without `exporter=[{name}]`."
    return export


@dataclass(frozen=True)
class GeneratedCircuit(_Exporting):
    """The recommended circuit of a run, with all else that the run came to in `outcome`.

    It is written by the run's own exporters: `CircuitDiffuser(exporter=["spice", "verilog_a"])`. `export` calls any of
    them, one of your own too; the other methods are those of genrf by their names.
    """

    export_spice = _writer("spice", "the subcircuit and its test benches")
    export_spectre = _writer("spectre", "the subcircuit and its benches in Spectre's language")
    export_hspice = _writer("hspice", "the subcircuit and its bench in HSPICE's dialect")
    export_ads = _writer("ads", "the circuit and its bench in the language of ADS")
    export_skill = _writer("skill", "a script that draws the schematic in Virtuoso")
    export_ocean = _writer("ocean", "an OCEAN script with its netlists")
    export_xschem = _writer("xschem", "sheets, symbols and a bench for xschem")
    export_schematic = _writer("schematic", "the drawn schematic as SVG")
    export_touchstone = _writer("touchstone", "the S-parameters")
    export_touchstone2 = _writer("touchstone2", "the S-parameters and noise parameters as Touchstone 2.0")
    export_verilog_a = _writer("verilog_a", "a behavioural model in Verilog-A")
    export_layout_hints = _writer("layout_hints", "what a layout has to match, guard and widen")
    export_gds = _writer("gds", "the layout of the passive devices")


class _Door:
    """The four stages behind keywords that choose options and settings as on the command line."""

    def __init__(self, folder: str | Path | None = None, **options: str | float | Sequence[str]) -> None:
        self.folder = folder
        self.overrides = [f"{key}={_written(value)}" for key, value in options.items()]

    def run(self, spec: DesignSpec | str) -> tuple[Outcome, Mapping[str, Any]]:
        """Run the four stages for `spec`, an option of conf/spec or a spec of your own; the outcome and the exporters.

        Raises GenrfError when no design meets the spec, ConfigError when it cannot be understood.
        """
        named = [f"spec={spec}"] if isinstance(spec, str) else []
        made = parts(*named, *self.overrides)
        if isinstance(spec, DesignSpec):
            made = replace(made, spec=spec)
        outcome = design(made, Path(self.folder or tempfile.mkdtemp(prefix="genrf_")))
        if not outcome.designs:
            raise GenrfError(f"{made.spec.name}: no design meets the spec; see {outcome.folder / 'report.html'}")
        return outcome, made.exporters


class CircuitDiffuser(_Door):
    """Generates circuits for specifications.

    >>> CircuitDiffuser(tech="generic130", budget=2000).generate("lna_2p4ghz")  # doctest: +SKIP
    """

    def generate(self, spec: DesignSpec | str) -> GeneratedCircuit:
        """The recommended circuit for `spec`. Raises as `run` does."""
        outcome, exporters = self.run(spec)
        return GeneratedCircuit(outcome.designs[0], outcome, exporters)


@dataclass(frozen=True)
class DesignedAccelerator(_Exporting):
    """The recommended accelerator of a run, with all else that the run came to in `outcome`."""

    def export_verilog(self, folder: str | Path) -> list[Path]:
        """Write the RTL into `folder/rtl`."""
        return self.export("verilog", folder)

    def export_bench(self, folder: str | Path) -> list[Path]:
        """Write the RTL and its cocotb bench into `folder`."""
        return self.export("cocotb", folder)


class AcceleratorDesigner(_Door):
    """Designs accelerators for networks.

    >>> AcceleratorDesigner(budget=500).design("digits_cnn").metrics["accuracy"]  # doctest: +SKIP
    """

    def design(self, spec: DesignSpec | str) -> DesignedAccelerator:
        """The recommended accelerator for `spec`. Raises as `run` does."""
        outcome, exporters = self.run(spec)
        return DesignedAccelerator(outcome.designs[0], outcome, exporters)


def _written(value: str | float | Sequence[str]) -> str:
    return str(value) if isinstance(value, str | int | float) else f"[{','.join(value)}]"
