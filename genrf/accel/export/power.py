"""Power of the array: cells from yosys, their energies from a liberty file, activity from the RTL in simulation."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from genrf.accel.export.simulation import run_bench

_NUMBER = r"-?\d+\.?\d*(?:[eE][-+]?\d+)?"


@dataclass(frozen=True)
class CellEnergy:
    """One cell of a library: joule for a change of its output and for both edges of its clock, farad of its inputs, and
    the watts that it leaks.
    """

    change: float
    clock: float
    inputs: float
    leakage: float


@dataclass(frozen=True)
class Power:
    """Watts of cells that switch, of clocked cells whether they do or not, and of leakage."""

    switching: float
    clock: float
    leakage: float

    @property
    def total(self) -> float:
        """All three."""
        return self.switching + self.clock + self.leakage


def cell_energies(liberty: str) -> dict[str, CellEnergy]:
    """The cells of a liberty file with picofarad, volt and nanosecond as its units; tables are taken at their mean."""
    leakage_unit = re.search(rf'leakage_power_unit\s*:\s*"({_NUMBER})(p|n|u)W"', liberty)
    scale = float(leakage_unit[1]) * {"p": 1e-12, "n": 1e-9, "u": 1e-6}[leakage_unit[2]] if leakage_unit else 1e-9
    return {name: _cell(body, scale) for name, body in _groups(liberty, "cell")}


def _cell(body: str, leakage_unit: float) -> CellEnergy:
    change = clock = inputs = 0.0
    for _, pin in _groups(body, "pin"):
        energy = _mean_table(pin) * 1e-12
        if re.search(r'direction\s*:\s*"?output', pin):
            change = max(change, energy)
        else:
            found = re.search(rf"\bcapacitance\s*:\s*({_NUMBER})", pin)
            inputs += float(found[1]) * 1e-12 if found else 0.0
            clock += 2 * energy if re.search(r"\bclock\s*:\s*\"?true", pin) else 0.0
    leaking = re.search(rf"cell_leakage_power\s*:\s*({_NUMBER})", body)
    return CellEnergy(change, clock, inputs, float(leaking[1]) * leakage_unit if leaking else 0.0)


def _mean_table(pin: str) -> float:
    """The mean over all tables of internal power of a pin, in the file's unit of energy."""
    means = []
    for _, group in _groups(pin, "internal_power"):
        for table in re.findall(r"values\s*\((.*?)\)\s*;", group, re.DOTALL):
            numbers = [float(number) for number in re.findall(_NUMBER, table)]
            means += [sum(numbers) / len(numbers)] if numbers else []
    return max(0.0, sum(means) / len(means)) if means else 0.0


def _groups(text: str, kind: str) -> Iterator[tuple[str, str]]:
    """The groups `kind (name) { body }` of a liberty text, those inside of others too."""
    for match in re.finditer(rf'\b{kind}\s*\(\s*"?([^")]*)"?\s*\)\s*\{{', text):
        depth, place = 1, match.end()
        while depth and (brace := re.compile(r"[{}]").search(text, place)):
            depth += 1 if brace[0] == "{" else -1
            place = brace.end()
        yield match[1], text[match.end() : place]


def estimate(
    cells: Mapping[str, int], energies: Mapping[str, CellEnergy], activity: float, clock: float, volts: float
) -> Power:
    """Watts of `cells` at a `clock` in hertz, when a bit changes `activity` times a clock cycle.

    Every cell is taken to change as often as the array's registers do, and to drive the mean input of its like: a
    half of C V^2 for each change, beside what it takes itself. Glitches and wires are left out.
    """
    known = {name: (count, energies[name]) for name, count in cells.items() if name in energies}
    load = 0.5 * volts**2
    switching = sum(count * (cell.change + load * cell.inputs) for count, cell in known.values()) * activity * clock
    clocked = sum(count * cell.clock for count, cell in known.values()) * clock
    return Power(switching, clocked, sum(count * cell.leakage for count, cell in known.values()))


def activity(bench: Path) -> float:
    """Changes of a bit of the array's registers in a clock cycle, over the first image of a bench.

    Raises GenrfError when the bench fails.
    """
    recorded = bench / "activity.vcd"
    run_bench(bench, 1, ACTIVITY="1")
    changes, bits, cycles = count_changes(recorded)
    recorded.unlink()
    return changes / (bits * max(cycles, 1))


def count_changes(path: Path) -> tuple[int, int, int]:
    """Changed bits of the registers in a VCD file (IEEE 1364-2005, section 18), all their bits, and clock cycles."""
    widths: dict[str, int] = {}
    values: dict[str, int] = {}
    changes = rises = 0
    clock = ""
    with path.open() as lines:
        for line in lines:
            if line.startswith("$var"):
                _, kind, width, code, name, *_ = line.split()
                clock = code if name == "clk" and not clock else clock
                if kind == "reg":
                    widths[code] = int(width)
            elif line[0] == "b":
                value, code = line[1:].split()
                changes += _changed(values, widths, code, value)
            elif line[0] in "01":
                code = line[1:].strip()
                rises += line[0] == "1" and code == clock
                changes += _changed(values, widths, code, line[0])
    return changes, sum(widths.values()), rises


def _changed(values: dict[str, int], widths: Mapping[str, int], code: str, value: str) -> int:
    """Bits that differ from before; what was not known does not count."""
    if code not in widths or "x" in value or "z" in value:
        return 0
    now = int(value, 2)
    before = values.get(code)
    values[code] = now
    return 0 if before is None else (now ^ before).bit_count()
