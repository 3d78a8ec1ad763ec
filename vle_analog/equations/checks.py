"""Everything that must hold before a system of equations is simulated or built.

`check` serves files and systems built in Python alike: what it lets pass, the later stages may
take for granted.
"""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from vle_analog.equations.canonical import canonical
from vle_analog.equations.causality import check_causality
from vle_analog.equations.events import check_events
from vle_analog.equations.functions import SIGNATURES, SUPPORTED, functions_hint
from vle_analog.equations.operators import TemporalOperator, adjoint_prospective, delay, prospective, retrospective
from vle_analog.equations.past import check_history
from vle_analog.equations.size import check_size
from vle_analog.equations.system import (
    EquationSystem,
    Signal,
    indices_of,
    instance_names,
    name_of,
    names_in,
    shape_of,
)
from vle_analog.equations.templates import bound_indices, free_indices, numbers_of
from vle_analog.errors import EquationError, nearest, printable
from vle_analog.laws import LAWS, law_of
from vle_analog.stimulus import Constant, Gate, Phase, Stimulus

MAX_NAME = 32
"""Most characters in a name."""

RESERVED = {
    **dict.fromkeys(("gnd", "ground", "null"), "it is SPICE's ground"),
    **dict.fromkeys(("vdd", "vss", "vcc", "vee"), "it is a supply rail"),
    **dict.fromkeys(("time", "frequency"), "it is SPICE's axis of the results"),
    **dict.fromkeys(("hertz", "temper", "temp"), "it is a variable in SPICE expressions"),
    **dict.fromkeys(("all", "allv", "alli", "ally"), "it stands for groups of signals in SPICE"),
    **dict.fromkeys(("eq", "ne", "gt", "lt", "ge", "le"), "it is an operator in SPICE"),
    **dict.fromkeys(("limit", "gauss", "agauss", "unif", "aunif"), "ngspice 39 crashes on a node of that name"),
    "pi": "it is the number",
}
"""Names that a signal may not have, in any case, each with the reason.

Measured on ngspice 39 by naming a node so. ``v``, ``i``, ``e`` and ``c`` are harmless as node names.
"""


#: what may be called, in the laws' own words
_CALLED = {*(law.function for law in LAWS.values()), prospective, retrospective, delay}


def check_name(name: str, where: str, *, node: bool = True) -> None:
    """Refuses a name that Python, SPICE or this package could not use.

    Args:
        name: what is named.
        where: its place.
        node: whether it is a signal's, which SPICE sees; a parameter's it never does.

    Raises:
        EquationError: with the reason.
    """

    def refuse(why: str, hint: str) -> EquationError:
        return EquationError(f"the name '{_printable(name)}' cannot be used: {why}", where=where, hint=hint)

    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise refuse("it is not made of letters, digits and underscores", "start with an ASCII letter, as in x_1")
    if name.startswith("_") or name.endswith("_") or "__" in name:
        raise refuse("internal names have such underscores", "use single underscores between letters and digits")
    if len(name) > MAX_NAME:
        raise refuse(f"it has more than {MAX_NAME} characters", "shorten it")
    if keyword.iskeyword(name) or keyword.iskeyword(name.lower()):
        raise refuse("Python reserves it", f"choose another, as in {name}_1")
    if name == "pi":
        raise refuse("it is the number", f"choose another, as in {name}_1")
    if node and name.lower() in RESERVED:
        raise refuse(f"SPICE reserves it, {RESERVED[name.lower()]}", f"choose another, as in {name}_1")
    if (name.lower() if node else name) in SUPPORTED or name == "Sum":
        raise refuse("it is a function", f"choose another, as in {name}_1")


def check(system: EquationSystem) -> None:
    """Refuses a system that is not a complete, explicit set of equations made of what circuits can do.

    Raises:
        EquationError: the first fault found, with its place (``states.x.derivative``, after the
            system's origin where it has one) and what to do.
    """
    try:
        _check_frame(system)
        check_names(system)
        _check_values(system)
        for where, owner, expression in expressions_of(system):
            _ExpressionCheck(system, where, owner).run(expression)
        for event in system.events:
            check_name(event.name, f"events.{_printable(event.name)}")
        taken = {name.lower() for name in system.symbols}
        for where, owner, expression in check_events(system, taken):
            _ExpressionCheck(system, where, owner).run(expression)
        check_history(system)
        check_causality(system)
    except EquationError as error:
        raise (error.located(system.origin) if system.origin else error) from None


def expressions_of(system: EquationSystem) -> Iterator[tuple[str, Signal, sp.Expr]]:
    """Place, symbol and right-hand side of every equation."""
    for state in system.states:
        yield f"states.{name_of(state.symbol)}.derivative", state.symbol, state.derivative
    for definition in system.definitions:
        yield f"definitions.{name_of(definition.symbol)}", definition.symbol, definition.expression


def _declared(system: EquationSystem) -> Iterator[tuple[str, Any]]:
    """Place and symbol of everything that has a name."""
    for group in ("inputs", "states", "definitions", "parameters"):
        for each in getattr(system, group):
            symbol = each.symbol
            if not isinstance(symbol, sp.Symbol | sp.Indexed):
                raise EquationError(
                    f"'{symbol}' is not a symbol", where=group, hint="make it with signal(name, *indices)"
                )
            yield f"{group}.{_printable(name_of(symbol))}", symbol


def check_names(system: EquationSystem) -> None:
    """Refuses unusable names, equal names, and signals' names that are equal but for case, instances included.

    A parameter is no node: SPICE, which folds case, does not see its name.
    """
    places: dict[str, tuple[str, str]] = {}
    parameters: dict[str, str] = {}
    for where, symbol in _declared(system):
        node = not where.startswith("parameters.")
        check_name(name_of(symbol), where, node=node)
        indices = indices_of(symbol)
        if any(not isinstance(idx, sp.Idx) for idx in indices) or len(set(indices)) < len(indices):
            raise EquationError(
                f"'{symbol}' is not a template", where=where, hint="give it different indices, each made with index()"
            )
        if not node:
            name = name_of(symbol)
            other, place = places.get(name.lower(), ("", ""))
            if taken := parameters.get(name) or (place if other == name else ""):
                raise EquationError(f"the name '{name}' is taken by {taken}", where=where, hint="rename one of them")
            parameters[name] = where
            continue
        for name in dict.fromkeys([name_of(symbol), *instance_names(symbol)]):
            if name.lower() not in places:
                places[name.lower()] = (name, where)
                continue
            other, place = places[name.lower()]
            if other == name:
                raise EquationError(f"the name '{name}' is taken by {place}", where=where, hint="rename one of them")
            raise EquationError(
                f"'{name}' and '{other}' ({place}) differ only in case, which SPICE ignores",
                where=where,
                hint="rename one of them",
            )


def _check_frame(system: EquationSystem) -> None:
    """Name, time, outputs, and that there is something to solve."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,63}", system.name):
        raise EquationError(
            f"'{_printable(system.name)}' is not a name for a system",
            where="name",
            hint="use up to 64 ASCII letters, digits, _ and -, starting with a letter",
        )
    for key, value in (("unit", system.unit), ("span", system.span)):
        if not (math.isfinite(value) and value > 0):
            raise EquationError(
                f"{value} is not a positive, finite time", where=f"time.{key}", hint="give a number above 0"
            )
    if not system.states and not system.definitions:
        raise EquationError("there is nothing to solve", where="states", hint="declare at least one state")
    if not system.probes:
        raise EquationError("there is nothing to compare", where="outputs.signals", hint="name at least one signal")
    for name in system.outputs:
        if name not in system.signal_names:
            raise EquationError(
                f"unknown signal '{name}'", where="outputs.signals", hint=nearest(name, system.signal_names)
            )
    if len(set(system.outputs)) < len(system.outputs):
        raise EquationError("a signal is named twice", where="outputs.signals", hint="name each once")


def _check_values(system: EquationSystem) -> None:
    """Parameters, initial values and stimuli."""
    for parameter in system.parameters:
        _numbers(parameter.value, parameter.symbol, f"parameters.{name_of(parameter.symbol)}", "value")
    for state in system.states:
        _numbers(state.initial, state.symbol, f"states.{name_of(state.symbol)}.initial", "initial value")
    for each in system.inputs:
        where = f"inputs.{name_of(each.symbol)}"
        if not all(isinstance(stimulus, Stimulus) for stimulus in each.stimuli):
            raise EquationError("it has no stimulus", where=where, hint="give it one from vle_analog.stimulus")
        if each.gate and indices_of(each.symbol):
            raise EquationError("a gate is a scalar", where=where, hint="let one gate switch all instances")
        if each.gate and not all(_switches(stimulus) for stimulus in each.stimuli):
            raise EquationError(
                "a gate takes the values 0 and 1 only", where=where, hint="give it a Gate stimulus, or leave gate=False"
            )


def _switches(stimulus: Stimulus) -> bool:
    """Whether it takes the values 0 and 1 only."""
    return isinstance(stimulus, Gate | Phase) or (isinstance(stimulus, Constant) and stimulus.value in (0.0, 1.0))


def _numbers(value: Any, symbol: Signal, where: str, noun: str) -> None:
    try:
        array = np.asarray(value, float)
    except (TypeError, ValueError):
        raise EquationError(f"the {noun} is not a number", where=where, hint="give a real number") from None
    if not np.isfinite(array).all():
        raise EquationError(
            f"the {noun} {_example(array, ~np.isfinite(array))} is not finite", where=where, hint="give a finite number"
        )
    try:
        np.broadcast_to(array, shape_of(symbol))
    except ValueError:
        raise EquationError(
            f"the {noun} has shape {array.shape}, the signal {shape_of(symbol)}",
            where=where,
            hint="give one number, or one per instance",
        ) from None


class _ExpressionCheck:
    """All that one right-hand side must fulfil."""

    def __init__(self, system: EquationSystem, where: str, owner: Signal) -> None:
        self.system, self.where, self.owner = system, where, owner

    def refuse(self, what: str, hint: str) -> EquationError:
        return EquationError(what, where=self.where, hint=hint)

    def run(self, expression: sp.Expr) -> None:
        if not isinstance(expression, sp.Expr):
            raise self.refuse(f"'{expression}' is not an expression", "give a sympy expression")
        try:
            expression = canonical(expression, self.system.constants)
        except EquationError as error:
            raise self.refuse(error.what, error.hint or "") from None
        self.walk(expression)
        loose = set(free_indices(expression)) - set(indices_of(self.owner))
        if loose:
            names = ", ".join(sorted(map(str, loose)))
            raise self.refuse(
                f"the index {names} is not one of {self.owner}", "sum over it, or index the signal with it"
            )
        check_size(expression, self.where)

    def walk(self, node: sp.Expr) -> None:
        if isinstance(node, sp.Idx):
            raise self.refuse(f"the bare index {node} is used as a number", "use indices in square brackets only")
        if isinstance(node, sp.Symbol | sp.Indexed):
            self.occurrence(node)
        elif isinstance(node, sp.Add | sp.Mul):
            self.walk_all(node)
        elif isinstance(node, sp.Pow):
            self.power(node)
        elif isinstance(node, sp.Sum):
            self.sum(node)
        elif type(node) in _CALLED:
            self.call(node)
        elif node.is_Number or isinstance(node, sp.NumberSymbol):
            self.constant(node)
        else:
            raise self.unsupported(node)

    def walk_all(self, node: sp.Expr) -> None:
        fixed = [arg for arg in node.args if self.is_constant(arg)]
        for each in node.args:
            self.walk(each)
        if len(fixed) > 1:
            self.constant(node.func(*fixed))

    def is_constant(self, node: sp.Expr) -> bool:
        return self.system.is_constant(node) and not node.has(sp.Sum)

    def occurrence(self, node: Signal) -> None:
        name, declared = name_of(node), self.system.symbols.get(name_of(node))
        if declared is None:
            raise self.refuse(f"unknown name '{name}'", nearest(name, self.system.symbols))
        if any(not isinstance(each, sp.Idx) for each in indices_of(node)):
            raise self.refuse(
                f"'{node}' picks a single instance", "use indices made with index(), or a separate signal"
            )
        if shape_of(node) != shape_of(declared):
            raise self.refuse(
                f"'{node}' has shape {shape_of(node)}, but '{declared}' is declared with {shape_of(declared)}",
                "use as many indices as declared, of the same lengths",
            )

    def power(self, node: sp.Pow) -> None:
        """An integer power, of which a negative one is a quotient; all others are laws by now, or constant."""
        self.walk(node.base)
        if self.is_constant(node):
            self.constant(node)

    def sum(self, node: sp.Sum) -> None:
        for limit in node.limits:
            full = isinstance(limit[0], sp.Idx) and len(limit) == 3
            if not full or (limit[1], limit[2]) != (limit[0].lower, limit[0].upper):
                raise self.refuse(f"the sum over {limit[0]} is not over its whole range", "make sums with total()")
            if limit[0] in {*indices_of(self.owner), *bound_indices(node.function)}:
                raise self.refuse(
                    f"it sums over {limit[0]}, which the equation or an inner sum runs over already",
                    "use another index",
                )
        self.walk(node.function)

    def call(self, node: sp.Expr) -> None:
        name = type(node).__name__
        signature = SIGNATURES.get(name, name)
        for each in node.args:
            self.walk(each)
        for each in node.args[1:]:
            if not self.is_constant(each):
                raise self.refuse(f"'{each}' in {signature} varies in time", "use numbers and parameters there")
        if isinstance(node, TemporalOperator):
            if names_in(node.args[0]) <= self.system.constants.keys():
                raise self.refuse(f"{name} of a constant is that constant", f"write {node.args[0]} alone")
            tau = self.constant(node.args[1])
            if isinstance(node, delay):
                self.delay(node, tau)
            elif (tau <= 0).any():
                raise self.refuse(
                    f"the time constant {node.args[1]} of {name} is {_example(tau, tau <= 0)}",
                    "time constants are above 0",
                )
        elif len(node.args) > 1 and (law := law_of(node)) is not None:
            values = [self.constant(each) for each in node.args[1:]]
            if all(value.ndim == 0 for value in values) and (objection := law.objection(*values)) is not None:
                what, hint = objection
                raise self.refuse(f"{signature} {what}", hint)
        elif self.is_constant(node):
            self.constant(node)

    def delay(self, node: delay, duration: NDArray[np.float64]) -> None:
        """A delay by one positive time."""
        signal, name = node.args
        if duration.ndim:
            raise self.refuse(
                f"the delay {name} is another one for each instance of '{signal}'", "delay all by one time: a number"
            )
        if duration == 0:
            raise self.refuse(f"the delay {name} of '{signal}' is 0", f"write {signal} alone")
        if duration < 0:
            raise self.refuse(
                f"the delay {name} of '{signal}' is {duration:g}: that lies in the future", "delays are above 0"
            )

    def constant(self, node: sp.Expr) -> NDArray[np.float64]:
        """The constant's values, refused where they are not finite."""
        values = constant_values(node, self.system)
        if not np.isfinite(values).all():
            raise self.refuse(
                f"the constant '{node}' is {_example(values, ~np.isfinite(values))}",
                "change the parameters so that it is finite",
            )
        return values

    def unsupported(self, node: sp.Basic) -> EquationError:
        name = type(node).__name__
        if isinstance(node, sp.Derivative):
            return self.refuse(
                f"the derivative '{node}' makes the system not explicit",
                "solve for the derivatives of the states; for x + tau*dx/dt write prospective(x, tau)",
            )
        if isinstance(node, adjoint_prospective):
            return self.refuse(f"unsupported function '{name}'", "write it as 2*x - prospective(x, tau)")
        if isinstance(node, sp.Function):
            return self.refuse(f"unsupported function '{node.func}'", functions_hint(str(node.func)))
        if node in (sp.zoo, sp.I):
            return self.refuse(f"'{node}' is not a finite real number", "use real numbers and do not divide by zero")
        return self.refuse(f"unsupported term '{node}' ({name})", functions_hint(name))


def constant_values(expression: sp.Expr, system: EquationSystem) -> NDArray[np.float64]:
    """The values of an expression of numbers and parameters, over its indices; not finite where undefined."""
    if expression.is_Number:
        try:
            return np.asarray(float(expression))
        except (OverflowError, TypeError):
            return np.asarray(math.inf)
    with np.errstate(all="ignore"):
        try:
            return numbers_of(expression, system)
        except (ZeroDivisionError, OverflowError, TypeError):
            return np.asarray(math.nan)


def _printable(name: str) -> str:
    """A name as it may stand in a message, whatever it contains."""
    return printable(name[:40]).replace("\n", " ")


def _example(values: NDArray[np.float64], bad: NDArray[np.bool_]) -> str:
    """The first bad value, with its index where there are several."""
    place = np.argwhere(bad)[0]
    value = values[tuple(place)]
    return f"{value:g}" if not len(place) else f"{value:g} at index {tuple(int(each) for each in place)}"
