"""Designs made on the way to others: measured where the run's are, with the same answers."""

import numpy as np
import pytest

from genrf.core.cache import NoCache
from genrf.core.cluster import Dask
from genrf.core.spec import DesignSpec
from genrf.optimize.nsga2 import NSGA2
from genrf.pipeline.preliminary import Preliminary
from tests.analytic import Formula, FormulaProblem
from tests.local_cluster import LOCAL

SPEC = DesignSpec("c2dtlz2", {"f1": {"objective": "minimize"}, "f2": {"objective": "minimize"}, "c": {"max": 0}})


def searched(workers, cluster):
    designer = Preliminary(NSGA2(16), NoCache(), workers, cluster, 30.0, None)
    return designer([FormulaProblem(Formula(), SPEC)], 16, 48, np.random.default_rng(0))


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, "dask"])
def test_the_answers_do_not_depend_on_where_they_are_measured(workers):
    pytest.importorskip("distributed")
    here, there = searched(0, None), searched(workers, Dask(**LOCAL))
    assert len(here) == 48
    assert [row.metrics for row in there] == [row.metrics for row in here]
