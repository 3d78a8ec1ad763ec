"""Patch sheets of THE ANALOG THING compute their systems: every element is computed from the wires that go into it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.patch.machines import UNIT, ideal, placed, solved, worst
from vle_analog.patch.analog_thing import MACHINE, Wiring, wired
from vle_analog.patch.machine import Patch


def elements_of(patch: Patch, wiring: Wiring, seconds: np.ndarray) -> dict[str, np.ndarray]:
    """What each element's output carries, with its sign taken off: integrators, summers and inverters turn signs."""
    clocking = MACHINE.clocking(patch.program)
    states = [each.name for each in patch.program.integrals]
    into: dict[str, dict[str, list]] = {}
    for wire in wiring.wires:
        into.setdefault(wire.element, {}).setdefault(wire.jack, []).append(wire)
    order = [*wiring.summers, *(each.name for each in patch.program.products)] * 3

    def volts(name: str, out: dict[str, float], jack: str) -> float:
        total = 0.0
        for wire in into.get(name, {}).get(jack, []):
            node = wire.sign if wire.source == UNIT else out.get(wire.source, 0.0)
            if wire.source != UNIT and wire.sign != wiring.signs[wire.source]:
                node = -node  # an inverter
            share = 1.0 if wire.setting is None else wire.setting
            assert 0 < share <= 1
            total += wire.gain * share * node
        return total

    def every(y: np.ndarray) -> dict[str, float]:
        out = dict(zip(states, y, strict=True))
        for name in order:
            out[name] = (
                -volts(name, out, "") if name in wiring.summers else volts(name, out, "X") * volts(name, out, "Y")
            )
        return out

    def rates(y: np.ndarray) -> np.ndarray:
        out = every(y)
        return np.array([-clocking.speeds[name] * volts(name, out, "") for name in states])

    start = np.array([-volts(name, {}, "IC") for name in states])
    run = [every(y) for y in solved(rates, start, seconds).T]
    return {name: np.array([wiring.signs[name] * each[name] for each in run]) for name in run[0]}


@pytest.mark.parametrize("name", ["van_der_pol", "rc_low_pass", pytest.param("roessler", marks=pytest.mark.slow)])
def test_a_patch_computes_the_equations(name: str) -> None:
    patch = placed(name, "analog-thing")
    wiring = wired(patch.program, MACHINE.clocking(patch.program))
    seconds = np.linspace(0, 0.3 * ideal(name).time[-1] * patch.unit, 101)
    assert worst(name, patch, elements_of(patch, wiring, seconds), seconds) < 1e-3


def test_a_sheet_names_every_plug() -> None:
    elements, dividers, wires = (group.rows for group in placed("van_der_pol", "analog-thing").sheet)
    known = {row[0] for row in (*elements, *dividers)}
    assert len(wires) == 12 and all(row[0] in known for row in wires)
    assert {row[2] for row in dividers} <= {*known, "+1", "-1"}
    assert {row[1] for row in wires} == {row[0] for row in elements}


def test_what_does_not_fit_is_counted() -> None:
    lacking = [each for each in placed("lorenz", "analog-thing").needs if not each.is_met]
    assert [(each.what, each.needed, each.available) for each in lacking] == [("potentiometers", 10, 8)]
