"""Offsets that somebody nulled: multipliers, and op-amps where it is asked for, after trimming.

A multiplier's offsets are what learning suffers from most: added to the product of error and rate, an offset moves a
weight though nothing is to be learned. Each can be nulled from outside: that of an input by a small voltage at its
other pin, the output's at the summing input (Analog Devices, AD633 data sheet, "Functional description": X2, Y2 and Z
are such pins), with a trimming potentiometer or a converter. An inverting amplifier's is nulled by a small voltage at
its other input. What is left is less than half of a step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from vle_analog.circuit.cell.stage import MULTIPLIER, OPAMP
from vle_analog.circuit.circuit import Circuit
from vle_analog.errors import UsageError, nearest
from vle_analog.production.devices import DeviceError, with_errors
from vle_analog.production.draws import some
from vle_analog.units import engineering

#: the pins at which offsets are nulled, by role, and each one's error
PINS: Mapping[str, Mapping[str, str]] = {
    MULTIPLIER: {"x": "XOS", "y": "YOS", "z": "ZOS"},
    OPAMP: {"inp": "VOS"},
}
#: by what is written, the kinds of errors that it stands for
_MEANT: Mapping[str, tuple[str, ...]] = {
    **{role: tuple(f"{role}.{error}" for error in pins.values()) for role, pins in PINS.items()},
    **{pin: (f"{role}.{error}",) for role, pins in PINS.items() for pin, error in pins.items()},
    **{f"{role}.{pin}": (f"{role}.{error}",) for role, pins in PINS.items() for pin, error in pins.items()},
}


@dataclass(frozen=True)
class Trim:
    """Which offsets have trimmers, and how fine these are.

    Attributes:
        steps: volts by kind of error (`multiplier.ZOS`), in the order of `PINS`.

    Raises:
        UsageError: a step that is no positive voltage.
    """

    steps: tuple[tuple[str, float], ...]

    def __post_init__(self) -> None:
        for _, step in self.steps:
            if not 0 < step < math.inf:
                raise UsageError(f"`trim` must be a positive voltage, not {step:g}", hint="e.g. `trim=1e-4`")

    @staticmethod
    def of(step: float, role: str = MULTIPLIER) -> Trim:
        """Trimmers at all pins of all parts of a role."""
        return Trim(tuple((kind, step) for kind in _MEANT[role]))

    @staticmethod
    def parse(text: str) -> Trim:
        """Trimmers from text: ``1e-4`` for all of all multipliers, ``z=1e-3``, ``multiplier.z=1e-3,opamp=1e-5``.

        What stands further behind counts where both speak of a pin.

        Raises:
            UsageError: no such role or pin, or no voltage.
        """
        steps: dict[str, float] = {}
        for word in text.split(","):
            name, _, volts = word.rpartition("=")
            name = name.strip() or ("" if "=" in word else MULTIPLIER)
            if name not in _MEANT:
                raise UsageError(f"`trim` '{text}': there is no pin '{name}' to trim", hint=nearest(name, _MEANT))
            try:
                steps |= dict.fromkeys(_MEANT[name], float(volts))
            except ValueError:
                raise UsageError(
                    f"`trim` '{text}': '{volts.strip()}' is no voltage", hint="e.g. `trim=1e-4` or `trim=z=1e-3`"
                ) from None
        return Trim(_ordered(steps))

    def __str__(self) -> str:
        """As `parse` reads it."""
        given = dict(self.steps)
        if self == Trim.of(next(iter(given.values()), 0.0)):
            return repr(next(iter(given.values()))).removesuffix(".0")
        return ",".join(f"{_written(kind)}={repr(step).removesuffix('.0')}" for kind, step in self.steps)

    @property
    def plain(self) -> float | str:
        """As files have it: one step for all of all multipliers as a number, other trimmers as they are written."""
        text = str(self)
        return text if "=" in text else float(text)

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles of the parts that have some."""
        return tuple(dict.fromkeys(kind.partition(".")[0] for kind, _ in self.steps))

    def step(self, kind: str) -> float | None:
        """The step by which a kind of error is nulled; None where it is not."""
        return dict(self.steps).get(kind)

    def left(self, kind: str, sigma: float) -> float:
        """Standard deviation of what is left of an error: even between -1/2 and 1/2 of a step where it is nulled."""
        step = self.step(kind)
        return sigma if step is None else min(sigma, step / math.sqrt(12))

    def finer(self, other: Trim) -> Trim:
        """These trimmers, but as another has them where it speaks of them."""
        return Trim(_ordered({**dict(self.steps), **dict(other.steps)}))

    def told(self) -> str:
        """What is nulled, and how closely, in words."""
        if "=" not in str(self):
            return f"multipliers' offsets nulled to the nearest {engineering(self.steps[0][1], 'V')}"
        each = ", ".join(f"{_written(kind)} to the nearest {engineering(step, 'V')}" for kind, step in self.steps)
        return f"offsets nulled: {each}"


def _ordered(steps: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    kinds = (kind for role in PINS for kind in _MEANT[role])
    return tuple((kind, steps[kind]) for kind in kinds if kind in steps)


def _written(kind: str) -> str:
    """A kind of error as the pin at which it is nulled."""
    return next(name for name, kinds in _MEANT.items() if kinds == (kind,) and "." in name)


def trimmed(circuit: Circuit, trim: Trim, nulled: Callable[[DeviceError], bool] = lambda error: True) -> Circuit:
    """The circuit whose offsets are nulled to the nearest step of their trimmers.

    Args:
        circuit: whose parts have scattered already.
        trim: which.
        nulled: whether this is of an error to be nulled.
    """

    def change(error: DeviceError) -> float | None:
        step = trim.step(error.kind)
        if step is None or not some(error.value) or not nulled(error):
            return None
        steps = error.value / step
        return error.value - step * (np.round(steps) if isinstance(steps, np.ndarray) else round(steps))

    return with_errors(circuit, change)
