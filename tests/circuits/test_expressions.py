"""Parameter expressions: what ngspice makes of the same text is the truth."""

import math
import statistics

import pytest

from genrf.circuits.definitions import Definitions, _line
from genrf.circuits.expansion import Process
from genrf.circuits.expressions import Scope, expression
from genrf.circuits.variation import Die
from genrf.core.errors import ConfigError
from tests.circuits.ngspice_batch import run, value

GIVEN = {"a": 3.0, "b": 0.25, "w": 5.05}


@pytest.mark.ngspice
@pytest.mark.parametrize(
    "text",
    [
        "a+b*2-1", "a-b-1", "8/a/2", "-b**2", "2**a", "(a+1)*(b-2)", "2u*3meg", "1.5k+10m", "4.148e-9*1e9", "1e-3",
        "a>b ? 10 : 20", "a<b ? 10 : a==3 ? 30 : 40", "(a>b)*5+(a<=b)*7", "(a>b || a<b)*2", "(a>b && a<b)*2+1",
        "sqrt(a)", "exp(-b)", "log(a)", "max(a,b)", "min(a,b)", "pow(a,2)", "abs(-a)", "floor(2.7)", "int(3.9)",
        "int((a+1)/2)*w*0.29", "2*int((a+2)/2)*(w+0.29)", "sqrt(1/(w*a))", "0.14/w", "a*-1",
    ],
)  # fmt: skip
def test_an_expression_is_worth_what_ngspice_says(text):
    parameters = [f".param {name}={number}" for name, number in GIVEN.items()]
    printed = run([*parameters, f"v1 x 0 {{{text}}}", "r1 x 0 1"], ["op", "let result = v(x)", "print result"])
    assert expression(text)(Scope({}, given=GIVEN)) == pytest.approx(value(printed, "result"), rel=1e-9, abs=1e-15)


def test_parameters_are_evaluated_when_asked_for_and_looked_up_outside():
    outer = Scope({"area": expression("w*l"), "unused": expression("1/0")}, given={"w": 2.0, "l": 3.0})
    inner = Scope({"twice": expression("'2*area'"), "w": expression("99")}, outer, {"w": 5.0})
    assert inner["twice"] == 12.0 and inner["w"] == 5.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1+", "cannot be read"),
        ("(1", "cannot be read"),
        ("1 2", "cannot be read"),
        ("§", "cannot be read at"),
        ("nothing(1)", "no function 'nothing'"),
        ("missing+1", "parameter 'missing' is not defined"),
        ("1/0", "parameter expression '1/0': float division by zero"),
        ("sqrt(-1)", "math domain error"),
    ],
)
def test_what_cannot_be_evaluated_is_named(text, message):
    with pytest.raises(ConfigError, match=message):
        expression(text)(Scope({}))


def test_a_parameter_that_is_defined_by_itself_is_named():
    with pytest.raises(ConfigError, match="parameter 'a' is defined by itself"):
        Scope({"a": expression("b+1"), "b": expression("a")})["a"]


def test_statistical_functions_spread_as_ngspice_defines_them():
    """agauss(nominal, absolute, sigmas) and gauss(nominal, relative, sigmas); a relative spread of 0 is none."""
    drawn = {"x": expression("agauss(5, 3, 3)"), "y": expression("gauss(5, 0.3, 3)"), "z": expression("gauss(0, 1, 1)")}
    found = [Scope(drawn, draw=Die(1, number)) for number in range(4000)]
    for name, deviation in (("x", 1.0), ("y", 0.5), ("z", 0.0)):
        values = [scope[name] for scope in found]
        assert statistics.stdev(values) == pytest.approx(deviation, rel=4 / math.sqrt(8000), abs=1e-12)
    assert Scope(drawn)["x"] == 5.0  # nominal without a draw


def test_assignments_are_told_apart_whatever_stands_in_brackets():
    line = _line(".param a = {1.0+b*(c==2)} + d*agauss(0, 1.5e-9, 1) e='x ? 1 : 2' f=3")
    assert dict(line.assignments) == {"a": "{1.0+b*(c==2)} + d*agauss(0, 1.5e-9, 1)", "e": "'x ? 1 : 2'", "f": "3"}


def library(tmp_path, text):
    (tmp_path / "lib.spice").write_text(text)
    definitions = Definitions()
    definitions.add(tmp_path / "lib.spice")
    return Process(definitions, {}, 27.0)


def test_a_subcircuit_is_expanded_with_conditions_nesting_and_multiples(tmp_path):
    process = library(
        tmp_path,
        "* remark\n.param base=100\n.subckt inner p n r=1\nr1 p n {r}\n.ends\n"
        ".subckt outer a b\n.param w=1 big=0\n.if (big==1)\nr9 a b 9\n.elseif (w>1)\nc1 a b c={w*1p}\n"
        ".else\nr1 a m {base*w} ; tail\n+ tc1=0.001\n.endif\nx1 m b inner r='2*base' m=2\n.ends\n",
    )
    small = [e.line() for e in process.elements("outer", "d", ["in", "0"], {})]
    assert small == ["rd in d_m 100.0 tc1=0.001", "rd_x1 d_m 0 100.0"]  # 200 ohm, two of them
    assert next(e.line() for e in process.elements("outer", "d", ["in", "0"], {"w": 2.0})) == "cd in 0 2e-12"
    assert next(e.line() for e in process.elements("outer", "d", ["in", "0"], {"big": 1.0})) == "rd in 0 9.0"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: p.elements("nothing", "d", [], {}), "the model library has no subcircuit 'nothing'; known: diode"),
        (lambda p: p.elements("diode", "d", ["a"], {}), "diode has the ports a, b; got 1 nets"),
        (lambda p: p.elements("diode", "d", ["a", "b"], {"x": 1.0}), "diode has no parameter x"),
        (lambda p: p.elements("diode", "d", ["a", "b"], {}), "cannot expand the element 'd1'; it knows M, Q, R, C, L"),
    ],
)
def test_what_cannot_be_expanded_is_named(call, message, tmp_path):
    with pytest.raises(ConfigError, match=message):
        call(library(tmp_path, ".subckt diode a b\nd1 a b dmodel\n.ends\n"))
