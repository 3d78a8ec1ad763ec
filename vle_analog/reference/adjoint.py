"""The exact gradient of the cost, by integrating the adjoint equations backward in time.

The Euler-Lagrange equations give ``e = I+_{tau_m} D-_{tau_r} p``, which looks into the future (see
`action`). In reversed time the derivative changes its sign, I+ becomes I- and D- becomes D+, and the
same error neuron is a causal one: ``v = I-_{tau_m} p``, ``e = v + tau_r dv/ds``. So the adjoint is one
more system of equations, driven by the recorded forward run played backward: continuous-time
backpropagation through time. Gradients of ``C = beta/2 int |target - r_L|^2 dt`` are
``dC/dw_ij = -int e_i r_j``, ``dC/db_i = -int e_i``, ``dC/dtau_m,i = int e_i du_i/dt``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from vle_analog.equations.assembly import Equations, own_index, start
from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import (
    EquationSystem,
    Input,
    Signal,
    index,
    indices_of,
    instance_names,
    name_of,
    shape_of,
    signal,
    total,
)
from vle_analog.learning.cost import SQUARED, cost_named, shared_parts
from vle_analog.learning.layers import Layer, inputs_of
from vle_analog.learning.network import forward
from vle_analog.learning.neurons import Neurons, Relay
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.tableau import RK4, Tableau
from vle_analog.stimulus import Stimulus, Trace

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Gradient:
    """The cost of one window and its exact gradient.

    Attributes:
        cost: the integral of beta times the cost, ``beta/2 int |target - r_L|^2 dt``.
        by: dC/d(parameter) by template name (``w1``, ``b1``, ``tau_m1``, ...), in its shape.
        time: the adjoint's times, increasing, shape (n,).
        errors: e by layer, ``e1``, ``e2``, ..., each of shape (n, neurons).
    """

    cost: float
    by: Mapping[str, Array]
    time: Array
    errors: Mapping[str, Array]


class Adjoint:
    """Forward and backward integrators of a layered network.

    Args:
        layers: from the input up.
        beta: nudging strength, the cost's factor.
        method: of both integrations.
        teacher: layers that run beside the network and give the target.
        cost: of the outputs, one of `cost.COSTS`.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        beta: float = 1.0,
        method: Tableau = RK4,
        teacher: Sequence[Layer] | None = None,
        cost: str = SQUARED,
    ) -> None:
        self.layers = layers
        self.beta = beta
        self.substeps = 2 if 1 in method.nodes else 1  # a stage in the middle needs the forward run there
        equations = Equations()
        self.inputs = inputs_of(layers)
        x, top = signal("x", index("n0", self.inputs)), index(f"n{len(layers)}", layers[-1].size)
        target = signal("target", top)
        inputs = [Input(x, Trace())]
        if teacher is None:
            inputs.append(Input(target, Trace()))
        else:
            output = forward(equations, teacher, x, prefix="t", plastic=False).output
            equations.define(signal("target", *indices_of(output)), output)
        # gradients are those of all weights, whichever of them learn
        variable = [replace(layer, learn_tau=False, learn=True) for layer in layers]
        network = forward(equations, variable, x)
        self.network = network.neurons
        for number, (layer, neurons) in enumerate(zip(layers, self.network, strict=True), 1):
            below = layers[number - 2].size if number > 1 else self.inputs
            equations.state(neurons.w, sp.S.Zero, start(layer.weights, layer.size, below))
            for relay, heard in zip(neurons.relays, layer.recurrent, strict=True):
                equations.state(relay.w, sp.S.Zero, start(heard.weights, layer.size, layers[relay.source - 1].size))
            if layer.bias is not None:
                equations.state(signal(f"b{number}", neurons.index), sp.S.Zero, start(layer.bias, layer.size))
            equations.define(signal(f"udot{number}", neurons.index), neurons.current)
        output, asked = network.output, cost_named(cost, top)
        self.miss = self.asked = equations.define(signal("miss", top), target - output)
        if cost == SQUARED:
            cost_now = total(self.miss**2, top) / 2
        else:
            cost_now = asked.of(target, output, top)
            error = shared_parts(equations, asked.error(target, output, top), output)
            self.asked = equations.define(signal("asked", top), error)
        equations.state(sp.Symbol("cost"), sp.Float(beta) * cost_now)
        system = EquationSystem(
            "forward", tuple(equations.states), tuple(equations.definitions), tuple(inputs), tuple(equations.parameters)
        )
        self.forward = Integrator(resolve(system), method)
        self.backward = Integrator(self._reversed(), method)
        prefixes = ("",) if teacher is None else ("", "t")
        self.membranes = [f"{prefix}u{number}" for prefix in prefixes for number in range(1, len(layers) + 1)]
        self.membranes += [f"{prefix}{name_of(relay.q)}" for prefix in prefixes for relay in self._relays]
        self.traces = [name for name in self.backward.layout.place if self.backward.layout.place[name][0] == "x"]

    @property
    def _relays(self) -> list[Relay]:
        return [relay for neurons in self.network for relay in neurons.relays]

    @property
    def _weights(self) -> list[Signal]:
        """Weights through which errors go back."""
        return [*(neurons.w for neurons in self.network[1:]), *(relay.w for relay in self._relays)]

    def _reversed(self) -> EquationSystem:
        """The error neurons in reversed time, with the gradients as integrals."""
        equations = Equations()
        r0 = signal("r0", index("n0", self.inputs))
        given: list[Signal] = [self.asked, r0]
        error: Signal | None = None
        for number in range(len(self.layers), 0, -1):
            layer, neurons = self.layers[number - 1], self.network[number - 1]
            n = neurons.index
            below = self.network[number - 2].r if number > 1 else r0
            udot = signal(f"udot{number}", n)
            given += [each for each in (neurons.d, udot, below if number > 1 else None) if each is not None]
            back = self._received(equations, number, error)
            back += sp.Add(*[each.error_at(n) for each in self._relays if each.source == number])
            p = equations.define(signal(f"p{number}", n), back if neurons.d is None else neurons.d * back)
            tau_m = equations.parameter(signal(f"tau_m{number}", *own_index(n, layer.tau_m)), layer.tau_m)
            tau_r = equations.parameter(signal(f"tau_r{number}", *own_index(n, layer.tau_r)), layer.tau_r)
            v = signal(f"v{number}", n)
            equations.state(v, (p - v) / tau_m)
            error = equations.define(signal(f"e{number}", n), v + tau_r * (p - v) / tau_m)
            equations.state(signal(f"by_w{number}", *indices_of(neurons.w)), -error * below)
            for relay, heard in zip(neurons.relays, layer.recurrent, strict=True):
                # in reversed time I+ is I-
                tau = equations.parameter(sp.Symbol(f"tau_{name_of(relay.q)}"), heard.tau)
                back = relay.error_at(relay.index)
                equations.state(relay.w, sp.S.Zero)
                equations.state(back, (total(relay.w * error, n) - back) / tau)
                given.append(relay.q)
                equations.state(signal(f"by_{name_of(relay.w)}", *indices_of(relay.w)), -error * relay.q)
            equations.state(signal(f"by_b{number}", n), -error)
            equations.state(signal(f"by_tau_m{number}", n), error * udot)
        return EquationSystem(
            "adjoint",
            tuple(equations.states),
            tuple(equations.definitions),
            tuple(Input(symbol, Trace()) for symbol in given),
            tuple(equations.parameters),
        )

    def _received(self, equations: Equations, number: int, above_error: Signal | None) -> sp.Expr:
        if above_error is None:
            return sp.Float(self.beta) * self.asked
        above: Neurons = self.network[number]
        equations.state(above.w, sp.S.Zero)  # set anew for every window
        return total(above.w * above_error, above.index)

    def gradient(
        self,
        x: Sequence[Stimulus],
        target: Sequence[Stimulus] | None,
        span: float,
        step: float,
        state: Array | None = None,
        begin: float = 0.0,
    ) -> Gradient:
        """Cost and exact gradient over one window.

        Args:
            x, target: inputs and, without a teacher, wanted outputs.
            span: the window's length, model units; errors are zero after it.
            step: the backward integration's; the forward one takes half of it where the method
                has a stage in the middle of a step.
            state: the forward system's flat state at the window's start, advanced in place to its
                end; its initial values when None.
            begin: when the window starts.
        """
        count = max(1, round(span / step))
        steps = self.substeps * count
        part = span / steps
        y = self.forward.initial() if state is None else state
        y[self.forward.layout.span("cost")] = 0.0
        rows = self.substeps  # of inputs, to each step
        times = begin + np.linspace(0.0, span, rows * steps + 1)
        fine = np.stack([each(times) for each in (*x, *(target or ()))], axis=1)
        # one more step of length zero records the end
        fine = np.concatenate([fine, *[fine[-1:]] * rows])
        places = self.forward.layout.place
        names = sorted((name for name in self.traces if name != "r0"), key=lambda name: places[name][0] != "y")
        records = self.forward.march(y, fine, np.append(np.full(steps, part), 0.0), names)
        columns = self._split(self.forward, records, names)
        columns["r0"] = fine[:-rows:rows, : self.inputs]
        played = np.concatenate([columns[name] for name in self.traces], axis=1)[::-1]

        z = self.backward.initial()
        for name in map(name_of, self._weights):
            z[self.backward.layout.span(name)] = y[self.forward.layout.span(name)]
        errors = [f"e{number}" for number in range(1, len(self.layers) + 1)]
        traced = self.backward.march(z, np.ascontiguousarray(played), np.full(count, span / count), errors)
        found = {}
        for number, layer in enumerate(self.layers, 1):
            for name in ("w", "tau_m", *(("b",) if layer.bias is not None else ())):
                place = self.backward.layout.span(f"by_{name}{number}")
                symbol = self.backward.layout.symbols[f"by_{name}{number}"]
                found[f"{name}{number}"] = z[place].reshape(shape_of(symbol))
        for name in (name_of(relay.w) for relay in self._relays):
            place, symbol = (getattr(self.backward.layout, what) for what in ("span", "symbols"))
            found[name] = z[place(f"by_{name}")].reshape(shape_of(symbol[f"by_{name}"]))
        cost = float(y[self.forward.layout.span("cost")][0])
        time = np.asarray(begin + span - span / count * np.arange(count), float)
        split = self._split(self.backward, traced, errors)
        return Gradient(cost, found, time[::-1], {name: values[::-1] for name, values in split.items()})

    def set(self, parameters: Mapping[str, Array], state: Array) -> None:
        """Give the network other weights, biases (into the flat state) and time constants.

        Args:
            parameters: by template name (``w1``, ``b1``, ``tau_m1``, ...); those of other names are ignored.
            state: the forward system's flat state, changed in place.
        """
        for name, values in parameters.items():
            array, _ = self.forward.layout.place.get(name, ("", 0))
            if array == "y":
                state[self.forward.layout.span(name)] = np.ravel(values)
            elif array == "p":
                for integrator in (self.forward, self.backward):
                    integrator.parameters[integrator.layout.span(name)] = np.ravel(values)

    @staticmethod
    def _split(integrator: Integrator, records: Array, names: Sequence[str]) -> dict[str, Array]:
        """Recorded columns by template name; states, then definitions, in the order of names."""
        counts = [len(instance_names(integrator.layout.symbols[name])) for name in names]
        edges = np.cumsum([0, *counts])
        return {name: records[:, a:b] for name, a, b in zip(names, edges[:-1], edges[1:], strict=True)}
