"""S-parameters and noise parameters as a Touchstone 2.0 file, read back by scikit-rf.

Source: Touchstone File Format Specification, version 2.0, IBIS Open Forum 2009. Unlike in version 1, the noise
resistance is not normalised.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from genrf.circuits.export import touchstone_noise
from genrf.circuits.export.flat import sizing
from genrf.circuits.export.header import header
from genrf.circuits.export.touchstone import PORTS, entry, read_back, scattered, swept
from genrf.circuits.export.touchstone_reader import Outline
from genrf.circuits.measure import Z0
from genrf.circuits.problem import SizingProblem
from genrf.core.problem import AbstractExporter, Check, Design


@dataclass(frozen=True)
class Touchstone2(AbstractExporter):
    """`<circuit>.ts`: S around the band, and in a two-port amplifier its noise parameters over the band."""

    writes = (SizingProblem,)

    def export(self, design: Design, folder: Path) -> list[Path]:
        if not scattered(design):
            return []
        path = folder / f"{sizing(design).structure.name}.ts"
        path.write_text("\n".join(_lines(design)) + "\n")
        return [path]

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        return read_back("touchstone2", paths, design, _outline)


def _outline(design: Design, noise: int) -> Outline:
    """Every keyword in its order, and how many numbers stand where; `noise` frequencies."""
    frequency, s = swept(design)
    ports = s.shape[1]
    two_port, noisy = ports == 2, noise > 0
    said = [
        ("version", "2.0"), ("#", f"hz s ri r {Z0:g}"), ("number of ports", f"{ports}"),
        *([("two-port data order", "21_12")] if two_port else []),
        ("number of frequencies", f"{len(frequency)}"),
        *([("number of noise frequencies", f"{noise}")] if noisy else []),
        ("reference", " ".join([f"{Z0:g}"] * ports)), ("matrix format", "full"), ("network data", ""),
        *([("noise data", "")] if noisy else []),
        ("end", ""),
    ]  # fmt: skip
    counts = {"network data": len(frequency) * (1 + 2 * ports**2)} | ({"noise data": 5 * noise} if noisy else {})
    return Outline(said, counts)


def _lines(design: Design) -> Iterator[str]:
    frequency, s = swept(design)
    noise = touchstone_noise.parameters(design)
    ports = s.shape[1]
    yield from header(design, "!")
    yield "! ports: " + ", ".join(f"{net} ({number})" for number, net in enumerate(PORTS[ports], 1))
    yield "[Version] 2.0"
    yield f"# Hz S RI R {Z0:g}"
    yield f"[Number of Ports] {ports}"
    if ports == 2:
        yield "[Two-Port Data Order] 21_12"
    yield f"[Number of Frequencies] {len(frequency)}"
    if noise is not None:
        yield f"[Number of Noise Frequencies] {touchstone_noise.POINTS}"
    yield "[Reference] " + " ".join([f"{Z0:g}"] * ports)
    yield "[Matrix Format] Full"
    yield "[Network Data]"
    yield from (entry(f, matrix) for f, matrix in zip(frequency, s, strict=True))
    if noise is not None:
        yield "[Noise Data]"
        yield from touchstone_noise.lines(design, noise)
    yield "[End]"
