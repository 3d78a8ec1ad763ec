"""Chopped errors: what is learned stays the same, and offsets between the two flips average out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from vle_analog.equations.system import EquationSystem, State, name_of
from vle_analog.errors import UsageError
from vle_analog.learning.chopper import PRODUCT, SLOW, Chopper
from vle_analog.learning.layers import Layer
from vle_analog.learning.plasticity import Plasticity
from vle_analog.lesson.student import IdealStudent
from vle_analog.tasks import Task, chain, xor_small
from vle_analog.tasks.task import Stream

#: model units: ten periods of the clock
SPAN = 600.0


def learned(task: Task, until: float = SPAN) -> dict[str, np.ndarray]:
    """What a task's network learned by then."""
    student = IdealStudent(task)
    student.advance(until)
    return student.parameters()


def with_offset(task: Task, volts: float) -> Task:
    """The same task with an offset in every learning product: added to what a trace takes in, flipped if that is."""
    upright, inverted = sp.symbols("upright inverted")
    chopped = any(each.symbol == upright for each in task.system.inputs)
    c = upright - inverted if chopped else sp.S.One

    def changed(state: State) -> State:
        if not name_of(state.symbol).startswith("z"):
            return state
        tau = task.plasticity.trace
        return replace(state, derivative=state.derivative + c * volts / tau)

    system: EquationSystem = task.system
    return replace(task, system=system.updated(states=tuple(map(changed, system.states))))


CASES = [
    *((rule, {"eligibility": True}) for rule in ("bp", "gle", "vle1", "vle2", "vle3")),
    ("gle", {}),
    ("gle", {"feedback": "mirror", "eligibility": True}),
    ("gle", {"feedback": "noise", "eligibility": True}),
]


@pytest.mark.parametrize(("rule", "changes"), CASES)
def test_every_rule_learns_about_the_same_with_it(rule: str, changes: dict[str, object]) -> None:
    """A smooth clock loses some of the product around its edges, and nothing else."""
    plain = learned(xor_small(rule, span=SPAN, **changes))
    start = {name: value for name, value in learned(xor_small(rule, span=SPAN, **changes), 30.0).items()}
    chopped = learned(xor_small(rule, span=SPAN, chop=SLOW, **changes))
    moved = np.concatenate([np.ravel(plain[name] - start[name]) for name in plain])
    other = np.concatenate([np.ravel(chopped[name] - start[name]) for name in plain])
    assert float(moved @ other) > 0.8 * np.linalg.norm(moved) * np.linalg.norm(other)
    assert 0.4 < np.linalg.norm(other) / np.linalg.norm(moved) < 1.3


@pytest.mark.parametrize("kind", [SLOW, PRODUCT])
def test_offsets_of_learning_products_average_out(kind: str) -> None:
    def error(**changes: object) -> float:
        task = xor_small("gle", span=SPAN, eligibility=True, **changes)
        clean, off = learned(task), learned(with_offset(task, 0.05))
        return max(float(np.max(np.abs(clean[name] - off[name]))) for name in clean)

    assert error(chop=kind) < 0.03 * error()


def test_conductances_are_turned_back_too() -> None:
    task = chain("gle", span=400.0, chop=SLOW)
    names = [name_of(state.symbol) for state in task.system.states]
    assert {"zw1", "zw2", "zg1", "zg2"} <= {*names}
    plain, chopped = learned(chain("gle", span=400.0), 300.0), learned(task, 300.0)
    start = learned(task, 1.0)
    for name in plain:
        assert np.sign(chopped[name] - start[name]) == np.sign(plain[name] - start[name])


def test_the_clock_goes_by_the_slowest_membrane_unless_it_is_given() -> None:
    layers = (Layer(2, [[1.0], [1.0]], [0.5, 2.0]), Layer(1, [[1.0, 1.0]], 0.5, "linear"))
    assert Chopper.of(Plasticity("gle"), layers) is None
    found = Chopper.of(Plasticity("gle", chop=SLOW), layers)
    assert found is not None and (found.period, found.smoothing) == (60.0, 1.5)
    given = Chopper.of(Plasticity("gle", chop=SLOW, chop_period=40.0, chop_smoothing=0.0, trace=7.0), layers)
    assert given is not None and (given.period, given.smoothing, given.trace, given.delay) == (40.0, 0.0, 7.0, 0.0)


def test_the_switches_turn_where_the_smooth_clock_crosses_zero() -> None:
    student = IdealStudent(xor_small("gle", span=SPAN, chop=SLOW))
    late = Chopper.of(student.task.plasticity, student.task.layers)
    assert late is not None
    values = []
    for edge in (240.0, 270.0):
        time = edge + late.delay + late.period / 400  # the middle of the ramps, of the clock's and the switches'
        student.advance(round(time / student.task.step) * student.task.step)
        values.append(float(student.value("chop")))
    assert np.abs(values) == pytest.approx(0.0, abs=0.03)


def test_what_is_no_chopper_is_refused() -> None:
    with pytest.raises(UsageError, match=r"unknown way to chop errors 'fast'\n"):
        Plasticity("gle", chop="fast")
    with pytest.raises(UsageError, match=r"chop_period must be positive"):
        Plasticity("gle", chop=SLOW, chop_period=0.0)
    with pytest.raises(UsageError, match=r"unknown way to anneal 'slowly'"):
        Plasticity("gle", anneal_by="slowly")


def test_annealing_by_the_gate_learns_as_by_errors_and_takes_no_multiplier() -> None:
    def task(how: str) -> Task:
        return xor_small("gle", span=SPAN, eligibility=True, trace=5.0, anneal=(200.0, 100.0), anneal_by=how)

    by_error, by_gate = task("error"), task("gate")
    assert any(name_of(each.symbol).startswith("paced") for each in by_error.system.definitions)
    assert not any(name_of(each.symbol).startswith("paced") for each in by_gate.system.definitions)
    assert isinstance(by_gate.stream, Stream)
    first, other = learned(by_error), learned(by_gate)
    start = learned(by_gate, 30.0)
    moved = max(float(np.max(np.abs(first[name] - start[name]))) for name in first)
    assert max(float(np.max(np.abs(first[name] - other[name]))) for name in first) < 0.1 * moved
