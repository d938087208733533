"""Pieces on a board that filters are made of: coils, ceramic capacitors, and the two in parallel."""

from genrf.circuits.topology import GROUND, Device, Drawn, Given


def coil(name: str, a: str, b: str, l: Drawn, at: str) -> Device:  # noqa: E741  # the field's letter
    """An off-chip inductor between `a` and `b`, its Q that of the spec at the frequency that condition `at` gives."""
    drawn = {"l": l, "q": Given("off_chip_q"), "f_q": Given(at)}
    return Device(name, "inductor_off_chip", {"a": a, "b": b}, drawn)


def ceramic(name: str, a: str, b: str, c: Drawn) -> Device:
    """An off-chip capacitor between `a` and `b`."""
    return Device(name, "capacitor_off_chip", {"a": a, "b": b}, {"c": c})


def tank(number: int, net: str, l: Drawn, c: Drawn, at: str) -> tuple[Device, Device]:  # noqa: E741
    """A parallel resonator from `net` to ground."""
    return coil(f"l{number}", net, GROUND, l, at), ceramic(f"c{number}", net, GROUND, c)


def trap(number: int, a: str, b: str, l: Drawn, c: Drawn, at: str) -> tuple[Device, Device]:  # noqa: E741
    """A parallel resonator in the way from `a` to `b`, which it closes at its resonance."""
    return coil(f"l{number}", a, b, l, at), ceramic(f"c{number}", a, b, c)
