"""`pip install .` followed by `genrf spec=lna_2p4ghz` in an empty folder."""

import os
import subprocess
import sys
import zipfile

import pytest

pytestmark = [pytest.mark.ngspice, pytest.mark.slow]


def pip(*arguments, cwd):
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True)


def test_the_installed_package_brings_its_configuration_along(tmp_path, pytestconfig):
    pip("wheel", ".", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, cwd=pytestconfig.rootpath)
    (wheel,) = tmp_path.glob("genrf-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"genrf/conf/config.yaml", "genrf/circuits/processes/generic130.lib", "genrf/py.typed"} <= names
    rtl = {f"genrf/accel/export/templates/{name}" for name in ("controller.sv", "accelerator.sv.j2")}
    assert rtl | {"genrf/accel/export/bench/Makefile", "genrf/accel/export/bench/test_accelerator.py"} <= names
    assert not [name for name in names if name.startswith(("tests/", "experiments/", "conf/"))]
    pip("install", wheel, "--no-deps", "--target", tmp_path / "site", cwd=tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    done = subprocess.run(
        [tmp_path / "site" / "bin" / "genrf", "spec=lna_2p4ghz", "budget=300", "samples=40", "designs=1"],
        cwd=empty,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(list(empty.glob("outputs/lna_2p4ghz/*/run.json"))) == 1
    where = subprocess.run(
        [sys.executable, "-c", "import genrf; print(genrf.__file__)"],
        cwd=empty,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(tmp_path / "site"))
