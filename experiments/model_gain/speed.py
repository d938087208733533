"""How long 64 designs of one topology take with their ranks, by what evaluates the network: wall and processor time."""

import time

import numpy as np

from experiments.model_gain.ways import at_hand
from genrf.api import parts
from genrf.circuits.generate.catalog import Catalog
from genrf.circuits.learned.checkpoint import load
from genrf.circuits.learned.proposals import Guidance, log_chance, propose
from genrf.circuits.learned.runtime import Runtime, runtime
from genrf.circuits.learned.structures import Described, Graph
from genrf.circuits.learned.threads import one_thread

_DRAWN, _ROUNDS = 64, 24


def main() -> None:
    """Measure all in turn, so that neighbours disturb each alike; the first round is not counted."""
    trained, spec = load(at_hand("generic130")), parts("spec=lna_2p4ghz", "model=library").spec
    found = Catalog(["lna_cascode"]).generate(spec, 1, np.random.default_rng(0))
    graph, limits = Graph.of(Described.of(found[0]), trained.meaning.known), trained.meaning.wanted.limits(spec)

    def once(own: Runtime) -> tuple[float, float]:
        wall, busy = time.perf_counter(), time.process_time()
        with one_thread():
            points = propose(trained, graph, limits, _DRAWN, np.random.default_rng(0), Guidance(), own)
            log_chance(trained, graph, points, limits)
        return time.perf_counter() - wall, time.process_time() - busy

    own = {kind: runtime(kind, trained.denoiser) for kind in ("torch", "onnx", "onnx_int8")}
    spent = np.array([[once(one) for one in own.values()] for _ in range(_ROUNDS)])[1:]
    for kind, (wall, busy) in zip(own, spent.transpose(1, 2, 0), strict=True):
        print(f"{kind:10s} best {wall.min():.2f} s, median {np.median(wall):.2f} s; processor {np.median(busy):.2f} s")


if __name__ == "__main__":
    main()
