"""Transistors of one size, told apart for ngspice 39.

Its BSIM4 computes what depends on size once for all transistors of a model, width, length and number of fingers. Those
after the first then get the gate resistance of another channel: of the last new length before them (`Lnew` in
b4temp.c). With a tail ten times as long between a pair it is ten times too low. Widths that differ in the fourteenth
digit are new.
"""

from genrf.circuits.netlist import Netlist

_APART = 2.0**-47  # of the width, between one and the next: more than what is rounded, less than what files show


def sizes_apart(netlist: Netlist) -> Netlist:
    """The netlist, no two of its transistors of exactly the same width."""
    elements, count = list(netlist.elements), 0
    for place, element in enumerate(elements):
        if element.name[0] in "mM" and "w" in element.parameters:
            width = element.parameters["w"] * (1.0 + count * _APART)
            elements[place] = element._replace(parameters={**element.parameters, "w": width})
            count += 1
    return Netlist(tuple(elements), netlist.models)
