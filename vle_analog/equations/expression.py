"""Text -> sympy expression, safely: Python's parser with a whitelist, never ``eval`` or ``sympify``.

Names mean what the caller declares and nothing else (`E`, `I` and `S` are ordinary names; only
``pi`` is known beforehand). Everything is refused at once that could blow up later: deep nesting,
high powers, huge numbers.
"""

from __future__ import annotations

import ast
import itertools
import math
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeAlias

import sympy as sp

from vle_analog.equations.functions import (
    COMPOSITES,
    SIGNATURES,
    SPELLINGS,
    SUPPORTED,
    functions_hint,
    larger,
    smaller,
)
from vle_analog.equations.operators import delay
from vle_analog.equations.segments import Segments, refused_points
from vle_analog.equations.size import (
    MAX_POWER,
    check_size,
    check_size_of,
    degree_and_terms,
    finite_power,
    is_short_power,
    numbers_finite,
    short,
    tidy,
    too_large,
)
from vle_analog.equations.system import names_in
from vle_analog.errors import EquationError, nearest
from vle_analog.laws.heaviside import heaviside
from vle_analog.laws.law import Nonlinearity

#: what may be written for an expression in Python
Expression: TypeAlias = sp.Expr | str | float

TIME = "t"
"""As expressions call the time."""

MAX_LENGTH = 4000
"""Most characters in one expression."""
MAX_DEPTH = 50
"""Deepest nesting of brackets, calls and powers (long sums and products are not nested)."""
MAX_CALLS = 6
"""Most function calls inside each other (sympy's cost of tanh(tanh(...)) grows fourfold with each)."""
MAX_NODES = 1500
"""Most names, numbers and operations in one expression."""

DERIVATIVES = {"d", "D", "ddt", "der", "derivative", "Derivative", "diff", "dot", "dt"}
_EXPLICIT = "give the derivative of each state under [states]; for x + tau*dx/dt write prospective(x, tau)"
_RIGHT_SIDE = "write only the right-hand side, for example '-x + drive'"
_CHARACTERS = {
    '"': ("a text string", "an expression is made of names, numbers and + - * / **"),
    "[": ("square brackets", "give each signal a name of its own, for example x_1 and x_2"),
    "]": ("square brackets", "give each signal a name of its own, for example x_1 and x_2"),
    "{": ("braces", "use round brackets"),
    "}": ("braces", "use round brackets"),
    "!": ("an exclamation mark", "write not (x > 0), or x <= 0"),
    ":": ("a colon", "an expression is made of names, numbers and + - * / **; no lambda, no assignment"),
    ";": ("a semicolon", "write one expression"),
    "^": ("'^'", "write powers with **, for example x**2"),
    "#": ("a comment", "put comments outside the quotation marks"),
    "\\": ("a backslash", "an expression is made of names, numbers and + - * / **"),
}


def parse_expression(
    text: str,
    symbols: Mapping[str, sp.Expr],
    *,
    where: str,
    functions: Mapping[str, Callable[..., Any]] = SUPPORTED,
    constants: Set[str] = frozenset(),
) -> sp.Expr:
    """The sympy expression that a text of Python syntax stands for.

    Args:
        text: one line of names, numbers, ``+ - * / **``, brackets, calls of ``functions``, and conditions, which are 0
            or 1.
        symbols: what each name means.
        where: the text's place, for errors.
        functions: what may be called; arguments of a law or an operator after the first must be constants.
        constants: the names in ``symbols`` that do not vary in time.

    Raises:
        EquationError: anything else, saying where, what and what to write instead.
    """
    tree = _parsed(text, where)
    expression = _Builder(symbols, functions, constants, where).built(tree, 0)
    check_size(expression, where)
    return expression


def parse_condition(
    text: str, symbols: Mapping[str, sp.Expr], *, where: str, constants: Set[str] = frozenset()
) -> sp.Expr:
    """What is positive where a condition holds, and rises through 0 when it begins to: ``b - a`` of ``a < b``.

    Args:
        text: comparisons of expressions, with and, or, not.
        symbols, where, constants: as of `parse_expression`.

    Raises:
        EquationError: anything else.
    """
    margin = _Builder(symbols, SUPPORTED, constants, where).margin(_parsed(text, where), 0)
    check_size(margin, where)
    return margin


def _parsed(text: str, where: str) -> ast.expr:
    """The syntax tree of a text.

    Raises:
        EquationError: it is none, or larger than any expression is.
    """
    _refuse_foreign_text(text, where)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the parser's advice on "1if x" and the like
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        reason = (getattr(error, "msg", None) or str(error) or type(error).__name__).split("(<")[0].strip()
        hint = "write products with *, for example 2*x" if "literal" in reason else _RIGHT_SIDE
        raise EquationError(f"'{short(text)}' is not an expression: {reason}", where=where, hint=hint) from None
    if sum(1 for _ in zip(ast.walk(tree), range(2 * MAX_NODES), strict=False)) >= 2 * MAX_NODES:
        raise too_large("more than", MAX_NODES, "names, numbers and operations", where)
    return tree


def _refuse_foreign_text(text: str, where: str) -> None:
    """Refuses what no expression contains before any parser sees it."""

    if not text.strip():
        raise EquationError("the expression is empty", where=where, hint="write '0' for nothing")
    if len(text) > MAX_LENGTH:
        raise too_large("longer than", MAX_LENGTH, "characters", where)
    if (foreign := _foreign(text)) is not None:
        what, hint = foreign
        raise EquationError(f"{what} in '{short(text)}'", where=where, hint=hint)
    depths = itertools.accumulate((character == "(") - (character == ")") for character in text)
    if max(depths, default=0) > MAX_DEPTH:
        raise too_large("nested deeper than", MAX_DEPTH, "levels", where)


def _foreign(text: str) -> tuple[str, str] | None:
    """What a text has that no expression contains, and what to do about it; None where there is nothing."""
    if any(ord(character) < 32 and character != "\t" for character in text):
        return "a line break or control character", "write the expression on one line"
    if (odd := next((character for character in text if ord(character) > 126), None)) is not None:
        return f"the character '{odd}' (U+{ord(odd):04X})", "use ASCII letters, digits and + - * / **"
    if "__" in text:
        return "a double underscore", "no name has one, and no Python code is run: write an expression of names"
    if re.search(r"[=!]=", text):
        return "a comparison for equality", "signals are equal for no longer than a moment: compare with < and >"
    if ";" in text:
        return _CHARACTERS[";"]
    if re.search(r"(?<![<>])=", text):
        return "an equals sign", _RIGHT_SIDE
    if "'" in text:
        quoted = re.search(r"(^|[^\w)'])'", text)
        return _CHARACTERS['"'] if quoted else ("a derivative (')", f"the system must be explicit: {_EXPLICIT}")
    for character in text:
        if character in _CHARACTERS:
            return _CHARACTERS[character]
        if character in "&|~":
            return f"'{character}'", "write conditions with and, or, not"
        if character in "@$%?`":
            return f"'{character}'", "the operators are + - * / **"
    return None


@dataclass(frozen=True)
class _Builder:
    """Python syntax tree -> sympy, one method per kind of node."""

    symbols: Mapping[str, sp.Expr]
    functions: Mapping[str, Callable[..., Any]]
    constants: Set[str]
    where: str

    def refuse(self, what: str, hint: str | None = None) -> EquationError:
        return EquationError(what, where=self.where, hint=hint)

    def built(self, node: ast.expr, depth: int) -> sp.Expr:
        if depth > MAX_DEPTH:
            raise too_large("nested deeper than", MAX_DEPTH, "levels", self.where)
        if isinstance(node, ast.Constant):
            return self.number(node)
        if isinstance(node, ast.Name):
            return self.name(node.id)
        if isinstance(node, ast.UnaryOp):
            return self.signed(node, depth)
        if isinstance(node, ast.BinOp):
            return self.operation(node, depth)
        if isinstance(node, ast.Call):
            return self.call(node, depth)
        if isinstance(node, ast.Compare | ast.BoolOp):
            return self.condition(node, depth)
        if isinstance(node, ast.IfExp):
            otherwise = self.built(node.orelse, depth + 1)
            return otherwise + self.condition(node.test, depth + 1) * (self.built(node.body, depth + 1) - otherwise)
        if isinstance(node, ast.Attribute):
            raise self.refuse(
                f"attribute access '.{node.attr}'", "names have no parts, and no Python code is run: use plain names"
            )
        kind = _KINDS.get(type(node), "this Python syntax")
        raise self.refuse(f"{kind} in '{_source(node)}'", "an expression is made of names, numbers and + - * / **")

    def operation(self, node: ast.BinOp, depth: int) -> sp.Expr:
        if isinstance(node.op, ast.Add | ast.Sub):
            return self.sum(node, depth)
        if isinstance(node.op, ast.Mult | ast.Div):
            return self.product(node, depth)
        if isinstance(node.op, ast.Pow):
            return self.power(node, depth)
        raise self.refuse(f"unsupported operator in '{_source(node)}'", "the operators are + - * / **")

    def condition(self, node: ast.expr, depth: int) -> sp.Expr:
        """1 where a condition holds, 0 where not."""
        if depth > MAX_DEPTH:
            raise too_large("nested deeper than", MAX_DEPTH, "levels", self.where)
        if isinstance(node, ast.Constant) and isinstance(node.value, bool):
            return sp.Integer(int(node.value))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return 1 - self.condition(node.operand, depth + 1)
        if isinstance(node, ast.BoolOp):
            holding = [self.condition(each, depth + 1) for each in node.values]
            if isinstance(node.op, ast.And):
                return sp.Mul(*holding)
            return 1 - sp.Mul(*[1 - each for each in holding])
        if isinstance(node, ast.Compare):
            sides = [self.built(each, depth + 1) for each in (node.left, *node.comparators)]
            if not all(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in node.ops):
                raise self.refuse(f"the comparison '{_source(node)}'", "compare with < and >")
            return sp.Mul(
                *[
                    heaviside(right - left if isinstance(op, ast.Lt | ast.LtE) else left - right)
                    for op, left, right in zip(node.ops, sides, sides[1:], strict=False)
                ]
            )
        raise self.refuse(f"'{_source(node)}' is not a condition", "compare with < and >, for example x > 0")

    def margin(self, node: ast.expr, depth: int) -> sp.Expr:
        """What is positive where a condition holds."""
        if depth > MAX_DEPTH:
            raise too_large("nested deeper than", MAX_DEPTH, "levels", self.where)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return -self.margin(node.operand, depth + 1)
        if isinstance(node, ast.BoolOp):
            choose = smaller if isinstance(node.op, ast.And) else larger
            return self.finite(reduce(choose, [self.margin(each, depth + 1) for each in node.values]))
        if not isinstance(node, ast.Compare):
            raise self.refuse(f"'{_source(node)}' is not a condition", "compare with < and >, for example x > 0")
        if not all(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in node.ops):
            raise self.refuse(f"the comparison '{_source(node)}'", "compare with < and >")
        sides = [self.built(each, depth + 1) for each in (node.left, *node.comparators)]
        margins = [
            right - left if isinstance(op, ast.Lt | ast.LtE) else left - right
            for op, left, right in zip(node.ops, sides, sides[1:], strict=False)
        ]
        return self.finite(reduce(smaller, margins))

    def piecewise(self, node: ast.Call, depth: int) -> sp.Expr:
        """``Piecewise((x, x > 0), (0, True))``: the value at the first condition that holds."""
        write = f"write {SIGNATURES['Piecewise']}"
        pairs = [each.elts for each in node.args if isinstance(each, ast.Tuple) and len(each.elts) == 2]
        if not pairs or len(pairs) < len(node.args) or node.keywords:
            raise self.refuse(f"'{_source(node)}' is not made of pairs of value and condition", write)
        last = pairs[-1][1]
        if not (isinstance(last, ast.Constant) and last.value is True):
            raise self.refuse(f"'{_source(node)}' leaves open what else it is", f"end it with (0, True): {write}")
        value = self.built(pairs[-1][0], depth + 1)
        for each, condition in reversed(pairs[:-1]):
            value = value + self.condition(condition, depth + 1) * (self.built(each, depth + 1) - value)
        return self.finite(value)

    def table(self, node: ast.Call, depth: int) -> sp.Expr:
        """``table(x, (0, 0), (1, 2), (3, 1))``: straight lines between points, flat beyond them."""
        write = "write table(x, (0, 0), (1, 2), (3, 1)), with numbers, or name the points in [tables]"
        pairs = [each.elts for each in node.args[1:] if isinstance(each, ast.Tuple) and len(each.elts) == 2]
        if len(pairs) < len(node.args) - 1 or len(pairs) < 2 or node.keywords:
            raise self.refuse(f"'{_source(node)}' is not made of a signal and points", write)
        points = [[self.built(each, depth + 1) for each in pair] for pair in pairs]
        if not all(each.is_number for pair in points for each in pair):
            raise self.refuse(f"a point of '{_source(node)}' is not made of numbers", write)
        x, y = ([float(each) for each in column] for column in zip(*points, strict=True))
        if (objection := refused_points(x, y)) is not None:
            raise self.refuse(f"'{_source(node)}': {objection[0]}", objection[1])
        return self.finite(Segments(tuple(x), tuple(y))(self.built(node.args[0], depth + 1)))

    def number(self, node: ast.Constant) -> sp.Expr:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refuse(f"'{short(str(value))}' is not a real number", "write a number such as 1.5 or 2e-3")
        try:
            finite = math.isfinite(float(value))
        except OverflowError:
            finite = False
        if not finite:
            raise self.refuse("a number that is too large", "numbers stay below 1e308")
        return tidy(sp.Integer(value)) if isinstance(value, int) else sp.Float(value)

    def name(self, name: str) -> sp.Expr:
        if name in self.symbols:
            return self.symbols[name]
        if name == "pi":
            return sp.pi
        if name in self.functions:
            raise self.refuse(f"the function '{name}' has no argument", f"write {SIGNATURES.get(name, f'{name}(x)')}")
        raise self.refuse(f"unknown name '{name}'", nearest(name, self.symbols))

    def signed(self, node: ast.UnaryOp, depth: int) -> sp.Expr:
        if isinstance(node.op, ast.Not):
            return self.condition(node, depth)
        if not isinstance(node.op, ast.USub | ast.UAdd):
            raise self.refuse(f"unsupported operator in '{_source(node)}'", "the operators are + - * / **")
        value = self.built(node.operand, depth + 1)
        return -value if isinstance(node.op, ast.USub) else value

    def sum(self, node: ast.BinOp, depth: int) -> sp.Expr:
        terms = []
        for op, operand in _spine(node, (ast.Add, ast.Sub)):
            term = self.built(operand, depth + 1)
            terms.append(-term if isinstance(op, ast.Sub) else term)
        return self.finite(sp.Add(*terms))

    def product(self, node: ast.BinOp, depth: int) -> sp.Expr:
        factors = []
        for op, operand in _spine(node, (ast.Mult, ast.Div)):
            factor = self.built(operand, depth + 1)
            factors.append(self.divisor(factor, operand) if isinstance(op, ast.Div) else factor)
        check_size_of(sum(degree_and_terms(each)[0] for each in factors), self.where)
        return self.finite(sp.Mul(*factors))

    def divisor(self, factor: sp.Expr, operand: ast.expr) -> sp.Expr:
        if factor.is_zero:
            raise self.refuse(f"division by '{_source(operand)}', which is zero", "change the divisor")
        return tidy(1 / factor)

    def power(self, node: ast.BinOp, depth: int) -> sp.Expr:
        return self.raised(node, self.built(node.left, depth + 1), self.built(node.right, depth + 1))

    def raised(self, node: ast.expr, base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
        """A power, which a node stands for."""
        if exponent.is_Float and float(exponent).is_integer():
            exponent = sp.Integer(int(exponent))
        plain = not base.has(Nonlinearity) and not exponent.has(Nonlinearity)  # a law's number has no digits yet
        if plain and base.is_number and exponent.is_number:
            if not finite_power(base, exponent):
                if base.is_zero:
                    raise self.refuse(f"division by zero in '{_source(node)}'", "change the divisor")
                raise self.refuse(
                    f"the power '{_source(node)}' is not a finite real number",
                    "numbers stay below 1e308, and roots are of positive ones",
                )
            if not is_short_power(base, exponent):
                return sp.Float(float(base) ** float(exponent))
        if exponent.is_Integer:
            if abs(int(exponent)) > MAX_POWER and not base.is_Number:
                raise self.refuse(f"a power above {MAX_POWER}", f"powers are {-MAX_POWER} to {MAX_POWER}")
            check_size_of(degree_and_terms(base)[0] * abs(int(exponent)), self.where)
        return self.finite(base**exponent)

    def call(self, node: ast.Call, depth: int) -> sp.Expr:
        if not isinstance(node.func, ast.Name):
            if isinstance(node.func, ast.Attribute):
                self.built(node.func, depth)
            raise self.refuse(
                f"'{_source(node.func)}' is called like a function", "write products with *, as in 2*(x + y)"
            )
        name = node.func.id
        if name in self.symbols:
            return self.past(node, depth)
        if name not in self.functions:
            name = SPELLINGS.get(name, name)
        if name == "Piecewise":
            return self.piecewise(node, depth)
        if name == "table" and name not in self.functions:
            return self.table(node, depth)
        if name not in self.functions:
            if name in DERIVATIVES:
                raise self.refuse(f"the derivative '{_source(node)}' makes the system not explicit", _EXPLICIT)
            raise self.refuse(f"unsupported function '{name}'", functions_hint(name, self.functions))
        if node.keywords:
            raise self.refuse(f"a keyword argument in '{_source(node)}'", f"write {SIGNATURES.get(name, name)}")
        function = self.functions[name]
        counts = getattr(function, "nargs", None)
        if counts is not None and len(node.args) not in counts:
            raise self.refuse(
                f"{name} with {len(node.args)} argument(s)", f"write {SIGNATURES.get(name, f'{counts} arguments')}"
            )
        if _nested_calls(node) > MAX_CALLS:
            raise too_large("nested deeper than", MAX_CALLS, "function calls", self.where)
        arguments = [self.built(arg, depth + 1) for arg in node.args]
        for value, source in zip(arguments[1:], node.args[1:], strict=True):
            if name not in COMPOSITES and not names_in(value) <= self.constants:
                raise self.refuse(
                    f"'{_source(source)}' in {name} varies in time",
                    "use numbers and parameters from the second argument on",
                )
        if name == "pow":
            return self.raised(node, *arguments)
        return self.finite(function(*arguments))

    def past(self, node: ast.Call, depth: int) -> sp.Expr:
        """``x(t - T)``: a signal as it was a time T ago."""
        name = node.func.id  # type: ignore[attr-defined]
        moment = node.args[0] if len(node.args) == 1 and not node.keywords else None
        of_time = isinstance(moment, ast.BinOp) and isinstance(moment.left, ast.Name) and moment.left.id == TIME
        if (
            not isinstance(moment, ast.BinOp)
            or not of_time
            or not isinstance(moment.op, ast.Sub)
            or TIME in (name, *self.constants)
        ):
            raise self.refuse(
                f"'{name}' is not a function", f"write products with *, as in {name}*(...), a delay as delay({name}, T)"
            )
        duration = self.built(moment.right, depth + 1)
        if not names_in(duration) <= self.constants:
            raise self.refuse(
                f"the delay '{_source(moment.right)}' of {name} varies in time", "use numbers and parameters there"
            )
        return delay(self.symbols[name], duration)

    def finite(self, value: sp.Expr) -> sp.Expr:
        if not numbers_finite(value):
            raise self.refuse("a number that is not finite or too large", "numbers stay below 1e308")
        return tidy(value)


_KINDS: dict[type, str] = {
    ast.Lambda: "a lambda",
    ast.Subscript: "square brackets",
    ast.Starred: "a starred argument",
    ast.Tuple: "a comma",
    ast.GeneratorExp: "a loop",
}


def _spine(node: ast.expr, kinds: tuple[type[ast.operator], ...]) -> Iterator[tuple[ast.operator | None, ast.expr]]:
    """The operands of ``a + b - c + ...`` from left to right, each with the operator before it."""
    operands: list[tuple[ast.operator | None, ast.expr]] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, kinds):
        operands.append((node.op, node.right))
        node = node.left
    return reversed([*operands, (None, node)])


def _nested_calls(node: ast.AST) -> int:
    """How many calls stand inside each other, counted no further than a little over MAX_CALLS."""
    level, depth = [node], 0
    while level and depth <= MAX_CALLS:
        depth += 1
        inside: list[ast.AST] = []
        pending = [child for each in level for child in ast.iter_child_nodes(each)]
        while pending:
            child = pending.pop()
            if isinstance(child, ast.Call):
                inside.append(child)
            else:
                pending.extend(ast.iter_child_nodes(child))
        level = inside
    return depth


def _source(node: ast.AST) -> str:
    try:
        return short(ast.unparse(node))
    except RecursionError:
        return "..."
