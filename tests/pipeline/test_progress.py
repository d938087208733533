"""What a person sees while a run is going on."""

import io
import sys
from types import SimpleNamespace

import pytest
from rich.console import Console

from genrf.pipeline import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_a_narrow_terminal_cuts_the_score_and_never_the_count(width, monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(progress, "Console", lambda stderr: Console(file=screen, force_terminal=True, width=width))
    best = "92/s, 1 feasible, best gain_db 15.3 dB, nf_db 1.33 dB, power_w 5.43 mW, iip3_dbm -7.25 dBm"
    with progress.watch(SimpleNamespace(objectives=()), 8000) as bar:
        bar.progress.update(bar.task, completed=512, description="optimize", score=best)
        drawn = Console(file=io.StringIO(), width=width)
        drawn.print(bar.progress.get_renderable())
    (line,) = drawn.file.getvalue().splitlines()
    assert line.startswith("optimize ") and " 512/8000 0:00:0" in line and " 92/s, 1" in line
