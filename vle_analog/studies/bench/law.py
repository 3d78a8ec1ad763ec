"""A nonlinear cell on the bench: how far it is from its law."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from vle_analog.analyses import Ac, Dc
from vle_analog.errors import CircuitError
from vle_analog.laws import LAWS, Law
from vle_analog.laws.law import POINTS
from vle_analog.studies.bench.decks import Bed, bandwidth
from vle_analog.studies.bench.result import Curves, Findings, Measured

#: volts per unit of input and of output
KIN, KOUT = 1.0, 2.0
#: volts at the ends, for parts that are no pairs
FULL = 8.0
#: volts around a jump in which a comparator's offset decides
_AROUND = 0.1


def measure(bed: Bed) -> Findings:
    """All of a nonlinear cell's quantities, and its curve.

    ``offset`` is at the input: by how much the law must be moved to fit best. ``deviation`` is the largest one from the
    law where it stands, in % of the output's range.

    Raises:
        CircuitError: the output falls when the input rises.
        SimulationError: ngspice failed.
    """
    law = LAWS[bed.cell.role or ""]
    kin, kout, low, high = _scaled(law)
    given = law.reach.constants if law.reach is not None else ()
    settings = {"kin": kin, "kout": kout, **dict(zip(law.constants, given, strict=True))}
    lines = [
        "Vs s 0 0",
        bed.part("a", {"inp": "s", "inn": "0", "out": "oa"}, **settings),
        "Ra oa 0 1meg",
    ]
    data = bed.run("static", lines, Dc("Vs", kin * low, kin * high, kin * (high - low) / (POINTS - 1))).data
    volts, output = np.linspace(kin * low, kin * high, POINTS), data["oa"]
    ideal = law.numeric(volts / kin, *given)
    slope = np.gradient(ideal, volts / kin) if law.slope is None else law.slope(volts / kin, *given)
    if law.pair is not None and output[-1] < output[0]:
        raise CircuitError(
            "the output falls when v(inp) rises",
            where=f"cell '{bed.cell.name}'",
            hint="its inputs are swapped: the ports are inp inn out vcc vee, in this order",
        )
    error = output - kout * ideal
    offset = kin * float(np.sum(error * slope) / np.sum(slope * slope)) / kout
    settled = np.abs(volts) > _AROUND if law.jumps else np.full(len(volts), True)
    jumps = Measured(math.nan, "a law that jumps has none of small signals")
    found = {
        "deviation": Measured(float(100 * np.max(np.abs(error[settled])) / (kout * (np.max(ideal) - np.min(ideal))))),
        "offset": Measured(offset),
        "bandwidth": jumps if law.jumps else _bandwidth(bed, settings, kin * _steep(law, low, high)),
        "supply_current": Measured(bed.supply_current({"inp": "0", "inn": "0", "out": "out"})),
    }
    return Findings(found, Curves(volts, output, kout * ideal))


def _bandwidth(bed: Bed, settings: Mapping[str, float], volts: float) -> Measured:
    """Hertz at which small signals around an input are 3 dB down."""
    lines = [
        f"Va a 0 dc {volts!r} ac 1",
        bed.part("b", {"inp": "a", "inn": "0", "out": "ob"}, **settings),
        "Rb ob 0 1meg",
    ]
    plot = bed.run("small-signal", lines, Ac(100.0, 1e9, 40)).data
    return bandwidth(np.real(plot["frequency"]), plot["ob"])


def _scaled(law: Law) -> tuple[float, float, float, float]:
    """Volts per unit of input and output, and the ends of the argument."""
    low, high = law.ends
    if law.reach is None:
        return KIN, KOUT, low, high
    most = np.max(np.abs(law.numeric(np.linspace(low, high, POINTS), *law.reach.constants)))
    return FULL / max(abs(low), abs(high)), FULL / float(most), low, high


def _steep(law: Law, low: float, high: float) -> float:
    """An argument at which small signals are measured: 0 for a pair, elsewhere where laws are neither flat nor bent."""
    return 0.0 if law.pair is not None else low + 0.8 * (high - low)
