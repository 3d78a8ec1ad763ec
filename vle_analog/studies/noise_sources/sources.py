"""Who makes the noise: ngspice's devices put together by the parts of the circuit that they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Instance, Resistor
from vle_analog.production.noise import RESISTOR, NoiseSource
from vle_analog.simulate.rawfile import Plot
from vle_analog.studies.noise_sources.at_rest import ASKED
from vle_analog.waveforms import Array

#: of noise that a part's own resistors, diodes and transistors make
INSIDE = "inside of parts"
#: how ngspice calls densities of single devices
_PREFIX = "onoise_"


def attributed(
    circuit: Circuit, plot: Plot, sources: Mapping[str, NoiseSource]
) -> Iterator[tuple[str, str, str, Array]]:
    """Name, kind, block and density (V/sqrt(Hz), of the plot's shape) of each source.

    Args:
        circuit: whose noise it is.
        plot: ngspice's analysis, with every device by itself.
        sources: what its cells of noise stand for, by their names.
    """
    parts = _Parts(circuit, sources)
    powers: dict[tuple[str, str, str], Array] = {}
    for vector, values in plot.data.items():
        # a device's sum stands beside its mechanisms, NAME_thermal and others
        if vector.startswith(_PREFIX) and vector.rpartition("_")[0] not in plot.data:
            source = parts.behind(vector.removeprefix(_PREFIX))
            if source is not None:
                powers[source] = powers.get(source, np.zeros(len(values))) + np.real(values) ** 2
    for (name, kind, block), power in powers.items():
        yield name, kind, block, np.sqrt(power)


class _Parts:
    """The parts that ngspice's devices stand for.

    Args:
        circuit: of the parts.
        sources: what its cells of noise stand for, by their names.
    """

    def __init__(self, circuit: Circuit, sources: Mapping[str, NoiseSource]) -> None:
        # by names as ngspice folds them: full name, heading of its section, and cell of an instance
        self._known: dict[str, tuple[str, str, Cell | None]] = {}
        for section in circuit.sections:
            for element in section.elements:
                if isinstance(element, Resistor | Instance):
                    cell = circuit.cells[element.cell] if isinstance(element, Instance) else None
                    name = f"{'R' if cell is None else 'X'}{element.name}"
                    self._known[name.lower()] = name, section.heading, cell
        self._sources = {f"x{name}".lower(): source for name, source in sources.items()}

    def behind(self, device: str) -> tuple[str, str, str] | None:
        """Name of the part, kind of noise and block; None for what is no source of the circuit's."""
        path = device.split(".")[1:] if "." in device else [device]
        first = path[0]
        if device == "spectrum" or first == f"r{ASKED}":
            return None
        if (source := self._sources.get(first)) is not None:
            return source.name, str(source.kind), source.block
        name, block, cell = self._known[first]
        if cell is None:
            return name, str(RESISTOR), block
        own = {passive.name.lower(): passive.parameter for passive in cell.passives} if len(path) == 2 else {}
        if cell.role is None and path[-1] in own:
            return f"{name}.{own[path[-1]]}", str(RESISTOR), block
        return name, INSIDE, block
