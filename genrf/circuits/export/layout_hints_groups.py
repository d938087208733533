"""Whether groups that hints name are those of a circuit: each two devices are asked, no group is made."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import combinations
from math import isclose

from genrf.circuits.export.layout_hints_relations import Relations

Pair = frozenset[str]

_RELATIVE = 1e-5  # of ratios, which have six digits


def wrong_matching(
    matching: Sequence[Mapping[str, object]], symmetry: Set[Pair], relations: Relations
) -> Iterator[str]:
    """What is wrong with the groups: members, ratios, reasons, and two devices that stand in none.

    `symmetry` holds the devices that change places with the sides.
    """
    groups = [
        (str(one["why"]), tuple(map(str, _listed(one["devices"]))), _listed(one.get("ratio"))) for one in matching
    ]
    wanted = {(why, frozenset({one, other})) for why, one, other in relations.wanted()}
    together = {pair for _, pair in wanted}
    wanted |= {("halves", pair) for pair in symmetry - together if all(map(relations.drawn_on_chip, pair))}
    found = set[tuple[str, Pair]]()
    for why, devices, ratio in groups:
        if not _of_one_kind(devices, relations):
            yield f"{', '.join(devices)} cannot match"
            continue
        if not _as_drawn(ratio, [relations.sizes[name] for name in devices]):
            yield f"{', '.join(devices)} are not as {' to '.join(map(str, ratio)) or 'nothing'}"
        pairs = {(why, frozenset(pair)) for pair in combinations(devices, 2)}
        yield from (f"{' and '.join(sorted(pair))} are no {why}" for _, pair in sorted(pairs - wanted, key=_order))
        found |= pairs
    counts = Counter((why, frozenset(devices)) for why, devices, _ in groups)
    yield from (f"{why} {', '.join(sorted(devices))} is given twice" for (why, devices), n in counts.items() if n > 1)
    yield from (f"{why} {', '.join(sorted(pair))} is missing" for why, pair in sorted(wanted - found, key=_order))


def _order(one: tuple[str, Pair]) -> tuple[str, list[str]]:
    return one[0], sorted(one[1])


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _of_one_kind(devices: Sequence[str], relations: Relations) -> bool:
    """Whether devices are two at least, each there, and of one kind."""
    known = set(devices) <= relations.devices.keys() and len(set(devices)) == len(devices) > 1
    return known and len({relations.devices[name].kind for name in devices}) == 1


def _as_drawn(ratio: Sequence[object], sizes: Sequence[Mapping[str, float]]) -> bool:
    wanted = _ratio_of(sizes)
    return len(ratio) == len(wanted) and all(
        isinstance(one, int | float) and isclose(one, other, rel_tol=_RELATIVE)
        for one, other in zip(ratio, wanted, strict=True)
    )


def _ratio_of(sizes: Sequence[Mapping[str, float]]) -> list[float]:
    """The one drawn size that sets devices apart, over its smallest; ones for equal devices, nothing for others."""
    columns = {tuple(column) for column in zip(*(size.values() for size in sizes), strict=True)}
    different = [column for column in columns if min(column) != max(column)]
    if len(different) > 1:
        return []
    return [one / min(different[0]) for one in different[0]] if different else [1.0] * len(sizes)
