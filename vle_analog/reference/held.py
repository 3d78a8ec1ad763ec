"""A network that hears many sequences at once with its weights held: what a rule asks of them, summed over all.

That is what batches are to stochastic gradient descent. While weights stand still, a network without recurrence is a
chain of linear filters and of functions of one number, and the operators of the derivation (`action`) can be applied to
whole signals, layer by layer: here they are arrays of shape (times, sequences, neurons). So the exact adjoint, too,
takes one pass, backward in time, and synapses with the same time constants share their eligibility. It is Euler's
method on the very equations that `network` puts together: the same numbers as `integrator` finds step by step, at the
speed of matrix products, on as many cores as are given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from operator import add, mul
from operator import pow as power
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from vle_analog.equations.operators import (
    adjoint_prospective,
    adjoint_retrospective,
    prospective,
    retrospective,
)
from vle_analog.equations.system import name_of, signal
from vle_analog.errors import UsageError
from vle_analog.jit import jit
from vle_analog.laws import LAWS
from vle_analog.learning.action import derive, localize, residual, residual_of
from vle_analog.learning.calculus import algebraic, moved
from vle_analog.learning.cost import cost_named
from vle_analog.learning.error_neuron import ErrorNeuron, Part, parts_of
from vle_analog.learning.layers import Layer, inputs_of
from vle_analog.learning.learned import PlasticEquations
from vle_analog.learning.plasticity import Plasticity
from vle_analog.learning.rule import Coefficients

Array = NDArray[Any]
#: laws as numpy has them, for sympy's `lambdify`
_NUMERIC = [{law.name: law.numeric for law in LAWS.values()}, "numpy"]


@jit(nogil=True, fastmath=True)
def _filtered(x, tau, lead, step, out):  # type: ignore[no-untyped-def]
    """``D+_lead I-_tau x`` from rest along the first axis of shape (times, sequences, neurons), by Euler's method."""
    times, count, neurons = x.shape
    held = np.zeros((count, neurons), x.dtype)
    pull, ahead = step / tau, lead / tau
    for time in range(times):
        for row in range(count):
            for neuron in range(neurons):
                miss = x[time, row, neuron] - held[row, neuron]
                out[time, row, neuron] = held[row, neuron] + ahead[neuron] * miss
                held[row, neuron] += pull[neuron] * miss


#: the same by sympy's classes
_FUNCTIONS = {law.function: law.numeric for law in LAWS.values()}
#: what gives an expression's value from those of signals by their templates' names
Value = Callable[[Mapping[str, Array]], Any]


@dataclass(frozen=True)
class Operators:
    """How the temporal operators of some neurons act on whole signals.

    Attributes:
        step: of Euler's method, model units.
        kind: of numbers.
        numbers: time constants, one or one per neuron, by symbol.
    """

    step: float
    kind: type[np.floating[Any]]
    numbers: Mapping[sp.Expr, Array]

    def of(self, expression: sp.Expr) -> Value:
        """What gives an expression's value: of signals of shape (times, sequences, neurons), and of numbers.

        Raises:
            UsageError: an operator on what is no signal, or one that stands alone and cannot.
        """
        if expression in self.numbers:
            number = self.numbers[expression]
            return lambda values: number
        if isinstance(expression, prospective) and isinstance(expression.args[0], retrospective):
            return self._filter(expression.args[0], expression.args[1])
        if isinstance(expression, retrospective):
            return self._filter(expression, sp.S.Zero)
        if isinstance(expression, adjoint_retrospective):
            # in reversed time I+ is I-, and D- is D+
            ahead = expression.args[0]
            inner, lead = ahead.args if isinstance(ahead, adjoint_prospective) else (ahead, sp.S.Zero)
            return self._filter(adjoint_retrospective(inner, expression.args[1]), lead, backward=True)
        if isinstance(expression, sp.Number):
            constant = self.kind(float(expression))
            return lambda values: constant
        if isinstance(expression, sp.Symbol | sp.Indexed):
            name = name_of(expression)
            return lambda values: values[name]
        if isinstance(expression, sp.Sum):
            inside = self.of(expression.function)
            return lambda values: inside(values).sum(axis=-1, keepdims=True)
        if expression.func in _FUNCTIONS:
            function, argument = _FUNCTIONS[expression.func], self.of(expression.args[0])
            return lambda values: function(argument(values))
        combine = {sp.Add: add, sp.Mul: mul, sp.Pow: power}.get(expression.func)
        if combine is None:
            raise UsageError(
                f"'{expression}' is no operator on a whole signal", hint="let I- stand alone, or D+ before it"
            )
        parts = [self.of(part) for part in expression.args]
        return lambda values: reduce(combine, [part(values) for part in parts])

    def _filter(self, back: sp.Expr, lead: sp.Expr, backward: bool = False) -> Value:
        """``D+_lead I-_tau x``, or the same in reversed time."""
        given, nothing = self.of(back.args[0]), dict[str, Array]()
        tau, ahead = (np.asarray(self.of(each)(nothing), self.kind) for each in (back.args[1], lead))
        step = self.kind(self.step)

        def filtered(values: Mapping[str, Array]) -> Array:
            x = given(values)
            x = np.ascontiguousarray(x[::-1] if backward else x)
            out, own = np.empty_like(x), x.shape[2:]
            _filtered(x, np.full(own, tau), np.full(own, ahead), step, out)
            return out[::-1] if backward else out

        return filtered


@dataclass(frozen=True)
class Asked:
    """What a batch asks for.

    Attributes:
        cost: of the outputs, the mean over sequences and times.
        right: how many sequences have their right class: the output with the largest mean.
        by: what the rule asks of weights and biases, per model unit and unit of their rate, by template name; and of
            learned backward coefficients the numerator of their rate, ``(y - k . R f) R f`` times their unit.
        squares: of every layer with such coefficients the mean of ``|R f|^2``, by its number.
    """

    cost: float
    right: int
    by: Mapping[str, Array]
    squares: Mapping[int, Array]


class HeldNetwork:
    """A network under sequences, its weights held.

    Args:
        layers: from the input up.
        plasticity: rule and cost, and whether synapses look back.
        step: of Euler's method, model units: the time between two samples.
        exact: whether errors are the exact ones, in place of the rule's.
        threads: among which a batch is divided.
        kind: of numbers.

    Raises:
        UsageError: it is recurrent or learns time constants.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        plasticity: Plasticity,
        step: float,
        exact: bool = False,
        threads: int = 1,
        kind: type[np.floating[Any]] = np.float32,
    ) -> None:
        if any(layer.recurrent or layer.learn_tau for layer in layers):
            raise UsageError(
                "the network cannot be held: layers hear themselves, or learn their time constants",
                hint="let it learn as it runs: vle-analog learn",
            )
        self.layers, self.plasticity, self.step, self.kind = tuple(layers), plasticity, step, kind
        self.threads, self.pool = threads, ThreadPoolExecutor(threads)
        shapes = [layer.shape(plastic=False) for layer in layers]
        self.derivation = derive(shapes, inputs_of(layers), cost=plasticity.cost)
        top = self.derivation.layers[-1]
        plain = Operators(step, kind, {sp.Symbol("beta"): np.asarray(plasticity.beta, kind)})
        self.cost = plain.of(cost_named(plasticity.cost, top.n).of(signal("target", top.n), top.r, top.n))
        self.outputs_name = name_of(top.r)
        self.top = plain.of(self.derivation.error_input(len(layers)))
        self.held = [self._layer(number, exact) for number in range(1, len(layers) + 1)]

    def _layer(self, number: int, exact: bool) -> _Held:
        """All that is done in one layer, as functions of signals."""
        layer, each = self.layers[number - 1], self.derivation.layers[number - 1]
        adjoint = self.derivation.adjoint[number - 1]
        taus = {each.tau_m: np.asarray(layer.tau_m, self.kind), each.tau_r: np.asarray(layer.tau_r, self.kind)}
        own = Operators(self.step, self.kind, taus)
        coefficients = Coefficients.of(number, each.n)
        path = adjoint.rhs if exact else localize(adjoint.rhs, self.plasticity.rule, coefficients)
        neuron = ErrorNeuron(PlasticEquations(sp.Symbol("gate")), number, adjoint.rhs, layer.tau_m, self.plasticity)
        parts = [] if exact else parts_of(neuron, path, coefficients)
        filtered = [residual_of(part.measured, each.tau_m) for part in parts]
        _, trace = moved(adjoint.rhs, each.below)
        pairs = np.stack([np.broadcast_to(tau, layer.size) for tau in taus.values()])
        traces = []
        for tau_m, tau_r in np.unique(pairs, axis=1).T:  # neurons with the same time constants share traces
            alike = Operators(self.step, self.kind, {each.tau_m: tau_m, each.tau_r: tau_r})
            traces.append(((pairs[0] == tau_m) & (pairs[1] == tau_r), alike.of(trace)))
        slope = self.derivation.forward[number - 1].slope
        return _Held(
            layer,
            {letter: name_of(getattr(each, letter)) for letter in ("s", "p", "below")},
            own.of(prospective(retrospective(each.s, each.tau_m), each.tau_r)),
            None if slope is None else sp.lambdify([each.m, each.r], slope, _NUMERIC),
            own.of(path),
            traces,
            parts,
            own.of(algebraic(residual(each.p, each.p, each.tau_m, each.tau_r)[1])),
            [own.of(each) for each in filtered],
            [own.of(part.unit) for part in parts],
        )

    def start(self) -> dict[str, Array]:
        """Weights, biases and learned backward coefficients as they are at first, by template name."""
        found, below = {}, inputs_of(self.layers)
        for number, held in enumerate(self.held, 1):
            layer = held.layer
            found[f"w{number}"] = np.reshape(np.asarray(layer.weights, float), (layer.size, below)).copy()
            if layer.bias is not None:
                found[f"b{number}"] = np.broadcast_to(np.asarray(layer.bias, float), layer.size).copy()
            for part in held.parts:
                found[name_of(part.k)] = np.broadcast_to(np.asarray(part.start, float), layer.size).copy()
            below = layer.size
        return found

    def asked(self, parameters: Mapping[str, Array], sequences: Array, labels: np.ndarray, before: int = 0) -> Asked:
        """What the rule asks for, from rest at the start of every sequence.

        Args:
            parameters: as `start` gives them.
            sequences: shape (n, times, inputs).
            labels: number of the right output of each.
            before: times at the start that are heard, as the end of another sequence, and nothing is asked of.
        """
        own = {name: np.asarray(value, self.kind) for name, value in parameters.items()}
        cuts = [part for part in np.array_split(np.arange(len(labels)), self.threads) if len(part)]
        found = list(self.pool.map(lambda cut: self._of(own, sequences[cut], labels[cut], before), cuts))
        share = [len(cut) / len(labels) for cut in cuts]

        def mean(values: Sequence[Any]) -> Any:
            return reduce(add, [part * value for part, value in zip(share, values, strict=True)])

        return Asked(
            float(mean([each.cost for each in found])),
            sum(each.right for each in found),
            {name: mean([each.by[name] for each in found]) for name in found[0].by},
            {number: mean([each.squares[number] for each in found]) for number in found[0].squares},
        )

    def outputs(self, parameters: Mapping[str, Array], sequences: Array) -> Array:
        """What the network answers, shape (n, times, outputs)."""
        own = {name: np.asarray(value, self.kind) for name, value in parameters.items()}
        return np.asarray(self._forward(own, sequences)[0][-1].transpose(1, 0, 2))

    def _forward(self, own: Mapping[str, Array], sequences: Array) -> tuple[list[Array], list[Array | None]]:
        """Rates from the input up, and the slopes of all layers."""
        rates = [np.ascontiguousarray(np.asarray(sequences, self.kind).transpose(1, 0, 2))]
        slopes: list[Array | None] = []
        for number, held in enumerate(self.held, 1):
            drive = _times(rates[-1], own[f"w{number}"].T)
            if held.layer.bias is not None:
                drive += own[f"b{number}"]
            potential = held.ahead({held.names["s"]: drive})
            rate = potential if held.slope is None else LAWS[held.layer.activation].numeric(potential)
            slopes.append(None if held.slope is None else held.slope(potential, rate))
            rates.append(rate)
        return rates, slopes

    def _of(self, own: Mapping[str, Array], sequences: Array, labels: np.ndarray, before: int) -> Asked:
        """What a part of a batch asks for."""
        rates, slopes = self._forward(own, sequences)
        cost, p = self._top(rates[-1], slopes[-1], labels, before)
        p *= len(p) / (len(p) - before)  # means are over all times
        by: dict[str, Array] = {}
        squares: dict[int, Array] = {}
        for number in range(len(self.held), 0, -1):
            held = self.held[number - 1]
            here = {held.names["p"]: p, **own}
            e = held.error(here)
            by |= self._weights(number, p, e, rates[number - 1])
            if held.parts:
                found, squares[number] = held.backward(here)
                by |= found
            if number > 1:
                below = slopes[number - 2]
                p = _times(e, own[f"w{number}"])
                p = p if below is None else p * below
        right = int(np.sum(rates[-1][before:].mean(axis=0).argmax(axis=1) == labels))
        return Asked(cost, right, by, squares)

    def _top(self, output: Array, slope: Array | None, labels: np.ndarray, before: int) -> tuple[float, Array]:
        """The mean cost, and what the top error neurons receive."""
        top = self.derivation.layers[-1]
        values = {"target": np.eye(self.layers[-1].size, dtype=self.kind)[labels], self.outputs_name: output}
        if top.d is not None:
            values[name_of(top.d)] = np.asarray(slope)
        p = np.array(self.top(values), self.kind)
        p[:before] = 0
        return float(np.mean(self.cost(values)[before:])), p

    def _weights(self, number: int, p: Array, e: Array, below: Array) -> dict[str, Array]:
        """What is asked of one layer's weights and biases: the mean of error times rate, or of p times eligibility."""
        held = self.held[number - 1]
        error = p if self.plasticity.eligibility else e
        flat = error.reshape(-1, held.layer.size)
        found = {f"b{number}": flat.mean(axis=0)} if held.layer.bias is not None else {}
        if not self.plasticity.eligibility:
            return {**found, f"w{number}": flat.T @ below.reshape(len(flat), -1) / len(flat)}
        weights = np.empty((held.layer.size, below.shape[2]), self.kind)
        for alike, trace in held.traces:
            past = trace({held.names["below"]: below})
            weights[alike] = flat[:, alike].T @ past.reshape(len(flat), -1) / len(flat)
        return {**found, f"w{number}": weights}


def _times(signals: Array, matrix: Array) -> Array:
    """A product at every time of every sequence."""
    return np.asarray((signals.reshape(-1, signals.shape[-1]) @ matrix).reshape(*signals.shape[:-1], -1))


@dataclass(frozen=True)
class _Held:
    """One layer, as functions of signals.

    Attributes:
        layer: it.
        names: of the drive s, of p and of the rate below.
        ahead: the potential from the drive.
        slope: of the rate, from potential and rate; None for a linear layer.
        error: what is passed down and, without eligibility, moves weights; from p.
        traces: which neurons, and the eligibility of their synapses from the rate below.
        parts: of the error those whose coefficients learn.
        wanted, filtered: of the residual that these learn by, the right side, and what each part adds to the left.
        units: of the coefficients.
    """

    layer: Layer
    names: Mapping[str, str]
    ahead: Value
    slope: Callable[..., Array] | None
    error: Value
    traces: Sequence[tuple[Array, Value]]
    parts: Sequence[Part]
    wanted: Value
    filtered: Sequence[Value]
    units: Sequence[Value]

    def backward(self, values: Mapping[str, Array]) -> tuple[dict[str, Array], Array]:
        """What is asked of the backward coefficients, and the mean square that it is divided by."""
        filtered = [part(values) for part in self.filtered]
        units = [unit(values) for unit in self.units]
        miss = self.wanted(values)
        for part, unit, value in zip(self.parts, units, filtered, strict=True):
            miss = miss - values[name_of(part.k)] / unit * value
        found = {
            name_of(part.k): unit * np.mean(miss * value, axis=(0, 1))
            for part, unit, value in zip(self.parts, units, filtered, strict=True)
        }
        return found, np.asarray(reduce(add, [np.mean(value**2, axis=(0, 1)) for value in filtered]))
