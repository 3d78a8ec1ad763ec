"""A value that remembers how it was computed: what a function does to numbers, as an expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np
import sympy as sp

from vle_analog.errors import EquationError
from vle_analog.laws.hyperbolic import cosh, sinh, tanh

#: numpy's functions of arrays in symbols
_FUNCTIONS: Mapping[np.ufunc, Callable[..., sp.Expr]] = {
    np.add: lambda a, b: a + b,
    np.subtract: lambda a, b: a - b,
    np.multiply: lambda a, b: a * b,
    np.divide: lambda a, b: a / b,
    np.power: lambda a, b: a**b,
    np.float_power: lambda a, b: a**b,
    np.negative: lambda a: -a,
    np.positive: lambda a: a,
    np.square: lambda a: a**2,
    np.reciprocal: lambda a: 1 / a,
    np.sqrt: sp.sqrt,
    np.cbrt: sp.cbrt,
    np.exp: sp.exp,
    np.expm1: lambda a: sp.exp(a) - 1,
    np.log: sp.log,
    np.log1p: lambda a: sp.log(1 + a),
    np.log2: lambda a: sp.log(a) / sp.log(2),
    np.log10: lambda a: sp.log(a) / sp.log(10),
    np.sin: sp.sin,
    np.cos: sp.cos,
    np.tan: sp.tan,
    np.arcsin: sp.asin,
    np.arccos: sp.acos,
    np.arctan: sp.atan,
    np.sinh: sinh,
    np.cosh: cosh,
    np.tanh: tanh,
    np.absolute: sp.Abs,
    np.fabs: sp.Abs,
    np.sign: sp.sign,
    np.maximum: sp.Max,
    np.minimum: sp.Min,
    np.heaviside: sp.Heaviside,
}
_METHODS = {function.__name__: symbolic for function, symbolic in _FUNCTIONS.items()}


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """A value that is an expression; arithmetic and numpy's functions of it are such values again.

    Args:
        expression: that it is.
    """

    def __init__(self, expression: sp.Expr) -> None:
        self.expression = expression

    def __array_ufunc__(self, function: np.ufunc, method: str, *values: Any, **how: Any) -> Any:
        if method != "__call__" or how:
            return NotImplemented
        if any(isinstance(value, np.ndarray) and value.ndim for value in values):  # element by element
            return function(*(np.asarray(value, object) for value in values))
        if function not in _FUNCTIONS:
            if function.__name__ in ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal"):
                self._branches()
            raise EquationError(
                f"numpy.{function.__name__} is not known of signals",
                hint=f"known: {', '.join(sorted(each.__name__ for each in _FUNCTIONS))}",
            )
        return Traced(_FUNCTIONS[function](*map(plain, values)))

    def __getattr__(self, name: str) -> Any:
        """Numpy asks elements of an array for methods of its functions' names."""
        if name in _METHODS:
            return lambda *others: Traced(_METHODS[name](self.expression, *map(plain, others)))
        raise AttributeError(f"a signal has no '{name}'")

    def __bool__(self) -> bool:
        self._branches()

    def _branches(self) -> NoReturn:
        raise EquationError(
            "it branches on the value of a signal",
            hint="a circuit computes all the time: use numpy.maximum, numpy.sign or a smooth function",
        )


def plain(value: Any) -> sp.Expr:
    """The expression of a value: a number, or a traced one.

    Raises:
        EquationError: it is neither.
    """
    if isinstance(value, Traced):
        return value.expression
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return plain(value.item())
    try:
        return sp.sympify(value, strict=True)
    except sp.SympifyError:
        raise EquationError(
            f"no value of a derivative: {type(value).__name__}", hint="return numbers and what is computed of state"
        ) from None
