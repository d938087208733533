"""Wide drawings are broken into rows: stages below each other, the signal continued by arrows of one name."""

import importlib
import re

import pytest

from genrf.circuits import library
from genrf.circuits.joined import Link, joined
from genrf.circuits.schematic import drawing as drawings
from genrf.circuits.schematic import sheet as sheets
from genrf.circuits.schematic.drawing import drawing
from genrf.circuits.schematic.faults import connections, faults
from genrf.circuits.schematic.read import Drawing

CHAINS = {
    "front": {"filter": "bpf_coupled_resonators", "lna": "lna_cascode"},
    "receiver": {"filter": "bpf_coupled_resonators", "lna": "lna_shunt_feedback", "balun": "balun_lattice",
                 "mixer": "mixer_gilbert"},
    "differential": {"lna": "lna_differential_cascode", "mixer": "mixer_gilbert"},
}  # fmt: skip


def chain(name):
    links = [
        Link(called, importlib.import_module(f"{library.__name__}.{circuit}").topology())
        for called, circuit in CHAINS[name].items()
    ]
    return joined(name, "receiver", links)


def sized(device):
    return ("123 µm",)


def page(text):
    return tuple(map(float, re.search(r'width="([\d.]+)" height="([\d.]+)"', text).groups()))


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_is_a_page_without_faults(name):
    topology = chain(name)
    text = drawing(topology, sized)
    width, height = page(text)
    assert width <= 3 * height and width < 1700, "1400 px, and what names and wires take"
    assert faults(Drawing.of(text), topology) == []


def test_a_signal_goes_on_at_the_left_of_a_lower_row():
    """The only net between the filter's and the amplifier's half that is cut is one of the signal path."""
    read = Drawing.of(drawing(chain("front"), sized))
    own = {name.net for name in read.names if name.style in ("in", "out")} - {"in", "out"}
    assert own, "nothing is continued"
    for net in own:
        upper, lower = sorted((name for name in read.names if name.net == net), key=lambda name: name.at[1])
        assert (upper.style, lower.style) == ("out", "in")
        below = {part.devices for part in read.parts for point in part.pins.values() if point[1] > lower.at[1] - 2}
        assert below and upper.at[1] < lower.at[1]


def test_a_missing_arrow_is_found():
    topology = chain("front")
    text = drawing(topology, sized)
    (net,) = {name.net for name in Drawing.of(text).names if name.style == "out"} - {"out"}
    one = re.search(rf'<g class="tag" data-net="{net}".*?</g>\n', text, re.DOTALL)[0]
    assert f"net {net} is drawn in pieces" in connections(Drawing.of(text.replace(one, "")), topology)


def test_halves_stay_mirror_images_in_their_row():
    read = Drawing.of(drawing(chain("differential"), sized))
    pins = {device: part.pins for part in read.parts for device in part.devices}
    sums = {
        pins[f"lna_{one}p"][pin][0] + pins[f"lna_{one}n"][pin][0]
        for one in ("m1", "m2", "ls", "ld", "cblock")
        for pin in pins[f"lna_{one}p"]
    }
    assert len(sums) == 1, "one axis for all"


def test_rows_are_the_same_bytes_again():
    first = drawing(chain("receiver"), sized)
    for cached in (drawings._sheet, sheets._rows, sheets._moves):
        cached.cache_clear()
    assert drawing(chain("receiver"), sized) == first


def test_a_small_line_stays_one_row():
    topology = importlib.import_module(f"{library.__name__}.bpf_coupled_resonators").topology()
    width, height = page(drawing(topology))
    assert width > 3 * height, "a ladder of ten parts is read from left to right"


@pytest.mark.parametrize("name", ["lna_shunt_feedback_wideband", "bandgap_divided", "ota_folded_cascode"])
def test_what_no_wire_joins_stands_below_where_a_page_would_be_too_narrow(name):
    topology = importlib.import_module(f"{library.__name__}.{name}").topology()
    read = Drawing.of(drawing(topology))
    carried = {one.net for one in read.names if one.style in ("in", "out")} - {*topology.signals}
    assert carried == set(), "no wire is cut for it"
    assert page(drawing(topology))[0] < 1150, "about the 1,032 px of a page"
