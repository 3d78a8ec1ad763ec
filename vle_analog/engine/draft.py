"""A program in the making: what hangs on which node, and the operations and rates so far."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from vle_analog.circuit.cell.stage import SWITCH, TRIGGER
from vle_analog.engine.anatomy import NOISE, Anatomy, Key
from vle_analog.engine.figures import Device, OpAmp, device, op_amp, switch
from vle_analog.engine.program import LINEAR, Operation, Rate
from vle_analog.errors import CircuitError
from vle_analog.laws import LAWS

Values = Mapping[Key, np.ndarray]
#: a row that is 1 V all the time
UNITY = "@unity"
#: of an output that goes anywhere
FREE = (-math.inf, math.inf)


@dataclass(frozen=True)
class Switched:
    """A switch on the boards.

    Attributes:
        bus, gate: nodes.
        high: volts of a gate that is open, shape (samples,).
        passed: of what arrives at the bus, the part that its resistance lets through, shape (samples,).
        back: siemens that the summing node sees through it, shape (samples,); None for a law, which shows none.
        leak: amperes out of the summing node, shape (samples,).
        charge: coulombs that an edge of the gate couples into the sum and the edge back takes out: left out but where
            what is done in between forgets the first.
    """

    bus: str
    gate: str
    high: np.ndarray
    passed: np.ndarray
    back: np.ndarray | None
    leak: np.ndarray
    charge: float = 0.0


@dataclass(frozen=True)
class Memory:
    """What a stage with one state remembers: ``v(output) = volts * row + constant``.

    Attributes:
        output: node.
        row: of the state.
        volts, constant: shape (samples,).
        farads: of its capacitor, shape (samples,).
        offset: volts at the op-amp's non-inverting input, shape (samples,).
    """

    output: str
    row: str
    volts: np.ndarray
    constant: np.ndarray
    farads: np.ndarray
    offset: np.ndarray


@dataclass(frozen=True)
class Combination:
    """A linear combination.

    Attributes:
        constant: shape (samples,).
        inputs: coefficients by node, shape (samples,) each.
    """

    constant: np.ndarray
    inputs: dict[str, np.ndarray]


class Draft:
    """A program in the making.

    Args:
        anatomy, values: from `gathered`.
        samples: how many boards.
        step: seconds between two evaluations.
        perfect: whether op-amps have endless gain and speed, and devices neither lag nor feedthrough.
        resolved: seconds; devices that lag by as much or more are followed to second order in the step.

    Attributes:
        operations, rates: so far.
        arriving: by node, other ends and ohms of its resistors.
        switches: by summing node.
        open: outputs that conduct only while they are not zero: no resistance to a sum.
        noises: by node, rows of noise currents.
        setting: by the gate that an event opens: switches and summing nodes.
        integrators: by summing node, of stages with one state.
    """

    def __init__(
        self,
        anatomy: Anatomy,
        values: Values,
        samples: int,
        step: float,
        perfect: bool = False,
        resolved: float = math.inf,
    ) -> None:
        self.anatomy, self.values, self.samples, self.step = anatomy, values, samples, step
        self.perfect, self.resolved = perfect, resolved
        self._alike: dict[float, np.ndarray] = {}
        self.operations: list[Operation] = []
        self.rates: list[Rate] = []
        self.arriving: dict[str, list[tuple[str, np.ndarray]]] = {}
        for name, (one, other) in anatomy.resistors:
            ohms = values["R", name, ""]
            self.arriving.setdefault(other, []).append((one, ohms))
            self.arriving.setdefault(one, []).append((other, ohms))
        self.switches: dict[str, list[Switched]] = {}
        self.open: set[str] = set()
        self.integrators: dict[str, Memory] = {}
        self.setting: dict[str, list[tuple[Switched, str]]] = {
            nodes[3]: [] for _, cell, nodes in anatomy.instances if anatomy.cells[cell].role == TRIGGER
        }
        for name, cell, nodes in anatomy.instances:
            role = str(anatomy.cells[cell].role)
            if role == SWITCH and nodes[2] in self.setting:
                self.setting[nodes[2]].append((self._switched(name, cell, nodes), nodes[1]))
            elif role == SWITCH:
                self.switches.setdefault(nodes[1], []).append(self._switched(name, cell, nodes))
            elif role in LAWS and LAWS[role].open_at_zero:
                self.open.add(nodes[2])
        self.noises: dict[str, list[str]] = {}
        for name, node in anatomy.currents:
            self.noises.setdefault(node, []).append(f"{name}{NOISE}")
        self._opamps: dict[str, OpAmp] = {}
        self._devices: dict[str, Device] = {}

    def _switched(self, name: str, cell: str, nodes: tuple[str, ...]) -> Switched:
        """A switch as its boards have it; one of a perfect program has no resistance, and the same operations."""
        bus, _, gate = nodes
        own, part = self.parameters(name, cell), switch(self.anatomy.cells[cell], self.anatomy.cells)
        none = self.ones(0.0)
        siemens = sum((1 / ohms for _, ohms in self.arriving.get(bus, ())), none)
        passed = self.ones() if self.perfect else 1 / (1 + siemens * (part.ohms + own.get("DRON", none)))
        back = siemens * passed if part.ohms else None
        charge = 0.0 if self.perfect else part.charge
        return Switched(bus, gate, own["high"], passed, back, own.get("IL", none), charge)

    def opamp(self, cell: str) -> OpAmp:
        """The figures of an op-amp's cell."""
        if cell not in self._opamps:
            own = op_amp(self.anatomy.cells[cell], self.anatomy.cells)
            self._opamps[cell] = replace(own, a=0.0, t=0.0) if self.perfect else own
        return self._opamps[cell]

    def device(self, cell: str) -> Device:
        """The figures of a multiplier's or a nonlinear cell."""
        if cell not in self._devices:
            own = device(self.anatomy.cells[cell], self.anatomy.cells)
            self._devices[cell] = replace(own, lag=0.0, feedthrough=0.0, formula="") if self.perfect else own
        return self._devices[cell]

    def ones(self, value: float = 1.0) -> np.ndarray:
        """A number for every board, shape (samples,), not to be written to."""
        if value not in self._alike:
            self._alike[value] = np.full(self.samples, value)
            self._alike[value].setflags(write=False)
        return self._alike[value]

    def parameters(self, name: str, cell: str) -> dict[str, np.ndarray]:
        """An instance's parameters, shape (samples,) each."""
        return {parameter: self.values["X", name, parameter] for parameter in self.anatomy.cells[cell].parameters}

    def following(self, output: str, name: str, lag: float) -> tuple[str, float]:
        """How a device's output follows its law: the node that the law is computed for, and how much of the law's
        value it takes, the rest of its own last value (implicit Euler).

        That errs by ``lag step s^2 / 2``, to first order in the step, which counts where a lag is comparable with it.
        There the law has a node of its own, and the output is what a pole makes of straight lines between its values
        (exact for these): ``v_n = r v_(n-1) + b0 g_n + b1 g_(n-1)``, written as ``p g_n + q u_n`` with a leak u of g.

        Args:
            output: node.
            name: of the instance.
            lag: seconds.
        """
        late = lag / self.step
        if lag < self.resolved:
            return output, 1 / (1 + late)
        kept = math.exp(-1 / late)
        left = late * (1 - kept)
        now, before = 1 - left, left - kept  # b0, b1
        law, leak = f"{output}@law", f"{output}@leak"
        direct = -before / kept  # p
        made = {
            leak: {law: 1 - kept, leak: kept},
            output: {law: direct, leak: (now - direct) / (1 - kept)},
        }
        for node, weights in made.items():
            coefficients = [self.ones(0.0), *map(self.ones, weights.values())]
            self.operations.append(Operation(LINEAR, node, [*weights], coefficients, FREE, name))
        return law, 1.0

    def linear(
        self,
        output: str,
        made: Combination,
        name: str,
        lag: np.ndarray | None = None,
        limits: tuple[float, float] = FREE,
        slew: float = math.inf,
    ) -> None:
        """Add an output that follows with a lag, by the implicit Euler rule: one more input, its own last value.

        Args:
            output: node.
            made: what it follows.
            name: of the instance.
            lag: in steps, shape (samples,); None for none.
            limits: volts between which it stays.
            slew: the most that it changes by, volts per second.

        Raises:
            CircuitError: it follows itself without a lag.
        """
        constant, inputs = made.constant, made.inputs
        if lag is not None and lag.any():
            weight = 1 / (1 + lag)
            constant = constant * weight
            inputs = {node: coefficient * weight for node, coefficient in inputs.items()}
            inputs[output] = inputs.get(output, self.ones(0.0)) + (1 - weight)
        elif output in inputs:
            raise CircuitError("an output feeds itself without a lag", where=f"instance '{name}'")
        self.operations.append(
            Operation(LINEAR, output, [*inputs], [constant, *inputs.values()], limits, name, slew=slew)
        )
