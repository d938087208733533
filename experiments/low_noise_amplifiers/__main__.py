"""`python -m experiments.low_noise_amplifiers`: one search for each LNA spec, and what linearity each front holds.

Reads the models of the 28 GHz process below PDK_ROOT (../shared/pdk where it is not set); writes `fronts.svg` and
`table.md` beside itself, and the run folders to outputs/. Names on the command line choose some of the specs.
"""

import os
import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from experiments.fronts import GREY, HEADS, row, run, save, style, table
from genrf.pipeline.outcome import Outcome

HERE = Path(__file__).parent
OUTPUT = Path("outputs/low_noise_amplifiers")
BUDGETS = {
    "lna_900mhz": 2500, "lna_2p4ghz": 3000, "lna_2p4ghz_linear": 2500, "lna_2p4ghz_differential": 3000,
    "lna_5p8ghz": 3000, "lna_wideband": 3000, "lna_uwb": 3000, "lna_28ghz": 900,
}  # fmt: skip
FRONT = 8  # designs to verify, each at every corner
COLUMNS = 4
INTERCEPT = "iip3_dbm"


def figure(outcomes: dict[str, Outcome]) -> plt.Figure:
    """Noise figure over power of all that was feasible; the fill of a point is its intercept where one was measured."""
    style()
    rows = -(-len(outcomes) // COLUMNS)
    drawn, axes = plt.subplots(rows, COLUMNS, figsize=(11.0, 2.9 * rows), layout="constrained", squeeze=False)
    scale = mpl.colors.Normalize(-20.0, 5.0)
    for axis in axes.flat[len(outcomes) :]:
        axis.set_visible(False)
    for axis, (spec, outcome) in zip(axes.flat, outcomes.items(), strict=False):
        found = [one.metrics for one in outcome.results if one.feasible]
        power, noise = (np.array([m[name] for m in found]) for name in ("power_w", "nf_db"))
        measured = np.array([INTERCEPT in m for m in found], bool)
        intercept = [m[INTERCEPT] for m in found if INTERCEPT in m]
        axis.plot(1e3 * power[~measured], noise[~measured], ".", ms=3, color=GREY)
        axis.scatter(1e3 * power[measured], noise[measured], s=9, c=intercept, norm=scale, cmap="viridis", lw=0)
        verified = [one.metrics for one in outcome.front]
        axis.plot(
            [1e3 * m["power_w"] for m in verified], [m["nf_db"] for m in verified], "o", ms=5, mfc="none", mec="black",
            mew=0.8,
        )  # fmt: skip
        axis.set(title=spec, xlabel="power in mW", ylabel="noise figure in dB")
    shades = mpl.cm.ScalarMappable(scale, "viridis")
    drawn.colorbar(shades, ax=axes, label="IIP3 in dBm", pad=0.01)
    return drawn


def main() -> None:
    """All specs, or those that are named."""
    os.environ.setdefault("PDK_ROOT", str(Path("../shared/pdk").absolute()))
    outcomes, rows = {}, []
    for spec in sys.argv[1:] or BUDGETS:
        outcomes[spec], seconds = run(spec, OUTPUT / spec, f"budget={BUDGETS[spec]}", f"front={FRONT}")
        rows.append(row(spec, outcomes[spec], seconds))
        print(" | ".join(rows[-1]), flush=True)
        (HERE / "table.md").write_text(table(HEADS, rows))  # after each: a run that is stopped leaves what it found
        save(figure(outcomes), HERE / "fronts.svg")


if __name__ == "__main__":
    main()
