"""Networks of a task file: layers with numbers that are given, or drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import Field

from vle_analog.equations.tables import Number, Table
from vle_analog.errors import SystemFileError, UsageError, nearest
from vle_analog.fields import numbers
from vle_analog.learning.layers import ACTIVATIONS, Layer, Recurrent
from vle_analog.options import option
from vle_analog.tasks.spread import Array, matrix, refuse, spread

#: most neurons of a layer
MAX_NEURONS = 10_000


class LayerTable(Table):
    """One layer: ``neurons``, their time constants, their activation, and how weights and biases start.

    ``weights = {normal = s}`` draws them from N(0, s^2/fan-in), ``bias = {normal = s}`` from N(0, s^2); ``bias =
    false`` leaves biases out.
    """

    neurons: int
    tau_m: Any
    tau_r: Any = 0.1
    activation: str = "tanh"
    weights: Any = Field(default_factory=lambda: {"normal": 1.0})
    bias: Any = 0.0
    learn: bool = True
    learn_tau: bool = False


class RecurrentTable(Table):
    """Connections by which a layer hears itself or another one, ``from`` and ``to`` counted from 1.

    They pass leaky integrators with the time constant ``tau``, errors the other way ones with ``tau_error``.
    """

    source: int = Field(alias="from")
    to: int
    tau: Number = 1.0
    tau_error: Number | None = None
    weights: Any = Field(default_factory=lambda: {"normal": 0.5})


class _LayeredTable(Table):
    """What every network has."""

    layers: list[LayerTable]
    recurrent: list[RecurrentTable] = Field(default_factory=list)


class NetworkTable(_LayeredTable):
    """A network, from its inputs up."""

    inputs: int = 1


class TeacherTable(_LayeredTable):
    """A network that gives the targets; it hears the same inputs.

    ``unique`` says that no other parameters than its own do the same, so that what is learned can be held to them.
    """

    unique: bool = False


@dataclass(frozen=True)
class Ends:
    """Ends of a geometric spread of time constants, model units."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:g}:{self.high:g}"


#: a time constant for all neurons of a layer, or the ends of their spread
Tau = float | Ends


def _sizes(text: str) -> tuple[int, ...]:
    """Sizes of layers.

    Raises:
        UsageError: one is no whole number from 1 on.
    """
    found = numbers(text, name="sizes", example="12,12")
    for size in found:
        if not (size >= 1 and size.is_integer()):
            raise UsageError(f"`sizes` '{text}': {size:g} is no number of neurons", hint="e.g. `sizes=12,12`")
    return tuple(int(size) for size in found)


def _taus(name: str) -> Callable[[str], tuple[Tau, ...]]:
    """What reads time constants of layers, for the field of that name."""

    def read(text: str) -> tuple[Tau, ...]:
        found: list[Tau] = []
        for word in text.split(","):
            ends = numbers(word.replace(":", ","), name=name, example="0.2:3,0.2:3,0.5")
            if len(ends) > 2 or not all(0 <= end < np.inf for end in ends):
                raise UsageError(
                    f"`{name}` '{word}' is neither a time constant nor two with a colon between them",
                    hint=f"e.g. `{name}=0.2:3,0.2:3,0.5`",
                )
            found.append(ends[0] if len(ends) == 1 else Ends(*ends))
        return tuple(found)

    return read


@dataclass(frozen=True)
class Sizes:
    """Other sizes and time constants than a task's file has.

    Attributes:
        sizes: neurons of the hidden layers, or of all; the file's when there are none.
        tau_m, tau_r: of all hidden layers, one per hidden layer, or one per layer; the file's when there are none.
    """

    sizes: tuple[int, ...] = option(
        "Neurons of the hidden layers, or of all layers (default: as the task's file says).",
        (),
        metavar="N,N,...",
        parse=_sizes,
    )
    tau_m: tuple[Tau, ...] = option(
        "Membrane time constants, model units: for all hidden layers, one per hidden layer, or one per layer; two with "
        "a colon between them are spread geometrically over a layer's neurons (default: as the task's file says).",
        (),
        metavar="T,L:H,...",
        parse=_taus("tau_m"),
    )
    tau_r: tuple[Tau, ...] = option(
        "Look-ahead time constants, likewise.", (), metavar="T,L:H,...", parse=_taus("tau_r")
    )

    def given(self) -> dict[str, Any]:
        """What is not the file's, as the builder of a task takes it."""
        named = {"sizes": self.sizes, "tau_m": self.tau_m, "tau_r": self.tau_r}
        return {name: values for name, values in named.items() if values}

    def words(self) -> dict[str, str]:
        """What is not the file's, as it was written, for records."""
        return {name: ",".join(map(str, values)) for name, values in self.given().items()}

    def of(self, layers: Sequence[LayerTable]) -> list[LayerTable]:
        """The layers with these.

        Raises:
            UsageError: more or fewer are given than there are layers.
        """
        changes: list[dict[str, Any]] = [{} for _ in layers]
        for place, size in enumerate(_fitted("sizes", self.sizes, layers, alone=False)):
            changes[place]["neurons"] = size
        for name, taus in (("tau_m", self.tau_m), ("tau_r", self.tau_r)):
            for place, tau in enumerate(_fitted(name, taus, layers, alone=True)):
                changes[place][name] = {"geometric": [tau.low, tau.high]} if isinstance(tau, Ends) else tau
        if len(self.sizes) == len(layers) and self.sizes[-1] != layers[-1].neurons:
            raise UsageError(
                f"`sizes`: the task has {layers[-1].neurons} outputs, not {self.sizes[-1]}",
                hint="give the sizes of the hidden layers alone",
            )
        return [layer.model_copy(update=change) for layer, change in zip(layers, changes, strict=True)]


def _fitted(name: str, values: Sequence[Any], layers: Sequence[LayerTable], alone: bool) -> Sequence[Any]:
    """As many values as there are hidden layers, or layers."""
    hidden = len(layers) - 1
    if alone and len(values) == 1:
        return list(values) * hidden if hidden else values
    if values and len(values) not in {hidden, len(layers)}:
        raise UsageError(
            f"`{name}`: {len(values)} are given for {hidden} hidden layers", hint="give one for each, or for all layers"
        )
    return values


def check_network(network: NetworkTable | TeacherTable, inputs: int, where: str) -> None:
    """Refuse layers and connections that are none.

    Raises:
        SystemFileError: says which, and why.
    """
    layers = network.layers
    if not layers:
        raise SystemFileError("there is no layer", where=f"{where}.layers", hint="give at least one")
    if not 1 <= inputs <= MAX_NEURONS:
        raise SystemFileError(f"{inputs} inputs", where=f"{where}.inputs", hint=f"from 1 to {MAX_NEURONS}")
    for number, layer in enumerate(layers):
        place = f"{where}.layers.{number}"
        if not 1 <= layer.neurons <= MAX_NEURONS:
            raise SystemFileError(f"{layer.neurons} neurons", where=f"{place}.neurons", hint=f"1 to {MAX_NEURONS}")
        if layer.activation not in ACTIVATIONS:
            raise SystemFileError(
                f"unknown activation '{layer.activation[:40]}'",
                where=f"{place}.activation",
                hint=nearest(layer.activation, ACTIVATIONS),
            )

    known: set[tuple[int, int]] = set()
    for number, each in enumerate(network.recurrent):
        place = f"{where}.recurrent.{number}"
        for key, layer_number in (("from", each.source), ("to", each.to)):
            if not 1 <= layer_number <= len(layers):
                what = f"there is no layer {layer_number}"
                raise SystemFileError(what, where=f"{place}.{key}", hint=f"layers count from 1 to {len(layers)}")
        if (each.source, each.to) in known or each.to == each.source + 1:
            what = f"layer {each.to} hears layer {each.source} already"
            raise SystemFileError(what, where=place, hint="leave one of the two connections out")
        known.add((each.source, each.to))
        for key, tau in (("tau", each.tau), ("tau_error", each.tau if each.tau_error is None else each.tau_error)):
            if tau <= 0:
                raise SystemFileError(f"{tau:g} is no time constant", where=f"{place}.{key}", hint="e.g. 1.0")


def drawn(
    layers: Sequence[LayerTable],
    recurrent: Sequence[RecurrentTable],
    inputs: int,
    rng: np.random.Generator,
    where: str,
) -> tuple[Layer, ...]:
    """The layers, from the input up: weights are drawn before biases, the lower layer's first, recurrent weights last.

    Raises:
        SystemFileError: numbers that do not fit, or time constants that are none; says where.
    """
    made, below = [], inputs
    for number, table in enumerate(layers):
        place = f"{where}.layers.{number}"
        made.append(
            Layer(
                table.neurons,
                _weights(table.weights, table.neurons, below, rng, f"{place}.weights"),
                _tau(table.tau_m, table.neurons, f"{place}.tau_m", least=0.0),
                table.activation,
                _tau(table.tau_r, table.neurons, f"{place}.tau_r", least=None),
                _bias(table, rng, f"{place}.bias"),
                table.learn_tau,
                table.learn,
            )
        )
        below = table.neurons
    for number, each in enumerate(recurrent):
        shape = (layers[each.to - 1].neurons, layers[each.source - 1].neurons)
        weights = _weights(each.weights, *shape, rng, f"{where}.recurrent.{number}.weights")
        layer, heard = made[each.to - 1], Recurrent(each.source, weights, each.tau, each.tau_error)
        made[each.to - 1] = replace(layer, recurrent=(*layer.recurrent, heard))
    return tuple(made)


def _weights(given: Any, neurons: int, below: int, rng: np.random.Generator, where: str) -> float | Array:
    if isinstance(given, dict):
        return rng.normal(0, _deviation(given, where) / np.sqrt(below), (neurons, below))
    return matrix(given, neurons, below, where)


def _bias(table: LayerTable, rng: np.random.Generator, where: str) -> float | Array | None:
    if table.bias is False:
        return None
    if isinstance(table.bias, dict):
        return rng.normal(0, _deviation(table.bias, where), table.neurons)
    values = spread(table.bias, table.neurons, where)
    return values if table.neurons == 1 else np.full(table.neurons, values)


def _deviation(given: dict[str, Any], where: str) -> float:
    if list(given) != ["normal"]:
        wrong = next((key for key in given if key != "normal"), "normal")
        refuse(f"unknown key '{wrong}'" if given else "it is empty", where, "for example {normal = 1.0}")
    value = spread(given["normal"], 1, f"{where}.normal")
    if not isinstance(value, float) or value < 0:
        refuse("it is no standard deviation", f"{where}.normal", "give a number from 0 on")
    return value


def _tau(given: Any, neurons: int, where: str, least: float | None) -> float | Array:
    values = spread(given, neurons, where)
    if np.min(values) < 0 or (least is not None and np.min(values) <= least):
        refuse(f"{np.min(values):g} is no time constant", where, "give positive numbers of model units")
    return values
