"""Differences that multipliers take by themselves: both pins of an input instead of an op-amp and its resistors.

A factor ``a - b`` costs a weighted sum, whose two resistors miss each other by their tolerance: where a and b are
nearly the same, as where a network's output is compared with its target, that is most of the difference. A multiplier
subtracts as exactly as its inputs reject what they have in common. In exchange, a and b have the same volts per unit,
and so has their difference, which a stage of its own would make larger: the input's offset weighs more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

import sympy as sp

from vle_analog.blocks.multiplier import Multiplier
from vle_analog.blocks.weighted_sum import WeightedSum
from vle_analog.circuit.parts import library
from vle_analog.circuit.technology import Technology
from vle_analog.diagram.block import ONE
from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.equations.system import Definition, EquationSystem, Signal, State, name_of, names_in
from vle_analog.equations.templates import numbers_of, reindexed
from vle_analog.errors import UsageError

_ROLE = "multiplier"


class Difference(NamedTuple):
    """``signal = coefficient (first - second)``.

    Attributes:
        signal: its template.
        first, second: over the template's indices.
        coefficient: one number.
    """

    signal: Signal
    first: Signal
    second: Signal
    coefficient: sp.Expr


def subtracting(diagram: BlockDiagram, technologies: Iterable[Technology] = ()) -> BlockDiagram:
    """The diagram whose multipliers subtract wherever they can.

    They can where a factor is a difference of two signals, times one number, that nobody declared and that multipliers
    alone need; and where the volts per unit of both signals are free: those of products are not. One factor of each.

    Args:
        diagram: from `lower`.
        technologies: that its multipliers are of.

    Raises:
        UsageError: a multiplier that scatters, but whose file has no note of its common mode.
    """
    for technology in technologies:
        _refuse(technology)
    differences = _differences(diagram)
    for block in diagram.blocks:
        if isinstance(block, Multiplier) and name_of(block.first) in differences:
            differences.pop(name_of(block.second), None)
    blocks = [
        _subtracting(block, differences) if isinstance(block, Multiplier) else block
        for block in diagram.blocks
        if name_of(block.output) not in differences
    ]
    internal = {name: each for name, each in diagram.system.internal.items() if name not in differences}
    return replace(diagram, system=diagram.system.updated(internal=internal), blocks=tuple(blocks))


def _refuse(technology: Technology) -> None:
    """Refuse multipliers of which nobody says how well they subtract."""
    cell = library(technology)[_ROLE]
    if cell.spread and not any(spread.between for spread in cell.spread.values()):
        raise UsageError(
            f"nobody says what '{cell.part}' makes of voltages that both pins of an input have in common",
            where="`subtract`",
            hint="take another multiplier, such as ad633, or leave `subtract` out",
        )


def _differences(diagram: BlockDiagram) -> dict[str, Difference]:
    """Differences that multipliers alone need, by name."""
    needed: set[str] = set()
    for block in diagram.blocks:
        if not isinstance(block, Multiplier) or block.first == block.second:
            needed.update(*map(_names, block.equations()))
    for trigger in diagram.triggers:
        event = trigger.event()
        needed.update(names_in(event.margin), *(names_in(value) for _, value in event.settings))
    found = {}
    for block in diagram.blocks:
        name = name_of(block.output)
        if isinstance(block, WeightedSum) and name in diagram.system.internal and name not in needed:
            difference = _difference(block, diagram.system)
            if difference is not None and all(_is_free(each, diagram) for each in difference[1:3]):
                found[name] = difference
    return found


def _names(equation: State | Definition) -> set[str]:
    """Names on the right-hand side of an equation."""
    return names_in(equation.derivative if isinstance(equation, State) else equation.expression)


def _is_free(symbol: Signal, diagram: BlockDiagram) -> bool:
    """Whether a signal's volts per unit may be any."""
    return symbol != ONE and not isinstance(diagram.drivers.get(name_of(symbol)), Multiplier)


def _difference(block: WeightedSum, system: EquationSystem) -> Difference | None:
    """What a weighted sum is a difference of; None where it is none."""
    if len(block.terms) != 2 or any(term.over or term.gate is not None for term in block.terms):
        return None
    values = [numbers_of(term.coefficient, system) for term in block.terms]
    if any(each.ndim for each in values) or float(sum(values)) != 0.0:
        return None
    plus, minus = block.terms if float(values[0]) > 0 else block.terms[::-1]
    return Difference(block.output, plus.signal, minus.signal, plus.coefficient)


def _subtracting(block: Multiplier, differences: Mapping[str, Difference]) -> Multiplier:
    """A multiplier that takes its difference, if one of its factors is one, by its first input."""
    pairs = ((block.first, block.second), (block.second, block.first))
    for factor, other in pairs:
        if (difference := differences.get(name_of(factor))) is not None:
            first, second = (reindexed(each, difference.signal, factor) for each in difference[1:3])
            return Multiplier(block.output, first, other, block.coefficient * difference.coefficient, second)
    return block
