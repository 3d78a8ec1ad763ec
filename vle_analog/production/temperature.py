"""A circuit at another temperature: values, offsets and currents move, transistors are told.

Parts are drawn, and trimmed, at `NOMINAL`. What data sheets say of the way from there stands in the parts' headers: of
a ``drift`` each device has its own, normal with the typical one as standard deviation; a current that ``doubles`` is
that of a junction, which all have alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vle_analog.circuit.cell.cell import Kind
from vle_analog.circuit.circuit import NOMINAL, Circuit
from vle_analog.owner import Owner
from vle_analog.production.devices import DeviceError, with_errors
from vle_analog.production.draws import Numbers, draw, some
from vle_analog.production.values import Part, with_values


def warmed(
    circuit: Circuit,
    kelvin: float,
    seed: Numbers,
    coefficients: Mapping[Kind, float],
    scale: float = 1.0,
    kinds: Mapping[str, float] | None = None,
) -> Circuit:
    """The circuit at another temperature, which moves its board's parts.

    Args:
        circuit: at `NOMINAL`, its parts as they are there.
        kelvin: warmer than that.
        seed: of the devices' drifts.
        coefficients: of resistors and capacitors, relative change per kelvin.
        scale: of drifts, over what data sheets say.
        kinds: further factors of drifts by kind of error, as `scattered` has them.

    Raises:
        CircuitError: a part cannot be reached or has no positive value, or a note that cannot be read.
    """
    if not kelvin:
        return circuit

    def change(part: Part) -> float:
        return part.value * (1 + coefficients[part.kind] * kelvin) if part.owner is Owner.BOARD else part.value

    def drift(error: DeviceError) -> float | None:
        if error.owner is not Owner.BOARD or (kinds is not None and error.kind not in kinds):
            return None
        spread = error.spread
        grown = 2 ** (kelvin / spread.doubling) if spread.doubling else 1.0
        factor = scale if kinds is None else scale * kinds[error.kind]
        moved = factor * spread.drift * kelvin * draw(seed, f"{error.name}.drift") if spread.drift else 0.0
        found = error.value * grown + moved
        return found if some(found != error.value) else None

    found = with_values(circuit, change) if any(coefficients.values()) else circuit
    return replace(with_errors(found, drift), celsius=NOMINAL + kelvin)
