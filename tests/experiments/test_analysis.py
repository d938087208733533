"""The notebook executes over a sweep, and what it calls gives what is known in closed form."""

import platform
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest

from experiments.analysis import __main__ as analysis
from experiments.analysis.sweep import correlation, each, even, feasible, measured, sensitivity, shown

ROOT = Path(__file__).parents[2]
ABSOLUTE = re.compile(r"(?<![\w:/.<+=-])/\w[\w.-]*/\w")  # a path; no address, end of a tag, type or picture in letters


def test_sensitivity_of_a_plane_over_independent_variables():
    rng = np.random.default_rng(1)
    x = rng.permuted(np.tile(np.arange(2000.0), (3, 1)), axis=1)
    designs = pd.DataFrame({"x.a": x[0], "x.b": x[1], "x.c": x[2], "x.fixed": 1.0})
    designs["m.rank"] = np.exp(-x[0] / 500)  # falls with a, whatever its shape: -1 and 0
    designs["m.noise"] = rng.random(2000)
    found = sensitivity(designs, ["m.rank", "m.noise"])
    assert list(found) == ["x.a", "x.b", "x.c", "r2"]
    assert found.loc["m.rank"].to_numpy() == pytest.approx([-1, 0, 0, 1], abs=1e-9)
    assert np.abs(found.loc["m.noise"].to_numpy()).max() < 4 / np.sqrt(2000)  # four standard errors


def test_correlation_of_what_rises_and_falls_together():
    t = np.linspace(0, 1, 50)
    found = correlation(pd.DataFrame({"m.a": t, "m.b": t**3, "m.c": -t}), ["m.a", "m.b", "m.c"])
    assert found.to_numpy() == pytest.approx(np.array([[1, 1, -1], [1, 1, -1], [-1, -1, 1]]))


def test_the_share_of_feasible_designs_is_counted_by_structure():
    designs = pd.DataFrame({"structure": ["a", "a", "b", "a"], "feasible": [True, False, True, False]})
    assert feasible(designs)["share"].to_dict() == pytest.approx({"a": 1 / 3, "b": 1.0})


def test_each_structure_has_its_own_variables_and_every_metric_that_it_has():
    rng = np.random.default_rng(2)
    one, other, third = rng.permuted(np.tile(np.arange(400.0), (3, 1)), axis=1)
    a = pd.DataFrame({"structure": "a", "x.w": one, "x.l": other, "m.gain": one, "m.mu": -other, "m.fixed": 1.0})
    b = pd.DataFrame({"structure": "b", "x.r": third, "m.gain": -third, "m.gain@ss": third})
    designs = pd.concat([a, b], ignore_index=True)
    assert measured(designs) == ["m.gain", "m.mu"]
    found = each(sensitivity, designs)
    assert list(found) == ["a", "b"] and list(found["b"].index) == ["m.gain"]
    assert found["b"].loc["m.gain", "x.r"] == pytest.approx(-1) and list(found["b"]) == ["x.r", "r2"]
    assert found["a"].loc["m.mu", "x.l"] == pytest.approx(-1) and found["a"].loc["m.gain", "x.w"] == pytest.approx(1)
    axes = shown({name: table.T for name, table in found.items()}).axes
    assert [axis.get_title(loc="left") for axis in axes] == ["a", "b"]
    assert [label.get_text() for label in axes[0].get_xticklabels()] == ["gain", "mu"]
    assert [label.get_text() for label in axes[0].get_yticklabels()] == ["w", "l", "r2"]
    plt.close("all")


def test_only_evenly_sampled_designs_that_could_be_measured_are_taken_and_each_once():
    designs = pd.DataFrame(
        {
            "structure": ["a", "a", "a", "b", "a"],
            "stage": ["simulate", "optimize", "simulate", "simulate", "simulate"],
            "status": ["ok", "ok", "crashed", "ok", "ok"],
            "x.w": [1.0, 2.0, 3.0, 1.0, 1.0],
        }
    )
    assert list(even(designs).index) == [0, 3]


@pytest.mark.slow
@pytest.mark.ngspice
def test_the_notebook_executes_over_a_sweep_from_the_command_line(tmp_path, monkeypatch):
    small = ["seed=1,2", "budget=400", "samples=50", "designs=1", "front=5", "dies=5", "sensitivity=0", "workers=1"]
    command = [sys.executable, "-m", "genrf", "-m", *small, f"hydra.sweep.dir={tmp_path}"]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    done = analysis.execute(tmp_path)
    drawn = [cell for cell in done.cells if cell.cell_type == "code" and cell.outputs]
    assert len(drawn) >= 6
    told = "".join(str(output.data.get("text/plain", "")) for cell in drawn for output in cell.outputs)
    assert told.count("with 4 Axes>") == 2, "sensitivity and correlation have a panel for each structure"


def test_the_notebook_is_kept_executed_and_names_no_machine():
    notebook = nbformat.read(analysis.NOTEBOOK, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    text = analysis.NOTEBOOK.read_text()
    assert not ABSOLUTE.findall(text)
    assert f'"{platform.node()}"' not in text
