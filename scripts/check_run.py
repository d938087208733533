"""Check the files of a finished run: `python scripts/check_run.py <run folder>`; exit status 1 names what is wrong."""

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq


def faults(run: Path) -> Iterator[str]:
    """What is wrong with the run folder, one sentence each."""
    manifest = json.loads((run / "run.json").read_text())
    for name, checksum in manifest["files"].items():
        path = run / name
        if not path.is_file():
            yield f"{name} is listed and not there"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != checksum:
            yield f"{name} is not the file that was listed"
    if manifest["counts"]["front"] < 1:
        yield "the front is empty"
    yield from (f"check failed: {c['name']}: {c['detail']}" for c in manifest["checks"] if not c["passed"])
    if not manifest["checks"]:
        yield "no exported file was checked"
    for path in [run / "front.parquet", *sorted(run.glob("evaluations/*.parquet"))]:
        yield from _unlabelled(path)
    page = (run / "report.html").read_text()
    if re.search(r"<(script|link|img|iframe)[^>]+(src|href)=[\"']?https?:", page):
        yield "report.html loads something from the network"


def _unlabelled(path: Path) -> Iterator[str]:
    for field in pq.read_schema(path):
        if field.name.startswith("m.") and not (field.metadata or {}).get(b"description"):
            yield f"{path.name}: column {field.name} has no description"


if __name__ == "__main__":
    wrong = list(faults(Path(sys.argv[1])))
    print("\n".join(wrong) or f"{sys.argv[1]}: all files are whole and checked")
    sys.exit(bool(wrong))
