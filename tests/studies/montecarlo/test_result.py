"""A yield as plain data, from boards made up by hand."""

from __future__ import annotations

import json

import pytest

from vle_analog.compare.confidence import wilson
from vle_analog.compare.criterion import Criterion
from vle_analog.fleet.sample import Check, Sample
from vle_analog.studies.montecarlo.result import Yield


def study(**changes: object) -> Yield:
    """Nine boards, one of which did not stay finite."""
    samples = [Sample(k, 0.1 * k, 1 - 0.02 * k, (1.0,), (0.5,), 0.25) for k in range(8)] + [Sample(8, None, None)]
    given = {"task": "xor", "mode": "on-chip", "engine": "compiled", "criterion": Criterion.parsed("loss<=0.2"),
             "variance": 2.0, "samples": samples}  # fmt: skip
    return Yield(**{**given, **changes})  # type: ignore[arg-type]


def test_a_record_by_hand() -> None:
    checks = [Check(1, 0.1, 1.0, True, True, 0.0, 0.01, 9.0), Check(5, 0.1, 1.0, True, False, 0.0, 0.02, 9.0)]
    record = study(checks=checks).record()
    json.dumps(record, allow_nan=False)
    assert record["samples"] == 9 and record["yield"] == pytest.approx(5 / 9) and record["seconds"] == 2.0
    assert record["yield_interval"] == pytest.approx(wilson(5, 9)) and record["criterion"] == "loss<=0.2"
    assert record["ngspice_checked"] == 2 and record["ngspice_disagreement"] == 0.5
    assert record["ngspice"][0]["loss"] == 0.05
    assert record["distributions"]["loss"]["0"] == 0 and record["distributions"]["loss"]["1"] is None
    assert record["distributions"]["loss"]["0.5"] == pytest.approx(0.2) and record["not_finite"] == 1
    assert [each["board"] for each in record["worst"][:3]] == [8, 7, 6]
    assert study(samples=[]).record()["yield"] is None


def test_samples_survive_json() -> None:
    for sample in study().samples:
        assert Sample.from_json(json.loads(json.dumps(sample.to_json()))) == sample
