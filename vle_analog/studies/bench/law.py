"""A nonlinear cell on the bench: how far it is from its law."""

from __future__ import annotations

import numpy as np

from vle_analog.analyses import Ac, Dc
from vle_analog.errors import CircuitError
from vle_analog.laws import LAWS
from vle_analog.studies.bench.decks import Bed, bandwidth
from vle_analog.studies.bench.result import Curves, Findings, Measured

#: volts per unit of input and of output
KIN, KOUT = 1.0, 2.0


def measure(bed: Bed) -> Findings:
    """All of a nonlinear cell's quantities, and its curve.

    ``offset`` is at the input: by how much the law must be moved to fit best. ``deviation`` is the largest one from the
    law where it stands, in % of the output's range.

    Raises:
        CircuitError: the output falls when the input rises.
        SimulationError: ngspice failed.
    """
    settings = {"kin": KIN, "kout": KOUT}
    lines = [
        "Vs s 0 0",
        bed.part("a", {"inp": "s", "inn": "0", "out": "oa"}, **settings),
        "Ra oa 0 1meg",
    ]
    law = LAWS[bed.cell.role or ""]
    assert law.pair is not None and law.slope is not None  # what is on the bench
    span = KIN * law.pair.reach
    data = bed.run("static", lines, Dc("Vs", -span, span, span / 100)).data
    volts, output = np.linspace(-span, span, 201), data["oa"]
    ideal, slope = law.numeric(volts / KIN), law.slope(volts / KIN)
    if output[-1] < output[0]:
        raise CircuitError(
            "the output falls when v(inp) rises",
            where=f"cell '{bed.cell.name}'",
            hint="its inputs are swapped: the ports are inp inn out vcc vee, in this order",
        )
    error = output - KOUT * ideal
    offset = KIN * float(np.sum(error * slope) / np.sum(slope * slope)) / KOUT
    small = ["Va a 0 dc 0 ac 1", bed.part("b", {"inp": "a", "inn": "0", "out": "ob"}, **settings), "Rb ob 0 1meg"]
    plot = bed.run("small-signal", small, Ac(100.0, 1e9, 40)).data
    found = {
        "deviation": Measured(float(100 * np.max(np.abs(error)) / (KOUT * (np.max(ideal) - np.min(ideal))))),
        "offset": Measured(offset),
        "bandwidth": bandwidth(np.real(plot["frequency"]), plot["ob"]),
        "supply_current": Measured(bed.supply_current({"inp": "0", "inn": "0", "out": "out"})),
    }
    return Findings(found, Curves(volts, output, KOUT * ideal))
