"""Tables of a TOML file as typed values: what is wrong in one is told with its place and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar, get_args, get_origin

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from vle_analog.errors import SystemFileError, VleAnalogError, nearest, printable

Number = Annotated[float, Field(allow_inf_nan=False)]
Numbers = Annotated[list[Number], Field(min_length=1)]


class Table(BaseModel):
    """A table of a TOML file: its keys are these, no other ones, with values of these very types."""

    model_config = ConfigDict(extra="forbid", strict=True)


@contextmanager
def inside(place: str) -> Iterator[None]:
    """Errors raised within are located in the place."""
    try:
        yield
    except VleAnalogError as error:
        raise error.located(place) from None


_Model = TypeVar("_Model", bound=Table)


def validated(model: type[_Model], table: Mapping[str, Any], place: tuple[str, ...]) -> _Model:
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


def _fault(model: type[Table], fault: Any, place: tuple[str, ...]) -> SystemFileError:
    location = [str(each) for each in fault["loc"]]
    where = ".".join(quoted(each) for each in (*place, *location))
    parent = ".".join(quoted(each) for each in (*place, *location[:-1])) or "top level"
    kind, last = fault["type"], location[-1]
    if kind == "extra_forbidden":
        thing = "table" if isinstance(fault["input"], dict) else "key"
        return SystemFileError(
            f"unknown {thing} '{quoted(last)}'", where=parent, hint=nearest(last, _keys(model, location[:-1]))
        )
    if kind == "missing":
        example = _EXAMPLES.get(last)
        return SystemFileError(
            f"'{last}' is missing",
            where=parent,
            hint=f"add it, for example {example}" if example else f"add {last} = ...",
        )
    if kind == "finite_number":
        return SystemFileError(f"{fault['input']} is not finite", where=where, hint="give a finite number")
    if kind in _EXPECTED:
        expected, got = _EXPECTED[kind], toml_type(fault["input"])
        hint = f"write {expected}" + (f", for example {_EXAMPLES[last]}" if last in _EXAMPLES else "")
        if expected == "a string" and isinstance(fault["input"], int | float):
            hint = f'write it in quotation marks: "{fault["input"]}"'
        elif expected == "a number" and isinstance(fault["input"], str):
            hint = "write a number without quotation marks; expressions stand in derivatives and definitions only"
        elif expected == "a table" and not set("[{") & set(_EXAMPLES.get(last, "")):
            hint = _written(model, location, where)
        return SystemFileError(f"expected {expected}, got {got}", where=where, hint=hint)
    example = _EXAMPLES.get(last)
    hint = f"for example {example}" if example else "see circuits/systems/ for examples"
    return SystemFileError(fault["msg"].lower(), where=where, hint=hint)


def _written(model: type[Table], location: Sequence[str], where: str) -> str:
    """How a table is to be written that is no table, or a list of tables."""
    annotation: Any = model
    for part in location:
        own = next(_models(annotation), None)
        if own is not None and part in own.model_fields:
            annotation = own.model_fields[part].annotation
        elif get_origin(annotation) is dict:
            annotation = get_args(annotation)[1]
        else:  # an entry of a list
            return "write a table"
    inner = get_args(annotation)[1] if get_origin(annotation) is dict else Any
    if inner is Any:
        return f"write a table, [{where}]"
    if get_origin(inner) is dict or (isinstance(inner, type) and issubclass(inner, BaseModel)):
        return f"write a table for each by its name, [{where}.NAME]"
    return f"write a table, [{where}], with NAME = ... for each"


_EXAMPLES = {
    "name": 'name = "van_der_pol"',
    "time": "[time] with unit = 1e-3 and span = 40.0",
    "unit": "unit = 1e-3 (seconds of circuit time per model unit)",
    "span": "span = 40.0 (model units)",
    "derivative": 'derivative = "-x"',
    "when": 'when = "h < 0"',
    "set": 'set = { v = "-0.8*v" }',
    "initial": "initial = 0.0",
    "signals": 'signals = ["x"]',
    "amplitude": "amplitude = 0.5 (of a sum_of_sines one per sine, amplitude = [0.5, 0.2])",
    "frequency": "frequency = 0.2 (cycles per model unit; of a sum_of_sines one per sine)",
    "hold": "hold = 1.0 (model units)",
    "seed": "seed = 1",
    "times": "times = [0.0, 1.0]",
    "values": "values = [0.0, 1.0]",
    "path": 'path = "stimulus.csv"',
    "value": 'value = 1.0, or for an expression value = "sin(2*pi*0.1*t)"',
    "high": "high = 1.0",
    "period": "period = 2.0 (model units)",
    "start": "start = 1.0 (model units)",
    "stop": "stop = 5.0 (model units)",
    "width": "width = 2.0 (model units)",
    "first": "first = 0.1 (cycles per model unit)",
    "last": "last = 2.0 (cycles per model unit)",
    "deviation": "deviation = 0.1",
    "bandwidth": "bandwidth = 2.0 (cycles per model unit)",
    "task": '[task] with name = "grasp"',
    "network": "[network] with layers = [{neurons = 6, tau_m = 1.0}, ...]",
    "layers": 'layers = [{neurons = 6, tau_m = 1.0}, {neurons = 1, tau_m = 0.5, activation = "linear"}]',
    "neurons": "neurons = 6",
    "tau_m": "tau_m = 1.0, or tau_m = {geometric = [0.2, 3.0]} (model units)",
    "learning": '[learning] with rule = "gle" and eta = 0.02',
    "eta": "eta = 0.02 (per model unit)",
    "data": '[data] with train = "train.csv" and exam = "exam.csv"',
    "train": 'train = "train.csv"',
    "exam": 'exam = "exam.csv"',
    "dt": "dt = 0.5 (model units from one sample to the next)",
    "smoothing": "smoothing = 0.3 (model units)",
    "frequencies": "frequencies = [0.49, 1.07] (radians per model unit)",
    "inputs": "inputs = 1",
    "from": "from = 1 (the layer that is heard)",
    "to": "to = 1 (the layer that hears)",
}


def toml_type(value: Any) -> str:
    """What TOML calls the type of a value, for messages."""
    names: dict[type, str] = {
        bool: "a boolean", int: "an integer", float: "a float", str: "a string", list: "a list", dict: "a table",
    }  # fmt: skip
    return names.get(type(value), "a date or time")


def quoted(text: str) -> str:
    """A key from the file as it may stand in a message."""
    return printable(text[:40]).replace("\n", " ")


def _keys(model: type[BaseModel], location: list[str]) -> list[str]:
    """The keys that are known in the table at the location."""
    here: type[BaseModel] = model
    for part in location:  # the number of an entry in a list, or a name of the user's own, leads no further
        if part in here.model_fields:
            inner = next(_models(here.model_fields[part].annotation), None)
            if inner is None:
                return []
            here = inner
    return [field.alias or name for name, field in here.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Tables that an annotation speaks of: itself, in a union, or as the values of a mapping."""
    if isinstance(annotation, type) and not get_origin(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models(each)
