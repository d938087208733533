"""The specs of the study, by a fixed rule: none is among what a model learnt from, all come from the same ranges."""

import numpy as np

TESTED_ON = 2024
SPECS = 12


def goals(seed: int, number: int) -> dict[str, float]:
    """The limits of spec `number`: evenly drawn, the power on a logarithmic scale; stability as in lna_2p4ghz."""
    rng = np.random.default_rng([seed, number])
    return {
        "gain_db.min": round(rng.uniform(10.0, 20.0), 2),
        "nf_db.max": round(rng.uniform(1.0, 3.0), 2),
        "s11_db.max": round(rng.uniform(-15.0, -8.0), 1),
        "s22_db.max": round(rng.uniform(-15.0, -8.0), 1),
        "power_w.max": float(f"{3e-3 * 5.0 ** rng.random():.4g}"),
    }


def overrides(seed: int, number: int) -> list[str]:
    """The limits as the command line writes them."""
    return [f"spec.goals.{name}={value:g}" for name, value in goals(seed, number).items()]
