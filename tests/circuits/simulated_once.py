"""Benches of scripts that differ in what they say of them alone are simulated for the first."""

from genrf.circuits.export import ocean

_kept = {}
_simulated = ocean._simulated


def simulated_once(design, parts):
    """What ngspice finds in the benches of a design, as `ocean._simulated`; kept for the next that asks for it."""
    key = repr((design.problem.structure.name, design.values, [(one.analyses, one.around, one.swept) for one in parts]))
    if key not in _kept:
        _kept[key] = _simulated(design, parts)
    return _kept[key]
