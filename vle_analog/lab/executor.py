"""Who does a study's jobs: threads of this process, one job after another, or a cluster's workers (`cluster`)."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Hashable, Sequence, Sized
from dataclasses import dataclass
from typing import Protocol, TypeVar

from vle_analog.engine.program import BLOCK

Shared = TypeVar("Shared")
Job = TypeVar("Job", bound=Hashable)
Result = TypeVar("Result")
#: told the fraction of a job that is done
Tell = Callable[[float], None]
#: does one job: given what all jobs share, the job, how many threads it may use, and whom to tell. A function of a
#: module, and what it is given and returns can be pickled: other processes do it, too.
Work = Callable[[Shared, Job, int, Tell], Result]


class Executor(Protocol):
    """Does jobs that do not depend on one another; a job's result does not depend on who did it."""

    def batch(self, usual: int) -> int:
        """How many boards one job had best be of, where ``usual`` would do."""

    def run(
        self, work: Work[Shared, Job, Result], shared: Shared, jobs: Sequence[Job], tell: Callable[[Job, float], None]
    ) -> Generator[tuple[Job, Result], None, None]:
        """Do jobs, each handed over as soon as it is finished; those that are not are given up if this is closed.

        Args:
            work: does one.
            shared: given to all.
            jobs: each once.
            tell: told a job and the fraction of it that is done.

        Raises:
            VleAnalogError: the first job's that failed.
        """


@dataclass(frozen=True)
class Threads:
    """Threads of this process, which share one job at a time.

    Attributes:
        number: of them; all cores' when None.
    """

    number: int | None = None

    @property
    def _count(self) -> int:
        return self.number or len(os.sched_getaffinity(0))

    def batch(self, usual: int) -> int:
        """Boards of a batch: at least one block for each thread."""
        return max(usual, BLOCK * self._count)

    def run(
        self, work: Work[Shared, Job, Result], shared: Shared, jobs: Sequence[Job], tell: Callable[[Job, float], None]
    ) -> Generator[tuple[Job, Result], None, None]:
        """As `Executor` says, in the jobs' order."""
        for job in jobs:

            def went(fraction: float, job: Job = job) -> None:
                tell(job, fraction)

            yield job, work(shared, job, self._count, went)


class Tally:
    """How far a study is whose jobs are sequences of different length.

    Args:
        total: length of all jobs.
        done: of it, what was there before.
        tell: told the fraction of the total that is done.
    """

    def __init__(self, total: int, done: int, tell: Tell) -> None:
        self._total, self._done, self._tell = max(1, total), float(done), tell
        self._running: dict[Sized, float] = {}

    def went(self, job: Sized, fraction: float) -> None:
        """So much of a job is done."""
        self._running[job] = fraction * len(job)
        self._tell((self._done + sum(self._running.values())) / self._total)

    def finished(self, job: Sized) -> None:
        """A job's results are kept."""
        self._running.pop(job, None)
        self._done += len(job)
        self._tell((self._done + sum(self._running.values())) / self._total)
