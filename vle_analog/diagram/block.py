"""What every block of a diagram is: one signal driven from others, by a law that can be read back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from vle_analog.equations.system import Definition, Signal, State, total

#: the constant 1 as a signal: a reference voltage
ONE = sp.Symbol("one__reference")


@dataclass(frozen=True)
class Term:
    """One addend of a linear combination: ``gate * sum over indices of coefficient * signal``.

    Attributes:
        coefficient: of numbers and parameters only.
        signal: a signal's occurrence, or `ONE` for a constant.
        over: indices summed over.
        gate: the 0-or-1 input that switches the term, if any.
    """

    coefficient: sp.Expr
    signal: Signal
    over: tuple[sp.Idx, ...] = ()
    gate: sp.Symbol | None = None

    def expression(self) -> sp.Expr:
        """The addend as a sympy expression."""
        factor = sp.S.One if self.signal == ONE else self.signal
        return (self.gate or sp.S.One) * total(self.coefficient * factor, *self.over)


def combination(terms: Sequence[Term]) -> sp.Expr:
    """The linear combination as a sympy expression."""
    return sp.Add(*[term.expression() for term in terms])


def plain(expression: sp.Expr) -> str:
    """An expression for people: numbers without digits that say nothing, 9.81 and not 9.81000000000000."""
    return str(sp.sstr(expression, full_prec=False))


class Refused(Exception):
    """A block kind cannot realise an equation; the message says why."""


class Builder(Protocol):
    """What a block kind may ask while it tries to match an equation."""

    bandwidth: float
    realisation: str
    start: dict[str, NDArray[np.float64]]

    def is_constant(self, expression: sp.Expr) -> bool:
        """Whether the expression is made of numbers and parameters alone."""

    def numbers(self, expression: sp.Expr) -> NDArray[np.float64]:
        """A constant expression's values over its own indices."""

    def linear(self, expression: sp.Expr, *, gated: bool = False) -> tuple[Term, ...]:
        """The expression as a linear combination of signals; products become signals of their own."""

    def fraction(self, expression: sp.Expr) -> tuple[sp.Expr, tuple[sp.Expr, ...], tuple[sp.Expr, ...]]:
        """A product's constant coefficient, its varying factors and its divisor's, powers written out."""

    def start_of(self, expression: sp.Expr) -> NDArray[np.float64]:
        """An expression's values at time zero, over its own indices."""

    def signal_for(self, expression: sp.Expr) -> Signal:
        """A signal that carries the expression, driven by blocks that are added where needed."""

    def add(self, block: Block) -> None:
        """Take a further block into the diagram."""


@dataclass(frozen=True)
class Link:
    """The polarity that an input needs: the output's times ``relation``; 0 where either will do."""

    source: Signal
    relation: int


@dataclass(frozen=True)
class Domain:
    """Where a block is defined.

    Attributes:
        signal: an input of it.
        low, high: between which the signal must stay.
        closed: whether it may reach them.
        what: is defined there only, as people write it: ``log(x)``.
        hint: what to do about a signal that leaves it.
    """

    signal: Signal
    low: float
    high: float
    closed: bool
    what: str
    hint: str


class Block(ABC):
    """A template that drives one signal (all its instances).

    Subclasses are frozen dataclasses with ``output`` and a class attribute ``kind``.
    """

    kind: str
    output: Signal
    #: whether it looks ahead up to a band limit only
    band_limited: ClassVar[bool] = False

    @property
    def fixed_polarity(self) -> int:
        """The polarity that the output always has; 0 where the stage can be built for either."""
        return 0

    @property
    def pair(self) -> tuple[Signal, Signal] | None:
        """Two inputs that need the same volts per unit and the same polarity, whichever; None where there are none."""
        return None

    @abstractmethod
    def equations(self) -> tuple[State | Definition, ...]:
        """The block's law, with its hidden states if it has any: what the diagram reads back."""

    @abstractmethod
    def law(self) -> str:
        """The block's law in one line for people (a netlist comment)."""

    @abstractmethod
    def links(self, numbers: Numbers) -> tuple[Link, ...]:
        """The polarities that the inputs need, relative to the output's."""

    def domains(self) -> tuple[Domain, ...]:
        """What its signals must fulfil; most blocks take any."""
        return ()


class Numbers(Protocol):
    """Evaluates a constant expression over its own indices."""

    def __call__(self, expression: sp.Expr) -> NDArray[np.float64]: ...
