"""Volts per model unit, signal by signal, from the ranges that the reference run shows."""

from __future__ import annotations

import math
from collections.abc import Mapping

from vle_analog.blocks.design import CircuitBlock
from vle_analog.circuit.technology import Technology
from vle_analog.diagram.block import Block, Numbers
from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.equations.system import Signal, name_of
from vle_analog.errors import SynthesisError, nearest

#: a signal of no more model units than this is none
_LEAST = 1e-30
#: preferred numbers of ISO 3, series R10
_R10 = (1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0)


def preferred_scale(largest: float) -> float:
    """The largest R10 preferred number that does not exceed the value: readable, at most 25 % lost."""
    decade = 10.0 ** math.floor(math.log10(largest) + 1e-12)
    return decade * max(each for each in _R10 if each * decade <= largest * (1 + 1e-9))


def choose_scales(
    diagram: BlockDiagram,
    peaks: Mapping[str, float],
    technology: Technology,
    numbers: Numbers,
    given: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """Volts per unit by signal name.

    A product's scale follows from its factors' (the multiplier's 10 V law); every other signal's
    peak is put at ``full_scale * (1 - headroom)`` or up to 25 % below, on a preferred number; the largest peak of
    those that need the same.

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
    given = dict(given or {})
    unknown = sorted(given.keys() - diagram.signals.keys())
    if unknown:
        raise SynthesisError(
            f"a scale is given for '{unknown[0]}', which is no signal",
            where=diagram.system.name,
            hint=nearest(unknown[0], diagram.signals),
        )
    for name, volts in given.items():
        if not (math.isfinite(volts) and volts > 0):
            raise SynthesisError(
                f"{volts} V per unit is not a positive number",
                where=f"signal '{name}'",
                hint=f"e.g. --scale {name}=0.5",
            )
    choice = _Choice(diagram, peaks, technology, numbers, given)
    for symbol in diagram.signals.values():
        choice.scale(symbol)
    return choice.scales


class _Choice:
    """Scales, chosen when they are asked for: a stage may need those of its inputs first."""

    def __init__(
        self,
        diagram: BlockDiagram,
        peaks: Mapping[str, float],
        technology: Technology,
        numbers: Numbers,
        given: Mapping[str, float],
    ) -> None:
        self.diagram, self.peaks, self.technology, self.numbers = diagram, peaks, technology, numbers
        self.given = given
        self.room = technology.full_scale * (1 - technology.headroom)
        self.alike = _alike(diagram)
        self.scales: dict[str, float] = {}

    def scale(self, symbol: Signal) -> float:
        """A signal's volts per unit."""
        name = name_of(symbol)
        if name not in self.scales:
            block = self.diagram.drivers.get(name)
            derived = None
            if isinstance(block, CircuitBlock):
                derived = block.derived_scale(self.scale, self.technology, self.numbers)
            if derived is not None and block is not None and name in self.given:
                sources = " or ".join(dict.fromkeys(f"'{name_of(each.source)}'" for each in block.links(self.numbers)))
                raise SynthesisError(
                    f"the volts per unit of a {block.kind}'s output follow from its inputs'",
                    where=f"signal '{name}'",
                    hint=f"give a scale for {sources} instead",
                )
            self.scales[name] = self._free(name, block) if derived is None else derived
            self._check(name)
        return self.scales[name]

    def _free(self, name: str, block: Block | None) -> float:
        """The scale of a signal that may have any."""
        if not math.isfinite(self.peaks[name]):
            raise SynthesisError(
                "the reference run gives no finite range",
                where=self.diagram.place_of(name),
                hint="see where it leaves all bounds: check signs and initial values, or shorten the span",
            )
        group = self.alike.get(name, {name})
        if fixed := {each: self.given[each] for each in sorted(group) if each in self.given}:
            return self._fixed(name, fixed)
        peak = max(self._peak(each) for each in group)
        return preferred_scale(self.room / (peak if peak > _LEAST else 1.0))

    def _peak(self, name: str) -> float:
        """The peak that a signal is scaled for."""
        block = self.diagram.drivers.get(name)
        least = block.smallest_peak(self.peaks, self.numbers) if isinstance(block, CircuitBlock) else 0.0
        return max(self.peaks[name], least)

    def _fixed(self, name: str, fixed: Mapping[str, float]) -> float:
        """The scale that the user fixes for signals that need the same."""
        first, *others = fixed
        for other in others:
            if fixed[other] != fixed[first]:
                raise SynthesisError(
                    f"'{first}' and '{other}', which a multiplier subtracts, need the same volts per unit",
                    where=f"signal '{name}'",
                    hint=f"--scale {other}={fixed[first]:g}",
                )
        return fixed[first]

    def _check(self, name: str) -> None:
        """Refuse a scale at which the signal leaves full scale."""
        scale, technology = self.scales[name], self.technology
        volts = scale * self.peaks[name]
        if volts > technology.full_scale:
            raise SynthesisError(
                f"the signal would reach {volts:.6g} V at {scale:.3g} V per unit; "
                f"full scale is {technology.full_scale:g} V on rails of {technology.rail:g} V",
                where=self.diagram.place_of(name),
                hint=f"at most {preferred_scale(self.room / self.peaks[name]):g} V per unit keeps the headroom",
            )


def _alike(diagram: BlockDiagram) -> dict[str, set[str]]:
    """Names of signals that need the same volts per unit, by each of their names."""
    groups: dict[str, set[str]] = {}
    for block in diagram.blocks:
        if block.pair is not None:
            names = {name_of(symbol) for symbol in block.pair}
            group = names.union(*(groups[name] for name in names if name in groups))
            groups.update(dict.fromkeys(group, group))
    return groups
