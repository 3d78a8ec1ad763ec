"""Yield: intervals, criteria, what goes along with what; figures by hand."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from vle_analog.compare.confidence import (
    enough,
    independent,
    wilson,
)
from vle_analog.compare.criterion import Criterion
from vle_analog.compare.influence import by_chance, rank_correlations, strongest
from vle_analog.errors import UsageError
from vle_analog.fleet.sample import (
    Check,
    Sample,
)
from vle_analog.studies.montecarlo.result import YieldStudy


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


@pytest.mark.parametrize(("text", "words"), [
    ("accuracy", "is not METRIC>=NUMBER"), ("loss<0.2", "is not METRIC>=NUMBER"), ("", "is not METRIC"),
    ("los<=0.2", "no metric 'los'"), ("loss>=0.2", "asks for a bad board"), ("accuracy<=0.9", "asks for a bad board"),
    ("loss<=x", "'x' is not a number"), ("loss<=nan", "must be over 0"), ("loss<=-1", "must be over 0"),
    ("accuracy>=95", "at most 1"), ("accuracy>=0", "over 0"),
])  # fmt: skip
def test_criteria_that_are_none(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Criterion.parsed(text)


def test_criteria_and_what_meets_them() -> None:
    loss, accuracy = Criterion.parsed(" loss <= 0.2 "), Criterion.parsed("accuracy>=0.95")
    assert str(loss) == "loss<=0.2" and str(accuracy) == "accuracy>=0.95"
    assert loss.met(Sample(0, 0.4, None), 2.0) and not loss.met(Sample(0, 0.41, None), 2.0)
    assert accuracy.met(Sample(0, 9.0, 0.95), 1.0) and not accuracy.met(Sample(0, 0.0, 0.949), 1.0)
    assert not loss.met(Sample(0, None, None), 1.0) and not accuracy.met(Sample(0, None, None), 1.0)


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


def test_rank_correlations_by_hand_and_by_chance() -> None:
    outcome = [1.0, 2.0, 3.0, 4.0, math.inf]
    table = np.array([[1, 5, 7, 1], [2, 4, 7, 2], [3, 3, 7, 2], [4, 2, 7, 3], [99, 1, 7, 4]], float)
    assert rank_correlations(outcome, table) == pytest.approx([1, -1, 0, 9.5 / (10 * 9.5) ** 0.5])
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((200, 400))
    largest = [np.abs(rank_correlations(rng.random(200), noise)).max() for _ in range(20)]
    assert np.median(largest) == pytest.approx(by_chance(200, 400), rel=0.15)


def test_parts_that_matter_by_sign_or_by_size() -> None:
    rng = np.random.default_rng(4)
    table = rng.standard_normal((300, 30))
    table[:, 7] = 5.0
    loss = np.exp(table[:, 3]) + 2 * np.abs(table[:, 11]) + 0.1 * rng.random(300)
    found, counted = strongest(loss.tolist(), table, [f"p{k}" for k in range(30)])
    assert counted == 29 and {each.name for each in found[:2]} == {"p3", "p11"} and len(found) == 10
    both = {each.name: each for each in found}
    assert both["p3"].value == both["p3"].signed > 0.4 and both["p11"].value == both["p11"].absolute > 0.4
    assert strongest([], table[:0], []) == ([], 0)


def study(**changes: object) -> YieldStudy:
    """Nine boards, one of which did not stay finite."""
    samples = [Sample(k, 0.1 * k, 1 - 0.02 * k, (1.0,), (0.5,), 0.25) for k in range(8)] + [Sample(8, None, None)]
    given = {"task": "xor", "mode": "on-chip", "engine": "compiled", "criterion": Criterion.parsed("loss<=0.2"),
             "variance": 2.0, "samples": samples}  # fmt: skip
    return YieldStudy(**{**given, **changes})  # type: ignore[arg-type]


def test_a_record_by_hand() -> None:
    checks = [Check(1, 0.1, 1.0, True, True, 0.0, 0.01, 9.0), Check(5, 0.1, 1.0, True, False, 0.0, 0.02, 9.0)]
    record = study(checks=checks).to_json()
    json.dumps(record, allow_nan=False)
    assert record["samples"] == 9 and record["yield"] == pytest.approx(5 / 9) and record["seconds"] == 2.0
    assert record["yield_interval"] == pytest.approx(wilson(5, 9)) and record["criterion"] == "loss<=0.2"
    assert record["ngspice_checked"] == 2 and record["ngspice_disagreement"] == 0.5
    assert record["ngspice"][0]["loss"] == 0.05
    assert record["distributions"]["loss"]["0"] == 0 and record["distributions"]["loss"]["1"] is None
    assert record["distributions"]["loss"]["0.5"] == pytest.approx(0.2) and record["not_finite"] == 1
    assert [each["board"] for each in record["worst"][:3]] == [8, 7, 6]
    assert study(samples=[]).to_json()["yield"] is None


def test_samples_survive_json() -> None:
    for sample in study().samples:
        assert Sample.from_json(json.loads(json.dumps(sample.to_json()))) == sample
