"""What a nonlinear function is: one declaration that the whole package asks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

#: thermal voltage kT/q at 27 C, volts, as in the cells of transistor pairs
THERMAL = 0.025865
#: arguments at which parts are measured
POINTS = 201


class Nonlinearity(sp.Function):
    """Scalar function of one signal as a sympy function; further arguments are constants."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        raise NotImplementedError


def _never(*constants: sp.Expr) -> bool:
    return False


def always(*constants: sp.Expr) -> bool:
    """True for any constants: of a law that is odd whatever they are."""
    return True


@dataclass(frozen=True)
class Pair:
    """How transistor pairs realise a law, as `bench`, `margins` and `sensitivities` measure it.

    Attributes:
        thermal: thermal voltages kT/q per unit of the argument; a pair's offset counts in these.
        steepest: the law's largest slope.
        formula: the law in elementary functions of a symbol.
        reach: units to either side of 0 over which a part is measured.
    """

    thermal: int
    steepest: float
    formula: Callable[[sp.Expr], sp.Expr]
    reach: float = 4.0

    @property
    def volts(self) -> float:
        """Volts between a pair's bases per unit of the argument."""
        return self.thermal * THERMAL


@dataclass(frozen=True)
class Reach:
    """Over which arguments `bench` measures parts that are no pairs.

    Attributes:
        low, high: ends.
        constants: of the law meanwhile.
    """

    low: float
    high: float
    constants: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Law:
    """One nonlinear function, ``f(x, *constants)``.

    ``exact`` and ``fast`` are compiled by numba, from their texts (`compiled.text_of`): they use no names but
    builtins, ``math`` and, ``fast`` only, `exponential`.

    Attributes:
        name: as expressions call it; also the role that its cells play, and the name of the ideal one.
        function: sympy's class, a `Nonlinearity` or one of sympy's own; knows the derivative.
        numeric: for numpy's arrays.
        exact: of numbers, for the reference: as exact as double precision is.
        fast: of numbers, for the engine: without branches, so that a compiler makes vector code of it; relative
            errors below 1e-13. `exact` where None.
        slope: derivative, for numpy's arrays; None for a law with corners.
        constants: names of the arguments after the first, which are its cells' parameters too.
        objection: to values of the constants: what is wrong and what to do, or None.
        odd: whether f(-x) = -f(x), given the constants; its cell may then be driven by either polarity.
        domain: of x, open.
        closed: whether the domain's ends belong to it, given the constants.
        jumps: whether it jumps at 0, where its cells are steep instead.
        cell: whether a cell of the law's name in ``circuits/ideal`` realises it; if not, a block does.
        open_at_zero: whether its cell's output conducts only where the law is not 0: a resistor from there to a
            summing node then carries nothing, whatever the op-amp's offset.
        parts: that play the role unless told otherwise, by fidelity; the ideal law where none is named.
        pair: what is known of parts made of transistor pairs; None where there are none.
        reach: over which parts that are no pairs are measured; None where there are none.
        spellings: other names that people write for the same function.
        latex: symbol in formulas; the name in upright letters where empty.
    """

    name: str
    function: Any
    numeric: Callable[..., Any]
    exact: Callable[..., float]
    fast: Callable[..., float] | None = None
    slope: Callable[..., Any] | None = None
    constants: tuple[str, ...] = ()
    objection: Callable[..., tuple[str, str] | None] = field(default=lambda *constants: None, repr=False)
    odd: Callable[..., bool] = _never
    domain: tuple[float, float] = (-math.inf, math.inf)
    closed: Callable[..., bool] = _never
    jumps: bool = False
    cell: bool = True
    open_at_zero: bool = False
    parts: Mapping[str, str] = field(default_factory=dict)
    pair: Pair | None = None
    reach: Reach | None = None
    spellings: tuple[str, ...] = ()
    latex: str = ""

    @property
    def signature(self) -> str:
        """How an expression calls it: ``deadzone(x, low, high)``."""
        return f"{self.name}({', '.join(('x', *self.constants))})"

    @property
    def measured(self) -> bool:
        """Whether there are parts of it that `bench` measures."""
        return self.pair is not None or self.reach is not None

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of the argument between which parts are measured; not for a law without such parts."""
        if self.pair is not None:
            return -self.pair.reach, self.pair.reach
        assert self.reach is not None
        return self.reach.low, self.reach.high

    @property
    def range(self) -> float:
        """By how much the law varies between these ends."""
        values = self.numeric(np.linspace(*self.ends, POINTS), *(self.reach.constants if self.reach else ()))
        return float(np.max(values) - np.min(values))

    @property
    def smooth(self) -> bool:
        """Whether it has a derivative everywhere."""
        return self.slope is not None

    @property
    def activates(self) -> bool:
        """Whether neurons may have it: smooth, of any number, without constants."""
        return self.smooth and not self.constants and self.domain == (-math.inf, math.inf)
