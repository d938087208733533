"""`task=validate` from the command line."""

import json
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.ngspice]
SOUND = """A common-source stage
.model nch nmos level=1 vto=0.4 kp=200u
vdd vdd 0 1.2
vin in 0 dc 0.6
m1 d in 0 0 nch w=10u l=1u
r1 vdd d 5k
.end
"""
FLOATING = SOUND.replace("vin in 0 dc 0.6", "c1 in 0 1p")
HOT = """variables:
  r: {low: 1k, high: 10k}
meas:
  drain: "op: v(d)"
corners:
  hot: {r: 30k}
goals:
  drain: {objective: maximize}
"""


def run(folder, *arguments):
    command = (sys.executable, "-m", "genrf", "task=validate", f"hydra.run.dir={folder / 'run'}", *arguments)
    return subprocess.run(command, capture_output=True, text=True, check=False)


def findings(folder):
    return json.loads((folder / "run" / "validation.json").read_text())["findings"]


def test_a_sound_netlist_ends_with_0_and_needs_no_yaml(tmp_path):
    (tmp_path / "amp.sp").write_text(SOUND)
    done = run(tmp_path, f"netlist={tmp_path / 'amp.sp'}")
    assert done.returncode == 0, done.stderr
    assert "saturation" in done.stdout and "amp.sp: 0 errors, 0 warnings, 2 notes" in done.stdout
    assert {one["rule"] for one in findings(tmp_path)} == {"limits"}
    said = json.loads((tmp_path / "run" / "validation.json").read_text())
    assert said["circuit"] == "amp" and "amp.sp held against generic130, genrf " in said["origin"]
    (transistor,) = said["transistors"]
    numbers = [transistor["current"], transistor["margin"], *transistor["voltages"].values()]
    assert all(number == float(f"{number:.6g}") for number in numbers)


def test_an_error_ends_with_1_and_one_line(tmp_path):
    (tmp_path / "amp.sp").write_text(FLOATING)
    done = run(tmp_path, f"netlist={tmp_path / 'amp.sp'}")
    assert done.returncode == 1 and "floating gate of m1" in done.stdout
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"genrf: {tmp_path / 'amp.sp'}: 1 error, ") and "validation.json" in line


def test_the_corners_of_a_yaml_beside_it_are_looked_at(tmp_path):
    """30 kohm would drop 1.2 V at the 40 uA of saturation."""
    (tmp_path / "amp.sp").write_text(SOUND.replace("5k", "{r}").replace(".end", ".param r=5k\n.op\n.end"))
    (tmp_path / "amp.yaml").write_text(HOT)
    done = run(tmp_path, f"netlist={tmp_path / 'amp.sp'}")
    assert done.returncode == 0, done.stderr
    (triode,) = [one for one in findings(tmp_path) if one["rule"] == "region"]
    assert (triode["device"], triode["corner"], triode["severity"]) == ("m1", "hot", "warning")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "task=validate wants a netlist: netlist=path/to/circuit.sp"),
        (("netlist=nowhere.sp",), "netlist=nowhere.sp: no such file"),
        (("netlist={folder}/amp.sp", "tech=asic_45nm"), "wants the process of a circuit as tech="),
        (("netlist={folder}/bad.sp",), "bad.sp:2: m1: no model 'nch'"),
        (("netlist={folder}/empty.sp",), "empty.sp: there is no element in it"),
    ],
)
def test_what_cannot_be_looked_at_is_said_in_one_line(tmp_path, arguments, said):
    (tmp_path / "amp.sp").write_text(SOUND)
    (tmp_path / "bad.sp").write_text("title\nm1 d g 0 0 nch\n.end\n")
    (tmp_path / "empty.sp").write_text("title\n.end\n")
    done = run(tmp_path, *(argument.format(folder=tmp_path) for argument in arguments))
    assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1 and said in done.stderr, done.stderr
