"""What the engine takes of a part: in SI units, whatever unit the part's file states a figure in."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.engine.plant import plant
from vle_analog.circuit.elements import Instance
from vle_analog.circuit.parts import chosen, library
from vle_analog.engine.engine import Engine
from vle_analog.engine.figures import device, lags_as_stated, lags_within
from vle_analog.stimulus import Constant, Sines

#: of softplus_translinear, as its file states it: 47 kHz
HERTZ = 47e3
MICROSECOND = 1e-6


def test_a_stated_bandwidth_has_its_unit() -> None:
    cells = library(chosen("transistor"))
    assert 1 / (2 * math.pi * device(cells["softplus"], cells).lag) == pytest.approx(HERTZ, rel=1e-12)
    assert 1 / (2 * math.pi * device(cells["tanh"], cells).lag) == pytest.approx(1.6e6, rel=1e-12)


def test_a_stated_bandwidth_counts_where_a_cell_has_no_pole() -> None:
    cells = library(chosen("macromodel")) | library(chosen("transistor"))
    stated = {name for name, cell in cells.items() if lags_as_stated(cell) and cell.part is None}
    assemblies = {"tanh_pair", "logistic_pair", "softplus_pair", "dead_zone", "sine_pairs", "multiplier_ota"}
    assert stated == {"gilbert", "tanh_ltp", "logistic_ltp", "softplus_translinear", *assemblies}


def test_the_engine_s_output_falls_at_the_stated_bandwidth() -> None:
    """A sine at the stated bandwidth comes out with 1 / sqrt(2) of its amplitude, a straight line's slope being 1."""
    cycles = HERTZ * MICROSECOND  # per model unit
    drives = {"x": Sines((1.0, 5.0), (cycles, 0.0), (0.0, math.pi / 2))}  # around 5 V, where softplus is straight
    curve = Instance("u", ("x", "0", "u"), "softplus", (("kin", 0.5), ("kout", 0.5), ("VOS", 0.0)))
    circuit = replace(plant([curve], chosen("transistor"), ["u"], drives), unit=MICROSECOND)

    heard = Engine(circuit, 0.02, ["u"]).advance(8 / cycles, every=0.1)

    late = heard.time > 5 / cycles
    swing = np.ptp(np.ravel(heard.signals["u"])[late]) / 2
    assert swing == pytest.approx(math.sqrt(0.5), rel=0.01)


def test_a_lag_as_long_as_a_lesson_s_step_is_followed_to_second_order() -> None:
    """The product of a sine and a constant, against what a pole makes of it: half the step has a quarter of the error;
    and whether a device is late enough for that says what the engine has of it."""
    slow = {"multiplier": "multiplier_pwm"}
    technology = chosen("macromodel", slow)
    cells = library(technology)
    lag = device(cells["multiplier"], cells).lag
    turns = 0.3 / (2 * math.pi)  # per lag
    drives = {"x": Sines((1.0,), (turns,), (0.0,)), "y": Constant(5.0)}
    product = Instance("w", ("x", "0", "y", "0", "w"), "multiplier", (("scale", 10.0),))
    circuit = replace(plant([product], technology, ["w"], drives), unit=lag)

    def error(step: float) -> float:
        heard = Engine(circuit, step, ["w"], single=True).advance(24 / turns, every=step)
        late = heard.time > 22 / turns
        angle = 2 * math.pi * turns * heard.time[late]
        response = 0.5 / (1 + 2j * math.pi * turns)
        return float(np.max(np.abs(np.ravel(heard.signals["w"])[late] - (response * np.exp(1j * angle)).imag)))

    errors = [error(step) for step in (1.0, 0.5, 0.25)]
    assert errors[0] < 0.005 and errors[0] / errors[1] > 3.5 and errors[1] / errors[2] > 3.5
    assert lags_within([product], cells, lag) and not lags_within([product], cells, 10 * lag)
