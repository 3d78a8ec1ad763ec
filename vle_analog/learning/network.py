"""A layered network that learns while it runs, as one system of equations.

Layer l = 1..L, neurons indexed ``nl``, inputs r0, indexed ``n0`` (GLE, arXiv 2403.16933, eqs. 5-9; its notation):

    tau_m du/dt = -u + s,   s = sum w r_below + b,   r = phi(prospective(u, tau_r))

An error neuron beside every neuron receives ``p = phi' sum w_above e_above`` (the top layer
``p = phi' beta (target - r)``, or what another cost asks for, see `cost`); how it turns p into e is the learning rule's
(`error_neuron`), where the weights for it come from, the feedback's (`feedback`). Plasticity is local and continuous:
``dw/dt = eta gate e r_below``, ``db/dt = eta gate e`` and, for a learned leak conductance
``g = 1/tau_m``, ``dg/dt = eta_g gate e du/dt`` within walls; with eligibility (`eligibility`) p times a trace
of the rate in the place of e times the rate. ``gamma = 0``: errors do not enter the
forward path.

A layer may hear others, or itself, besides the layer below: through relays, leaky integrators ``tau dq/dt = r - q`` of
each neuron that is heard, by weights that learn as all do. Errors go back the same way (`_Learning.relayed_errors`).

None of these is written down here a second time: they are what `action` derives from the energy. What
is added is what a derivation does not know: start values, the gate, walls, learned conductances.

Signals are named by a letter and the layer's number: membrane u, drive s, prospective potential m,
rate r, slope d = phi'(m), error input p, error neuron v, error e, weights w, bias b, conductance g,
learned backward coefficients ka, kb, kc, own feedback weights back (from noise xi: the rate sent up, and
of the drive or rate there what is slow and the echo), traces zw, zb of what moves weights and biases, and the
error paced by an annealed rate; of eligibility what is past of a rate, pastw, and the trace elw (pastg, elg).
Relays have the numbers of both layers: potential q2to1, weights w2to1, error input p2to1, error e2to1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy as sp

from vle_analog.equations.assembly import Equations, start
from vle_analog.equations.system import Population, Signal, indices_of, name_of, shape_of, signal
from vle_analog.equations.templates import prefixed
from vle_analog.errors import UsageError
from vle_analog.laws.deadzone import deadzone
from vle_analog.learning.action import Derivation, Rates, derive
from vle_analog.learning.chopper import Chopper
from vle_analog.learning.cost import shared_parts
from vle_analog.learning.eligibility import eligible
from vle_analog.learning.error_neuron import ErrorNeuron, error_neuron
from vle_analog.learning.feedback import Transpose, feedback_of
from vle_analog.learning.layers import Layer, LayerSignals
from vle_analog.learning.learned import Kind, Learned, PlasticEquations
from vle_analog.learning.neurons import Network, Neurons, Relay
from vle_analog.learning.plasticity import Plasticity
from vle_analog.stimulus import Discharge

#: the rates of weights and biases and of conductances, and what anneals them
_ETA, _ETA_TAU, _PACE = sp.symbols("eta eta_tau pace")


def forward(
    equations: Equations,
    layers: Sequence[Layer],
    r0: Signal,
    prefix: str = "",
    plastic: bool = True,
    gamma: float = 0.0,
    feedback: Transpose | None = None,
) -> Network:
    """Add the neurons of all layers.

    Args:
        equations: what to add to.
        layers: from the input up.
        r0: the input, a scalar for one, a template over ``n0`` for several.
        prefix: put before every name (``t`` for a teacher beside the student).
        plastic: whether what learns is left to `learning`, as states, or a parameter as all else is.
        gamma: how much of a neuron's error enters its drive; any but 0 closes a loop that `check` refuses.
        feedback: as `learning` will have it (`feedback_of`), whose weights may be learned from noise in the rates.
    """
    derivation = derive([layer.shape(plastic) for layer in layers], math.prod(shape_of(r0)))
    here: dict[sp.Expr, sp.Expr] = {prefixed(derivation.layers[0].below, prefix): r0}

    def own(expression: sp.Expr) -> sp.Expr:
        """A derived expression with this network's signals."""
        return prefixed(expression, prefix).xreplace(here)

    network = []
    for number, (layer, each) in enumerate(zip(layers, derivation.layers, strict=True), 1):
        derived = derivation.dynamics(number)
        equations.population = _population(number, each.n, prefix)
        if layer.looks_ahead:
            equations.parameter(own(each.tau_r), layer.tau_r)
        else:
            here[own(each.m)] = own(each.u)
        drive = own(derived.drive)
        if gamma:
            drive += equations.parameter(signal(f"{prefix}gamma{number}"), gamma) * own(each.e)
        s, g = equations.define(own(each.s), drive), None
        if plastic and layer.learn_tau:
            g = signal(f"{prefix}g{number}", each.n)
            here[own(each.tau_m)] = 1 / g
            current: sp.Expr = equations.define(own(each.udot), own(derived.current))
        else:
            equations.parameter(own(each.tau_m), layer.tau_m)
            current = own(derived.current)
        equations.state(own(each.u), current)
        if layer.looks_ahead:
            equations.define(own(each.m), own(derived.potential))
        r = equations.define(own(each.r), own(derived.rate))
        if not (plastic and layer.learn):
            _hold(equations, layer, each, own)
        d = equations.define(own(each.d), own(derived.slope)) if plastic and each.d is not None else None
        noisy = feedback if number < len(layers) and layers[number].learn else None  # fixed weights need none
        sent = r if noisy is None else noisy.sent(number, r)
        relays = _relays(equations, layer, each, derived.relays, own)
        network.append(Neurons(layer, each.n, own(each.w), s, r, d, sent, own(each.tau_m), current, g, relays))
        here[r] = sent
    equations.population = None
    return Network(tuple(layers), tuple(network), r0)


def _hold(equations: Equations, layer: Layer, signals: LayerSignals, own: Callable[[sp.Expr], sp.Expr]) -> None:
    """Add a layer's weights and biases as parameters.

    Args:
        equations: what to add to.
        layer: that does not learn.
        signals: of it, as they were derived.
        own: gives them the network's names.
    """
    equations.parameter(own(signals.w), np.reshape(layer.weights, (layer.size, -1)))
    if layer.bias is not None:
        equations.parameter(own(signals.b), layer.bias)
    for relay, heard in zip(signals.relays, layer.recurrent, strict=True):
        equations.parameter(own(relay.w), np.reshape(heard.weights, (layer.size, -1)))


def _relays(
    equations: Equations,
    layer: Layer,
    signals: LayerSignals,
    changes: Sequence[sp.Expr],
    own: Callable[[sp.Expr], sp.Expr],
) -> tuple[Relay, ...]:
    """Add the relays by which a layer hears others, or itself.

    Args:
        equations: what to add to.
        layer: that hears.
        signals: of it, as they were derived.
        changes: time derivatives of the relays' potentials, likewise.
        own: gives them the network's names.
    """
    found = []
    for relay, heard, change in zip(signals.relays, layer.recurrent, changes, strict=True):
        found.append(Relay(relay.source, relay.n, own(relay.q), own(relay.w), name_of(relay.e)))
        equations.parameter(own(relay.tau), heard.tau)
        equations.state(own(relay.q), own(change))
    return tuple(found)


def learning(equations: PlasticEquations, network: Network, target: Signal, plasticity: Plasticity) -> None:
    """Add error neurons and plasticity to a network that `forward` laid out (without a prefix).

    What learns is in ``equations.learned`` then.

    Args:
        equations: what to add to.
        network: that is in them.
        target: what the top layer should do: a template over its neurons, or a scalar, the same for each of them.
        plasticity: rule, feedback and rates.

    Raises:
        UsageError: no layer learns, or noise to learn from was not asked for in `forward`.
    """
    if not any(layer.learns for layer in network.layers):
        raise UsageError("no layer of the network learns", hint="learn or learn_tau of at least one must be true")
    work = _Learning(equations, network, plasticity)
    equations.parameter(_ETA, plasticity.eta)
    equations.parameter(sp.Symbol("beta"), plasticity.beta)
    if plasticity.paced is not None:
        equations.input(_PACE, Discharge(*plasticity.paced))
    if work.chopper is not None:
        work.chopper.add(equations)
    work.errors(target)
    for number, layer in enumerate(network.layers, 1):
        if layer.learns:
            work.plasticity_of(number)
    equations.population = None


def _population(number: int, index: sp.Idx, prefix: str = "") -> Population:
    """The neurons of a layer; a prefix stands for a teacher beside the network."""
    return Population(f"{'teacher ' if prefix else ''}neuron {number}", index)


@dataclass(frozen=True)
class _Learning:
    """Plasticity under way; arguments as `learning` has them. Layers count from 1."""

    equations: PlasticEquations
    network: Network
    plasticity: Plasticity

    @cached_property
    def derivation(self) -> Derivation:
        """Derivation of a network that learns."""
        inputs = math.prod(shape_of(self.network.r0))
        return derive([layer.shape(plastic=True) for layer in self.network.layers], inputs, cost=self.plasticity.cost)

    @cached_property
    def chopper(self) -> Chopper | None:
        """What flips errors, if anything does."""
        return Chopper.of(self.plasticity, self.network.layers)

    @cached_property
    def feedback(self) -> Transpose:
        """What carries errors down."""
        return feedback_of(self.equations, self.plasticity)

    def errors(self, target: Signal) -> None:
        """Add every layer's error input and error neurons, from the top down to where nobody needs them."""
        layers, derivation = self.network.layers, self.derivation
        here: dict[sp.Expr, sp.Expr] = {signal("target", derivation.layers[-1].n): target}
        lowest = next(number for number, layer in enumerate(layers, 1) if layer.learns)
        # through a layer that hears others errors go back to these, whether it learns or not
        floor = min([lowest, *(number for number, layer in enumerate(layers, 1) if layer.recurrent)])
        for number in range(len(layers), floor - 1 if self.plasticity.eligibility else 0, -1):
            layer, neurons, each = layers[number - 1], self.network.neurons[number - 1], derivation.layers[number - 1]
            self.equations.population = _population(number, each.n)
            p = derivation.error_input(number).xreplace(here)
            if number == len(layers):
                p = shared_parts(self.equations, p, each.r)
                p = p if self.chopper is None else self.chopper.error(p)
            self.equations.define(each.p, p)
            if self.plasticity.eligibility and number <= lowest and not layer.recurrent:
                continue
            exact = derivation.adjoint[number - 1].rhs.xreplace({each.tau_m: neurons.tau})
            error_neuron(
                ErrorNeuron(self.equations, number, exact, layer.tau_m, self.plasticity, looks_ahead=layer.looks_ahead)
            )
            here[neurons.w] = self.feedback.weights(number, neurons) if layer.learn else neurons.w
            self.relayed_errors(number)

    def relayed_errors(self, number: int) -> None:
        """Add the errors that go back through the relays of one layer, by wires from their weights.

        Exactly ``e = I+_tau p``, which looks into the future. In neurons rules put a look-ahead in its place; but in a
        loop of errors look-aheads gain more at high frequencies than the loop loses, and it is unstable. A leaky
        integrator stands here: it makes the loop of errors lose what the loop of rates does.
        """
        relays, layer = self.derivation.layers[number - 1].relays, self.network.layers[number - 1]
        for relay, heard, p in zip(relays, layer.recurrent, self.derivation.relay_inputs(number), strict=True):
            self.equations.define(relay.p, p)
            tau = self.equations.parameter(relay.tau_error, heard.error_lag)
            self.equations.state(relay.e, (relay.p - relay.e) / tau)

    def plasticity_of(self, number: int) -> None:
        """Add what one layer learns."""
        layer, neurons = self.network.layers[number - 1], self.network.neurons[number - 1]
        self.equations.population = _population(number, self.derivation.layers[number - 1].n)
        each, gate, rates = self.derivation.layers[number - 1], self.equations.gate, self.rates(number)
        if layer.learn:
            initial, rate = start(layer.weights, *shape_of(neurons.w)), self.traced(rates.w, neurons.w)
            if number > 1:
                rate = self.feedback.learn(number, self.network.neurons[number - 2], neurons, rate, initial)
            self.equations.learn(Learned(neurons.w, Kind.WEIGHT, number), gate * rate, initial)
        if layer.learn:
            for place, (relay, heard) in enumerate(zip(each.relays, layer.recurrent, strict=True)):
                learned = Learned(relay.w, Kind.RECURRENT_WEIGHT, number, relay=place)
                rate = gate * self.traced(rates.relays[place], relay.w)
                self.equations.learn(learned, rate, start(heard.weights, *shape_of(relay.w)))
        if layer.learn and layer.bias is not None:
            learned = Learned(each.b, Kind.BIAS, number)
            self.equations.learn(learned, gate * self.traced(rates.b, each.b), start(layer.bias, layer.size))
        if neurons.g is not None:
            learned = Learned(neurons.g, Kind.CONDUCTANCE, number, each.tau_m)
            self.equations.learn(
                learned,
                self.held(gate * self.conductance(rates.g, neurons.g), neurons.g),
                1 / start(layer.tau_m, layer.size),
            )

    def rates(self, number: int) -> Rates:
        """How fast what one layer learns moves, by its errors and rates as they are in the equations."""
        layer, neurons = self.network.layers[number - 1], self.network.neurons[number - 1]
        each = self.derivation.layers[number - 1]
        driving: dict[sp.Expr, sp.Expr] = {each.below: self.network.below(number)}
        source = each.p if self.plasticity.eligibility else each.e
        if self.chopper is not None:
            driving[source] = self.chopper.source(self.equations, number, source)
        if self.plasticity.paced is not None:  # once per neuron, not once per weight
            driving[source] = self.equations.define(
                signal(f"paced{number}", each.n), _PACE * driving.get(source, source)
            )
        if not self.plasticity.eligibility:
            return self.derivation.plasticity(number).with_signals(driving)
        moved = self.derivation.eligibility(number)
        if not layer.looks_ahead:
            moved = moved.instantaneous(each.tau_r)
        moved = moved.with_signals({**driving, each.tau_m: neurons.tau})
        relays = [relay.w for relay in each.relays] if layer.learn else []
        return eligible(self.equations, moved, neurons.w if layer.learn else None, neurons.g, relays)

    def traced(self, rate: sp.Expr, learned: Signal) -> sp.Expr:
        """The rate, or the rate from the products' trace, which turns back what is chopped."""
        tau = self.plasticity.smoothing if self.chopper is None else self.chopper.trace
        if tau is None:
            return rate
        pace = _ETA_TAU if rate.has(_ETA_TAU) else _ETA
        trace, product = signal(f"z{name_of(learned)}", *indices_of(learned)), rate / pace
        if self.chopper is not None:
            product = self.chopper.turned_back(product)
        return pace * self.equations.state(trace, (product - trace) / self.equations.shared("trace", tau))

    def conductance(self, rate: sp.Expr, g: Signal) -> sp.Expr:
        """A conductance's rate: at once, but for what has to be turned back first."""
        return rate if self.chopper is None else self.traced(rate, g)

    def held(self, push: sp.Expr, g: Signal) -> sp.Expr:
        """A conductance's rate, held within walls where there are any."""
        self.equations.shared("eta_tau", self.plasticity.eta_tau)
        if not self.plasticity.wall:
            return push
        wall = self.equations.shared("wall", self.plasticity.wall)
        low, high = (
            self.equations.shared(name, 1 / limit)
            for name, limit in zip(("g_min", "g_max"), self.plasticity.tau_limits[::-1], strict=True)
        )
        return push - wall * deadzone(g, low, high)
