"""What must hold of a run folder at every moment, and what a whole run says."""

import json
import sqlite3
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq

from genrf.core.parts import parts, read_rows


def readable(folder: Path) -> list[str]:
    """The ids of all rows, after every file that is there was found whole; fails where one is not."""
    for path in folder.rglob("*"):
        if any(name.startswith(".") for name in path.relative_to(folder).parts):
            continue  # not yet whole, and not yet there for anybody
        if path.suffix == ".parquet":
            pq.read_table(path)
        elif path.suffix == ".json":
            json.loads(path.read_text())
        elif path.suffix == ".html":
            assert path.read_text().rstrip().endswith("</html>"), path
    cache = _cache(folder)
    if cache.exists():
        with sqlite3.connect(cache) as connection:
            assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
    rows = read_rows(parts(folder / "evaluations"))
    globbed = read_rows(sorted((folder / "evaluations").glob("*.parquet")))
    assert set(map(str, globbed)) == set(map(str, rows)), "a row is lost to who reads all files"  # or twice, and alike
    ids = [row.id for row in rows]
    assert ids == [f"{number:06d}" for number in range(len(ids))], "a row is lost or doubled"
    return ids


def came_to(folder: Path) -> dict[str, object]:
    """All that a whole run says, without seconds and what came from the cache."""
    manifest = json.loads((folder / "run.json").read_text())
    for name, checksum in manifest["files"].items():
        assert sha256((folder / name).read_bytes()).hexdigest() == checksum, name
    assert not list(folder.rglob(".*.tmp")), "half a file is left"
    assert [path.name for path in (folder / "evaluations").iterdir()] == ["part-00000.parquet"], "parts are not joined"
    with sqlite3.connect(_cache(folder)) as connection:
        stored = sorted(connection.execute("select key, value from measurements").fetchall())
    dies = folder / "dies.parquet"
    rows = {
        name: [replace(row, seconds=0.0) for row in read_rows(paths)]
        for name, paths in {"all": parts(folder / "evaluations"), "front": [folder / "front.parquet"]}.items()
    }
    return {
        **{name: manifest[name] for name in ("counts", "verdict", "yield", "checks")},
        **rows,
        "dies": pq.read_table(dies).to_pylist() if dies.exists() else [],
        "designs": {str(path.relative_to(folder)): path.read_text() for path in folder.glob("designs/*/*")},
        "cache": [(key, json.loads(value)[:-1]) for key, value in stored],  # the seconds are the last
        "names": sorted(manifest["files"]),
    }


def _cache(folder: Path) -> Path:
    """The cache of a run has a folder beside that of the run."""
    return folder.parent / "cache" / "measurements.sqlite"
