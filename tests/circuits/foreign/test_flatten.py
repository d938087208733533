"""Foreign netlists in numbers, against ngspice's own reading of the very same text."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from genrf.circuits.foreign.analyses import analysis
from genrf.circuits.foreign.flatten import Flattening
from genrf.circuits.foreign.gather import gather
from genrf.circuits.netlist import Netlist
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.simulate.ngspice_batch import NgSpiceBatchEngine
from genrf.circuits.testbench import Op, Testbench
from genrf.core.errors import ConfigError

pytestmark = pytest.mark.ngspice


@dataclass(frozen=True)
class Unread(Netlist):
    """A deck that ngspice reads by itself."""

    text: tuple[str, ...] = ()

    def lines(self):
        return list(self.text)


def deck(tmp_path, text, **files):
    for name, content in files.items():
        (tmp_path / f"{name}.inc").write_text(content)
    (tmp_path / "deck.sp").write_text("a title\n" + text + ".end\n")
    return gather(tmp_path / "deck.sp")


def both(tmp_path, text, nets, values=None, **files):
    """The vectors as genrf's flat netlist gives them in process, and as a fresh ngspice finds them in the text."""
    found = deck(tmp_path, text, **files)
    flat = Flattening(found, values or {}, 27.0)
    netlist, scope = flat.netlist(), flat.scope()
    made = {one.name: analysis(one, nets, scope) for one in found.commands("op", "ac", "tran", "dc", "noise")}
    lines = tuple(line for line in text.splitlines() if not line.lower().startswith((".ac", ".tran", ".op", ".dc")))
    for name, value in (values or {}).items():
        lines = tuple(line if f"{name}=" not in line else f".param {name}={value!r}" for line in lines)
    theirs = Unread(netlist.elements, (), lines)
    return NgSpiceEngine().simulate(Testbench(netlist, made, 27.0)), NgSpiceBatchEngine(60.0).simulate(
        Testbench(theirs, made, 27.0)
    )


DECKS = {
    "parameters in each other, nested subcircuits with defaults and multipliers": (
        """.param r0=1k k='r0/1k' w={2*k*10u}
.global vdd
.subckt inner a b params: r=1k c=1p
r1 a m {r}
r2 m b 'r*2'
.param cc='c*2'
c1 m 0 cc
m1 m a 0 0 nch w=5u l=1u
.ends
.subckt outer a b r=3k
x1 a mid inner r='r' c=2p
x2 mid b inner
rload vdd b 5k
.ends
.model nch nmos level=1 vto=0.5 kp=100u lambda='0.01*k'
vdd vdd 0 2
v1 in 0 dc 1.1 ac 1
x3 in out outer
x4 in out2 outer r={r0*7}
x6 in out4 inner m=3
r6 out4 0 1k
m5 out3 in 0 0 nch w={w} l=1u m=2
r5 vdd out3 r='2*r0'
.op
.ac dec 5 1k 10g
""",
        ("out", "out2", "out3", "out4", "x3.mid", "x4.x2.m", "v1#branch"),
    ),
    "controlled and behavioural sources, coupled coils, conditions": (
        """.param gain=3 fast=1
.subckt buffer in out
e1 mid 0 in 0 gain
vs mid n 0
f1 0 fb vs 2
rfb fb 0 1k
h1 hm 0 vs 50
rh hm out 1k
rn n 0 2k
.ends
v1 a 0 1 ac 1
x1 a b buffer
rl b 0 1k
g1 0 c b 0 1m
rc c 0 1k
b1 d 0 v='v(b)*gain + v(c,b)^2'
rd d 0 1k
e2 q 0 value={v(b)*2+gain}
rq q 0 1
l1 b m1 1u
l2 m2 0 4u
k1 l1 l2 0.5
rm m1 0 50
rm2 m2 0 50
.if (fast > 0)
c9 c 0 1p
.else
c9 c 0 1n
.endif
.op
.ac dec 5 1k 1g
""",
        ("b", "c", "d", "q", "m2", "x1.fb"),
    ),
    "bipolars, diodes, models of a subcircuit's own, a sine in time": (
        """.param vcc=3 amp=5m
.subckt stage in out vcc
.model own npn is=1e-16 bf=80 cje=10f tf=5p
q1 out in e own 2
re e 0 100
rc vcc out 1k
d1 out 0 dio
.ends
.model dio d is=1e-15 cjo=20f
vcc vcc 0 {vcc}
vin in 0 dc 0.9 sin(0.9 amp 10meg) ac 1
x1 in out vcc stage
.op
.tran 1n 300n 100n
""",
        ("out", "x1.e"),
    ),
    "functions of parameters": (
        """.param f(x,y)='x*y+1k' r0=1k
.func double(x) {2*x}
.func quad(x) = {double(double(x))}
.func none() {3}
.func plus(x, y) {x+y}
.func behaved(a, b) {a*b + double(v(c))}
.param r1='f(none(), r0)' later={late(2)}
.func late(x) {x > 1 ? x*100 : -x}
.subckt cell p n k=2
.func double(x) {3*x}
r1 p q {double(k)*r0}
r2 q n 'f(k,100) - x'
.param x={min(k, 1)}
.ends
v1 a 0 dc {double(0.7)} ac 1
ra a b {r1}
rb b c {Double(r0)-(r0/2)}
rc c 0 'quad(250)+later'
x1 b 0 cell k={none()}
b1 d 0 v='behaved(v(b),2)'
rd d 0 1k
rg d g {3*plus(r0, 2*r0)}
rg0 g 0 {double(r0+500)/plus(1,1)}
m1 e b 0 0 nch w={double(5u)} l=1u
re a e 1k
.model nch nmos level=1 vto={double(0.1)} kp=100u
.op
""",
        ("b", "c", "d", "e", "g", "x1.q"),
    ),
    "a sweep, and a pulse": (
        """v1 in 0 pulse(0 1 1n 1n 1n 10n 30n)
r1 in out 1k
c1 out 0 1p
i1 0 x 1m
r2 x in 2k
.dc v1 -1 1 0.1
.tran 0.1n 40n
""",
        ("out", "x"),
    ),
}


@pytest.mark.parametrize("name", DECKS)
def test_a_flat_netlist_is_what_ngspice_reads_in_the_text(name, tmp_path):
    text, nets = DECKS[name]
    ours, theirs = both(tmp_path, text, nets)
    for kind in ours:
        for net in nets:
            a, b = ours[kind][net], theirs[kind][net]
            if kind == "tran":
                b = np.interp(ours[kind]["time"], theirs[kind]["time"], b.real)
            assert np.abs(a - b).max() <= (1e-4 if kind == "tran" else 1e-7) * max(np.abs(b).max(), 1e-9), (kind, net)


def test_another_value_of_a_parameter_reaches_everything_that_hangs_on_it(tmp_path):
    text, nets = DECKS["parameters in each other, nested subcircuits with defaults and multipliers"]
    first = text.replace(".param r0=1k k='r0/1k' w={2*k*10u}", ".param r0=1000.0\n.param k='r0/1k' w={2*k*10u}")
    ours, theirs = both(tmp_path, first, nets, {"r0": 1700.0})
    for net in nets:
        assert np.allclose(ours["op"][net], theirs["op"][net], rtol=1e-7, atol=1e-12)


def test_a_multiplier_reaches_all_the_way_down(tmp_path):
    """Six resistors of 1 kohm side by side over one. ngspice 39 itself loses the inner multiplier in such a text."""
    text = """.subckt inner a b
r1 a b 1k
.ends
.subckt outer a b
x1 a b inner m=3
.ends
v1 a 0 7
x1 a b outer m=2
r2 b 0 1k
.op
"""
    flat = Flattening(deck(tmp_path, text), {}, 27.0)
    made = {"op": analysis(flat.deck.commands("op")[0], ("b",), flat.scope())}
    assert NgSpiceEngine().simulate(Testbench(flat.netlist(), made, 27.0))["op"]["b"][0] == pytest.approx(6.0)


def test_files_beside_the_netlist_are_read(tmp_path):
    text = ".include 'cells.inc'\n.lib 'process.inc' tt\nv1 a 0 1\nx1 a b cell\n.op\n"
    cells = ".subckt cell a b\nr1 a b {rr}\nr2 b 0 1k\n.ends\n"
    process = ".lib tt\n.param rr=3k\n.endl\n.lib ff\n.param rr=1k\n.endl\n"
    found = deck(tmp_path, text, cells=cells, process=process)
    flat = Flattening(found, {}, 27.0)
    made = {"op": analysis(found.commands("op")[0], ("b",), flat.scope())}
    waves = NgSpiceEngine().simulate(Testbench(flat.netlist(), made, 27.0))
    assert waves["op"]["b"][0] == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".control\nshell touch /tmp/x\n.endc\n", r"deck.sp:2: a control block is never run"),
        (".include /etc/passwd\n", r"deck.sp:2: '/etc/passwd' lies neither below"),
        (".include ../x.inc\n", r"deck.sp:2: '../x.inc' lies neither below"),
        (".include link.inc\n", r"deck.sp:2: 'link.inc' lies neither below"),
        (".include none.inc\n", r"deck.sp:2: 'none.inc': no such file"),
        (".ic v(a)=1\n", r"deck.sp:2: .ic is not understood"),
        (
            ".data d r\n+ 1k 2k\n.enddata\n",
            r".data is not understood; say in the yaml's `variables` what may vary",
        ),
        (".param a=1\n.if (a)\n.param b=2\n.endif\n", r".param, .model or .subckt inside of .if is not understood"),
        (".system ls\n", r"deck.sp:2: .system is refused"),
        ("r1 a b$(ls) 1k\n", r"deck.sp:2: r1: 'b\$\(ls\)' is no name of a net"),
        ("r-1 a b 1k\n", r"deck.sp:2: r-1: an element's name holds letters"),
        ("x1 a b none\n", r"deck.sp:2: x1: no subcircuit 'none'"),
        (".subckt c a b\nr1 a b 1\n.ends\nx1 a c\n", r"deck.sp:5: x1: c has the ports a, b; got 1 nets"),
        (".subckt c a b\nx1 a b c\n.ends\nx1 a b c\n", r"deck.sp:3: x1: subcircuits lie more than 30 deep"),
        ("m1 d g 0 0 none w=1u\n", r"deck.sp:2: m1: no model 'none'"),
        ("r1 a b {1/0}\n", r"deck.sp:2: r1: parameter expression '{1/0}': float division by zero"),
        ("r1 a b {" + "(" * 200 + "1" + ")" * 200 + "}\n", r"deck.sp:2: r1: .* more than 90 deep"),
        ("r1 a b {x}\n.param x={y}\n.param y={x}\n", r"deck.sp:2: r1: parameter '.' is defined by itself"),
        ("b1 a 0 v='system(1)'\n", r"deck.sp:2: b1: parameter 'system' is not defined"),
        ("v1 a 0 sin(0 1 x)\n", r"deck.sp:2: v1: parameter 'x' is not defined"),
        ("r1 a b\n", r"deck.sp:2: r1: it has no value"),
        (".func f(x) {g(x)}\n.func g(x) {f(x)}\nr1 a 0 {f(1)}\n", r"deck.sp:[23]: function '[fg]' calls itself"),
        (".param f(x)='f(x)'\n", r"deck.sp:2: function 'f' calls itself"),
        (".func f(x) {2*x}\nr1 a 0 {f(1,2)}\n", r"deck.sp:3: f has 1 arguments, got 2"),
        (".func f(x {2*x}\n", r"deck.sp:2: '\)' is missing"),
        (".func f(x)\n", r"deck.sp:2: cannot read 'f\(x\)'; a function is written `.func f\(x\)"),
        (".func f(1) {2}\n", r"deck.sp:2: '1' is no name of a function or of its argument"),
        (".func f(x,x) {2}\n", r"deck.sp:2: function 'f': two of its arguments have one name"),
        (".func sqrt(x) {2}\n", r"deck.sp:2: 'sqrt' means something already"),
        (
            ".func f(x) {" + "x+" * 4000 + f"1}}\nr1 a 0 {{f({'1+' * 4000}1)}}\n",
            r"deck.sp:3: what 'f' stands for has more than 10000 characters",
        ),
        (
            ".func f(x) {" + "x+" * 2000 + "x}\nr1 a 0 {" + "f(1)+" * 1000 + "1}\n",
            r"deck.sp:3: with its functions written out it has more than 200000 characters",
        ),
        (
            ".func f(x) {x}\nr1 a 0 {" + "f(" * 5000 + "1" + ")" * 5000 + "}\n",
            r"deck.sp:3: functions are called in each other more than 50 deep",
        ),
        (
            "".join(f".func f{i}(x) {{f{i + 1}(x)+f{i + 1}(x)}}\n" for i in range(40)) + ".func f40(x) {x}\n",
            r"deck.sp:\d+: function 'f\d+': what 'f\d+' stands for has more than 10000 characters",
        ),
        (
            "".join(f".func f{i}(x) {{f{i + 1}(x)+1}}\n" for i in range(2000)) + ".func f2000(x) {x}\n",
            r"deck.sp:\d+: functions call each other more than 50 deep",
        ),
    ],
)
def test_what_is_hostile_or_wrong_is_refused_with_file_and_line(text, message, tmp_path):
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "x.inc").write_text("")
    (folder / "link.inc").symlink_to(tmp_path / "x.inc")
    with pytest.raises(ConfigError, match=message):
        Flattening(deck(folder, text), {}, 27.0).netlist()


def test_lengths_are_scaled_once_as_the_netlist_or_its_library_asks(tmp_path):
    """The gate's capacitance, 2/3 W L cox in saturation, tells the area; the current, W over L, would not.

    ngspice 39 itself scales BSIM's lengths, not those of level 1; HSPICE scales all.
    """
    card = ".model n nmos level=1 vto=0.5 kp=100u tox=10n"
    text = f".option scale=1u\n{card}\nvd d 0 2\nvg g 0 1 ac 1\nm1 d g 0 0 n w=40 l=20\n.op\n.ac lin 3 1meg 2meg\n"
    ours, _ = both(tmp_path, text, ("vd#branch", "vg#branch"))
    assert ours["op"]["vd#branch"][0] == pytest.approx(-100e-6 * 0.5**2, rel=1e-6)  # kp W / 2 L (Vgs - Vt)^2
    wanted = 2 / 3 * 40e-6 * 20e-6 * 3.9 * 8.854e-12 / 10e-9
    assert -ours["ac"]["vg#branch"][0].imag / (2e6 * np.pi) == pytest.approx(wanted, rel=0.01)


def test_names_of_nets_mean_nothing_to_the_simulators_commands(tmp_path):
    """`>` would write a file, `$` would be replaced."""
    text = "v1 in<0> 0 1\nr1 in<0> out>/tmp/x 1k\nr2 out>/tmp/x 0 1k\n.op\n"
    netlist = Flattening(deck(tmp_path, text), {}, 27.0).netlist()
    names = {net for element in netlist.elements for net in element.nets}
    assert names == {"0", "in_3c_0_3e_", "out_3e__2f_tmp_2f_x"}
    made = {"op": Op(("out_3e__2f_tmp_2f_x",))}
    assert NgSpiceEngine().simulate(Testbench(netlist, made, 27.0))["op"]["out_3e__2f_tmp_2f_x"][0] == pytest.approx(
        0.5
    )


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (".dc `touch` 0 1 0.1", "is no name of a source"),
        (".dc v1>x 0 1 0.1", "is no name of a source"),
        (".noise v(out) `touch` dec 1 1 10", "is no name of a source"),
        (".tran 1n 10n uic", "parameter 'uic' is not defined"),
    ],
)
def test_what_would_be_a_command_of_its_own_is_refused(command, message, tmp_path):
    found = deck(tmp_path, f"v1 a 0 1\nr1 a 0 1k\n{command}\n")
    (asked,) = found.commands("dc", "noise", "tran")
    with pytest.raises(ConfigError, match=message):
        analysis(asked, (), Flattening(found, {}, 27.0).scope())


PDK = Path(os.environ.get("PDK_ROOT", "../shared/pdk")).resolve()


@pytest.mark.skipif(not (PDK / "sky130A").is_dir(), reason=f"no SKY130 below {PDK}; set PDK_ROOT")
def test_a_device_of_sky130_is_that_of_ngspices_own_reading(tmp_path, monkeypatch):
    """SKY130 writes micrometres, `.option scale=1u`; the reference is ngspice with the unchanged library."""
    monkeypatch.setenv("PDK_ROOT", str(PDK))
    library = PDK / "sky130A" / "libs.tech" / "combined" / "sky130.lib.spice"
    assert library.is_file()
    text = "xm1 d g 0 0 sky130_fd_pr__nfet_01v8 w=2 l=0.5\nvd d 0 1.8\nvg g 0 0.9\n.op\n"
    ours, theirs = both(tmp_path, f'.lib "{library}" tt\n{text}', ("vd#branch",))
    assert ours["op"]["vd#branch"][0] == pytest.approx(theirs["op"]["vd#branch"][0], rel=1e-6)
    assert -1e-3 < ours["op"]["vd#branch"][0] < -2e-5


EVERY_KIND = """.param amount=1
v1 in 0 {0.7+0.01*amount} ac 1
i1 0 in {1u*amount}
rs in b {100*amount}
rm in b rmod l={10u*amount} w=2u
.model rmod r rsh=50
c1 b 0 {1p*amount}
cm b 0 cmod l={10u*amount} w=10u
.model cmod c cj=1m
l1 b c {1n*amount}
l2 d 0 {2n*amount}
k1 l1 l2 {0.1*amount}
rd d 0 50
rc c s 100
vs s 0 0.1
e1 e 0 in 0 {amount}
re e 0 50
f1 0 f vs {amount}
rf f 0 50
g1 0 g in 0 {0.01*amount}
rg g 0 50
h1 h 0 vs {10*amount}
rh h 0 50
d1 b 0 dmod area={amount}
.model dmod d is=1f cjo=1p
q1 qc b 0 qmod area={amount}
.model qmod npn is=1e-17 bf=100
rq vp qc 1k
vp vp 0 1.8
j1 jd 0 b jmod area={amount}
.model jmod njf vto=-1
rj vp jd 1k
m1 md in 0 0 nch w={5u*amount} l={1u*amount} m={amount}
.model nch nmos level=1 vto=0.4 kp=100u
rmd vp md 1k
.op
.ac dec 3 1meg 10g
"""


def test_a_loaded_circuit_takes_every_number_that_an_element_has(tmp_path):
    """`alter` says nothing of an element that it does not change: each is held against a fresh ngspice."""
    nets = ("b", "d", "e", "f", "g", "h", "qc", "jd", "md")
    for value in (1.0, 3.0, 2.0):
        ours, theirs = both(tmp_path, EVERY_KIND, nets, {"amount": value})
        for name, vectors in theirs.items():
            for net in nets:
                assert ours[name][net] == pytest.approx(vectors[net], rel=2e-4, abs=1e-9), (value, name, net)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "".join(
                f".subckt s{i} a\n" + "".join(f"x{j} a s{i + 1}\n" for j in range(4)) + ".ends\n" for i in range(20)
            )
            + ".subckt s20 a\n.ends\nx0 n s0\n",
            "more than 100000 elements",
        ),
        ("r1 a 0 {" + "1+" * 200_000 + "1}\n", "deck.sp:2: a statement of more than 200000 characters"),
        (".subckt n a\n" * 3000 + ".ends\n" * 3000, "deck.sp:5.: more than 50 subcircuits"),
        (
            "".join(f".param p{i}={{p{i + 1}+1}}\n" for i in range(500)) + ".param p500=1\nr1 x 0 {p0}\n",
            "r1: parameter 'p101': parameters hang on each other more than 100 deep",
        ),
        ("r1 a 0 1e999\n", "deck.sp:2: r1: .*1e999 is larger than any number"),
    ],
)
def test_a_netlist_that_would_take_all_day_is_refused(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        Flattening(deck(tmp_path, text), {}, 27.0).netlist()
