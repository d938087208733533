"""The equations of an exported Verilog-A file as elements of ngspice, statement by statement: a second simulator."""

import re

from genrf.circuits.measure import BOLTZMANN
from genrf.circuits.netlist import GROUND, Element, Netlist

_KELVIN = 300.15  # of the engine's default temperature
_OHM = 1e3
_CONTRIBUTION = re.compile(r"I\((\w+)\) <\+ (.*);")
_NOISE = re.compile(r"white_noise\(([^,]+), \"\w+\"\)")
_CHARGE = re.compile(r"ddt\(([^*]+)\*V\((\w+)\)\)")
_NUMBER = re.compile(r"(?<![\w.])(\d+\.?\d*)([TGMkmunpfa])\b")
_EXPONENTS = {
    "T": "e12", "G": "e9", "M": "e6", "k": "e3",
    "m": "e-3", "u": "e-6", "n": "e-9", "p": "e-12", "f": "e-15", "a": "e-18",
}  # fmt: skip
_BENT = re.compile(r"if \(forward > (.*?)\) bent = (.*?);.*?else bent = (.*?);", re.DOTALL)


def netlist(text):
    """The body of a module as a netlist; flicker noise is refused."""
    assert "flicker" not in text
    body = re.sub(r"//.*", "", text[text.index("analog begin") : text.index("endmodule")])
    body = _NUMBER.sub(lambda found: found[1] + _EXPONENTS[found[2]], body)
    variables = dict(re.findall(r"^ *(a_in|a_out|forward) = (.*);", body, re.MULTILINE))
    peak, most, bend = _BENT.search(body).groups()
    waves = {name: f"({variables[name]})" for name in ("a_in", "a_out")}

    def said(expression):
        for name, wave in waves.items():
            expression = re.sub(rf"\b{name}\b", wave, expression)
        return re.sub(r"\b(forward|bent)\b", r"V(\1)", expression)

    elements = [
        Element("bforward", ("forward", GROUND), flags=f"v={said(variables['forward'])}"),
        Element("bbent", ("bent", GROUND), flags="v=" + said(
            f"(forward > {peak}) ? {most} : ((forward < -{peak}) ? -{most} : ({bend}))")),
    ]  # fmt: skip
    for number, (node, expression) in enumerate(_CONTRIBUTION.findall(body)):
        if noise := _NOISE.fullmatch(expression):
            elements += _noise(number, node, float(noise[1]))
            continue
        if charge := _CHARGE.fullmatch(expression):
            assert charge[2] == node
            elements.append(Element(f"c{number}", (node, GROUND), float(charge[1])))
            continue
        elements.append(Element(f"b{number}", (node, GROUND), flags=f"i={said(expression)}"))
    return Netlist(tuple(elements))


def _noise(number, node, density):
    """The noise current of a shorted resistor, times what makes its density that which is wanted."""
    times = (density * _OHM / (4 * BOLTZMANN * _KELVIN)) ** 0.5
    return [
        Element(f"rn{number}", (f"short{number}", GROUND), _OHM),
        Element(f"vn{number}", (f"short{number}", GROUND), 0.0),
        Element(f"fn{number}", (node, GROUND), flags=f"vn{number} {times!r}"),
    ]
