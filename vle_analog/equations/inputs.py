"""Inputs of a system file: a table with a kind, which names a stimulus, and its arguments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vle_analog.equations.formula import Formula
from vle_analog.equations.stimulusfile import read_csv
from vle_analog.equations.tables import Number, Numbers, Table, inside, quoted, toml_type, validated
from vle_analog.errors import SystemFileError, VleAnalogError, nearest
from vle_analog.generators import EDGE, Chirp, noise, pulse, ramp, square, triangle
from vle_analog.sequences import Held
from vle_analog.stimulus import Constant, Piecewise, Sines, Stimulus


@dataclass(frozen=True)
class Setting:
    """What inputs may depend on: folder of the file, span of the run, the system's parameters."""

    folder: Path
    span: float
    parameters: Mapping[str, float]


class _Constant(Table):
    kind: str
    value: Number

    def stimulus(self, setting: Setting) -> Stimulus:
        return Constant(self.value)


class _Sine(Table):
    kind: str
    amplitude: Number
    frequency: Number
    phase: Number = 0.0

    def stimulus(self, setting: Setting) -> Stimulus:
        return Sines((self.amplitude,), (self.frequency,), (self.phase,))


class _SumOfSines(Table):
    kind: str
    amplitude: Numbers
    frequency: Numbers
    phase: Numbers | None = None

    def stimulus(self, setting: Setting) -> Stimulus:
        phase = self.phase if self.phase is not None else [0.0] * len(self.amplitude)
        return Sines(tuple(self.amplitude), tuple(self.frequency), tuple(phase))


class _Held(Table):
    kind: str
    amplitude: Number
    hold: Number
    seed: int
    smoothing: Number = 0.0

    def stimulus(self, setting: Setting) -> Stimulus:
        return Held(self.amplitude, self.hold, self.seed, self.smoothing)


class _Pwl(Table):
    kind: str
    times: Numbers
    values: Numbers

    def stimulus(self, setting: Setting) -> Stimulus:
        return Piecewise(self.times, self.values)  # type: ignore[arg-type]


class _File(Table):
    kind: str
    path: str

    def stimulus(self, setting: Setting) -> Stimulus:
        with inside("path"):
            return read_csv(setting.folder / self.path)


class _Square(Table):
    kind: str
    low: Number = 0.0
    high: Number
    period: Number
    duty: Number = 0.5
    edge: Number | None = None
    phase: Number = 0.0

    def stimulus(self, setting: Setting) -> Stimulus:
        return square(self.low, self.high, self.period, self.duty, self.edge, self.phase)


class _Triangle(Table):
    kind: str
    low: Number = 0.0
    high: Number
    period: Number
    rise: Number = 0.5
    phase: Number = 0.0

    def stimulus(self, setting: Setting) -> Stimulus:
        return triangle(self.low, self.high, self.period, self.rise, self.phase)


class _Pulse(Table):
    kind: str
    low: Number = 0.0
    high: Number
    start: Number
    width: Number
    edge: Number | None = None

    def stimulus(self, setting: Setting) -> Stimulus:
        return pulse(self.low, self.high, self.start, self.width, self.edge)


class _Step(Table):
    kind: str
    low: Number = 0.0
    high: Number
    start: Number
    edge: Number | None = None

    def stimulus(self, setting: Setting) -> Stimulus:
        edge = EDGE * setting.span if self.edge is None else self.edge
        return pulse(self.low, self.high, self.start, math.inf, edge)


class _Ramp(Table):
    kind: str
    low: Number = 0.0
    high: Number
    start: Number
    stop: Number

    def stimulus(self, setting: Setting) -> Stimulus:
        return ramp(self.low, self.high, self.start, self.stop)


class _Chirp(Table):
    kind: str
    amplitude: Number
    first: Number
    last: Number
    duration: Number | None = None

    def stimulus(self, setting: Setting) -> Stimulus:
        return Chirp(self.amplitude, self.first, self.last, self.duration or setting.span)


class _Noise(Table):
    kind: str
    deviation: Number
    bandwidth: Number
    seed: int
    mean: Number = 0.0

    def stimulus(self, setting: Setting) -> Stimulus:
        return noise(self.deviation, self.bandwidth, self.seed, self.mean)


class _Expression(Table):
    kind: str
    value: str

    def stimulus(self, setting: Setting) -> Stimulus:
        return Formula(self.value, setting.span, setting.parameters)


_Stimulating = (
    _Constant
    | _Sine
    | _SumOfSines
    | _Held
    | _Pwl
    | _File
    | _Square
    | _Triangle
    | _Pulse
    | _Step
    | _Ramp
    | _Chirp
    | _Noise
    | _Expression
)
KINDS: dict[str, type[_Stimulating]] = {
    "constant": _Constant,
    "square": _Square,
    "triangle": _Triangle,
    "pulse": _Pulse,
    "step": _Step,
    "ramp": _Ramp,
    "chirp": _Chirp,
    "noise": _Noise,
    "expression": _Expression,
    "sine": _Sine,
    "sum_of_sines": _SumOfSines,
    "held": _Held,
    "pwl": _Pwl,
    "file": _File,
}
"""The kinds of input."""

_KEYS = {"amplitudes": "amplitude", "frequencies": "frequency", "phases": "phase"}


def stimulus_of(name: str, table: dict[str, Any], setting: Setting) -> Stimulus:
    """The stimulus that an input's table describes.

    Args:
        name: of the input.
        table: with ``kind`` and what goes with it.
        setting: of the file.

    Raises:
        SystemFileError: an unknown kind or key, or a value that cannot be used; says where.
    """
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
            f"expected a string, got {toml_type(kind)}",
            where=f"{where}.kind",
            hint=f"kind is one of {', '.join(KINDS)}",
        )
    if kind not in KINDS:
        hint = nearest(kind, KINDS)
        known = "" if hint.startswith("known") else f" known: {', '.join(KINDS)}"
        raise SystemFileError(f"unknown kind '{quoted(kind)}'", where=f"{where}.kind", hint=f"{hint}{known}")
    model: _Stimulating = validated(KINDS[kind], table, ("inputs", name))
    try:
        return model.stimulus(setting)
    except VleAnalogError as error:
        key = _KEYS.get(error.where or "", error.where or "")
        raise SystemFileError(error.what, where=f"{where}.{key}", hint=error.hint) from None
