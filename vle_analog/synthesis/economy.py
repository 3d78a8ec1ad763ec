"""Equations written so that their circuits take fewer multipliers, dividers and nonlinear cells.

Terms that have a factor in common share it, ``x*y + x*z`` becomes ``x*(y + z)``, and so on within the brackets, which
for polynomials of one signal is Horner's scheme; products and quotients of exponentials are one of a sum. What is
gained depends on all equations, as equal products are built once: each candidate is lowered, and stays only if the
whole circuit has fewer of these parts than before. A sum costs a resistor or an op-amp; a multiplier is the dearest
part and the one with the largest errors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import sympy as sp

from vle_analog.blocks.divider import Divider
from vle_analog.blocks.multiplier import Multiplier
from vle_analog.blocks.nonlinearity import NonlinearStage
from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.equations.canonical import canonical_system
from vle_analog.equations.operators import TemporalOperator
from vle_analog.equations.system import Definition, EquationSystem, State, name_of

#: lowers a system
Lower = Callable[[EquationSystem], BlockDiagram]

#: equations beyond which nothing is tried: each candidate is lowered
_MOST = 60


def economical(system: EquationSystem, lower: Lower) -> tuple[EquationSystem, tuple[str, ...]]:
    """The system with some right-hand sides written otherwise, and what was gained, in words.

    Args:
        system: checked equations.
        lower: as it will be lowered.

    Raises:
        LoweringError, EquationError: as `lower`.
    """
    if len(system.states) + len(system.definitions) > _MOST:
        return system, ()
    written = canonical_system(system)
    candidates = [
        (name, form)
        for name, right in _right_hand_sides(written)
        if not right.has(sp.Sum, sp.Indexed, TemporalOperator)
        for form in _forms(right, written)
    ]
    if not candidates:
        return system, ()
    told: dict[str, str] = {}
    parts = _parts(lower(written))
    for name, form in candidates:
        trial = _with(written, name, form)
        fewer = _parts(lower(trial))
        if fewer < parts:
            told[name] = f"'{name}' written as {form}, which takes fewer multipliers or nonlinear cells"
            written, parts = trial, fewer
    return (written, tuple(told.values())) if told else (system, ())


def _forms(right: sp.Expr, system: EquationSystem) -> list[sp.Expr]:
    """Other ways to write a right-hand side."""
    merged = _merged(right)
    forms = dict.fromkeys((_factored(right, system), merged, _factored(merged, system)))
    return [form for form in forms if form != right]


def _merged(expression: sp.Expr) -> sp.Expr:
    """An expression whose products and quotients of exponentials are one exponential each."""
    if not expression.args or isinstance(expression, sp.Indexed):
        return expression
    inner = [_merged(each) for each in expression.args]
    found = expression if tuple(inner) == expression.args else expression.func(*inner)
    if isinstance(found, sp.Pow) and isinstance(found.base, sp.exp) and found.exp.is_Integer:
        return sp.exp(found.exp * found.base.args[0])
    exponents = [each.args[0] for each in found.args if isinstance(each, sp.exp)] if isinstance(found, sp.Mul) else []
    if len(exponents) < 2:
        return found
    return sp.Mul(*(each for each in found.args if not isinstance(each, sp.exp)), sp.exp(sp.Add(*exponents)))


def _right_hand_sides(system: EquationSystem) -> list[tuple[str, sp.Expr]]:
    found = [(name_of(each.symbol), each.derivative) for each in system.states]
    return found + [(name_of(each.symbol), each.expression) for each in system.definitions]


def _with(system: EquationSystem, name: str, right: sp.Expr) -> EquationSystem:
    """The system with another right-hand side of one signal."""

    def changed(each: State | Definition) -> State | Definition:
        if name_of(each.symbol) != name:
            return each
        return replace(each, derivative=right) if isinstance(each, State) else replace(each, expression=right)

    return system.updated(
        states=tuple(map(changed, system.states)), definitions=tuple(map(changed, system.definitions))
    )


def _parts(diagram: BlockDiagram) -> int:
    """Multipliers, dividers and nonlinear cells."""
    return sum(isinstance(block, Multiplier | Divider | NonlinearStage) for block in diagram.blocks)


def _factored(expression: sp.Expr, system: EquationSystem) -> sp.Expr:
    """An expression whose sums have common factors of signals in front of them, inside out."""
    if not expression.args or isinstance(expression, sp.Indexed):
        return expression
    inner = [_factored(each, system) for each in expression.args]
    found = expression if tuple(inner) == expression.args else expression.func(*inner)
    return _horner(found, system) if isinstance(found, sp.Add) else found


def _horner(addition: sp.Expr, system: EquationSystem) -> sp.Expr:
    """A sum with the factor in front that most of its products have, and the same with what is left and within."""
    addends = sp.Add.make_args(addition)
    products = [addend for addend in addends if not _is_linear(addend, system)]
    counts = Counter(factor for addend in products for factor in dict.fromkeys(_factors(addend, system)))
    shared = [factor for factor, count in counts.items() if count > 1]
    if not shared:
        return addition
    best = max(shared, key=lambda factor: (counts[factor], -len(str(factor)), str(factor)))
    within = [addend for addend in products if best in _factors(addend, system)]
    others = [addend for addend in addends if addend not in within]
    quotient = _horner(sp.Add(*(addend / best for addend in within)), system)
    return sp.Add(sp.Mul(best, quotient, evaluate=False), _horner(sp.Add(*others), system))


def _is_linear(addend: sp.Expr, system: EquationSystem) -> bool:
    """Whether an addend is a signal times a constant, which a resistor realises: no multiplier is as exact."""
    varying = [each for each in sp.Mul.make_args(addend) if not system.is_constant(each)]
    return len(varying) < 2 and not any(isinstance(each, sp.Pow) for each in varying)


def _factors(addend: sp.Expr, system: EquationSystem) -> list[sp.Expr]:
    """Factors of a product that vary, powers written out; those of a divisor are none."""
    found: list[sp.Expr] = []
    for factor in sp.Mul.make_args(addend):
        if system.is_constant(factor):
            continue
        if isinstance(factor, sp.Pow) and factor.exp.is_Integer:
            found += [factor.base] * max(0, int(factor.exp))
        else:
            found.append(factor)
    return found
