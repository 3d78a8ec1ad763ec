"""Figures of data sheets: how they are read, and how far a measurement is from them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vle_analog.errors import CircuitError
from vle_analog.studies.bench.result import (
    QUANTITIES,
    Bench,
    Curves,
    Quantity,
    Stated,
    quantities,
    stated,
)


@pytest.mark.parametrize(
    ("line", "name", "value", "load"),
    [
        ("gain_bandwidth 8 MHz", "gain_bandwidth", 8e6, None),
        ("slew_up 20 V/us typical", "slew_up", 20.0, None),
        ("offset -0.5 mV", "offset", -5e-4, None),
        ("bias_current 5 pA", "bias_current", 5e-12, None),
        ("swing_high 13.8 V at 10k", "swing_high", 13.8, 10e3),
        ("swing_low -12 V at 600 ohm", "swing_low", -12.0, 600.0),
        ("open_loop_gain 120 dB at 2kohm, typical", "open_loop_gain", 120.0, 2e3),
        ("voltage_noise 8 nV/rtHz at 1 kHz", "voltage_noise", 8e-9, None),
        ("offset 1e-4 V", "offset", 1e-4, None),
        ("phase_margin 45deg", "phase_margin", 45.0, None),
    ],
)
def test_a_stated_figure(line: str, name: str, value: float, load: float | None) -> None:
    found = stated([line], "opamp", "here")
    assert list(found) == [name]
    assert found[name].value == pytest.approx(value, rel=1e-12) and found[name].load == load


@pytest.mark.parametrize(
    ("lines", "texts"),
    [
        (
            ["gain_bandwith 8 MHz"],
            ["the stated figure 'gain_bandwith' is not measured", "did you mean 'gain_bandwidth'"],
        ),
        (["zeal 8 MHz"], ["'zeal' is not measured", "known: bias_current, cmrr"]),
        (["gain_bandwidth 8 Mz"], ["'gain_bandwidth' is stated in 'Mz'", "its unit is Hz"]),
        (["gain_bandwidth 8 xHz"], ["'gain_bandwidth' is stated in 'xHz'"]),
        (["offset much"], ["'stated: offset much' is not a figure", "a name, a number, a unit"]),
        (["offset 1 mV", "offset 2 mV"], ["'offset' is stated twice"]),
    ],
)
def test_what_cannot_be_read_is_refused(lines: list[str], texts: list[str]) -> None:
    with pytest.raises(CircuitError) as error:
        stated(lines, "opamp", "cell 'x'")
    for text in ["cell 'x'", *texts]:
        assert text in str(error.value)


def test_deviations() -> None:
    assert Quantity("offset", "V", 1.1e-3, 1e-3).deviation == pytest.approx(0.1)
    assert Quantity("swing_low", "V", -12.0, -15.0).deviation == pytest.approx(-0.2)
    assert Quantity("cmrr", "dB", 106.0, 100.0).deviation == pytest.approx(0.9953, abs=1e-3)
    assert Quantity("offset", "V", 1.0, 0.0).deviation == math.inf
    assert Quantity("offset", "V", 1.0).deviation is None


def test_quantities_stand_in_their_order() -> None:
    measured = {name: float(k) for k, name in enumerate(QUANTITIES["tanh"])}
    found = quantities("tanh", dict(reversed(measured.items())), {"offset": Stated(2.0)})
    assert [each.name for each in found] == list(QUANTITIES["tanh"])
    bench = Bench("c", "tanh", "s", "d", found, Curves(np.zeros(1), np.zeros(1)))
    assert [each.name for each in bench.compared] == ["offset"] and bench["offset"].deviation == pytest.approx(-0.5)


def test_plain_data_is_finite() -> None:
    found = quantities("tanh", dict.fromkeys(QUANTITIES["tanh"], math.nan), {"offset": Stated(1.0)})
    record = Bench("c", "tanh", "s", "d", found, Curves(np.zeros(1), np.zeros(1))).record()
    assert record["quantities"]["offset"] == {"unit": "V", "measured": None, "stated": 1.0, "deviation": None}
