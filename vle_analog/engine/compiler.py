"""A circuit's anatomy -> its program: what every stage and device does to which node, with which coefficients."""

from __future__ import annotations

import numpy as np

from vle_analog.circuit.cell.stage import MULTIPLIER, SAMPLE_HOLD, SWITCH, TRIGGER
from vle_analog.circuit.elements import GROUND
from vle_analog.engine.anatomy import NOISE
from vle_analog.engine.draft import UNITY, Combination, Draft
from vle_analog.engine.program import (
    CURVE,
    OFFSET_PRODUCT,
    PRODUCT,
    Jump,
    Operation,
    Program,
    Setting,
    causal,
    levelled,
)
from vle_analog.engine.stage import StageInstance
from vle_analog.errors import CircuitError
from vle_analog.laws import LAWS, Law

#: of a trigger's pulse, what its latch takes; when states begin to be set after it, and until when they are held there
_LATCH, _SET = 0.0035, (0.2035, 0.8535)


def compile_circuit(draft: Draft) -> Program:
    """The program of boards of one design.

    Args:
        draft: of it, begun and empty. A perfect one becomes a program of the same operations on the same nodes as
            another one that resolves no lags.

    Raises:
        CircuitError: a cell that the engine does not know, or op-amps that depend on one another without a state
            in between.
    """
    anatomy, values = draft.anatomy, draft.values
    for name, cell, nodes in anatomy.instances:
        role = str(anatomy.cells[cell].role)
        if cell in anatomy.stages:
            StageInstance(draft, name, cell, nodes).add()
        elif role == MULTIPLIER:
            _multiplier(draft, name, cell, nodes)
        elif role in LAWS:
            _nonlinearity(draft, LAWS[role], name, cell, nodes)
        elif role == SAMPLE_HOLD:
            _sample_hold(draft, name, cell, nodes)
        elif role not in (SWITCH, TRIGGER):
            raise CircuitError(f"the engine does not know a '{role}'", where=f"{anatomy.name}: instance '{name}'")
    jumps = tuple(
        _jump(draft, name, cell, nodes)
        for name, cell, nodes in anatomy.instances
        if anatomy.cells[cell].role == TRIGGER
    )
    _noises(draft)
    for name, node, other in anatomy.levels:
        draft.linear(node, Combination(values["V", name, ""], {other: draft.ones()}), name)
    constants = {node: values["V", name, ""] for name, node in anatomy.batteries}
    if any(each.back is not None for switches in draft.switches.values() for each in switches):
        constants[UNITY] = draft.ones()
    drives = {name: (node, values["D", name, ""]) for name, node in anatomy.drives}
    noises = tuple(name for each in (anatomy.pins, anatomy.currents, anatomy.series) for name, *_ in each)
    known = {
        GROUND,
        *(f"{name}{NOISE}" for name in noises),
        *constants,
        *(node for node, _ in drives.values()),
        *(rate.state for rate in draft.rates),
        *(operation.kept for operation in draft.operations if operation.kept),
    }
    operations = levelled(causal(draft.operations, known, anatomy.name))
    return Program(draft.samples, tuple(draft.rates), tuple(operations), constants, drives, draft.step, noises, jumps)


def _multiplier(draft: Draft, name: str, cell: str, nodes: tuple[str, ...]) -> None:
    """``w = (1 + GE)(x + XOS + FY y)(y + YOS + FX x)/scale + ZOS``, with a lag; FX with its deviation DX.

    With signals at both pins of x, it has CX of what they have in common, too.
    """
    part, own = draft.device(cell), draft.parameters(name, cell)
    x1, x2, y1, y2, output = nodes
    signs = []
    factors = []
    for one, other, common in ((x1, x2, own.get("CX")), (y1, y2, None)):
        if other == GROUND:
            factors.append(one)
            signs.append(1.0)
        elif one == GROUND:
            factors.append(other)
            signs.append(-1.0)
        else:
            factors.append(_difference(draft, one, other, f"{name}@{len(factors)}", common))
            signs.append(1.0)
    if part.ideal:
        product = signs[0] * signs[1] / own["scale"]
        draft.operations.append(Operation(PRODUCT, output, factors, [product], name=name))
        return
    unit = (1 + own["GE"]) / own["scale"]
    bent_x, bent_y = part.feedthrough + own.get("DX", draft.ones(0.0)), own.get("FY", draft.ones(0.0))
    output, weight = draft.following(output, name, part.lag)
    x_offset, y_offset = own["XOS"], own["YOS"]
    coefficients = [  # a = s x + XOS + FY s' y, b = s' y + YOS + FX s x
        unit * signs[0] * signs[1] * (1 + bent_x * bent_y),
        unit * bent_x,
        unit * signs[0] * (y_offset + bent_x * x_offset),
        unit * signs[1] * (x_offset + bent_y * y_offset),
        unit * x_offset * y_offset + own["ZOS"],
    ]
    coefficients = [coefficient * weight for coefficient in coefficients]
    coefficients += [draft.ones(1 - weight), unit * bent_y * weight]
    draft.operations.append(Operation(OFFSET_PRODUCT, output, factors, coefficients, name=name))


def _nonlinearity(draft: Draft, law: Law, name: str, cell: str, nodes: tuple[str, ...]) -> None:
    """``(1 + GE) kout f((1 + KE) (v(inp) - v(inn)) / kin + offset, constants)``, with a lag."""
    part, own = draft.device(cell), draft.parameters(name, cell)
    positive, negative, output = nodes
    lag = part.lag_of({key: float(each[0]) for key, each in own.items()})
    output, weight = draft.following(output, name, lag)
    per_volt = part.per_volt or 1 / own["kin"]
    offset = own["VOS"] * per_volt if "VOS" in own else draft.ones(0.0)
    gain = own["kout"] * (1 + own["GE"]) if "GE" in own else own["kout"]
    steeper = 1 + own["KE"] if "KE" in own else draft.ones()
    coefficients = [steeper / own["kin"], offset, gain * weight, draft.ones(1 - weight)]
    coefficients += [own[constant] for constant in law.constants]
    draft.operations.append(Operation(CURVE, output, [positive, negative], coefficients, name=name, law=law.name))


def _sample_hold(draft: Draft, name: str, cell: str, nodes: tuple[str, ...]) -> None:
    """``v(out) = (1 + GE) v(in) + VOS + VH``: it counts while it holds."""
    own, none = draft.parameters(name, cell), draft.ones(0.0)
    source, _, output = nodes
    offset = own.get("VOS", none) + own.get("VH", none)
    draft.linear(output, Combination(offset, {source: 1 + own.get("GE", none)}), name)


def _jump(draft: Draft, name: str, cell: str, nodes: tuple[str, ...]) -> Jump:
    """An event: the resistors on the bus of each switch that it opens are an inverting amplifier's.

    What it sets follows with the time constant of the feedback and the capacitor, and so moves on that much earlier.

    Raises:
        CircuitError: it sets a stage that does not integrate.
    """
    own = draft.parameters(name, cell)
    positive, negative, _, gate = nodes
    part = draft.anatomy.cells[draft.anatomy.cells[cell].part or cell]
    pulse, wait = float(own["T"][0]), part.signed("TD") if "TD" in part.parameters else 0.0
    settings, lags = [], []
    for switched, summing in draft.setting[gate]:
        memory = draft.integrators.get(summing)
        arriving = draft.arriving.get(switched.bus, [])
        feedback = next((ohms for node, ohms in arriving if memory is not None and node == memory.output), None)
        if memory is None or feedback is None:
            raise CircuitError("an event sets a stage that does not integrate", where=f"instance '{name}'")
        inputs: dict[str, np.ndarray] = {}
        for node, ohms in arriving:
            if node != memory.output:
                inputs[node] = inputs.get(node, draft.ones(0.0)) - feedback / ohms / memory.volts
        left = switched.charge / memory.farads - memory.constant  # by the gate's last edge
        if switched.back is not None:  # the bus follows the summing node
            left = left + memory.offset * feedback * sum((1 / ohms for _, ohms in arriving), draft.ones(0.0))
        lags.append(float(np.mean(np.abs(feedback * memory.farads / switched.passed))))
        settings.append(Setting(memory.row, left / memory.volts, inputs, wait + _SET[1] * pulse - lags[-1]))
    late = wait + _SET[0] * pulse + sum(lags) / len(lags)
    offset = own["VOS"] if "VOS" in own else draft.ones(0.0)
    return Jump(name, positive, negative, offset, float(own["HYS"][0]), wait + _LATCH * pulse, late, settings)


def _noises(draft: Draft) -> None:
    """Voltages of noise in series with an output, or with an input."""
    outputs = {operation.output for operation in draft.operations} | {rate.state for rate in draft.rates}
    for name, node, other in draft.anatomy.series:
        driven, source, sign = (other, node, -1.0) if node in outputs else (node, other, 1.0)
        terms = {source: draft.ones(), f"{name}{NOISE}": draft.ones(sign)}
        draft.linear(driven, Combination(draft.ones(0.0), terms), name)


def _difference(draft: Draft, one: str, other: str, node: str, common: np.ndarray | None = None) -> str:
    """A row for the voltage between two nodes, and so much of what they have in common."""
    minus = draft.ones(-1.0) if common is None else common - 1.0
    draft.linear(node, Combination(draft.ones(0.0), {one: draft.ones(), other: minus}), node)
    return node
