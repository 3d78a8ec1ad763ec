"""Expressions in the laws' own words: what people write in many ways becomes what there is a cell for.

``sp.Max``, ``sp.Heaviside``, ``sp.Piecewise`` and comparisons become rectifiers and steps, powers that are no integers
``sqrt`` or ``pow``, powers with an exponent that varies an exponential. Exponents that parameters determine become
numbers. Quotients of exponentials become laws that overflow nowhere and have no pole that is none:

- ``1/(a + b exp(u))``, a and b of one sign, is ``logistic(-u - ln(b/a)) / a``; ``exp(u)/(a + b exp(u))`` likewise
- ``u/(1 - exp(-u))``, whose divider would pass 0/0, is ``linoid(u)``
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from vle_analog.equations.functions import COMPOSITES, TABULATED, larger, smaller
from vle_analog.equations.segments import MOST, fitted, tabulated
from vle_analog.equations.system import EquationSystem, evaluate, is_made_of, signals_in
from vle_analog.errors import EquationError
from vle_analog.laws.heaviside import heaviside
from vle_analog.laws.hyperbolic import cosh, sinh, tanh
from vle_analog.laws.linoid import linoid
from vle_analog.laws.logistic import logistic
from vle_analog.laws.pow import pow
from vle_analog.laws.sqrt import sqrt

Values = Mapping[str, NDArray[np.float64]]

#: relative rounding error up to which two numbers are one
_ROUNDING = 1e-12
#: error of straight pieces over their range that nobody wants
_COARSE = 0.1
#: what sympy has and laws have not
_FOREIGN = (sp.Max, sp.Min, sp.Piecewise, sp.Heaviside, sp.core.relational.Rel, tabulated)
#: what stands for sympy's own, by its type
_WRITTEN: Mapping[type[sp.Basic], Callable[..., sp.Expr]] = {
    sp.sinh: sinh,
    sp.cosh: cosh,
    sp.tanh: tanh,
    **{getattr(sp, name): COMPOSITES[name] for name in ("cot", "sec", "csc", "coth", "sech")},
}


def canonical_system(system: EquationSystem) -> EquationSystem:
    """The system with all right-hand sides as `canonical` writes them."""
    return system.updated(
        states=tuple(replace(each, derivative=canonical(each.derivative, system.constants)) for each in system.states),
        definitions=tuple(
            replace(each, expression=canonical(each.expression, system.constants)) for each in system.definitions
        ),
        events=tuple(
            replace(
                each,
                margin=canonical(each.margin, system.constants),
                settings=tuple((state, canonical(value, system.constants)) for state, value in each.settings),
            )
            for each in system.events
        ),
    )


def tabulations(system: EquationSystem) -> tuple[str, ...]:
    """What is made of straight pieces in a system, and how far these are from what they stand for."""
    expressions = [*(each.derivative for each in system.states), *(each.expression for each in system.definitions)]
    nodes = dict.fromkeys(node for each in expressions for node in sorted(each.atoms(tabulated), key=str))
    return tuple(_Writer(system.constants).tabulated(node)[1] for node in nodes)


def canonical(expression: sp.Expr, constants: Values) -> sp.Expr:
    """An expression in the laws' own words.

    Args:
        expression: any.
        constants: values of the parameters, by name.
    """
    if not isinstance(expression, sp.Expr) or not expression.has(sp.Pow, *_FOREIGN, *_WRITTEN):
        return expression
    return _Writer(constants).rewritten(expression)


class _Writer:
    def __init__(self, constants: Values) -> None:
        self.constants = constants

    def rewritten(self, node: sp.Expr) -> sp.Expr:
        if not node.args or isinstance(node, sp.Indexed):
            return node
        if isinstance(node, sp.Sum):
            return sp.Sum(self.rewritten(node.function), *node.limits)
        if isinstance(node, sp.Piecewise):
            return self.piecewise(node)
        if isinstance(node, tabulated):
            return self.tabulated(node)[0]
        if isinstance(node, sp.Heaviside):
            return heaviside(self.rewritten(node.args[0]))
        if not isinstance(node, sp.Expr):
            return node
        if isinstance(node, sp.Mul):
            # a divisor waits for what it divides
            factors = [
                1 / self.rewritten(each.base) if isinstance(each, sp.Pow) and each.exp == -1 else self.rewritten(each)
                for each in node.args
            ]
            return self.product(node if tuple(factors) == node.args else sp.Mul(*factors))
        arguments = [self.rewritten(each) for each in node.args]
        if isinstance(node, sp.Max | sp.Min):
            choose = larger if isinstance(node, sp.Max) else smaller
            first, *others = arguments
            for each in others:
                first = choose(first, each)
            return first
        if type(node) in _WRITTEN:
            return _WRITTEN[type(node)](*arguments)
        if isinstance(node, sp.Pow):
            return self.power(*arguments)
        return node if tuple(arguments) == node.args else node.func(*arguments)

    def is_constant(self, node: sp.Expr) -> bool:
        return is_made_of(node, self.constants.keys())

    def number(self, node: sp.Expr) -> float | None:
        """The value of a scalar expression of numbers and parameters; None for any other."""
        if not self.is_constant(node) or node.has(sp.Indexed):
            return None
        try:
            return float(evaluate(node, (), self.constants))
        except (TypeError, ValueError, ZeroDivisionError, OverflowError):
            return None

    def power(self, base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
        if self.is_constant(base) and self.is_constant(exponent):
            return base**exponent
        if exponent.is_Integer:
            return self.product(base**exponent)
        value = self.number(exponent)
        if value is None or not math.isfinite(value):
            return sp.exp(exponent * sp.log(base))
        if value == round(value):
            return self.product(base ** sp.Integer(round(value)))
        root = sqrt(base)
        return root if value == 0.5 else pow(base, exponent if exponent.is_Number else sp.Float(value))

    def piecewise(self, node: sp.Piecewise) -> sp.Expr:
        *pairs, (value, last) = node.args
        found = self.rewritten(value)
        if last != sp.true:
            raise EquationError(
                f"'{node}' leaves open what else it is",
                hint="end it with (0, True), as Piecewise((x, x > 0), (0, True))",
            )
        for each, condition in reversed(pairs):
            found = found + self.condition(condition) * (self.rewritten(each) - found)
        return found

    def tabulated(self, node: tabulated) -> tuple[sp.Expr, str]:
        """Straight pieces in the place of an expression, and how far they are from it, in words.

        Raises:
            EquationError: it is of none or of several signals, or not finite between its ends.
        """
        expression, *bounds = node.args
        low, high, pieces = (self.number(each) for each in bounds)
        count = 0 if pieces is None or pieces not in range(2, MOST) else int(pieces)
        signals = sorted((each for each in signals_in(expression) if str(each) not in self.constants), key=str)
        if len(signals) != 1 or not isinstance(signals[0], sp.Symbol):
            names = ", ".join(map(str, signals)) or "none"
            raise EquationError(
                f"'{expression}' in {TABULATED} is of several signals, or of none: {names}",
                hint="tabulate what is of one, for example tabulated(tan(x), -1, 1, 8)",
            )
        if low is None or high is None or not low < high or not count:
            raise EquationError(
                f"'{node}' has no range from low to high, or not 2 to {MOST - 1} pieces",
                hint="for example tabulated(tan(x), -1, 1, 8)",
            )
        constants = {name: np.asarray(value) for name, value in self.constants.items()}

        def curve(x: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.broadcast_to(evaluate(self.rewritten(expression), (), {**constants, str(signals[0]): x}), x.shape)

        if not np.isfinite(curve(np.linspace(low, high, 1001))).all():
            raise EquationError(
                f"'{expression}' is not finite everywhere between {low:g} and {high:g}", hint="take a smaller range"
            )
        found, error = fitted(curve, low, high, count)
        reach = float(np.ptp(found.y)) or 1.0
        if not error < _COARSE * reach:
            raise EquationError(
                f"{count} straight pieces in the place of '{expression}' are off by {100 * error / reach:.2g} % of its "
                "range",
                hint=f"take more pieces, up to {MOST - 1}, or a smaller range that ends before a pole",
            )
        text = (
            f"'{expression}' is of {count} straight pieces from {low:g} to {high:g}, within {error:.2g} of it, "
            f"{100 * error / reach:.2g} % of its range there"
        )
        return found(signals[0]), text

    def condition(self, node: sp.Basic) -> sp.Expr:
        """1 where a condition holds, 0 where not."""
        if node in (sp.true, sp.false):
            return sp.Integer(int(bool(node)))
        if isinstance(node, sp.Not):
            return 1 - self.condition(node.args[0])
        if isinstance(node, sp.And):
            return sp.Mul(*map(self.condition, node.args))
        if isinstance(node, sp.Or):
            return 1 - sp.Mul(*[1 - self.condition(each) for each in node.args])
        if isinstance(node, sp.StrictGreaterThan | sp.GreaterThan):
            return heaviside(self.rewritten(node.lhs) - self.rewritten(node.rhs))
        if isinstance(node, sp.StrictLessThan | sp.LessThan):
            return heaviside(self.rewritten(node.rhs) - self.rewritten(node.lhs))
        raise EquationError(f"the condition '{node}' is not a comparison by < or >", hint="compare with < and >")

    def product(self, node: sp.Expr) -> sp.Expr:
        """A product in which quotients of exponentials are laws."""
        factors = list(sp.Mul.make_args(node))
        for below in [each for each in factors if isinstance(each, sp.Pow) and each.exp == -1]:
            found = self.share(below.base)
            if found is None:
                continue
            a, b, argument = found
            others = [each for each in factors if each is not below]
            if a * b > 0:
                factors = self.logistic(others, a, b, argument)
            elif math.isclose(a, -b, rel_tol=_ROUNDING):
                factors = self.linoid(others, a, argument) or factors
        return sp.Mul(*factors)

    def share(self, below: sp.Expr) -> tuple[float, float, sp.Expr] | None:
        """a, b and u of ``a + b exp(u)``; None where it is anything else."""
        fixed = [each for each in sp.Add.make_args(below) if self.is_constant(each)]
        varying = [each for each in sp.Add.make_args(below) if not self.is_constant(each)]
        if len(varying) != 1 or not fixed:
            return None
        factor, exponentials = sp.S.One, []
        for each in sp.Mul.make_args(varying[0]):
            if self.is_constant(each):
                factor *= each
            else:
                exponentials.append(each)
        if len(exponentials) != 1 or not isinstance(exponentials[0], sp.exp):
            return None
        a, b = self.number(sp.Add(*fixed)), self.number(factor)
        if a is None or b is None or not (math.isfinite(a) and math.isfinite(b) and a and b):
            return None
        return a, b, exponentials[0].args[0]

    def logistic(self, others: list[sp.Expr], a: float, b: float, argument: sp.Expr) -> list[sp.Expr]:
        """``1/(a + b exp(u))``, or ``exp(u)`` times it where that is among the other factors."""
        shift = math.log(b / a)
        top = next((each for each in others if isinstance(each, sp.exp) and each.args[0] == argument), None)
        if top is not None:
            return [*(each for each in others if each is not top), _scaled(1 / b), logistic(_shifted(argument, shift))]
        return [*others, _scaled(1 / a), logistic(_shifted(-argument, -shift))]

    def linoid(self, others: list[sp.Expr], a: float, argument: sp.Expr) -> list[sp.Expr] | None:
        """``c u / (1 - exp(-u))`` as ``c linoid(u)``; None where no factor is proportional to the argument."""
        u = -argument
        for each in others:
            ratio = self.ratio(each, u)
            if ratio is not None:
                return [*(other for other in others if other is not each), _scaled(ratio / a), linoid(u)]
        return None

    def ratio(self, one: sp.Expr, other: sp.Expr) -> float | None:
        """The number of which one expression is the other's multiple; None where there is none."""
        if self.is_constant(one):
            return None
        one, other = (sp.expand(each.xreplace(self._parameters(each))) for each in (one, other))
        terms, others = ({k: float(v) for k, v in each.as_coefficients_dict().items()} for each in (one, other))
        if terms.keys() != others.keys():
            return None
        ratios = [terms[key] / others[key] for key in terms]
        return ratios[0] if all(math.isclose(each, ratios[0], rel_tol=1e-9) for each in ratios) else None

    def _parameters(self, node: sp.Expr) -> dict[sp.Basic, sp.Float]:
        return {
            symbol: sp.Float(float(self.constants[symbol.name]))
            for symbol in node.free_symbols
            if isinstance(symbol, sp.Symbol)
            and symbol.name in self.constants
            and not np.ndim(self.constants[symbol.name])
        }


def _scaled(number: float) -> sp.Expr:
    return sp.S.One if number == 1 else sp.Float(number)


def _shifted(argument: sp.Expr, by: float) -> sp.Expr:
    return argument + sp.Float(by) if by else argument
