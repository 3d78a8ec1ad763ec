"""The first board to build: what it leaves out, and that it learns an unknown filter from any start."""

from __future__ import annotations

import numpy as np
import pytest

from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.equations.system import EquationSystem, name_of
from vle_analog.errors import UsageError
from vle_analog.lesson.student import IdealStudent
from vle_analog.studies.bom.bill import bill
from vle_analog.tasks import first_board


def names(system: EquationSystem) -> set[str]:
    """All of its signals."""
    return {name_of(each.symbol) for each in (*system.states, *system.definitions, *system.inputs)}


def test_neurons_that_do_not_look_ahead_have_rates_of_their_membranes() -> None:
    task = first_board(span=80.0)
    (rate,) = (each.expression for each in task.system.definitions if name_of(each.symbol) == "r1")
    assert str(rate) == "u1" and not names(task.system) & {"m1", "tm1"}
    looking = first_board(span=80.0, tau_r=[0.1], rule="gle")
    assert {"m1", "v1"} <= names(looking.system)


def test_errors_that_look_ahead_need_neurons_that_do() -> None:
    with pytest.raises(UsageError, match="by 'gle' errors look ahead, which takes a tau_r above 0"):
        first_board("gle", span=80.0)
    traced = first_board("gle", span=80.0, eligibility=True)  # the remedy: nothing below learns
    assert {"pastw1", "pastg1"} <= names(traced.system) and not names(traced.system) & {"elw1", "elg1"}


def test_an_abrupt_chopper_is_of_switches() -> None:
    """No clock's amplitude, no multiplier; and what is learned stays the same, but for the trace."""
    task = first_board(span=80.0, chop="slow")
    assert {"upright", "inverted"} <= names(task.system) and not names(task.system) & {"clock", "chop", "chop1"}
    circuit = design(task, Build(fidelity="macromodel")).circuit
    parts = circuit.parts
    assert parts["multipliers"] == 4 and parts["switches"] == 8


@pytest.mark.parametrize("seed", [4, 5])
def test_it_learns_gain_and_time_constant(seed: int) -> None:
    """By instantaneous errors, from its farthest starts; a bound on g is not needed."""
    task = first_board(span=1000.0, seed=seed, chop="slow", eta=0.1)
    student = IdealStudent(task)
    student.advance(1000.0)
    found = student.parameters()
    assert np.ravel(found["w1"]) == pytest.approx(1.5, rel=2e-3)
    assert np.ravel(found["tau_m1"]) == pytest.approx(1.0, rel=2e-3)


def test_its_bill_keeps_within_twenty_circuits_and_a_hundred_dollars() -> None:
    task = first_board(span=80.0, chop="slow")
    build = Build(fidelity="macromodel", parts=(("opamp", "tl074"),))
    listed = bill(design(task, build).circuit, parts=build.roles)
    circuits = {name for line in (*listed.lines, *listed.teacher) for name in line.designators if "U" in name[:2]}
    assert len(circuits) == 14 and not listed.unsold
    assert listed.euro < 80
