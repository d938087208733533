"""The language of measurements: closed forms, and what it refuses."""

import numpy as np
import pytest

from genrf.circuits.foreign.measurements import Measurement
from genrf.circuits.foreign.waves import Waves
from genrf.circuits.procedure import NotMeasurable
from genrf.core.errors import ConfigError

F = np.logspace(0, 8, 801)
POLE = 1e4
LOWPASS = Waves(F, {"out": 100 / (1 + 1j * F / POLE), "in": np.ones(801) + 0j}, {"gain0": 100.0}, logarithmic=True)
T = np.linspace(0, 1e-6, 2001)
SINE = Waves(T, {"out": 1 + 2 * np.sin(2 * np.pi * 3e6 * T), "v1#branch": np.full(2001, -1e-3)}, {"vdd": 1.8})
DOWN = Waves(np.linspace(2, 0, 201), {"out": np.linspace(1, 0, 201)}, {})  # half of what is swept downwards


@pytest.mark.parametrize(
    ("text", "waves", "wanted"),
    [
        ("db(v(out)) at freq = 1", LOWPASS, 40.0),
        ("freq at |v(out)| = 1", LOWPASS, POLE * np.sqrt(1e4 - 1)),  # |H| = 100 / sqrt(1 + (f/fp)^2)
        ("180 + phase(v(out)) at |v(out)|=1", LOWPASS, 180 - np.degrees(np.arctan(np.sqrt(1e4 - 1)))),
        ("phase(v(out)/v(in)) at freq = 10k", LOWPASS, -45.0),
        ("max(|v(out)|) / gain0", LOWPASS, 1.0),
        ("|v(out) - 2*v(in)| at freq=1", LOWPASS, 98.0),
        ("first(re(v(out))) - -2^2", LOWPASS, 104.0),
        ("pp(v(out))", SINE, 4.0),
        ("mean(v(out))", SINE, 1.0),
        ("rms(v(out) - 1)", SINE, np.sqrt(2)),
        ("-vdd * mean(i(v1))", SINE, 1.8e-3),
        ("time at v(out) = 2", SINE, np.arcsin(0.5) / (2 * np.pi * 3e6)),
        ("1e6 * time at v(out, 0) = 2.5", SINE, 1e6 * np.arcsin(0.75) / (2 * np.pi * 3e6)),
        ("sqrt(16) + ln(exp(2)) * log10(1k) / 2meg * 2M", SINE, 10.0),
        ("2*pi - pi", SINE, np.pi),
        ("time at v(out) = 2 rise 2", SINE, (1 / 12 + 1) / 3e6),  # a twelfth of a period, then five
        ("time at v(out) = 2 fall last", SINE, (5 / 12 + 2) / 3e6),
        ("time at v(out) = 2 cross 2", SINE, 5 / 12 / 3e6),
        ("time at v(out) = 2 from 0.5u", SINE, (1 / 12 + 2) / 3e6),
        ("time at v(out) = 2 cross last to 0.5u", SINE, (5 / 12 + 1) / 3e6),
        ("(time at v(out) = 2 fall 1) - (time at v(out) = 2 rise 1)", SINE, 1 / 3 / 3e6),
        ("mean(v(out), 0, 1/6*1u)", SINE, 1 + 4 / np.pi),
        ("max(v(out), 0.2u, 0.3u)", SINE, 1 + 2 * np.sin(2 * np.pi * 0.6)),
        ("min(v(out), 0.2u, 9)", SINE, -1.0),
        ("integral(v(out), 0.1u, 0.1u + 1/3*1u)", SINE, 1 / 3e6),
        ("first(v(in) * freq, 1k, 1meg) + last(freq, 1, 1k)", LOWPASS, 2e3),
        ("angle(v(out)^4) at freq = 1meg", LOWPASS, 4 * (90 - np.degrees(np.arctan(1e6 / POLE)))),  # about 0, not -360
        ("sweep at v(out) = 0.25", DOWN, 0.5),
        ("mean(v(out), 0.5, 1)", DOWN, 0.5 * 0.75),
    ],
)
def test_a_measurement_is_its_closed_form(text, waves, wanted):
    assert Measurement("m", text)(waves) == pytest.approx(wanted, rel=2e-4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot read '' at its end"),
        ("1 +", r"cannot read '1 \+'"),
        ("v(out", "no function .v."),
        ("dbb(v(out))", "no function 'dbb'; did you mean 'db'"),
        ("__import__('os')", r'cannot read "'),
        ("v(out).real", "cannot read '.real'"),
        ("v(a;b)", "cannot read"),
        ("v(out) at 3", "cannot read"),
        ("(" * 60 + "1" + ")" * 60, "brackets lie more than 50 deep"),
        ("1+" * 600 + "1", "1201 characters; at most 1000"),
        ("hb: v(out)", "no analysis 'hb'"),
        ("1 2", "cannot read"),
        ("time at v(out) = 1 rise 0", "cannot read"),
        ("time at v(out) = 1 rise rise", "cannot read"),
        ("max(v(out), 1u)", "cannot read"),
        ("db(v(out), 1, 2)", "cannot read"),
    ],
)
def test_what_is_not_in_the_language_is_refused(text, message):
    with pytest.raises(ConfigError, match=message):
        Measurement("m", text)


@pytest.mark.parametrize(
    ("text", "waves", "message"),
    [
        ("freq at |v(out)| = 1k", LOWPASS, r"m: \| v\(out\) \| = 1k is nowhere between 1 and 1e\+08"),
        ("v(out) at freq = 10k", LOWPASS, "not a real number; take"),
        ("1 / (v(in) - v(in)) at freq = 1", LOWPASS, "not a real number"),
        ("v(out)", LOWPASS, "is 801 numbers; say where"),
        ("time at v(out) = 2 rise 4", SINE, "m: v.out. = 2 rise 4 is nowhere between 0 and 1e-06"),
        ("max(v(out), 2u, 3u)", SINE, "m: nothing lies between 2e-06 and 3e-06"),
    ],
)
def test_what_has_no_number_is_said_so(text, waves, message):
    with pytest.raises(NotMeasurable, match=message):
        Measurement("m", text)(waves)


@pytest.mark.parametrize(
    ("text", "available", "wanted"),
    [
        ("db(v(out)) at freq = 1k", ("op", "ac", "tran"), "ac"),
        ("tran: max(v(out))", ("op", "ac", "tran"), "tran"),
        ("max(v(out))", ("op", "dc"), "dc"),
        ("v(out)", ("op",), "op"),
        ("op: v(out)", ("op", "ac"), "op"),
        ("onoise at freq = 1k", ("ac", "noise"), "noise"),
        ("s(2,1)", ("sp", "ac"), "sp"),
        ("gain - 3", ("ac",), ""),
    ],
)
def test_a_measurement_finds_its_analysis(text, available, wanted):
    assert Measurement("m", text).analysis(available) == wanted


def test_an_analysis_that_is_not_there_or_not_said_is_asked_for():
    with pytest.raises(ConfigError, match="reads 'ac', but the netlist has no .ac; it has op, tran"):
        Measurement("m", "phase(v(out)) at freq=1").analysis(("op", "tran"))
    with pytest.raises(ConfigError, match="say of which analysis, `ac: max"):
        Measurement("m", "max(v(out))").analysis(("op", "ac", "tran"))


def test_a_number_for_each_point_is_refused_at_once():
    with pytest.raises(ConfigError, match="is a number for each point; say where"):
        Measurement("m", "db(v(out))").check_single(swept=True)
    with pytest.raises(ConfigError, match="a place on the axis is one number, got 3"):
        Measurement("m", "max(v(out), v(out), 1)").check_single(swept=True)
    Measurement("m", "max(db(v(out)))").check_single(swept=True)
    Measurement("m", "v(out)").check_single(swept=False)
