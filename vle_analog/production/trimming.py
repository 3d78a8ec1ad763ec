"""Offsets that somebody nulled: multipliers after trimming.

A multiplier's offsets are what learning suffers from most: added to the product of error and rate, an offset moves a
weight though nothing is to be learned. Each can be nulled from outside: that of an input by a small voltage at its
other pin, the output's at the summing input (Analog Devices, AD633 data sheet, "Functional description": X2, Y2 and Z
are such pins), with a trimming potentiometer or a converter. What is left is less than half of its step.
"""

from __future__ import annotations

import numpy as np

from vle_analog.circuit.circuit import Circuit
from vle_analog.errors import UsageError
from vle_analog.production.devices import DeviceError, with_errors
from vle_analog.production.draws import some

#: kinds of errors that can be trimmed
TRIMMED = ("multiplier.XOS", "multiplier.YOS", "multiplier.ZOS")


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

    def trim(error: DeviceError) -> float | None:
        if error.kind not in TRIMMED or not some(error.value):
            return None
        steps = error.value / step
        return error.value - step * (np.round(steps) if isinstance(steps, np.ndarray) else round(steps))

    return with_errors(circuit, trim)
