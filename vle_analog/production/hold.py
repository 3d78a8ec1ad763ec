"""Capacitors that hold what was learned: what they leak, what their dielectric remembers, and how they are refreshed.

While the gate is closed nothing writes a weight. Its amplifier's bias and its switch's leakage charge the capacitor on,
as they do in any board's circuit. What is here is what no netlist has: the capacitor's own insulation, and dielectric
absorption, by which a part of the voltage that it had long before comes back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Element, Instance
from vle_analog.errors import UsageError
from vle_analog.waveforms import Array

#: seconds in which most of what a dielectric absorbed has come back; [assumed]
_RETURN = 100.0


@dataclass(frozen=True)
class Dielectric:
    """What a capacitor is made of.

    Attributes:
        ohms: insulation resistance at 20 to 25 degrees C, the least that makers state.
        seconds: the most of that resistance times the capacitance, which larger capacitors have.
        absorption: fraction of an earlier voltage that comes back.
        halves: kelvin by which it must be warmer that its insulation is half as good.
    """

    ohms: float = math.inf
    seconds: float = math.inf
    absorption: float = 0.0
    halves: float = math.inf

    def insulates(self, farads: Array, celsius: float) -> Array:
        """Time constants of capacitors that discharge through their insulation, seconds, infinite without."""
        return np.minimum(self.ohms * farads, self.seconds) * float(2 ** (-(celsius - 25.0) / self.halves))


#: by name, remembered of makers' sheets, which were not seen: polypropylene WIMA MKP 2 (to 0.33 uF 100 Gohm, in the
#: mean five times as much; 30,000 s; 0.05 to 0.1 %), polyester WIMA MKS 2 (15 Gohm; 5,000 s; 0.5 %), C0G by KEMET (100
#: Gohm; 1,000 s; 0.6 %). That insulation halves every 10 K is assumed.
DIELECTRICS: Mapping[str, Dielectric] = {
    "ideal": Dielectric(),
    "polypropylene": Dielectric(100e9, 30e3, 1e-3, 10.0),
    "polyester": Dielectric(15e9, 5e3, 5e-3, 10.0),
    "c0g": Dielectric(100e9, 1e3, 6e-3, 10.0),
}


@dataclass(frozen=True)
class Refresh:
    """Weights are read out and written back in turn.

    Attributes:
        period: seconds between two times that a weight is written.
        bits: of the converters, over plus and minus the full scale.
        full_scale: volts.
    """

    period: float
    bits: int
    full_scale: float = 10.0

    @property
    def step(self) -> float:
        """Volts of one step of the converters."""
        return 2 * self.full_scale / 2**self.bits

    def converted(self, volts: Array) -> Array:
        """What is written back where so many volts are read."""
        most = self.full_scale - self.step
        return np.clip(np.round(volts / self.step) * self.step, -self.full_scale, most)


@dataclass(frozen=True)
class Hold:
    """How voltages on capacitors move while they are held.

    Attributes:
        rates: volts per second by which currents charge them, shape (boards, weights).
        before: volts that they had for long before, likewise.
        insulation: time constants of the capacitors' own discharge, seconds, likewise.
        absorption: fraction of an earlier voltage that comes back.
        refresh: whether, and how, they are written again.
    """

    rates: Array
    before: Array
    insulation: Array
    absorption: float = 0.0
    refresh: Refresh | None = None

    def drifted(self, volts: Array, seconds: float) -> Array:
        """Volts after a time without refresh: currents and insulation in parallel, and what is absorbed comes back."""
        decayed = -np.expm1(-seconds / self.insulation)
        long = np.isinf(self.insulation)
        charged = np.where(long, seconds, np.where(long, 1.0, self.insulation) * decayed)
        found: Array = volts * (1 - decayed) + self.rates * charged
        return found

    def after(self, volts: Array, seconds: float) -> Array:
        """Volts after a time; refreshed ones are read at its end, before they are written again."""
        returned = self.absorption * (self.before - volts) * -math.expm1(-seconds / _RETURN)
        if self.refresh is None:
            return self.drifted(volts, seconds) + returned
        held, period = volts, self.refresh.period
        for _ in range(math.floor(seconds / period)):
            held = self.refresh.converted(self.drifted(held, period))
        # a converter takes up what comes back, too: what is written is what is read
        return self.drifted(held, seconds % period)


def charged_with(circuit: Circuit, volts: Mapping[str, float]) -> Circuit:
    """The circuit whose integrators of some signals start from other voltages.

    Args:
        circuit: any.
        volts: by the signals' instances.

    Raises:
        UsageError: a signal that no capacitor holds.
    """
    missing = set(volts)

    def change(element: Element) -> Element:
        if not isinstance(element, Instance) or element.name not in volts:
            return element
        starts = [passive.start for passive in circuit.cells[element.cell].passives if passive.start is not None]
        if len(starts) != 1:
            return element
        missing.discard(element.name)
        return replace(element, parameters=tuple({**dict(element.parameters), starts[0]: volts[element.name]}.items()))

    changed = circuit.mapped(change)
    if missing:
        raise UsageError(
            f"no capacitor holds '{min(missing)}'", where=circuit.name, hint="weights are held by boards that learn"
        )
    return changed


def in_volts(circuit: Circuit, names: Sequence[str], values: Array) -> Array:
    """Signals in model units as volts of their nodes, shape (..., names)."""
    return values * np.array([circuit.volts_per_unit[name] for name in names])
