"""Whole networks on real boards, learning and examined, against ngspice; ideal ones against the reference, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest

from vle_analog.circuit.circuit import Circuit
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.engine.engine import Engine
from vle_analog.lesson.chip import Chip, step_bound
from vle_analog.lesson.student import IdealStudent, opened
from vle_analog.production.memory import driven
from vle_analog.production.production import Production
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.stimulus import Constant, Stimulus
from vle_analog.tasks import Task, chain, complex_signal, first_board, xor_small
from vle_analog.waveforms import Waveforms

TASKS = {
    "chain": (chain, 60.0),
    "complex_signal": (complex_signal, 10.0),
    "xor_small": (xor_small, 24.0),
    "first_board": (partial(first_board, chop="slow"), 60.0),
}
#: how a circuit is built, and what making a board of it does
Making = tuple[Build, Production]
IDEAL: Making = (Build(), Production())
REAL: Making = (Build(fidelity="macromodel"), Production(Variation(Tolerance(0.02), Tolerance(0.04))))


@cache
def lesson(name: str, board: Making) -> tuple[Task, Circuit]:
    """A task, and its circuit on a board, plasticity open from near the beginning."""
    make, _ = TASKS[name]
    task = make(span=400.0)
    build, production = board
    circuit = production.made(design(task, replace(build, step=step_bound(task))).circuit, 3)
    return task, driven(circuit, {"gate": opened(task)})


def differences(mine: Waveforms, theirs: Waveforms, names: Sequence[str]) -> dict[str, float]:
    """Root mean square difference over the range, after half a unit."""
    late = mine.time >= 0.5
    found = {}
    for name in names:
        one, other = mine[name][late], theirs.at(mine.time)[name][late]
        found[name] = float(np.sqrt(np.mean((one - other) ** 2)) / np.ptp(other))
    return found


def first(engine: Engine, until: float, step: float) -> Waveforms:
    found = engine.advance(until, every=step)
    return Waveforms(found.time, {name: values[0] for name, values in found.signals.items()})


@pytest.mark.parametrize("board", [IDEAL, REAL], ids=["ideal", "real"])
@pytest.mark.parametrize("name", TASKS)
def test_a_board_learns_as_in_ngspice(name: str, board: Making) -> None:
    task, circuit = lesson(name, board)
    span, step = TASKS[name][1], step_bound(task)
    names = [task.learning.output, task.learning.target, *task.learning.parameters]

    mine = first(Engine(circuit, step / 2, names), span, step / 2)
    theirs = Chip(circuit, tuple(names), step / 2).advance(span)

    found = differences(mine, theirs, names)
    assert np.median(list(found.values())) < 3e-3
    assert found[task.learning.output] < 3e-3


@pytest.mark.parametrize("board", [IDEAL, REAL], ids=["ideal", "real"])
def test_a_board_answers_as_in_ngspice(board: Making) -> None:
    task, circuit = lesson("xor_small", board)
    output, step = task.learning.output, step_bound(task)
    stimuli: dict[str, Stimulus] = {**task.exam.played, "gate": Constant(0.0)}

    found = Engine(circuit, step, [output]).examine(stimuli, 24.0)
    theirs = Chip(circuit, (output,), step).examine(stimuli, 24.0)

    assert differences(Waveforms(found.time, {output: found.signals[output][0]}), theirs, [output])[output] < 1e-3


@pytest.mark.parametrize("name", TASKS)
def test_an_ideal_board_learns_as_its_equations_say(name: str) -> None:
    task, circuit = lesson(name, IDEAL)
    student = IdealStudent(task)
    names = list(task.learning.parameters)
    start = np.array(student.learned())
    pair = (task.learning.output, task.learning.target)
    engine = Engine(circuit, step_bound(task) / 2, pair, pair)

    ideal, mine = student.advance(120.0), engine.advance(120.0).squares[0]

    moved = np.array(student.learned()) - start
    assert np.sqrt(np.mean((engine.values(names)[0] - start - moved) ** 2)) < 5e-3 * np.sqrt(np.mean(moved**2))
    assert mine == pytest.approx(ideal, rel=2e-2)


@pytest.mark.slow
@pytest.mark.parametrize("feedback", ["mirror", "noise", "pal"])
def test_own_feedback_weights_learn_as_in_ngspice(feedback: str) -> None:
    task = xor_small("gle", span=400.0, feedback=feedback)
    step = step_bound(task)
    circuit = driven(design(task, Build(step=step)).circuit, {"gate": opened(task)})
    names = [task.learning.output, *task.learning.parameters]

    mine = first(Engine(circuit, step / 2, names), 60.0, step / 2)
    theirs = Chip(circuit, tuple(names), step / 2).advance(60.0)

    found = differences(mine, theirs, names)
    assert np.median(list(found.values())) < 3e-3 and found[task.learning.output] < 3e-3
    assert max(found[name] for name in names if name.startswith("back")) < 2e-2
