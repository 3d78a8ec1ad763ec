"""Losses, learned parameters and the comparison of two runs."""

from __future__ import annotations

import json

import numpy as np
import pytest

from vle_analog.compare import (
    ComparisonError,
    LearningCurve,
    LearningSetup,
    compare,
    frozen_loss,
    learning_curve,
    time_to_threshold,
)
from vle_analog.errors import UsageError
from vle_analog.waveforms import Array, Waveforms

SETUP = LearningSetup("out", "target", {"w": 2.0, "b": None}, (0.0, 20.0), (180.0, 200.0), 10.0)


def run(time: Array, final: float = 2.0, gain: float = 1.0) -> Waveforms:
    """A weight that goes from 1 to ``final`` while plasticity is on (20 to 180) scales a sine of period 2."""
    sine = np.sin(np.pi * time)
    w = 1 + (final - 1) * np.clip((time - 20) / 160, 0, 1)
    return Waveforms(time, {"x": sine, "out": gain * w * sine, "target": 2 * sine, "w": w, "b": 0.5 * w})


IDEAL = run(np.linspace(0, 200, 20_001))
ANALOG = run(np.unique(np.r_[0.0, np.random.default_rng(0).uniform(0, 200, 60_000), 200.0]), final=1.9)


def test_the_loss_is_the_mean_squared_error_without_one_half() -> None:
    assert frozen_loss(IDEAL, "out", "target", 0, 20) == pytest.approx(0.5, rel=1e-4)
    assert frozen_loss(IDEAL, "out", "target", 180, 200) == pytest.approx(0.0, abs=1e-15)


def test_the_loss_curve_has_one_point_per_whole_window() -> None:
    curve = learning_curve(IDEAL, "out", "target", 30.0)
    assert curve.time == pytest.approx([15, 45, 75, 105, 135, 165])
    assert np.all(np.diff(curve.loss) < 0)
    assert learning_curve(IDEAL, "out", "target", 200 / 7).loss.size == 7  # rounding loses no window


def test_the_loss_curve_does_not_depend_on_the_sampling() -> None:
    coarse = learning_curve(ANALOG, "out", "target", 10.0)
    fine = learning_curve(run(np.linspace(0, 200, 100_001), final=1.9), "out", "target", 10.0)
    assert coarse.loss == pytest.approx(fine.loss, rel=1e-3)


@pytest.mark.parametrize("window", [0.0, -1.0, 201.0])
def test_a_loss_window_that_does_not_fit_is_refused(window: float) -> None:
    with pytest.raises(ComparisonError, match="does not fit"):
        learning_curve(IDEAL, "out", "target", window)


def test_a_threshold_counts_once_the_loss_stays_below_it() -> None:
    curve = LearningCurve(np.arange(6.0), np.array([1.0, 0.01, 0.5, 0.05, 0.02, 0.03]))
    assert time_to_threshold(curve, 0.1) == 3.0
    assert time_to_threshold(curve, 2.0) == 0.0
    assert time_to_threshold(curve, 0.025) is None


def test_a_run_compared_with_itself() -> None:
    comparison = compare(IDEAL, IDEAL, learning=SETUP)
    assert set(comparison.trace_nrmse) == {"x", "out", "target", "w", "b"}
    assert comparison.trace_nrmse_max == 0.0
    assert all(value == 0.0 for value in comparison.delay.values())
    learning = comparison.learning
    assert learning is not None
    assert learning.loss_initial == learning.loss_initial_ideal
    assert learning.parameters["w"].absolute == 0.0


def test_learning_results() -> None:
    learning = compare(IDEAL, ANALOG, signals=["out"], learning=SETUP).learning
    assert learning is not None
    assert learning.loss_initial == pytest.approx(0.5, rel=1e-3)
    assert learning.loss_final_ideal == pytest.approx(0.0, abs=1e-15)
    assert learning.loss_final_analog == pytest.approx(0.01 / 2, rel=1e-3)
    weight, bias = learning.parameters["w"], learning.parameters["b"]
    assert weight.ideal == pytest.approx(2.0)
    assert weight.analog == pytest.approx(1.9)
    assert weight.relative == pytest.approx(0.05)
    assert weight.relative_to_target == pytest.approx(0.05)
    assert weight.absolute_to_target == pytest.approx(0.1)
    assert bias.target is None and bias.relative_to_target is None
    assert 0 < weight.trajectory_nrmse < 0.1


def test_metrics_are_plain_json_without_nan() -> None:
    metrics = compare(IDEAL, ANALOG, signals=["x", "out"], learning=SETUP).to_metrics()
    assert json.loads(json.dumps(metrics, allow_nan=False)) == metrics
    assert set(metrics) == {"trace_nrmse", "trace_nrmse_max", "delay", "learning"}
    assert metrics["trace_nrmse_max"] == max(metrics["trace_nrmse"].values())
    losses = {"loss_initial", "loss_initial_ideal", "loss_final_ideal", "loss_final_analog"}
    assert set(metrics["learning"]) == {*losses, "parameters"}
    assert set(metrics["learning"]["parameters"]["b"]) == {"ideal", "analog", "target", "trajectory_nrmse"}
    assert metrics["learning"]["parameters"]["b"]["target"] is None


def test_without_learning_there_is_no_such_key() -> None:
    assert "learning" not in compare(IDEAL, ANALOG, signals=["x"]).to_metrics()


def test_nothing_to_compare_is_an_error() -> None:
    with pytest.raises(UsageError, match="no signals"):
        compare(IDEAL, ANALOG, signals=[])
    with pytest.raises(UsageError, match="no signal 'y'"):
        compare(IDEAL, ANALOG, signals=["y"])
