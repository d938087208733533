"""The model card that lies beside a CycleGAN's checkpoint: data, range, scores, licence."""

from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

import numpy as np

from genrf.circuits.learned.card import LICENCE, made_of, ranges
from genrf.circuits.learned.cycle_checkpoint import SCHEMA, TrainedCycle
from genrf.circuits.learned.cycle_data import Domains
from genrf.circuits.learned.cycle_scores import CycleScores
from genrf.circuits.learned.cycle_training import CycleTraining


def cycle_card(
    trained: TrainedCycle,
    known: Domains,
    found: CycleScores,
    folders: Sequence[Path],
    given: CycleTraining,
    seed: int,
    identity: str,
) -> str:
    """The card as Markdown. `identity` is a hash of all that decides the weights."""
    meaning, structures = trained.meaning, [len(np.unique(one.words, axis=0)) for one in (known.learnt, known.held)]
    weights = sum(p.numel() for p in trained.translator.parameters())
    lines = [
        "# Topologies of amplifiers by CycleGAN",
        "",
        f"Schema `{SCHEMA}`, genrf {metadata.version('genrf')}, seed {seed}. {weights:,} weights; {given.steps:,} "
        f"steps of {given.batch} structures each.",
        "",
        "## Data",
        "",
        f"{len(known.learnt):,} designs of {structures[0]:,} structures in `{meaning.tech}` from "
        f"{', '.join(f'`{folder.name}`' for folder in folders)}; conditions `{meaning.conditions}`.",
        f"{structures[1]:,} more structures were held back.",
        made_of(identity),
        "",
        "## Range",
        "",
        "Limits that it can be asked for, and between which values nine tenths of the data lie. Beyond them it",
        "guesses; in another process or under other conditions it was never tried.",
        "",
        *ranges(meaning.wanted, known.learnt.normals),
        "",
        "## Scores",
        "",
        "Asked for limits that structures held back can keep, "
        f"{100 * found.kept:.1f} % of what it says without guidance keeps the rules of",
        f"the grammar, all of what it says with it; of that {100 * found.new:.1f} % are structures that training did",
        f"not see, and {100 * found.different:.1f} % differ from each other. Rank correlation of the limits that it",
        "reads off a graph with those asked for:",
        "",
        *_scores(meaning.wanted.metrics, found),
        "",
        "## Licence",
        "",
        LICENCE,
        "",
    ]
    return "\n".join(lines)


def _scores(metrics: Sequence[str], found: CycleScores) -> Iterator[str]:
    yield "| metric | there and back | structures held back |"
    yield "| --- | --- | --- |"
    for name, returned, reached in zip(metrics, found.returned, found.reached, strict=True):
        yield f"| {name} | {returned:.3f} | {reached:.3f} |"
