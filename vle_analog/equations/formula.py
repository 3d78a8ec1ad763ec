"""A stimulus that is an expression of time: ``sin(2*pi*0.1*t)*exp(-t/5)``, corners and jumps included."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from vle_analog.equations.expression import TIME, parse_expression
from vle_analog.equations.system import evaluate, signal
from vle_analog.errors import EquationError
from vle_analog.laws import LAWS
from vle_analog.stimulus import Array, Source, Stimulus, TableSource, inside

#: points among which corners are looked for and steps are judged, over the span
_LOOKED = 20_001
#: duration of what would be a jump, and how exactly corners are known, as fractions of the span
_EDGE, _EXACT = 1e-5, 1e-13
#: error of straight lines in a table, over the range; and its points at most
_TABLE_ERROR, _MOST = 1e-5, 100_000


class Formula(Stimulus):
    """An expression of time.

    Args:
        text: of the expression, as equations are written.
        span: of the run that it is for, model units.
        constants: values of names that it may use.
        where: its place, for errors.

    Raises:
        EquationError: no expression, another name than the time's and the constants', or a value that is not finite.
    """

    def __init__(self, text: str, span: float, constants: Mapping[str, float], where: str = "value") -> None:
        symbols = {name: signal(name) for name in (TIME, *constants)}
        self.text, self.span, self._constants = text, span, dict(constants)
        self._expression = parse_expression(text, symbols, where=where, constants=frozenset(constants))
        values = self._value(np.linspace(0.0, span, _LOOKED), self._expression)
        if not np.isfinite(values).all():
            place = span * int(np.argmin(np.isfinite(values))) / (_LOOKED - 1)
            raise EquationError(
                f"'{text}' is not finite at t = {place:.6g}", where=where, hint="keep logarithms and quotients in range"
            )

    def __repr__(self) -> str:
        return f"Formula({self.text!r}, {self._constants!r})"

    def __call__(self, t: Array) -> Array:
        t = np.asarray(t, float)
        values = self._value(t, self._expression)
        edge = _EDGE * self.span
        place = np.searchsorted(self._jumps, t, side="right") - 1
        near = (place >= 0) & (t < self._jumps[place] + edge) if len(self._jumps) else np.zeros(t.shape, bool)
        if np.any(near):
            corner = self._jumps[place[near]]
            before = self._value(corner - _EXACT * self.span, self._expression)
            after = self._value(corner + edge, self._expression)
            values[near] = before + (after - before) * (t[near] - corner) / edge
        return values

    def breakpoints(self, span: float) -> Array:
        return inside(np.unique(np.concatenate([self._corners, self._jumps + _EDGE * self.span])), span)

    def max_step(self, span: float) -> float | None:
        """Step at which straight lines are within 5e-4 of the range between the corners."""
        grid = np.linspace(0.0, self.span, _LOOKED)
        bend = np.abs(np.diff(self(grid), 2))
        away = np.ones(len(grid), bool)
        for shift in range(-3, 5):  # points within three steps of a corner bend without being coarse
            away[np.clip((self._corners / grid[1]).astype(int) + shift, 0, len(grid) - 1)] = False
        away = away[1:-1]
        worst = float(np.max(bend[away], initial=0.0)) / (self._range or 1.0)
        return None if worst < 1e-12 else float(grid[1] * np.sqrt(8 * 5e-4 / worst))

    def source(self, span: float, start: float = 0.0) -> Source:
        marks = np.concatenate([[0.0], inside(self.breakpoints(start + span) - start, span), [span]])
        step = self.max_step(span)
        count = 2 if step is None else int(np.ceil(span / step * np.sqrt(5e-4 / _TABLE_ERROR))) + 1
        times = np.unique(np.concatenate([marks, np.linspace(0.0, span, min(max(2, count), _MOST))]))
        return TableSource(times, self(start + times), sharp=len(marks) > 2)

    def _value(self, t: Array, expression: sp.Expr) -> Array:
        values = {name: np.asarray(value) for name, value in self._constants.items()}
        found = evaluate(expression, (), {**values, TIME: t})
        return np.array(np.broadcast_to(found, t.shape), float)

    @cached_property
    def _range(self) -> float:
        return float(np.ptp(self._value(np.linspace(0.0, self.span, _LOOKED), self._expression)))

    @cached_property
    def _corners(self) -> Array:
        """Times at which an argument of a function with corners crosses one of them."""
        grid = np.linspace(0.0, self.span, _LOOKED)
        found: list[Array] = []
        for argument in _cornered(self._expression):
            values = self._value(grid, argument)
            places = np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) < 0)
            low, high, left = grid[places], grid[places + 1], np.sign(values[places])
            while np.any(high - low > _EXACT * self.span):
                middle = 0.5 * (low + high)
                same = np.sign(self._value(middle, argument)) == left
                low, high = np.where(same, middle, low), np.where(same, high, middle)
            found.append(high)
            away = (values[:-2] != 0) | (values[2:] != 0)  # what stays at its corner has none there
            found.append(grid[1:-1][(values[1:-1] == 0) & away])
        return np.unique(np.concatenate(found)) if found else np.empty(0)

    @cached_property
    def _jumps(self) -> Array:
        """Corners at which the value itself jumps."""
        if not len(self._corners):
            return self._corners
        step = 10 * _EXACT * self.span
        leaps = np.abs(
            self._value(self._corners + step, self._expression) - self._value(self._corners - step, self._expression)
        )
        jumps: Array = self._corners[leaps > 1e-6 * (self._range or 1.0)]
        return jumps


def _cornered(expression: sp.Expr) -> list[sp.Expr]:
    """Arguments of all functions with corners, less the places where these are."""
    kinds: dict[Any, Any] = {law.function: law for law in LAWS.values() if law.slope is None}
    found: list[sp.Expr] = []
    for node in sp.preorder_traversal(expression):
        if node.func in kinds or node.func in (sp.Abs, sp.sign, sp.Heaviside):
            found += [node.args[0], *(node.args[0] - bound for bound in node.args[1:])]
        elif node.func in (sp.Max, sp.Min):
            first, *others = node.args
            found += [first - other for other in others]
        elif isinstance(node, sp.Piecewise):
            found += [relation.lhs - relation.rhs for _, test in node.args for relation in test.atoms(sp.Rel)]
    return found
