"""A Dask cluster of two processes on this machine, as the arguments of `Dask`."""

LOCAL = {
    "scheduler": None, "kind": "distributed.LocalCluster", "mode": None, "minimum": 1, "maximum": 2, "finish": 60.0,
    "start": 1.0, "lot": 5,
    "options": {"threads_per_worker": 1, "processes": True, "dashboard_address": "127.0.0.1:0", "memory_limit": 0},
}  # fmt: skip
