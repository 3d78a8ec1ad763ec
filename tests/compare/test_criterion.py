"""Criteria of good boards."""

from __future__ import annotations

import pytest

from vle_analog.compare.criterion import Criterion
from vle_analog.errors import UsageError
from vle_analog.fleet.sample import Sample


@pytest.mark.parametrize(("text", "words"), [
    ("accuracy", "is not METRIC>=NUMBER"), ("loss<0.2", "is not METRIC>=NUMBER"), ("", "is not METRIC"),
    ("los<=0.2", "no metric 'los'"), ("loss>=0.2", "asks for a bad board"), ("accuracy<=0.9", "asks for a bad board"),
    ("loss<=x", "'x' is not a number"), ("loss<=nan", "must be over 0"), ("loss<=-1", "must be over 0"),
    ("loss<=max(0.02,2*ideal", "no such bound"), ("loss<=-2*ideal", "no such bound"), ("loss<=ideal", "not a number"),
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


def test_a_bound_by_the_ideals_loss_is_known_with_it() -> None:
    alone, least = Criterion.parsed("loss<=2*ideal"), Criterion.parsed("loss<=max(0.02,2*ideal)")
    assert (str(alone), str(least)) == ("loss<=2*ideal", "loss<=max(0.02,2*ideal)")
    with pytest.raises(ValueError, match="not known"):
        _ = alone.bound
    assert alone.beside(0.003).bound == pytest.approx(0.006) and least.beside(0.003).bound == 0.02
    assert least.beside(0.03).met(Sample(0, 0.119, None), 2.0) and not least.beside(0.03).met(
        Sample(0, 0.121, None), 2.0
    )
