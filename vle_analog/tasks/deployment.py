"""A learned network put to work: the weights as constants, no plasticity, and its circuit's resistors hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from vle_analog.equations.assembly import Equations
from vle_analog.equations.system import EquationSystem, Input, name_of
from vle_analog.errors import UsageError, nearest
from vle_analog.learning.layers import Layer
from vle_analog.learning.learned import parameters_of
from vle_analog.learning.network import forward
from vle_analog.tasks.task import Exam, Task, input_signal, target_inputs, target_signal


def deployed_system(task: Task, parameters: Mapping[str, np.ndarray], exam: Exam | None = None) -> EquationSystem:
    """A task's network with given parameters, from rest, on exam data; its teacher runs beside it if it has one.

    Outputs are the network's output and the target, under their names in the learning system.

    Args:
        task: whose layers, teacher and time unit are used.
        parameters: weights, biases and time constants by template name (``w1``, ``b1``, ``tau_m1``, ...), as
            learners give them; what is not among them is as the task starts with it.
        exam: input, target and span; the task's own when None.

    Raises:
        UsageError: the network has no such parameter, its shape is another, or a value is not finite.
    """
    exam = task.exam if exam is None else exam
    equations = Equations()
    x, target = input_signal(len(exam.inputs)), target_signal(len(task.learning.outputs), len(task.layers))
    inputs = [Input(x, exam.x), *target_inputs(equations, x, target, task.teacher, exam.target)]
    output = forward(equations, with_parameters(task.layers, parameters), x, plastic=False).output
    return EquationSystem(
        f"{task.name}_deployed",
        tuple(equations.states),
        tuple(equations.definitions),
        tuple(inputs),
        tuple(equations.parameters),
        outputs=(name_of(output), name_of(target)),
        unit=task.system.unit,
        span=exam.span,
        populations=equations.populations,
    )


def with_parameters(layers: Sequence[Layer], parameters: Mapping[str, np.ndarray]) -> tuple[Layer, ...]:
    """The layers with other weights, biases and time constants, none of which learns.

    Args:
        layers: from the input up.
        parameters: by template name, as `deployed_system` has them.

    Raises:
        UsageError: as there.
    """
    known = parameters_of(layers)
    fixed = [replace(layer, learn=False, learn_tau=False) for layer in layers]
    for name, values in parameters.items():
        if name not in known:
            raise UsageError(f"the network has no parameter '{name}'", hint=nearest(name, known))
        place, array = known[name], np.asarray(values, float)
        # axes of one neuron may be dropped, as templates drop them
        if [n for n in array.shape if n > 1] != [n for n in place.shape if n > 1]:
            raise UsageError(f"parameter '{name}' has shape {array.shape}, not {place.shape}")
        if not np.isfinite(array).all():
            raise UsageError(f"parameter '{name}' has values that are not finite")
        fixed[place.number - 1] = place.set(fixed[place.number - 1], array.reshape(place.shape))
    return tuple(fixed)
