"""Check the files of a finished run: `python scripts/check_run.py <run folder>`; exit status 1 names what is wrong."""

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

_CODE = re.compile(r"(<script\b[^>]*>).*?</script>", re.DOTALL | re.IGNORECASE)  # inlined code loads nothing
_ADDRESS = r"\s*[\"']?\s*((?:https?:)?//[^\s\"'>)]+)"
_LOADED = re.compile(
    rf"(?:<(?!a\b)[a-z]+\b[^>]*\s(?:xlink:)?(?:src|srcset|href|data|poster)\s*=|\burl\(|@import\b){_ADDRESS}",
    re.IGNORECASE,
)


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
    yield from (f"check failed: {c['name']}: {c['detail']}" for c in manifest["checks"] if c["passed"] is False)
    if all(check["passed"] is None for check in manifest["checks"]):
        yield "no exported file was checked"
    parts = sorted(run.glob("evaluations/*.parquet"))
    if not parts:
        yield "evaluations/ holds no part"
    for path in [run / "front.parquet", *parts]:
        yield from _unlabelled(path)
    yield from (f"report.html loads {address}" for address in _LOADED.findall(_CODE.sub(r"\1", _page(run))))


def _page(run: Path) -> str:
    return (run / "report.html").read_text(encoding="utf-8")


def _unlabelled(path: Path) -> Iterator[str]:
    table = pq.read_table(path)
    if not table.num_rows:
        yield f"{path.name} has no row"
    for field in table.schema:
        metadata = field.metadata or {}
        if field.name.startswith("m.") and (b"unit" not in metadata or not metadata.get(b"description")):
            yield f"{path.name}: column {field.name} lacks its unit or description"


if __name__ == "__main__":
    wrong = list(faults(Path(sys.argv[1])))
    print("\n".join(wrong) or f"{sys.argv[1]}: all files are whole and checked")
    sys.exit(bool(wrong))
