"""The foundries' processes where their models are: `PDK_ROOT`, or the data beside the project."""

import csv
import os
from functools import lru_cache
from pathlib import Path

import pytest

from genrf.api import parts
from genrf.circuits.devices import Made

ROOT = Path(os.environ.get("PDK_ROOT", Path(__file__).parents[2] / ".." / "shared" / "pdk")).resolve()
needs_pdk = pytest.mark.skipif(not ROOT.is_dir(), reason=f"no PDK at {ROOT}; set PDK_ROOT to where the PDKs are")


@lru_cache
def technology(name):
    return parts("spec=lna_2p4ghz", f"tech={name}").make_problem.keywords["technology"]


def lines(name, section, subcircuit, nets, given, device="1"):
    """The expansion of one subcircuit of a process as deck lines."""
    process = technology(name).models_from.process(Made(section, 27.0))
    return [element.line() for element in process.elements(subcircuit, device, nets, given)]


def reference(pdk):
    """The rows of the reference values for one PDK; none where the file is not there."""
    path = ROOT / "reference_values.csv"
    if not path.is_file():
        return []
    with path.open() as file:
        return [row for row in csv.DictReader(file) if row["pdk"] == pdk]
