"""Netlists of others: the corpus is read, what is written reads the same again, and a broken one is named."""

import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrf.circuits.foreign.lines import Unreadable
from genrf.circuits.foreign.reader import parse, read, write
from genrf.circuits.foreign.syntax import (
    Block,
    Command,
    Instance,
    Language,
    Model,
    Parameters,
    Remark,
    Section,
    Source,
    Subcircuit,
)

CORPUS = Path(os.environ.get("GENRF_NETLISTS", "../shared/netlists"))
OTHER = (".csv", ".json", ".yaml", ".md")
corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no {CORPUS}; set GENRF_NETLISTS to a folder of netlists")


def netlists(folder):
    """Names and texts of all netlists of the corpus, those in JSON lines one by one."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".jsonl":
            for number, line in enumerate(path.read_text().splitlines(), start=1):
                yield f"{path.name}:{number}", json.loads(line)["netlist"]
        elif path.is_file() and path.suffix not in OTHER and path.name != "LICENSE":
            yield str(path), path.read_text(errors="replace")


@corpus
@pytest.mark.slow
def test_nearly_all_of_the_corpus_is_read_and_written_back_without_loss():
    read_ones, refused = 0, []
    for name, text in netlists(CORPUS):
        try:
            source = parse(text, name)
        except Unreadable as error:
            refused.append(str(error))
            continue
        read_ones += 1
        assert parse(write(source), name) == source, name
    assert read_ones > 5000 and len(refused) <= 0.05 * read_ones
    assert all(re.match(r".+:\d+: .+", message) for message in refused)


@corpus
def test_every_line_of_the_bare_lists_is_one_instance_with_its_nets():
    """AnalogGenie's lists are one device a line, `M0 (d g s b) nmos4`: what a regular expression finds in them."""
    lines = (CORPUS / "analoggenie" / "analoggenie.jsonl").read_text().splitlines()[:400]
    for line in lines:
        text = json.loads(line)["netlist"]
        wanted = re.findall(r"^\s*(\w+) *\(([^)]*)\) *(\w+)", text, re.M)
        found = [one for one in parse(text).walk() if isinstance(one, Instance)]
        assert [(one.name, one.nets, one.master) for one in found] == [(n, tuple(b.split()), m) for n, b, m in wanted]


@corpus
def test_a_cdl_netlist_has_the_devices_that_its_lines_begin_with():
    for line in (CORPUS / "align" / "unsized_ota.jsonl").read_text().splitlines()[:100]:
        text = json.loads(line)["netlist"]
        wanted = re.findall(r"^([A-Za-z]\w*) ", text, re.M)
        found = [one.name for one in parse(text).walk() if isinstance(one, Instance)]
        assert found == [name for name in wanted if name[0] in "MRCXDQLVIx"]


def test_a_deck_is_taken_apart():
    source = parse(
        """A title that looks like an element
* an amplifier
.param w=10u, l = 'w / 20'  $ in metres
.subckt stage in out params: g=1m
gm out 0 in 0 'g*2'
.ends
M1 d g 0 0 nch W={w} L=l ; the input
+ m=2
X1 a b stage g=3m
V1 a 0 dc 1 ac 1 sin(0 1 1k)
.model nch nmos (level=1
+ vto=0.4)
.ac dec 10 1 1g
.end
ignored 1 2 3
"""
    )
    assert source.title == "A title that looks like an element"
    assert source.body == (
        Remark("an amplifier"),
        Parameters({"w": "10u,", "l": "'w / 20'"}),
        Remark("in metres"),
        Subcircuit("stage", ("in", "out"), {"g": "1m"}, (Instance("gm", ("out", "0", "in", "0"), "", ("'g*2'",), {}),)),
        Instance("M1", ("d", "g", "0", "0"), "nch", (), {"W": "{w}", "L": "l", "m": "2"}),
        Remark("the input"),
        Instance("X1", ("a", "b"), "stage", (), {"g": "3m"}),
        Instance("V1", ("a", "0"), "", ("dc", "1", "ac", "1", "sin(0 1 1k)"), {}),
        Model("nch", "nmos", {"level": "1", "vto": "0.4"}),
        Command("ac", ("dec", "10", "1", "1g"), {}),
    )


def test_spectre_is_taken_apart():
    source = parse(
        """// made by hand
simulator lang=spectre
global 0 vdd!
parameters w=1u \\
    l=w/20
inline subckt stage (in out)
    M0 (out in 0 0) nmos w=w * 2.5 * (45n) l=l region=sat
    R0 out 0 resistor r=1k
ends stage
I0 (IN\\+ OUT) stage // the first
ac1 ac start=1 stop=1G dec=10
statistics {
  process { vary w dist=gauss std=1 }
}
simulator lang=spice
.param a=1
"""
    )
    assert source.dialect == "spectre"
    assert source.body == (
        Remark("made by hand"),
        Language("spectre"),
        Command("global", ("0", "vdd!"), {}),
        Parameters({"w": "1u", "l": "w/20"}),
        Subcircuit(
            "stage",
            ("in", "out"),
            {},
            (
                Instance("M0", ("out", "in", "0", "0"), "nmos", (),
                         {"w": "w * 2.5 * (45n)", "l": "l", "region": "sat"}),
                Instance("R0", ("out", "0"), "resistor", (), {"r": "1k"}),
            ),
        ),
        Instance("I0", ("IN\\+", "OUT"), "stage", (), {}),
        Remark("the first"),
        Instance("ac1", (), "ac", (), {"start": "1", "stop": "1G", "dec": "10"}),
        Block("braces", ("statistics {", "process { vary w dist=gauss std=1 }", "}")),
        Language("spice"),
        Parameters({"a": "1"}),
    )  # fmt: skip
    assert parse(write(source)) == source


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True)
NETS = st.one_of(st.just("0"), NAMES, st.from_regex(r"net[0-9]{1,3}", fullmatch=True))
NUMBERS = st.one_of(
    st.from_regex(r"[1-9][0-9]{0,2}(\.[0-9])?(f|p|n|u|m|k|meg|g)?", fullmatch=True),
    st.builds(lambda a, b: f"'{a} * ({b} + 1)'", NAMES, NAMES),
    st.builds(lambda a: f"{{{a}/2}}", NAMES),
)
KEYS = st.from_regex(r"[a-z][a-z0-9]{0,3}", fullmatch=True)
ASSIGNED = st.dictionaries(KEYS, NUMBERS, max_size=3)
REMARKS = st.builds(Remark, st.from_regex(r"[a-z][a-z ,.]{0,20}[a-z]", fullmatch=True))


def element(letter, count, master, values):
    nets = st.lists(NETS, min_size=count, max_size=count).map(tuple)
    word = NAMES if master else st.just("")
    return st.builds(Instance, NAMES.map(lambda name: letter + name), nets, word, values, ASSIGNED)


ONE = NUMBERS.map(lambda number: (number,))
PLAIN = st.one_of(
    element("r", 2, False, ONE), element("c", 2, False, ONE), element("m", 4, True, st.just(())),
    element("d", 2, True, st.just(())), element("x", 3, True, st.just(())),
    element("v", 2, False, NUMBERS.map(lambda number: ("dc", number, "ac", "1"))),
    element("e", 4, False, ONE), REMARKS,
    st.builds(Parameters, st.dictionaries(NAMES, NUMBERS, min_size=1, max_size=3)),
    st.builds(Model, NAMES, st.sampled_from(["nmos", "pnp", "d"]), ASSIGNED),
    st.builds(Command, st.sampled_from(["ac", "option", "ic"]), st.lists(NUMBERS, max_size=3).map(tuple), ASSIGNED),
)  # fmt: skip
BODIES = st.lists(PLAIN, max_size=5).map(tuple)
SUBCIRCUITS = st.builds(Subcircuit, NAMES, st.lists(NAMES, max_size=3).map(tuple), ASSIGNED, BODIES)
CONTROL = st.builds(Block, st.just("control"), st.just(("run", "print all")))
STATEMENTS = st.lists(st.one_of(PLAIN, SUBCIRCUITS, st.builds(Section, NAMES, BODIES), CONTROL), max_size=8).map(tuple)
PLACED = st.builds(
    Instance,
    NAMES.map(lambda name: f"I{name}"),
    st.lists(NETS, min_size=1, max_size=4).map(tuple),
    NAMES,
    st.just(()),
    st.dictionaries(KEYS, st.from_regex(r"[1-9]{1,3}[un]?", fullmatch=True), max_size=3),
)


@given(STATEMENTS, st.sampled_from(["", "An amplifier"]))
def test_what_is_written_in_spice_is_read_again_as_it_was(body, title):
    body = (Command("option", (), {"reltol": "1e-4"}), *body)  # a dotted line, which tells the dialect
    source = Source("spice", title, body)
    assert parse(write(source)) == source


@given(st.lists(PLACED, min_size=1, max_size=6).map(tuple))
def test_what_is_written_in_spectre_is_read_again_as_it_was(body):
    source = Source("spectre", "", (Language("spectre"), *body))
    assert parse(write(source)) == source


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".param a=1\n.subckt x a b\nr1 a b 1k\n", r"netlist:2: .subckt has no .ends"),
        (".param a=1\nr1 a b {1k\n", r"netlist:2: '}' is missing"),
        (".param a=1\nr1 a\n", r"netlist:2: element 'r1' needs 2 nets, got 1"),
        (".param a=1\n5 a b c\n", r"netlist:2: no element begins with '5'"),
        (".param a=1\nm1 d g s\n", r"netlist:2: element 'm1' needs 4 nets, got 3"),
        (".model x\n", r"netlist:1: a model card needs a name and a type"),
        (".param a=1\n.control\nrun\n", r"netlist:2: .control has no .endc"),
        ("a\0b", r"netlist:1: not a text file"),
        ("simulator lang=spectre\nsubckt x (a b)\n", r"netlist:2: subckt has no ends"),
        ("simulator lang=spectre\nM0\n", r"netlist:2: cannot read 'M0'"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text, message):
    with pytest.raises(Unreadable, match=message):
        parse(text)


def test_a_file_that_is_not_there_or_too_large_is_named(tmp_path):
    with pytest.raises(Unreadable, match="No such file"):
        read(tmp_path / "none.sp")
    with (tmp_path / "large.sp").open("wb") as file:
        file.truncate(30_000_000)
    with pytest.raises(Unreadable, match="30000000 bytes; a netlist has at most"):
        read(tmp_path / "large.sp")


@pytest.mark.parametrize(
    "line",
    [
        ".meas ac ugf when vdb(out)=0",
        ".measure tran rise trig v(a) val=0.5 rise=1 targ v(b) val=0.9 rise=1",
        ".nodeset v(out)=1",
        ".print tran v(a) par('v(a)*2')",
    ],
)
def test_a_command_that_assigns_to_no_name_keeps_every_word(line):
    text = f"title\n{line}\nr1 a 0 1k\n.end\n"
    assert "".join(line.split()) in "".join(write(parse(text)).split())


def test_a_function_of_parameters_keeps_its_arguments():
    text = "title\n.param a = 1 f( x, y ) = '2*x + y' b='f(a, 1)'\n.func g(x) {x**2}\n.func h(x) = x\nr1 a 0 1k\n.end\n"
    source = parse(text)
    assert source.body[0] == Parameters({"a": "1", "f(x,y)": "'2*x + y'", "b": "'f(a, 1)'"})
    assert source.body[1:3] == (Command("func", ("g(x)", "{x**2}"), {}), Command("func", ("h(x)", "=", "x"), {}))
    assert parse(write(source)) == source
