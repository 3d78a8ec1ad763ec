"""Putting a system of equations together piece by piece."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from vle_analog.equations.system import Definition, Input, Parameter, Population, Signal, State, indices_of, name_of
from vle_analog.owner import Owner
from vle_analog.stimulus import Stimulus


@dataclass
class Equations:
    """A growing set of equations; every method that adds one returns its symbol.

    Attributes:
        states, definitions, parameters, inputs: what has been added.
        owner: of the states and definitions that are added here.
        population: of the states and definitions that are added next; None for none.
        populations: of those that have been added, by name.
    """

    states: list[State] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    owner: Owner = Owner.BOARD
    population: Population | None = None
    populations: dict[str, Population] = field(default_factory=dict)

    def owned_by(self, owner: Owner) -> Equations:
        """The same growing set, in which all that is added from here belongs to an owner."""
        return replace(self, owner=owner)

    def state(self, symbol: Signal, derivative: sp.Expr, initial: ArrayLike = 0.0) -> Signal:
        """Add a state."""
        self.states.append(State(symbol, derivative, initial, self.owner))
        self._populate(symbol)
        return symbol

    def define(self, symbol: Signal, expression: sp.Expr) -> Signal:
        """Add a definition."""
        self.definitions.append(Definition(symbol, expression, self.owner))
        self._populate(symbol)
        return symbol

    def _populate(self, symbol: Signal) -> None:
        if self.population is not None:
            self.populations[name_of(symbol)] = self.population

    def parameter(self, symbol: Signal, value: ArrayLike) -> Signal:
        """Add a parameter, one number or one per instance."""
        self.parameters.append(Parameter(symbol, np.squeeze(value) if indices_of(symbol) else np.asarray(value).item()))
        return symbol

    def input(self, symbol: Signal, *stimuli: Stimulus, clock: str = "") -> Signal:
        """Add an input with one stimulus per instance, by a clock of the board if that has a name."""
        self.inputs.append(Input(symbol, stimuli, clock=clock))
        return symbol

    def gating(self, symbol: Signal, stimulus: Stimulus, clock: str = "") -> Signal:
        """Add an input that switches terms on and off, likewise."""
        self.inputs.append(Input(symbol, stimulus, gate=True, clock=clock))
        return symbol

    def shared(self, name: str, value: float) -> sp.Symbol:
        """A scalar parameter that several equations use; added once."""
        symbol = sp.Symbol(name)
        if all(parameter.symbol != symbol for parameter in self.parameters):
            self.parameter(symbol, value)
        return symbol


def own_index(n: sp.Idx, value: ArrayLike) -> tuple[sp.Idx, ...]:
    """The index of a parameter that differs from neuron to neuron; none for one that does not."""
    return (n,) if np.ndim(value) else ()


def start(value: ArrayLike, *shape: int) -> np.ndarray:
    """Initial values in the shape that the template has (axes of size 1 dropped)."""
    kept = tuple(length for length in shape if length > 1)
    array = np.asarray(value, float)
    return np.broadcast_to(array, kept) if array.ndim == 0 else array.reshape(kept)
