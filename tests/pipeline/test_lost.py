"""Nothing is lost: runs killed at any moment, a disk that is full, a folder that is removed."""

import os
import shutil
import subprocess
import sys
import tempfile

import pytest

from genrf.core.errors import GenrfError
from genrf.core.parts import parts, read_rows
from genrf.optimize.sobol import Random
from genrf.pipeline.run import design
from tests.analytic import FormulaProblem, Json
from tests.pipeline.test_stages import made


def kills(*arguments):
    """What the runs in a process of their own came to; it forks, which a process with threads had better not."""
    command = [sys.executable, "-m", "tests.pipeline.kills", *arguments]
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # hundreds of runs wait for a disk otherwise
    environment = {**os.environ, "TMPDIR": memory or tempfile.gettempdir(), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    return int(done.stdout)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_200_kills_at_random_moments_lose_no_row_and_change_no_result():
    assert kills("random", "200") >= 10


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_kill_at_any_operation_on_files_leaves_files_that_can_be_read_and_gone_on_with():
    # at the least: 10 parts, the front, the dies, the report, the manifest, each made and renamed, and two designs
    assert kills("every") >= 30


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 300 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", place], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no small disk to fill here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def filled(place, but):
    """Leave only `but` bytes free."""
    free = os.statvfs(place)
    (place / "ballast").write_bytes(b"0" * max(0, free.f_bavail * free.f_frsize - but))


class Large(Json):
    """An exporter whose files do not fit on a small disk."""

    def export(self, design, folder):
        path = folder / "large.bin"
        path.write_bytes(b"0" * 1_000_000)
        return [path]


def test_a_full_disk_ends_with_a_line_that_names_the_part_and_keeps_the_rows_before(small_disk):
    with pytest.raises(GenrfError, match=r"^cannot write .*part-\d+.parquet: No space left on device; the rows"):
        design(made(Random(20), samples=40, budget=4000), small_disk / "run")
    rows = read_rows(parts(small_disk / "run" / "evaluations"))
    assert len(rows) >= 40 and [row.id for row in rows] == [f"{i:06d}" for i in range(len(rows))]
    assert not list((small_disk / "run").rglob(".*.tmp"))  # which would keep the disk full


def test_a_disk_that_the_exports_fill_is_named(small_disk):
    large = made(samples=40, budget=80)
    large.exporters["json"] = Large()
    with pytest.raises(GenrfError, match=r"^cannot write .*run.*: No space left on device; the rows"):
        design(large, small_disk / "run")
    assert len(read_rows(parts(small_disk / "run" / "evaluations"))) >= 80


def test_a_disk_that_the_report_fills_is_named(small_disk):
    class Filling(Json):
        def check(self, paths, design):
            filled(small_disk, but=8192)
            return super().check(paths, design)

    run = made(samples=40, budget=80, designs=1)
    run.exporters["json"] = Filling()
    with pytest.raises(GenrfError, match=r"^cannot write .*run.*: No space left on device; the rows"):
        design(run, small_disk / "run")
    assert not (small_disk / "run" / "run.json").exists()


class Removing(FormulaProblem):
    """Removes the run's folder after so many designs; class attributes, since a problem knows no folder."""

    folder, left = None, 0

    def measure(self, values, corner=""):
        Removing.left -= 1
        if Removing.left == 0:
            shutil.rmtree(Removing.folder)
        return super().measure(values, corner)


# 64 designs of screening, 400 in all, then the front: which it is removed during
@pytest.mark.parametrize("after", [70, 300, 401])
def test_a_folder_that_is_removed_in_mid_run_ends_the_run_with_a_line(tmp_path, after):
    Removing.folder, Removing.left = tmp_path / "run", after
    with pytest.raises(GenrfError, match=r"run.* was removed while the run wrote to it, with what was measured; begin"):
        design(made(problem=Removing), tmp_path / "run")
    assert not (tmp_path / "run" / "run.json").exists()


def test_a_folder_that_is_removed_while_designs_are_written_out_ends_the_run_with_a_line(tmp_path):
    class Vanishing(Json):
        def check(self, paths, design):
            shutil.rmtree(tmp_path / "run")
            return []

    run = made(designs=1)
    run.exporters["json"] = Vanishing()
    with pytest.raises(GenrfError, match=r"run was removed while the run wrote to it"):
        design(run, tmp_path / "run")


def test_a_run_that_has_lost_its_rows_does_not_end_well(tmp_path):
    class Losing(Json):
        def check(self, paths, design):
            parts(tmp_path / "run" / "evaluations")[0].unlink()
            return []

    run = made(designs=1)
    run.exporters["json"] = Losing()
    with pytest.raises(GenrfError, match=r"evaluations was removed while the run wrote to it"):
        design(run, tmp_path / "run")


def genrf(folder):
    """A run of thousands of amplifiers, in a process of its own."""
    words = ["spec=lna_2p4ghz", "budget=8000", "workers=0", "cache=none", f"hydra.run.dir={folder}"]
    command = [sys.executable, "-m", "genrf", *words]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def ended(process):
    """Its exit status, and the last line that it said."""
    _, said = process.communicate(timeout=200)
    return process.returncode, said.splitlines()[-1]


@pytest.mark.ngspice
def test_the_program_says_which_disk_is_full_and_exits_with_1(small_disk):
    status, said = ended(genrf(small_disk / "run"))
    assert status == 1 and said.startswith(f"genrf: cannot write {small_disk}") and "No space left on device" in said
    assert "Traceback" not in said and read_rows(parts(small_disk / "run" / "evaluations"))


@pytest.mark.parametrize("sweep", [False, True])
def test_a_disk_that_is_full_from_the_start_is_named(sweep, small_disk):
    (small_disk / "run" / ".hydra").mkdir(parents=True)
    filled(small_disk, 0)
    words = ["-m", "seed=1,2", f"hydra.sweep.dir={small_disk}/run"] if sweep else [f"hydra.run.dir={small_disk}/run"]
    command = [sys.executable, "-m", "genrf", *words]
    status, said = ended(subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
    assert status == 1 and said == f"genrf: a file in {small_disk}/run: No space left on device"


@pytest.mark.ngspice
def test_the_program_says_that_its_folder_was_removed_and_exits_with_1(tmp_path):
    process = genrf(tmp_path / "run")
    while not parts(tmp_path / "run" / "evaluations"):
        assert process.poll() is None, process.stderr.read()
    shutil.rmtree(tmp_path / "run")
    status, said = ended(process)
    assert status == 1 and said.startswith("genrf: ") and "was removed while the run wrote to it" in said
