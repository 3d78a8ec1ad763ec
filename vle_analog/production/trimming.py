"""Offsets that somebody nulled: multipliers after trimming.

A multiplier's offsets are what learning suffers from most: added to the product of error and rate, an offset moves a
weight though nothing is to be learned. Each can be nulled from outside: that of an input by a small voltage at its
other pin, the output's at the summing input (Analog Devices, AD633 data sheet, "Functional description": X2, Y2 and Z
are such pins), with a trimming potentiometer or a converter. What is left is less than half of its step.
"""

from __future__ import annotations

from vle_analog.circuit.cell.datasheet import Spread
from vle_analog.circuit.circuit import Circuit
from vle_analog.errors import UsageError
from vle_analog.production.devices import with_errors

#: of a multiplier: what can be trimmed
TRIMMED = ("XOS", "YOS", "ZOS")
_ROLE = "multiplier"


def trimmed(circuit: Circuit, step: float) -> Circuit:
    """The circuit whose multipliers' offsets are nulled to the nearest step of a trimmer.

    Args:
        circuit: whose parts have scattered already.
        step: of the trimmer, volts.

    Raises:
        UsageError: the step is not positive.
    """
    if not 0 < step < float("inf"):
        raise UsageError(f"the step of trimmers must be a positive voltage, not {step:g}", hint="e.g. 1e-4")

    kinds = {f"{_ROLE}.{name}" for name in TRIMMED}

    def trim(kind: str, name: str, spread: Spread, value: float) -> float | None:
        return value - step * round(value / step) if kind in kinds and value else None

    return with_errors(circuit, trim)
