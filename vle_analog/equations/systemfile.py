"""Systems from TOML files: the format of ``circuits/systems/*.toml``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sympy as sp
from pydantic import Field

from vle_analog.equations.checks import check, check_name, check_names
from vle_analog.equations.clock import clocked, with_time
from vle_analog.equations.expression import parse_condition, parse_expression
from vle_analog.equations.functions import CALLED
from vle_analog.equations.inputs import Setting, stimulus_of
from vle_analog.equations.past import read_history
from vle_analog.equations.segments import Segments, refused_points
from vle_analog.equations.stimulusfile import read_points
from vle_analog.equations.system import (
    Definition,
    EquationSystem,
    Event,
    Input,
    Parameter,
    Signal,
    State,
    signal,
)
from vle_analog.equations.tables import Number, Numbers, Table, inside, validated
from vle_analog.equations.tomlfile import read_toml
from vle_analog.errors import EquationError, SystemFileError
from vle_analog.stimulus import Piecewise


class _Time(Table):
    unit: Number
    span: Number


class _State(Table):
    derivative: str
    initial: Number


class _Event(Table):
    when: str
    set: dict[str, str | Number] = Field(min_length=1)


class _Outputs(Table):
    signals: list[str]


class _Points(Table):
    x: Numbers | None = None
    y: Numbers | None = None
    path: str | None = None


class _System(Table):
    name: str
    time: _Time
    parameters: dict[str, Number] = Field(default_factory=dict)
    inputs: dict[str, dict[str, Any]] = Field(default_factory=dict)
    states: dict[str, _State] = Field(default_factory=dict)
    definitions: dict[str, str] = Field(default_factory=dict)
    events: dict[str, _Event] = Field(default_factory=dict)
    history: dict[str, str | Number] = Field(default_factory=dict)
    tables: dict[str, _Points] = Field(default_factory=dict)
    outputs: _Outputs | None = None
    fidelity: dict[str, str] = Field(default_factory=dict)


def load_system(path: str | Path) -> EquationSystem:
    """The checked system that a TOML file describes; paths inside are relative to the file.

    Raises:
        SystemFileError: a file that cannot be read, is not TOML or not of this format.
        EquationError: names, expressions or a system that cannot be used. Both say the file, the
            place in it (``states.x.derivative``), what is wrong and what to do.
    """
    path = Path(path)
    tables = read_toml(path, "system file", "circuits/systems/")
    with inside(path.name):
        system = _system(validated(_System, tables, ()), path)
    check(system)
    with inside(path.name):
        _check_stimuli(system)
    return system


def _system(document: _System, path: Path) -> EquationSystem:
    parameters = tuple(Parameter(signal(name), value) for name, value in document.parameters.items())
    # names first: the expressions are read with them, and symbols of equal name would merge silently
    blank = EquationSystem(
        name=document.name,
        states=tuple(State(signal(name), sp.S.Zero) for name in document.states),
        definitions=tuple(Definition(signal(name), sp.S.Zero) for name in document.definitions),
        inputs=tuple(Input(signal(name), Piecewise([0.0], [0.0])) for name in document.inputs),  # type: ignore[arg-type]
        parameters=parameters,
    )
    check_names(blank)
    symbols, constants = with_time(blank.symbols), frozenset(document.parameters)

    functions: Mapping[str, Callable[..., Any]] = {**CALLED, **_tables(document, path.parent, blank)}

    def parsed(text: str, where: str) -> sp.Expr:
        return parse_expression(text, symbols, where=where, functions=functions, constants=constants)

    setting = Setting(path.parent, document.time.span, document.parameters)
    inputs = tuple(Input(signal(name), stimulus_of(name, table, setting)) for name, table in document.inputs.items())
    system = EquationSystem(
        name=document.name,
        states=tuple(
            State(signal(name), parsed(each.derivative, f"states.{name}.derivative"), each.initial)
            for name, each in document.states.items()
        ),
        definitions=tuple(
            Definition(signal(name), parsed(text, f"definitions.{name}")) for name, text in document.definitions.items()
        ),
        events=tuple(_event(name, each, symbols, constants) for name, each in document.events.items()),
        inputs=inputs,
        parameters=parameters,
        outputs=_outputs(document),
        unit=document.time.unit,
        span=document.time.span,
        origin=path.name,
        fidelity=document.fidelity,
    )
    return read_history(document.history, clocked(system))


def _tables(document: _System, folder: Path, blank: EquationSystem) -> dict[str, Segments]:
    """Functions that the file has as points, by their names.

    Raises:
        SystemFileError: points that make no function.
        EquationError: a name that is taken.
    """
    found = {}
    for name, table in document.tables.items():
        where = f"tables.{name}"
        check_name(name, where, node=False)
        if name in blank.symbols:
            raise EquationError(f"the name '{name}' is taken by a signal or parameter", where=where, hint="rename one")
        if (table.path is None) == (table.x is None or table.y is None):
            raise SystemFileError(
                "its points are not said, or twice",
                where=where,
                hint="give x and y, lists of numbers, or path, a CSV file",
            )
        if table.path is None:
            x, y = table.x or [], table.y or []
        else:
            with inside(f"{where}.path"):
                x, y = (column.tolist() for column in read_points(folder / table.path))
        if (objection := refused_points(x, y)) is not None:
            raise SystemFileError(objection[0], where=where, hint=objection[1])
        found[name] = Segments(tuple(x), tuple(y))
    return found


def _event(name: str, event: _Event, symbols: Mapping[str, Signal], constants: frozenset[str]) -> Event:
    """An event of the file.

    Raises:
        EquationError: a condition or value that is none.
    """
    margin = parse_condition(event.when, symbols, where=f"events.{name}.when", constants=constants)
    settings = tuple(
        (signal(state), parse_expression(str(value), symbols, where=f"events.{name}.set.{state}", constants=constants))
        for state, value in event.set.items()
    )
    return Event(name, margin, settings, event.when.strip())


def _outputs(document: _System) -> tuple[str, ...]:
    """The signals named; none means all states, so without any state all definitions."""
    named = document.outputs.signals if document.outputs else ()
    return tuple(named or (() if document.states else document.definitions))


def _check_stimuli(system: EquationSystem) -> None:
    """Refuses sequences too long for the span, before anything runs."""
    for each in system.inputs:
        try:
            for stimulus in each.stimuli:
                stimulus.max_step(system.span)
        except EquationError as error:
            raise SystemFileError(error.what, where=f"inputs.{each.symbol}.{error.where}", hint=error.hint) from None
