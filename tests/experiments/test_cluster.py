"""The study of growing clusters, small."""

import importlib.util
import json

import pytest

from experiments.cluster import modes

SEEN = {"at": [0.0, 1.0, 2.0, 3.0], "workers": [1, 2, 2, 1], "batches": [(0.0, 2.0)]}


def test_a_line_says_what_was_held_and_what_of_it_was_at_work(monkeypatch):
    """Workers over time, by trapezoids: 1.5 + 2 + 1.5; two designs of a second are two fifths of that."""
    monkeypatch.setattr(modes, "BATCH", 2)
    monkeypatch.setattr(modes, "BATCHES", 1)
    assert modes.row("balanced", SEEN) == ("balanced", "2", "2", "5", "40%")


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("distributed"), reason="distributed is not installed")
def test_a_mode_is_watched_and_the_table_is_written_when_all_are_there(tmp_path, monkeypatch):
    small = {"OUTPUT": tmp_path, "HERE": tmp_path, "BATCH": 8, "BATCHES": 2, "WAIT": 0.01, "PAUSE": 0.0, "EVERY": 0.01}
    for name, value in small.items():
        monkeypatch.setattr(modes, name, value)
    modes.main(["aggressive"])
    assert not (tmp_path / "modes.md").exists()
    seen = json.loads((tmp_path / "mode_aggressive.json").read_text())
    assert len(seen["batches"]) == 2 and min(seen["workers"]) >= 1
    for mode in modes.COLOURS:
        (tmp_path / f"mode_{mode}.json").write_text(json.dumps(seen))
    monkeypatch.setattr(modes, "watched", lambda mode: seen)
    modes.main([])
    assert len((tmp_path / "modes.md").read_text().splitlines()) == 2 + 4
    assert (tmp_path / "modes.svg").is_file()
