"""The switch that gates plasticity: exact while closed, holding while open."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from tests.blocks.bench import built, learning_network, transient
from vle_analog.design.build import Build
from vle_analog.equations.system import EquationSystem, Input, State, instance_names
from vle_analog.stimulus import Constant, Gate
from vle_analog.studies.run.study import run

W, X, GATE = sp.symbols("w x gate")


def gated(gate: Gate | Constant) -> EquationSystem:
    inputs = Input(X, Constant(1.0)), Input(GATE, gate, gate=True)
    return EquationSystem("gated", (State(W, GATE * X / 4, 0.25),), (), inputs, span=4.0)


@pytest.mark.parametrize("volts", [0.5, 8.0])
def test_gate_opens_and_closes(volts: float, tmp_path: Path) -> None:
    """Whatever the volts of a 1 at the gate are."""
    circuit = built(gated(Gate(1.0, 3.0)), scales={"gate": volts})
    found = transient(circuit, tmp_path, 4.0, 0.005, ["w"])
    before, after = found.between(0, 0.99), found.between(3.01, 4)
    np.testing.assert_allclose(before["w"], 0.25, atol=1e-7)
    np.testing.assert_allclose(after["w"], 0.25 + 2.0 / 4, atol=1e-3)  # ramps of 1e-3
    assert np.ptp(after["w"]) < 1e-7


def test_closed_switch_passes_everything(tmp_path: Path) -> None:
    found = transient(built(gated(Constant(1.0))), tmp_path, 3.0, 0.01, ["w"])
    np.testing.assert_allclose(found["w"], 0.25 + found.time / 4, rtol=3e-5)  # 1 ohm before 100 kohm


def test_droop_of_an_open_switch(tmp_path: Path) -> None:
    """Its leakage through 1e15 ohm: nothing that a board would see in a thousand units."""
    system = gated(Constant(0.0)).updated(span=1000.0)
    found = transient(built(system), tmp_path, 1000.0, 10.0, ["w"])
    assert abs(found["w"][-1] - 0.25) < 1e-6


@pytest.mark.parametrize(("rule", "learn_tau"), [("gle", False), ("vle", True)])
def test_what_was_learned_is_held(rule: str, learn_tau: bool) -> None:
    """With plasticity off, all capacitors that hold parameters drift by less than 1e-6 of their range in 50 units.

    A conductance's walls stay connected, by resistors of 0.01 units with its capacitor; with an op-amp
    of gain 1e9 that is a leak of time constant 1e7 units.
    """
    system = learning_network(rule, learn_tau=learn_tau, sizes=(2, 1), gate=Gate(1.0, 20.0), span=70.5)
    names = [n for n in ("w1", "w2", "b1", "b2", "g1", "g2", "ka1", "ka2", "kb1", "kb2") if n in system.symbols]
    analog = run(system.updated(outputs=tuple(names)), Build(step=0.02)).analog
    held = analog.between(20.1, 70.2)
    assert held.time[-1] - held.time[0] > 50
    for name in (instance for each in names for instance in instance_names(system.symbols[each])):
        moved = np.ptp(analog[name])
        assert moved > 1e-5, f"{name} learned nothing"
        leak = 50 / 1e7 if name.startswith("g") else 0.0
        assert np.ptp(held[name]) < (1e-6 + leak) * np.abs(analog[name]).max(), name
