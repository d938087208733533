"""Raw files (nutmeg): plots with named vectors, binary or ASCII, as ngspice and Spectre write them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genrf.core.errors import GenrfError


@dataclass(frozen=True)
class Plot:
    """One analysis: its name, and its vectors by name."""

    name: str
    vectors: dict[str, np.ndarray]


def read(path: Path) -> list[Plot]:
    """The plots of a raw file, in order. Raises GenrfError with the file when it is cut short or not a raw file."""
    content, plots, at = path.read_bytes(), list[Plot](), 0
    while content[at:].strip():
        plot, at = _plot(content, at, path)
        plots.append(plot)
    return plots


def _plot(content: bytes, at: int, path: Path) -> tuple[Plot, int]:
    header: dict[str, str] = {}
    names = list[str]()
    while True:
        end = content.find(b"\n", at)
        if end < 0:
            raise GenrfError(f"{path}: not a whole raw file (it ends within a header)")
        line, at = content[at:end].decode(errors="replace"), end + 1
        key, _, value = line.partition(":")
        if key in ("Binary", "Values"):
            break
        if line[:1] in "\t " and "Variables" in header:
            names.append(line.split()[1])
        else:
            header[key.strip()] = value.strip()
            names += [value.split()[1]] if key == "Variables" and value.strip() else []
    count, points = int(header["No. Variables"]), int(header["No. Points"])
    kind = complex if "complex" in header.get("Flags", "") else float
    reader = _binary if key == "Binary" else _ascii
    table, at = reader(content, at, points, count, kind, path)
    return Plot(header.get("Plotname", ""), {name: table[:, i] for i, name in enumerate(names)}), at


def _binary(content: bytes, at: int, points: int, count: int, kind: type, path: Path) -> tuple[np.ndarray, int]:
    size = points * count * np.dtype(kind).itemsize
    if len(content) < at + size:
        raise GenrfError(f"{path}: not a whole raw file ({points} points of {count} vectors are promised)")
    return np.frombuffer(content, kind, points * count, at).reshape(points, count).copy(), at + size


def _ascii(content: bytes, at: int, points: int, count: int, kind: type, path: Path) -> tuple[np.ndarray, int]:
    """Each point begins with its number; a complex value is `real,imaginary`."""
    end = content.find(b"Title:", at)
    words = content[at : end if end >= 0 else len(content)].decode(errors="replace").split()
    if len(words) < points * (count + 1):
        raise GenrfError(f"{path}: not a whole raw file ({points} points of {count} vectors are promised)")
    table: np.ndarray = np.empty((points, count), kind)
    for point in range(points):
        row = words[point * (count + 1) + 1 : (point + 1) * (count + 1)]
        table[point] = [complex(*map(float, word.split(","))) if kind is complex else float(word) for word in row]
    return table, end if end >= 0 else len(content)
