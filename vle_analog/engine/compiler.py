"""A circuit's anatomy -> its program: what every stage and device does to which node, with which coefficients."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import sympy as sp

from vle_analog.circuit.cell.stage import SWITCH
from vle_analog.circuit.elements import GROUND
from vle_analog.engine.anatomy import BIAS, NOISE, OFFSET, Anatomy, Key
from vle_analog.engine.figures import Device, OpAmp, device, op_amp
from vle_analog.engine.program import (
    CURVE,
    LINEAR,
    OFFSET_PRODUCT,
    PRODUCT,
    QUOTIENT,
    Operation,
    Program,
    Rate,
    causal,
)
from vle_analog.engine.reduce import CURRENT, GIN, A, Reduced, T, evaluated
from vle_analog.errors import CircuitError
from vle_analog.laws import LAWS

Values = Mapping[Key, np.ndarray]


def compile_circuit(anatomy: Anatomy, values: Values, samples: int, step: float) -> Program:
    """The program of boards of one design.

    Args:
        anatomy, values: from `gathered`.
        samples: how many boards.
        step: seconds between two evaluations.

    Raises:
        CircuitError: a cell that the engine does not know, or op-amps that depend on one another without a state
            in between.
    """
    building = _Building(anatomy, values, samples, step)
    for name, cell, nodes in anatomy.instances:
        role = str(anatomy.cells[cell].role)
        if cell in anatomy.stages:
            building.stage(name, cell, nodes)
        elif role == "multiplier":
            building.multiplier(name, cell, nodes)
        elif role in LAWS:
            building.nonlinearity(name, cell, nodes)
        elif role != SWITCH:
            raise CircuitError(f"the engine does not know a '{role}'", where=f"{anatomy.name}: instance '{name}'")
    building.noises()
    constants = {node: values["V", name, ""] for name, node in anatomy.batteries}
    drives = {name: (node, values["D", name, ""]) for name, node in anatomy.drives}
    noises = tuple(name for each in (anatomy.pins, anatomy.currents, anatomy.series) for name, *_ in each)
    known = {
        GROUND,
        *(f"{name}{NOISE}" for name in noises),
        *constants,
        *(node for node, _ in drives.values()),
        *(rate.state for rate in building.rates),
        *(each.kept for each in building.operations if each.kept),
    }
    operations = causal(building.operations, known, anatomy.name)
    return Program(samples, tuple(building.rates), tuple(operations), constants, drives, step, noises)


class _Building:
    def __init__(self, anatomy: Anatomy, values: Values, samples: int, step: float) -> None:
        self.anatomy, self.values, self.samples, self.step = anatomy, values, samples, step
        self.operations: list[Operation] = []
        self.rates: list[Rate] = []
        self.arriving: dict[str, list[tuple[str, np.ndarray]]] = {}
        for name, (one, other) in anatomy.resistors:
            ohms = values["R", name, ""]
            self.arriving.setdefault(other, []).append((one, ohms))
            self.arriving.setdefault(one, []).append((other, ohms))
        self.switches: dict[str, list[tuple[str, str, np.ndarray]]] = {}
        self.soft: set[str] = set()  # outputs that conduct only outside of a dead zone: no resistance to a sum
        for name, cell, nodes in anatomy.instances:
            role = str(anatomy.cells[cell].role)
            if role == SWITCH:
                bus, summing, gate = nodes
                self.switches.setdefault(summing, []).append((bus, gate, values["X", name, "high"]))
            elif role in LAWS and LAWS[role].open_at_zero:
                self.soft.add(nodes[2])
        self.rustling: dict[str, list[str]] = {}
        for name, node in anatomy.currents:
            self.rustling.setdefault(node, []).append(f"{name}{NOISE}")
        self.opamps: dict[str, OpAmp] = {}
        self.devices: dict[str, Device] = {}

    def _ones(self, value: float = 1.0) -> np.ndarray:
        return np.full(self.samples, value)

    def _device(self, cell: str) -> Device:
        if cell not in self.devices:
            self.devices[cell] = device(self.anatomy.cells[cell], self.anatomy.cells)
        return self.devices[cell]

    def _opamp(self, cell: str) -> OpAmp:
        if cell not in self.opamps:
            self.opamps[cell] = op_amp(self.anatomy.cells[cell], self.anatomy.cells)
        return self.opamps[cell]

    def _own(self, name: str, cell: str) -> dict[str, np.ndarray]:
        """An instance's parameters."""
        return {parameter: self.values["X", name, parameter] for parameter in self.anatomy.cells[cell].parameters}

    def stage(self, name: str, cell: str, nodes: tuple[str, ...]) -> None:
        """A stage's output and the rates of its states."""
        law, ports = self.anatomy.stages[cell], self.anatomy.cells[cell].ports
        at = dict(zip(ports, nodes, strict=True))
        opamp = self._opamp(law.opamp)
        summing = at[law.summing]
        arriving = self.arriving.get(summing, [])
        gated = [
            (gate, node, 1 / (ohms * high))
            for bus, gate, high in self.switches.get(summing, ())
            for node, ohms in self.arriving.get(bus, ())
        ]
        gated += [
            (gate, row, -1 / high)
            for bus, gate, high in self.switches.get(summing, ())
            for row in self.rustling.get(bus, ())
        ]
        own = self._own(name, cell)
        own[A], own[T] = self._ones(opamp.a), self._ones(opamp.t)
        own[GIN] = sum((1 / ohms for node, ohms in arriving if node not in self.soft), self._ones(0.0))
        pins = [f"{noise}{NOISE}" for noise, owner in self.anatomy.pins if owner == name]
        offset, bias = self.values["X", name, OFFSET], self.values["X", name, BIAS]

        def spread(formulas: Mapping[str, sp.Expr]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
            """A formula's constant and its coefficients by node."""
            constant, found = self._ones(0.0), dict[str, np.ndarray]()

            def add(node: str, coefficient: np.ndarray) -> None:
                if node != GROUND:
                    found[node] = found[node] + coefficient if node in found else coefficient

            for source, formula in formulas.items():
                coefficient = evaluated(formula, own, self.samples)
                if source == CURRENT:
                    constant = constant - coefficient * bias
                    for node, ohms in arriving:
                        add(node, coefficient / ohms)
                    for row in self.rustling.get(summing, ()):
                        add(row, -coefficient)
                elif source in law.states:
                    add(f"{name}@{source}", coefficient)
                else:
                    if source == law.noninverting:
                        constant = constant + coefficient * offset
                        for row in pins:
                            add(row, coefficient)
                    add(at[source], coefficient)
            return constant, found

        limits = (opamp.low, opamp.high)
        output = at[ports[self.anatomy.cells[cell].output]]
        lag = evaluated(law.lag, own, self.samples) / self.step
        constant, inputs = spread(law.output)
        if law.product is not None:
            self._quotient(law, at, output, own, (constant, inputs), limits, name)
            return
        if gated and (CURRENT in law.output or len(law.states) != 1):
            raise CircuitError("a switch feeds a stage that does not integrate", where=f"instance '{name}'")
        rates = [spread(formulas) for formulas in law.rates]
        starts = [evaluated(formula, own, self.samples) for formula in law.start]
        if len(law.states) == 1 and set(inputs) == {f"{name}@{law.states[0]}"}:
            # the output is the state but for a factor and an offset: it becomes the state itself, in volts
            self._integrator(law, name, output, (constant, inputs), rates[0], starts[0], gated, opamp, own)
            return
        for state, (base, terms), start in zip(law.states, rates, starts, strict=True):
            unit = self.anatomy.unit
            scaled = {node: coefficient * unit for node, coefficient in terms.items()}
            extra = [(gate, node, coefficient * unit) for gate, node, coefficient in gated]
            self.rates.append(Rate(f"{name}@{state}", start, base * unit, scaled, extra))
        if law.states and math.isfinite(opamp.high):
            self._clipped(law, name, output, (constant, inputs), own, lag, opamp)
            return
        self._linear(output, constant, inputs, lag, limits, name, self._slew(opamp))

    def _slew(self, opamp: OpAmp) -> float:
        """The slew rate; infinite where a step is too long for it to matter."""
        return opamp.slew if opamp.slew * self.step < opamp.high - opamp.low else math.inf

    def _excess(self, law: Reduced, own: Mapping[str, np.ndarray], state: int) -> np.ndarray:
        """What a volt of the output beyond its law adds to a charge's rate, amperes per volt.

        An output that cannot follow leaves the summing node where it would be if v(p) were such that it could.
        """
        rate, output = law.rates[state].get(law.noninverting, sp.S.Zero), law.output[law.noninverting]
        return evaluated(rate / output, dict(own), self.samples)

    def _clipped(
        self,
        law: Reduced,
        name: str,
        output: str,
        made: tuple[np.ndarray, dict[str, np.ndarray]],
        own: Mapping[str, np.ndarray],
        lag: np.ndarray,
        opamp: OpAmp,
    ) -> None:
        """An output with swing and slew rate, whose charges feel where it is."""
        free = f"{name}@free"
        constant, inputs = made
        inputs = {free if node == output else node: each for node, each in inputs.items()}
        self._linear(free, constant, inputs, lag, (-math.inf, math.inf), name)
        shown = {free: self._ones()}
        self._linear(output, self._ones(0.0), shown, self._ones(0.0), (opamp.low, opamp.high), name, self._slew(opamp))
        for place, state in enumerate(law.states):
            (rate,) = (each for each in self.rates if each.state == f"{name}@{state}")
            push = self._excess(law, own, place) * self.anatomy.unit
            shows = evaluated(law.output.get(state, sp.S.Zero), dict(own), self.samples)
            decay = np.abs(push * shows) * self.step / self.anatomy.unit  # per step
            push = push / np.maximum(1.0, 2 * decay)  # no faster than the steps can follow
            for node, coefficient in ((output, push), (free, -push)):
                rate.inputs[node] = rate.inputs.get(node, self._ones(0.0)) + coefficient

    def _integrator(
        self,
        law: Reduced,
        name: str,
        output: str,
        made: tuple[np.ndarray, dict[str, np.ndarray]],
        rate: tuple[np.ndarray, dict[str, np.ndarray]],
        start: np.ndarray,
        gated: list[tuple[str, str, np.ndarray]],
        opamp: OpAmp,
        own: Mapping[str, np.ndarray],
    ) -> None:
        charge = f"{name}@{law.states[0]}"
        offset, factor = made[0], made[1][charge]
        base, terms = rate[0], dict(rate[1])
        leak = -terms.pop(charge, self._ones(0.0)) * self.anatomy.unit
        volts = factor * self.anatomy.unit  # output volts per coulomb, and model units instead of seconds
        inputs = {node: coefficient * volts for node, coefficient in terms.items()}
        inputs[output] = inputs.get(output, self._ones(0.0)) - leak
        constant = base * volts + leak * offset
        extra = [(gate, node, coefficient * volts) for gate, node, coefficient in gated]
        found = Rate(output, factor * start + offset, constant, inputs, extra, (opamp.low, opamp.high), opamp.t)
        if math.isfinite(opamp.high):  # what the output cannot show stays on the capacitor
            found.slew, found.excess = self._slew(opamp), f"{name}@excess"
            found.leak = leak + volts * self._excess(law, own, 0)
        self.rates.append(found)

    def _linear(
        self,
        output: str,
        constant: np.ndarray,
        inputs: dict[str, np.ndarray],
        lag: np.ndarray,
        limits: tuple[float, float],
        name: str,
        slew: float = math.inf,
    ) -> None:
        """An output that follows with a lag, by the implicit Euler rule: one more input, its own last value."""
        if lag.any():
            weight = 1 / (1 + lag)
            constant = constant * weight
            inputs = {node: coefficient * weight for node, coefficient in inputs.items()}
            inputs[output] = inputs.get(output, self._ones(0.0)) + (1 - weight)
        elif output in inputs:
            raise CircuitError("an output feeds itself without a lag", where=f"instance '{name}'")
        self.operations.append(
            Operation(LINEAR, output, [*inputs], [constant, *inputs.values()], limits, name, slew=slew)
        )

    def _quotient(
        self,
        law: Reduced,
        at: Mapping[str, str],
        output: str,
        own: Mapping[str, np.ndarray],
        made: tuple[np.ndarray, dict[str, np.ndarray]],
        limits: tuple[float, float],
        name: str,
    ) -> None:
        """``d (y + FX d)/scale + (k0 + k1 d/dt + k2 d2/dt2) y = m``, solved for y: backward differences of order two.

        A Miller capacitor bridges the multiplier, whose own lag stays inside of the loop.
        """
        assert law.product is not None and law.demand is not None
        cell = self.anatomy.cells[law.product.cell]
        part = self._device(law.product.cell)
        scale = cell.signed("scale")
        positive, negative = (at.get(port, GROUND) for port in law.product.factor)
        constant, inputs = made
        none = self._ones(0.0)
        x_offset, y_offset, offset, gain = (own.get(name, none) for name in ("XOS", "YOS", "ZOS", "GE"))
        k0, k1, k2 = (evaluated(each, own, self.samples) / self.step**n for n, each in enumerate(law.demand))
        own_past = [k0 + 1.5 * k1 + k2, 2 * (k1 + k2), -0.5 * k1 - k2]
        coefficients = [(1 + gain) / scale, self._ones(part.feedthrough), *own_past, x_offset, y_offset]
        coefficients += [constant - offset, *inputs.values()]
        ends, kept = [positive, negative, f"{output}@before"], f"{output}@before"
        self.operations.append(Operation(QUOTIENT, output, [*ends, *inputs], coefficients, limits, name, kept=kept))

    def multiplier(self, name: str, cell: str, nodes: tuple[str, ...]) -> None:
        """``w = (1 + GE)((x + XOS)(y + YOS) + FX x^2)/scale + ZOS``, with a lag."""
        part, own = self._device(cell), self._own(name, cell)
        x1, x2, y1, y2, output = nodes
        signs = []
        factors = []
        for one, other in ((x1, x2), (y1, y2)):
            if other == GROUND:
                factors.append(one)
                signs.append(1.0)
            elif one == GROUND:
                factors.append(other)
                signs.append(-1.0)
            else:
                factors.append(self._difference(one, other, f"{name}@{len(factors)}"))
                signs.append(1.0)
        if part.ideal:
            product = signs[0] * signs[1] / own["scale"]
            self.operations.append(Operation(PRODUCT, output, factors, [product], name=name))
            return
        unit = (1 + own["GE"]) / own["scale"]
        feed = part.feedthrough
        weight = 1 / (1 + part.lag / self.step)
        x_offset, y_offset = own["XOS"], own["YOS"]
        coefficients = [  # a = s x + XOS, b = s' y + YOS + FX s x
            unit * signs[0] * signs[1],
            unit * feed,
            unit * signs[0] * (y_offset + feed * x_offset),
            unit * signs[1] * x_offset,
            unit * x_offset * y_offset + own["ZOS"],
        ]
        coefficients = [each * weight for each in coefficients]
        coefficients.append(self._ones(1 - weight))
        self.operations.append(Operation(OFFSET_PRODUCT, output, factors, coefficients, name=name))

    def noises(self) -> None:
        """Voltages of noise in series with an output, or with an input."""
        outputs = {each.output for each in self.operations} | {each.state for each in self.rates}
        for name, node, other in self.anatomy.series:
            driven, source, sign = (other, node, -1.0) if node in outputs else (node, other, 1.0)
            terms = {source: self._ones(), f"{name}{NOISE}": self._ones(sign)}
            self._linear(driven, self._ones(0.0), terms, self._ones(0.0), (-math.inf, math.inf), name)

    def _difference(self, one: str, other: str, node: str) -> str:
        """A row for the voltage between two nodes."""
        terms = {one: self._ones(), other: self._ones(-1.0)}
        self._linear(node, self._ones(0.0), terms, self._ones(0.0), (-math.inf, math.inf), node)
        return node

    def nonlinearity(self, name: str, cell: str, nodes: tuple[str, ...]) -> None:
        """``kout f((v(inp) - v(inn)) / kin + offset, constants)``, with a lag."""
        role = str(self.anatomy.cells[cell].role)
        part, own = self._device(cell), self._own(name, cell)
        positive, negative, output = nodes
        weight = 1 / (1 + part.lag / self.step)
        offset = own["VOS"] * part.per_volt if "VOS" in own else self._ones(0.0)
        coefficients = [1 / own["kin"], offset, own["kout"] * weight, self._ones(1 - weight)]
        coefficients += [own[constant] for constant in LAWS[role].constants]
        self.operations.append(Operation(CURVE, output, [positive, negative], coefficients, name=name, law=role))
