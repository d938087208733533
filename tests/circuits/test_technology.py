from dataclasses import replace

import pytest

from genrf.circuits.technology import Corner
from genrf.core.errors import ConfigError
from tests.circuits.process import technology


def test_the_corners_of_the_default_process():
    assert set(technology().corners) >= {"ff", "ss", "fs", "sf", "ss_hot", "ff_cold"}
    assert technology().corner("").section == "tt"
    assert technology().corner("ss_hot").supply == 0.9


def test_a_corner_moves_models_and_passives():
    nominal, slow = technology().at().models, technology().at("ss").models
    assert "vth0=0.395" in nominal[0] and "vth0=0.425" in slow[0]
    assert technology().at("ss_hot").devices["mim"].scale == pytest.approx(1.1)
    assert technology().at("ss").devices["mim"] == technology().device("mim")


def test_the_cards_of_a_corner_are_one_object_so_that_decks_compare_fast():
    assert technology().at("ff").models is technology().at("ff").models


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: t.corner("sss"), "technology 'generic130': no corner 'sss'; did you mean 'ss"),
        (lambda t: t.device("nmoss"), "has no device 'nmoss'; did you mean 'nmos'"),
        (lambda t: replace(t, supply=-1.2), "supply must be above 0 V, got -1.2"),
        (lambda t: replace(t, corners={"x": Corner("tt2")}), "models generic130.lib: no section 'tt2'"),
        (
            lambda t: replace(t, corners={"x": Corner("tt", passives={"mim": {"densty": 2}})}),
            "corner 'x' scales mim.densty; did you mean 'density'",
        ),
    ],
)
def test_what_is_missing_is_named(call, message):
    with pytest.raises(ConfigError, match=message):
        call(technology())
