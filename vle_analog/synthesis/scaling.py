"""Volts per model unit, signal by signal, from the ranges that the reference run shows."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from vle_analog.blocks.integrators import LeakyIntegrator
from vle_analog.blocks.multiplier import Multiplier
from vle_analog.blocks.weighted_sum import WeightedSum
from vle_analog.circuit.technology import Technology
from vle_analog.diagram.block import ONE, Block, Numbers
from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.equations.system import name_of
from vle_analog.errors import SynthesisError

#: a signal is scaled for at least this fraction of its largest input, and at least so many model units
_SMALLEST, _LEAST = 1e-3, 1e-30
#: preferred numbers of ISO 3, series R10
_R10 = (1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0)


def preferred_scale(largest: float) -> float:
    """The largest R10 preferred number that does not exceed the value: readable, at most 25 % lost."""
    decade = 10.0 ** math.floor(math.log10(largest) + 1e-12)
    return decade * max(each for each in _R10 if each * decade <= largest * (1 + 1e-9))


def _floor(block: Block | None, peaks: Mapping[str, float], numbers: Numbers) -> float:
    """The smallest peak that a signal is scaled for, though the reference run shows less.

    A difference of nearly equal signals may be nothing but rounding noise; a thousandth of its
    largest input is then as much as a summing stage can tell apart.
    """
    if not isinstance(block, WeightedSum | LeakyIntegrator):
        return _LEAST
    sizes = []
    for term in block.terms:
        size = 1.0 if term.signal == ONE else peaks[name_of(term.signal)]
        sizes.append(size * float(np.max(np.abs(numbers(term.coefficient)), initial=0.0)))
    return max(_LEAST, _SMALLEST * max(sizes, default=0.0))


def choose_scales(
    diagram: BlockDiagram,
    peaks: Mapping[str, float],
    technology: Technology,
    numbers: Numbers,
    given: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """Volts per unit by signal name.

    A product's scale follows from its factors' (the multiplier's 10 V law); every other signal's
    peak is put at ``full_scale * (1 - headroom)`` or up to 25 % below, on a preferred number.

    Args:
        diagram: what is scaled.
        peaks: largest absolute value by signal name, in model units.
        technology: full scale and headroom.
        numbers: evaluates coefficients.
        given: scales chosen by the user, by signal name.

    Raises:
        SynthesisError: a given scale that would drive a signal out of full scale, a signal without
            a finite peak, or a given scale for an unknown signal or a product.
    """
    room = technology.full_scale * (1 - technology.headroom)
    given = dict(given or {})
    scales: dict[str, float] = {}

    def scale_of(name: str) -> float:
        if name not in scales:
            block = diagram.drivers.get(name)
            if isinstance(block, Multiplier):
                if name in given:
                    raise SynthesisError(
                        "a product's volts per unit follow from its factors'",
                        where=f"signal '{name}'",
                        hint=f"give a scale for '{name_of(block.first)}' or '{name_of(block.second)}' instead",
                    )
                product = scale_of(name_of(block.first)) * scale_of(name_of(block.second))
                scales[name] = product / (technology.multiplier_volts * abs(float(numbers(block.coefficient))))
            else:
                if not math.isfinite(peaks[name]):
                    raise SynthesisError("the reference run gives no finite range", where=f"signal '{name}'")
                peak = max(peaks[name], _floor(block, peaks, numbers))
                peak = peak if peak > _LEAST else 1.0
                scales[name] = given[name] if name in given else preferred_scale(room / peak)
            volts = scales[name] * peaks[name]
            if volts > technology.full_scale:
                raise SynthesisError(
                    f"the signal would reach {volts:.6g} V at {scales[name]:.3g} V per unit; "
                    f"full scale is {technology.full_scale:g} V on rails of {technology.rail:g} V",
                    where=f"signal '{name}'",
                    hint=f"at most {preferred_scale(room / peaks[name]):g} V per unit keeps the headroom",
                )
        return scales[name]

    unknown = sorted(given.keys() - diagram.signals.keys())
    if unknown:
        raise SynthesisError(f"a scale is given for '{unknown[0]}', which is no signal", where=diagram.system.name)
    for name, volts in given.items():
        if not (math.isfinite(volts) and volts > 0):
            raise SynthesisError(f"{volts} V per unit is not a positive number", where=f"signal '{name}'")
    for name in diagram.signals:
        scale_of(name)
    return scales
