"""What learns: every gated state has its record, of the right kind and layer, with what the teacher has there."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from vle_analog.equations.system import index, name_of, shape_of, signal
from vle_analog.learning.feedback import FEEDBACKS
from vle_analog.learning.layers import Layer
from vle_analog.learning.learned import Kind, Learned, deployable, kinds_of, parameters_of, taught
from vle_analog.learning.rules import RULES
from vle_analog.tasks import TASKS, chain, complex_signal, temporal_xor
from vle_analog.tasks.task import by_instance

LETTERS = {
    "w": Kind.WEIGHT,
    "b": Kind.BIAS,
    "back": Kind.BACKWARD_WEIGHT,
    "g": Kind.CONDUCTANCE,
    **dict.fromkeys(("ka", "kb", "kc"), Kind.ERROR_COEFFICIENT),
}


@pytest.mark.parametrize("feedback", FEEDBACKS)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", ["chain", "complex_signal"])
def test_every_gated_state_is_recorded(name: str, rule: str, feedback: str) -> None:
    task = TASKS[name](rule, None, 200.0, feedback=feedback, trace=20.0, averaging=50.0)
    gate = sp.Symbol("gate")
    gated = {name_of(each.symbol) for each in task.system.states if each.derivative.has(gate)}
    assert {each.name for each in task.learned} == gated
    for each in task.learned:
        letter = each.name.rstrip("0123456789")
        assert (each.kind, each.layer) == (LETTERS[letter], int(each.name[len(letter) :]))
        assert each.shape == shape_of(task.system.symbols[each.name])
    assert task.system.outputs[2:] == tuple(each.name for each in task.learned)
    assert list(task.learning.parameters) == list(by_instance(task.learned)) == list(kinds_of(task.learned))


def test_the_order_is_by_kind_then_by_name() -> None:
    learned = temporal_xor("vle2", span=200.0, feedback="mirror", eligibility=False).learned
    assert [each.name for each in learned] == [
        *("w1", "w2", "w3", "b1", "b2", "b3", "back2", "back3"),
        *("ka1", "ka2", "ka3", "kb1", "kb2", "kb3"),
    ]  # fmt: skip
    assert [each.kind for each in learned] == sorted((each.kind for each in learned), key=list(Kind).index)


def test_what_a_network_that_learns_no_more_needs() -> None:
    task = chain("vle3", feedback="mirror")
    assert [each.parameter for each in deployable(task.learned)] == ["w1", "w2", "tau_m1", "tau_m2"]
    (g,) = (each for each in task.learned if each.name == "g2")
    np.testing.assert_array_equal(g.as_parameter(np.array(4.0)), 0.25)
    (w,) = (each for each in task.learned if each.name == "w2")
    assert w.as_parameter(np.array(4.0)) == 4.0
    assert {each.parameter for each in deployable(task.learned)} <= parameters_of(task.layers).keys()


def test_teachers_values_are_where_the_teacher_has_them() -> None:
    known = {each.name: each.taught for each in chain("vle2").learned}
    assert (known["w1"], known["w2"], known["g1"], known["g2"]) == (1.0, 2.0, 1.0, 0.5)
    assert known["ka1"] is known["kb2"] is None
    task = complex_signal(span=200.0)
    assert task.teacher is not None
    known = {each.name: each.taught for each in task.learned}
    np.testing.assert_array_equal(known["w2"], task.teacher[1].weights)
    assert all(each.taught is None for each in temporal_xor(span=200.0).learned)


def test_a_scalar_of_the_teacher_holds_for_every_neuron_and_one_of_another_size_for_none() -> None:
    g = Learned(signal("g1", index("n1", 3)), Kind.CONDUCTANCE, 1, sp.Symbol("tau_m1"))
    w = Learned(signal("w1", index("n1", 3)), Kind.WEIGHT, 1)
    (same, other) = ([Layer(n, np.ones(n), 2.0)] for n in (3, 4))
    np.testing.assert_array_equal(taught(g, same).taught, [0.5, 0.5, 0.5])
    np.testing.assert_array_equal(taught(w, same).taught, [1.0, 1.0, 1.0])
    assert taught(w, other).taught is None and taught(w, []).taught is None
