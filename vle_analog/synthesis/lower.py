"""Equations -> block diagram.

Each equation is offered to the block kinds in their listed order. What a kind cannot take as it
stands (a product inside a sum, a sum inside a nonlinearity) becomes an internal signal with a driver
of its own; equal subexpressions of one owner share one. Internal names hold a double underscore:
``x__y`` is the product of x and y. All of this is per template: it costs the same for 1 neuron and for 100.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from vle_analog.blocks import BLOCK_KINDS
from vle_analog.diagram.block import ONE, Block, Refused, Term
from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.diagram.trigger import Reset, Trigger
from vle_analog.equations.operators import TemporalOperator
from vle_analog.equations.resolve import resolve, start_values
from vle_analog.equations.system import (
    Definition,
    EquationSystem,
    Event,
    Internal,
    Signal,
    State,
    evaluate,
    name_of,
    signal,
)
from vle_analog.equations.templates import free_indices, numbers_of
from vle_analog.errors import LoweringError
from vle_analog.laws import law_of
from vle_analog.owner import Owner

Array = NDArray[np.float64]
#: a constant coefficient, varying factors, and those of a divisor
Fraction: TypeAlias = tuple[sp.Expr, tuple[sp.Expr, ...], tuple[sp.Expr, ...]]

#: longest internal name that is composed of its factors' names
_LONGEST = 28
#: what stages call their own nodes and hidden states, and the reference its nodes (SPICE folds case)
_TAKEN = re.compile(r"ref__[pn]|one__reference|.*__(n|s|d|z|bus\d*|weak\d*)", re.IGNORECASE)


def lower(
    system: EquationSystem,
    realisation: str = "algebraic",
    bandwidth: float = 100.0,
    ladders: Mapping[str, int] | None = None,
) -> BlockDiagram:
    """The block diagram that realises a system.

    Args:
        system: checked equations.
        realisation: of `prospective`: ``algebraic``, ``lead`` or ``differentiator``.
        bandwidth: of lead stages and differentiators: how many times faster than tau their own pole is.
        ladders: that realise `delay`: orders by the delayed signals' names. None keeps delays as they are, which no
            circuit does.

    Raises:
        LoweringError: no block kind takes an equation; the message lists what each one said.
        EquationError: a loop without a state, or a derivative that is not explicit.
    """
    explicit = resolve(system, realisation, ladders).updated(outputs=system.probes)  # not the states that come in
    return _Lowering(explicit, realisation, bandwidth).diagram()


class _Lowering:
    """Builds a diagram; block kinds see it as their `Builder`."""

    def __init__(self, system: EquationSystem, realisation: str, bandwidth: float) -> None:
        self.system = system
        self.realisation = realisation
        self.bandwidth = bandwidth
        self.start = start_values(system)
        self.gates = {each.symbol for each in system.inputs if each.gate}
        self.blocks: list[Block] = []
        self.memory: dict[tuple[Owner, sp.Expr], Signal] = {}
        self.fractions: dict[sp.Expr, Fraction] = {}
        self.names = set(system.symbols)
        self.internal = dict(system.internal)
        self.equation, self.owner = "", Owner.BOARD
        self.driven: Signal | None = None

    def diagram(self) -> BlockDiagram:
        """Lower every equation, definitions first so that states find their products made."""
        for definition in self.system.definitions:
            if len(definition.expression.args) > 0 and not isinstance(definition.expression, TemporalOperator):
                self.memory.setdefault((definition.owner, definition.expression), definition.symbol)
        equations: list[State | Definition] = [*self.system.definitions, *self.system.states]
        for equation in equations:
            self.equation, self.owner = name_of(equation.symbol), equation.owner
            self.drive(equation)
        triggers = tuple(map(self.trigger, self.system.events))
        return BlockDiagram(self.system.updated(internal=self.internal), tuple(self.blocks), triggers)

    def trigger(self, event: Event) -> Trigger:
        """An event between signals."""
        self.equation, self.owner, self.driven = event.name, Owner.BOARD, None
        terms = self.linear(event.margin)
        resets = tuple(Reset(state, self.linear(value)) for state, value in event.settings)
        if len(terms) == 1 and terms[0].signal != ONE and not terms[0].over:
            sign = 1 if float(self.numbers(terms[0].coefficient)) > 0 else -1
            return Trigger(event.name, terms[0].signal, sign, resets, event.condition)
        return Trigger(event.name, self.signal_for(event.margin), 1, resets, event.condition)

    def drive(self, equation: State | Definition) -> None:
        """Add the first block kind that takes the equation.

        A kind that refuses may have made signals on the way; the next one finds them in the memory.
        """
        tried = []
        outer, self.driven = self.driven, equation.symbol
        for kind in BLOCK_KINDS:
            try:
                self.blocks.append(kind.match(equation, self))
                self.driven = outer
                return
            except Refused as refusal:
                tried.append(f"{kind.__name__} ({refusal})")
        raise LoweringError(
            f"no block realises the equation of '{equation.symbol}'",
            hint="write it with sums, products, quotients and functions; tried " + ", ".join(tried),
        )

    def add(self, block: Block) -> None:
        """Take a further block into the diagram, which drives a signal of its own."""
        self.internal[name_of(block.output)] = Internal(self.owner, self.family, self.equation)
        self.blocks.append(block)

    @property
    def family(self) -> str:
        """The family of the equation at work."""
        return self.system.family_of(self.equation)

    def is_constant(self, expression: sp.Expr) -> bool:
        """Whether the expression is made of numbers and parameters alone."""
        return self.system.is_constant(expression)

    def numbers(self, expression: sp.Expr) -> Array:
        """A constant expression's values over its own indices."""
        return numbers_of(expression, self.system)

    def fraction(self, expression: sp.Expr) -> Fraction:
        """A product's constant coefficient, its varying factors, and those of its divisor, in a fixed order.

        A power is written out as equal factors, ``x**5`` as ``x**4`` (itself made by squaring) and x.
        """
        if expression not in self.fractions:
            self.fractions[expression] = self._fraction(expression)
        return self.fractions[expression]

    def _fraction(self, expression: sp.Expr) -> Fraction:
        coefficient, above, below = sp.S.One, [], []
        for factor in sp.Mul.make_args(expression):
            if self.is_constant(factor):
                coefficient *= factor
            elif isinstance(factor, sp.Pow):
                base, exponent = factor.args
                if not exponent.is_Integer:
                    raise LoweringError(
                        f"'{factor}' is not an integer power",
                        where=f"equation of '{self.equation}'",
                        hint="write pow(x, a), with x positive",
                    )
                if exponent > 0:
                    above += self.power(base, exponent)
                else:
                    below.append(base**-exponent)
            else:
                above.append(factor)
        return coefficient, _ordered(above), _ordered(below)

    def power(self, base: sp.Expr, exponent: sp.Expr) -> list[sp.Expr]:
        """Two factors whose product is the power, as square as possible."""
        half = exponent // 2
        return [base**half, base ** (exponent - half)]

    def start_of(self, expression: sp.Expr) -> Array:
        """An expression's values at time zero, over its own indices."""
        return evaluate(expression, free_indices(expression), self.start)

    def linear(self, expression: sp.Expr, *, gated: bool = False) -> tuple[Term, ...]:
        """The expression as a linear combination of signals, equal signals collected.

        Args:
            expression: anything.
            gated: keep a gate that multiplies a term apart, for a switch to realise.
        """
        collected: dict[tuple[Signal, tuple[sp.Idx, ...], sp.Symbol | None], sp.Expr] = defaultdict(lambda: sp.S.Zero)
        for term in self.terms(expression, gated):
            collected[term.signal, term.over, term.gate] += term.coefficient
        return tuple(Term(coefficient, *key) for key, coefficient in collected.items() if sp.expand(coefficient) != 0)

    def terms(self, expression: sp.Expr, gated: bool) -> list[Term]:
        found: list[Term] = []
        addends = sp.Add.make_args(expression)
        for addend in addends if len(addends) < 2 else sorted(addends, key=sp.default_sort_key):
            coefficient, factors = sp.S.One, []
            for factor in sp.Mul.make_args(addend):
                if self.is_constant(factor):
                    coefficient *= factor
                else:
                    factors.append(factor)
            gate = next((each for each in factors if gated and each in self.gates), None)
            if gate is not None and len(factors) > 1:
                factors.remove(gate)
            else:
                gate = None
            for term in self.addend(factors, gated and gate is None):
                found.append(Term(coefficient * term.coefficient, term.signal, term.over, gate or term.gate))
        return found

    def addend(self, factors: list[sp.Expr], gated: bool) -> list[Term]:
        """One addend without its constant: a signal, a sum of such (gates kept apart), or a product made a signal."""
        if not factors:
            return [Term(sp.S.One, ONE)]
        expression = sp.Mul(*factors)
        known = self.memory.get((self.owner, expression)) not in (None, self.driven)
        if isinstance(expression, sp.Add) and not known:
            return self.terms(expression, gated)
        if isinstance(expression, sp.Sum) and not known:
            over = tuple(limit[0] for limit in expression.limits)
            inner = self.terms(expression.function, gated)
            return [Term(term.coefficient, term.signal, (*term.over, *over), term.gate) for term in inner]
        return [Term(sp.S.One, self.signal_for(expression))]

    def signal_for(self, expression: sp.Expr) -> Signal:
        """A signal that carries the expression; equal expressions share one."""
        if isinstance(expression, sp.Symbol | sp.Indexed):
            return expression
        key = self.owner, expression
        if key not in self.memory:
            symbol = signal(self.new_name(expression), *free_indices(expression))
            self.memory[key] = symbol
            self.drive(Definition(symbol, expression, self.owner))
        return self.memory[key]

    def new_name(self, expression: sp.Expr) -> str:
        """A free internal name that tells what the signal is; remembers whose it is."""
        words = self.describe(expression)
        stem, family = "__".join(words), self.family
        if words and len(stem) <= _LONGEST:
            family = self.internal[words[0]].family if words[0] in self.internal else words[0]
        else:
            stem = f"{family}__sum" if isinstance(expression, sp.Add) else f"{self.equation}__part"
        if _TAKEN.fullmatch(stem):
            stem += "_"
        name, number = stem, 1
        while name in self.names:
            number += 1
            name = f"{stem}{number}"
        self.names.add(name)
        self.internal[name] = Internal(self.owner, family, self.equation)
        return name

    def describe(self, expression: sp.Expr) -> tuple[str, ...]:
        """Names that tell what the signal is: x and y for a product, tanh and x for a function of a signal."""
        if isinstance(expression, sp.Mul | sp.Pow):
            coefficient, above, below = self.fraction(expression)
            if coefficient == 1:
                over = ("over", name_of(self.signal_for(sp.Mul(*below)))) if below else ()
                return (*(name_of(self.signal_for(factor)) for factor in above), *over)
        if (law := law_of(expression)) is not None:
            return law.name, name_of(self.signal_for(expression.args[0]))
        return ()


def _ordered(factors: Sequence[sp.Expr]) -> tuple[sp.Expr, ...]:
    """Factors in the order of their texts, which take long to make."""
    return tuple(factors) if len(factors) < 2 else tuple(sorted(factors, key=str))
