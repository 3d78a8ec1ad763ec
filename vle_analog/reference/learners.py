"""Networks while they learn: by a local rule as they run, or offline by the exact gradient.

Both advance through a stream of data, tell the loss on the way, and give their weights out. What was
learned is judged elsewhere, with the weights frozen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import EquationSystem, Input, shape_of
from vle_analog.learning.layers import Layer
from vle_analog.learning.learned import Kind, Learned, deployable
from vle_analog.learning.plasticity import Plasticity
from vle_analog.reference.adjoint import Adjoint
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.tableau import EULER, Tableau
from vle_analog.stimulus import Discharge, Gate, Stimulus

Array = NDArray[np.float64]

#: steps that are prepared at once, and numbers that these may read
_CHUNK, _NUMBERS = 50_000, 5_000_000
#: a rate at which weights stand still, and yet their changes keep nine digits
_VANISHING = 1e-9


class Learner(Protocol):
    """A network in the middle of learning; ``time`` in model units."""

    time: float

    def advance(self, until: float) -> float:
        """Learn on; returns the mean of ``(target - output)^2``, summed over outputs, on the way, plasticity on.

        Raises:
            DivergenceError: a state is not finite or beyond the integrator's limit.
        """

    def parameters(self) -> dict[str, Array]:
        """Weights, biases and time constants by template name (``w1``, ``b1``, ``tau_m1``, ...)."""


def _opened(each: Input) -> Input:
    """An input as it is; a gate of plasticity, which opens and closes once, open from the beginning."""
    if isinstance(each.stimulus, Gate):
        return replace(each, stimulus=replace(each.stimulus, on=0.0, off=math.inf))
    return each


class OnlineLearner:
    """A network that learns by a local rule: its whole system, integrated, with the gate open.

    Args:
        system: the learning network with its stream; outputs first the network's, then its targets.
        learned: what learns in it.
        step: of the integration, model units.
        method: of the integration.
        streams: how many it learns from (`streams`); errors are means over them.
    """

    def __init__(
        self,
        system: EquationSystem,
        learned: Sequence[Learned],
        step: float,
        method: Tableau = EULER,
        streams: int = 1,
    ) -> None:
        self.integrator = Integrator(resolve(system.updated(inputs=tuple(map(_opened, system.inputs)))), method)
        self.step, self.streams = step, streams
        self.time = 0.0
        self.output, self.target = system.outputs[:2]
        self.state = self.integrator.initial()
        self.learned = deployable(learned)

    def advance(self, until: float) -> float:
        return self._march(self.state, round((until - self.time) / self.step))

    def parameters(self) -> dict[str, Array]:
        return {each.parameter: each.as_parameter(self._read(self.state, each.name)) for each in self.learned}

    def states(self, names: Iterable[str]) -> dict[str, Array]:
        """The states of these template names, of those that the network has."""
        place = self.integrator.layout.place
        return {name: self._read(self.state, name) for name in names if place.get(name, "?")[0] == "y"}

    def direction(self, window: float, settle: float = 0.0, begin: float | None = None) -> dict[str, Array]:
        """What the rule would do to all it teaches: the integrals of ``e r``, ``e`` and ``e du/dt`` over a window,
        by template name (``w1``, ``b1``, and ``g1`` for a learned ``1/tau_m``).

        The same system runs on from here, with weights as good as held and rates not annealed, and then takes
        its state back.

        Args:
            window: model units.
            settle: model units that run before it, for backward coefficients to reach their values.
            begin: the data's time where it starts; the learner's own when None.
        """
        held, time = self.integrator.parameters.copy(), self.time
        state = self.state.copy()
        self.time = time if begin is None else begin
        for name, value in (("eta", _VANISHING), ("eta_tau", _VANISHING), ("decay", 0.0), ("wall", 0.0)):
            if name in self.integrator.layout.place:
                self.integrator.parameters[self.integrator.layout.span(name)] = value
        try:
            if settle:
                self._march(state, round(settle / self.step), paced=False)
            before = state.copy()
            self._march(state, round(window / self.step), paced=False)
        finally:
            self.integrator.parameters[:] = held
            self.time = time
        return {
            each.name: (self._read(state, each.name) - self._read(before, each.name)) / _VANISHING
            for each in self.learned
        }

    def _march(self, state: Array, steps: int, paced: bool = True) -> float:
        """Advance a state in place, with annealed rates or (not ``paced``) full ones; the mean squared error."""
        held = [] if paced else [name for name in ("gate", "pace") if name in self.integrator.layout.place]
        first = round(self.time / self.step)
        squares = 0.0
        chunk = min(_CHUNK, max(1, _NUMBERS // max(1, self.integrator.layout.lengths["x"])))
        for start in range(0, steps, chunk):
            count = min(chunk, steps - start)
            marks = np.arange(first + start, first + start + count + 1, dtype=np.float64)
            inputs = self.integrator.driving(self.step * marks)
            for name in held:
                inputs[:, self.integrator.layout.span(name)] = 1.0
            records = self.integrator.march(state, inputs, np.full(count, self.step), (self.output, self.target))
            outputs, targets = self._pair(inputs, records)
            squares += float(np.sum((targets - outputs) ** 2))
        self.time += steps * self.step
        return squares / max(1, steps) / self.streams

    def _pair(self, inputs: Array, records: Array) -> tuple[Array, Array]:
        """Outputs and targets of what was recorded."""
        if self.integrator.layout.place[self.target][0] == "x":
            return records, inputs[: -1 : len(inputs) // len(records), self.integrator.layout.span(self.target)]
        count = records.shape[1] // 2
        return records[:, :count], records[:, count:]

    def _read(self, state: Array, name: str) -> Array:
        return state[self.integrator.layout.span(name)].reshape(shape_of(self.integrator.layout.symbols[name])).copy()


class OfflineLearner:
    """A network that learns by the exact gradient: backpropagation through time, window by window.

    Weights stand still within a window of the stream; then each moves down its gradient, at the
    same rate as the local rules' (``eta`` times the integral of ``e r``). The membranes run on from
    window to window; errors are zero at a window's end.

    Args:
        adjoint: of the network.
        learned: what learns in it.
        data: inputs and, without a teacher, targets.
        plasticity: rates and limits.
        window: model units.
        step: of the integration, model units.
    """

    def __init__(
        self,
        adjoint: Adjoint,
        learned: Sequence[Learned],
        data: tuple[Sequence[Stimulus], Sequence[Stimulus] | None],
        plasticity: Plasticity,
        window: float,
        step: float,
    ) -> None:
        self.adjoint = adjoint
        self.learned = deployable(learned)
        self.plasticity = plasticity
        self.x, self.target = data
        self.window, self.step = window, step
        self.time = 0.0
        self.state = self.adjoint.forward.initial()
        self.tau = {
            each.parameter: np.array(adjoint.layers[each.layer - 1].tau_m, float)
            for each in self.learned
            if each.kind is Kind.CONDUCTANCE
        }

    def advance(self, until: float) -> float:
        cost, begin = 0.0, self.time
        while until - self.time > 0.5 * self.step:
            span = min(self.window, until - self.time)
            found = self.adjoint.gradient(self.x, self.target, span, self.step, self.state, self.time)
            self._descend(found.by)
            cost += found.cost
            self.time += span
        return 2 * cost / self.plasticity.beta / max(self.time - begin, self.step)

    def _descend(self, gradient: Mapping[str, Array]) -> None:
        layout, rates = self.adjoint.forward.layout, self.plasticity
        pace = 1.0 if rates.anneal is None else float(Discharge(*rates.anneal)(np.asarray(self.time)))
        for each in self.learned:
            name = each.parameter
            if name in self.tau:
                # dg/dt = eta_tau e du/dt, as the local rules have it
                low, high = rates.tau_limits
                moved = np.clip(1 / self.tau[name] + pace * rates.eta_tau * gradient[name], 1 / high, 1 / low)
                self.tau[name] = 1 / moved
            else:
                self.state[layout.span(name)] -= pace * rates.eta * np.ravel(gradient[name])
        self.adjoint.set(self.tau, self.state)

    def parameters(self) -> dict[str, Array]:
        layout = self.adjoint.forward.layout
        found = {}
        for each in self.learned:
            name = each.parameter
            if name in self.tau:
                found[name] = self.tau[name].copy()
            else:
                found[name] = self.state[layout.span(name)].reshape(shape_of(layout.symbols[name])).copy()
        return found


class FrozenNetwork:
    """A network with given weights that only runs, beside its teacher if it has one.

    Args:
        layers, teacher: of the network.
        step: of the integration, model units.
        method: of the integration.
    """

    def __init__(
        self, layers: Sequence[Layer], teacher: Sequence[Layer] | None, step: float, method: Tableau = EULER
    ) -> None:
        self.adjoint = Adjoint(layers, method=method, teacher=teacher)
        self.step = step
        self.output = f"r{len(layers)}"

    def run(
        self, parameters: Mapping[str, Array], x: Sequence[Stimulus], target: Sequence[Stimulus] | None, span: float
    ) -> tuple[Array, Array, Array]:
        """Times, shape (n,), outputs and targets from rest, each of shape (n, outputs).

        Args:
            parameters: by template name, as `Learner.parameters` gives them.
            x, target: inputs and, without a teacher, targets.
            span: model units.
        """
        network = self.adjoint.forward
        state = network.initial()
        self.adjoint.set(parameters, state)
        steps = round(span / self.step)
        rows = self.adjoint.substeps
        times = self.step / rows * np.arange(rows * steps + 1, dtype=np.float64)
        inputs = np.stack([each(times) for each in (*x, *(target or ()))], axis=1)
        records = network.march(state, inputs, np.full(steps, self.step), (self.output, "miss"))
        outputs = records[:, : records.shape[1] // 2]
        return times[:-1:rows], outputs, outputs + records[:, records.shape[1] // 2 :]
