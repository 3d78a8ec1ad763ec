"""The loops over time around a system's rates: compiled once, for all systems and methods.

What a system alone decides is two C functions that `codegen` generates and numba compiles; they are called by
address. A system therefore compiles only its equations, once for all methods. A call costs a few nanoseconds.

There are two drivers. ``integrate`` also keeps every signal's extremes and leaves out records;
``march`` does neither, which makes it the faster one: extremes cost as much as the rates.
"""

# mypy: disable-error-code="misc,no-untyped-call,call-arg"
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import types
from numba.extending import intrinsic

from vle_analog.jit import jit
from vle_analog.native import call, data_of

# no "reassoc": a function's first and later loads from the cache would then round differently
driver = jit(error_model="numpy", fastmath={"contract", "nsz", "arcp"})


class Flow(NamedTuple):
    """A system's rates as machine code, and the parameters that go with them.

    Attributes:
        flow: address of ``flow(y, x, p, c, d, k)``, all definitions d and derivatives k of states y and inputs x.
        constants: address of ``constants(p, c)``, what parameters alone determine; 0 where there is nothing.
        definitions, held: lengths of d and c.
        p: parameters, flat.
        limit: a state beyond it has diverged, model units.
    """

    flow: int
    constants: int
    definitions: int
    held: int
    p: np.ndarray
    limit: float


class Calls(NamedTuple):
    """What all calls of a system's rates have in common.

    Attributes:
        flow, p: as `Flow` has them.
        c: what parameters alone determine, shape (held,).
    """

    flow: int
    p: np.ndarray
    c: np.ndarray


class Stages(NamedTuple):
    """An explicit Runge-Kutta method, shape (stages,) each; see `tableau.Tableau`.

    Attributes:
        nodes: times in half steps.
        previous: coefficient of the previous stage in each stage's state.
        weights: in the step.
    """

    nodes: np.ndarray
    previous: np.ndarray
    weights: np.ndarray


class Drive(NamedTuple):
    """What a stretch of time is integrated under.

    Attributes:
        inputs: all instances, shape (rows * steps + 1, instances).
        rows: of inputs in each step: 2 where the middles of steps are among them, 1 where not.
        steps: sizes, model units.
    """

    inputs: np.ndarray
    rows: int
    steps: np.ndarray


class Recording(NamedTuple):
    """What is recorded, at the start of a step.

    Attributes:
        y, d: places of the states, then of the definitions.
        stride, phase: recorded is each step whose number plus the phase is a multiple of the stride.
    """

    y: np.ndarray
    d: np.ndarray
    stride: int
    phase: int


class Extremes(NamedTuple):
    """The largest absolute, smallest and largest values so far, of states and of definitions; changed in place."""

    peak_y: np.ndarray
    peak_d: np.ndarray
    low_y: np.ndarray
    low_d: np.ndarray
    high_y: np.ndarray
    high_d: np.ndarray


@intrinsic
def _evaluate(context: Any, calls: Any, y: Any, x: Any, row: Any, d: Any, k: Any) -> Any:
    """``flow(y, x[row], p, c, d, k)``, with flow, p and c of `Calls`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        inputs = context.make_array(signature.args[2])(context, builder, arguments[2])
        offset = builder.mul(arguments[3], builder.extract_value(inputs.shape, 1))
        flow, *held = (builder.extract_value(arguments[0], place) for place in range(3))
        kinds = signature.args[0].types[1:]
        p, c = (context.make_array(kind)(context, builder, each).data for kind, each in zip(kinds, held, strict=True))
        states, definitions, rates = (data_of(context, builder, signature, arguments, place) for place in (1, 4, 5))
        return call(context, builder, flow, [states, builder.gep(inputs.data, [offset]), p, c, definitions, rates])

    return types.void(calls, y, x, types.int64, d, k), generate


@intrinsic
def _fill(context: Any, constants: Any, p: Any, c: Any) -> Any:
    """``constants(p, c)``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointers = [data_of(context, builder, signature, arguments, place) for place in (1, 2)]
        return call(context, builder, arguments[0], pointers)

    return types.void(types.int64, p, c), generate


@driver
def _calls(f: Any) -> Any:
    """What all calls of a `Flow` have in common, as its parameters are now."""
    c = np.empty(f.held)
    if f.held > 0:
        _fill(f.constants, f.p, c)
    return Calls(f.flow, f.p, c)


@driver
def rates(f: Any, y: Any, x: Any, d: Any, k: Any) -> None:
    """All definitions d and derivatives k of one state under one row of inputs, shape (1, instances)."""
    _evaluate(_calls(f), y, x, 0, d, k)


@driver
def integrate(f: Any, method: Any, y: Any, drive: Any, recording: Any, extremes: Any, records: Any) -> Any:
    """Advance a state over all steps.

    Args:
        f, method, drive, recording: `Flow`, `Stages`, `Drive` with two rows a step, `Recording`.
        y: states, changed in place.
        extremes: `Extremes`, changed in place.
        records: shape (points, recorded), changed in place.

    Returns:
        Records written, and steps done: fewer than there are where a state has diverged.
    """
    n, inputs, steps = len(y), drive.inputs, drive.steps
    peak_y, peak_d, low_y, low_d, high_y, high_d = extremes
    d, k, stage, change, calls = np.zeros(f.definitions), np.zeros(n), np.zeros(n), np.zeros(n), _calls(f)
    last = len(method.weights) - 1
    written = 0
    for step in range(len(steps)):
        h = steps[step]
        _evaluate(calls, y, inputs, 2 * step, d, k)
        for i in range(f.definitions):
            a = abs(d[i])
            peak_d[i] = a if a > peak_d[i] else peak_d[i]
            low_d[i] = d[i] if d[i] < low_d[i] else low_d[i]
            high_d[i] = d[i] if d[i] > high_d[i] else high_d[i]
        if (step + recording.phase) % recording.stride == 0:
            for i in range(len(recording.y)):
                records[written, i] = y[recording.y[i]]
            for i in range(len(recording.d)):
                records[written, len(recording.y) + i] = d[recording.d[i]]
            written += 1
        for s in range(last):
            weight, ahead = method.weights[s], method.previous[s + 1] * h
            for i in range(n):
                change[i] = weight * k[i] if s == 0 else change[i] + weight * k[i]
                stage[i] = y[i] + ahead * k[i]
            _evaluate(calls, stage, inputs, 2 * step + method.nodes[s + 1], d, k)
        weight = method.weights[last]
        diverged = False
        for i in range(n):
            y[i] += h * (change[i] + weight * k[i])
            a = abs(y[i])
            peak_y[i] = a if a > peak_y[i] else peak_y[i]
            low_y[i] = y[i] if y[i] < low_y[i] else low_y[i]
            high_y[i] = y[i] if y[i] > high_y[i] else high_y[i]
            diverged |= not a < f.limit
        if diverged:
            return written, step
    return written, len(steps)


@driver
def march(f: Any, method: Any, y: Any, drive: Any, recording: Any, records: Any) -> Any:
    """Advance a state over all steps, each recorded; arguments as of `integrate`.

    Returns:
        Steps done: fewer than there are where a state has diverged.
    """
    n, inputs, rows, steps = len(y), drive.inputs, drive.rows, drive.steps
    d, k, stage, change, calls = np.zeros(f.definitions), np.zeros(n), np.zeros(n), np.zeros(n), _calls(f)
    last = len(method.weights) - 1
    for step in range(len(steps)):
        h = steps[step]
        _evaluate(calls, y, inputs, rows * step, d, k)
        for i in range(len(recording.y)):
            records[step, i] = y[recording.y[i]]
        for i in range(len(recording.d)):
            records[step, len(recording.y) + i] = d[recording.d[i]]
        for s in range(last):
            weight, ahead = method.weights[s], method.previous[s + 1] * h
            for i in range(n):
                change[i] = weight * k[i] if s == 0 else change[i] + weight * k[i]
                stage[i] = y[i] + ahead * k[i]
            _evaluate(calls, stage, inputs, rows * step + method.nodes[s + 1] * rows // 2, d, k)
        weight = method.weights[last]
        diverged = False
        if last == 0:  # one stage: a wide network's weights are read once less
            for i in range(n):
                y[i] += h * (weight * k[i])
                diverged |= not abs(y[i]) < f.limit
        else:
            for i in range(n):
                y[i] += h * (change[i] + weight * k[i])
                diverged |= not abs(y[i]) < f.limit
        if diverged:
            return step
    return len(steps)


@driver
def advance(f: Any, y: Any, drive: Any, recording: Any, records: Any) -> Any:
    """As `march`, by a function in the place of ``flow`` that makes whole steps (`codegen.advancing`)."""
    inputs, rows, steps = drive.inputs, drive.rows, drive.steps
    d, s, calls = np.zeros(f.definitions), np.zeros(3), _calls(f)
    s[1] = f.limit
    for step in range(len(steps)):
        s[0] = steps[step]
        for i in range(len(recording.y)):
            records[step, i] = y[recording.y[i]]
        _evaluate(calls, y, inputs, rows * step, d, s)
        for i in range(len(recording.d)):
            records[step, len(recording.y) + i] = d[recording.d[i]]
        if s[2] != 0.0:
            return step
    return len(steps)
