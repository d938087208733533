"""What a person sees while a run is going on."""

import io
import sys
from types import SimpleNamespace

import pytest
from rich.console import Console

from genrf.core.problem import Measurement
from genrf.pipeline import progress
from tests.analytic import Formula, FormulaProblem
from tests.pipeline.test_stages import SPEC


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


def test_a_terminal_says_at_once_what_a_long_choice_took_and_of_a_short_one_nothing(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(progress, "Console", lambda stderr: Console(file=screen, force_terminal=True, width=140))
    with progress.watch(SPEC, 300) as bar:
        shown = []
        for seconds in (0.01, 12.0, 0.01):
            bar.thought(seconds)
            drawn = Console(file=io.StringIO(), width=140)
            drawn.print(bar.progress.get_renderable())
            shown.append(drawn.file.getvalue())
        assert "to choose" not in shown[0] and ", 0 feasible, 12 s to choose a batch" in shown[1]
        assert "to choose" not in str(bar.score)  # the last one was short


def test_elsewhere_the_next_line_says_what_a_long_choice_took(monkeypatch, caplog):
    caplog.set_level("INFO", "genrf")
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setattr(progress, "_EVERY", -1.0)  # each design is worth a line
    problem, measured = FormulaProblem(Formula(), SPEC), Measurement("ok", {"f1": 0.5, "f2": 0.25, "c": -1.0})
    with progress.watch(SPEC, 300) as lines:
        lines.saw("simulate", problem, measured)
        lines.thought(12.0)
        lines.saw("optimize", problem, measured)
    first, second = caplog.text.splitlines()
    assert "simulate: 1/300 designs, " in first and first.endswith("1 feasible, best f1 0.5, f2 0.25")
    assert "optimize: 2/300 designs, " in second and second.endswith(", 12 s to choose a batch")
