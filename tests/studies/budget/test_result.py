"""What the variance of losses is taken of."""

from __future__ import annotations

import pytest

from vle_analog.fleet.sample import Outcome
from vle_analog.studies.budget.result import level


def test_the_level_of_boards_that_did_not_stay_finite_is_the_worst() -> None:
    assert level([Outcome(None, None)]) == 1.0 and level([Outcome(0.01, None)]) == pytest.approx(-2.0)
