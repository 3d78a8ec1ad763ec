"""The error paths of all rules: formulas beside the equations that run, and what no view can be made of."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vle_analog.errors import UsageError
from vle_analog.lab.lab import Lab
from vle_analog.studies.frequency.error_paths import response
from vle_analog.studies.frequency.result import FrequencyResponses
from vle_analog.studies.frequency.study import SEVEN_SINES, FrequencyPlan, frequency


@pytest.fixture(scope="module")
def responses() -> FrequencyResponses:
    return frequency(FrequencyPlan(points=5), Lab())


def test_what_is_recorded(responses: FrequencyResponses) -> None:
    record = responses.record()
    error = record["error"]
    assert error["adjoint"] < 1e-12 and error["gle"] > error["vle1"] > error["vle2"] > error["vle3"]
    assert record["measured_deviation"] < 1e-5
    assert set(record["coefficients"]) == {"vle1", "vle2", "vle3"}
    assert record["spectrum"] == list(SEVEN_SINES)
    exact = response("adjoint", SEVEN_SINES)
    np.testing.assert_allclose(record["gain"]["adjoint"], np.abs(exact))
    np.testing.assert_allclose(record["phase"]["gle"], np.rad2deg(np.angle(exact)))
    np.testing.assert_allclose(record["measured"]["gain"]["vle2"], np.abs(responses.measured["vle2"]))


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"tau_m": 0.0}, "`tau_m` must be positive"),
        ({"spectrum": (-1.0,)}, "`spectrum` must be positive"),
        ({"spectrum": (math.nan,)}, "`spectrum` must be positive"),
        ({"spectrum": ()}, "has no positive frequency"),
        ({"tau_m": 1001.0, "tau_r": 1.0}, "reach from"),
        ({"spectrum": (1.0, 1e-4)}, "reach from"),
    ],
)
def test_refusals(wrong: dict[str, float], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        FrequencyPlan(**wrong)  # type: ignore[arg-type]
