import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrf.core.errors import ConfigError
from genrf.core.units import difference, engineering, quantity, spice_suffixed, suffixed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2.4G", 2.4e9),
        ("10u", 1e-5),
        ("50", 50.0),
        ("1.5meg", 1.5e6),
        ("10M", 1e7),
        ("-3m", -3e-3),
        ("1e-3", 1e-3),
        (7, 7.0),
    ],
)
def test_quantities_are_read_with_si_prefixes(text, value):
    assert quantity(text) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("wrong", ["2.4Q", "", "ten", "2..4", True, None, [1]])
def test_what_is_no_quantity_is_named_with_its_owner(wrong):
    with pytest.raises(ConfigError, match="gain: .* is not a quantity; write a number with an SI prefix"):
        quantity(wrong, "gain")


@given(st.floats(1e-14, 1e13))
def test_engineering_notation_reads_back(value):
    assert quantity(engineering(value, "X", 12).removesuffix("X")) == pytest.approx(value, rel=1e-11)


def test_levels_differ_by_decibels():
    """10 dBm less 7 dBm is a ratio of two powers."""
    assert difference(3.0, "dBm") == "+3 dB" and difference(-0.5, "dBc/Hz") == "-0.5 dB"
    assert difference(-2e6, "Hz") == "-2 MHz" and difference(0.0, "dB") == "+0 dB"


def test_decibels_take_no_prefix():
    assert engineering(0.012, "dB") == "0.012 dB" and engineering(0.469, "ppm/K") == "0.469 ppm/K"
    assert engineering(2.4e9, "Hz") == "2.4 GHz"
    assert engineering(999.9999e-9, "s", 3) == "1 us"
    assert engineering(0.1104, "s", 2) == "110 ms" and engineering(1.104, "s", 2) == "1.1 s"


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300))
def test_numbers_for_simulators_keep_twelve_digits(value):
    assert quantity(spice_suffixed(value).replace("Meg", "meg")) == pytest.approx(value, rel=6e-12, abs=1e-300)


def test_a_width_times_fingers_reads_as_a_designer_writes_it():
    assert spice_suffixed(10 * 2e-6) == "20u" and 10 * 2e-6 != 20e-6
    assert spice_suffixed(5.0641646744072604e-9) == "5.06416467441n"


def test_numbers_for_simulators_may_be_rounded():
    assert suffixed(1 / 3e9, 9) == "333.333333p" and suffixed(0.0999999999, 4) == "0.1"


def test_numbers_for_simulators_have_prefixes_where_decimals_are_no_better():
    assert [suffixed(value) for value in (6e-9, 2.4e9, 1500.0, 1.5e6, 2.5e-3, 4.7e-15, -3.6e-3)] == [
        "6n", "2.4G", "1.5k", "1.5M", "2.5m", "4.7f", "-3.6m",
    ]  # fmt: skip
    assert [suffixed(value) for value in (0.0, 0.15, 0.9, 27.0, 1e-30)] == ["0", "0.15", "0.9", "27", "1e-30"]


def test_mega_is_written_as_spice_wants_it():
    assert spice_suffixed(1.5e6) == "1.5Meg" and spice_suffixed(2.5e-3) == "2.5m"
