"""Networks while they learn: by a local rule as they run, or offline by the exact gradient.

Both advance through a stream of data, tell the loss on the way, and give their weights out. What was
learned is judged elsewhere, with the weights frozen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import EquationSystem, shape_of
from vle_analog.learning.network import Layer, Plasticity
from vle_analog.reference.adjoint import Adjoint
from vle_analog.reference.codegen import EULER, Tableau
from vle_analog.reference.integrator import Integrator
from vle_analog.stimulus import Discharge, Stimulus

Array = NDArray[np.float64]

#: steps that are prepared at once
_CHUNK = 50_000
#: a rate at which weights stand still, and yet their changes keep nine digits
_VANISHING = 1e-9


class Learner(Protocol):
    """A network in the middle of learning; ``time`` in model units."""

    time: float

    def advance(self, until: float) -> float:
        """Learn on; returns the mean of ``(target - output)^2`` on the way, plasticity on.

        Raises:
            DivergenceError: a state is not finite or beyond the integrator's limit.
        """

    def parameters(self) -> dict[str, Array]:
        """Weights, biases and time constants by template name (``w1``, ``b1``, ``tau_m1``, ...)."""


class OnlineLearner:
    """A network that learns by a local rule: its whole system, integrated, with the gate open.

    Args:
        system: the learning network with its stream; outputs first the network's, then the target.
        layers: how many it has.
        step: of the integration, model units.
        method: of the integration.
    """

    def __init__(self, system: EquationSystem, layers: int, step: float, method: Tableau = EULER) -> None:
        self.integrator = Integrator(resolve(system), method)
        self.layers = layers
        self.step = step
        self.time = 0.0
        self.output, self.target = system.outputs[:2]
        self.state = self.integrator.initial()
        place = self.integrator.layout.place
        names = [f"{letter}{number}" for number in range(1, layers + 1) for letter in "wbg"]
        self.learned = [name for name in names if place.get(name, "?")[0] == "y"]

    def advance(self, until: float) -> float:
        return self._march(self.state, round((until - self.time) / self.step))

    def parameters(self) -> dict[str, Array]:
        found = {name: self._read(self.state, name) for name in self.learned}
        taus = {f"tau_m{name[1:]}": 1 / found.pop(name) for name in self.learned if name[0] == "g"}
        return found | taus

    def potentials(self) -> dict[str, Array]:
        """The membranes of network and teacher by template name (``u1``, ``tu1``, ...)."""
        names = (f"{prefix}u{number}" for prefix in ("", "t") for number in range(1, self.layers + 1))
        return {name: self._read(self.state, name) for name in names if name in self.integrator.layout.place}

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
        return {name: (self._read(state, name) - self._read(before, name)) / _VANISHING for name in self.learned}

    def _march(self, state: Array, steps: int, paced: bool = True) -> float:
        """Advance a state in place, with annealed rates or (not ``paced``) full ones; the mean squared error."""
        held = [name for name in ("gate", *(() if paced else ("pace",))) if name in self.integrator.layout.place]
        first = round(self.time / self.step)
        squares = 0.0
        for start in range(0, steps, _CHUNK):
            count = min(_CHUNK, steps - start)
            marks = np.arange(first + start, first + start + count + 1, dtype=np.float64)
            inputs = self.integrator.driving(self.step * marks)
            for name in held:
                inputs[:, self.integrator.layout.span(name)] = 1.0
            records = self.integrator.march(state, inputs, np.full(count, self.step), (self.output, self.target))
            output, target = records[:, 0], self._target(inputs, records)
            squares += float(np.sum((target - output) ** 2))
        self.time += steps * self.step
        return squares / max(1, steps)

    def _target(self, inputs: Array, records: Array) -> Array:
        if self.integrator.layout.place[self.target][0] == "x":
            return inputs[: -1 : len(inputs) // len(records), self.integrator.layout.span(self.target)][:, 0]
        return records[:, 1]

    def _read(self, state: Array, name: str) -> Array:
        return state[self.integrator.layout.span(name)].reshape(shape_of(self.integrator.layout.symbols[name])).copy()


class OfflineLearner:
    """A network that learns by the exact gradient: backpropagation through time, window by window.

    Weights stand still within a window of the stream; then each moves down its gradient, at the
    same rate as the local rules' (``eta`` times the integral of ``e r``). The membranes run on from
    window to window; errors are zero at a window's end.

    Args:
        layers: the learning network.
        teacher: layers that give the target, if any do.
        x, target: input and, without a teacher, target.
        plasticity: rates and limits.
        window: model units.
        step: of the integration, model units.
        method: of the integration.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        teacher: Sequence[Layer] | None,
        x: Stimulus,
        target: Stimulus | None,
        plasticity: Plasticity,
        window: float,
        step: float,
        method: Tableau = EULER,
    ) -> None:
        self.adjoint = Adjoint(layers, plasticity.beta, method, teacher)
        self.plasticity = plasticity
        self.x, self.target = x, target
        self.window, self.step = window, step
        self.time = 0.0
        self.state = self.adjoint.forward.initial()
        names = (f"{letter}{n}" for n, layer in enumerate(layers, 1) if layer.learn for letter in "wb")
        self.learned = [name for name in names if name in self.adjoint.forward.layout.place]
        self.tau = {f"tau_m{n}": np.array(layer.tau_m, float) for n, layer in enumerate(layers, 1) if layer.learn_tau}

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
        for name, slope in gradient.items():
            if name in self.learned:
                self.state[layout.span(name)] -= pace * rates.eta * np.ravel(slope)
            elif name in self.tau:
                # dg/dt = eta_tau e du/dt, as the local rules have it
                low, high = rates.tau_limits
                moved = np.clip(1 / self.tau[name] + pace * rates.eta_tau * slope, 1 / high, 1 / low)
                self.tau[name] = 1 / moved
        self.adjoint.set(self.tau, self.state)

    def parameters(self) -> dict[str, Array]:
        layout = self.adjoint.forward.layout
        symbols = {name: layout.symbols[name] for name in self.learned}
        return {
            **{name: self.state[layout.span(name)].reshape(shape_of(symbols[name])).copy() for name in self.learned},
            **{name: values.copy() for name, values in self.tau.items()},
        }


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
        self, parameters: Mapping[str, Array], x: Stimulus, target: Stimulus | None, span: float
    ) -> tuple[Array, Array, Array]:
        """Times, output and target from rest, each of shape (n,).

        Args:
            parameters: by template name, as `Learner.parameters` gives them.
            x, target: input and, without a teacher, target.
            span: model units.
        """
        network = self.adjoint.forward
        state = network.initial()
        self.adjoint.set(parameters, state)
        steps = round(span / self.step)
        rows = self.adjoint.substeps
        times = self.step / rows * np.arange(rows * steps + 1, dtype=np.float64)
        inputs = np.stack([each(times) for each in (x, target) if each is not None], axis=1)
        records = network.march(state, inputs, np.full(steps, self.step), (self.output, "miss"))
        return times[:-1:rows], records[:, 0], records.sum(axis=1)
