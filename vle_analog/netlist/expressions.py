"""Expressions of ngspice read into trees, and written out as another simulator spells them.

What looks the same means different things. All of the following was measured on ngspice 39:

- ``a^b`` and ``a**b`` are |a|^b, of voltages as of parameters, and bind from the left; elsewhere ``^`` is exclusive or.
- ``pow(a, b)`` is |a|^b of voltages and a^b of parameters.
- ``pwr(a, b)`` is |a|^b with the sign of a.
- ``log`` is the natural logarithm, which Xyce takes to base 10.
- Braces inside of a behavioural source's expression are dropped: ``V(a)/{b+c}`` is V(a)/b + c. Where that would change
  the meaning, they are refused. The multiplier ``m={b+c}`` is a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import NamedTuple

from vle_analog.errors import CircuitError

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(?P<unit>[a-z]*)"
    r"|(?P<probe>[vi])\s*\((?P<nodes>[^()]*)\)|(?P<name>[a-z_]\w*)"
    r"|(?P<sign>\*\*|<=|>=|==|!=|&&|\|\||[-+*/^<>!?:(),{}]))",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"(meg|[tgkmunpf]?)", re.IGNORECASE)
_LEVELS = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "^": 8, "**": 8,
}  # fmt: skip
_SIGNED, _ATOM = 7, 9
#: brackets, calls, signs and conditions inside each other, at most
MAX_DEPTH = 50
#: quantities that are no parameters, and what they are called elsewhere
CONSTANTS = {"time": "time", "pi": "pi", "temper": "temp"}


class Text(NamedTuple):
    """A written expression and how tightly its outermost operator binds."""

    text: str
    level: int
    bare: int = _ATOM  # that of what ngspice sees: less than ``level`` within braces

    def within(self, level: int) -> str:
        """Text in brackets if it binds less tightly than ``level``."""
        return self.text if self.level >= level else f"({self.text})"


@dataclass(frozen=True)
class Spelling:
    """How a simulator writes expressions.

    Attributes:
        simulator: its name, for errors.
        functions: by ngspice's name.
        operators: comparisons and logic, by ngspice's.
        nested: what stands around an expression of parameters within one of voltages.
    """

    simulator: str
    functions: Mapping[str, str]
    operators: Mapping[str, str]
    nested: tuple[str, str]

    def around(self, inner: Text) -> Text:
        """An expression of parameters within one of voltages."""
        opening, closing = self.nested
        if opening == "(":
            return Text(inner.text, inner.level, inner.level)
        return Text(f"{opening}{inner.text}{closing}", _ATOM, inner.level)


def listed(names: str) -> tuple[str, ...]:
    """Names that stand in one text."""
    return tuple(names.split())


#: functions that have one name and meaning in all dialects, and two that only ngspice calls so
COMMON = {
    **{name: name for name in listed("abs sqrt exp ln log10 sin cos tan asin acos atan sinh cosh tanh")},
    **{name: name for name in listed("asinh acosh atanh min max floor ceil uramp sgn")},
    "log": "ln",
    "pwl": "table",
}


def spelled(text: str, parameters: Set[str], spelling: Spelling, *, of_voltages: bool) -> str:
    """An expression of ngspice as another simulator writes it.

    Args:
        text: without the braces around an expression of parameters.
        parameters: names that it may use, in lower case.
        spelling: the simulator's.
        of_voltages: whether it is a behavioural source's, in which braces enclose what depends on parameters alone.

    Raises:
        CircuitError: a name, function, operator or number that has no counterpart, by its name.
    """
    return _Reader(text, parameters, spelling, of_voltages).all().text


def behaviour(text: str, multiplier: str | None, parameters: Set[str], spelling: Spelling) -> str:
    """A behavioural source's expression with its multiplier, a number or an expression in braces, as `spelled`."""
    whole = _Reader(text, parameters, spelling, True).all()
    if multiplier is None:
        return whole.text
    if not multiplier.startswith("{"):
        return f"{whole.within(_LEVELS['*'])}*{number(multiplier)}"
    factor = _Reader(multiplier[1:-1], parameters, spelling, False).all()
    return f"{whole.within(_LEVELS['*'])}*{spelling.around(factor).within(_ATOM)}"


def number(text: str) -> str:
    """A number as every simulator reads it: without a unit, with SPICE's prefixes, and ``Meg`` for mega.

    Raises:
        CircuitError: it is none.
    """
    match = _TOKEN.fullmatch(text.strip().lstrip("+-"))
    if match is None or not match["number"]:
        raise CircuitError(f"'{text}' is not a number", hint="put expressions of parameters into braces")
    sign = "-" if text.strip().startswith("-") else ""
    return sign + _scaled(match)


def _scaled(match: re.Match[str]) -> str:
    unit = match["unit"].lower()
    if unit.startswith("mil") or unit.startswith("a"):
        raise CircuitError(f"'{match[0].strip()}' ends in a prefix that simulators read differently", hint="use 1e-6")
    prefix = _PREFIX.match(unit)
    return match["number"] + (prefix[1].replace("meg", "Meg") if prefix else "")


class _Reader:
    """Reads an expression from left to right and writes it in the same pass."""

    def __init__(self, text: str, parameters: Set[str], spelling: Spelling, of_voltages: bool) -> None:
        self.text, self.parameters, self.spelling = text, parameters, spelling
        self.of_voltages, self.nested = of_voltages, False
        self.tokens = list(self._tokens())
        self.at = self.depth = 0

    def _tokens(self) -> Iterator[re.Match[str]]:
        at, text = 0, self.text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise self._refused(f"'{text[at:].strip()[:20]}' in the expression '{text}' is not understood")
            yield match
            at = match.end()

    def _refused(
        self, what: str, hint: str = "write it with + - * / and functions that all simulators have"
    ) -> Exception:
        return CircuitError(what, hint=hint)

    def _braces(self) -> Exception:
        return self._refused(
            f"ngspice drops braces in the expression '{self.text}', which changes its meaning",
            "write ({...}) for {...}",
        )

    def _next(self) -> str:
        """The sign that comes next; empty for an operand and at the end."""
        return self.tokens[self.at]["sign"] or "" if self.at < len(self.tokens) else ""

    def _take(self, sign: str) -> None:
        if self._next() != sign:
            raise self._refused(f"'{sign}' is missing in the expression '{self.text}'")
        self.at += 1

    def all(self) -> Text:
        """The whole expression."""
        found = self._choice()
        if self.at < len(self.tokens):
            raise self._refused(f"'{self.tokens[self.at][0].strip()}' in the expression '{self.text}' is one too many")
        return found

    def _deeper(self, inner: Callable[[], Text]) -> Text:
        """What is nested by one level more."""
        if self.depth >= MAX_DEPTH:
            raise self._refused(f"an expression is nested deeper than {MAX_DEPTH} levels", "split it among sources")
        self.depth += 1
        found = inner()
        self.depth -= 1
        return found

    def _choice(self) -> Text:
        return self._deeper(self._chosen)

    def _chosen(self) -> Text:
        condition = self._operation(1)
        if self._next() != "?":
            return condition
        self._take("?")
        first = self._choice()
        self._take(":")
        return Text(f"if({condition.text}, {first.text}, {self._choice().text})", _ATOM)

    def _operation(self, level: int) -> Text:
        """Operators of at least a level, from the left."""
        left = self._operand(level)
        while (sign := self._next()) in _LEVELS and (at := _LEVELS[sign]) >= level:
            self.at += 1
            right = self._operation(at + 1)
            if left.bare < at or right.bare < at or (right.bare == at and sign not in ("+", "*")):
                raise self._braces()
            if sign in ("^", "**"):
                left = self._power(left, right)
            else:
                left = Text(f"{left.within(at)}{self._operator(sign)}{right.within(at + 1)}", at)
        return left

    def _operator(self, sign: str) -> str:
        if sign in "+-*/":
            return sign
        if sign not in self.spelling.operators:
            raise self._refused(f"{self.spelling.simulator} has no operator '{sign}'")
        return self.spelling.operators[sign]

    def _power(self, base: Text, exponent: Text) -> Text:
        return Text(f"abs({base.text})**{exponent.within(_ATOM)}", _LEVELS["**"])

    def _operand(self, level: int) -> Text:
        if (sign := self._next()) in ("-", "+", "!") and sign:
            self.at += 1
            inner = self._deeper(lambda: self._operation(_SIGNED))
            if sign == "!":
                return Text(f"{self._operator('!')}{inner.within(_ATOM)}", _SIGNED)
            if inner.bare < _LEVELS["*"]:
                raise self._braces()
            return Text(f"-{inner.within(_ATOM)}", _SIGNED) if sign == "-" else inner
        if sign in ("(", "{"):
            return self._bracketed(sign)
        if sign or self.at >= len(self.tokens):
            raise self._refused(f"an operand is missing in the expression '{self.text}'")
        token = self.tokens[self.at]
        self.at += 1
        if token["number"]:
            return Text(_scaled(token), _ATOM)
        if token["probe"]:
            return self._probe(token)
        if self._next() == "(":
            return self._call(token["name"].lower())
        return self._named(token["name"])

    def _bracketed(self, sign: str) -> Text:
        self._take(sign)
        if sign == "(":
            inner = self._choice()
            self._take(")")
            return inner._replace(bare=_ATOM)
        if not self.of_voltages or self.nested:
            raise self._refused(f"the braces in the expression '{self.text}' are nested")
        self.nested = True
        inner = self._choice()
        self.nested = False
        self._take("}")
        return self.spelling.around(inner)

    def _probe(self, token: re.Match[str]) -> Text:
        if not self.of_voltages or self.nested:
            raise self._refused(
                f"'{token[0].strip()}' is no parameter", "voltages belong into B sources, outside braces"
            )
        nodes = ",".join(each.strip() for each in token["nodes"].split(","))
        return Text(f"{token['probe'].upper()}({nodes})", _ATOM)

    def _named(self, name: str) -> Text:
        low = name.lower()
        if low in self.parameters:
            plain = Text(name, _ATOM)
            return self.spelling.around(plain) if self.of_voltages and not self.nested else plain
        if low == "pi" or (low in CONSTANTS and self.of_voltages and not self.nested):
            return Text(CONSTANTS[low], _ATOM)
        raise self._refused(f"'{name}' in the expression '{self.text}' is not a parameter", "declare it in the cell")

    def _call(self, name: str) -> Text:
        self._take("(")
        given = [self._choice()]
        while self._next() == ",":
            self._take(",")
            given.append(self._choice())
        self._take(")")
        special: dict[str, Callable[[Text, Text], Text]] = {"pow": self._pow, "pwr": self._pwr}
        if name in special and len(given) == 2:
            return special[name](*given)
        if name not in self.spelling.functions:
            raise self._refused(f"{self.spelling.simulator} has no function '{name}' as ngspice means it")
        return Text(f"{self.spelling.functions[name]}({','.join(each.text for each in given)})", _ATOM)

    def _pow(self, base: Text, exponent: Text) -> Text:
        if self.of_voltages:
            return self._power(base, exponent)
        return Text(f"{base.within(_ATOM)}**{exponent.within(_ATOM)}", _LEVELS["**"])

    def _pwr(self, base: Text, exponent: Text) -> Text:
        return Text(f"pwrs({base.text},{exponent.text})", _ATOM)
