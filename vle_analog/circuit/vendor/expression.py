"""Expressions of PSpice and LTspice as trees: read, bound to what names stand for, reckoned as far as they are numbers.

What looks the same as in ngspice means something else: `LIMIT` clamps (ngspice 39 draws a random number), `PWR(x, y)`
is |x|^y and `PWRS` has the sign (ngspice's `pwr` is PSpice's `PWRS`), `**` is x^y (ngspice: |x|^y), ``^`` is exclusive
or, `M` is milli and `MEG` mega. Sources: "PSpice Reference Guide" (Cadence), table of functions in arithmetic
expressions; LTspice's help, "B. Arbitrary behavioral sources".
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from vle_analog.errors import CircuitError

_NUMBER = r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(?P<unit>[a-zµμ]*)"
_TOKEN = re.compile(
    rf"\s*(?:{_NUMBER}|(?P<probe>[vi])\s*\((?P<nodes>[^()]*)\)"
    r"|(?P<name>[a-z_$][\w$.]*)|(?P<sign>\*\*|<=|>=|==|!=|<>|&&|\|\||[-+*/^<>!~?:(),{}&|=]))",
    re.IGNORECASE,
)
_WHOLE_NUMBER = re.compile(rf"(?P<sign>[-+]?){_NUMBER}", re.IGNORECASE)
_EXPONENTS = {"t": 12, "g": 9, "k": 3, "m": -3, "u": -6, "µ": -6, "μ": -6, "n": -9, "p": -12, "f": -15}
_LEVELS = {
    "|": 1, "||": 1, "^": 2, "&": 3, "&&": 3, "==": 4, "!=": 4, "<>": 4, "=": 4, "<": 5, ">": 5, "<=": 5, ">=": 5,
    "+": 6, "-": 6, "*": 7, "/": 7, "**": 9,
}  # fmt: skip
_SIGNED = 8
#: how operators of truth are spelled in ngspice
_SPELLED = {"|": "||", "&": "&&", "^": "!=", "<>": "!=", "=": "=="}
#: operators whose value is true or false
LOGIC = frozenset({"||", "&&", "==", "!=", "<", ">", "<=", ">=", "!"})
#: quantities that are no parameters; TEMP in degrees C, VT the thermal voltage
VARIABLES = ("temp", "temper", "time", "vt")
#: terms of an expression, at most
_LARGEST = 20_000
#: degrees C at which what must be a number holds
NOMINAL = 27.0
#: Boltzmann's constant over the electron's charge, volts per kelvin
_VOLTS_PER_KELVIN = 8.617333262e-5
_KELVIN = 273.15


@dataclass(frozen=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True)
class Name:
    """A parameter, or one of `VARIABLES`; in lower case."""

    name: str


@dataclass(frozen=True)
class Voltage:
    """``V(a)`` or ``V(a,b)``."""

    nodes: tuple[str, ...]


@dataclass(frozen=True)
class Current:
    """``I(part)``."""

    part: str


@dataclass(frozen=True)
class Call:
    """A function or an operator; operators in ngspice's spelling, ``if`` for a choice.

    Raises:
        CircuitError: it has grown too large: functions of functions may double at each step.
    """

    name: str
    given: tuple[Tree, ...]
    size: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        size = 1 + sum(each.size if isinstance(each, Call) else 1 for each in self.given)
        if size > _LARGEST:
            raise CircuitError("an expression is too large", hint=f"it has over {_LARGEST} terms")
        object.__setattr__(self, "size", size)


Tree = Number | Name | Voltage | Current | Call


@dataclass(frozen=True)
class Function:
    """A function of a file's own: ``.func``."""

    arguments: tuple[str, ...]
    body: Tree


def _divided(a: float, b: float) -> float:
    return a / b if b else math.copysign(math.inf, a) if a else math.nan


def _table(x: float, *points: float) -> float:
    xs, ys = points[::2], points[1::2]
    if x <= xs[0]:
        return ys[0]
    for x0, y0, x1, y1 in zip(xs, ys, xs[1:], ys[1:], strict=False):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0) if x1 > x0 else y1
    return ys[-1]


#: what functions and operators of numbers are; `**` in its own right, all logic 1 or 0
RECKONED: dict[str, Callable[..., float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divided,
    "**": lambda a, b: a**b,
    "neg": lambda a: -a,
    "!": lambda a: float(not a),
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a != b),
    "<": lambda a, b: float(a < b),
    ">": lambda a, b: float(a > b),
    "<=": lambda a, b: float(a <= b),
    ">=": lambda a, b: float(a >= b),
    "&&": lambda a, b: float(bool(a) and bool(b)),
    "||": lambda a, b: float(bool(a) or bool(b)),
    "if": lambda c, a, b: a if c else b,
    "abs": abs,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log10": math.log10,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "atan2": math.atan2,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "min": min,
    "max": max,
    "limit": lambda x, low, high: min(max(x, low), high),
    "pwr": lambda x, y: abs(x) ** y,
    "pwrs": lambda x, y: math.copysign(abs(x) ** y, x) if x else 0.0,
    "sgn": lambda x: float((x > 0) - (x < 0)),
    "stp": lambda x: float(x > 0),
    "uramp": lambda x: max(x, 0.0),
    "floor": math.floor,
    "ceil": math.ceil,
    "int": math.trunc,
    "hypot": math.hypot,
    "table": _table,
}
#: other names of the same
_ALIASES = {"ln": "log", "arctan": "atan", "arcsin": "asin", "arccos": "acos", "u": "stp", "pow": "**"}
#: how functions are written that ngspice has under another name or not at all
_WRITTEN = {
    "neg": "(-{0})",
    "pwr": "pow(abs({0}),{1})",
    "pwrs": "pwr({0},{1})",
    "limit": "min(max({0},{1}),{2})",
    "stp": "u({0})",
    "int": "(sgn({0})*floor(abs({0})))",
    "hypot": "sqrt({0}*{0}+{1}*{1})",
}
#: how many arguments functions have, where not one; None for any number
_COUNTS: dict[str, int | None] = {
    "if": 3, "atan2": 2, "limit": 3, "pwr": 2, "pwrs": 2, "**": 2, "hypot": 2, "min": None, "max": None, "table": None,
}  # fmt: skip


def parse(text: str) -> Tree:
    """An expression, with or without braces or quotes around it.

    ``LIMIT`` is PSpice's or LTspice's, which agree where the second argument is the lower bound; ``LOG`` is natural in
    both.

    Raises:
        CircuitError: it cannot be read, or a function or operator has no meaning here; says which.
    """
    return _Reader(text.strip().strip("'\"")).all()


def number(text: str) -> float:
    """A number as SPICE writes it, ``M`` for milli.

    Raises:
        ValueError: it is none.
    """
    match = _WHOLE_NUMBER.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    return _scaled(match) * (-1 if match["sign"] == "-" else 1)


def _scaled(match: re.Match[str]) -> float:
    unit = match["unit"].lower()
    if unit.startswith("meg"):
        return float(f"{match['number']}e6") if "e" not in match["number"].lower() else float(match["number"]) * 1e6
    if unit.startswith("mil"):
        return float(match["number"]) * 25.4e-6
    exponent = _EXPONENTS.get(unit[:1], 0)
    if "e" in match["number"].lower():
        return float(match["number"]) * 10.0**exponent
    return float(f"{match['number']}e{exponent}")  # not a product: 0.3u is 3e-7 to the last bit


class _Reader:
    """Reads an expression from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.tokens: list[re.Match[str]] = []
        place = 0
        while place < len(text.rstrip()):
            match = _TOKEN.match(text, place)
            if match is None:
                raise CircuitError(f"'{text[place:].strip()[:20]}' in the expression '{text}' is not understood")
            self.tokens.append(match)
            place = match.end()

    def _next(self) -> str:
        return self.tokens[self.at]["sign"] or "" if self.at < len(self.tokens) else ""

    def _take(self, sign: str) -> None:
        if self._next() != sign:
            raise CircuitError(f"'{sign}' is missing in the expression '{self.text}'")
        self.at += 1

    def all(self) -> Tree:
        found = self._choice()
        if self.at < len(self.tokens):
            raise CircuitError(f"'{self.tokens[self.at][0].strip()}' in the expression '{self.text}' is one too many")
        return found

    def _choice(self) -> Tree:
        condition = self._operation(1)
        if self._next() != "?":
            return condition
        self._take("?")
        first = self._choice()
        self._take(":")
        return called("if", condition, first, self._choice())

    def _operation(self, level: int) -> Tree:
        left = self._operand()
        while (sign := self._next()) in _LEVELS and (at := _LEVELS[sign]) >= level:
            self.at += 1
            right = self._operation(at if sign == "**" else at + 1)  # powers from the right
            if sign == "^" and not (_may_be_true(left) and _may_be_true(right)):
                raise CircuitError(
                    f"'^' in the expression '{self.text}' is exclusive or in PSpice and LTspice, a power elsewhere",
                    hint="write ** for a power",
                )
            left = called(_SPELLED.get(sign, sign), left, right)
        return left

    def _operand(self) -> Tree:
        sign = self._next()
        if sign in ("-", "+"):
            self.at += 1
            inner = self._operation(_SIGNED)
            return called("neg", inner) if sign == "-" else inner
        if sign in ("!", "~"):
            self.at += 1
            return called("!", self._operation(_SIGNED))
        if sign in ("(", "{"):
            self.at += 1
            inner = self._choice()
            self._take(")" if sign == "(" else "}")
            return inner
        if sign or self.at >= len(self.tokens):
            raise CircuitError(f"an operand is missing in the expression '{self.text}'")
        token = self.tokens[self.at]
        self.at += 1
        if token["number"]:
            return self._number(token)
        if token["probe"]:
            return self._probe(token)
        name = token["name"].lower()
        if self._next() == "(":
            return self._call(name)
        return Number(math.pi) if name == "pi" else Name(name)

    def _number(self, token: re.Match[str]) -> Tree:
        """A number, unless a digit stands behind its prefix: ``4k7`` is 4.7k in LTspice and 4k elsewhere."""
        after = self.tokens[self.at] if self.at < len(self.tokens) else None
        if after is not None and after["number"] and after.start("number") == token.end():
            raise CircuitError(f"'{token[0].strip()}{after[0].strip()}' is read differently by simulators")
        return Number(_scaled(token))

    def _probe(self, token: re.Match[str]) -> Tree:
        names = tuple(each.strip().lower() for each in token["nodes"].split(","))
        if not all(names) or len(names) > 2 or (token["probe"].lower() == "i" and len(names) > 1):
            raise CircuitError(f"'{token[0].strip()}' is not understood")
        return Voltage(names) if token["probe"].lower() == "v" else Current(names[0])

    def _call(self, name: str) -> Tree:
        self._take("(")
        given = [self._choice()]
        while self._next() == ",":
            self._take(",")
            given.append(self._choice())
        self._take(")")
        name = _ALIASES.get(name, name)
        if name in RECKONED:
            count = _COUNTS.get(name, 1)
            if (count is not None and len(given) != count) or (
                name == "table" and (len(given) < 3 or not len(given) % 2)
            ):
                raise CircuitError(f"'{name}' in the expression '{self.text}' has {len(given)} arguments")
        return called(name, *given)


def called(name: str, *given: Tree) -> Tree:
    """A function's or operator's value: a number where all that it is given are numbers."""
    if name in RECKONED and all(isinstance(each, Number) for each in given):
        try:
            value = RECKONED[name](*(each.value for each in given if isinstance(each, Number)))
        except (ValueError, OverflowError, ZeroDivisionError):
            value = math.nan
        if isinstance(value, complex) or not math.isfinite(value):
            said = ", ".join(f"{each.value:g}" for each in given if isinstance(each, Number))
            raise CircuitError(f"'{name}' of {said} is no number")
        return Number(float(value))
    if name == "if" and isinstance(given[0], Number):
        return given[1] if given[0].value else given[2]
    return Call(name, given)


def is_logic(tree: Tree) -> bool:
    """Whether a value is true or false."""
    return isinstance(tree, Call) and tree.name in LOGIC


def _may_be_true(tree: Tree) -> bool:
    """Whether a value may be one of truth: what was reckoned already is 0 or 1."""
    return is_logic(tree) or (isinstance(tree, Number) and tree.value in (0.0, 1.0))


def bound(tree: Tree, values: Mapping[str, Tree], functions: Mapping[str, Function]) -> Tree:
    """A tree in which parameters are what they stand for, and functions of a file's own are written out.

    Args:
        tree: as read.
        values: of parameters, by name in lower case.
        functions: by name in lower case.

    Raises:
        CircuitError: a name or a function that nobody defines.
    """
    match tree:
        case Name(name):
            if name in values:
                return values[name]
            if name in VARIABLES:
                return Name("temp") if name == "temper" else tree
            raise CircuitError(f"nobody says what '{name}' is", hint="define it by .param or params:")
        case Call(name, given):
            inner = tuple(bound(each, values, functions) for each in given)
            if name in functions:
                own = functions[name]
                if len(own.arguments) != len(inner):
                    raise CircuitError(f"'{name}' has {len(own.arguments)} arguments, not {len(inner)}")
                return bound(own.body, {**values, **dict(zip(own.arguments, inner, strict=True))}, functions)
            if name not in RECKONED:
                raise CircuitError(f"the function '{name}' is not translated")
            return called(name, *inner)
    return tree


def mapped(tree: Tree, voltage: Callable[[Voltage], Tree], current: Callable[[Current], Tree]) -> Tree:
    """A tree with other voltages and currents in it."""
    match tree:
        case Voltage():
            return voltage(tree)
        case Current():
            return current(tree)
        case Call(name, given):
            return called(name, *(mapped(each, voltage, current) for each in given))
    return tree


def constant(tree: Tree) -> float | None:
    """A tree's value, at `NOMINAL`; None where it depends on voltages, currents or time."""
    match tree:
        case Number(value):
            return value
        case Name("temp"):
            return NOMINAL
        case Name("vt"):
            return _VOLTS_PER_KELVIN * (NOMINAL + _KELVIN)
        case Call(name, given):
            values = [constant(each) for each in given]
            if None in values:
                return None
            found = called(name, *(Number(value) for value in values if value is not None))
            return found.value if isinstance(found, Number) else None
    return None


def warm(tree: Tree) -> bool:
    """Whether it depends on temperature."""
    if isinstance(tree, Call):
        return any(map(warm, tree.given))
    return isinstance(tree, Name) and tree.name in ("temp", "vt")


def written(tree: Tree) -> str:
    """A tree as a behavioural source of ngspice has it."""
    match tree:
        case Number(value):
            return repr(value) if value >= 0 else f"({value!r})"
        case Name("temp"):
            return "temper"
        case Name("vt"):
            return f"({_VOLTS_PER_KELVIN!r}*(temper+{_KELVIN!r}))"
        case Name(name):
            return name
        case Voltage(nodes):
            return f"V({','.join(nodes)})"
        case Current(part):
            return f"I({part})"
        case Call(name, given):
            return _call(name, given)
    raise AssertionError(tree)


def _call(name: str, given: tuple[Tree, ...]) -> str:
    words = [written(each) for each in given]
    if name in _WRITTEN:
        return _WRITTEN[name].format(*words)
    match name:
        case "!":
            return f"(1-{words[0]})" if is_logic(given[0]) else f"({words[0]}==0)"
        case "if":
            condition = words[0] if is_logic(given[0]) else f"({words[0]}>0.5)"
            return f"({condition} ? {words[1]} : {words[2]})"
        case "**":
            return _power(given[0], given[1])
        case "min" | "max":
            found = words[0]
            for each in words[1:]:
                found = f"{name}({found},{each})"
            return found
        case "table":
            return _pwl(given)
        case "atan2":
            raise CircuitError("the function 'atan2' is not translated")
        case _ if name in _LEVELS or name in LOGIC:
            return f"({words[0]}{name}{words[1]})"
    return f"{name}({','.join(words)})"


def _power(base: Tree, exponent: Tree) -> str:
    """x^y; of a negative x only whole powers have a meaning."""
    text = written(base)
    if isinstance(exponent, Number) and exponent.value == int(exponent.value) and 0 < exponent.value <= 12:
        return "(" + "*".join([text] * int(exponent.value)) + ")"
    if isinstance(exponent, Number) and exponent.value == int(exponent.value) and exponent.value % 2:
        return f"pwr({text},{written(exponent)})"
    return f"pow(abs({text}),{written(exponent)})"


def _pwl(given: tuple[Tree, ...]) -> str:
    """A table, flat beyond its ends: ngspice's ``pwl`` goes on as it ends."""
    points = [constant(each) for each in given[1:]]
    if any(point is None for point in points):
        raise CircuitError("a table's points are no numbers")
    xs, ys = [float(x or 0) for x in points[::2]], [float(y or 0) for y in points[1::2]]
    if any(b <= a for a, b in pairwise(xs)):
        raise CircuitError("a table's first coordinates do not rise")
    if len(xs) == 1:
        return repr(ys[0])
    wide = xs[-1] - xs[0]
    xs, ys = [xs[0] - wide, *xs, xs[-1] + wide], [ys[0], *ys, ys[-1]]
    return f"pwl({written(given[0])},{','.join(f'{x!r},{y!r}' for x, y in zip(xs, ys, strict=True))})"
