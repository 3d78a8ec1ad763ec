"""What a learning task is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp

from vle_analog.compare import LearningSetup
from vle_analog.equations.assembly import Equations
from vle_analog.equations.network import Layer, Plasticity, forward, learning
from vle_analog.equations.system import EquationSystem, Input, instance_names, name_of
from vle_analog.errors import UsageError
from vle_analog.stimulus import Gate, Stimulus
from vle_analog.waveforms import Waveforms


@dataclass(frozen=True)
class Task:
    """A system that learns, and where its results are.

    Attributes:
        name: of the task.
        summary: one line for people.
        rule: the learning rule.
        eta: the rate of weights.
        seed: of its data stream and start weights.
        system: the equations; their outputs hold output, target and all learned parameters.
        learning: output, target, parameters, frozen windows.
        step: the reference's first step, model units.
        accuracy: the fraction of right answers in the final frozen window, where answers are right
            or wrong; it takes waveforms that hold output and target.
        solver_error: what the circuit's solver may get wrong, as a fraction of range; learning makes
            up for more of it than for a free-running system's.
    """

    name: str
    summary: str
    rule: str
    eta: float
    seed: int
    system: EquationSystem
    learning: LearningSetup
    step: float
    accuracy: Callable[[Waveforms], float] | None = None
    solver_error: float = 2e-3


@dataclass(frozen=True)
class Stream:
    """A task's data: the input and, where no teacher runs beside the network, the target."""

    x: Stimulus
    target: Stimulus | None
    gate: Gate


def plastic_system(
    name: str,
    layers: Sequence[Layer],
    plasticity: Plasticity,
    stream: Stream,
    span: float,
    teacher: Sequence[Layer] | None = None,
    unit: float = 1e-3,
) -> tuple[EquationSystem, dict[str, float | None]]:
    """A learning network with its input and its target, from a stream or from a teacher network.

    Args:
        name: of the system.
        layers: the learning network, from the input up; one input, one output.
        plasticity: rule and rates.
        stream: input, target and plasticity gate.
        span: model units.
        teacher: layers that run beside the network and give the target.
        unit: seconds per model unit.

    Returns:
        The system, whose outputs are network output, target and everything that learns; and every
        learned instance's name with its teacher's value, if there is one.
    """
    equations = Equations()
    x, gate, target = sp.Symbol("x"), sp.Symbol("gate"), sp.Symbol("target")
    inputs = [Input(x, stream.x), Input(gate, stream.gate, gate=True)]
    if teacher is not None:
        taught = forward(equations, teacher, x, prefix="t", plastic=False)
        equations.define(target, taught[-1].r)
    elif stream.target is not None:
        inputs.append(Input(target, stream.target))
    network = forward(equations, layers, x)
    learning(equations, layers, network, x, target, plasticity, gate)
    plastic = [each.symbol for each in equations.states if gate in each.derivative.free_symbols]
    plastic.sort(key=lambda symbol: ("wbgk".index(name_of(symbol)[0]), name_of(symbol)))
    known = {} if teacher is None else _teacher_values(teacher)
    learned = {
        instance: known.get(name_of(symbol), {}).get(position)
        for symbol in plastic
        for position, instance in enumerate(instance_names(symbol))
    }
    system = EquationSystem(
        name,
        tuple(equations.states),
        tuple(equations.definitions),
        tuple(inputs),
        tuple(equations.parameters),
        outputs=(name_of(network[-1].r), "target", *(name_of(symbol) for symbol in plastic)),
        unit=unit,
        span=span,
    )
    return system, learned


def _teacher_values(teacher: Sequence[Layer]) -> dict[str, dict[int, float]]:
    values: dict[str, dict[int, float]] = {}
    for number, layer in enumerate(teacher, 1):
        for letter, array in (("w", layer.weights), ("b", layer.bias), ("g", 1 / np.asarray(layer.tau_m, float))):
            if array is not None:
                values[f"{letter}{number}"] = dict(enumerate(np.ravel(array).tolist()))
    return values


def positive_rate(eta: float | None, default: float) -> float:
    """The learning rate, or the default.

    Raises:
        UsageError: not a positive number.
    """
    eta = default if eta is None else eta
    if not 0 < eta < float("inf"):
        raise UsageError(f"the learning rate eta must be positive, not {eta:g}")
    return eta


def long_enough(name: str, span: float | None, default: float, least: float) -> float:
    """The span, or the default.

    Raises:
        UsageError: not finite, or under the least.
    """
    span = default if span is None else span
    if not least <= span < float("inf"):
        raise UsageError(f"{name} needs a span of at least {least:g} model units, not {span:g}")
    return span
