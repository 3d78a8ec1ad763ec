"""Draws of boards made together are those of each board alone, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from vle_analog.production.draws import draw, lognormal

SEEDS = (*range(0, 120), 999, 1000, 10**12, -3)
#: texts that fill a block of the hash, need another for their length, or take several; and one that is not ASCII
NAMES = ("", "Ru__1", "X" * 49, "X" * 52, "X" * 53, "X" * 54, "X" * 200, "Rµ.R1")


@pytest.mark.parametrize("name", NAMES)
def test_numbers_of_many_seeds_are_those_of_each(name: str) -> None:
    together = draw(SEEDS, name)
    assert together.tolist() == [draw(seed, name) for seed in SEEDS]
    assert lognormal(0.05, together).tolist() == [lognormal(0.05, number) for number in together.tolist()]


def test_numbers_are_standard_normal() -> None:
    numbers = draw(tuple(range(40_000)), "part")
    count = len(numbers)
    assert abs(numbers.mean()) < 4 / np.sqrt(count) and abs(numbers.var() - 1) < 4 * np.sqrt(2 / count)
    assert np.mean(np.abs(numbers) > 2) == pytest.approx(0.0455, abs=4 * np.sqrt(0.0455 / count))
