"""Executors in the place of the engine: what boards come to is known, or nothing may run; and batches of one size."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from vle_analog.fleet.nonidealities import Scales
from vle_analog.fleet.sample import Outcome
from vle_analog.lab.executor import Executor, Threads


class Knowing:
    """Answers batches of cases by a function of case and board.

    Args:
        answer: from a case and a board's number to the outcome.
        size: of batches; as a study likes them when None.
    """

    def __init__(self, answer: Callable[[Scales, int], Outcome], size: int | None = None) -> None:
        self.answer, self.size = answer, size
        #: cases and boards that were asked for, in order
        self.asked: list[tuple[Scales, int]] = []

    def batch(self, usual: int) -> int:
        """How many boards one job is of."""
        return self.size or usual

    def run(
        self, work: Any, shared: Any, jobs: Sequence[Any], tell: Callable[[Any, float], None]
    ) -> Generator[tuple[Any, Any], None, None]:
        """Outcomes of batches, job by job."""
        for job in jobs:
            self.asked += job
            yield job, [self.answer(case, board) for case, board in job]


class Refusing:
    """Fails the test if anything is to run."""

    def batch(self, usual: int) -> int:
        """How many boards one job would be of."""
        return usual

    def run(
        self, work: Any, shared: Any, jobs: Sequence[Any], tell: Callable[[Any, float], None]
    ) -> Generator[tuple[Any, Any], None, None]:
        """Nothing, of no jobs."""
        for job in jobs:
            pytest.fail(f"what was finished ran again: {job}")
            yield job, None


@dataclass(frozen=True)
class Batches(Threads):
    """Threads that share batches of one size.

    Attributes:
        size: boards of a batch.
        most: batches that are run; then comes an interruption. None for all.
        ran: batches so far.
    """

    size: int = 2
    most: int | None = None
    ran: list[Any] = field(default_factory=list)

    def batch(self, usual: int) -> int:
        """How many boards one job is of."""
        return self.size

    def run(
        self, work: Any, shared: Any, jobs: Sequence[Any], tell: Callable[[Any, float], None]
    ) -> Generator[tuple[Any, Any], None, None]:
        """As threads do."""
        for job in jobs:
            if self.most is not None and len(self.ran) >= self.most:
                raise KeyboardInterrupt
            self.ran.append(job)
            yield from super().run(work, shared, [job], tell)


class Portions:
    """A cluster whose jobs are of so many boards.

    Args:
        cluster: does them.
        size: boards of a job.
    """

    def __init__(self, cluster: Executor, size: int) -> None:
        self._cluster, self._size = cluster, size

    def batch(self, usual: int) -> int:
        """How many boards one job is of."""
        return self._size

    def run(
        self, work: Any, shared: Any, jobs: Sequence[Any], tell: Callable[[Any, float], None]
    ) -> Generator[tuple[Any, Any], None, None]:
        """As the cluster does."""
        return self._cluster.run(work, shared, jobs, tell)


def in_batches(executor: Executor, size: int) -> Executor:
    """An executor whose jobs are of so many boards."""
    return Batches(executor.number, size=size) if isinstance(executor, Threads) else Portions(executor, size)
