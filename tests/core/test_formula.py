"""Objectives of the user's own: their language, and what the spec makes of them."""

import math

import pytest

from genrf.core.errors import ConfigError
from genrf.core.formula import ObjectiveFunction, completed
from genrf.core.problem import Measurement
from genrf.core.results import Row
from genrf.core.spec import DesignSpec, Metric

METRICS = {"gain_db": 18.0, "nf_db": 1.5, "power_w": 2e-3}
FOM = "gain_db - nf_db - 10*log10(power_w/1m)"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (FOM, 16.5 - 10 * math.log10(2.0)),
        ("2 - 3 - 4", -5.0),
        ("2^3^2", 512.0),
        ("-2^2", -4.0),
        ("2*-3 + 1", -5.0),
        ("max(nf_db, 1, 3) / min(2, 4)", 1.5),
        ("abs(-sqrt(16)) + ln(exp(2)) + 1.5e3*1u", 6.0015),
        ("cos_phi", 7.0),
        ("pi*1meg", math.pi * 1e6),
    ],
)
def test_values_are_those_of_arithmetic(text, value):
    assert ObjectiveFunction("f", text)({**METRICS, "cos_phi": 7.0}) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gain_db +", "cannot read 'gain_db \\+' at its end"),
        ("gain_db nf_db", "formula 'f': cannot read"),
        ("__import__('os')", "cannot read .* in"),
        ("gain_db.real", "cannot read '.real'"),
        ("eval(gain_db)", "no function 'eval'; .*known: abs"),
        ("sqr(gain_db)", "no function 'sqr'; did you mean 'sqrt'"),
        ("log10(1, 2)", "cannot read"),
        ("(" * 60 + "1" + ")" * 60, "more than 50 deep"),
        ("^".join(["2"] * 60), "more than 50 deep"),
        ("1+" * 600 + "1", "1201 characters; at most 1000"),
    ],
)
def test_what_is_not_in_the_language_is_named(text, message):
    with pytest.raises(ConfigError, match=message):
        ObjectiveFunction("f", text)


def test_a_formula_may_say_its_unit_and_no_other_key():
    assert ObjectiveFunction.read("f", {"formula": "nf_db", "unit": "dB"}).unit == "dB"
    with pytest.raises(ConfigError, match="formula 'f': unknown key 'units'; did you mean 'unit'"):
        ObjectiveFunction.read("f", {"formula": "nf_db", "units": "dB"})
    with pytest.raises(ConfigError, match="formula 'f': its text is missing"):
        ObjectiveFunction.read("f", {"unit": "dB"})
    with pytest.raises(ConfigError, match="formula 'a b': a name has letters"):
        ObjectiveFunction("a b", "1")


def spec(**more):
    goals = {"fom": {"min": 10, "objective": "maximize"}, "nf_db": {"max": 2}}
    return DesignSpec("amp", goals, formulas={"fom": FOM, "twice": "2*fom"}, **more)


def test_a_goal_on_a_formula_is_judged_like_one_on_a_metric():
    value = 16.5 - 10 * math.log10(2.0)
    assert spec().F(METRICS) == pytest.approx([-value])
    assert spec().G(METRICS) == pytest.approx([(10 - value) / 10, -0.25])
    assert spec().violation(METRICS) == 0.0 and spec().misses({**METRICS, "gain_db": 5.0})
    assert spec().wanted == {"fom", "twice", "nf_db", "gain_db", "power_w"} - {"twice"}


def test_the_row_of_a_design_holds_what_the_formulas_make():
    row = Row.of("1", "s", "optimize", {}, Measurement("ok", METRICS), 0.0, spec())
    assert row.metrics["twice"] == pytest.approx(2 * row.metrics["fom"])
    assert row.feasible


def test_corners_have_their_own_and_the_worst_counts():
    at_hot = {f"{name}@hot": value for name, value in {**METRICS, "gain_db": 12.0}.items()}
    found = spec(corners=("hot",)).complete({**METRICS, **at_hot})
    assert found["fom@hot"] == pytest.approx(found["fom"] - 6.0)
    assert spec(corners=("hot",)).F({**METRICS, **at_hot}) == pytest.approx([-found["fom@hot"]])


def test_a_formula_without_a_value_makes_the_design_invalid():
    row = Row.of("1", "s", "optimize", {}, Measurement("ok", {**METRICS, "power_w": 0.0}), 0.0, spec())
    assert row.status == "invalid" and "formula 'fom' has no value" in row.message and not row.metrics


@pytest.mark.parametrize(
    ("text", "metrics", "said"),
    [
        ("a*b", {"a": 1e200, "b": 1e200}, "inf is no finite real number"),  # IEEE 754: a product overflows silently
        ("-a*b", {"a": 1e200, "b": 1e200}, "-inf is no finite real number"),
        ("a*b - a*b", {"a": 1e200, "b": 1e200}, "nan is no finite real number"),
        ("a + b", {"a": math.inf, "b": 1.0}, "inf is no finite real number"),
        ("sqrt(a) + b", {"a": math.nan, "b": 1.0}, "nan is no finite real number"),
        ("ln(a)", {"a": -1.0}, "math domain error"),
        ("exp(a)", {"a": 1e3}, "math range error"),
    ],
)
def test_neither_infinity_nor_what_is_no_number_reaches_a_search(text, metrics, said):
    wanted = DesignSpec("own", {"f": {"objective": "maximize"}}, formulas={"f": text})
    with pytest.raises((ArithmeticError, ValueError), match=f"^{said}"):
        wanted.formulas["f"](metrics)
    row = Row.of("1", "s", "optimize", {}, Measurement("ok", metrics), 0.0, wanted)
    assert (row.status, row.message, row.metrics) == ("invalid", f"formula 'f' has no value: {said}", {})
    assert wanted.complete(metrics) == metrics and wanted.F(metrics) == [0.0]  # as of a metric that is not there


def test_a_formula_waits_for_its_metrics():
    found, trouble = completed(spec().formulas, {"gain_db": 18.0})
    assert found == {"gain_db": 18.0} and not trouble
    assert spec().violation({"gain_db": 18.0}) == pytest.approx(2.0)  # one limit each for what is not there


def test_a_wrong_name_in_a_formula_is_named_with_the_choices():
    known = {"gian_db": Metric("dB", ""), "nf_db": Metric("dB", ""), "power_w": Metric("W", "")}
    with pytest.raises(ConfigError, match="formula 'fom' uses 'gain_db', which is no metric; did you mean 'gian_db'"):
        spec().check(known)
    with pytest.raises(ConfigError, match="formula 'fom' has the name of a metric that is measured"):
        spec().check({**known, "fom": Metric("", "")})
    spec().check({**known, "gain_db": Metric("dB", "")})
