"""Who makes the noise: ngspice's devices put together by the parts of the circuit that they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

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
    owners = _Owners(circuit, sources)
    powers: dict[tuple[str, str], Array] = {}
    for vector, values in plot.data.items():
        # a device's sum stands beside its mechanisms, NAME_thermal and others
        if vector.startswith(_PREFIX) and vector.rpartition("_")[0] not in plot.data:
            owner = owners.of(vector.removeprefix(_PREFIX))
            if owner is not None:
                powers[owner] = powers.get(owner, np.zeros(len(values))) + np.real(values) ** 2
    for (name, kind), power in powers.items():
        yield name, kind, owners.block(name), np.sqrt(power)


class _Owners:
    """Whom ngspice's devices belong to: names of parts, and what of them makes noise.

    Args:
        circuit: of the parts.
        sources: what its cells of noise stand for, by their names.
    """

    def __init__(self, circuit: Circuit, sources: Mapping[str, NoiseSource]) -> None:
        self._blocks = {
            f"{'R' if isinstance(element, Resistor) else 'X'}{element.name}": section.heading
            for section in circuit.sections
            for element in section.elements
            if isinstance(element, Resistor | Instance)
        }
        self._names = {name.lower(): name for name in self._blocks}  # ngspice folds case
        self._cells = {
            f"x{element.name}".lower(): circuit.cells[element.cell]
            for element in circuit.elements()
            if isinstance(element, Instance)
        }
        self._sources = {f"x{name}".lower(): source for name, source in sources.items()}

    def of(self, device: str) -> tuple[str, str] | None:
        """Name of the part and kind of noise; None for what is no source of the circuit's."""
        path = device.split(".")[1:] if "." in device else [device]
        first = path[0]
        if device == "spectrum" or first == f"r{ASKED}":
            return None
        if first in self._sources:
            return self._sources[first].name, str(self._sources[first].kind)
        if len(path) == 1:
            return self._names[first], str(RESISTOR)
        cell = self._cells[first]
        own = {passive.name.lower(): passive.parameter for passive in cell.passives} if len(path) == 2 else {}
        if cell.role is None and path[1] in own:
            return f"{self._names[first]}.{own[path[1]]}", str(RESISTOR)
        return self._names[first], INSIDE

    def block(self, name: str) -> str:
        """Heading of the section that a part stands in."""
        return self._blocks.get(name.partition(".")[0], self._blocks.get(name, ""))
