"""The errors that users meet: what is wrong, where, and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class VleAnalogError(Exception):
    """Base of all errors raised for bad input or a failed run.

    What it says may quote a file: it is `printable`.

    Args:
        what: one sentence that says what is wrong.
        where: the path through the design, e.g. ``"lorenz.toml: states.x.derivative"``.
        hint: one sentence that says what to do.
    """

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        self.what = printable(what)
        self.where = where and printable(where)
        self.hint = hint and printable(hint)
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}\n  {self.hint}" if self.hint else text

    def located(self, where: str) -> VleAnalogError:
        """The same error, seen from one level further out: ``where`` is put before its place."""
        place = f"{where}: {self.where}" if self.where else where
        return type(self)(self.what, where=place, hint=self.hint)


class EquationError(VleAnalogError):
    """An equation, name or system of equations that cannot be used."""


class SystemFileError(VleAnalogError):
    """A system file (TOML) or stimulus file (CSV) that cannot be read as one."""


class LoweringError(VleAnalogError):
    """A term that no block kind can realise."""


class SynthesisError(VleAnalogError):
    """No part values inside the technology's ranges realise a signal."""


class CircuitError(VleAnalogError):
    """A circuit that an expert would refuse: floating node, missing ground, unknown cell."""


class StepTooLongError(CircuitError):
    """A circuit with time constants that the engine's steps are too long for."""


class SimulationError(VleAnalogError):
    """The simulator is missing, was killed, timed out or failed."""


class ClusterError(VleAnalogError):
    """A cluster's scheduler or worker cannot be reached, was lost, or computes otherwise than this machine."""


class DivergenceError(VleAnalogError):
    """The reference solution leaves every bound.

    Attributes:
        time: when it does, in model units.
    """

    def __init__(self, what: str, *, time: float = 0.0, where: str | None = None, hint: str | None = None) -> None:
        self.time = time
        super().__init__(what, where=where, hint=hint)


class OutputError(VleAnalogError):
    """Results cannot be written where they were asked for."""


class UsageError(VleAnalogError):
    """An unknown task, rule, realisation or option value."""


def printable(text: str) -> str:
    """Text from a file as it may stand on a terminal: a control character or half of a pair becomes a blank."""
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for a misspelt name: the nearest known one, or the list of all of them."""
    choices = sorted(known)
    match = difflib.get_close_matches(name, choices, n=1, cutoff=0.5)
    if match:
        return f"did you mean '{match[0]}'?"
    return "known: " + ", ".join(choices) if choices else "none are known here"


def reason(error: Exception) -> str:
    """Why a file could not be read, in the system's words without its number and without the path."""
    return getattr(error, "strerror", None) or str(error)
