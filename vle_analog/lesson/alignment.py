"""How well a local rule's weight changes agree with the exact gradient, layer by layer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vle_analog.learning.learned import Kind
from vle_analog.reference.adjoint import Adjoint
from vle_analog.reference.learners import OnlineLearner
from vle_analog.tasks import Task

Array = NDArray[np.float64]

_PAIRED = (Kind.WEIGHT, Kind.BACKWARD_WEIGHT)


def alignment(
    learner: OnlineLearner, adjoint: Adjoint, task: Task, window: float, settle: float = 0.0
) -> dict[str, float]:
    """Cosine between a rule's direction and the exact descent over one stretch of the stream, by layer.

    Weights stand still; ``1`` is the bottom layer; all that a layer learns (weights, biases, leak
    conductances) counts as one vector. Errors are zero after the stretch for the exact gradient, and
    come from before it for the rule: it should be long against the membranes' time constants. It starts
    where the learner stands, but for the end of the stream: beyond, data would stand still, and there
    all rules agree, so that the last of the data are taken.

    Args:
        learner: where it stands now; it stays there.
        adjoint: of the task's layers and teacher.
        task: whose stream it is.
        window: the stretch, model units.
        settle: model units before it, for backward coefficients to reach their values; as many as there are.
    """
    window = min(window, task.system.span)
    settle = min(settle, task.system.span - window)
    begin = min(learner.time, task.system.span - window - settle)
    found = learner.direction(window, settle, begin)
    state = adjoint.forward.initial()
    adjoint.set({**learner.states(adjoint.membranes), **learner.parameters()}, state)
    stream = task.stream
    if settle:  # membranes move on, weights stay
        adjoint.gradient(stream.inputs, stream.targets, settle, task.step, state, begin)
    exact = adjoint.gradient(stream.inputs, stream.targets, window, task.step, state, begin + settle)
    # down the cost; g = 1/tau_m falls where tau_m rises
    descent = {each.name: exact.by[each.parameter] * (-1 if each.tau_m is None else 1) for each in learner.learned}
    layers: dict[int, list[str]] = {}
    for each in learner.learned:
        layers.setdefault(each.layer, []).append(each.name)
    return {
        str(number): cosine(
            *(np.concatenate([np.ravel(by[name]) for name in layers[number]]) for by in (found, descent))
        )
        for number in sorted(layers)
    }


def feedback_alignment(learner: OnlineLearner, task: Task) -> dict[str, float]:
    """Cosine between a layer's own feedback weights and its forward weights, by layer; none where these are one."""
    names = {(each.kind, each.layer): each.name for each in task.learned if each.kind in _PAIRED}
    pairs = {layer: name for (kind, layer), name in names.items() if kind is Kind.BACKWARD_WEIGHT}
    found = {}
    for layer, back in sorted(pairs.items()):
        values = learner.states((back, names[Kind.WEIGHT, layer]))
        found[str(layer)] = cosine(*(np.ravel(each) for each in values.values()))
    return found


def cosine(a: Array, b: Array) -> float:
    """Cosine of the angle between two vectors; 0 where one is zero."""
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size else 0.0
