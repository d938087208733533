"""A sized design at every corner, and the file that a run writes of it."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from genrf.circuits.confined import confined
from genrf.circuits.export.validation import ValidationReport
from genrf.circuits.rules.finding import Finding
from genrf.circuits.rules.goals import goals
from genrf.circuits.rules.limits import DeviceLimits
from genrf.circuits.rules.stability import stability
from genrf.circuits.signoff import kinds, signoff
from genrf.circuits.validator import Validation, merged
from genrf.core.errors import ConfigError
from genrf.core.problem import Design
from genrf.core.spec import DesignSpec, Metric
from tests.analytic import Formula, FormulaProblem
from tests.circuits.process import draw, problem

pytestmark = pytest.mark.ngspice
SIZING = problem("lna_cascode")
VALUES = draw(SIZING.structure.space, 1)[0]


def two_port(s11, s12, s21, s22, count=1):
    names = ("S_1_1", "S_1_2", "S_2_1", "S_2_2")
    return {name: np.full(count, value, complex) for name, value in zip(names, (s11, s12, s21, s22), strict=True)}


def test_a_sound_design_has_no_findings_at_any_corner():
    found = signoff(SIZING, VALUES, {})
    assert found.findings == () and found.summary == "0 errors, 0 warnings, 0 notes"
    assert {one.device: one.region for one in found.transistors} == dict.fromkeys(("mmb", "mm1", "mm2"), "saturation")


def test_each_device_is_known_by_the_element_that_direct_current_enters():
    found = kinds(SIZING, VALUES)
    assert found["mm1"] == "nmos" and found["lld"] == "spiral" and found["rrd"] == "resistor"
    assert "rld" not in found and "rrd_a" not in found


def test_a_supply_above_the_limit_is_told_of_the_corner_where_it_is_highest():
    """1.2 V are below 1.25 V, and 1.32 V of the cold corner are not."""
    tight = {"nmos": DeviceLimits({"ds": 1.0, "gd": 1.0, "gb": 1.25})}
    strained = replace(SIZING, technology=replace(SIZING.technology, limits=tight))
    found = [one for one in signoff(strained, VALUES, {}).findings if one.what == "voltage between g and b"]
    assert [(one.device, one.corner, one.limit) for one in found] == [("mm2", "ff_cold", 1.25)]
    assert found[0].value == pytest.approx(1.32)


def test_a_coil_too_thin_for_its_current_is_told():
    thin = {"spiral": DeviceLimits(density=1.0)}  # 10 uA in 10 um
    found = signoff(replace(SIZING, technology=replace(SIZING.technology, limits=thin)), VALUES, {})
    assert {(one.rule, one.device) for one in found.findings if one.severity == "error"} >= {("current density", "lld")}


def test_potential_instability_is_told_in_and_out_of_the_band():
    """S11 = S22 = 0, S12 = S21 = 2: mu = 1/4 and K = (1 + 16) / 8. K alone would pass; |Delta| = 4 says why not."""
    frequencies = np.array([1e9, 2e9, 3e9])
    sp = {name: np.array([quiet, loud, quiet]) for (name, quiet), loud in zip(
        {"S_1_1": 0j, "S_1_2": 0.01 + 0j, "S_2_1": 2 + 0j, "S_2_2": 0j}.items(), (0j, 2 + 0j, 2 + 0j, 0j), strict=True
    )}  # fmt: skip
    (inside,) = stability(frequencies, sp, (1.5e9, 2.5e9), "error")
    assert (inside.what, inside.value, inside.severity) == ("mu in the band: lowest at 2 GHz", 0.25, "error")
    (outside,) = stability(frequencies, sp, (0.5e9, 1.5e9), "warning")
    assert (outside.what, outside.severity) == ("mu outside of the band: lowest at 2 GHz", "warning")


def test_k_below_one_is_told_beside_mu():
    """S11 = S22 = 0.9, S12 = S21 = 0.3: Delta = 0.72, K = (1 - 1.62 + 0.5184) / 0.18 = -0.565."""
    found = list(stability(np.array([1e9]), two_port(0.9, 0.3, 0.3, 0.9), (0.5e9, 2e9), "error"))
    assert [one.what.split()[0] for one in found] == ["mu", "K"]
    assert found[1].value == pytest.approx((1 - 1.62 + 0.72**2) / 0.18)


def test_a_stable_two_port_has_no_findings():
    assert not list(stability(np.array([1e9]), two_port(0.1, 0.01, 2.0, 0.1), (0.5e9, 2e9), "error"))


def test_an_amplifier_that_a_load_would_make_oscillate_is_an_error():
    reuse = problem("lna_current_reuse")
    found = signoff(reuse, draw(reuse.structure.space, 1)[0], {})
    assert {(one.rule, one.severity) for one in found.findings} == {("stability", "error")} and not found.passed


def test_limits_of_the_spec_are_errors_nominally_and_warnings_at_corners():
    spec = DesignSpec("s", {"gain": {"min": 15, "objective": "maximize"}, "noise": {"max": 2}})
    known = {"gain": Metric("dB", ""), "noise": Metric("dB", "")}
    measured = {"gain": 14.0, "noise": 1.0, "gain@hot": 16.0, "noise@hot": 2.5}
    assert list(goals(spec, measured, known)) == [
        Finding("spec", "gain", "the spec wants >= 15 dB", "error", 14.0, 15.0, "dB")
    ]
    assert list(goals(spec, measured, known, "hot")) == [
        Finding("spec", "noise", "the spec wants <= 2 dB", "warning", 2.5, 2.0, "dB")
    ]
    assert not list(goals(spec, {"gain": 16.0, "noise": 1.0}, known, "cold"))


def test_a_corner_without_a_result_is_told_where_the_others_have_one():
    """One that did not converge, or was not measured further for another limit, has kept nothing."""
    spec = DesignSpec("s", {"gain": {"min": 15, "objective": "maximize"}, "size": {"objective": "minimize"}})
    known = {"gain": Metric("dB", ""), "size": Metric("m", "")}
    measured = {"gain": 16.0, "size": 1.0, "gain@hot": 16.0, "size@hot": 1.0}
    (one,) = goals(spec, measured, known, "cold")
    assert (one.device, one.severity, one.what) == ("gain", "warning", "no result: the spec wants >= 15 dB")
    assert not list(goals(spec, measured, known, "hot"))
    (nothing,) = goals(spec, {**measured, "gain": float("nan")}, known)
    assert (nothing.severity, nothing.value) == ("error", None)


def test_of_what_corners_say_alike_the_worst_stays():
    def one(value, severity="warning"):
        return Validation((Finding("stability", "", f"mu: lowest at {value} GHz", severity, value, 1.0),))

    assert merged({"": one(0.9), "ff": one(0.7), "ss": one(0.8)}).findings[0].corner == "ff"
    nominal = merged({"": one(0.9, "error"), "ff": one(0.7)}).findings
    assert [(found.severity, found.corner) for found in nominal] == [("error", "")]


def test_the_file_says_all_and_its_check_fails_on_an_error(tmp_path):
    design = Design("000001", SIZING, VALUES, {}, 1)
    (path,) = ValidationReport().export(design, tmp_path)
    written = json.loads(path.read_text())
    assert written["passed"] and len(written["transistors"]) == 3
    assert re.fullmatch(r"design 000001 for \S+ in generic130, genrf \d+\.\d+\.\d+\S*", written["origin"])
    (check,) = ValidationReport().check([path], design)
    assert check.passed and check.detail == "0 errors, 0 warnings, 0 notes"
    (path,) = ValidationReport().export(replace(design, metrics={"gain_db": 1.0}), tmp_path)
    (check,) = ValidationReport().check([path], design)
    assert not check.passed and check.detail == "1 error, 0 warnings, 0 notes; gain_db the spec wants >= 15 dB"


def test_what_is_no_circuit_is_refused():
    spec = DesignSpec("s", {"f1": {"objective": "minimize"}})
    with pytest.raises(ConfigError, match="validation is for circuits; FormulaProblem is none"):
        signoff(FormulaProblem(Formula(), spec), {}, {})


def _dies():
    import os

    os._exit(3)


def test_a_simulator_that_dies_is_a_finding():
    found = confined(_dies)
    assert not found.passed and found.findings[0].rule == "operating point"
    assert found.findings[0].what.startswith("crashed: ")
