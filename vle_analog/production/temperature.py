"""A circuit at another temperature: values, offsets and currents move, transistors are told.

Parts are drawn, and trimmed, at `NOMINAL`. What data sheets say of the way from there stands in the parts' headers: of
a ``drift`` each device has its own, normal with the typical one as standard deviation; a current that ``doubles`` is
that of a junction, which all have alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from vle_analog.circuit.cell.cell import Kind
from vle_analog.circuit.cell.datasheet import Spread
from vle_analog.circuit.circuit import NOMINAL, Circuit
from vle_analog.production.devices import with_errors
from vle_analog.production.draws import draw
from vle_analog.production.values import with_values


def warmed(
    circuit: Circuit,
    kelvin: float,
    seed: int,
    coefficients: Mapping[Kind, float],
    scale: float = 1.0,
    spared: Callable[[str], bool] | None = None,
    kinds: Mapping[str, float] | None = None,
) -> Circuit:
    """The circuit at another temperature.

    Args:
        circuit: at `NOMINAL`, its parts as they are there.
        kelvin: warmer than that.
        seed: of the devices' drifts.
        coefficients: of resistors and capacitors, relative change per kelvin.
        scale: of drifts, over what data sheets say.
        spared: by a part's full name, whether it stays as it is.
        kinds: further factors of drifts by kind of error, as `scattered` has them.

    Raises:
        CircuitError: a part cannot be reached or has no positive value, or a note that cannot be read.
    """
    if not kelvin:
        return circuit

    def change(kind: Kind, name: str, value: float) -> float:
        return value if spared is not None and spared(name) else value * (1 + coefficients[kind] * kelvin)

    def drift(kind: str, name: str, spread: Spread, value: float) -> float | None:
        if (spared is not None and spared(name)) or (kinds is not None and kind not in kinds):
            return None
        grown = 2 ** (kelvin / spread.doubling) if spread.doubling else 1.0
        factor = scale if kinds is None else scale * kinds[kind]
        moved = factor * spread.drift * kelvin * draw(seed, f"{name}.drift") if spread.drift else 0.0
        found = value * grown + moved
        return None if found == value else found

    found = with_values(circuit, change) if any(coefficients.values()) else circuit
    return replace(with_errors(found, drift), celsius=NOMINAL + kelvin)
