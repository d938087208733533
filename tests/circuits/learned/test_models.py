"""`make models`, each of its commands in earnest but for how much they measure and train."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
from genrf.circuits.learned import checkpoint, cycle_checkpoint

REPOSITORY = Path(__file__).parents[3]
SHIPPED = Path("genrf/circuits/learned/shipped")
# what is said last on a command line counts
LITTLE = """#!/bin/bash
case " $* " in
*" task=dataset "*" model=library "*) little="budget=80 task.rounds=1" ;;
*" task=dataset "*) little="count=24 budget=120 task.rounds=1" ;;
*) little="task.training.steps=2 task.training.batch=8" ;;
esac
echo "$*" >> commands
exec {python} "$@" $little workers=0
"""


@pytest.mark.slow
@pytest.mark.ngspice
def test_make_models_makes_every_model_that_needs_no_pdk_and_says_which_it_left_out(tmp_path):
    for name, text in (("models.sh", (REPOSITORY / "scripts/models.sh").read_text()), ("python", LITTLE)):
        path = tmp_path / {"models.sh": "scripts/models.sh", "python": ".venv/bin/python"}[name]
        path.parent.mkdir(parents=True)
        path.write_text(text.replace("{python}", shlex.quote(sys.executable)))
        path.chmod(0o755)
    own = {**os.environ, "PDK_ROOT": str(tmp_path / "nowhere"), "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(["scripts/models.sh"], cwd=tmp_path, env=own, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    assert f"no PDK in {tmp_path / 'nowhere'}, so diffusion_sky130 stays as it is" in done.stderr
    made = {path.name for path in (tmp_path / SHIPPED).iterdir()}
    here = {path.name for path in (REPOSITORY / SHIPPED).iterdir()}
    assert made == {name for name in here if "sky130" not in name} and len(made) == 4
    checkpoint.load(tmp_path / SHIPPED / "diffusion_generic130.safetensors")
    cycle_checkpoint.load(tmp_path / SHIPPED / "cyclegan_generic130.safetensors")
    card = (tmp_path / SHIPPED / "diffusion_generic130.md").read_text()
    assert "from `library`, `grammar`" in card and "seed 1" in card
    assert "task.training.steps=4000" in (tmp_path / "commands").read_text()
