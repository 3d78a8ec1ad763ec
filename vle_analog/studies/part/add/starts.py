"""What a part's capacitors hold where it rests: transients begin from given voltages, not from an operating point."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vle_analog.analyses import Dc
from vle_analog.circuit.vendor.cell import VendorModel, between_ports
from vle_analog.circuit.vendor.pins import ROLES, Assignment
from vle_analog.errors import SimulationError
from vle_analog.netlist.control import control
from vle_analog.simulate import Ngspice

#: of the supply: how far the output is moved to either side
_FRACTION = 0.2
_SECONDS = 20
#: an inverter, so that both inputs stay where they are in our stages
_DECK = """\
* where a part's capacitors rest
{cell}
Vcc vcc 0 {high}
Vee vee 0 {low}
Vm inp 0 {middle}
Vs s inp 0
R1 s inn 100k
R2 inn out 100k
Xa inp inn out vcc vee {name}
{control}
.end
"""


def starts(
    text: str, name: str, model: VendorModel, pins: Assignment, volts: tuple[float, float], folder: Path
) -> dict[str, tuple[float, float]]:
    """By capacitor, its voltage where the output rests at 0 V and volts per volt of the output.

    Empty where ngspice finds no operating point: such a part starts from all at 0 V.

    Args:
        text: of the cell.
        name: its.
        model, pins: that it was made from.
        volts: of the supply.
        folder: for ngspice.
    """
    capacitors = between_ports(model, pins).capacitors
    if not capacitors:
        return {}
    high, low = volts
    middle, far = (high + low) / 2, _FRACTION * (high - low) / 2
    sweep = Dc("Vs", -far, far, far)
    deck = _DECK.format(
        cell=text.rstrip(), name=name, high=repr(high), low=repr(low), middle=repr(middle),
        control="\n".join(control(sweep)),
    )  # fmt: skip
    try:
        plot = Ngspice().analyse(deck, sweep, folder=folder, timeout=_SECONDS)
    except SimulationError:
        return {}
    data = {key: np.real(values) for key, values in plot.data.items()}
    output = data["out"] - middle
    if len(output) != 3 or not np.all(np.isfinite(output)) or not output[2] - output[0]:
        return {}
    found = {}
    for capacitor, (first, second) in capacitors.items():
        across = _at(first, data) - _at(second, data)
        slope = float((across[2] - across[0]) / (output[2] - output[0]))
        rest = float(across[1] - slope * output[1])
        if np.isfinite(slope) and np.isfinite(rest) and (rest or slope):
            found[capacitor] = (rest, slope)
    return found


def _at(node: str, data: dict[str, np.ndarray]) -> np.ndarray:
    if node == "0":
        return np.zeros_like(data["out"])
    return data[node] if node in ROLES else data[f"xa.{node}"]
