"""Stages one after another: noise and intercept of the whole from those of the stages, and the way back.

All gains are available power gains between matched stages, all powers those available at the input.
Sources: Friis, Noise figures of radio receivers, Proc. IRE 32 (1944) 419, equation 10; the cascaded intercept point:
Razavi, RF Microelectronics, 2nd ed., section 2.2.4, all products taken in phase where one stage gives most of them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from genrf.core.errors import ConfigError

LINEAR = math.inf  # dBm, the intercept point of a stage of passive parts


@dataclass(frozen=True)
class Stage:
    """One stage of a cascade. A passive one has the noise figure of its loss and no intercept point.

    `share` is its weight where noise and distortion are shared out; 0 for a passive stage. `ohms` is the resistance
    that its output is loaded with. A mixer's noise figure is single-sideband, from a source that is noisy in both; as
    strong as `image_db` over the signal's is what comes to it from the image, of the source and of all stages before.
    """

    name: str
    gain_db: float
    share: float = 0.0
    ohms: float = 50.0
    image_db: float = -math.inf
    nf_db: float = math.nan
    iip3_dbm: float = LINEAR

    @property
    def passive(self) -> bool:
        """Whether it only loses."""
        return self.share == 0.0

    @property
    def image(self) -> float:
        """How many times as strong as the signal's noise that of signal and image together comes in, at least one."""
        return 1.0 + ratio(self.image_db)

    @property
    def quiet(self) -> float:
        """The noise factor if the stage were without noise: two of a mixer that has an image."""
        return 1.0 if math.isinf(self.image_db) else 2.0


@dataclass(frozen=True)
class Level:
    """What a cascade has come to behind a stage."""

    gain_db: float
    nf_db: float
    iip3_dbm: float


def levels(stages: Sequence[Stage]) -> list[Level]:
    """Gain, noise figure by Friis (with the image's noise behind a mixer) and intercept point behind each stage."""
    found, gain, factor, distortion = [], 1.0, 1.0, 0.0
    for stage in stages:
        factor = stage.image * factor + (ratio(stage.nf_db) - stage.quiet) / gain
        distortion += gain / ratio(stage.iip3_dbm)
        gain *= ratio(stage.gain_db)
        found.append(Level(db(gain), db(factor), -db(distortion) if distortion else LINEAR))
    return found


def parts(stages: Sequence[Stage]) -> list[float]:
    """Each stage's part of F - 1 of the whole; the rest is the source's own in the image."""
    before = accumulate((ratio(stage.gain_db) for stage in stages), lambda a, b: a * b, initial=1.0)
    return [
        image * (ratio(stage.nf_db) - stage.quiet) / gain
        for stage, gain, image in zip(stages, before, _images(stages), strict=False)
    ]


def _images(stages: Sequence[Stage]) -> list[float]:
    """How much stronger each stage's noise is at the end, for the image that mixers behind it bring in."""
    behind = list(accumulate((stage.image for stage in reversed(stages)), lambda a, b: a * b, initial=1.0))
    return behind[-2::-1]


def allotted(stages: Sequence[Stage], nf_db: float, iip3_dbm: float, owner: str) -> list[Stage]:
    """The stages with the noise figure and the intercept point that each may have for the whole to have these.

    With the gains before it, stage i adds n_i = (F_i - 1) / G to the noise factor and d_i = G / IIP3_i to the
    reciprocal of the intercept. A stage of a dynamic range IIP3_i / (F_i - 1) takes a power c_i / (n_i d_i), whatever
    the gains; the least power in all is where n_i and d_i are as the cube roots of c_i. c_i are the stages' shares.
    Source: Baltus and Dekker, Optimizing RF front ends for low power, Proc. IEEE 88 (2000) 1546. Before a mixer with an
    image each n_i counts as often as the image does, and so does c_i.

    Raises ConfigError when losses and image alone are noisier, or no stage is active.
    """
    before = [ratio(gain) for gain in accumulate((stage.gain_db for stage in stages), initial=0.0)]
    images = _images(stages)
    lossy = [
        replace(stage, nf_db=-stage.gain_db) if stage.passive else replace(stage, nf_db=db(stage.quiet))
        for stage in stages
    ]
    roots = [(stage.share * image) ** (1.0 / 3.0) for stage, image in zip(stages, images, strict=True)]
    least = ratio(levels(lossy)[-1].nf_db)
    if not sum(roots):
        raise ConfigError(f"{owner}: no stage has a share of noise and distortion; give the active ones `share: 1`")
    if ratio(nf_db) <= least:
        raise ConfigError(f"{owner}: losses and image alone have a noise figure of {db(least):.2f} dB, of {nf_db:g} dB")

    def active(place: int) -> Stage:
        stage, gain, part = stages[place], before[place], roots[place] / sum(roots)
        noise = part * (ratio(nf_db) - least) * gain / images[place]
        return replace(stage, nf_db=db(stage.quiet + noise), iip3_dbm=iip3_dbm + db(gain / part))

    return [stage if stage.passive else active(place) for place, stage in enumerate(lossy)]


def ratio(decibel: float) -> float:
    """The ratio of powers that so many dB are."""
    return math.inf if decibel == LINEAR else float(10.0 ** (decibel / 10.0))


def db(power_ratio: float) -> float:
    """So many dB a ratio of powers is."""
    return 10.0 * math.log10(power_ratio)
