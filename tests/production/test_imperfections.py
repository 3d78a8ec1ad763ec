"""Errors that all parts share: what a factor makes of a cell, and what a simulator then finds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.blocks.bench import transient
from tests.production.test_offsets import BOARD, summers
from vle_analog.circuit.circuit import Section
from vle_analog.circuit.elements import Battery, Resistor
from vle_analog.circuit.parts import chosen, library
from vle_analog.engine.figures import device, op_amp
from vle_analog.errors import UsageError
from vle_analog.production.imperfections import (
    FEEDTHROUGH,
    IMPERFECTIONS,
    LAG,
    SLEW,
    SPEED,
    SWING,
    figure,
    imperfect,
)

AD633 = replace(summers(1), cells=library(chosen("macromodel")))


def test_figures_are_what_cells_say() -> None:
    cells = library(chosen("macromodel"))
    assert figure(cells["opa2134"], SPEED, cells) == 8e6 and figure(cells["opa2134"], SLEW, cells) == 20e6
    assert (
        figure(cells["opa2134"], SWING, cells) == pytest.approx(13.9) and figure(cells["ad633"], SWING, cells) is None
    )
    assert all(figure(cells[name], SLEW, cells) is None for name in ("summer", "ad633", "opamp_core"))
    assert figure(cells["ad633"], LAG, cells) == pytest.approx(0.1 * 1.591549e-6)
    assert figure(cells["ad633"], FEEDTHROUGH, cells) == pytest.approx(3e-3)
    assert figure(cells["antilog"], LAG, cells) == pytest.approx(0.1 * 3.978874e-6)
    assert figure(cells["antilog"], FEEDTHROUGH, cells) is None and figure(cells["ad633"], SPEED, cells) is None
    assert figure(cells["summer"], LAG, cells) is None and figure(cells["hold_switch"], LAG, cells) is None


def test_each_factor_changes_its_own_figure_alone() -> None:
    before = AD633.cells
    after = imperfect(AD633, {SPEED: 2.0}).cells
    one, other = op_amp(before["opamp"], before), op_amp(after["opamp"], after)
    assert (other.a, other.t) == pytest.approx((2 * one.a, 2 * one.t)) and other.low == one.low
    assert device(after["multiplier"], after) == device(before["multiplier"], before)
    after = imperfect(AD633, {SLEW: 4.0, SWING: 2.0}).cells
    other = op_amp(after["opamp"], after)
    assert (other.slew, other.low, other.high) == pytest.approx((one.slew / 4, one.low / 2, one.high / 2))
    assert (other.a, other.t) == (one.a, one.t)
    after = imperfect(AD633, {LAG: 3.0, FEEDTHROUGH: 0.5}).cells
    old, new = device(before["multiplier"], before), device(after["multiplier"], after)
    assert (new.lag, new.feedthrough) == pytest.approx((3 * old.lag, 0.5 * old.feedthrough))
    assert op_amp(after["opamp"], after) == one


def test_zero_is_exact_and_one_changes_nothing() -> None:
    assert imperfect(AD633, {SPEED: 1.0, LAG: 1.0}) is AD633
    after = imperfect(AD633, dict.fromkeys(IMPERFECTIONS, 0.0)).cells
    assert op_amp(after["opamp"], after).slew > 1e18 and op_amp(after["opamp"], after).high > 1e7
    assert op_amp(after["opamp"], after).a < 1e-15 and op_amp(after["opamp"], after).t < 1e-18
    assert device(after["multiplier"], after).lag == 0 and device(after["multiplier"], after).feedthrough == 0
    assert device(after["exp"], after).lag == 0
    assert device(after["softplus"], after).lag < 1e-15 and device(after["tanh"], after).lag < 1e-15


def test_the_simulator_finds_the_gain_that_is_left(tmp_path: Path) -> None:
    circuit = summers(1)
    driven = Section("in", (Battery("in", ("in", "0"), 1.0), Resistor("in", ("in", "u0__s"), 1e4)))
    kept = [
        replace(each, elements=tuple(part for part in each.elements if part.name != "u0" or not _is(part)))
        for each in circuit.sections
    ]
    circuit = replace(circuit, sections=(*kept, driven), volts_per_unit={"u0": 1.0})
    errors = []
    for gain in (240.0, 120.0):  # left of 6e5, and some kilohertz of bandwidth
        found = transient(imperfect(circuit, {SPEED: 6e5 / gain}), tmp_path, 20.0, 0.01, ["u0"])["u0"][-1]
        errors.append(-1 / found - 1)
    assert errors[1] == pytest.approx(2 * errors[0], rel=1e-2)
    assert errors[0] == pytest.approx(2 / 240, rel=1e-2)
    exact = transient(imperfect(circuit, {SPEED: 1.0}), tmp_path, 20.0, 0.01, ["u0"])["u0"][-1]
    assert exact == pytest.approx(-1, abs=1e-4)
    assert BOARD.part("opamp") == "tl072"


def _is(part: object) -> bool:
    return isinstance(part, Resistor)


@pytest.mark.parametrize("factors", [{SPEED: -1.0}, {"speeed": 1.0}, {LAG: float("nan")}])
def test_bad_factors_are_refused(factors: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="the factor of"):
        imperfect(AD633, factors)
