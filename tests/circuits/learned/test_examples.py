"""Data sets read back."""

import numpy as np
import pytest

from genrf.circuits.learned.examples import centred, metrics_of, normals_of, read_examples, uncentred
from genrf.circuits.learned.metrics import Wanted
from genrf.core.errors import ConfigError
from tests.circuits.learned.low_pass import SPEC, TOPOLOGY, ohm_decades, write


def read(*folders):
    return read_examples(folders, "low_pass", "paper")


def test_points_and_metrics_are_those_that_were_written(tmp_path):
    (one,) = read(write(tmp_path, 100))
    u = np.random.default_rng(0).random((100, 2))
    measured = [i for i in range(100) if i % 50 != 49]
    assert one.points == pytest.approx(u[measured])
    assert one.structure.space == TOPOLOGY.space and one.structure.record == TOPOLOGY.record()
    missing = np.isnan(one.metrics["ohm_decades"])
    assert missing.sum() == 10
    assert one.metrics["ohm_decades"][~missing] == pytest.approx(ohm_decades(u[measured])[~missing])


def test_a_missing_metric_stays_missing_on_its_scale(tmp_path):
    (one,) = read(write(tmp_path, 100))
    normals = normals_of(one, Wanted.of(SPEC, metrics_of([one])))
    assert np.isnan(normals).sum(axis=0).tolist() == [0, 10]
    assert np.nanstd(normals, axis=0) == pytest.approx(np.ones(2), abs=0.1)


def test_centred_values_have_unit_variance_and_come_back():
    u = np.random.default_rng(0).random((20000, 2))
    assert centred(u).std() == pytest.approx(1.0, abs=0.02)
    assert uncentred(centred(u)) == pytest.approx(u)
    assert uncentred(np.array([[-9.0, 9.0]])).tolist() == [[0.0, 1.0]]


def test_several_folders_are_one_data_set(tmp_path):
    folders = write(tmp_path / "a", 100), write(tmp_path / "b", 50, seed=1)
    assert len(read(*folders)[0]) == 98 + 49


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"structure": ["ladder"] * 100}, "does not say what ladder is"),
        ({"status": ["crashed"] * 100}, "not one design there could be measured"),
        ({"tech": ["sky130"] * 100}, "designs measured with tech=sky130, not paper; choose tech=sky130"),
        ({"spec": ["other"] * 100}, "designs measured with spec=other, not low_pass"),
    ],
)
def test_data_of_something_else_are_refused(tmp_path, changed, message):
    with pytest.raises(ConfigError, match=message):
        read(write(tmp_path, 100, **changed))


def test_what_is_no_data_set_is_named(tmp_path):
    with pytest.raises(ConfigError, match="no data set there .it has no structures.parquet.; task=dataset makes one"):
        read(tmp_path)
    write(tmp_path, 10)
    (tmp_path / "structures.parquet").write_bytes(b"PAR1, or not")
    with pytest.raises(ConfigError, match="structures.parquet is no table of structures"):
        read(tmp_path)


def test_a_folder_without_designs_is_named(tmp_path):
    write(tmp_path, 10)
    (tmp_path / "dataset" / "part-00000.parquet").unlink()
    with pytest.raises(ConfigError, match="no designs there .neither dataset/ nor evaluations/ holds parts."):
        read(tmp_path)
