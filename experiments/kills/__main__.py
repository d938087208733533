"""`python -m experiments.kills [200]`: the amplifier's run, killed with all its processes at so many random moments.

Each kill is a SIGKILL to the whole process group; the run is gone on with by `resume=` until it ends, then the next one
begins. After each kill every file must be whole and no row lost or doubled; at its end each run must say what the
uninterrupted one says. Writes `table.md` beside itself.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments.fronts import table
from experiments.kills.whole import came_to, readable

HERE = Path(__file__).parent
# So few designs and dies that the search pays for a look at each: of more, a clock says which are in the cache.
RUN = (
    "spec=lna_2p4ghz", "model.only=[lna_cascode,lna_shunt_feedback]", "workers=2", "budget=1500", "samples=64",
    "front=20", "designs=2", "dies=5",
)  # fmt: skip


def started(folder: Path, words: Sequence[str] = RUN) -> subprocess.Popen[str]:
    """A run that begins or is gone on with, in a process group of its own and beside its own cache."""
    begun = (folder / ".hydra" / "overrides.yaml").is_file()
    asked = [f"resume={folder}"] if begun else [*words, f"hydra.run.dir={folder}"]
    environment = {**os.environ, "GENRF_CACHE": str(folder.parent / "cache")}
    command = [sys.executable, "-m", "genrf", *asked]
    return subprocess.Popen(
        command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def run(folder: Path, seconds: float | None = None) -> bool:
    """Begin or go on with a run; whether it was killed after `seconds`. Raises RuntimeError where it failed."""
    with started(folder) as process:
        try:
            _, said = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return True
    if process.returncode:
        raise RuntimeError(f"{folder}: {said}")
    return False


def main() -> None:
    """Kill, look, go on."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    rng, kills, ended, before = np.random.default_rng(1), 0, 0, list[str]()
    with tempfile.TemporaryDirectory() as place:
        begin = time.monotonic()
        run(Path(place) / "whole" / "run")
        seconds, wanted = time.monotonic() - begin, came_to(Path(place) / "whole" / "run")
        while kills < count or before:
            folder = Path(place) / f"torn{ended}" / "run"
            struck = run(folder, rng.uniform(0.0, seconds) if kills < count else None)
            ids = readable(folder)
            if ids[: len(before)] != before:
                raise RuntimeError(f"{folder}: rows are lost")
            kills, before = kills + struck, ids
            if not struck:
                differing = [name for name, value in wanted.items() if came_to(folder)[name] != value]
                if differing:
                    raise RuntimeError(f"{folder}: another end than without kills: {', '.join(differing)}")
                ended, before = ended + 1, []
                print(f"{kills} kills, {ended} runs came to the same end", flush=True)
    rows = [(str(kills), str(ended), str(len(wanted["all"])), str(len(wanted["front"])))]  # type: ignore[arg-type]
    (HERE / "table.md").write_text(table(("kills", "runs that came to the same end", "rows of each", "front"), rows))


if __name__ == "__main__":
    main()
