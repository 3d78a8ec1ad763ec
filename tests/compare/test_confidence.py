"""Yields and how sure they are; figures by hand and of the literature."""

from __future__ import annotations

import numpy as np
import pytest

from vle_analog.compare.confidence import enough, independent, wilson


@pytest.mark.parametrize(
    ("good", "number", "interval"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
        (20, 20, (0.8389, 1.0)),
        (0, 0, (0.0, 1.0)),
    ],
)
def test_wilson_intervals_of_the_literature(good: int, number: int, interval: tuple[float, float]) -> None:
    assert wilson(good, number) == pytest.approx(interval, abs=5e-5)


def test_the_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    counts = rng.binomial(60, 0.8, 4000)
    covered = np.mean([low <= 0.8 <= high for low, high in (wilson(int(each), 60) for each in counts)])
    assert 0.93 < covered < 0.97


def test_where_a_study_stops_depends_on_the_boards_alone() -> None:
    rng = np.random.default_rng(1)
    good = (rng.random(4000) < 0.9).tolist()
    number = enough(good, 0.05)
    assert number is not None and number % 16 == 0
    assert np.subtract(*wilson(sum(good[:number]), number)[::-1]) <= 0.05
    assert np.subtract(*wilson(sum(good[: number - 16]), number - 16)[::-1]) > 0.05
    assert enough(good[:number], 0.05) == number and enough(good[: number - 1], 0.05) is None
    assert enough([], 0.5) is None


def test_boards_of_one_lot_count_as_fewer() -> None:
    lots = np.repeat(np.arange(50), 10)
    rng = np.random.default_rng(2)
    alike = np.repeat(rng.random(50) < 0.5, 10)
    assert independent(alike.tolist(), lots.tolist()) == pytest.approx(50, rel=0.01)
    alone = rng.random(500) < 0.5
    assert 300 < independent(alone.tolist(), lots.tolist()) <= 500
    assert independent([True, False, True], [0, 1, 2]) == 3 and independent([True, False], [0, 0]) == 1
