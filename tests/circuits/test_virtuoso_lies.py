"""Scripts for Virtuoso that draw something else than the design: each is refused, with what is wrong and where."""

import re

import pytest

from genrf.circuits.export.skill import Skill
from genrf.core.problem import Design
from tests.circuits.process import problem
from tests.circuits.test_netlists import VALUES, failures

CROSSING, SLANTED = 'genrfWire("out" list(12 5) list(14 5))', 'genrfWire("out" list(18 5) list(19 6))'
INSTANCE = 'schCreateInst(cellView dbOpenCellViewByType("analogLib" "res" "symbol") "r99" list(1 1) "R0")'
WIRE = 'schCreateWire(cellView "draw" "full" list(list(1 1) list(2 1)) 0.0625 0.0625 0.0)'
TOP, SAVED = r'(cellView = genrfOpen\("lna_cascode"\))', r'(genrfBlock\("lna_cascode"\))'
EMPTY = "genrfClose(cellView)\ngenrfSymbol(%s list() genrf_pad list(list(0 0) list(1 1)))\n"


@pytest.fixture(scope="module")
def design():
    return Design("000042", problem("lna_cascode"), VALUES, {})


@pytest.fixture(scope="module")
def script(design, tmp_path_factory):
    return Skill({}).export(design, tmp_path_factory.mktemp("script"))[0]


def caught(script, design, old, new, said, folder):
    """The check says what is wrong with a script in which one thing was changed."""
    text = script.read_text()
    changed = re.sub(old, new, text, count=1)
    assert changed != text
    path = folder / script.name
    path.write_text(changed)
    (failure,) = failures(Skill({}), [path], design)
    assert re.search(said, failure), failure


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (r'("D" "drain" .*[^!]*?"S" )"middle"', r'\1"gnd!"', "m2 lies between"),
        (r'genrfSet\(instance "l" "6n"\)', 'genrfSet(instance "l" "7n")', "lgate/llgate is read with"),
        (r'  genrfSet\(instance "nf" "100"\)\n', "", "m1 is read with"),
        (r'"model" "nch"', '"model" "pch"', "mb is read with"),
        (r'(instance = genrfPlace.*?"m1".*\n)', r"; \1", "has D elsewhere"),
        (r'genrfPin\(cellView "out" .*\n(?=genrfPin\(cellView "bias")', "", "has the pins in bias vdd"),
        (
            r'"lna_cascode_ls" "ls" list\(.*?\)',
            '"lna_cascode_ld" "ls" list(99 99)',
            "lna_cascode_ld has the pins|elsewhere",
        ),
        (r'"MINUS" "gnd!"', '"MINUS" "0"', "padin/rpadin lies between"),
        (r'"analogLib" "cap" "cb"', '"generic130" "mim" "cb"', "cb is read as generic130 mim, it is capacitor"),
        (r'"cap" "cb"', '"cup" "cb"', "cb: analogLib has no cell 'cup'"),
        (r'  genrfConnect\(instance "B".*\n', "", "nmos4 has the terminals D G S B, connected are D G S$"),
        (r'"lna_cascode_ls" "ls"', '"lna_cascode_lx" "ls"', "ls: no sheet lna_cascode_lx is drawn"),
        (r'("cb" list\(3 1\) list\()', r'\1list("B" 0 0) ', "cb B is on no net"),
        (
            r'(genrfPin\(cellView )"source" (.*\n.*\n)(genrfSymbol\("lna_cascode_ls" list\(list\()"source"',
            r'\1"inside" \2\3"inside"',
            "lna_cascode_ls has the pins inside",
        ),
    ],
)
def test_another_circuit_is_caught(old, new, said, script, design, tmp_path):
    caught(script, design, old, new, said, tmp_path)


def test_a_net_of_a_sheet_below_that_is_no_pin_there_is_another_net(script, design, tmp_path):
    """The coil's sheet, its symbol and its instance all without the pin."""
    sheet = r'(genrfOpen\("lna_cascode_ls"(?:.*\n)*?)genrfPin\(cellView "source".*\n'
    symbol = r'((?:.*\n)*?genrfSymbol\("lna_cascode_ls" list\()list\("source" 0 0\.5\)'
    instance = r'((?:.*\n)*?.*"ls" list\(13 0\.5\) list\()list\(.*?\)(.*\n).*\n'
    said = "ls/lls lies between source inside ls"
    caught(script, design, sheet + symbol + instance, r"\1\2\3\4", said, tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (SAVED, rf"{INSTANCE}\n\1", r"line \d+: schCreateInst\(.* belongs to no sheet"),
        (r'(genrfWire\("out")', rf"{INSTANCE}\n\1", r"line \d+: schCreateInst\(.* is no part of a drawing"),
        (r'(genrfWire\("out")', rf"{WIRE}\n\1", r"line \d+: schCreateWire\(.* is no part of a drawing"),
        (r'genrfWire\("out"', "genrfWire(genrfLibrary", r"genrfWire\(genrfLibrary .* is no part of a drawing"),
        (r'genrfWire\("out" list\(.*?\)', 'genrfWire("out" instance', "instance is no list"),
        (r'genrfWire\("out"', 'genrfWire(?net "x" "out"', r"genrfWire takes no \?net"),
        (r'genrfPin\(cellView "in"', 'genrfPin(cellVeiw "in"', r"line \d+: nothing sets 'cellVeiw'"),
        (
            r"(procedure\( genrfDraw\(.*\n)(  .*\n)+",
            r"\1",
            r"line \d+: procedure\(genrfDraw.* stands where genrf has procedure\(genrfDraw",
        ),
        (r"(procedure\( genrfSet\(.*\n)(  .*\n)+", r"\1  nil\n", r"procedure\(genrfSet.* nil\) stands where genrf has"),
        (r"unless\( ddGetObj.*\n", "", r"stands where genrf has unless\(ddGetObj"),
        (r"(?s)procedure\( genrfSymbol.*", "", r"the script ends before procedure\(genrfSymbol"),
        (r"(?s)genrf_capacitor = .*", "", "the script draws no sheet"),
        (SAVED, r"\1\nprocedure( genrfWire(net from to) nil)", r"procedure\(genrfWire.* belongs to no sheet"),
        (r"genrf_pad = list\((\n  .*)*\n\)\n", "", "nothing sets 'genrf_pad'"),
        (r"genrf_pad list", "genrfLibrary list", "has no shape genrfLibrary"),
        (r"list\(0 0\.5\) list\(0 0\.054\)", "list(0 0.5)", r"list\(list\(0 0\.5\)\) is no line"),
        (r'("mb" list\(0\.75) 0\.5\)', r"\1 0.504)", r"line \d+: 0\.504 is between the hundredths"),
        (r'("mb" list\()0\.75', r'\1"x"', 'line \\d+: "x" is no coordinate'),
        (r'("in" "input" list\(3\.75) 2\.5', r"\1", r"list\(3\.75\) is no place"),
        (r'list\("in" -0\.5 0\)', 'list("in" -0.5)', r'list\("in" -0\.5\) is no terminal with its place'),
        (r'("nf" )"100"', r"\g<1>100", r'genrfSet\(instance "nf" 100\) is no part of a drawing'),
        (r'"analogLib" "cap" "cb"', '"" "cap" "cb"', '"" "cap" "cb" .* is no instance'),
        (r'("in" "input" .*)"R0"', r'\1"R45"', "in is no pin as input R45"),
        (r'genrfBlock\("lna_cascode"', 'genrfBlock("lna_cascode_ls"', "no sheet lna_cascode_ls waits for a symbol"),
        (r'(genrfPin\(cellView "in" "input" .*\n)', r"\1\1", r"line \d+: in is given twice"),
        (r'("gate" )"inputOutput"', r'\1"input"', "gate of lna_cascode_lgate is an input"),
        (
            r'(genrfSymbol\("lna_cascode_ls" list\(list\()"source"',
            r'\1"drain"',
            "the symbol of lna_cascode_ls has the pins",
        ),
        (r"genrfClose\(cellView\)\ngenrfSymbol", "genrfSymbol", "is never checked and saved"),
        (r'genrfSymbol\("lna_cascode_cblock".*\n', "", "lna_cascode_cblock has no symbol by genrfSymbol"),
        (r'genrfSymbol\("lna_cascode_ls".*', 'genrfBlock("lna_cascode_ls")', "lna_cascode_ls has no symbol by"),
        (TOP, rf'cellView = genrfOpen("spare")\n{EMPTY % """"spare" """}\1', "spare is the sheet of no instance"),
        (TOP, rf'cellView = genrfOpen("lna_cascode_ls")\n{EMPTY % """"spare" """}\1', "lna_cascode_ls is given twice"),
    ],
)
def test_a_script_that_does_something_else_is_caught(old, new, said, script, design, tmp_path):
    caught(script, design, old, new, said, tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (r'("lna_cascode_ls" "ls" list\()13', r"\g<1>14", "ls has source elsewhere"),
        (r'("ccblock" list).*?\)([^!]*?"rcblock" list).*?\)', r"\1(9 9)\2(9 9)", "two instances stand at one place"),
        (r'("cb" list\()(3 1\).*\n.*\n.*"bias" ).*', r"\g<1>9\2nil)", "cb is not where it is drawn"),
        (r'genrfWire\("out" list.*?\) list\(.*?\)\)', CROSSING, "a wire of out crosses m2 D, which is on drain"),
        (r'genrfWire\("out" list.*?\) list\(.*?\)\)', SLANTED, "a wire of out is not straight"),
        (r'(genrfWire\("out" list\((\S+ \S+)\) list\().*', r"\1\2))", "a wire of out is not straight, or a point"),
        (
            r'(genrfWire\("out" .*\n)',
            r'\1genrfWire("in" list(9.5 2.5) list(9.5 1.75))\n',
            "a wire of in ends on one of gate",
        ),
        (r'(genrfWire\(".*\n)+', "", "lna_cascode: cblock in is led to no wire or pin of in"),
        (r'genrfWire\("gate" list\(8 2\.5\).*', "", r"no wire leads from \(8 2\.5\) to \(8\.75 2\.5\)"),
        (r'(genrfWire\("out" .*\n)', r"\1\1", "wires of out and out lie on each other"),
        (
            r'(genrfWire\("out" .*\n)',
            r'\1genrfWire("out" list(19.75 5.5) list(20 5.5))\n',
            r"the drawing has no wire of out from \(19\.75 5\.5\) to \(20 5\.5\)",
        ),
        (r'(genrfPin\(cellView "gate".*\n)', rf"\1{CROSSING}\n", "lna_cascode_lgate has wires"),
        (r'(genrfConnect\(instance "G" "gate").*', r"\1 nil)", "m1 G is not led to wire or pin of gate"),
        (r'"in" "input"', '"in" "output"', r"the drawing has no output in at \(3\.75 2\.5\)"),
        (r'("in" "input" list\()3\.75', r"\g<1>3.5", r"the drawing has no input in at \(3\.5 2\.5\)"),
        (r'("vdd" "inputOutput" list\().*?\)(?=.*\ngenrfWire)', r"\g<1>13 4)", "m2 S and the pin vdd are at one place"),
    ],
)
def test_another_drawing_is_caught(old, new, said, script, design, tmp_path):
    caught(script, design, old, new, said, tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            r"(genrf_pad = .*\n(.*\n){2}.*list\()0\.2 -0\.65",
            r"\g<1>0.1 -0.65",
            "padin lacks 1 of 4 lines .* has 1 lines",
        ),
        (
            r"(genrf_pad = .*\n(.*\n){2}).*\n",
            r"\1",
            "the symbol of lna_cascode_padin lacks 1 of 4 lines of the drawing's pad",
        ),
        (r"(genrf_pad = .*\n(.*\n){2})(.*\n)", r"\1\3\3", "padin has 1 lines that the drawing's pad has not"),
        (r"(genrf_resistor = .*\n.*) list\(0 -0\.5\)", r"\1", "rb lacks 1 of 1 lines of the drawing's resistor"),
        (
            r'("lna_cascode_ls" .*) genrf_inductor_b',
            r"\1 genrf_inductor",
            "ls lacks 3 of 9 lines of the drawing's inductor",
        ),
        (r'("lna_cascode_cblock" .*) genrf_capacitor', r"\1 genrf_inductor", "cblock lacks 4 of 4 lines .*capacitor"),
        (r'("lna_cascode_ls" list\(list\("source" 0 )0\.5', r"\g<1>0.25", "ls has the pin source elsewhere"),
        (r'("lna_cascode_padin" list\(list\("gate" )0', r"\g<1>1", "padin has the pin gate elsewhere"),
        (
            r'("lna_cascode_lgate" list\(list\()"blocked"(.*?)"gate"',
            r'\1"gate"\2"blocked"',
            "lgate has the pin gate .*lgate has the pin blocked elsewhere",
        ),
        (
            r'("lna_cascode_lgate" .*list\(list\()0 -0\.5',
            r"\g<1>0 -0.6",
            "lgate has a box that is not around its lines",
        ),
    ],
)
def test_another_symbol_is_caught(old, new, said, script, design, tmp_path):
    caught(script, design, old, new, said, tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (r"vth0=\S+", "vth0=0.4", "model nch differs in vth0"),
        (r"(?m)^model pch .*\n", "", "model pch is missing"),
        (r"(?m)^model nch .*\n", r"\g<0>model nhc bsim4 type=n vth0=0.3\n", "model nhc is none of the design"),
        (r"bsim4 type=n", "bsim4 type=p", "model nch is of bsim4 p, it is of bsim4 n"),
        (r"(?s)\Z", "r1 (a b) resistor r=1\n", "r1 is no model"),
        (r"(?m)^model nch .*\n", r"\g<0>\g<0>", "model nch is given twice"),
    ],
)
def test_models_that_lie_are_caught(old, new, said, design, tmp_path):
    paths = Skill({}).export(design, tmp_path)
    assert not failures(Skill({}), paths, design)
    text = paths[1].read_text()
    paths[1].write_text(re.sub(old, new, text, count=1))
    assert paths[1].read_text() != text
    (failure,) = failures(Skill({}), paths, design)
    assert re.search(said, failure), failure
