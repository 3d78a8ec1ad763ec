"""A real op-amp's error falls with slope one in 1/A0 and in 1/GBW."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.blocks.bench import SINE, built, response, system, transient, with_cell

STAGES = {
    "weighted sum": system(definitions={"u": "1.5*x"}, inputs={"x": SINE}),
    "leaky integrator": system({"u": ("-u + 0.8*x", 0.0)}, inputs={"x": SINE}),
}
GAIN = {"weighted sum": 1.5, "leaky integrator": 0.8}


def finite_gain(gain: float) -> str:
    return f".subckt opamp inp inn out params: A0={gain:g}\nE1 out 0 inp inn {{A0}}\n.ends opamp\n"


def one_pole(bandwidth: float) -> str:
    """An op-amp of gain 1e6 whose gain falls to one at the bandwidth in hertz."""
    return (
        f".subckt opamp inp inn out params: A0=1e6 GBW={bandwidth:g}\n"
        "E1 a 0 inp inn {A0}\n"
        "Rp a p 1k\n"
        "Cp p 0 {A0/(2*3.141592653589793*GBW*1000)} ic=0\n"
        "E2 out 0 p 0 1\n"
        ".ends opamp\n"
    )


def slope(small: np.ndarray, error: list[float]) -> float:
    """Of log error over log of what should cause it."""
    return float(np.polyfit(np.log(small), np.log(error), 1)[0])


@pytest.mark.parametrize("stage", STAGES)
def test_gain_error_is_proportional_to_one_over_a0(stage: str, tmp_path: Path) -> None:
    gains, errors = np.array([1e2, 1e3, 1e4, 1e5]), []
    for gain in gains:
        circuit = with_cell(built(STAGES[stage]), tmp_path, finite_gain(gain))
        _, found = response(circuit, tmp_path / "run", "x", "u", 1e-8, 1e-7)
        errors.append(abs(found[0] / GAIN[stage] - 1))
    assert slope(1 / gains, errors) == pytest.approx(1, abs=0.05)
    assert errors[-1] == pytest.approx((1 + GAIN[stage]) / gains[-1], rel=0.01)  # one over the loop gain


@pytest.mark.parametrize("stage", STAGES)
def test_small_signal_error_is_proportional_to_one_over_gbw(stage: str, tmp_path: Path) -> None:
    bandwidths, errors = np.array([1e4, 1e5, 1e6, 1e7]), []
    for bandwidth in bandwidths:
        ideal = built(STAGES[stage])
        circuit = with_cell(ideal, tmp_path, one_pole(bandwidth))
        _, found = response(circuit, tmp_path / "run", "x", "u", 0.1, 1)  # 100 Hz is the first
        _, right = response(ideal, tmp_path / "run", "x", "u", 0.1, 1)
        errors.append(abs(found[0] / right[0] - 1))
    assert slope(1 / bandwidths, errors) == pytest.approx(1, abs=0.05)


def test_waveform_error_is_proportional_to_one_over_gbw(tmp_path: Path) -> None:
    bandwidths, errors = np.array([1e4, 1e5, 1e6]), []
    ideal = built(STAGES["leaky integrator"])
    time = np.linspace(1, 10, 500)
    right = transient(ideal, tmp_path / "ideal", 10.0, 0.01, ["u"]).at(time)["u"]
    for bandwidth in bandwidths:
        circuit = with_cell(ideal, tmp_path, one_pole(bandwidth))
        found = transient(circuit, tmp_path / "run", 10.0, 0.01, ["u"]).at(time)["u"]
        errors.append(float(np.sqrt(np.mean((found - right) ** 2))))
    assert slope(1 / bandwidths, errors) == pytest.approx(1, abs=0.05)
