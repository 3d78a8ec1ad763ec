"""Single precision but for states, against double: what it costs, and that it stays as reproducible."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.test_networks import REAL, lesson
from tests.engine.test_state import boards
from vle_analog.engine.engine import Engine
from vle_analog.lesson.chip import step_bound
from vle_analog.stimulus import Constant

#: of a signal's range, root mean square: two orders below what parts models are worth against ngspice
BOUND = 1e-5


@pytest.mark.parametrize("name", ["chain", "xor_small"])
def test_a_lesson_is_the_same_within_the_bound(name: str) -> None:
    task, circuit = lesson(name, REAL)
    step, names = step_bound(task), [task.learning.output, *task.learning.parameters]
    single, double = (Engine(circuit, step, names, single=kind) for kind in (True, False))

    one, other = (engine.advance(200.0, every=1.0) for engine in (single, double))

    for signal in names:
        error = np.sqrt(np.mean((one.signals[signal] - other.signals[signal]) ** 2))
        assert error < BOUND * np.ptp(other.signals[signal]), signal


def test_slow_states_lose_no_small_steps() -> None:
    """A drift whose single steps are below a row's last digit adds up all the same."""
    task, circuit = lesson("xor_small", REAL)
    step, names = step_bound(task), list(task.learning.parameters)
    finer = step / 16
    single, double = (Engine(circuit, finer, names, single=kind) for kind in (True, False))

    for engine in (single, double):
        engine.advance(20.0)

    moved = double.values(names) - Engine(circuit, finer, names).values(names)
    assert np.abs(single.values(names) - double.values(names)).max() < 1e-4 * np.abs(moved).max()


def test_it_goes_on_bit_for_bit_and_a_board_does_not_see_the_others() -> None:
    made = boards(5e3)
    whole, part = Engine(made, 0.02, ["u", "z"], single=True), Engine(made[17:20], 0.02, ["u", "z"], single=True)
    whole.advance(7.0)
    part.advance(7.0)
    state = whole.state()
    first = whole.advance(14.0, every=0.1)
    other = Engine(made, 0.02, ["u", "z"], single=True)
    other.restore(state)
    second, third = other.advance(14.0, every=0.1), part.advance(14.0, every=0.1)

    for name in ("u", "z"):
        assert np.array_equal(first.signals[name], second.signals[name])
        assert np.array_equal(first.signals[name][17:20], third.signals[name])
    exams = [engine.examine({"x": Constant(1.0)}, 2.0).signals["z"] for engine in (whole, other)]
    assert np.array_equal(*exams)
