"""A netlist's own `.measure` statements: what ngspice itself prints for the very same text, and what is refused."""

import os
import re
import subprocess

import numpy as np
import pytest

from genrf.api import parts
from genrf.circuits.foreign.flatten import Flattening
from genrf.circuits.foreign.gather import gather
from genrf.circuits.foreign.measure_statements import Statements
from genrf.circuits.foreign.own_analyses import OwnAnalyses
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.core.errors import ConfigError

pytestmark = pytest.mark.ngspice
LOWPASS = "v1 in 0 dc 0 ac 1\nr1 in out 1k\nc1 out 0 1n\n"
SINE = "v1 in 0 sin(0.2 1 1meg)\nr1 in out 1k\nc1 out 0 100p\n"
PULSES = "v1 in 0 pulse(0 1 5n 1n 1n 20n 50n)\nr1 in out 1k\nc1 out 0 5p\n"
AC, TRAN, TRAINS = ".ac dec 1000 1k 100meg\n", ".tran 0.5n 5u 0 0.5n\n", ".tran 0.05n 200n 0 0.05n\n"
DECKS = {
    "a pole": LOWPASS + AC + """.measure ac bandwidth when vdb(out)=-3.0103
.measure ac edge when vm(out)=0.5 fall=1
.measure ac level find vdb(out) at=1meg
.measure ac lag find vp(out) when vm(out)='1/sqrt(2)'
.measure ac real find vr(out) at=200k
.measure ac imaginary find vi(out) at=200k
.measure ac plain find v(out) at=200k
""",
    "extremes, windows and distances over frequency": """v1 in 0 ac 1
r1 in a 20
l1 a out 1u
c1 out 0 1n
.ac dec 2000 100k 100meg
.measure ac peak max vdb(out)
.measure ac resonance max_at vm(out)
.measure ac width trig vdb(out) val=0.5 rise=1 targ vdb(out) val=0.5 fall=1
.meas ac inside max vm(out) from=10meg to=20meg
.meas ac low min vdb(out) from=100k to=50meg
.meas ac span pp vdb(out) from=1meg to=10meg
.meas ac share avg vm(out) from=1meg to=10meg
""",
    "edges": PULSES + TRAINS + """.measure tran delay trig v(in) val=0.5 rise=1 targ v(out) val=0.5 rise=1
.measure tran risetime trig v(out) val=0.1 rise=2 targ v(out) val='0.9*1' rise=2
.measure tran falltime trig v(out) val=0.9 fall=last targ v(out) val=0.1 fall=last
.measure tran third when v(out)=0.5 cross=3
.measure tran later when v(out)=0.5 td=60n rise=1
.measure tran between when v(out)=0.5 from=60n to=110n rise=1
.measure tran meets find v(in) when v(out)=0.2 fall=2
.measure tran since trig at=10n targ v(out) val=0.5 fall=1
""",
    "over a period": SINE + TRAN + """.measure tran average avg v(out) from=1u to=4u
.measure tran effective rms v(out) from=2u to=4u
.measure tran area integ v(out) from=1u to=2.25u
.measure tran swing pp v(out) from=2u to=5u
.measure tran top max v(out) from=2u to=3u
.measure tran bottom min v(out) from=2.2u to=3u
.measure tran when_bottom min_at v(out) from=2u to=3u
.measure tran whole avg v(out)
""",
    "currents and differences": SINE + TRAN + """.measure tran most max i(v1) from=1u
.measure tran now find i(v1) at=2.2u
.measure tran across max par('v(in)-v(out)') from=1u
.measure tran effective rms par('(v(in)-v(out))/1k') from=1u to=3u
.measure tran power avg par('-v(in)*i(v1)') from=1u to=4u
""",
    "parameters and each other": ".param half=0.5 tau={2*half*1n}\n" + PULSES + TRAINS
    + """.measure tran up when v(out)='half' rise=1
.measure tran down when v(out)='half' fall=1
.measure tran high param='down-up'
.measure tran share param='high/(50n+tau-1n)'
.measure tran slope param='1meg*abs(up-down)**2'
""",
    "an inverter's transfer": """.model n nmos level=1 vto=0.4 kp=200u lambda=0.05
.model p pmos level=1 vto=-0.4 kp=100u lambda=0.05
vdd vdd 0 1.8
vin in 0 0
m1 out in 0 0 n w=5u l=1u
m2 out in vdd vdd p w=10u l=1u
.dc vin 0 1.8 0.001
.measure dc threshold when v(out)=v(in)
.measure dc low when v(out)=1.7 fall=1
.measure dc level find v(out) at=0.7
.measure dc current find i(vdd) when v(in)=0.8
.measure dc most min i(vdd)
.measure dc window trig v(out) val=1.6 fall=1 targ v(out) val=0.2 fall=1
""",
    "a diode": """v1 in 0 0
r1 in out 1k
d1 out 0 dd
.model dd d is=1e-14
.dc v1 0 3 0.002
.measure dc knee find v(out) at=1.5
.measure dc opens when v(out)=0.6
.measure dc mean avg v(out) from=1 to=2
.measure dc area integ v(out) from=1 to=2.5
.measure dc doubled param='opens*2'
""",
    "inside of a subcircuit": """.subckt stage in out
r1 in mid 1k
c1 mid 0 1n
e1 out 0 mid 0 10
.ends
v1 a 0 ac 1
x1 a b stage
rl b 0 1k
.ac dec 1000 1k 10meg
.measure ac inner find vdb(x1.mid) at=1meg
.measure ac unity when vdb(b)=0
.measure ac margin_rad find vp(b) when vdb(b)=0
.measure ac margin param='180+margin_rad*57.29577951'
""",
    "an oscillation that dies": """l1 a 0 1u
c1 a 0 1n
r1 a 0 300
i1 0 a pulse(1m 0 20n 0.1n 0.1n 10u 20u)
.tran 0.1n 1.2u 0 0.1n
.measure tran period trig v(a) val=1m rise=2 targ v(a) val=1m rise=3
.measure tran first max v(a) from=30n to=400n
.measure tran at max_at v(a) from=30n to=400n
.measure tran many when v(a)=1m cross=5
.measure tran deep min v(a) from=30n
""",
    "a bipolar's gain": """q1 out b 0 qn
.model qn npn is=1e-16 bf=100 cje=20f tf=10p cjc=100f
vb b 0 0.75 ac 1
rc vcc out 1k
vcc vcc 0 3
.ac dec 1000 1meg 100g
.measure ac gain max vm(out)
.measure ac corner when vm(out)='gain_half'
.param gain_half=10
.measure ac unity when vm(out)=2 fall=last
.measure ac turned find vp(out) at=1g
""",
    "clipping": """.param clip=0.5
v1 in 0 sin(0 1 2meg)
b1 out 0 v='clip*tanh(v(in)/clip)'
r1 out 0 1k
.tran 0.5n 2u 0 0.5n
.measure tran top max v(out)
.measure tran meets find v(out) when v(in)=0.5 rise=2
.measure tran duty trig v(out) val='clip/2' rise=2 targ v(out) val='clip/2' fall=2
.measure tran error rms par('v(in)-v(out)') from=0.5u to=1.5u
""",
}  # fmt: skip


def printed(path):
    """What `ngspice -b` says that it measured, by name."""
    done = subprocess.run(
        ["ngspice", "-n", "-b", path.name],
        cwd=path.parent, env={**os.environ, "OMP_THREAD_LIMIT": "1"}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    return {name: float(value) for name, value in re.findall(r"^(\w+) +=  +(\S+)", done.stdout, re.M)}


def deck(tmp_path, text):
    (tmp_path / "deck.sp").write_text(f"a title\n.save all\n{text}.end\n")
    return gather(tmp_path / "deck.sp")


@pytest.mark.parametrize("name", DECKS)
def test_every_statement_gives_what_ngspice_prints_for_it(name, tmp_path):
    found = deck(tmp_path, DECKS[name])
    wanted = printed(tmp_path / "deck.sp")
    assert len(wanted) == DECKS[name].count(".meas")
    own = OwnAnalyses.read(found, {}, wanted, "a spec")
    flat = Flattening(found, {}, 27.0)
    own.check(flat, ())
    measured = own.measured(flat, NgSpiceEngine(), {})
    assert measured.status == "ok", measured.message
    # ngspice goes linearly over the frequency, genrf over its logarithm; its windows end at points of the axis
    assert measured.metrics == pytest.approx(wanted, rel=2e-3, abs=1e-12)


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        (".MEAS AC UGF WHEN VDB(OUT)=0", "ac: freq at db(v(out)) = 0.0"),
        (".measure tran e find v(x) at='2*t0 + 1n'", "tran: v(x) at time = 2.0*t0 + 1e-09"),
        (".measure op bias find v(b)", "op: v(b)"),
        (".measure op twice param='2*v(b)'", "op: 2.0*v(b)"),
        (".measure ac d find vdb(a, b) at = 1k", "ac: db(v(a, b)) at freq = 1000.0"),
        (".measure tran t max v(a) goal=1 weight=2", "tran: max(v(a))"),
        (".measure ac i find ii(vdd) at=1g", "ac: im(i(vdd)) at freq = 1000000000.0"),
        (".measure gain param='log(2)*x**2'", "ln(2.0)*x^2.0"),
        (
            ".measure tran t trig v(a)=0.5 rise=1 targ v(b)=-1.5 td=1n fall=2",
            "tran: (time at v(b) = -1.5 fall 2 from 1e-09) - (time at v(a) = 0.5 rise 1)",
        ),
    ],
)  # fmt: skip
def test_a_statement_in_the_language_of_measurements(statement, text, tmp_path):
    ((_, found),) = Statements.of(deck(tmp_path, f"r1 a 0 1k\n{statement}\n")).known.items()
    assert "".join(found.text.split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (".measure tran x deriv v(a) at=1n", "the form `deriv` is not understood"),
        (".measure tran x max v(a) td=1n", "`td=` has no meaning here; ngspice passes over it"),
        (".measure tran x find v(a)", "`find` needs `at=` or `when`"),
        (".measure tran x trig v(a) val=1 rise=1", "`trig` needs `targ`"),
        (".measure tran x max", "it ends too early"),
        (".measure tran x param '2*y'", "a sign of assignment is missing behind `tran x param`"),
        (".measure tran x trig v(a) rise=1 targ v(b) val=1", "`val=` is missing"),
        (".measure tran x when v(a)=1 rise=1 fall=1", "only one of rise, fall and cross can be said"),
        (".measure tran x when v(a)=1 rise=0", "a crossing is counted from 1, or is `last`, got '0'"),
        (".measure tran x find vdb(a) at=1n", "`vdb` is known of an .ac only"),
        (".measure tran x max lx7(m1)", "no function `lx7` is known"),
        (".measure tran x max v(a) to=1n print=0", "`print = 0` is not understood"),
        (".measure x when v(a)=1", "say of which analysis: ac, dc or tran"),
        (".measure tran x err1 v(a) v(b)", "the form `err1` is not understood"),
        (".measure tran x param='a ? b : c'", "cannot read ' ? b : c'"),
    ],
)
def test_what_the_language_cannot_say_is_named_with_its_file_and_line(statement, message, tmp_path):
    (tmp_path / "more.inc").write_text(f"* beside it\n{statement}\n")
    found = Statements.of(deck(tmp_path, "r1 a 0 1k\n.include 'more.inc'\n"))
    assert found.known == {} and found.refused["x"].startswith(f"{tmp_path / 'more.inc'}:2: .measure x is passed over")
    assert message in found.refused["x"]
    with pytest.raises(ConfigError, match="is passed over: .*; write it in the yaml's `meas`"):
        OwnAnalyses.read(deck(tmp_path, f"r1 a 0 1k\n{statement}\n"), {}, ["x"], "a spec")


def test_a_goal_may_name_a_statement_of_the_netlist_and_meas_may_use_one(tmp_path, caplog):
    lines = ".measure ac level find vdb(out) at=1k\n.measure ac unused when vdb(out)=99\n.measure tran d deriv v(a)\n"
    (tmp_path / "rc.sp").write_text(f"a title\n.param r=1k\n{LOWPASS.replace('1k', '{r}')}{AC}{lines}.end\n")
    (tmp_path / "rc.yaml").write_text(
        "variables: {r: {low: 100, high: 10k}}\nmeas: {twice: 2 * level / r}\n"
        "goals: {twice: {max: 1}, level: {max: 1, objective: minimize}}"
    )
    made = parts(f"netlist={tmp_path / 'rc.sp'}")
    with caplog.at_level("WARNING", logger="genrf"):
        (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    assert f"{tmp_path / 'rc.sp'}:9: .measure d is passed over: the form `deriv` is not understood" in caplog.text
    problem = made.make_problem(structure=structure, spec=made.spec)
    problem.spec.check(problem.metrics)
    found = problem.measure({"r": 1e3}).metrics
    assert set(found) == {"level", "twice"}  # `unused` has no number, which is no harm
    level = -10 * np.log10(1 + (2 * np.pi * 1e3 * 1e-6) ** 2)
    assert found == pytest.approx({"level": level, "twice": 2 * level / 1e3}, rel=1e-6)


def test_meas_of_the_yaml_counts_before_a_statement_of_the_same_name(tmp_path):
    found = deck(tmp_path, LOWPASS + AC + ".measure ac level max vdb(out)\n")
    own = OwnAnalyses.read(found, {"meas": {"level": "first(|v(out)|)"}}, ["level"], "a spec")
    assert [one.text for one in own.measurements] == ["first(|v(out)|)"]


def test_the_last_statement_of_a_name_counts(tmp_path):
    good, bad = ".measure tran a max v(a)\n", ".measure tran a deriv v(a)\n"
    assert set(Statements.of(deck(tmp_path, bad + good)).known) == {"a"}
    found = Statements.of(deck(tmp_path, good + bad))
    assert not found.known and set(found.refused) == {"a"}


def test_statements_that_hang_on_each_other_in_a_ring_are_refused(tmp_path):
    found = deck(tmp_path, LOWPASS + AC + ".measure ac a param='b+1'\n.measure ac b param='a+1'\n")
    with pytest.raises(ConfigError, match=".measure a: it is defined by itself"):
        OwnAnalyses.read(found, {}, ["a"], "a spec")
