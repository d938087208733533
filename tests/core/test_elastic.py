"""The modes of adaptive scaling as Dask is asked for them, and the size that ends a budget in time."""

import itertools

import pytest

from genrf.core.elastic import MODES, Forecast


def test_the_modes_are_what_dask_is_asked_for():
    asked = {name: mode.arguments(2, 50) for name, mode in MODES.items()}
    # idle seconds over seconds between looks: 20 / 10, 60 / 2, 300 / 0.5
    assert {name: one["wait_count"] for name, one in asked.items()} == {
        "conservative": 2, "balanced": 30, "aggressive": 600,
    }  # fmt: skip
    assert [one["interval"] for one in asked.values()] == ["10000ms", "2000ms", "500ms"]
    assert [one["target_duration"] for one in asked.values()] == ["60000ms", "10000ms", "1000ms"]
    assert all(one["minimum"] == 2 and one["maximum"] == 50 for one in asked.values())


def test_dask_takes_those_arguments():
    deploy = pytest.importorskip("distributed.deploy.adaptive")
    import inspect

    known = inspect.signature(deploy.Adaptive.__init__).parameters
    assert all(set(mode.arguments(1, 2)) <= set(known) for mode in MODES.values())


def test_the_modes_stand_in_the_order_of_their_names():
    for slower, faster in itertools.pairwise(MODES.values()):
        assert slower.interval > faster.interval and slower.work > faster.work and slower.idle < faster.idle


def test_as_many_workers_as_the_work_needs_in_the_time_that_is_left():
    # 1000 designs of 0.6 s are 600 worker-seconds: 10 workers for 60 s, 20 for 30 s
    forecast = Forecast(finish=60.0, start=0.0, minimum=1, maximum=100)
    assert forecast.workers(0.6, 1000, 0.0, now=1) == 10
    assert forecast.workers(0.6, 1000, 30.0, now=1) == 20
    assert forecast.workers(0.6, 1000, 61.0, now=1) == 100  # late: all of them
    assert forecast.workers(1e9, 3, 0.0, now=1) == 3  # no more than there are designs
    assert forecast.workers(0.6, 0, 0.0, now=10) == 1


def test_the_size_stays_when_all_goes_as_foreseen():
    forecast = Forecast(finish=60.0, start=5.0, minimum=1, maximum=100)
    left, now = 1000, 10
    for elapsed in (6.0, 30.0, 54.0):  # n workers do n t / s designs in t
        assert forecast.workers(0.6, left - round(now * elapsed / 0.6), elapsed, now) == now


@pytest.mark.parametrize(("work", "grows"), [(79.0, False), (81.0, True)])
def test_it_grows_only_where_the_new_ones_begin_before_the_old_ones_end(work, grows):
    # 4 workers that need 20 s to be joined do 80 worker-seconds by themselves until then
    wanted = Forecast(finish=10.0, start=20.0, minimum=1, maximum=100).workers(1.0, int(work), 0.0, now=4)
    assert wanted == (9 if grows else 4)  # 81 / 10 s


def test_growth_where_the_rule_allows_it_ends_sooner():
    for work, now, start, more in itertools.product((10.0, 50.0, 300.0), (1, 4), (2.0, 20.0), (5, 40)):
        alone, joined = work / now, start + (work - now * start) / more
        assert (joined < alone) == (work > now * start)
