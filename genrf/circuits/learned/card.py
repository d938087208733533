"""The model card that lies beside a checkpoint: data, range, scores, licence."""

from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

import numpy as np
from jaxtyping import Float

from genrf.circuits.learned.checkpoint import SCHEMA, Meaning, Trained
from genrf.circuits.learned.metrics import Wanted
from genrf.circuits.learned.scores import Scores
from genrf.circuits.learned.training import Designs, Training

LICENCE = (
    "The weights are a file that genrf wrote: they belong to whoever trained them, under any terms, as LICENSE says of "
    "generated files. They hold no foundry's data beyond what simulations with its models gave."
)
_LISTED = 12  # structures by name


def card(
    trained: Trained,
    learnt: Sequence[Designs],
    found: Scores,
    folders: Sequence[Path],
    given: Training,
    seed: int,
    identity: str,
    start: Path | None = None,
) -> str:
    """The card as Markdown. `identity` is a hash of all that decides the weights."""
    meaning = trained.meaning
    weights = [sum(p.numel() for p in model.parameters()) for model in (trained.denoiser, trained.forward)]
    begun = f" They went on from `{start.parent.name}/{start.name}`, on its scales." if start else ""
    lines = [
        "# Sizes of circuits by diffusion, with a forward model",
        "",
        f"Schema {SCHEMA}, genrf {metadata.version('genrf')}, seed {seed}. {weights[0]:,} weights in the denoiser, "
        f"{weights[1]:,} in the forward model; {given.steps:,} steps of {given.batch} designs each.{begun}",
        "",
        "## Data",
        "",
        _data(meaning, learnt, folders),
        made_of(identity),
        "",
        "| structure | designs | variables |",
        "| --- | --- | --- |",
        *_structures(learnt),
        "",
        "## Range",
        "",
        "Limits that it can be asked for, and between which values nine tenths of the data lie. In another process or",
        "under other conditions it was never tried.",
        "",
        *ranges(meaning.wanted, np.concatenate([one.normals for one in learnt])),
        "",
        f"It is trusted with limits up to {trained.reach.trusted:.2f} sigma beyond what some design of the data keeps",
        "together: of the designs held back that lie beyond them, nineteen in twenty are nearer. For limits farther",
        "out a run falls back to sizes by chance, and says so.",
        "",
        "## Scores of the forward model",
        "",
        f"On {found.designs:,} designs held back. A calibrated normal has 0.683 and 0.954 inside one and two sigma.",
        "Where data were bred, these are siblings of designs that were learnt from: of others it errs more.",
        "",
        *_scores(found),
        "",
        "## Licence",
        "",
        LICENCE,
        "",
    ]
    return "\n".join(lines)


def ranges(wanted: Wanted, normals: Float[np.ndarray, "n m"]) -> Iterator[str]:
    """A table of the limits that can be asked for, with the values between which nine tenths of the `normals` lie."""
    yield "| metric | limit | 5 % | 95 % |"
    yield "| --- | --- | --- | --- |"
    for name, sense, scale, column in zip(wanted.metrics, wanted.senses, wanted.scales, normals.T, strict=True):
        known = column[np.isfinite(column)]  # none of a metric that only the model's first data had
        low, high = (f"{end:.4g}" for end in scale.value(np.percentile(known, [5, 95]))) if len(known) else ("", "")
        yield f"| {name} | {sense} | {low} | {high} |"


def made_of(identity: str) -> str:
    """What a model that is made again is held against."""
    return f"SHA-256 of the data with all settings that decide the weights: `{identity}`."


def _data(meaning: Meaning, learnt: Sequence[Designs], folders: Sequence[Path]) -> str:
    """How many designs there are, where they are from, and how often those of runs count."""
    count, named = sum(len(one.x0) for one in learnt), ", ".join(f"`{folder.name}`" for folder in folders)
    runs = {one.weight for one in learnt} - {1.0}
    said = "".join(f" One of a run counts {weight:.3g} times: half of what was learnt is theirs." for weight in runs)
    return f"{count:,} designs in `{meaning.tech}` from {named}; conditions `{meaning.conditions}`.{said}"


def _structures(learnt: Sequence[Designs]) -> list[str]:
    """The structures with the most designs, and how many there are besides."""
    order = sorted(learnt, key=lambda one: -len(one.x0))
    lines = [f"| {one.graph.name} | {len(one.x0):,} | {len(one.graph.space)} |" for one in order[:_LISTED]]
    if order[_LISTED:]:
        most, least = len(order[_LISTED].x0), len(order[-1].x0)
        lines.append(f"| {len(order) - _LISTED} others | {least:,} to {most:,} each | |")
    return lines


def _scores(found: Scores) -> Iterator[str]:
    yield "| metric | rank correlation | median error | of the value | within 1 sigma | within 2 sigma |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for one in found.metrics:
        yield (
            f"| {one.metric} | {one.rank_correlation:.3f} | {one.median_error:.3g} | {100 * one.relative_error:.2g} % "
            f"| {one.within_one:.3f} "
            f"| {one.within_two:.3f} |"
        )
