"""`python -m experiments.cluster.modes`: how many workers each mode of a growing cluster has, second by second.

Three batches of designs that wait a second each, with a pause behind each batch, as of a search that thinks; the
cluster has one to eight workers. Writes `modes.md` and `modes.svg` beside itself; what was seen stays in
`outputs/cluster`.
"""

import json
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from experiments.cluster.nothing import Nothing
from experiments.fronts import BLUE, GREEN, GREY, RED, save, style, table
from genrf.api import parts
from genrf.core.elastic import MODES, PREDICTIVE
from genrf.core.workers import Task

HERE = Path(__file__).parent
OUTPUT = Path("outputs/cluster")
BATCH, BATCHES, WAIT, PAUSE = 100, 3, 1.0, 25.0
LEAST, MOST = 1, 8
FINISH = 120.0  # seconds that `predictive` is given for all of it, pauses included
EVERY = 0.5  # seconds between two looks at the cluster
COLOURS = dict(zip((*MODES, PREDICTIVE), (GREY, BLUE, RED, GREEN), strict=True))

Seen = Mapping[str, Any]  # `at` and `workers` of each look, `batches`: begin and end of each


@contextmanager
def looking(pool: Any, begin: float) -> Iterator[tuple[list[float], list[int]]]:
    """The seconds since `begin` and the workers of the cluster, look by look, until the block ends."""
    at, workers, done = list[float](), list[int](), threading.Event()

    def look() -> None:
        while not done.wait(EVERY):
            workers.append(len(pool._client.nthreads()))
            at.append(time.monotonic() - begin)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield at, workers
    finally:
        done.set()
        thread.join()


def watched(mode: str) -> Seen:
    """One run of the batches."""
    cluster = replace(
        parts("cache=none").cluster, mode=mode, minimum=LEAST, maximum=MOST, finish=FINISH, start=3.0, lot=1
    )
    tasks = [Task(0, {"x": float(x)}) for x in np.random.default_rng(1).random(BATCH)]
    batches = []
    with cluster.pool([Nothing(wait=WAIT)], 10.0, 2e9, budget=BATCH * BATCHES) as pool:
        begin = time.monotonic()
        with looking(pool, begin) as (at, workers):
            for _ in range(BATCHES):
                started = time.monotonic() - begin
                pool.evaluate(tasks)
                batches.append((started, time.monotonic() - begin))
                time.sleep(PAUSE)
    return {"at": at, "workers": workers, "batches": batches}


def figure(seen: Mapping[str, Seen]) -> plt.Figure:
    """A panel a mode: workers over time, the batches shaded."""
    style()
    drawn, axes = plt.subplots(len(seen), 1, figsize=(7.6, 1.3 * len(seen)), layout="constrained", sharex=True)
    for axis, (mode, own) in zip(axes, seen.items(), strict=True):
        for first, last in own["batches"]:
            axis.axvspan(first, last, color="#eef1f4")
        axis.step(own["at"], own["workers"], where="post", color=COLOURS[mode])
        axis.set(ylim=(0, MOST + 1), ylabel="workers")
        axis.set_title(mode, loc="left")
    axes[-1].set_xlabel("seconds; shaded while designs are measured")
    return drawn


def row(mode: str, own: Seen) -> tuple[str, ...]:
    """Seconds of each batch, the most workers, the worker-seconds that were held and the share of them at work."""
    seconds = [last - first for first, last in own["batches"]]
    held = float(np.trapezoid(own["workers"], own["at"]))
    used = BATCH * BATCHES * WAIT
    each = ", ".join(f"{one:.0f}" for one in seconds)
    return mode, each, str(max(own["workers"])), f"{held:.0f}", f"{used / held:.0%}"


def main(wanted: Sequence[str]) -> None:
    """Each of the modes that a word names, all without any; the table is written once all are there."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    kept = {mode: OUTPUT / f"mode_{mode}.json" for mode in COLOURS}
    for mode in wanted or kept:
        kept[mode].write_text(json.dumps(watched(mode)))
        print(*row(mode, json.loads(kept[mode].read_text())), flush=True)
    if not all(path.is_file() for path in kept.values()):
        return
    seen = {mode: json.loads(path.read_text()) for mode, path in kept.items()}
    heads = ("cluster.mode", "seconds of each batch", "most workers", "worker-seconds held", "of these at work")
    (HERE / "modes.md").write_text(table(heads, [row(mode, own) for mode, own in seen.items()]))
    save(figure(seen), HERE / "modes.svg")


if __name__ == "__main__":
    main(sys.argv[1:])
