"""A system of ordinary differential equations as templates over index ranges.

A scalar signal is a sympy ``Symbol``; a family of N like signals is one ``Indexed`` template whose
indices are ``Idx`` objects with a range. A layer of 100 neurons is therefore one equation, and
everything symbolic costs the same for 1 neuron and for 100; only numbers grow with the network.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from vle_analog.equations.operators import TemporalOperator, delay
from vle_analog.equations.presentation import latex
from vle_analog.errors import EquationError, VleAnalogError
from vle_analog.laws import LAWS
from vle_analog.owner import Owner
from vle_analog.stimulus import Stimulus

#: equations that a notebook draws as blocks at most
_DRAWN = 60

Signal: TypeAlias = sp.Symbol | sp.Indexed

#: of arrays, for sympy's `lambdify`
_NUMERIC = {law.name: law.numeric for law in LAWS.values()}


def signal(name: str, *indices: sp.Idx) -> Signal:
    """The symbol of a scalar signal, or of the template ``name[i, j]`` when indices are given.

    An index of size 1 is dropped, so that a layer of one neuron reads like a scalar.
    """
    kept = tuple(index for index in indices if size(index) > 1)
    return sp.IndexedBase(name)[kept] if kept else sp.Symbol(name)


def index(name: str, length: int) -> sp.Idx:
    """An index that runs from 0 to ``length - 1``."""
    return sp.Idx(name, length)


def total(expression: sp.Expr, *indices: sp.Idx) -> sp.Expr:
    """The sum of the expression over the indices (those of size 1 are no sum)."""
    for over in indices:
        if size(over) > 1:
            expression = sp.Sum(expression, (over, 0, size(over) - 1))
    return expression


def size(index: sp.Idx) -> int:
    """How many values an index takes."""
    return int(index.upper - index.lower) + 1


def name_of(symbol: Signal) -> str:
    """The signal's name without its indices."""
    return str(symbol.base.name if isinstance(symbol, sp.Indexed) else symbol.name)


def indices_of(symbol: Signal) -> tuple[sp.Idx, ...]:
    """The template's indices; empty for a scalar."""
    return tuple(symbol.indices) if isinstance(symbol, sp.Indexed) else ()


def shape_of(symbol: Signal) -> tuple[int, ...]:
    """The template's shape; empty for a scalar."""
    return tuple(size(each) for each in indices_of(symbol))


def signals_in(expression: sp.Expr) -> set[Signal]:
    """All signal and parameter symbols that occur, without bare indices and index bases."""
    found: set[Signal] = set()
    stack: list[sp.Basic] = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, sp.Indexed) or (isinstance(node, sp.Symbol) and not isinstance(node, sp.Idx)):
            found.add(node)
        elif isinstance(node, sp.Sum):
            stack.append(node.function)
        else:
            stack.extend(node.args)
    return found


def names_in(expression: sp.Expr) -> set[str]:
    """The names of all signals and parameters that occur."""
    return {name_of(symbol) for symbol in signals_in(expression)}


def is_made_of(expression: sp.Expr, names: Set[str]) -> bool:
    """Whether an expression has no other names than these, and no operator of time."""
    return names_in(expression) <= names and not expression.has(TemporalOperator)


@dataclass(frozen=True)
class State:
    """``d symbol / dt = derivative`` with the initial value(s), scalar or of the symbol's shape; and whose it is."""

    symbol: Signal
    derivative: sp.Expr
    initial: ArrayLike = 0.0
    owner: Owner = field(default=Owner.BOARD, repr=False)


@dataclass(frozen=True)
class Definition:
    """An algebraic signal: ``symbol = expression`` at every moment; and whose it is."""

    symbol: Signal
    expression: sp.Expr
    owner: Owner = field(default=Owner.BOARD, repr=False)


@dataclass(frozen=True)
class Input:
    """A signal that comes from outside.

    A ``gate`` is an input that takes the values 0 and 1 and switches terms on and off: where it
    multiplies a whole term of a state's derivative, an analog switch realises it.

    Attributes:
        stimulus: one for all instances, or a tuple with one per instance in C order.
        clock: name of the clock that makes it on a board; empty for what comes from outside.
    """

    symbol: Signal
    stimulus: Stimulus | tuple[Stimulus, ...]
    gate: bool = False
    clock: str = ""

    @property
    def stimuli(self) -> tuple[Stimulus, ...]:
        """One stimulus per instance, in C order.

        Raises:
            EquationError: more or fewer are given than there are instances.
        """
        count = math.prod(shape_of(self.symbol))
        given = self.stimulus if isinstance(self.stimulus, tuple) else (self.stimulus,) * count
        if len(given) != count:
            raise EquationError(
                f"{len(given)} stimuli for {count} instance{'s' if count > 1 else ''} of '{self.symbol}'",
                where=f"inputs.{name_of(self.symbol)}",
                hint="give one for all, or one per instance",
            )
        return given


@dataclass(frozen=True)
class Parameter:
    """A constant, one number or one per instance (an array of the symbol's shape)."""

    symbol: Signal
    value: ArrayLike


@dataclass(frozen=True)
class Event:
    """At the moment at which a condition begins to hold, some states take other values at once.

    Attributes:
        name: in errors and comments, and of its parts.
        margin: what is negative before and rises through 0 at that moment.
        settings: states, with what each is set to, by the signals' values just before.
        condition: as it is written, for people.
    """

    name: str
    margin: sp.Expr
    settings: tuple[tuple[Signal, sp.Expr], ...]
    condition: str = field(default="", repr=False)

    def law(self) -> str:
        """What happens when, in one line."""
        values = ", ".join(f"{state} = {value}" for state, value in self.settings)
        return f"when {self.condition or f'{self.margin} > 0'}: {values}"


@dataclass(frozen=True)
class Population:
    """The neurons of one layer, to which signals belong.

    Attributes:
        name: that each is called by; with its number behind it where there are several.
        index: that counts them.
    """

    name: str
    index: sp.Idx


@dataclass(frozen=True)
class Internal:
    """A signal that nobody declared, but that an equation needs for its operators, products or sums.

    Attributes:
        owner: of that equation.
        family: the name that its own name was made from, and under which its parts are graded: u for ``u__lag1`` and
            ``u__sum``, x for the product ``x__y``, reciprocal for ``reciprocal__x``.
        equation: the signal that the equation is of.
    """

    owner: Owner
    family: str
    equation: str = field(default="", compare=False, repr=False)


#: under which `EquationSystem.fidelity` has what holds for all other blocks
DEFAULT_FIDELITY = "default"


@dataclass(frozen=True)
class EquationSystem:
    """States, definitions, inputs and parameters that together determine all signals.

    Attributes:
        name: what the system is called in files and figures.
        unit: seconds of circuit time per model unit.
        span: how long to run, in model units.
        outputs: names of the signals to compare; all states when empty.
        fidelity: of the parts that it is built with, under `DEFAULT_FIDELITY`, and of the blocks that drive
            single signals, by their names.
        internal: the signals among these, or among those of the diagram, that nobody declared, by name.
        events: what happens to states at moments.
        history: of delayed states by name, what they were before time zero, an expression of ``t``; as at time zero
            where nothing is said.
        populations: of a network, whose neurons a declared signal is of, by name.
    """

    name: str
    states: tuple[State, ...]
    definitions: tuple[Definition, ...] = ()
    inputs: tuple[Input, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    outputs: tuple[str, ...] = ()
    unit: float = 1e-3
    span: float = 1.0
    origin: str | None = field(default=None, compare=False)
    fidelity: Mapping[str, str] = field(default_factory=dict, repr=False)
    internal: Mapping[str, Internal] = field(default_factory=dict, repr=False)
    populations: Mapping[str, Population] = field(default_factory=dict, repr=False)
    events: tuple[Event, ...] = ()
    history: Mapping[str, sp.Expr] = field(default_factory=dict, repr=False)

    @property
    def expressions(self) -> tuple[sp.Expr, ...]:
        """All right-hand sides: states', definitions' and events'."""
        return (
            *(state.derivative for state in self.states),
            *(definition.expression for definition in self.definitions),
            *(event.margin for event in self.events),
            *(value for event in self.events for _, value in event.settings),
        )

    @property
    def delays(self) -> bool:
        """Whether any right-hand side speaks of the past."""
        return any(each.has(delay) for each in self.expressions)

    @cached_property
    def symbols(self) -> Mapping[str, Signal]:
        """Every declared name with its template symbol, in order of declaration."""
        groups: Sequence[Iterable[Any]] = (self.inputs, self.states, self.definitions, self.parameters)
        return {name_of(each.symbol): each.symbol for group in groups for each in group}

    @cached_property
    def constants(self) -> Mapping[str, NDArray[np.float64]]:
        """Parameter values by name, each an array of its symbol's shape."""
        return {
            name_of(parameter.symbol): np.broadcast_to(np.asarray(parameter.value, float), shape_of(parameter.symbol))
            for parameter in self.parameters
        }

    @cached_property
    def stimuli(self) -> Mapping[str, Stimulus]:
        """What every input plays, by instance name."""
        return {
            name: stimulus
            for each in self.inputs
            for name, stimulus in zip(instance_names(each.symbol), each.stimuli, strict=True)
        }

    @cached_property
    def signal_names(self) -> tuple[str, ...]:
        """Names of everything that varies in time: inputs, states, definitions."""
        groups: Sequence[Iterable[Any]] = (self.inputs, self.states, self.definitions)
        return tuple(name_of(each.symbol) for group in groups for each in group)

    @property
    def probes(self) -> tuple[str, ...]:
        """The templates to compare: ``outputs``, or all states where none are named."""
        return self.outputs or tuple(name_of(state.symbol) for state in self.states)

    def owner_of(self, name: str) -> Owner:
        """Owner of a signal, declared or internal; what comes from outside is taken for the board's."""
        return self.internal[name].owner if name in self.internal else self._owners.get(name, Owner.BOARD)

    def family_of(self, name: str) -> str:
        """The name under which a signal's parts are graded: its own, or an internal signal's family."""
        return self.internal[name].family if name in self.internal else name

    def population_of(self, name: str) -> Population | None:
        """The neurons that a signal is of, those of its equation where nobody declared it; None for all others."""
        while name not in self.populations and name in self.internal:
            name = self.internal[name].equation
        return self.populations.get(name)

    @cached_property
    def _owners(self) -> Mapping[str, Owner]:
        return {name_of(each.symbol): each.owner for group in (self.states, self.definitions) for each in group}

    def is_constant(self, expression: sp.Expr) -> bool:
        """Whether the expression is made of numbers and parameters alone, none of which passes an operator of time."""
        return is_made_of(expression, self.constants.keys())

    @property
    def text(self) -> str:
        """All that it is, by which systems are told apart."""
        said = [f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr]
        if self.history:  # said only then: what has none is called as it always was
            said.append(f"history={self.history!r}")
        return f"{type(self).__qualname__}({', '.join(said)})"

    def __repr__(self) -> str:
        """Its name and size; all of it is in `text`."""
        counts = f"{len(self.states)} states, {len(self.definitions)} definitions, {len(self.inputs)} inputs"
        return f"<EquationSystem {self.name!r}: {counts}, span {self.span:g} units of {self.unit:g} s>"

    def _repr_latex_(self) -> str:
        """The equations, as a notebook shows them."""
        return f"$\\displaystyle {latex(self)}$"

    def _repr_svg_(self) -> str | None:
        """The block diagram of its circuit, as a notebook shows it; None of what is too large or no circuit can do."""
        symbols = [each.symbol for group in (self.states, self.definitions) for each in group]
        if sum(len(instance_names(symbol)) for symbol in symbols) > _DRAWN:
            return None
        package = import_module("vle_analog")  # what is public: who draws stands above this room, which knows of none
        try:
            return str(package.design(self).drawn())
        except VleAnalogError:
            return None  # asked for by name, design says why

    def updated(self, **changes: Any) -> EquationSystem:
        """A copy with some fields replaced."""
        return replace(self, **changes)


def instance_names(symbol: Signal) -> list[str]:
    """The names of a template's instances in C order: ``w_0_0, w_0_1, ...`` (``x`` for a scalar)."""
    name, shape = name_of(symbol), shape_of(symbol)
    if not shape:
        return [name]
    return ["_".join([name, *map(str, where)]) for where in np.ndindex(*shape)]


def evaluate(
    expression: sp.Expr, indices: Sequence[sp.Idx], values: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """A template expression's numbers over an index grid.

    Args:
        expression: made of numbers, names in ``values``, nonlinearities and sums.
        indices: the grid's axes; every free index in the expression is one of them.
        values: an array of the template's shape per name. Arrays may carry leading axes (time);
            they are kept in front of the grid's axes.

    Returns:
        Array of shape ``leading + (size of each index)``.
    """
    arrays, nodes = [], _outermost(expression)
    for node in nodes:
        if isinstance(node, sp.Sum):
            over = tuple(limit[0] for limit in node.limits)
            inner = evaluate(node.function, (*indices, *over), values)
            array = inner.sum(axis=tuple(range(-len(over), 0)))
        else:
            array = on_grid(np.asarray(values[name_of(node)], float), indices_of(node), indices)
        arrays.append(array)
    with np.errstate(all="ignore"):  # what is not finite is refused where it is used
        result = np.asarray(_numeric(expression, tuple(nodes))(*arrays), float)
    grid = tuple(size(idx) for idx in indices)
    return np.broadcast_to(result, np.broadcast_shapes(result.shape, grid)).copy()


@lru_cache(maxsize=4096)
def _numeric(expression: sp.Expr, nodes: tuple[sp.Expr, ...]) -> Callable[..., Any]:
    """An expression as a function of some of its nodes' arrays."""
    if nodes == (expression,):
        return lambda array: array
    if expression.is_Number:
        number = float(expression)
        return lambda: number
    dummies = {node: sp.Dummy() for node in nodes}
    function: Callable[..., Any] = sp.lambdify(
        list(dummies.values()), expression.xreplace(dummies), [_NUMERIC, "numpy"]
    )
    return function


def on_grid(array: NDArray[Any], own: Sequence[sp.Idx], indices: Sequence[sp.Idx]) -> NDArray[Any]:
    """A template's array laid out on an index grid: its axes in the grid's order, size 1 elsewhere.

    Leading axes beyond the template's own stay in front.
    """
    leading = array.ndim - len(own)
    order = sorted(range(len(own)), key=lambda axis: list(indices).index(own[axis]))
    array = array.transpose(*range(leading), *(leading + axis for axis in order))
    shape = tuple(size(idx) if idx in own else 1 for idx in indices)
    return array.reshape(array.shape[:leading] + shape)


def _outermost(expression: sp.Expr) -> list[sp.Expr]:
    """The signals and sums that an expression is made of, without looking into the sums."""
    found: dict[sp.Expr, None] = {}
    stack: list[sp.Basic] = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, sp.Indexed | sp.Sum | sp.Symbol):
            found[node] = None
        else:
            stack.extend(node.args)
    return sorted(found, key=str)
