"""A stage's response from its reduced equations: transfer function and what offsets do, with every small error in it.

The Laplace variable is `S`. Errors are symbols that are zero in an ideal part; all else is read off by derivatives
with respect to them. A stage with a multiplier in its loop solves ``m = v(x + XOS)(1 + GE)/scale + ...`` for v.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import sympy as sp

from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.cell.stage import Roles
from vle_analog.engine.reduce import CURRENT, GIN, A, Reduced, T, reduced
from vle_analog.errors import CircuitError
from vle_analog.laws import LAWS
from vle_analog.laws.law import Pair

S = sp.Symbol("s")
#: an input resistor, the sum of weights R/R_k of all inputs, the sum of conductances 1/R_k
INPUT, WEIGHTS, CONDUCTANCES = sp.symbols("Rk g Gin")
#: of an op-amp: 1/gain, 1/(gain-bandwidth product in rad/s), offset, current into its inverting input
ONE_OVER_GAIN, ONE_OVER_SPEED, OFFSET, BIAS = sp.symbols((A, T, "VOS", "IB"))
#: of a multiplier: the law's scale and errors, its pole's time constant; the voltages of its factors
SCALE, X_OFFSET, Y_OFFSET, OUTPUT_OFFSET, GAIN_ERROR = sp.symbols("scale XOS YOS ZOS GE")
FEEDTHROUGH, POLE, X, Y, DENOMINATOR = sp.symbols("FX TM x y D")

#: of a nonlinear cell: volts per unit of its argument and of its value; kT/q
KIN, KOUT, THERMAL = sp.symbols("kin kout VT")
#: what is known of pairs, by role
CURVES: Mapping[str, Pair] = {law.name: law.pair for law in LAWS.values() if law.pair}

OPAMP_ERRORS = (ONE_OVER_GAIN, ONE_OVER_SPEED, OFFSET, BIAS)
MULTIPLIER_ERRORS = (GAIN_ERROR, X_OFFSET, Y_OFFSET, OUTPUT_OFFSET, FEEDTHROUGH, POLE)


@dataclass(frozen=True)
class Response:
    """What a block makes of one input.

    Attributes:
        transfer: from the input's voltage to the output's, in `S`.
        offset: what is at the output without input, in `S`: a constant's part is its value at S = 0.
        errors: symbols that are zero in ideal parts.
    """

    transfer: sp.Expr
    offset: sp.Expr
    errors: tuple[sp.Symbol, ...]

    def ideal(self) -> sp.Expr:
        """The transfer function of ideal parts."""
        return sp.factor(self.transfer.subs(dict.fromkeys(self.errors, 0)))

    def relative(self) -> dict[sp.Symbol, sp.Expr]:
        """Sensitivities by error: d ln(transfer) / d error at ideal parts."""
        return {error: _slope(sp.log(self.transfer), error, self.errors) for error in self.errors}

    def absolute(self) -> dict[sp.Symbol, sp.Expr]:
        """Sensitivities by error: d offset / d error at ideal parts."""
        return {error: _slope(self.offset, error, self.errors) for error in self.errors}


def _slope(expression: sp.Expr, error: sp.Symbol, errors: tuple[sp.Symbol, ...]) -> sp.Expr:
    others = dict.fromkeys((each for each in errors if each != error), 0)
    return sp.cancel(sp.diff(expression.subs(others), error).subs(error, 0))


@cache
def response(cell: Cell, roles: Roles) -> Response:
    """The response of a stage to its input, or to the voltage at one input resistor `INPUT`.

    Args:
        cell: of a stage.
        roles: of the cells that it uses, by name.

    Raises:
        CircuitError: it cannot be reduced, or has several inputs.
    """
    law = reduced(cell, roles)
    factor = () if law.product is None else law.product.factor
    known = {law.noninverting, law.summing, cell.ports[cell.output], *factor}
    inputs = [port for port in cell.ports if port not in known]
    if len(inputs) > 1:
        raise CircuitError(f"several inputs: {', '.join(inputs)}", where=f"cell '{cell.name}'")
    gains = {name: _transfer(law, name) for name in (law.noninverting, CURRENT, *inputs)}
    wanted = gains[inputs[0]] if inputs else gains[CURRENT] / INPUT
    offset = gains[law.noninverting] * OFFSET - gains[CURRENT] * BIAS
    found = Response(wanted, offset, OPAMP_ERRORS)
    if law.product is not None:
        found = _solved(law, wanted, offset)
    conductances = sp.S.Zero if inputs else _conductances(found, gains[CURRENT])
    return Response(
        found.transfer.subs(sp.Symbol(GIN), conductances), found.offset.subs(sp.Symbol(GIN), conductances), found.errors
    )


def _transfer(law: Reduced, source: str) -> sp.Expr:
    """Transfer to the output, lag included, or of a product's volts, by a port's voltage or the current into s."""
    order = len(law.states)
    found = law.output.get(source, sp.S.Zero)
    if order:
        rates = sp.Matrix(order, order, lambda row, column: law.rates[row].get(law.states[column], 0))
        driven = sp.Matrix([rate.get(source, 0) for rate in law.rates])
        read = sp.Matrix([[law.output.get(state, 0) for state in law.states]])
        found += (read * (S * sp.eye(order) - rates).inv() * driven)[0]
    return found if law.product is not None else found / (1 + law.lag * S)


def _solved(law: Reduced, wanted: sp.Expr, offset: sp.Expr) -> Response:
    """The output that makes the product what the stage's currents ask for."""
    assert law.demand is not None
    factor = (1 + GAIN_ERROR) * (DENOMINATOR + X_OFFSET) / SCALE
    left = (1 + GAIN_ERROR) * FEEDTHROUGH * DENOMINATOR**2 / SCALE + factor * Y_OFFSET + OUTPUT_OFFSET
    by_output = factor / (1 + POLE * S) + sum(each * S**n for n, each in enumerate(law.demand))
    return Response(wanted / by_output, (offset - left) / by_output, OPAMP_ERRORS + MULTIPLIER_ERRORS)


def _conductances(found: Response, by_current: sp.Expr) -> sp.Expr:
    """Conductances of all inputs together: by their weights, where a resistor takes the feedback at low frequencies."""
    numerator, denominator = sp.fraction(sp.cancel(by_current.subs(dict.fromkeys(found.errors, 0))))
    at_rest = denominator.subs(S, 0)
    return CONDUCTANCES if at_rest == 0 else sp.cancel(-WEIGHTS * at_rest / numerator.subs(S, 0))


def multiplier() -> tuple[sp.Expr, dict[sp.Symbol, sp.Expr]]:
    """A multiplier's product, and d output / d error at ideal parts for each of its errors but the pole.

    The law is the one by which cells of the role state their parameters.
    """
    output = (1 + GAIN_ERROR) * ((X + X_OFFSET) * (Y + Y_OFFSET) + FEEDTHROUGH * X**2) / SCALE + OUTPUT_OFFSET
    errors = MULTIPLIER_ERRORS[:-1]
    return X * Y / SCALE, {error: _slope(output, error, errors) for error in errors}


def curve(role: str) -> sp.Expr:
    """A nonlinear cell's output at the voltage `X`, as cells of the role state their law.

    Args:
        role: one of `CURVES`.
    """
    pair = CURVES[role]
    return KOUT * pair.formula(X / KIN + OFFSET / (pair.thermal * THERMAL))


def coefficient(expression: sp.Expr, power: int) -> sp.Expr:
    """Coefficient of S**power in the Laurent series at S = 0 of a rational function."""
    numerator, denominator = sp.fraction(sp.cancel(expression))
    order = _valuation(denominator)
    finite = sp.cancel(numerator / sp.cancel(denominator / S**order))
    wanted = power + order
    if wanted < 0:
        return sp.S.Zero
    return sp.factor(sp.diff(finite, S, wanted).subs(S, 0) / sp.factorial(wanted))


def order(ideal: sp.Expr) -> int:
    """Zeros at S = 0 less poles there: 1 of a differentiator, -1 of an integrator."""
    numerator, denominator = sp.fraction(sp.cancel(ideal))
    return _valuation(numerator) - _valuation(denominator)


def times(ideal: sp.Expr) -> tuple[tuple[sp.Expr, ...], tuple[sp.Expr, ...]]:
    """Time constants of a transfer function's poles and of its zeros, those at S = 0 left out."""
    numerator, denominator = sp.fraction(sp.cancel(ideal))
    return _constants(denominator), _constants(numerator)


def shift(relative: sp.Expr, constant: sp.Expr) -> sp.Expr:
    """d ln(time constant of a pole) / d error, by d ln(transfer) / d error: its residue is how the pole moves."""
    pole = -1 / constant
    return sp.factor(sp.cancel((S - pole) * relative).subs(S, pole) / -pole)


def _valuation(polynomial: sp.Expr) -> int:
    return min(power for (power,), _ in sp.Poly(polynomial, S).terms())


def _constants(polynomial: sp.Expr) -> tuple[sp.Expr, ...]:
    rest = sp.Poly(sp.cancel(polynomial / S ** _valuation(polynomial)), S)
    roots: Mapping[sp.Expr, int] = sp.roots(rest)
    return tuple(sp.factor(-1 / root) for root, times in roots.items() for _ in range(times))
