"""What learns: a record of every quantity that plasticity moves, made where its equation is.

Whoever needs to know what a state is, to deploy it, to start with it or to compare it with a teacher's, reads the
record: no name is ever taken apart for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from vle_analog.equations.assembly import Equations, start
from vle_analog.equations.system import Signal, instance_names, name_of, shape_of
from vle_analog.learning.layers import Layer, Recurrent, inputs_of, layer_signals

Array = NDArray[np.float64]


class Kind(Enum):
    """What a learned quantity is, in the order in which a system's outputs list them; the value says it in words."""

    WEIGHT = "weight"
    RECURRENT_WEIGHT = "recurrent weight"
    BIAS = "bias"
    BACKWARD_WEIGHT = "backward weight"
    CONDUCTANCE = "conductance"
    ERROR_COEFFICIENT = "error coefficient"

    @property
    def is_weight(self) -> bool:
        """Whether people call it a weight, as they do biases."""
        return self in (Kind.WEIGHT, Kind.RECURRENT_WEIGHT, Kind.BIAS, Kind.BACKWARD_WEIGHT)


#: what of a layer each kind determines, by its field of `Layer`, or of its `Recurrent`; a conductance through
#: ``tau_m = 1/g``
_FIELDS = {Kind.WEIGHT: "weights", Kind.RECURRENT_WEIGHT: "weights", Kind.BIAS: "bias", Kind.CONDUCTANCE: "tau_m"}


@dataclass(frozen=True)
class Learned:
    """One template of states that plasticity moves.

    Attributes:
        symbol: the states'.
        kind: what they are.
        layer: number of the layer whose they are, from 1.
        tau_m: for conductances the time constants that they are one over; None for all else.
        relay: place of their relays among those of the layer, from 0; None for all but recurrent weights.
        taught: what the teacher has in their place, of the symbol's shape; None where there is no such thing.
    """

    symbol: Signal
    kind: Kind
    layer: int
    tau_m: Signal | None = None
    taught: Array | None = field(default=None, compare=False)
    relay: int | None = None

    @property
    def name(self) -> str:
        """The template's name."""
        return name_of(self.symbol)

    @property
    def shape(self) -> tuple[int, ...]:
        """The template's shape."""
        return shape_of(self.symbol)

    @property
    def instances(self) -> list[str]:
        """Names of the single states, in C order."""
        return instance_names(self.symbol)

    @property
    def parameter(self) -> str:
        """Name of the parameter in their place where nothing learns: their own, or ``tau_m1`` for ``g1``."""
        return name_of(self.symbol if self.tau_m is None else self.tau_m)

    @property
    def taught_parameter(self) -> Array | None:
        """What the teacher has in that parameter's place."""
        return None if self.taught is None else self.as_parameter(self.taught)

    def as_parameter(self, values: Array) -> Array:
        """Values of that parameter from the states', or these from those: ``tau_m = 1/g``; all else is itself."""
        return values if self.tau_m is None else 1 / values


@dataclass
class PlasticEquations(Equations):
    """Equations that get plasticity.

    Attributes:
        gate: 0-or-1 signal that switches all plasticity.
        learned: what learns so far, in order of the equations.
    """

    gate: sp.Expr = sp.S.One
    learned: list[Learned] = field(default_factory=list)

    def learn(self, learned: Learned, derivative: sp.Expr, initial: ArrayLike) -> None:
        """Add a quantity that learns: the state and its record."""
        self.state(learned.symbol, derivative, initial)
        self.learned.append(learned)


def kinds_of(learned: Iterable[Learned]) -> dict[str, str]:
    """What each single quantity is, in words, by instance name."""
    return {name: each.kind.value for each in learned for name in each.instances}


def in_order(learned: Iterable[Learned]) -> tuple[Learned, ...]:
    """The records in the order in which a system's outputs list them: by kind, then by name."""
    kinds = list(Kind)
    return tuple(sorted(learned, key=lambda each: (kinds.index(each.kind), each.name)))


def deployable(learned: Iterable[Learned]) -> tuple[Learned, ...]:
    """The records of what a network that learns no more needs, layer by layer; conductances come last.

    Feedback weights and error coefficients are not among them: no error runs in such a network.
    """
    kinds = list(Kind)
    kept = (each for each in learned if each.kind in _FIELDS)
    return tuple(sorted(kept, key=lambda each: (each.tau_m is not None, each.layer, kinds.index(each.kind))))


def taught(learned: Learned, teacher: Sequence[Layer]) -> Learned:
    """The record with what a teacher, whose layers are like the network's, has in its place."""
    if learned.kind not in _FIELDS or learned.layer > len(teacher):
        return learned
    there: Layer | Recurrent = teacher[learned.layer - 1]
    if learned.relay is not None:
        relays = teacher[learned.layer - 1].recurrent
        if learned.relay >= len(relays):
            return learned
        there = relays[learned.relay]
    given = getattr(there, _FIELDS[learned.kind])
    if given is None or (np.ndim(given) > 0 and np.size(given) != math.prod(learned.shape)):
        return learned  # a teacher without, or of other sizes
    return replace(learned, taught=learned.as_parameter(start(given, *learned.shape)))


@dataclass(frozen=True)
class LayerParameter:
    """A parameter of a layer whose network does not learn.

    Attributes:
        number: the layer's, from 1.
        field: of `Layer` that holds it.
        shape: in full, (size, size below) or (size,).
        relay: place of its relays among those of the layer; None for what is the layer's own.
    """

    number: int
    field: str
    shape: tuple[int, ...]
    relay: int | None = None

    def of(self, layers: Sequence[Layer]) -> ArrayLike | None:
        """Its values in a network."""
        layer = layers[self.number - 1]
        return getattr(layer if self.relay is None else layer.recurrent[self.relay], self.field)

    def set(self, layer: Layer, values: ArrayLike) -> Layer:
        """Its layer with other values."""
        changed: dict[str, Any] = {self.field: values}
        if self.relay is None:
            return replace(layer, **changed)
        relays = list(layer.recurrent)
        relays[self.relay] = replace(relays[self.relay], **changed)
        return replace(layer, recurrent=tuple(relays))


def parameters_of(layers: Sequence[Layer]) -> dict[str, LayerParameter]:
    """What can be learned of a network, by template name (``w1``, ``tau_m1``, ``b1``, ...)."""
    found, inputs = {}, inputs_of(layers)
    templates = layer_signals([layer.shape(plastic=False) for layer in layers], inputs)
    for number, (layer, each) in enumerate(zip(layers, templates, strict=True), 1):
        below = layers[number - 2].size if number > 1 else inputs
        symbols = {Kind.WEIGHT: each.w, Kind.BIAS: each.b, Kind.CONDUCTANCE: each.tau_m}
        for kind, symbol in symbols.items():
            if symbol is not None:
                shape = (layer.size, below) if kind is Kind.WEIGHT else (layer.size,)
                found[name_of(symbol)] = LayerParameter(number, _FIELDS[kind], shape)
        for place, relay in enumerate(each.relays):
            shape = (layer.size, layers[relay.source - 1].size)
            found[name_of(relay.w)] = LayerParameter(number, _FIELDS[Kind.RECURRENT_WEIGHT], shape, place)
    return found
