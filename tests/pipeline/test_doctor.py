"""`task=doctor` tells what is there, and returns only where the chosen run can work."""

import io
from functools import partial

import pytest
from rich.console import Console

from genrf.api import parts
from genrf.circuits import doctor as circuits
from genrf.core.errors import ToolNotFound
from genrf.core.findings import Finding
from genrf.pipeline.doctor import doctor


def told(tmp_path, *overrides, surveys=(), extras=None, width=120):
    console = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)
    try:
        doctor(parts(*overrides), tmp_path, surveys, extras or {}, console)
    except ToolNotFound as error:
        return console.file.getvalue(), error
    return console.file.getvalue(), None


@pytest.mark.ngspice
def test_a_run_that_can_work_is_told_so_with_its_structures(tmp_path):
    text, error = told(tmp_path, surveys=[circuits.findings])
    assert error is None
    assert "the chosen run can work: lna_2p4ghz on generic130, lna_cascode" in text
    assert "yes   libngspice" in text and "yes   .sp " in text and "yes   BSIM4, VBIC" in text


@pytest.mark.ngspice
def test_a_process_that_is_not_there_ends_it_with_the_way_to_get_it(tmp_path, monkeypatch):
    monkeypatch.delenv("PDK_ROOT", raising=False)
    text, error = told(tmp_path, "tech=sky130", surveys=[circuits.findings])
    assert "the chosen run cannot work:" in text and "no    tech=sky130" in text
    assert "set PDK_ROOT" in str(error) and error.exit_status == 2


def test_a_missing_simulator_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("GENRF_SPECTRE", raising=False)
    _, error = told(tmp_path, "sim=spectre")
    assert "spectre is not on PATH" in str(error)


@pytest.mark.ngspice
def test_osdi_and_klu_are_found_by_ngspices_own_lists(monkeypatch):
    """ngspice takes `pre_osdi` without a word where it has none; a build that has it lists the command."""
    library = circuits._libngspice.library()
    heard = {
        "help all": ["osdi file : load", "ac : do"],
        "version -f": ["** Compiled with KLU"],
        "devhelp": ["BSIM4 VBIC"],
    }
    asked = []
    monkeypatch.setattr(library, "command", asked.append)
    monkeypatch.setattr(library, "said", lambda: heard[asked[-1]])
    monkeypatch.setattr(circuits, "_has_sp", lambda: True)
    found = {finding.name: finding.found for finding in circuits._features()}
    assert found["OSDI"] and found["KLU"] and not found["XSPICE"]
    heard |= {"help all": ["ac : do"], "version -f": [""]}
    found = {finding.name: finding.found for finding in circuits._features()}
    assert not found["OSDI"] and not found["KLU"]


@pytest.mark.ngspice
@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_the_terminal_and_shows_brackets(tmp_path, width):
    survey = partial(list, [Finding("g", "x", False, "why", "pip install genrf[x]")])
    text, _ = told(tmp_path, surveys=[survey], extras={"no-such-package": "nothing"}, width=width)
    assert max(map(len, text.splitlines())) <= width or "the chosen run" in max(text.splitlines(), key=len)
    assert "pip install genrf[x]" in text and "pip install no-such-package" in text
