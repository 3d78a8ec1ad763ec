"""Many jobs in several processes: kept as they finish, counted as they go, ended together."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from vle_analog.errors import SimulationError

Job = TypeVar("Job")
Result = TypeVar("Result")
#: told what is done of how much
Progress = Callable[[float, float], None]
#: does one job, and calls the second argument at every step of it
Work = Callable[[Job, Callable[[], None]], Result]

_GRACE = 5.0  # seconds that a process has for leaving when it is told to, or when its parent is gone


class Count:
    """Steps done, of all jobs; a job that ends early has done all of its."""

    def __init__(self, total: int, done: int, per_job: int, progress: Progress | None) -> None:
        self.total, self.whole, self.part, self.per_job, self.progress = total, done, 0, per_job, progress
        self._say()

    def step(self) -> None:
        """One more step."""
        self.part += 1
        self._say()

    def job(self) -> None:
        """One more whole job, whose steps were counted or not."""
        self.whole += self.per_job
        self.part = max(0, self.part - self.per_job)
        self._say()

    def _say(self) -> None:
        if self.progress is not None:
            self.progress(float(min(self.whole + self.part, self.total)), float(self.total))


def run_jobs(
    work: Work[Job, Result],
    jobs: Mapping[str, Job],
    processes: int | None,
    keep: Callable[[str, Result], None],
    count: Count,
) -> None:
    """Do all jobs; each result is kept as it comes.

    Args:
        work: a function of a module, or a `partial` of one: other processes find it by its name.
        jobs: by key.
        processes: one per core when None; with one, all stays in this process.
        keep: told key and result.
        count: of steps.

    Raises:
        SimulationError: a process was killed from outside; what was finished is kept.
    """
    processes = min(processes or len(os.sched_getaffinity(0)), len(jobs))
    if processes > 1:
        _side_by_side(work, jobs, processes, keep, count)
        return
    for key, job in jobs.items():
        keep(key, work(job, count.step))
        count.job()


def _side_by_side(
    work: Work[Job, Result], jobs: Mapping[str, Job], processes: int, keep: Callable[[str, Result], None], count: Count
) -> None:
    context = multiprocessing.get_context("spawn")  # a fork would copy this process' threads' locks
    steps = context.SimpleQueue()
    with _pool(ProcessPoolExecutor(processes, context, _begin, (steps,))) as pool:
        waiting = {pool.submit(_do, work, job): key for key, job in jobs.items()}
        finished: queue.SimpleQueue[Future[Result]] = queue.SimpleQueue()
        for future in waiting:
            future.add_done_callback(finished.put)
        left = len(waiting)
        while left:
            try:
                future = finished.get(timeout=0.2)
            except queue.Empty:
                pass
            else:
                try:
                    keep(waiting[future], future.result())
                except BrokenProcessPool:
                    raise SimulationError(
                        "a process of this study was killed",
                        hint="runs that were finished are kept: start it again, with fewer `jobs` if memory was short",
                    ) from None
                count.job()
                left -= 1
            while not steps.empty():
                steps.get()
                count.step()


@contextmanager
def _pool(executor: ProcessPoolExecutor) -> Iterator[ProcessPoolExecutor]:
    """The executor; whatever ends the block early ends its processes too."""
    try:
        yield executor
    except BaseException:
        processes, end = list((executor._processes or {}).values()), time.monotonic() + _GRACE
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(max(0.0, end - time.monotonic()))
            if process.is_alive():
                process.kill()
        executor.shutdown(wait=True, cancel_futures=True)
        raise
    executor.shutdown()


_steps: Any = None


def _begin(steps: Any) -> None:
    """Prepare a new process: tell it where to count, and leave it to the parent to answer Ctrl-C."""
    global _steps
    _steps = steps
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)  # by an exception, which ends a simulator that runs below, too
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that was killed tells nobody."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_GRACE)
        os._exit(1)


def _leave(number: int, frame: object) -> None:
    sys.exit(128 + number)


def _do(work: Work[Job, Result], job: Job) -> Result:
    try:
        return work(job, partial(_steps.put, None))
    except SystemExit:  # which the pool would take for an answer, and begin the next job
        os._exit(1)
