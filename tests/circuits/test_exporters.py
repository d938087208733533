"""What every exporter of circuits owes its reader: files that say what made them, and the same bytes again."""

import re
from importlib import metadata
from pathlib import Path

import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf

from genrf.core.problem import Design
from tests.circuits.process import problem
from tests.circuits.test_export import VALUES

pytestmark = pytest.mark.ngspice
CONF = Path(__file__).parents[2] / "conf" / "exporter"
KNOWN = {path.stem: OmegaConf.load(path) for path in sorted(CONF.glob("*.yaml"))}
NAMES = [name for name, node in KNOWN.items() if ".circuits." in node["_target_"] and name != "netlist"]  # of users
WITH_PORTS = {".sp", ".scs", ".net", ".s2p", ".ts", ".va", ".il", ".ocn", ".sch"}
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
