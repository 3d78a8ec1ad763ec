"""Networks of a task file: layers with numbers that are given, or drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from vle_analog.equations.tables import Table
from vle_analog.errors import SystemFileError, UsageError, nearest
from vle_analog.learning.layers import ACTIVATIONS, Layer
from vle_analog.options import numbers, option
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


class NetworkTable(Table):
    """A network, from its inputs up."""

    inputs: int = 1
    layers: list[LayerTable]


class TeacherTable(Table):
    """A network that gives the targets; it hears the same inputs.

    ``unique`` says that no other parameters than its own do the same, so that what is learned can be held to them.
    """

    layers: list[LayerTable]
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


def check_layers(layers: Sequence[LayerTable], inputs: int, where: str) -> None:
    """Refuse layers that are none.

    Raises:
        SystemFileError: says which, and why.
    """
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


def drawn(layers: Sequence[LayerTable], inputs: int, rng: np.random.Generator, where: str) -> tuple[Layer, ...]:
    """The layers, from the input up: weights are drawn before biases, the lower layer's first.

    Raises:
        SystemFileError: numbers that do not fit, or time constants that are none; says where.
    """
    made, below = [], inputs
    for number, table in enumerate(layers):
        place = f"{where}.layers.{number}"
        made.append(
            Layer(
                table.neurons,
                _weights(table, below, rng, f"{place}.weights"),
                _tau(table.tau_m, table.neurons, f"{place}.tau_m", least=0.0),
                table.activation,
                _tau(table.tau_r, table.neurons, f"{place}.tau_r", least=None),
                _bias(table, rng, f"{place}.bias"),
                table.learn_tau,
                table.learn,
            )
        )
        below = table.neurons
    return tuple(made)


def _weights(table: LayerTable, below: int, rng: np.random.Generator, where: str) -> float | Array:
    if isinstance(table.weights, dict):
        return rng.normal(0, _deviation(table.weights, where) / np.sqrt(below), (table.neurons, below))
    return matrix(table.weights, table.neurons, below, where)


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
