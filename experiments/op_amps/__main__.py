"""`python -m experiments.op_amps`: what bandwidth costs in power, two stages against a folded cascode.

Writes `fronts.svg` and `table.md` beside itself, and the run folders to outputs/op_amps.
"""

import math
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float

from experiments.fronts import BLUE, RED, run, save, style, table
from genrf.circuits.problem import SizingProblem
from genrf.circuits.procedure import NotMeasurable
from genrf.core.results import Results, Row
from genrf.core.units import engineering
from genrf.pipeline.outcome import Outcome

HERE = Path(__file__).parent
OUTPUT = Path("outputs/op_amps")
BUDGET = os.environ.get("BUDGET", "6000")
FRONT = 80
COLOURS = {"ota_two_stage": BLUE, "ota_folded_cascode": RED}
LOAD, SUPPLY = 2e-12, 1.2
BANDWIDTHS = (3e6, 10e6, 30e6, 100e6, 300e6)  # Hz, at which the table compares
GOALS = (  # bandwidth against power, for small signals; slew and noise would set a floor of their own to the current
    "spec.goals.dc_gain_db.objective=null", "spec.goals.gbw_hz.min=2M", "+spec.goals.gbw_hz.objective=maximize",
    "spec.goals.power_w.max=5m", "~spec.goals.slew_v_s", "~spec.goals.noise_v_rthz",
)  # fmt: skip


def search(circuit: str) -> Outcome:
    """One circuit, for its front of bandwidth and power."""
    found, _ = run(circuit, OUTPUT / circuit, f"budget={BUDGET}", "samples=1000", f"front={FRONT}", "workers=1", *GOALS)
    return found


def least_power(gbw: Float[np.ndarray, "n"] | float) -> Float[np.ndarray, "n"] | float:
    """Power in W of a pair that drives the load itself with a bandwidth in Hz, at the most transconductance.

    Two transistors of current 2 pi GBW C kT/q: none has more than q/kT of transconductance per ampere at 27 degrees.
    No circuit of one stage takes less. Miller's bandwidth is the pair's over a smaller capacitor: it can take less.
    Source: Vittoz and Fellrath, IEEE J. Solid-State Circuits 12 (1977) 224, whose weak inversion has q/(n kT).
    """
    thermal = 1.380649e-23 * 300.15 / 1.602176634e-19
    return 2.0 * SUPPLY * 2.0 * math.pi * gbw * LOAD * thermal


def cheapest(front: Results, gbw: float) -> Row | None:
    """The design of least power that reaches a bandwidth in Hz."""
    reaching = [row for row in front if row.metrics["gbw_hz"] >= gbw]
    return min(reaching, key=lambda row: row.metrics["power_w"], default=None)


def rows(circuit: str, outcome: Outcome) -> list[Sequence[str]]:
    """Lines of the table: the cheapest design of the front for every bandwidth."""
    problem = outcome.problems[0]
    assert isinstance(problem, SizingProblem)
    lines: list[Sequence[str]] = []
    for gbw in BANDWIDTHS:
        row = cheapest(outcome.front, gbw)
        if row is None:
            lines.append((circuit, f"{gbw / 1e6:g}", *8 * ("",)))
            continue
        m = row.metrics
        holds = "yes" if outcome.front.spec.holds(m, problem.corners) else "no"
        times = f"{m['power_w'] / least_power(m['gbw_hz']):.1f}"
        shown = (f"{m[name]:.0f}" for name in ("dc_gain_db", "phase_margin_deg"))
        noise = engineering(m["noise_v_rthz"], "V/rtHz")
        lines.append(
            (
                circuit,
                f"{gbw / 1e6:g}",
                engineering(m["power_w"], "W"),
                times,
                *shown,
                noise,
                *step(problem, row),
                holds,
            )
        )
    return lines


def step(problem: SizingProblem, row: Row) -> tuple[str, str]:
    """Slew rate and settling of a design, neither of which the search asked for."""
    found: dict[str, float] = {}
    with suppress(NotMeasurable):
        for procedure in problem.bench.procedures:
            found |= procedure.measure(problem.setup(row.values, problem.technology.at()))
    units = {"slew_v_s": "V/s", "settling_s": "s"}
    slew, settling = (engineering(found[name], unit) if name in found else "none" for name, unit in units.items())
    return slew, settling


def figure(fronts: dict[str, Results], corners: Sequence[str]) -> plt.Figure:
    """Power over bandwidth and that of a pair alone, absolute and by ratio; filled where the limits hold at corners."""
    style(9.0)
    drawn, (power, ratio) = plt.subplots(1, 2, figsize=(9.0, 3.6), layout="constrained")
    for circuit, front in fronts.items():
        gbw, watts = (np.array([row.metrics[name] for row in front]) for name in ("gbw_hz", "power_w"))
        order = np.argsort(gbw)
        line = {"marker": "o", "ms": 3.5, "mfc": "white", "lw": 0.8, "color": COLOURS[circuit]}
        holding = [front.spec.holds(front.rows[place].metrics, corners) for place in order]
        kept = {**line, "mfc": COLOURS[circuit], "lw": 0, "label": circuit}
        power.loglog(gbw[order] / 1e6, 1e6 * watts[order], **line)
        power.loglog(gbw[order][holding] / 1e6, 1e6 * watts[order][holding], **kept)
        ratio.semilogx(gbw[order] / 1e6, (watts / least_power(gbw))[order], **line)
        ratio.semilogx(gbw[order][holding] / 1e6, (watts / least_power(gbw))[order][holding], **kept)
    span = np.geomspace(2e6, 1e9, 3)
    power.loglog(
        span / 1e6, 1e6 * np.asarray(least_power(span)), "k:", label="a pair that drives the load, gm/I = q/kT"
    )
    power.set(xlabel="gain-bandwidth in MHz", ylabel="power in uW")
    power.legend()
    ratio.set(xlabel="gain-bandwidth in MHz", ylabel="power over that of such a pair", ylim=(0, None))
    return drawn


def main() -> None:
    """Both circuits."""
    outcomes = {circuit: search(circuit) for circuit in COLOURS}
    heads = (
        "circuit", "GBW of at least (MHz)", "power", "over a pair's", "gain (dB)", "phase margin (deg)",
        "noise at 1 MHz", "slew", "settled to 1 %", "holds at the corners",
    )  # fmt: skip
    text = table(heads, [line for circuit, outcome in outcomes.items() for line in rows(circuit, outcome)])
    (HERE / "table.md").write_text(text)
    print(text)
    corners = next(iter(outcomes.values())).problems[0].corners
    save(figure({circuit: outcome.front for circuit, outcome in outcomes.items()}, corners), HERE / "fronts.svg")


if __name__ == "__main__":
    main()
