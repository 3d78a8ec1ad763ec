"""A quantity: an expression of what is measured on a run, ``abs(period(x) - 6.28)``, read from a user's text.

Besides the measures of one run (`MEASURES`) it may hold ``nrmse(x)``, the error against the ideal over the ideal's
range, ``nrmse`` alone, the worst of all outputs, and ``error(...)``: by how much an expression differs from the same
expression of the ideal, over the latter.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from vle_analog.compare.measures import MEASURES
from vle_analog.compare.metrics import ComparisonError, samples, trace_nrmse
from vle_analog.compare.timing import EVENT_MEASURES, event_timings
from vle_analog.errors import UsageError, nearest
from vle_analog.waveforms import Waveforms

#: the error against the ideal, and how far an expression is from the ideal's
NRMSE, ERROR = "nrmse", "error"
_LENGTH, _DEPTH = 500, 20
_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: lambda base, power: float(base**power),
}
_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "abs": abs,
    "min": min,
    "max": max,
    "sqrt": math.sqrt,
    "log10": math.log10,
}
_EXAMPLE = "e.g. 'nrmse(x)<=0.02' or 'abs(period(x) - 6.28)<=0.1'"


@dataclass(frozen=True)
class Evidence:
    """Two runs, one held against the other.

    Attributes:
        ideal: the reference's waveforms, its inputs among them, model units.
        board: the circuit's.
        outputs: names of all signals that are compared.
    """

    ideal: Waveforms
    board: Waveforms
    outputs: Sequence[str]


@dataclass(frozen=True)
class Quantity:
    """What is measured on a run.

    Attributes:
        text: the expression, as it is told.
    """

    text: str

    @staticmethod
    def parsed(text: str) -> Quantity:
        """A quantity from its text.

        Raises:
            UsageError: it cannot be read, or speaks of a measure that there is none of; says which.
        """
        quantity = Quantity(" ".join(text.split()))
        quantity._check(quantity._tree, 0)
        return quantity

    @property
    def is_error(self) -> bool:
        """Whether it is 0 for a run that is its ideal: an NRMSE or an error alone."""
        node = self._tree
        name = node.func if isinstance(node, ast.Call) else node
        return isinstance(name, ast.Name) and name.id in (NRMSE, ERROR)

    @property
    def as_error(self) -> Quantity:
        """Itself where it is an error, else its error against the ideal's."""
        return self if self.is_error else Quantity(f"{ERROR}({self.text})")

    @cached_property
    def signals(self) -> tuple[str, ...]:
        """Names of the signals that it speaks of, in order."""
        calls = [node for node in ast.walk(self._tree) if isinstance(node, ast.Call)]
        others = {id(node.func) for node in calls} | {id(node.args[0]) for node in calls if _of_event(node)}
        names = [node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name) and id(node) not in others]
        return tuple(name for name in dict.fromkeys(names) if name != NRMSE)

    @cached_property
    def events(self) -> tuple[str, ...]:
        """Names of the events that it speaks of, in order."""
        names = [
            ast.unparse(node.args[0]) for node in ast.walk(self._tree) if isinstance(node, ast.Call) and _of_event(node)
        ]
        return tuple(dict.fromkeys(names))

    def of(self, evidence: Evidence) -> float | None:
        """The quantity of a run; None where it did not stay finite, or where there is nothing to measure.

        Raises:
            UsageError: no such signal.
        """
        try:
            return self.measured(evidence)
        except ComparisonError:
            return None

    def measured(self, evidence: Evidence) -> float:
        """The quantity of a run.

        Raises:
            UsageError: no such signal.
            ComparisonError: why there is none.
        """
        try:
            value = _value(self._tree, evidence)
        except (ArithmeticError, ValueError, TypeError) as error:
            raise ComparisonError(f"'{self}' cannot be computed: {error}") from None
        if not isinstance(value, float | int) or not math.isfinite(value):
            raise ComparisonError(f"'{self}' is not finite")
        return value

    @cached_property
    def _tree(self) -> ast.expr:
        if len(self.text) > _LENGTH:
            raise UsageError(f"a criterion of {len(self.text)} characters", hint=f"at most {_LENGTH}")
        try:
            return ast.parse(self.text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise UsageError(f"'{self.text}' is no expression of measured quantities", hint=_EXAMPLE) from None

    def _check(self, node: ast.expr, depth: int) -> None:
        if depth > _DEPTH:
            raise UsageError(f"'{self.text}' is nested too deeply", hint=f"at most {_DEPTH} levels")
        match node:
            case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
                return
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=inner):
                self._check(inner, depth + 1)
            case ast.BinOp(op=op) if type(op) in _OPERATORS:
                self._check(node.left, depth + 1)
                self._check(node.right, depth + 1)
            case ast.Name(id=name) if name == NRMSE:
                return
            case ast.Call(func=ast.Name(id=name), keywords=[]):
                self._check_call(name, node.args, depth)
            case ast.Name(id=name):
                known = [each.signature for each in MEASURES.values()]
                raise UsageError(
                    f"'{self.text}': '{name}' is not measured",
                    hint=f"say what of it: nrmse({name}), {', '.join(known)}",
                )
            case _:
                raise UsageError(f"'{self.text}': cannot measure '{ast.unparse(node)}'", hint=_EXAMPLE)

    def _check_call(self, name: str, arguments: Sequence[ast.expr], depth: int) -> None:
        """Refuse functions that there are none of, and arguments that are not theirs."""
        if name in _FUNCTIONS or name == ERROR:
            if not arguments or (name not in ("min", "max") and len(arguments) > 1):
                raise UsageError(f"'{self.text}': {name} takes one argument")
            for argument in arguments:
                self._check(argument, depth + 1)
            return
        if name == NRMSE:
            signals, numbers, form = 1, 0, "nrmse(x)"
        elif name in EVENT_MEASURES:
            signals, numbers, form = 1, 0, f"{name}(x)"
        elif name in MEASURES:
            signals, numbers, form = MEASURES[name].signals, MEASURES[name].numbers, MEASURES[name].signature
        else:
            known = [NRMSE, ERROR, *MEASURES, *EVENT_MEASURES, *_FUNCTIONS]
            raise UsageError(f"'{self.text}': nothing is called '{name}'", hint=nearest(name, known))
        fits = len(arguments) == signals + numbers and all(isinstance(each, ast.Name) for each in arguments[:signals])
        if not fits or not all(isinstance(each, ast.Constant) for each in arguments[signals:]):
            what = "an event's name for x" if name in EVENT_MEASURES else "signals' names for x and u"
            raise UsageError(f"'{self.text}': write {form}, with {what}")

    def __str__(self) -> str:
        return self.text


def _of_event(call: ast.Call) -> bool:
    """Whether it measures an event."""
    return isinstance(call.func, ast.Name) and call.func.id in EVENT_MEASURES


def _value(node: ast.expr, evidence: Evidence) -> float:
    """The number that a checked expression is."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.UnaryOp(op=op, operand=inner):
            return -_value(inner, evidence) if isinstance(op, ast.USub) else _value(inner, evidence)
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_value(left, evidence), _value(right, evidence))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _called(name, arguments, evidence)
    return max(trace_nrmse(evidence.ideal, evidence.board, evidence.outputs).values())


def _called(name: str, arguments: Sequence[ast.expr], evidence: Evidence) -> float:
    if name == ERROR:
        ideal = Evidence(evidence.ideal, evidence.ideal, evidence.outputs)
        true = _value(arguments[0], ideal)
        return abs(_value(arguments[0], evidence) - true) / (abs(true) or 1.0)
    if name in _FUNCTIONS:
        return float(_FUNCTIONS[name](*(_value(each, evidence) for each in arguments)))
    names = [each.id for each in arguments if isinstance(each, ast.Name)]
    if name == NRMSE:
        return trace_nrmse(evidence.ideal, evidence.board, names)[names[0]]
    if name in EVENT_MEASURES:
        return EVENT_MEASURES[name].of(event_timings(evidence.ideal, evidence.board)[names[0]])
    numbers = [_value(each, evidence) for each in arguments[len(names) :]]
    waves = [evidence.board if each in evidence.board.signals else evidence.ideal for each in names]  # inputs are exact
    return MEASURES[name].of(*(each for pair in map(samples, waves, names) for each in pair), *numbers)
