"""What is typical of boards, some of which did not stay finite."""

from __future__ import annotations

import math

import pytest

from vle_analog.fleet.case import Case
from vle_analog.fleet.sample import Outcome


def test_boards_that_did_not_stay_finite_are_the_worst() -> None:
    case = Case([Outcome(0.1, 0.9), Outcome(None, None), Outcome(0.3, 0.7)])
    assert case.median == 0.3 and case.quantile(1.0) == math.inf and case.accuracy == 0.7
    record = case.to_json(0.1)
    assert record["over_ideal"] == pytest.approx(3.0) and record["quartiles"] == [0.1, None]
    broken = Case([Outcome(None, None)])
    assert broken.accuracy is None and broken.to_json(0.1)["loss"] is None
