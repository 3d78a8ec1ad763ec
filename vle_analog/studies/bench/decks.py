"""The bench's decks: a part between its rails, several times over, each wired for one measurement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vle_analog.circuit.cell.cell import Cell, needed
from vle_analog.errors import SimulationError
from vle_analog.simulate import Ngspice
from vle_analog.simulate.rawfile import Plot
from vle_analog.waveforms import Array

#: volts of either supply
RAIL = 15.0
_NOISE = ("voltage_noise", "current_noise")
#: a part's own noise below this fraction of the density that its file names is that of a quiet cell
_QUIET = 0.1


@dataclass(frozen=True)
class Bed:
    """A part, the cells that it is made of, and where ngspice works.

    Attributes:
        cell: the part.
        cells: all cells by name.
        folder: an empty one.
    """

    cell: Cell
    cells: Mapping[str, Cell]
    folder: Path

    def part(self, name: str, nodes: Mapping[str, str], **parameters: float) -> str:
        """The line of one instance; ports that are not named go to a node of the port's name.

        So do ``vcc`` and ``vee`` always: as they are global, ngspice connects a cell's ports of that name to them,
        whatever the instance says. All that concerns the supply is measured of one part alone.
        """
        pins = " ".join(nodes.get(port, port) for port in self.cell.ports)
        given = "".join(f" {key}={value!r}" for key, value in parameters.items())
        return f"X{name} {pins} {self.cell.name}{given}"

    def run(self, lines: Sequence[str], analysis: Sequence[str], axis: str, name: str, apart: float = 0.0) -> Plot:
        """Simulate the part's instances.

        Args:
            lines: of the circuit, without the supply.
            analysis: control lines.
            axis: of the plot that is wanted.
            name: of the run's folder.
            apart: small-signal volts by which either supply moves away from ground.

        Raises:
            SimulationError: ngspice failed, or gave something that is not a number.
        """
        used = [self.cell.name, *(each for each in _NOISE if each in self.cells)]
        deck = [
            f"* bench of {self.cell.name}: {name}",
            *(each.subckt.rstrip("\n") for each in needed(used, self.cells)),
            ".global vcc vee",
            f"Vcc vcc 0 dc {RAIL!r} ac {apart!r}",
            f"Vee vee 0 dc {-RAIL!r} ac {-apart!r}",
            *lines,
            ".options reltol=1e-6 vntol=1e-9",
            ".control",
            "set filetype=binary",
            *analysis,
            "write waveforms.raw",
            "quit",
            ".endc",
            ".end",
        ]
        plot = Ngspice().run_sweep("\n".join(deck) + "\n", axis, folder=self.folder / name, timeout=60)
        for node, values in plot.data.items():
            if not np.all(np.isfinite(values)):
                raise SimulationError(f"'{node}' is not a finite number", where=f"cell '{self.cell.name}', {name}")
        return plot

    def supply_current(self, nodes: Mapping[str, str]) -> float:
        """Amperes from the positive supply into one part whose output, node ``out``, is loaded with 1 Mohm."""
        lines = ["Vs s 0 0", self.part("a", nodes), "Rl out 0 1meg"]
        return -float(self.run(lines, ["dc Vs 0 1 1"], "v-sweep", "supply").data["i(vcc)"][0])

    def noise(self, lines: Sequence[str], generator: str, low: float = 0.1, high: float = 1e5) -> tuple[Array, Array]:
        """The density of noise at node ``noisy`` that the part makes by itself, or that its file names.

        A part whose transistors make noise is measured as it is. A quiet one, whose density is only named by its
        parameters EN and FE, is measured with a generator of that density.

        Args:
            lines: of the circuit, with a source ``Vin``; the generator lies between nodes ``clean`` and ``noisy``.
            generator: name of its instance.
            low, high: hertz.

        Returns:
            Hertz and V/sqrt(Hz), both of shape (n,).
        """
        defaults = dict(self.cell.defaults)
        named = defaults.get("EN", "0")
        sources = {
            "quiet": f"X{generator} clean noisy voltage_noise density=0 corner=0",
            "noise": f"X{generator} clean noisy voltage_noise density={named} corner={defaults.get('FE', '0')}",
        }
        densities = {}
        for name, source in sources.items():
            analysis = [f"noise v(noisy) Vin dec 20 {low!r} {high!r}", "setplot noise1"]
            plot = self.run([*lines, source], analysis, "frequency", name)
            densities[name] = np.real(plot.data["onoise_spectrum"])
        own, total = densities["quiet"], densities["noise"]
        added = np.sqrt(np.maximum(total**2 - own**2, 0.0))
        return np.real(plot.data["frequency"]), own if np.max(own) > _QUIET * np.max(added) else total


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


def bandwidth(hertz: Array, gain: Array) -> float:
    """Hertz at which the magnitude has fallen to 0.7071 of its value at the lowest frequency; NaN if it does not."""
    decibels = 20 * np.log10(np.abs(gain) / np.abs(gain[0]))
    return 10 ** crossing(np.log10(hertz), decibels, -10 * np.log10(2))


def noise_figures(hertz: Array, density: Array) -> dict[str, float]:
    """Density at 1 kHz, and where 1/f noise is as strong as the white noise at the highest frequency (0 if nowhere)."""
    corner = crossing(np.log10(hertz), density / density[-1], np.sqrt(2.0))
    at = float(np.interp(3.0, np.log10(hertz), density))
    return {"voltage_noise": at, "noise_corner": 0.0 if np.isnan(corner) else 10**corner}
