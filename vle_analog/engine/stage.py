"""A stage on its boards -> operations and rates: the law of its cell with the numbers of its instance."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import sympy as sp

from vle_analog.circuit.elements import GROUND
from vle_analog.engine.anatomy import BIAS, NOISE, OFFSET
from vle_analog.engine.draft import UNITY, Combination, Draft, Memory
from vle_analog.engine.program import PRODUCT, QUOTIENT, Operation, Rate
from vle_analog.engine.reduce import CURRENT, GIN, A, T, evaluated
from vle_analog.errors import CircuitError


class StageInstance:
    """One stage of all boards.

    Args:
        draft: that it adds itself to.
        name: of the instance.
        cell: its.
        nodes: at the cell's ports.
    """

    def __init__(self, draft: Draft, name: str, cell: str, nodes: tuple[str, ...]) -> None:
        anatomy = draft.anatomy
        self.draft, self.name, self.law = draft, name, anatomy.stages[cell]
        self.at = dict(zip(anatomy.cells[cell].ports, nodes, strict=True))
        self.opamp = draft.opamp(self.law.opamp)
        self.output = nodes[anatomy.cells[cell].output]
        self.summing = self.at[self.law.summing]
        self.arriving = draft.arriving.get(self.summing, [])
        self.own = draft.parameters(name, cell)
        self.own[A], self.own[T] = draft.ones(self.opamp.a), draft.ones(self.opamp.t)
        self.own[GIN] = sum((1 / ohms for node, ohms in self.arriving if node not in draft.open), draft.ones(0.0))
        self.pins = [f"{noise}{NOISE}" for noise, owner in anatomy.pins if owner == name]
        self.offset, self.bias = draft.values["X", name, OFFSET], draft.values["X", name, BIAS]
        switches = [*draft.switches.get(self.summing, ())]
        switches += [each for setting in draft.setting.values() for each, node in setting if node == self.summing]
        self.bias = self.bias + sum((each.leak for each in switches), draft.ones(0.0))

    def add(self) -> None:
        """Add the stage's output and the rates of its states to the draft.

        Raises:
            CircuitError: a switch feeds a stage that neither integrates nor sums, or an output follows itself without a
                lag.
        """
        draft, law = self.draft, self.law
        made = self._spread(law.output)
        if law.product is not None:
            self._quotient(made)
            return
        gated = self._gated()
        if gated and not law.states:
            made, gated = self._switched(made, gated), []
        if gated and (CURRENT in law.output or len(law.states) != 1):
            raise CircuitError(
                "a switch feeds a stage that neither integrates nor sums", where=f"instance '{self.name}'"
            )
        rates = [self._spread(formulas) for formulas in law.rates]
        starts = [self._evaluated(formula) for formula in law.start]
        if len(law.states) == 1 and set(made.inputs) == {self._row(law.states[0])}:
            # the output is the state but for a factor and an offset: it becomes the state itself, in volts
            self._integrator(made, rates[0], starts[0], gated)
            return
        unit = draft.anatomy.unit
        for state, rate, start in zip(law.states, rates, starts, strict=True):
            scaled = {node: coefficient * unit for node, coefficient in rate.inputs.items()}
            extra = [(gate, node, coefficient * unit) for gate, node, coefficient in gated]
            draft.rates.append(Rate(self._row(state), start, rate.constant * unit, scaled, extra))
        if len(law.states) == 1:
            row = self._row(law.states[0])
            volts = made.inputs.get(row, draft.ones())
            draft.integrators[self.summing] = Memory(self.output, row, volts, made.constant, -1 / volts, self.offset)
        lag = self._evaluated(law.lag) / draft.step
        if law.states and math.isfinite(self.opamp.high):
            self._clipped(made, lag)
            return
        draft.linear(self.output, made, self.name, lag, (self.opamp.low, self.opamp.high), self._slew())

    def _row(self, state: str) -> str:
        """The row of a state's charge."""
        return f"{self.name}@{state}"

    def _evaluated(self, formula: sp.Expr) -> np.ndarray:
        """A formula's values, shape (samples,)."""
        return evaluated(formula, self.own, self.draft.samples)

    def _spread(self, formulas: Mapping[str, sp.Expr]) -> Combination:
        """Formulas by state, port or `CURRENT` as a combination of rows."""
        constant, found = self.draft.ones(0.0), dict[str, np.ndarray]()

        def add(node: str, coefficient: np.ndarray) -> None:
            if node != GROUND:
                found[node] = found[node] + coefficient if node in found else coefficient

        for source, formula in formulas.items():
            coefficient = self._evaluated(formula)
            if source == CURRENT:
                constant = constant - coefficient * self.bias
                for node, ohms in self.arriving:
                    add(node, coefficient / ohms)
                for row in self.draft.noises.get(self.summing, ()):
                    add(row, -coefficient)
            elif source in self.law.states:
                add(self._row(source), coefficient)
            else:
                if source == self.law.noninverting:
                    constant = constant + coefficient * self.offset
                    for row in self.pins:
                        add(row, coefficient)
                add(self.at[source], coefficient)
        return Combination(constant, found)

    def _gated(self) -> list[tuple[str, str, np.ndarray]]:
        """What comes through switches: gate, row, siemens (or -1 for a current) per volt of the gate."""
        found: list[tuple[str, str, np.ndarray]] = []
        for each in self.draft.switches.get(self.summing, ()):
            unit = each.passed / each.high
            found += [(each.gate, node, unit / ohms) for node, ohms in self.draft.arriving.get(each.bus, ())]
            found += [(each.gate, row, -unit) for row in self.draft.noises.get(each.bus, ())]
            if each.back is not None:  # the sum is where the op-amp's offset has it
                back = -each.back / each.high
                found.append((each.gate, UNITY, back * self.offset))
                found += [(each.gate, row, back) for row in self.pins]
        return found

    def _switched(self, made: Combination, gated: list[tuple[str, str, np.ndarray]]) -> Combination:
        """A sum with what comes through switches, by a product with each one's gate."""
        inputs, by_current = dict(made.inputs), self._evaluated(self.law.output[CURRENT])
        for number, (gate, node, coefficient) in enumerate(gated, 1):
            passed = f"{self.name}@switched{number}"
            self.draft.operations.append(Operation(PRODUCT, passed, [gate, node], [self.draft.ones()], name=self.name))
            inputs[passed] = by_current * coefficient
        return Combination(made.constant, inputs)

    def _back(self) -> np.ndarray:
        """Siemens that the summing node sees through a switch while it conducts; of several, one does at a time."""
        found = self.draft.ones(0.0)
        for each in self.draft.switches.get(self.summing, ()):
            if each.back is not None:
                found = np.maximum(found, each.back)
        return found

    def _slew(self) -> float:
        """The slew rate; infinite where a step is too long for it to matter."""
        opamp = self.opamp
        return opamp.slew if opamp.slew * self.draft.step < opamp.high - opamp.low else math.inf

    def _excess(self, state: int) -> np.ndarray:
        """What a volt of the output beyond its law adds to a charge's rate, amperes per volt.

        An output that cannot follow leaves the summing node where it would be if v(p) were such that it could.
        """
        law = self.law
        rate, output = law.rates[state].get(law.noninverting, sp.S.Zero), law.output[law.noninverting]
        return self._evaluated(rate / output) - self._back()

    def _clipped(self, made: Combination, lag: np.ndarray) -> None:
        """An output with swing and slew rate, whose charges feel where it is."""
        draft, unit = self.draft, self.draft.anatomy.unit
        free = f"{self.name}@free"
        inputs = {free if node == self.output else node: each for node, each in made.inputs.items()}
        draft.linear(free, Combination(made.constant, inputs), self.name, lag)
        shown = Combination(draft.ones(0.0), {free: draft.ones()})
        limits = (self.opamp.low, self.opamp.high)
        draft.linear(self.output, shown, self.name, limits=limits, slew=self._slew())
        for place, state in enumerate(self.law.states):
            (rate,) = (each for each in draft.rates if each.state == self._row(state))
            push = self._excess(place) * unit
            shows = self._evaluated(self.law.output.get(state, sp.S.Zero))
            decay = np.abs(push * shows) * draft.step / unit  # per step
            push = push / np.maximum(1.0, 2 * decay)  # no faster than the steps can follow
            for node, coefficient in ((self.output, push), (free, -push)):
                rate.inputs[node] = rate.inputs.get(node, draft.ones(0.0)) + coefficient

    def _integrator(
        self, made: Combination, rate: Combination, start: np.ndarray, gated: list[tuple[str, str, np.ndarray]]
    ) -> None:
        """An output that is a state: the charge, times a factor."""
        draft, unit = self.draft, self.draft.anatomy.unit
        charge = self._row(self.law.states[0])
        offset, factor = made.constant, made.inputs[charge]
        terms = dict(rate.inputs)
        leak = -terms.pop(charge, draft.ones(0.0)) * unit
        volts = factor * unit  # output volts per coulomb, and model units instead of seconds
        inputs = {node: coefficient * volts for node, coefficient in terms.items()}
        inputs[self.output] = inputs.get(self.output, draft.ones(0.0)) - leak
        constant = rate.constant * volts + leak * offset
        extra = [(gate, node, coefficient * volts) for gate, node, coefficient in gated]
        limits = (self.opamp.low, self.opamp.high)
        found = Rate(self.output, factor * start + offset, constant, inputs, extra, limits, self.opamp.t)
        if math.isfinite(self.opamp.high):  # what the output cannot show stays on the capacitor
            found.slew, found.excess = self._slew(), f"{self.name}@excess"
            found.leak = leak + volts * self._excess(0)
        draft.rates.append(found)
        none = draft.ones(0.0)
        draft.integrators[self.summing] = Memory(self.output, self.output, draft.ones(), none, -1 / factor, self.offset)

    def _quotient(self, made: Combination) -> None:
        """``(d + FY y)(y + FX d)/scale + (k0 + k1 d/dt + k2 d2/dt2) y = m``, solved for y by backward differences.

        A Miller capacitor bridges the multiplier, whose own lag stays inside of the loop.
        """
        law, draft = self.law, self.draft
        assert law.product is not None and law.demand is not None
        cell = draft.anatomy.cells[law.product.cell]
        part = draft.device(law.product.cell)
        scale = cell.signed("scale")
        positive, negative = (self.at.get(port, GROUND) for port in law.product.factor)
        none = draft.ones(0.0)
        x_offset, y_offset, offset, gain = (self.own.get(name, none) for name in ("XOS", "YOS", "ZOS", "GE"))
        k0, k1, k2 = (self._evaluated(each) / draft.step**n for n, each in enumerate(law.demand))
        past = [k0 + 1.5 * k1 + k2, 2 * (k1 + k2), -0.5 * k1 - k2]
        bent_x, bent_y = (self.own.get(name, none) for name in ("DX", "FY"))
        coefficients = [(1 + gain) / scale, part.feedthrough + bent_x, *past, x_offset, y_offset]
        coefficients += [made.constant - offset, bent_y, *made.inputs.values()]
        before, limits = f"{self.output}@before", (self.opamp.low, self.opamp.high)
        inputs = [positive, negative, before, *made.inputs]
        draft.operations.append(Operation(QUOTIENT, self.output, inputs, coefficients, limits, self.name, kept=before))
