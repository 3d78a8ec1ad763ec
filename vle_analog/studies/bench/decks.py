"""The bench: a part between its rails, several times over, each wired for one measurement, and what curves say."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from vle_analog.analyses import Analysis, Dc, Noise, Tran
from vle_analog.circuit.cell.cell import Cell, needed
from vle_analog.circuit.cell.noise import STATED_AT, Made
from vle_analog.errors import SimulationError
from vle_analog.lab.folder import FAILED, workplace
from vle_analog.lab.lab import Lab
from vle_analog.netlist.control import control
from vle_analog.simulate.rawfile import Plot
from vle_analog.studies.bench.result import Failure, Measured, NoiseAccount
from vle_analog.waveforms import Array

#: a ratio in dB beyond is rounding's
_PERFECT = 200.0
#: seconds of wall-clock time for a measurement, unless the lab says otherwise
_PATIENCE = 60.0
#: settings of the solver: of operating points and small signals, and of runs in time. Makers' models have corners at
#: which one method gives up and another does not: the next is tried
_EXACT = "reltol=1e-6 vntol=1e-9"
_TRANSIENT = (
    "reltol=1e-4 vntol=1e-6",
    "reltol=1e-3 vntol=1e-6 method=gear",
    "reltol=1e-3 vntol=1e-6 abstol=1e-10 itl4=200 gmin=1e-10",
)
#: cells that stand for noise, which every deck that needs one takes
GENERATORS = ("voltage_noise", "current_noise")


@dataclass(frozen=True)
class Rails:
    """The supply, in volts from the node that signals are counted from.

    Attributes:
        low, high: of the negative and the positive one. A part on 0 to 5 V with its signals around the middle has -2.5
            and 2.5.
    """

    low: float = -15.0
    high: float = 15.0

    @property
    def reach(self) -> float:
        """How far a signal may go to either side, volts: what levels of measurements are fractions of."""
        return min(-self.low, self.high)


@dataclass
class Bed:
    """A part, the cells that it is made of, and where it is measured.

    Attributes:
        cell: the part.
        cells: all cells by name, those of `GENERATORS` among them.
        lab: whose simulator measures; a measurement that fails leaves deck and log in its folder.
        rails: the supply.
        failures: measurements that failed, in order.
        noise: what makes the part's voltage noise, once it is measured.
    """

    cell: Cell
    cells: Mapping[str, Cell]
    lab: Lab = field(default_factory=Lab)
    rails: Rails = Rails()
    failures: list[Failure] = field(default_factory=list)
    noise: NoiseAccount | None = None

    def part(self, name: str, nodes: Mapping[str, str], **parameters: float) -> str:
        """The line of one instance; ports that are not named go to a node of the port's name.

        So do ``vcc`` and ``vee`` always: as they are global, ngspice connects a cell's ports of that name to them,
        whatever the instance says. All that concerns the supply is measured of one part alone.
        """
        pins = " ".join(nodes.get(port, port) for port in self.cell.ports)
        given = "".join(f" {key}={value!r}" for key, value in parameters.items())
        return f"X{name} {pins} {self.cell.name}{given}"

    def run(self, name: str, lines: Sequence[str], analysis: Analysis, apart: float = 0.0) -> Plot:
        """Simulate the part's instances.

        Args:
            name: of the measurement; deck and log of one that fails are kept under it.
            lines: of the circuit, without the supply.
            analysis: which.
            apart: small-signal volts by which either supply moves away from ground.

        Raises:
            SimulationError: the simulator failed, with all settings of its solver, or gave something that is not a
                number; names the deck of the last attempt, which is kept.
        """
        self.lab.progress(f"measuring: {name}", 0.0)
        *others, last = _TRANSIENT if isinstance(analysis, Tran) else (_EXACT,)
        with workplace(self.lab.folder, f"{FAILED}-{name}") as place:

            def attempt(options: str) -> Plot:
                deck = self._deck(name, lines, analysis, apart, options)
                patience = self.lab.timeout or _PATIENCE
                return self.lab.simulator.analyse(deck, analysis, folder=place, timeout=patience)

            for options in others:
                with suppress(SimulationError):
                    return attempt(options)
            return attempt(last)

    def _deck(self, name: str, lines: Sequence[str], analysis: Analysis, apart: float, options: str) -> str:
        generators = [each for each in GENERATORS if any(each in line.split() for line in lines)]
        deck = [
            f"* bench of {self.cell.name}: {name}",
            *(each.subckt.rstrip("\n") for each in needed([self.cell.name, *generators], self.cells)),
            ".global vcc vee",
            f"Vcc vcc 0 dc {self.rails.high!r} ac {apart!r}",
            f"Vee vee 0 dc {self.rails.low!r} ac {-apart!r}",
            *lines,
            f".options {options}",
            *control(analysis),
            ".end",
        ]
        return "\n".join(deck) + "\n"

    def supply_current(self, nodes: Mapping[str, str]) -> float:
        """Amperes from the positive supply into one part whose output, node ``out``, is loaded with 1 Mohm."""
        lines = ["Vs s 0 0", "Rs s 0 1", self.part("a", nodes), "Rl out 0 1meg"]
        return -float(self.run("supply", lines, Dc("Vs", 0.0, 1.0, 1.0)).data["i(vcc)"][0])

    def density(
        self, name: str, lines: Sequence[str], node: str, low: float, high: float, *, refer: bool
    ) -> tuple[Array, Array]:
        """The density of noise at a node, or, if ``refer``, what at the source ``Vin`` makes as much.

        Returns:
            Hertz and V/sqrt(Hz), both of shape (n,).
        """
        plot = self.run(name, lines, Noise(node, "Vin", low, high, 20))
        density = plot.data["inoise_spectrum" if refer else "onoise_spectrum"]
        return np.real(plot.data["frequency"]), np.real(density)

    def attempted(
        self, quantities: Sequence[str], measurement: Callable[[], dict[str, Measured]]
    ) -> dict[str, Measured]:
        """What a measurement gives; if the simulator fails, no figures, and the reason among the `failures`."""
        try:
            return measurement()
        except SimulationError as error:
            self.failures.append(Failure(tuple(quantities), error))
            return {name: Measured(float("nan"), "not measured") for name in quantities}


def generator(name: str, kind: str, nodes: str, made: Made) -> str:
    """The line of a source of noise."""
    return f"X{name} {nodes} {kind} density={made.density!r} corner={made.corner!r}"


def crossing(x: Array, y: Array, level: float) -> float:
    """Place at which y first comes to a level, interpolated; NaN if it does not.

    Args:
        x: shape (n,), rising.
        y: shape (n,).
        level: of y.
    """
    above = y > level
    turns = np.flatnonzero(above[1:] != above[:-1])
    if not turns.size:
        return float("nan")
    k = int(turns[0])
    return float(x[k] + (level - y[k]) / (y[k + 1] - y[k]) * (x[k + 1] - x[k]))


def bandwidth(hertz: Array, gain: Array) -> Measured:
    """Hertz at which the magnitude has fallen to 0.7071 of its value at the lowest frequency."""
    decibels = 20 * np.log10(np.abs(gain) / np.abs(gain[0]))
    at = 10 ** crossing(np.log10(hertz), decibels, -10 * np.log10(2))
    return Measured(at, f"the gain does not fall below {hertz[-1]:.0e} Hz" if np.isnan(at) else "")


def noise_figures(hertz: Array, density: Array, note: str = "") -> dict[str, Measured]:
    """Density at 1 kHz, and where 1/f noise is as strong as the least density above (0 if nowhere)."""
    floor = int(np.argmin(density))
    corner = crossing(np.log10(hertz[: floor + 1]), density[: floor + 1] / density[floor], np.sqrt(2.0))
    at = float(np.interp(np.log10(STATED_AT), np.log10(hertz), density))
    return {
        "voltage_noise": Measured(at, note),
        "noise_corner": Measured(0.0 if np.isnan(corner) else 10**corner, note),
    }


def rejection(gain: float, leak: float, what: str) -> Measured:
    """Gain over what a signal that should not matter makes at the output, dB."""
    value = gain - 20 * math.log10(leak) if leak > 0 else math.inf
    if value > _PERFECT:
        return Measured(math.inf, f"perfect: {what} make nothing at the output")
    return Measured(value)
