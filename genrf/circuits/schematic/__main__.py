"""Draws circuits of the library: `python -m genrf.circuits.schematic docs/schematics lna_cascode ota_two_stage`."""

import importlib
import pkgutil
import sys
from pathlib import Path

from genrf.circuits import library
from genrf.circuits.schematic.drawing import drawing
from genrf.core.errors import choices

_USAGE = "python -m genrf.circuits.schematic FOLDER CIRCUIT ..."


def main(folder: str = "", *names: str) -> None:
    """Write `<name>.svg` of each circuit into the folder, with the names of its variables.

    Ends with a line that names what is wrong: too few words, or a circuit that is not in the library.
    """
    known = [module.name for module in pkgutil.iter_modules(library.__path__)]
    if not names:
        sys.exit(f"usage: {_USAGE}, with circuits from {', '.join(known)}")
    for name in names:
        if name not in known:
            sys.exit(f"no circuit of the library is called {name!r}; {choices(name, known)}")
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name in names:
        topology = importlib.import_module(f"{library.__name__}.{name}").topology()
        (Path(folder) / f"{name}.svg").write_text(drawing(topology), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
