"""Measured and stated figures side by side, and how far they are apart."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vle_analog.circuit.cell.datasheet import FIGURES, Figure
from vle_analog.studies.bench.result import Bench, Curves, Measured, Quantity, quantities


def test_deviations() -> None:
    assert Quantity("offset", "V", 1.1e-3, 1e-3).deviation == pytest.approx(0.1)
    assert Quantity("swing_low", "V", -12.0, -15.0).deviation == pytest.approx(-0.2)
    assert Quantity("cmrr", "dB", 106.0, 100.0).deviation == pytest.approx(0.9953, abs=1e-3)
    assert Quantity("offset", "V", 1.0, 0.0).deviation == math.inf
    assert Quantity("offset", "V", 1.0).deviation is None


def test_quantities_stand_in_their_order() -> None:
    measured = {name: Measured(float(k)) for k, name in enumerate(FIGURES["tanh"])}
    found = quantities("tanh", dict(reversed(measured.items())), {"offset": Figure("offset", 2.0, "V")})
    assert [each.name for each in found] == list(FIGURES["tanh"])
    bench = Bench("c", "tanh", "s", "d", found, Curves(np.zeros(1), np.zeros(1)))
    assert [each.name for each in bench.compared] == ["offset"] and bench["offset"].deviation == pytest.approx(-0.5)


def test_a_stated_figure_is_shown_in_the_unit_that_it_is_measured_in() -> None:
    figures = {"slew_up": Figure("slew_up", 0.97e6, "V/s"), "offset": Figure("offset", 1e-3, "V")}
    found = {each.name: each for each in quantities("opamp", dict.fromkeys(FIGURES["opamp"], Measured(1.0)), figures)}
    assert (found["slew_up"].stated, found["slew_up"].unit) == (0.97, "V/us")
    assert found["offset"].stated == 1e-3 and found["psrr"].stated is None
    (error, *_) = quantities(
        "multiplier",
        dict.fromkeys(FIGURES["multiplier"], Measured(1.0)),
        {"total_error": Figure("total_error", 0.00215, "")},
    )
    assert (error.stated, error.unit) == (0.215, "%")


def test_plain_data_is_finite() -> None:
    found = quantities(
        "tanh", dict.fromkeys(FIGURES["tanh"], Measured(math.nan)), {"offset": Figure("offset", 1.0, "V")}
    )
    record = Bench("c", "tanh", "s", "d", found, Curves(np.zeros(1), np.zeros(1))).record()
    assert record["quantities"]["offset"] == {"unit": "V", "measured": None, "stated": 1.0, "deviation": None}
