"""Systems from TOML files: the format of ``circuits/systems/*.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import pydantic
import sympy as sp
from pydantic import BaseModel, ConfigDict, Field

from vle_analog.equations.checks import check, check_names
from vle_analog.equations.expression import parse_expression
from vle_analog.equations.stimulusfile import read_csv
from vle_analog.equations.system import Definition, EquationSystem, Input, Parameter, State, signal
from vle_analog.errors import EquationError, SystemFileError, VleAnalogError, nearest
from vle_analog.sequences import Held
from vle_analog.stimulus import Clock, Piecewise, Sines, Stimulus

MAX_BYTES = 1_000_000
"""Largest system file."""

MAX_DEPTH = 16
"""Most parts of a dotted key; tomllib takes a time quadratic in them."""

_KEY_PART = r"""(?>[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*"""
_DEEP_KEY = re.compile(rf"(?:^[ \t]*\[{{0,2}}|[{{,])[ \t]*(?:{_KEY_PART}\.[ \t]*){{{MAX_DEPTH}}}", re.MULTILINE)

#: what expressions call the time, where nothing else is called so; not followed by a bracket, as x(t - tau) has it
TIME = "t"
_TIME = re.compile(rf"(?<![\w.]){TIME}(?![\w(])")

Number = Annotated[float, Field(allow_inf_nan=False)]
Numbers = Annotated[list[Number], Field(min_length=1)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Time(_Table):
    unit: Number
    span: Number


class _State(_Table):
    derivative: str
    initial: Number


class _Outputs(_Table):
    signals: list[str]


class _System(_Table):
    name: str
    time: _Time
    parameters: dict[str, Number] = {}
    inputs: dict[str, dict[str, Any]] = {}
    states: dict[str, _State] = {}
    definitions: dict[str, str] = {}
    outputs: _Outputs | None = None
    fidelity: dict[str, str] = {}


class _Sine(_Table):
    kind: str
    amplitude: Number
    frequency: Number
    phase: Number = 0.0

    def stimulus(self, folder: Path) -> Stimulus:
        return Sines((self.amplitude,), (self.frequency,), (self.phase,))


class _SumOfSines(_Table):
    kind: str
    amplitude: Numbers
    frequency: Numbers
    phase: Numbers | None = None

    def stimulus(self, folder: Path) -> Stimulus:
        phase = self.phase if self.phase is not None else [0.0] * len(self.amplitude)
        return Sines(tuple(self.amplitude), tuple(self.frequency), tuple(phase))


class _Held(_Table):
    kind: str
    amplitude: Number
    hold: Number
    seed: int
    smoothing: Number = 0.0

    def stimulus(self, folder: Path) -> Stimulus:
        return Held(self.amplitude, self.hold, self.seed, self.smoothing)


class _Pwl(_Table):
    kind: str
    times: Numbers
    values: Numbers

    def stimulus(self, folder: Path) -> Stimulus:
        return Piecewise(self.times, self.values)  # type: ignore[arg-type]


class _File(_Table):
    kind: str
    path: str

    def stimulus(self, folder: Path) -> Stimulus:
        with _inside("path"):
            return read_csv(folder / self.path)


_Stimulating = _Sine | _SumOfSines | _Held | _Pwl | _File
KINDS: dict[str, type[_Stimulating]] = {
    "sine": _Sine,
    "sum_of_sines": _SumOfSines,
    "held": _Held,
    "pwl": _Pwl,
    "file": _File,
}
"""The kinds of input."""

_KEYS = {"amplitudes": "amplitude", "frequencies": "frequency", "phases": "phase"}


def load_system(path: str | Path) -> EquationSystem:
    """The checked system that a TOML file describes; paths inside are relative to the file.

    Raises:
        SystemFileError: a file that cannot be read, is not TOML or not of this format.
        EquationError: names, expressions or a system that cannot be used. Both say the file, the
            place in it (``states.x.derivative``), what is wrong and what to do.
    """
    path = Path(path)
    tables = _read(path)
    with _inside(path.name):
        system = _system(_validated(_System, tables, ()), path)
    check(system)
    with _inside(path.name):
        _check_stimuli(system)
    return system


@contextmanager
def _inside(place: str) -> Iterator[None]:
    """Errors raised within are located in the place."""
    try:
        yield
    except VleAnalogError as error:
        raise error.located(place) from None


def _read(path: Path) -> dict[str, Any]:
    def refuse(what: str, hint: str) -> NoReturn:
        raise SystemFileError(what, where=path.name or str(path), hint=hint) from None

    try:
        if path.is_file() and path.stat().st_size > MAX_BYTES:
            refuse(f"the file is larger than {MAX_BYTES:,} bytes", "put long stimuli into a CSV file")
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        refuse(f"there is no such file ({path})", "check the path")
    except UnicodeDecodeError as error:
        refuse(f"not a text file in UTF-8 (byte {error.start})", "save it as UTF-8")
    except (OSError, ValueError) as error:
        refuse(f"the file cannot be read: {getattr(error, 'strerror', None) or error}", "check path and permissions")
    if not text.strip():
        refuse("the file is empty", "see circuits/systems/ for examples")
    if _DEEP_KEY.search(text):
        refuse(f"not a system file: a key has more than {MAX_DEPTH} parts", "see circuits/systems/ for examples")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        end = f"(at line {len(text.splitlines())}, the end of the file)"
        reason = str(error).replace("(at end of document)", end)
        refuse(f"not valid TOML: {reason}", "correct it there; is the file complete?")
    except ValueError:  # Python refuses to read integers of thousands of digits
        refuse("an integer has too many digits", "write it as a decimal number, for example 1.5e3")
    except RecursionError:
        refuse("not a system file: nested too deeply", "see circuits/systems/ for examples")


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
    symbols, constants = blank.symbols, frozenset(document.parameters)

    def parsed(text: str, where: str) -> sp.Expr:
        return parse_expression(text, symbols, where=where, constants=constants)

    inputs = tuple(Input(signal(name), _stimulus(name, table, path.parent)) for name, table in document.inputs.items())
    if _tells_time(document):
        symbols, inputs = {**symbols, TIME: signal(TIME)}, (*inputs, Input(signal(TIME), Clock()))
    return EquationSystem(
        name=document.name,
        states=tuple(
            State(signal(name), parsed(each.derivative, f"states.{name}.derivative"), each.initial)
            for name, each in document.states.items()
        ),
        definitions=tuple(
            Definition(signal(name), parsed(text, f"definitions.{name}")) for name, text in document.definitions.items()
        ),
        inputs=inputs,
        parameters=parameters,
        outputs=_outputs(document),
        unit=document.time.unit,
        span=document.time.span,
        origin=path.name,
        fidelity=document.fidelity,
    )


def _tells_time(document: _System) -> bool:
    """Whether an expression names the time, and no declaration has that name."""
    groups = (document.parameters, document.inputs, document.states, document.definitions)
    if any(TIME in group for group in groups):
        return False
    texts = [*(state.derivative for state in document.states.values()), *document.definitions.values()]
    return any(_TIME.search(text) for text in texts)


def _outputs(document: _System) -> tuple[str, ...]:
    """The signals named; none means all states, so without any state all definitions."""
    named = document.outputs.signals if document.outputs else ()
    return tuple(named or (() if document.states else document.definitions))


def _stimulus(name: str, table: dict[str, Any], folder: Path) -> Stimulus:
    where = f"inputs.{name}"
    kind = table.get("kind")
    if kind is None:
        misspelt = next((key for key in table if nearest(key, ["kind"]).startswith("did you")), None)
        raise SystemFileError(
            f"unknown key '{misspelt}'" if misspelt else "'kind' is missing",
            where=where,
            hint="did you mean 'kind'?" if misspelt else f"kind is one of {', '.join(KINDS)}",
        )
    if not isinstance(kind, str):
        raise SystemFileError(
            f"expected a string, got {_toml_type(kind)}",
            where=f"{where}.kind",
            hint=f"kind is one of {', '.join(KINDS)}",
        )
    if kind not in KINDS:
        hint = nearest(kind, KINDS)
        known = "" if hint.startswith("known") else f" known: {', '.join(KINDS)}"
        raise SystemFileError(f"unknown kind '{_printable(kind)}'", where=f"{where}.kind", hint=f"{hint}{known}")
    model: _Stimulating = _validated(KINDS[kind], table, ("inputs", name))
    try:
        return model.stimulus(folder)
    except VleAnalogError as error:
        key = _KEYS.get(error.where or "", error.where or "")
        raise SystemFileError(error.what, where=f"{where}.{key}", hint=error.hint) from None


def _check_stimuli(system: EquationSystem) -> None:
    """Refuses sequences too long for the span, before anything runs."""
    for each in system.inputs:
        try:
            for stimulus in each.stimuli:
                stimulus.max_step(system.span)
        except EquationError as error:
            raise SystemFileError(error.what, where=f"inputs.{each.symbol}.{error.where}", hint=error.hint) from None


_Model = TypeVar("_Model", bound=_Table)


def _validated(model: type[_Model], table: Mapping[str, Any], place: tuple[str, ...]) -> _Model:
    """The table as the model, or our error for the first fault; misspelt keys go before missing ones."""
    try:
        return model.model_validate(table)
    except pydantic.ValidationError as error:
        faults = error.errors(include_url=False)
        first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
        raise _fault(model, first, place) from None


_EXPECTED = {
    "float_type": "a number",
    "int_type": "an integer",
    "string_type": "a string",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}


def _fault(model: type[_Table], fault: Any, place: tuple[str, ...]) -> SystemFileError:
    location = [str(each) for each in fault["loc"]]
    where = ".".join(_printable(each) for each in (*place, *location))
    parent = ".".join(_printable(each) for each in (*place, *location[:-1])) or "top level"
    kind, last = fault["type"], location[-1]
    if kind == "extra_forbidden":
        thing = "table" if isinstance(fault["input"], dict) else "key"
        return SystemFileError(
            f"unknown {thing} '{_printable(last)}'", where=parent, hint=nearest(last, _keys(model, location[:-1]))
        )
    if kind == "missing":
        example = _EXAMPLES.get(last)
        return SystemFileError(
            f"'{last}' is missing", where=parent, hint=f"add it, for example {example}" if example else None
        )
    if kind == "finite_number":
        return SystemFileError(f"{fault['input']} is not finite", where=where, hint="give a finite number")
    if kind in _EXPECTED:
        expected, got = _EXPECTED[kind], _toml_type(fault["input"])
        hint = f"write {expected}" + (f", for example {_EXAMPLES[last]}" if last in _EXAMPLES else "")
        if expected == "a string" and isinstance(fault["input"], int | float):
            hint = f'write it in quotation marks: "{fault["input"]}"'
        elif expected == "a number" and isinstance(fault["input"], str):
            hint = "write a number without quotation marks; expressions stand in derivatives and definitions only"
        return SystemFileError(f"expected {expected}, got {got}", where=where, hint=hint)
    return SystemFileError(fault["msg"].lower(), where=where, hint="see circuits/systems/ for examples")


_EXAMPLES = {
    "name": 'name = "van_der_pol"',
    "time": "[time] with unit = 1e-3 and span = 40.0",
    "unit": "unit = 1e-3 (seconds of circuit time per model unit)",
    "span": "span = 40.0 (model units)",
    "derivative": 'derivative = "-x"',
    "initial": "initial = 0.0",
    "signals": 'signals = ["x"]',
    "amplitude": "amplitude = 0.5",
    "frequency": "frequency = 0.2 (cycles per model unit)",
    "hold": "hold = 1.0 (model units)",
    "seed": "seed = 1",
    "times": "times = [0.0, 1.0]",
    "values": "values = [0.0, 1.0]",
    "path": 'path = "stimulus.csv"',
}


def _keys(model: type[BaseModel], location: list[str]) -> list[str]:
    """The keys that are known in the table at the location."""
    fields = model.model_fields
    if not location:
        return list(fields)
    tables: dict[str, type[_Table]] = {"time": _Time, "states": _State, "outputs": _Outputs}
    return list(tables[location[0]].model_fields)


def _toml_type(value: Any) -> str:
    names: dict[type, str] = {
        bool: "a boolean", int: "an integer", float: "a float", str: "a string", list: "a list", dict: "a table",
    }  # fmt: skip
    return names.get(type(value), "a date or time")


def _printable(text: str) -> str:
    """A key from the file as it may stand in a message."""
    return "".join(each if each.isprintable() else " " for each in text[:40])
