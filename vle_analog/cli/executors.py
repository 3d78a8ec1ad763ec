"""Who computes, as the options say: threads of this machine, or a cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from vle_analog.errors import UsageError
from vle_analog.fields import at_least
from vle_analog.lab.executor import Executor, Threads


@contextmanager
def executor_of(address: str | None, jobs: int | None) -> Iterator[Executor]:
    """Who runs the boards: so many threads, one per core when None; or a cluster, where one is asked for.

    Raises:
        UsageError: less than one thread; Dask is missing, threads were asked for as well, or this is no address.
        ClusterError: there is no such cluster, or it would come to other results.
    """
    at_least(1, jobs=jobs)
    if address is None:
        yield Threads(jobs)
        return
    if jobs is not None:
        raise UsageError("`jobs` is for this process, and `cluster` takes all workers", hint="leave one of them out")
    try:
        from vle_analog.lab.cluster import connected
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("dask", "distributed"):
            raise
        hint = "install it: pip install 'vle-analog[cluster]'"
        raise UsageError("`cluster` needs Dask distributed, which is not installed", hint=hint) from None
    with connected(address, len(os.sched_getaffinity(0))) as cluster:
        yield cluster
