"""What counts as allowed."""

from __future__ import annotations

import json

from vle_analog.compare.confidence import wilson
from vle_analog.studies.tolerance.result import Allowed, Point


def allowed(*good: int) -> Allowed:
    """Ten boards at factors 1, 10, 100, ..."""
    points = [Point(10.0**n, 2e-3 * 10**n, count, 10) for n, count in enumerate(good)]
    return Allowed("op-amp offset", "V", 2e-3, True, points, 0.9)


def test_allowed_is_the_last_size_before_the_first_bad_one() -> None:
    found = allowed(10, 9, 8, 10)
    assert found.most is not None and found.least_bad is not None
    assert (found.most.factor, found.least_bad.factor) == (10.0, 100.0)  # the last one's good boards are luck
    assert allowed(8, 10).most is None and allowed(10, 9).least_bad is None
    assert found.most.interval == wilson(9, 10) and found.most.yielded == 0.9
    record = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert record["allowed"]["size"] == 0.02 and record["first_too_much"]["good"] == 8
    assert allowed(8).to_json()["allowed"] is None
