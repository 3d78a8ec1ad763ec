"""Executors in the place of the engine: what boards come to is known, or nothing may run."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

import pytest

from vle_analog.fleet.nonidealities import Scales
from vle_analog.fleet.sample import Outcome


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
