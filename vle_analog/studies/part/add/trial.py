"""Which port is which, tried in ngspice: an op-amp follows, tells its inputs apart, takes current from its supply."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from vle_analog.analyses import Ac, Analysis, Dc
from vle_analog.circuit.vendor.cell import VendorModel, cell_text
from vle_analog.circuit.vendor.pins import Assignment, candidates
from vle_analog.errors import CircuitError, SimulationError
from vle_analog.netlist.control import control
from vle_analog.simulate import Ngspice

#: volts of a follower's input, and that it may be off; least gain of an open loop; least amperes of a supply
_INPUT, _OFF, _GAIN, _DRAWS = 1.0, 0.03, 3.0, 1e-9
#: seconds of a run, and of all trials
_SECONDS, _PATIENCE = 5.0, 90.0
_DECK = """\
* trial of a part's ports
{cell}
Vcc vcc 0 {high}
Vee vee 0 {low}
Vm m 0 {middle}
Vs s m dc 0 ac 1
{lines}
Rl out m 100k
{control}
.end
"""
_FOLLOWER = "Xa s out out vcc vee {name}"
#: the loop is closed at DC alone: a jump between two rails is more than Newton's method often takes
_OPENED = "Xa s inn out vcc vee {name}\nLo out inn 1e9\nCo inn m 1e9"


def works(text: str, name: str, volts: tuple[float, float], folder: Path, draws: bool) -> bool:
    """Whether a cell does what an op-amp does: it follows, its inputs have their signs, it takes current.

    Args:
        text: of the cell.
        name: its.
        volts: of the positive and of the negative supply.
        folder: for ngspice.
        draws: whether its supply must give a current.
    """

    def run(lines: str, analysis: Analysis) -> Mapping[str, np.ndarray]:
        deck = _DECK.format(
            cell=text.rstrip(), high=repr(volts[0]), low=repr(volts[1]), middle=repr(sum(volts) / 2),
            lines=lines.format(name=name), control="\n".join(control(analysis)),
        )  # fmt: skip
        return Ngspice().analyse(deck, analysis, folder=folder / analysis.axis, timeout=_SECONDS).data

    try:
        data = run(_FOLLOWER, Dc("Vs", -_INPUT, _INPUT, 2 * _INPUT))
        if len(data["out"]) != 2 or not np.all(np.abs(data["out"] - data["s"]) < _OFF):
            return False
        least = min(-float(np.mean(np.real(data["i(vcc)"]))), float(np.mean(np.real(data["i(vee)"]))))
        if least <= (_DRAWS if draws else -_DRAWS):
            return False
        return float(np.real(run(_OPENED, Ac(1.0, 10.0, 1))["out"][0])) > _GAIN
    except SimulationError:
        return False


def assigned(model: VendorModel, volts: tuple[float, float], folder: Path, tell: Callable[[float], None]) -> Assignment:
    """What a model's ports are: the first way that works, likelier ones first.

    Args:
        model: as read.
        volts: of the supply.
        folder: an empty one.
        tell: told a fraction that grows with each trial.

    Raises:
        CircuitError: none works, or the model cannot be translated.
    """
    tried: list[Assignment] = []
    begun = time.monotonic()
    for found in candidates(model.definition, model.source.statements):
        text = cell_text(model, "trial", found)
        if works(text, "trial", volts, folder / str(len(tried)), draws=found.told == "trial"):
            return found
        tried.append(found)
        if time.monotonic() - begun > _PATIENCE:
            break
        tell(len(tried) / (len(tried) + 20))
    ports, tries = " ".join(model.definition.ports), len(tried)
    raise CircuitError(
        f"which of the ports {ports} of '{model.definition.name}' are which is not to be told"
        + (f": it is an op-amp in none of {tries} ways that were tried" if tries else ", and there are more than five"),
        where=model.definition.at.place if model.definition.at else model.path.name,
        hint="say it: `pins` with a word for each port in their order, of inp inn out vcc vee ground open; or is "
        "it for another supply? `supply=0,5`",
    )
