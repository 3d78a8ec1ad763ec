"""How voltages on capacitors move while nothing writes them: closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vle_analog.errors import UsageError
from vle_analog.production.hold import DIELECTRICS, Dielectric, Hold, Refresh, charged_with

VOLTS = np.array([[3.0, -1.0]])
RATES = np.array([[1e-4, -2e-4]])


def hold(seconds: float, refresh: Refresh | None = None) -> Hold:
    return Hold(RATES, np.zeros((1, 2)), np.full((1, 2), seconds), refresh=refresh)


def test_currents_alone_charge_a_capacitor_evenly() -> None:
    assert hold(math.inf).after(VOLTS, 600.0) == pytest.approx(VOLTS + 600.0 * RATES, rel=1e-12)


def test_insulation_and_currents_end_where_they_balance() -> None:
    """``dv/dt = rate - v/tau`` comes to ``rate tau``; after ln 2 time constants half of the way is done."""
    held = hold(50.0)
    assert held.after(VOLTS, 5_000.0) == pytest.approx(50.0 * RATES, rel=1e-9)
    assert held.after(VOLTS, 50.0 * math.log(2)) == pytest.approx((VOLTS + 50.0 * RATES) / 2, rel=1e-12)


def test_small_capacitors_discharge_by_a_resistance_large_ones_by_a_time_and_warm_ones_faster() -> None:
    found = Dielectric(ohms=1e11, seconds=3e4, halves=10.0).insulates(np.array([1e-8, 1e-5]), 45.0)
    assert found == pytest.approx([1e11 * 1e-8 / 4, 3e4 / 4])
    assert np.all(np.isinf(DIELECTRICS["ideal"].insulates(np.array([1e-8]), 70.0)))


def test_what_was_absorbed_comes_back_and_no_more() -> None:
    held = Hold(0 * RATES, np.array([[1.0, 1.0]]), np.full((1, 2), math.inf), absorption=0.01)
    assert held.after(VOLTS, 1e9) == pytest.approx(VOLTS + 0.01 * (1.0 - VOLTS), rel=1e-12)
    assert held.after(VOLTS, 0.0) == pytest.approx(VOLTS, rel=1e-12)


@pytest.mark.parametrize(("period", "stays"), [(9.0, True), (40.0, False)])
def test_refresh_keeps_a_weight_if_it_moves_less_than_half_a_step_between(period: float, stays: bool) -> None:
    refresh = Refresh(period, bits=12)  # steps of 4.88 mV; 2e-4 V/s are half of that in 12 s
    begun = refresh.converted(VOLTS)
    moved = np.abs(hold(math.inf, refresh).after(begun, 3_600.0) - begun)
    assert np.all(moved <= refresh.step / 2) == stays


def test_a_converter_does_not_write_beyond_its_range() -> None:
    refresh = Refresh(1.0, bits=8)
    assert refresh.converted(np.array([14.0, -14.0])) == pytest.approx([10.0 - refresh.step, -10.0])


def test_what_no_capacitor_holds_is_refused() -> None:
    from vle_analog.circuit.circuit import Circuit

    with pytest.raises(UsageError, match="no capacitor holds 'w1'"):
        charged_with(Circuit("empty", (), {}, 1e-3, {}, "ideal"), {"w1": 1.0})
