"""`task=validate netlist=amp.sp`: what is to be said of a netlist from outside, on the terminal and as a file."""

import json
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from genrf.circuits.confined import confined
from genrf.circuits.export.validation import plain
from genrf.circuits.foreign.flatten import Flattening
from genrf.circuits.foreign.gather import gather
from genrf.circuits.rules.finding import Finding
from genrf.circuits.rules.regions import Transistor
from genrf.circuits.signoff import signoff
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.technology import TechnologyFile
from genrf.circuits.validator import CircuitValidator, Validation
from genrf.core.errors import ConfigError, GenrfError
from genrf.core.units import engineering

_COLOURS = {"error": "red", "warning": "yellow", "note": "dim"}


class NotValid(GenrfError):
    """The netlist breaks a rule."""


def validate(made: Any, folder: Path, netlist: str | None, technology: Any, console: Console | None = None) -> None:
    """Print the findings and write `validation.json`.

    Raises NotValid when one is an error, ConfigError when there is no netlist or it cannot be read.
    """
    path = _named(netlist)
    if not isinstance(technology, TechnologyFile):
        raise ConfigError(f"task=validate wants the process of a circuit as tech=, got {type(technology).__name__}")
    NgSpiceEngine().require()
    validation = _validated(made, path, technology)
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = 160
    origin = f"{path.name} held against {technology.name}, genrf {metadata.version('genrf')}"
    said = {"circuit": path.stem, "origin": origin, **plain(validation)}
    (folder / "validation.json").write_text(json.dumps(said, indent=2) + "\n")
    if validation.transistors:
        console.print(_regions(validation))
    if validation.findings:
        console.print(_findings(validation))
    if not validation.passed:
        raise NotValid(f"{path}: {validation.summary}; see {folder / 'validation.json'}")
    console.print(f"{path}: {validation.summary}", soft_wrap=True)


def _named(netlist: str | None) -> Path:
    if not netlist:
        raise ConfigError("task=validate wants a netlist: netlist=path/to/circuit.sp")
    if not Path(netlist).is_file():
        raise ConfigError(f"netlist={netlist}: no such file")
    return Path(netlist)


def _validated(made: Any, path: Path, technology: TechnologyFile) -> Validation:
    """At the corners of the yaml beside the netlist where there is one, else as the netlist stands."""
    if "variables" in made.spec.conditions:
        (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
        problem = made.make_problem(structure=structure, spec=made.spec)
        return confined(partial(signoff, problem, structure.defaults(), {}, technology))
    deck = gather(path)
    given = deck.commands("temp")
    temperature = float(given[-1].words[0]) if given else 27.0
    flat = Flattening(deck, {}, temperature).netlist()
    if not flat.elements:
        raise ConfigError(f"{path}: there is no element in it")
    return confined(partial(CircuitValidator(technology).report, flat, temperature, NgSpiceEngine()))


def _regions(validation: Validation) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("transistor", "region", "current", "margin", "voltages"):
        table.add_column(name, justify="right" if name in ("current", "margin") else "left")
    for transistor in validation.transistors:
        table.add_row(*_cells(transistor))
    return table


def _cells(transistor: Transistor) -> tuple[str, ...]:
    voltages = "  ".join(f"{name} {engineering(value, 'V')}" for name, value in transistor.voltages.items())
    numbers = (engineering(transistor.current, "A"), engineering(transistor.margin, "V"))
    return escape(transistor.device), transistor.region, *numbers, voltages


def _findings(validation: Validation) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("", "rule", "at", "what", "value", "limit", "corner"):
        table.add_column(name, justify="right" if name in ("value", "limit") else "left", overflow="fold")
    for finding in validation.findings:
        colour = _COLOURS[finding.severity]
        numbers = (_number(finding, finding.value), _number(finding, finding.limit))
        what = (escape(finding.device), escape(finding.what), *numbers, finding.corner)
        table.add_row(f"[{colour}]{finding.severity}[/{colour}]", finding.rule, *what)
    return table


def _number(finding: Finding, value: float | None) -> str:
    return "" if value is None else engineering(value, finding.unit)
