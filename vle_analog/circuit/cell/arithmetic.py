"""Arithmetic of cells: the value of an expression such as ``{1k*(kin/52.61m-1)}``, given what its names stand for."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping

from vle_analog.circuit.cell import reader
from vle_analog.errors import CircuitError

#: characters of the longest expression
_LONGEST = 500
_OPERATORS: Mapping[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
#: functions that SPICE has by the same name
_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "exp": math.exp, "ln": math.log, "log": math.log, "sqrt": math.sqrt, "abs": abs, "max": max, "min": min,
}  # fmt: skip


def evaluated(text: str, names: Mapping[str, float]) -> float:
    """The value of an expression, in braces or not; names in any case, numbers as SPICE writes them.

    Args:
        text: sums, products, quotients and elementary functions.
        names: what is known, keys in lower case.

    Raises:
        CircuitError: it is none of these, or has no finite value.
    """
    inside = text.strip().removeprefix("{").removesuffix("}")
    try:
        if len(inside) > _LONGEST:
            raise ValueError
        value = _value(ast.parse(reader.with_plain_numbers(inside).strip(), mode="eval").body, names)
        if not math.isfinite(value):
            raise ValueError
    except (SyntaxError, ValueError, KeyError, TypeError, ArithmeticError, RecursionError, MemoryError):
        raise CircuitError(
            f"'{text}' has no value here",
            hint=f"write sums, products and {', '.join(_FUNCTIONS)} of numbers and of parameters",
        ) from None
    return value


def _value(node: ast.AST, names: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=float(number)):
            return number
        case ast.Name(id=name):
            return names[name.lower()]
        case ast.BinOp(left, sign, right):
            return _OPERATORS[type(sign)](_value(left, names), _value(right, names))
        case ast.UnaryOp(sign, operand):
            return _OPERATORS[type(sign)](_value(operand, names))
        case ast.Call(ast.Name(id=name), arguments, []):
            return float(_FUNCTIONS[name.lower()](*(_value(each, names) for each in arguments)))
    raise ValueError
