"""Offsets that somebody nulled: multipliers after trimming.

A multiplier's offsets are what learning suffers from most: added to the product of error and rate, an offset moves a
weight though nothing is to be learned. Each can be nulled from outside: that of an input by a small voltage at its
other pin, the output's at the summing input (Analog Devices, AD633 data sheet, "Functional description": X2, Y2 and Z
are such pins), with a trimming potentiometer or a converter. What is left is less than half of its step.
"""

from __future__ import annotations

from dataclasses import replace

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Element, Instance
from vle_analog.errors import UsageError

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

    def trim(element: Element) -> Element:
        if not isinstance(element, Instance) or circuit.cells[element.cell].role != _ROLE:
            return element
        given = dict(element.parameters)
        given |= {name: given[name] - step * round(given[name] / step) for name in TRIMMED if name in given}
        return replace(element, parameters=tuple(given.items()))

    return circuit.mapped(trim)
