"""What the terminal says: verdict, margins, files; colours only on a terminal that wants them."""

import io
import os
import pty
import subprocess
import sys
from dataclasses import replace

import pytest
from rich.console import Console

from genrf.core.problem import Check, Measurement
from genrf.core.spec import DesignSpec
from genrf.pipeline.run import design
from genrf.pipeline.summary import show
from tests.analytic import FormulaProblem
from tests.pipeline.test_stages import Hopeless, made

SHOW = """
import sys, tempfile, pathlib
sys.path.insert(0, {root!r})
from genrf.pipeline.run import design
from genrf.pipeline.summary import show
from tests.analytic import FormulaProblem
from tests.pipeline.test_stages import made
if __name__ == "__main__":
    show(design(made(), pathlib.Path(tempfile.mkdtemp())))
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    return design(made(), tmp_path_factory.mktemp("run"))


def said(outcome, width):
    out = io.StringIO()
    show(outcome, Console(file=out, force_terminal=True, color_system=None, highlight=False, width=width))
    return out.getvalue()


def test_the_margins_are_those_of_the_hardest_corner(outcome):
    """`c` may be 0 at the most: the room is how far below it lies at its worst."""
    first = outcome.designs[0]
    worst = max(value for name, value in first.metrics.items() if name.split("@")[0] == "c")
    assert f"{first.rank}_{first.id} meets the spec" in said(outcome, 120)
    assert f"least margins: c +{-worst:.3g}" in said(outcome, 120)


def test_it_says_where_the_files_are(outcome):
    text = said(outcome, 400)
    first = outcome.designs[0]
    assert str(outcome.folder / "report.html") in text
    assert str(outcome.folder / "designs" / f"{first.rank}_{first.id}") in text


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_a_narrow_terminal_loses_designs_not_digits(outcome, width):
    """Each value of the recommended design stands there whole, whatever the width."""
    table = said(outcome, width).split(outcome.verdict[:20])[0]
    assert all(len(line.rstrip()) <= width for line in table.splitlines())
    first = outcome.designs[0]
    for name in ("f1", "f2", "c"):
        assert f"{first.metrics[name]:.4g}" in table.replace("\n", " ").split()


def test_without_a_design_it_says_what_the_nearest_one_misses(tmp_path):
    missed = design(made(problem=Hopeless), tmp_path)
    text = " ".join(said(missed, 200).split())
    assert "no design meets the spec" in text and "the nearest design" in text and "misses by c -" in text


def test_where_no_design_has_a_value_it_says_the_most_frequent_reason(tmp_path):
    never = DesignSpec("own", {"fom": {"objective": "maximize"}}, formulas={"fom": "ln(0*f1)"})
    text = " ".join(said(design(made(spec=never, budget=60, samples=20), tmp_path), 200).split())
    reason = "invalid, formula 'fom' has no value: math domain error (60 of 60 designs)"
    assert f"no design could be measured: {reason} {tmp_path}/report.html" in text


class Unmeasurable(FormulaProblem):
    """Of three designs in four the operating point is not found, with a log as long as a simulator's."""

    def measure(self, values, corner=""):
        if values["x1"] < 0.25:
            return Measurement("invalid", message="no current flows")
        return Measurement("no_convergence", message=f"op: [no] way {'x' * 50 + ' '}\n{'trace ' * 50}")


def test_of_several_reasons_it_says_the_first_line_of_the_most_frequent(tmp_path):
    failed = design(made(problem=Unmeasurable, budget=64, samples=64), tmp_path)
    count = sum(row.values["x1"] >= 0.25 for row in failed.results)
    (line,) = (line for line in said(failed, 200).splitlines() if "could be measured" in line)
    expected = f"no_convergence, op: [no] way {'x' * 50} ({count} of 64 designs)"
    assert line.rstrip() == f"no design could be measured: {expected}" and 32 < count < 64


def on_a_terminal(tmp_path, root, **environment):
    """What a process of its own writes to a terminal of its own."""
    script = tmp_path / "show.py"
    script.write_text(SHOW.format(root=str(root)))
    ours, theirs = pty.openpty()
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "CI")}
    given = {**plain, "TERM": "xterm-256color", "COLUMNS": "120", **environment}
    with subprocess.Popen([sys.executable, str(script)], stdin=theirs, stdout=theirs, stderr=theirs, env=given):
        os.close(theirs)
        text = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            text += piece
    os.close(ours)
    assert b"report.html" in text, text
    return text


def test_colours_are_for_terminals_that_want_them(tmp_path, request):
    root = request.config.rootpath
    green, none = b"\x1b[32m", [b"\x1b[3", b"\x1b[9"]
    assert green in on_a_terminal(tmp_path, root)
    uncoloured = on_a_terminal(tmp_path, root, NO_COLOR="1")
    assert not any(code + digit in uncoloured for code in none for digit in (b"1", b"2", b"3", b"4", b"5", b"6", b"7"))
    done = subprocess.run([sys.executable, str(tmp_path / "show.py")], capture_output=True, check=True)
    assert b"\x1b" not in done.stdout


class Cornered(FormulaProblem):
    """Keeps its limit nominally alone."""

    corners = ("hot",)

    def measure(self, values, corner=""):
        found = super().measure(values)
        return replace(found, metrics={**found.metrics, "c": 0.1}) if corner else found


@pytest.mark.parametrize(
    ("problem", "colour"), [(FormulaProblem, "\x1b[32m"), (Cornered, "\x1b[33m"), (Hopeless, "\x1b[31m")]
)
def test_a_verdict_is_green_only_where_every_corner_is_kept(tmp_path, problem, colour):
    outcome, out = design(made(problem=problem), tmp_path), io.StringIO()
    show(outcome, Console(file=out, force_terminal=True, color_system="standard", highlight=False, width=200))
    assert f"{colour}{outcome.verdict}" in out.getvalue()


def test_no_verdict_is_green_where_a_file_failed_its_check(tmp_path):
    outcome, out = design(made(), tmp_path), io.StringIO()
    outcome.checks.append(Check("deck", False))
    show(outcome, Console(file=out, force_terminal=True, color_system="standard", highlight=False, width=200))
    assert (
        f"\x1b[33m{outcome.verdict}" in out.getvalue() and "1 exported file failed its check: deck" in outcome.verdict
    )


class Doubted(FormulaProblem):
    def verify(self, values):
        measured = self.measure(values)
        return replace(measured, metrics={**measured.metrics, "c": 0.1})


def test_a_design_that_only_verification_refuses_misses_nothing(tmp_path):
    text = " ".join(said(design(made(problem=Doubted), tmp_path), 200).split())
    assert "keeps every limit as the search measures it, but not as the stricter verification does" in text
