"""A learned network put to work: the weights as constants, no plasticity, and its circuit's resistors hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import sympy as sp

from vle_analog.equations.assembly import Equations
from vle_analog.equations.system import EquationSystem, Input
from vle_analog.errors import UsageError, nearest
from vle_analog.learning.network import Layer, forward
from vle_analog.tasks.task import Exam, Task, target_inputs

#: what of a layer can be learned, by the letters that its template's name begins with
_FIELDS = {"w": "weights", "b": "bias", "tau_m": "tau_m"}


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
    x, target = sp.Symbol("x"), sp.Symbol(task.learning.target)
    inputs = [Input(x, exam.x), *target_inputs(equations, x, target, task.teacher, exam.target)]
    forward(equations, with_parameters(task.layers, parameters), x, plastic=False)
    return EquationSystem(
        f"{task.name}_deployed",
        tuple(equations.states),
        tuple(equations.definitions),
        tuple(inputs),
        tuple(equations.parameters),
        outputs=(task.learning.output, task.learning.target),
        unit=task.system.unit,
        span=exam.span,
    )


def with_parameters(layers: Sequence[Layer], parameters: Mapping[str, np.ndarray]) -> tuple[Layer, ...]:
    """The layers with other weights, biases and time constants, none of which learns.

    Args:
        layers: from the input up; one input.
        parameters: by template name, as `deployed_system` has them.

    Raises:
        UsageError: as there.
    """
    below = (1, *(layer.size for layer in layers))
    shapes: dict[str, tuple[int, ...]] = {}
    for number, layer in enumerate(layers, 1):
        shapes |= {f"w{number}": (layer.size, below[number - 1]), f"tau_m{number}": (layer.size,)}
        if layer.bias is not None:
            shapes[f"b{number}"] = (layer.size,)
    fixed = [replace(layer, learn=False, learn_tau=False) for layer in layers]
    for name, values in parameters.items():
        if name not in shapes:
            raise UsageError(f"the network has no parameter '{name}'", hint=nearest(name, shapes))
        array = np.asarray(values, float)
        # axes of one neuron may be dropped, as templates drop them
        if [n for n in array.shape if n > 1] != [n for n in shapes[name] if n > 1]:
            raise UsageError(f"parameter '{name}' has shape {array.shape}, not {shapes[name]}")
        if not np.isfinite(array).all():
            raise UsageError(f"parameter '{name}' has values that are not finite")
        letters = name.rstrip("0123456789")
        at, change = int(name[len(letters) :]) - 1, {_FIELDS[letters]: array.reshape(shapes[name])}
        fixed[at] = replace(fixed[at], **change)  # type: ignore[arg-type]
    return tuple(fixed)
