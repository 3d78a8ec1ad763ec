"""The view of all error paths: its numbers, its figure, and both in a folder."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path

import numpy as np
import pytest

from vle_analog.errors import UsageError
from vle_analog.report.sheet import save
from vle_analog.studies.frequency.error_paths import RULES, response
from vle_analog.studies.frequency.study import SEVEN_SINES, FrequencyView, figure, frequency_view


@pytest.fixture(scope="module")
def view() -> FrequencyView:
    return frequency_view(points=5)


def test_what_the_view_shows(view: FrequencyView, tmp_path: Path) -> None:
    metrics = view.metrics()
    error = metrics["error"]
    assert error["adjoint"] < 1e-12 and error["gle"] > error["vle1"] > error["vle2"] > error["vle3"]
    assert metrics["measured_deviation"] < 1e-5
    assert set(metrics["coefficients"]) == {"vle1", "vle2", "vle3"}
    drawn = figure(view)
    gain, phase = drawn.axes
    assert (gain.get_yscale(), gain.get_xscale(), phase.get_xscale()) == ("log", "log", "log")
    assert len(gain.get_lines()) == len(phase.get_lines()) == 2 * len(RULES) + len(SEVEN_SINES)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert save(drawn, tmp_path / "frequency.png").stat().st_size > 20_000


def test_refusals() -> None:
    for wrong in ({"tau_m": 0.0}, {"spectrum": [-1.0]}, {"spectrum": []}, {"spectrum": [math.nan]}):
        with pytest.raises(UsageError, match="positive"):
            frequency_view(**wrong)  # type: ignore[arg-type]
    for wrong in ({"tau_m": 1001.0, "tau_r": 1.0}, {"spectrum": [1.0, 1e-4]}):
        with pytest.raises(UsageError, match="reach from"):
            frequency_view(**wrong)  # type: ignore[arg-type]


def test_what_is_saved(view: FrequencyView, tmp_path: Path) -> None:
    metrics = view.save(tmp_path / "new")
    assert json.loads((tmp_path / "new" / "frequency.json").read_text()) == metrics == view.metrics()
    assert (tmp_path / "new" / "frequency.png").read_bytes().startswith(b"\x89PNG")
    exact = response("adjoint", SEVEN_SINES)
    np.testing.assert_allclose(metrics["gain"]["adjoint"], np.abs(exact))
    np.testing.assert_allclose(metrics["phase"]["gle"], np.rad2deg(np.angle(exact)))
    np.testing.assert_allclose(metrics["measured"]["gain"]["vle2"], np.abs(view.measured["vle2"]))


@pytest.mark.parametrize("tau_m, tau_r, spectrum", [(1.0, 1.0, [1.0]), (0.1, 1.0, [0.3, 2.0]), (1.0, 0.001, [1.0])])
def test_the_figure_holds_any_neuron(tau_m: float, tau_r: float, spectrum: list[float]) -> None:
    """Equal time constants have nothing but rounding to draw; the axes stay wide enough not to magnify it."""
    shown = frequency_view(tau_m, tau_r, spectrum, points=3)
    assert shown.metrics()["measured_deviation"] < 1e-5
    gain, phase = figure(shown).axes
    low, high = gain.get_ylim()
    assert high > 4 * low and np.subtract(*phase.get_ylim()[::-1]) >= 15
    assert all(low <= np.abs(values).min() and np.abs(values).max() <= high for values in shown.symbolic.values())
