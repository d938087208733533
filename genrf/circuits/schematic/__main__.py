"""Draws circuits of the library: `python -m genrf.circuits.schematic docs/schematics lna_cascode ota_two_stage`."""

import importlib
import sys
from pathlib import Path

from genrf.circuits import library
from genrf.circuits.schematic.drawing import drawing


def main(folder: str, *names: str) -> None:
    """Write `<name>.svg` of each circuit into the folder, with the names of its variables."""
    for name in names:
        topology = importlib.import_module(f"{library.__name__}.{name}").topology()
        (Path(folder) / f"{name}.svg").write_text(drawing(topology), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
