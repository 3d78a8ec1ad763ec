"""What a circuit is compiled to: operations in causal order, and the rates of all states; coefficients per board.

Every node's voltage is a row of numbers, one per board. An operation computes one from others; ground is zeros.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

import numpy as np

from vle_analog.errors import CircuitError
from vle_analog.lanes import LANES

#: operations: a linear combination, a product, a product with offsets, a quotient, a nonlinear law
LINEAR, PRODUCT, OFFSET_PRODUCT, QUOTIENT, CURVE = range(5)

#: boards of a block: always all of them computed, so that a board's numbers do not depend on how many there are
BLOCK = LANES


@dataclass
class Operation:
    """What computes one node.

    Attributes:
        code: which operation.
        output: node.
        inputs: nodes, in the operation's order.
        coefficients: shape (samples,) each, in the operation's order.
        limits: between which the output stays.
        name: of the instance, for errors.
        kept: row of the output as it was one evaluation before; empty where that is not needed.
        slew: the most that the output changes by, volts per second.
        law: name of a nonlinear one; empty for others.
    """

    code: int
    output: str
    inputs: list[str]
    coefficients: list[np.ndarray]
    limits: tuple[float, float] = (-math.inf, math.inf)
    name: str = ""
    kept: str = ""
    slew: float = math.inf
    law: str = ""


@dataclass
class Rate:
    """The time derivative of a state, per model unit: constant, inputs, and inputs times a gate.

    Attributes:
        state: its row's name.
        start: at time zero.
        constant: shape (samples,).
        inputs: row and coefficient of shape (samples,).
        gated: gate's row, row and coefficient.
        limits: between which the state stays.
        lag: of the op-amp whose output it is, seconds.
        slew: the most that the state changes by, volts per second.
        excess: row of what its capacitor holds beyond what the output shows; empty where that shows all.
        leak: rate at which the excess decays, per model unit, shape (samples,); None without excess.
    """

    state: str
    start: np.ndarray
    constant: np.ndarray
    inputs: dict[str, np.ndarray] = field(default_factory=dict)
    gated: list[tuple[str, str, np.ndarray]] = field(default_factory=list)
    limits: tuple[float, float] = (-math.inf, math.inf)
    lag: float = 0.0
    slew: float = math.inf
    excess: str = ""
    leak: np.ndarray | None = None

    @property
    def coefficients(self) -> list[np.ndarray]:
        """In the order of their use, shape (samples,) each."""
        return [self.constant, *self.inputs.values(), *(own for _, _, own in self.gated)]


@dataclass
class Setting:
    """What a state is set to.

    Attributes:
        state: its row's name.
        constant: volts, shape (samples,).
        inputs: row and coefficient of shape (samples,).
        dead: seconds from the moment until it moves on from there.
    """

    state: str
    constant: np.ndarray
    inputs: dict[str, np.ndarray]
    dead: float


@dataclass
class Jump:
    """An event: when a difference rises through zero, states take other values.

    Attributes:
        name: of the trigger.
        positive, negative: nodes whose difference it is.
        offset: volts that are added to it, shape (samples,).
        hysteresis: volts below zero that it must have fallen to in between.
        told: seconds from the moment until the trigger tells it.
        late: seconds from the moment until the states are set, in the mean.
        settings: of the states.
    """

    name: str
    positive: str
    negative: str
    offset: np.ndarray
    hysteresis: float
    told: float
    late: float
    settings: list[Setting]

    @property
    def memory(self) -> list[str]:
        """Rows of what it remembers: whether it may happen, and the difference and the settings as they were."""
        return [f"{self.name}@armed", f"{self.name}@margin", *(f"{self.name}@{each.state}" for each in self.settings)]

    @property
    def coefficients(self) -> list[np.ndarray]:
        """In the order of their use, shape (samples,) each."""
        return [self.offset, *(own for each in self.settings for own in (each.constant, *each.inputs.values()))]


@dataclass(frozen=True)
class Program:
    """All of a circuit.

    Attributes:
        samples: how many boards.
        rates: of all states.
        operations: in causal order.
        constants: rows that never change, by node.
        drives: nodes of stimuli, by source, with volts per unit.
        step: for which the lags' coefficients hold, seconds.
        noises: names of sources of noise, whose rows have `NOISE` behind them.
        jumps: events.
    """

    samples: int
    rates: tuple[Rate, ...]
    operations: tuple[Operation, ...]
    constants: Mapping[str, np.ndarray]
    drives: Mapping[str, tuple[str, np.ndarray]]
    step: float
    noises: tuple[str, ...] = ()
    jumps: tuple[Jump, ...] = ()


def needed(program: Program, wanted: Iterable[str], closed: Set[str]) -> Program:
    """What of a program decides some nodes while some gates stay closed; states that do not, or do not move, rest.

    Args:
        program: whole.
        wanted: nodes.
        closed: nodes of gates that are 0 V all the time.
    """
    rates = {each.state: replace(each, gated=[g for g in each.gated if g[0] not in closed]) for each in program.rates}
    operations = {operation.output: operation for operation in program.operations}
    found: set[str] = set()
    stack = list(wanted)
    for jump in program.jumps:  # what an event sets may decide anything
        stack += [jump.positive, jump.negative]
        stack += [node for setting in jump.settings for node in (setting.state, *setting.inputs)]
    while stack:
        node = stack.pop()
        if node in found:
            continue
        found.add(node)
        if node in operations:
            stack += operations[node].inputs
        if node in rates:
            stack += [*rates[node].inputs, *(name for gate, source, _ in rates[node].gated for name in (gate, source))]
    return replace(
        program,
        rates=tuple(rate for rate in rates.values() if rate.state in found),
        operations=tuple(each for each in program.operations if each.output in found),
    )


def causal(operations: Sequence[Operation], known: set[str], where: str) -> list[Operation]:
    """Operations in an order in which every input is there before it is used.

    Raises:
        CircuitError: a loop, with its path, or an input that nothing drives.
    """
    by_output = {operation.output: operation for operation in operations}
    ordered: list[Operation] = []
    done = set(known)
    for first in operations:
        stack = [(first.output, False)]
        path: list[str] = []
        while stack:
            node, finished = stack.pop()
            if finished:
                path.pop()
                if node not in done:
                    done.add(node)
                    ordered.append(by_output[node])
                continue
            if node in done:
                continue
            if node in path:
                loop = " <- ".join([*path[path.index(node) :], node])
                raise CircuitError(
                    f"outputs depend on one another without a state in between: {loop}",
                    where=where,
                    hint="the engine needs an integrator in every loop; simulate this circuit with ngspice",
                )
            if node not in by_output:
                raise CircuitError(f"nothing drives node '{node}'", where=where)
            path.append(node)
            stack.append((node, True))
            stack += [(each, False) for each in by_output[node].inputs if each != node]
    return ordered


def levelled(operations: Sequence[Operation]) -> list[Operation]:
    """Operations in causal order, those that do not wait for one another together, and of these the like ones: so the
    processor foresees which comes next."""
    levels: dict[str, int] = {}
    for operation in operations:
        waits = (levels.get(node, 0) for node in operation.inputs if node != operation.output)
        levels[operation.output] = 1 + max(waits, default=0)
    return sorted(operations, key=lambda each: (levels[each.output], each.code, len(each.inputs)))
