"""The program as a person meets it: one process per case, judged by exit status, last line and files."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest

from genrf.core.parts import parts, read_rows
from tests.docs.pages import ROOT
from tests.processes import parents

pytestmark = pytest.mark.ngspice
SMALL = ["budget=400", "samples=40", "designs=1", "front=10"]


def genrf(*arguments, cwd, **environment):
    return subprocess.run(
        [sys.executable, "-m", "genrf", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_small_run_ends_well_and_says_where_its_files_are(tmp_path):
    done = genrf("spec=lna_2p4ghz", "sim=ngspice", *SMALL, "hydra.run.dir=run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert run["counts"]["designs"] == 400 and run["versions"]["simulator"].startswith("ngspice 3")
    assert run["corners"] == [] and {"ff_cold", "ss_hot"} < {*run["verified_at"]}  # searched nominally
    assert {"front.parquet", "report.html", ".hydra/config.yaml"} <= set(run["files"])
    assert "report.html" in done.stdout
    assert (tmp_path / "run" / "genrf.log").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["spec=lna_2p4gz"], "spec=lna_2p4gz: no such option; did you mean 'lna_2p4ghz'"),
        (["optimizer=nsga22"], "optimizer=nsga22: no such option; did you mean 'nsga2'"),
        (["bugdet=10"], "bugdet: no such key; did you mean 'budget'"),
        (["spec.goals.gain_db.mni=3"], "spec.goals.gain_db.mni: no such key; did you mean 'min'"),
        (["+spec.goals.gain_db.mni=3"], "goal 'gain_db': unknown key 'mni'; did you mean 'min'"),
        (["budget=lots"], "budget: Value 'lots' of type 'str' could not be converted to Integer"),
        (["budget=0"], "budget must be at least 1, got 0"),
        (["+spec.goals.gain_db.max=10"], "min must not exceed max, got min=15, max=10 (swapped?)"),
        (["spec.conditions.band=[2.5G, 2.4G]"], "(swapped?)"),
        (["+spec.goals.iip9_dbm={min: 0}"], "this problem has no metric 'iip9_dbm'"),
        (["spec.goals.power_w.max=10mm"], "goal 'power_w' max: '10mm' is not a quantity"),
        (["model.only=[lna_foo]"], "no lna called 'lna_foo'"),
        (["resume=nowhere"], "resume=nowhere: no run there"),
        (["budget"], "budget"),
    ],
)  # fmt: skip
def test_a_wrong_configuration_gets_one_clear_line_and_exit_status_2(arguments, message, tmp_path):
    done = genrf(*arguments, "hydra.run.dir=run", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("genrf: ") and message in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert not list(tmp_path.glob("run/evaluations/*"))


def test_full_error_brings_the_traceback_back(tmp_path):
    done = genrf("budget=0", "hydra.run.dir=run", cwd=tmp_path, HYDRA_FULL_ERROR="1")
    assert done.returncode != 0 and "Traceback" in done.stderr


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"NGSPICE_LIBRARY_PATH": "/nowhere/libngspice.so"}, "apt install libngspice0"),
        (
            {"GENRF_NGSPICE": "/nowhere/ngspice"},
            "GENRF_NGSPICE=/nowhere/ngspice is not a program; install it (apt install ngspice)",
        ),
    ],
)
def test_a_missing_simulator_is_found_before_any_work(environment, message, tmp_path):
    done = genrf(*SMALL, "hydra.run.dir=run", cwd=tmp_path, **environment)
    assert done.returncode == 2 and message in done.stderr
    assert not list(tmp_path.glob("run/evaluations/*"))


def test_a_folder_that_cannot_be_written_ends_with_1_and_its_path(tmp_path):
    done = genrf(*SMALL, "hydra.run.dir=/proc/genrf/run", cwd=tmp_path)
    assert done.returncode == 1 and "/proc/genrf" in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere; the test above stands in")
def test_a_read_only_folder_ends_with_1_and_its_path(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    done = genrf(*SMALL, "hydra.run.dir=locked/run", cwd=tmp_path)
    assert done.returncode == 1 and "locked" in done.stderr


def test_a_time_limit_that_no_design_keeps_is_a_status_not_an_end(tmp_path):
    done = genrf("budget=8", "samples=1", "designs=0", "time_limit=1e-4", "hydra.run.dir=run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = read_rows(parts(tmp_path / "run" / "evaluations"))
    assert {row.status for row in rows} >= {"timeout"}


def test_the_same_seed_gives_the_same_rows_whatever_the_workers(tmp_path):
    rows = []
    for workers in (0, 1, 2):
        folder = f"run{workers}"
        done = genrf(*SMALL, f"workers={workers}", f"hydra.run.dir={folder}", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        found = read_rows(parts(tmp_path / folder / "evaluations"))
        rows.append([(row.id, row.status, row.values, row.metrics) for row in found])
    assert rows[0] == rows[1] == rows[2]


def test_a_sweep_runs_each_job_in_its_own_folder(tmp_path):
    done = genrf("-m", "seed=1,2", *SMALL, "hydra.sweep.dir=sweep", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    runs = sorted(tmp_path.glob("sweep/*/run.json"))
    assert [json.loads(path.read_text())["seed"] for path in runs] == [1, 2]


def test_a_wrong_job_of_a_sweep_does_not_stop_the_others(tmp_path):
    done = genrf("-m", "budget=0,400", "samples=40", "designs=0", "hydra.sweep.dir=sweep", cwd=tmp_path)
    assert done.returncode == 2 and "budget must be at least 1, got 0" in done.stderr
    assert len(list(tmp_path.glob("sweep/*/run.json"))) == 1


def test_no_feasible_design_is_exit_status_3_when_one_is_required(tmp_path):
    done = genrf(*SMALL, "spec.goals.gain_db.min=90", "require_feasible=true", "hydra.run.dir=run", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    assert "no design meets the spec" in done.stderr and (tmp_path / "run" / "report.html").is_file()


def test_a_killed_run_leaves_whole_rows_and_goes_on_to_the_same_front(tmp_path):
    whole = genrf(*SMALL, "seed=5", "hydra.run.dir=whole", cwd=tmp_path)
    assert whole.returncode == 0, whole.stderr
    command = [sys.executable, "-m", "genrf", *SMALL, "seed=5", "hydra.run.dir=torn"]
    with subprocess.Popen(command, cwd=tmp_path, start_new_session=True, stderr=subprocess.DEVNULL) as process:
        wait_for(process, lambda: len(parts(tmp_path / "torn" / "evaluations")) >= 2)
        os.killpg(process.pid, signal.SIGKILL)
    before = read_rows(parts(tmp_path / "torn" / "evaluations"))
    assert before and not (tmp_path / "torn" / "run.json").exists()
    resumed = genrf("resume=torn", cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    fronts = [read_rows([tmp_path / folder / "front.parquet"]) for folder in ("whole", "torn")]
    assert [(r.id, r.values, r.metrics) for r in fronts[0]] == [(r.id, r.values, r.metrics) for r in fronts[1]]
    after = read_rows(parts(tmp_path / "torn" / "evaluations"))
    assert after[: len(before)] == before and len({row.id for row in after}) == len(after)


def test_the_simulator_process_may_be_killed_in_the_middle(tmp_path):
    command = [
        sys.executable,
        "-m",
        "genrf",
        "budget=1500",
        "samples=64",
        "front=20",
        "designs=0",
        "workers=2",
        "hydra.run.dir=run",
    ]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        wait_for(process, lambda: parts(tmp_path / "run" / "evaluations") and workers_of(process.pid))
        os.kill(workers_of(process.pid)[-1], signal.SIGKILL)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    rows = read_rows(parts(tmp_path / "run" / "evaluations"))
    assert sum(row.status == "crashed" for row in rows) <= 1
    assert json.loads((tmp_path / "run" / "run.json").read_text())["counts"]["designs"] == 1500


def wait_for(process, condition):
    """Return when `condition` holds; fail when the process ends before."""
    while not condition():
        try:
            process.wait(timeout=0.02)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail(f"the run ended with {process.returncode} before its time")


def workers_of(pid):
    """The processes that simulate for the run: children of the server that forks them, which is the run's child."""
    known = parents()
    return sorted(child for child, parent in known.items() if known.get(parent) == pid)


def test_the_shell_completes_options(tmp_path):
    """As a person's bash does it: what `-sc install=bash` prints is evaluated, then asked for a word."""
    program = tmp_path / "genrf"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m genrf "$@"\n')
    program.chmod(0o755)
    line = "genrf tech=sky"
    script = (
        f'PATH={tmp_path}:$PATH; eval "$(genrf -sc install=bash)"; COMP_LINE="{line}" COMP_POINT={len(line)} '
        'COMP_WORDS=(genrf tech=sky) COMP_CWORD=1; hydra_bash_completion; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == ["tech=sky130"], done.stderr


@pytest.mark.parametrize(
    ("shell", "asked"),
    [
        ("zsh", "compadd() { shift 3; print -- $@ }; compdef() { }; BUFFER='genrf tech=sky' CURSOR=14; {line}; _genrf"),
        ("fish", "{line}; complete -C 'genrf tech=sky'"),
    ],
)
def test_other_shells_complete_as_the_page_says(shell, asked, tmp_path):
    """Their own program runs the line of docs/running.md, and is asked for the same word."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not on PATH; apt install {shell}")
    program = tmp_path / "genrf"
    code = "import sys; from genrf.__main__ import main; sys.argv[0] = 'genrf'; sys.exit(main())"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{code}" "$@"\n')
    program.chmod(0o755)
    (line,) = re.findall(rf"^\| {shell} \| `(.*?)`", (ROOT / "docs" / "running.md").read_text(), re.MULTILINE)
    done = subprocess.run(
        [shell, "-f" if shell == "zsh" else "--no-config", "-c", asked.replace("{line}", line.replace("\\|", "|"))],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout.split() == ["tech=sky130"], done.stderr


def test_help_needs_neither_the_simulator_nor_torch(tmp_path):
    code = (
        "import sys; sys.argv = ['genrf', '--help']\n"
        "from genrf.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = ('torch', 'PySpice', 'pymoo', 'scipy', 'jinja2', 'skrf', 'pandas')\n"
        "print(sorted(name for name in heavy if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.strip().endswith("[]"), done.stdout[-300:]
    assert re.search(r"spec: .*lna_2p4ghz", done.stdout) and "optimizer: bayesian, halving, nsga2, nsga3" in done.stdout
