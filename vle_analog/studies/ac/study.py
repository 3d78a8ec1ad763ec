"""Small signals through a circuit: ngspice's analysis around its operating point, beside the linearised equations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vle_analog.analyses import Ac
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Battery, Element
from vle_analog.design.design import Design
from vle_analog.design.linearised import linearised
from vle_analog.design.operating_point import OperatingPoint, resting, resting_point
from vle_analog.design.system_board import SystemBoard
from vle_analog.errors import UsageError, nearest
from vle_analog.fields import at_least, positive
from vle_analog.fleet.fleet import refuse_alike
from vle_analog.lab.folder import workplace
from vle_analog.lab.lab import Lab
from vle_analog.netlist.ngspice import render_analysis
from vle_analog.options import option
from vle_analog.studies.ac.result import Response, SmallSignals

Complex = NDArray[np.complex128]

#: points per decade
_POINTS = 40
#: how far beyond the slowest and the fastest pole the band goes unless told otherwise
_BEYOND = 100.0
#: what shows a signal's way where nothing rests
_RUN = "`vle-analog run SUBJECT`"
#: node between the input's voltage and the small signal
_SOURCE = "ac__asked"


@dataclass(frozen=True)
class AcPlan:
    """What a study asks.

    Attributes:
        board: the system, how its circuits are built and made.
        input: instance name of the input; the only one when None.
        low, high: band, hertz of circuit time; a hundred times beyond the equations' poles when None.
        at: moment whose input values are held, model units.
        boards: how many besides the design itself.
        first: number of the first board.

    Raises:
        UsageError: frequencies that are not positive, a negative number, or boards that do not differ.
    """

    board: SystemBoard
    input: str | None = option("Where the small signal enters (default: the only input).", None, metavar="SIGNAL")
    low: float | None = option("Lowest frequency, Hz (default: a hundredth of the slowest pole's).", None)
    high: float | None = option("Highest frequency, Hz (default: a hundred times the fastest pole's).", None)
    at: float = option("Moment whose input values are held, model units.", 0.0)
    boards: int = option("How many boards, besides the design itself.", 0)
    first: int = option("Number of the first board, which decides its parts' draws.", 0)

    def __post_init__(self) -> None:
        positive(low=self.low, high=self.high)
        at_least(0, boards=self.boards, first=self.first)
        if self.boards:
            refuse_alike(self.board)

    def check(self) -> None:
        """Refuse a system that cannot be read.

        Raises:
            VleAnalogError: as said.
        """
        _ = self.board.system


def ac(plan: AcPlan, lab: Lab) -> SmallSignals:
    """Run what a plan asks for.

    Args:
        plan: what to ask.
        lab: in whose folder a failed run of ngspice leaves deck and log.

    Raises:
        UsageError: no such input, no band, or no stable operating point.
        VleAnalogError: bad equations, no part values, a failed simulation.
    """
    source = _input(plan)
    ready = plan.board.design(lab.progress)
    ideal, outputs = ready.diagram.read_back, ready.bench.probes
    point = resting_point(ready, plan.at, _RUN)
    small = linearised(ideal, point, source, outputs)
    low, high = _band(plan, np.abs(small.poles), ready.circuit.unit)
    analysis = Ac(low, high, _POINTS)
    found = []
    for number in range(plan.boards + 1):
        lab.progress("ngspice", number / (plan.boards + 1))
        circuit = ready.circuit if not number else plan.board.made(ready.circuit, plan.first + number - 1)
        found.append(_run(circuit, point, source, outputs, analysis, ready, lab))
    lab.progress("ngspice", 1.0)
    hertz = found[0][0]
    exact = small.response(hertz * ready.circuit.unit)
    return SmallSignals(
        name=plan.board.title,
        fidelity=ready.circuit.fidelity,
        input=source,
        hertz=hertz,
        poles=small.poles / ready.circuit.unit,
        responses=[
            Response(name, exact[place], found[0][1][place], [board[1][place] for board in found[1:]])
            for place, name in enumerate(outputs)
        ],
        settings={"at": plan.at, "first_board": plan.first, **plan.board.departures()},
        built=ready.built,
    )


def _input(plan: AcPlan) -> str:
    """The input that moves.

    Raises:
        UsageError: there is none, several and none named, or none of this name.
    """
    names = list(plan.board.system.stimuli)
    if not names:
        raise UsageError(f"'{plan.board.title}' has no input that a signal could enter", hint="give it one in [inputs]")
    if plan.input is None and len(names) > 1:
        raise UsageError(f"'{plan.board.title}' has {len(names)} inputs", hint=f"name one, e.g. `input={names[0]}`")
    name = plan.input or names[0]
    if name not in names:
        raise UsageError(f"`input` {name}: there is no such input", hint=nearest(name, names))
    return name


def _band(plan: AcPlan, poles: NDArray[np.float64], unit: float) -> tuple[float, float]:
    """Lowest and highest frequency, hertz.

    Raises:
        UsageError: there is nothing between them.
    """
    speeds = poles[poles > 0] / (2 * math.pi * unit) if poles.any() else np.array([1 / (2 * math.pi * unit)])
    low = plan.low or float(f"{speeds.min() / _BEYOND:.1g}")
    high = plan.high or float(f"{speeds.max() * _BEYOND:.1g}")
    if not 0 < low < high < math.inf:
        raise UsageError(f"from {low:g} to {high:g} Hz is no band", hint="give `low` and `high`, in hertz")
    return low, high


def _run(
    circuit: Circuit,
    point: OperatingPoint,
    source: str,
    outputs: Sequence[str],
    analysis: Ac,
    ready: Design,
    lab: Lab,
) -> tuple[NDArray[np.float64], Complex]:
    """Frequencies in hertz, and responses per model unit of the input, shape (outputs, n)."""
    volts = circuit.volts_per_unit

    def driven(element: Element) -> Element:
        if isinstance(element, Battery) and element.name == source:
            return replace(element, nodes=(element.nodes[0], _SOURCE))
        return element

    asked = resting(circuit, point).mapped(driven)
    lines = [f"V{_SOURCE} {_SOURCE} 0 dc 0 ac 1"]
    bench = replace(ready.bench, probes=tuple(outputs))
    deck = render_analysis(asked, bench, analysis, near=point.volts(circuit), added=lines)
    with workplace(lab.folder) as work:
        plot = lab.simulator.analyse(deck.text, analysis, folder=work, files=deck.files, timeout=lab.timeout)
    hertz = np.real(plot.data["frequency"])
    found = [plot.data[name.lower()] * volts[source] / volts[name] for name in outputs]
    return hertz, np.array(found, complex)
