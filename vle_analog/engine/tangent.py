"""A program in the neighbourhood of given voltages: what its nodes do with what its states and its parts err by.

An operation that follows its inputs with a lag is a recursion, ``v_n = g + d1 v_(n-1) + d2 v_(n-2)``. What it settles
at is ``g / (1 - d1 - d2)``, and its group delay for slow signals is ``(d1 + 2 d2) / (1 - d1 - d2)`` steps (Oppenheim
and Schafer, "Discrete-Time Signal Processing", ch. 5). Both hold whatever the step, as do the slopes of the former.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vle_analog.circuit.cell.stage import MULTIPLIER, OPAMP
from vle_analog.circuit.elements import GROUND
from vle_analog.engine.program import CURVE, LINEAR, OFFSET_PRODUCT, PRODUCT, QUOTIENT, Operation, Program, Rate
from vle_analog.laws import LAWS, Law

Array = NDArray[np.float64]
#: what is deterministic of a part: what it settles at, and how late it is
GAIN, LAG = "gain", "lag"
#: volts of a node, shape (times,) or (times, 1)
Volts = Callable[[str], Array]
#: half the distance over which the slope of a law with corners is taken, units of its argument
_BESIDE = 1e-6
#: a divisor does not come closer to zero than this (`kernel`)
_LEAST = 1e-3
#: a quotient's coefficients that are its multiplier's: scale, feedthrough, the factors' offsets, the bend by the other
_OF_MULTIPLIER = (0, 1, 5, 6, 8)


@dataclass(frozen=True)
class Settled:
    """What an operation settles at, its lag in steps, and how much of its value is not its own past."""

    value: Array
    lag: Array
    fresh: Array


def role(operation: Operation) -> str:
    """The role of the part that computes a node."""
    if operation.code == CURVE:
        return operation.law
    return MULTIPLIER if operation.code in (PRODUCT, OFFSET_PRODUCT) else OPAMP


def becoming(exact: Operation, real: Operation) -> list[tuple[str, Operation]]:
    """How an operation of exact parts becomes one of real ones, part by part: whose turn it is, and what it is then.

    A quotient is an op-amp's around a multiplier; everything else is of one part.
    """
    if real.code != QUOTIENT:
        return [(role(real), real)]
    kept = [own if place in _OF_MULTIPLIER else None for place, own in enumerate(exact.coefficients)]
    halfway = [own if other is None else other for own, other in zip(real.coefficients, kept, strict=True)]
    return [(OPAMP, replace(real, coefficients=halfway)), (MULTIPLIER, real)]


def settled(operation: Operation, at: Volts, boards: slice | Sequence[int]) -> Settled:
    """What an operation settles at while its inputs stand still.

    Args:
        operation: any.
        at: volts of its inputs, shape (times, 1).
        boards: whose coefficients count.

    Returns:
        Arrays that broadcast to (times, boards).
    """
    c = [np.asarray(coefficient)[boards] for coefficient in operation.coefficients]
    n, past, before = operation.inputs, np.zeros(1), np.zeros(1)
    if operation.code == LINEAR:
        fresh = c[0] + sum(own * at(node) for node, own in zip(n, c[1:], strict=True) if node != operation.output)
        past = sum((own for node, own in zip(n, c[1:], strict=True) if node == operation.output), past)
    elif operation.code == PRODUCT:
        fresh = c[0] * at(n[0]) * at(n[1])
    elif operation.code == OFFSET_PRODUCT:
        x, y = at(n[0]), at(n[1])
        fresh, past = x * (c[0] * y + c[1] * x + c[2]) + y * (c[3] + c[6] * y) + c[4], c[5]
    elif operation.code == QUOTIENT:
        x = at(n[0]) - at(n[1])
        divisor = np.maximum((x + c[5] + c[8] * at(operation.output)) * c[0], _LEAST)
        whole = divisor + c[2]
        asked = c[7] + sum(own * at(node) for node, own in zip(n[3:], c[9:], strict=True))
        fresh, past, before = (asked - divisor * (c[6] + c[1] * x)) / whole, c[3] / whole, c[4] / whole
    else:
        argument = (at(n[0]) - at(n[1])) * c[0] + c[1]
        fresh, past = c[2] * LAWS[operation.law].numeric(argument, *c[4:]), c[3]
    own = 1 - past - before
    return Settled(np.asarray(fresh / own), np.asarray((past + 2 * before) / own), np.asarray(own))


def slopes(operation: Operation, at: Volts) -> dict[str, Array]:
    """What a volt of each input adds to what an operation settles at, on its first board.

    Args:
        operation: any.
        at: volts of all nodes that it knows, shape (times,).
    """
    c, n = [float(coefficient[0]) for coefficient in operation.coefficients], operation.inputs
    here = settled(operation, at, slice(0, 1))
    found: list[tuple[str, Any]]
    if operation.code == LINEAR:
        found = [(node, own) for node, own in zip(n, c[1:], strict=True) if node != operation.output]
    elif operation.code == PRODUCT:
        found = [(n[0], c[0] * at(n[1])), (n[1], c[0] * at(n[0]))]
    elif operation.code == OFFSET_PRODUCT:
        x, y = at(n[0]), at(n[1])
        found = [(n[0], c[0] * y + 2 * c[1] * x + c[2]), (n[1], c[0] * x + c[3] + 2 * c[6] * y)]
    elif operation.code == QUOTIENT:
        x = at(n[0]) - at(n[1])
        bent = (x + c[5] + c[8] * at(operation.output)) * c[0]
        divisor = np.maximum(bent, _LEAST)
        steep = np.where(bent > _LEAST, c[0], 0.0)
        by_factor = -(steep * (c[6] + c[1] * x + here.value) + divisor * c[1]) / (divisor + c[2])
        found = [(n[0], by_factor), (n[1], -by_factor)]
        found += [(node, own / (divisor + c[2])) for node, own in zip(n[3:], c[9:], strict=True)]
    else:
        argument = (at(n[0]) - at(n[1])) * c[0] + c[1]
        slope = c[2] * c[0] * _slope(LAWS[operation.law], argument, c[4:])
        found = [(n[0], slope), (n[1], -slope)]
    added: dict[str, Array] = {}
    for node, own in found:
        if node != GROUND:
            added[node] = added.get(node, np.zeros(1)) + own / here.fresh
    return added


def _slope(law: Law, argument: Array, constants: Sequence[float]) -> Array:
    if law.slope is not None:
        return np.asarray(law.slope(argument, *constants))
    ends = [law.numeric(argument + each, *constants) for each in (_BESIDE, -_BESIDE)]
    return np.asarray((ends[0] - ends[1]) / (2 * _BESIDE))


def change(rate: Rate, at: Volts, boards: slice | Sequence[int]) -> Array:
    """The rate of a state per model unit, shape (times, boards); ``at``: volts, shape (times, 1)."""
    found = rate.constant[boards] + sum((own[boards] * at(node) for node, own in rate.inputs.items()), np.zeros(1))
    return np.asarray(sum((own[boards] * at(gate) * at(node) for gate, node, own in rate.gated), found))


def rate_slopes(rate: Rate, at: Volts) -> list[tuple[str, Array]]:
    """What a volt of each node adds to the rate of a state, on the first board; ``at``: volts, shape (times,)."""
    found = [(node, np.asarray(own[:1])) for node, own in rate.inputs.items()]
    for gate, node, own in rate.gated:
        found += [(node, own[0] * at(gate)), (gate, own[0] * at(node))]
    return found


def differing(coefficients: Sequence[Array]) -> list[int]:
    """The boards that have other coefficients than the first one."""
    if not coefficients:
        return []
    return np.flatnonzero(np.any([own != own[0] for own in coefficients], axis=0)).tolist()


@dataclass(frozen=True)
class Response:
    """How a program's states move each other, by the states in the order of its rates.

    Attributes:
        rates: what a volt of each state adds to the rate of each, per model unit, shape (times, states, states).
        lags: by how much less each rate is per volt per model unit by which a state moves: by the parts' lags, shape
            as ``rates``.
    """

    rates: Array
    lags: Array

    def poles(self) -> Array:
        """Poles per model unit, shape (times, states): of ``(1 + lags) dv/dt = rates v``, to first order in lags."""
        return np.linalg.eigvals(np.linalg.solve(np.eye(self.rates.shape[1]) + self.lags, self.rates))


def response(program: Program, volts: Mapping[str, Array], unit: float) -> Response:
    """How a program's states move each other, on its first board.

    Args:
        program: any.
        volts: of all its nodes, shape (times,) each.
        unit: seconds per model unit.
    """
    count, times = len(program.rates), len(next(iter(volts.values())))
    rows: dict[str, Array] = {}  # by node: its slopes by the states, and then what lags take of them
    for place, rate in enumerate(program.rates):
        rows[rate.state] = np.zeros((times, 2 * count))
        rows[rate.state][:, place] = 1.0
    for operation in program.operations:
        row = np.zeros((times, 2 * count))
        for node, own in slopes(operation, volts.__getitem__).items():
            if node in rows:
                row += own[:, None] * rows[node]
        lag = settled(operation, volts.__getitem__, slice(0, 1)).lag * (program.step / unit)
        row[:, count:] += lag[:, None] * row[:, :count]
        rows[operation.output] = row
    moved = np.zeros((times, count, 2 * count))
    for place, rate in enumerate(program.rates):
        for node, own in rate_slopes(rate, volts.__getitem__):
            if node in rows:
                moved[:, place] += own[:, None] * rows[node]
        moved[:, place, count:] += rate.lag / unit * moved[:, place, :count]
    return Response(moved[:, :, :count], moved[:, :, count:])
