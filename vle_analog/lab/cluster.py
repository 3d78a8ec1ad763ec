"""A Dask cluster as the executor of a study's jobs: one of this machine's processes, or any scheduler's workers.

What jobs share travels to the workers, results come back, and only this process writes: machines need no common disk.
A worker that dies gives its jobs to others (Dask does that); one that would compute other bits is refused.
"""

from __future__ import annotations

import logging
import pickle
import queue
import time
import uuid
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from typing import Any

from distributed import Client, Future, KilledWorker, LocalCluster, get_worker

from vle_analog.engine.program import BLOCK
from vle_analog.errors import ClusterError, UsageError, VleAnalogError
from vle_analog.lab.executor import Job, Result, Shared, Work
from vle_analog.lab.identity import SAME, TOOL, demand_alike, identity

#: an address that asks for a cluster of this machine, perhaps with a number of workers: ``local``, ``local:4``
LOCAL = "local"
#: seconds that a scheduler has for its answer, and a cluster for a first worker or a new one
CONNECT, PATIENCE = 10.0, 60.0
#: seconds between two looks at a cluster that finishes nothing, and between two words of a worker about its job
_LOOK, _WORD = 1.0, 0.5
#: seconds for a result's way here before a look at the cluster is due
_FETCH = 10.0


@contextmanager
def connected(address: str, cores: int) -> Iterator[Cluster]:
    """A cluster while it is needed; one of this machine ends with it.

    Args:
        address: of a scheduler, ``tcp://host:8786`` or whatever Dask understands; ``local`` for a cluster of one
            process per core of this machine, ``local:N`` for N processes.
        cores: of this machine.

    Raises:
        UsageError: not an address.
        ClusterError: nobody answers, there are no workers, or one would come to other results.
    """
    with ExitStack() as stack:
        name, _, number = address.partition(":")
        quiet = stack.enter_context(_silence())
        if name == LOCAL:
            if number and not (number.isdecimal() and int(number) > 0):
                raise UsageError(f"`cluster` '{address}': '{number}' is no number of processes", hint="e.g. local:4")
            cluster = LocalCluster(
                n_workers=int(number or cores),
                threads_per_worker=1,
                dashboard_address="127.0.0.1:0",
                memory_limit=0,
                silence_logs=quiet,
            )
            client = stack.enter_context(Client(stack.enter_context(cluster), set_as_default=False))
        else:
            client = stack.enter_context(_client(address))
        found = Cluster(client, address)
        found.check()
        yield found


@contextmanager
def _silence() -> Iterator[int]:
    """What Dask logs of lost workers and the like is no error here; the level that silences it."""
    level = logging.CRITICAL + 1
    loggers = [logging.getLogger(name) for name in ("distributed", "tornado", "asyncio")]
    before = [logger.level for logger in loggers]
    for each in loggers:
        each.setLevel(level)
    try:
        yield level
    finally:
        for each, earlier in zip(loggers, before, strict=True):
            each.setLevel(earlier)


def _client(address: str) -> Client:
    try:
        return Client(address, timeout=CONNECT, set_as_default=False)
    except (OSError, TimeoutError) as error:
        what = f"no scheduler answers at {address} within {CONNECT:g} s"
        raise ClusterError(what, hint="is it running (dask scheduler), and the address right?") from error
    except (ValueError, TypeError, ImportError) as error:
        raise UsageError(
            f"`cluster` '{address}' is no scheduler's address: {error}", hint="e.g. tcp://host:8786, or local"
        ) from error


class Cluster:
    """Workers of a Dask cluster, as an `Executor`.

    Args:
        client: of it.
        address: as users know it.
    """

    def __init__(self, client: Client, address: str) -> None:
        self._client, self._address = client, address
        self._alone: float | None = None  # since when it has no workers
        self._start = f"start one with: dask worker {address}"

    def check(self) -> None:
        """Refuse a cluster without workers, or with one that would come to other results.

        Raises:
            ClusterError: says which, and why.
        """
        end = time.monotonic() + PATIENCE
        while not self._workers():
            if time.monotonic() > end:
                raise ClusterError(f"the cluster at {self._address} has no workers", hint=self._start)
            time.sleep(0.1)
        for worker, found in self._client.run(identity, on_error="return").items():
            if isinstance(found, OSError):
                continue  # it left meanwhile
            if isinstance(found, Exception):
                raise ClusterError(f"worker {worker} has no {TOOL}, or another version ({found})", hint=SAME)
            demand_alike(f"worker {worker}", found, identity())

    def _workers(self) -> int:
        """How many there are.

        Raises:
            ClusterError: the scheduler is gone.
        """
        try:
            return len(self._client.scheduler_info()["workers"])
        except (OSError, TimeoutError, RuntimeError, ValueError) as error:
            raise self._lost() from error

    def _lost(self) -> ClusterError:
        return ClusterError(
            f"the scheduler at {self._address} is gone",
            hint="what was finished is kept: start the study again when it is back",
        )

    def batch(self, usual: int) -> int:
        """A few blocks: a thread of a worker does one job."""
        return 2 * BLOCK

    def run(
        self, work: Work[Shared, Job, Result], shared: Shared, jobs: Sequence[Job], tell: Callable[[Job, float], None]
    ) -> Generator[tuple[Job, Result], None, None]:
        """As `Executor` says, in the order in which they finish.

        Raises:
            ClusterError: the scheduler was lost, there are no workers any more, or a job ended several of them.
        """
        news: queue.SimpleQueue[tuple[str, float] | Future[Any]] = queue.SimpleQueue()
        topic = f"{TOOL}-{uuid.uuid4().hex}"
        named = {f"{topic}-{place}": job for place, job in enumerate(jobs)}
        parcel = zlib.compress(pickle.dumps(shared), 1)
        self._client.subscribe_topic(topic, lambda event: news.put(event[1]))
        waiting: dict[str, Future[Any]] = {}
        try:
            for key, job in named.items():
                task = pickle.dumps((work, job))
                waiting[key] = self._client.submit(_do, identity(), parcel, task, topic, key=key, pure=False)
                waiting[key].add_done_callback(news.put)
            while waiting:
                new = self._next(news)
                if isinstance(new, Future):
                    found = self._result(new)
                    waiting.pop(str(new.key)).release()
                    yield named[str(new.key)], found
                elif new[0] in waiting:
                    tell(named[new[0]], new[1])
        finally:
            with suppress(Exception):  # a scheduler that is gone has nothing to cancel
                self._client.unsubscribe_topic(topic)
                self._client.cancel([*waiting.values()], force=True)

    def _next(self, news: queue.SimpleQueue[tuple[str, float] | Future[Any]]) -> tuple[str, float] | Future[Any]:
        """What happens next.

        Raises:
            ClusterError: nothing will.
        """
        while True:
            with suppress(queue.Empty):
                return news.get(timeout=_LOOK)
            self._watch()

    def _result(self, future: Future[Any]) -> Any:
        """What a job came to; waits for it once more where it was lost with its worker before it came here.

        Raises:
            ClusterError: nothing, for reasons of the cluster's.
        """
        while not future.cancelled():
            try:
                return future.result(timeout=_FETCH)
            except TimeoutError:
                self._watch()
            except CancelledError:
                break
            except VleAnalogError:
                raise
            except KilledWorker as error:
                raise ClusterError(
                    f"workers ended, one after another, at the same job; the last was {error.last_worker.address}",
                    hint="what was finished is kept; was memory short?",
                ) from error
            except Exception:
                self.check()  # of workers that came later, one may have another version, or none
                raise
        raise self._lost()

    def _watch(self) -> None:
        """Have patience with a cluster that finishes nothing, but not for ever with one that has no workers.

        Raises:
            ClusterError: it has none, and got none.
        """
        if self._workers():
            self._alone = None
        elif self._alone is None:
            self._alone = time.monotonic()
        elif time.monotonic() - self._alone > PATIENCE:
            raise ClusterError(
                f"the cluster at {self._address} has no workers any more",
                hint=f"what was finished is kept; {self._start}, and the study again",
            )


class _Abandoned(Exception):
    """Nobody waits for this job any more."""


def _do(expected: Mapping[str, str], shared: bytes, task: bytes, topic: str) -> Any:
    """Result of one job on a worker, unless nobody wants it any more."""
    worker = get_worker()
    demand_alike(f"worker {worker.address}", identity(), expected)
    work, job = pickle.loads(task)
    key, spoke = worker.get_current_task(), time.monotonic()

    def tell(fraction: float) -> None:
        nonlocal spoke
        state = worker.state.tasks.get(key)
        if state is None or state.state == "cancelled":
            raise _Abandoned
        if (now := time.monotonic()) - spoke > _WORD:
            spoke = now
            worker.log_event(topic, (key, fraction))

    return work(_opened(shared), job, 1, tell)


@lru_cache(maxsize=2)
def _opened(parcel: bytes) -> Any:
    """What jobs share, once for all of them."""
    return pickle.loads(zlib.decompress(parcel))
