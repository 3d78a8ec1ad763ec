"""The figure of all error paths."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from vle_analog.lab.lab import Lab
from vle_analog.report.sheet import save
from vle_analog.studies.frequency.error_paths import RULES
from vle_analog.studies.frequency.report import report
from vle_analog.studies.frequency.study import SEVEN_SINES, FrequencyPlan, frequency


def test_the_figure_has_gain_and_phase_of_all_rules(tmp_path: Path) -> None:
    responses = frequency(FrequencyPlan(points=3), Lab())
    (drawn,) = report(responses).figures().values()
    gain, phase = drawn.axes
    assert (gain.get_yscale(), gain.get_xscale(), phase.get_xscale()) == ("log", "log", "log")
    assert len(gain.get_lines()) == len(phase.get_lines()) == 2 * len(RULES) + len(SEVEN_SINES)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert save(drawn, tmp_path / "frequency.png").stat().st_size > 20_000


@pytest.mark.parametrize("tau_m, tau_r, spectrum", [(1.0, 1.0, (1.0,)), (0.1, 1.0, (0.3, 2.0)), (1.0, 0.001, (1.0,))])
def test_the_figure_holds_any_neuron(tau_m: float, tau_r: float, spectrum: tuple[float, ...]) -> None:
    """Equal time constants have nothing but rounding to draw; the axes stay wide enough not to magnify it."""
    shown = frequency(FrequencyPlan(tau_m, tau_r, spectrum, points=3), Lab())
    assert shown.deviation() < 1e-5
    gain, phase = report(shown).figures()["frequency"].axes
    low, high = gain.get_ylim()
    assert high > 4 * low and np.subtract(*phase.get_ylim()[::-1]) >= 15
    assert all(low <= np.abs(values).min() and np.abs(values).max() <= high for values in shown.symbolic.values())
