"""What every exporter of circuits owes its reader: files that say what made them, and the same bytes again."""

import re
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf

from genrf.core.problem import Design
from tests.circuits import kinds
from tests.circuits.export_numbers import unusual
from tests.circuits.process import problem
from tests.circuits.test_export import VALUES

pytestmark = pytest.mark.ngspice
CONF = Path(__file__).parents[2] / "conf" / "exporter"
KNOWN = {path.stem: OmegaConf.load(path) for path in sorted(CONF.glob("*.yaml"))}
NAMES = [name for name, node in KNOWN.items() if ".circuits." in node["_target_"] and name != "netlist"]  # of users
WITH_PORTS = {".sp", ".scs", ".net", ".s2p", ".ts", ".va", ".il", ".ocn", ".sch"}
# where runs of several levels stand in benches; no figure has to be true for that
LEVELS = {"iip3_dbm": -5.0, "p1db_dbm": -20.0, "op1db_dbm": -5.0, "psat_dbm": 0.0}
PORTS = re.compile(r"ports:? (in out bias vdd|in \(1\), out \(2\))")


@pytest.fixture(scope="module")
def design():
    sizing = problem("lna_cascode")
    curves = sizing.survey(VALUES).curves
    return Design("000042", sizing, VALUES, sizing.verify(VALUES).metrics, rank=1, curves=curves)


@pytest.fixture(scope="module", params=NAMES)
def folders(request, design, tmp_path_factory):
    """The files of one exporter, written twice."""
    made = []
    for _ in range(2):
        folder = tmp_path_factory.mktemp(request.param)
        instantiate(KNOWN[request.param]).export(design, folder)
        made.append({str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()})
    return made


def test_two_exports_of_one_design_are_the_same_bytes(folders):
    one, other = folders
    assert one and one == other


def test_each_text_says_first_what_it_is_and_what_made_it(folders, design):
    for name, content in folders[0].items():
        if b"\0" in content:
            continue  # GDSII
        text = content.decode()
        for said in ("lna_cascode", "000042", "lna_2p4ghz", "generic130", metadata.version("genrf")):
            assert said in text[:600], (name, said)
        if Path(name).suffix in WITH_PORTS and not name.endswith("_models.scs"):
            assert PORTS.search(text), name


def strange(files):
    """The first numbers of files, names and bytes, that are not as engineers write them."""
    texts = {name: content.decode() for name, content in files.items() if b"\0" not in content}  # GDSII has none
    found = {name: unusual(Path(name).suffix, text) for name, text in texts.items()}
    return {name: numbers[:5] for name, numbers in found.items() if numbers}


def test_numbers_are_as_engineers_write_them(folders):
    assert not strange(folders[0])


@pytest.mark.parametrize("name", kinds.LIBRARY)
def test_numbers_of_every_circuit_are_as_engineers_write_them(name, tmp_path):
    """In every file that needs no measured curve; benches have all of their analyses, whatever was measured."""
    sizing = kinds.problem(kinds.LIBRARY[name], name)
    values = sizing.structure.space.decode(np.full(len(sizing.structure.space), 0.5))
    design = Design("000001", sizing, values, {**dict.fromkeys(sizing.spec.goals, 0.0), **LEVELS})
    for exporter in NAMES:
        instantiate(KNOWN[exporter]).export(design, tmp_path)
    files = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert f"{name}.ocn" in files and f"xschem/tb_{name}.sch" in files
    assert not strange(files)


@pytest.mark.parametrize(
    ("suffix", "text", "found"),
    [
        (".scs", "ikick (a b) isource val1=100u rise=1.0080645161290322e-12", ["1.0080645161290322e-12"]),
        (".scs", "r1 (a b) resistor r=2400000000.0", ["2400000000.0"]), (".sp", "tran 0.0001 3.3u", ["0.0001"]),
        (".ocn", "wave = clip(out 25.0n 33.3333333333n)", []),
        (".ocn", "angle = 753.9822368615503M*x", ["753.9822368615503"]),
        (".sp", ".model nch nmos toxe=2.7e-9\n+ u0=3e-2\nr1 a b 3e-2\n", ["3e-2"]), (".sp", "let a = 1e6*b", []),
        (".json", '"current_a": 6.99899e-06', []), (".json", '"value": 5.220759368e-10', ["5.220759368e-10"]),
    ],
)  # fmt: skip
def test_unusual_numbers_are_found(suffix, text, found):
    assert unusual(suffix, text) == found
