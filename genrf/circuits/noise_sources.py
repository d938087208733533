"""The table of the report that says which elements noise comes from."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from genrf.core.problem import Panel

_LISTED = 8  # elements by name


def noise_sources(title: str, found: Mapping[str, Float[np.ndarray, "k"]], parts: Sequence[str], caption: str) -> Panel:
    """The elements with the greatest shares of `found` powers, and what the others have together.

    An element's power may have several `parts`, which stand beside their sum in columns of these names.
    """
    order = sorted(found.items(), key=lambda item: -item[1].sum())
    rows, rest = order[:_LISTED], order[_LISTED:]
    if rest:
        rows.append((f"{len(rest)} others", np.sum([powers for _, powers in rest], axis=0)))
    whole = sum(powers.sum() for powers in found.values())
    columns = {"share": [powers.sum() for _, powers in rows]}
    columns |= {name: [powers[place] for _, powers in rows] for place, name in enumerate(parts)}
    shares = {name: [f"{100 * power / whole:.1f} %" for power in column] for name, column in columns.items()}
    return Panel.table(title, {"element": [name for name, _ in rows], **shares}, caption)
