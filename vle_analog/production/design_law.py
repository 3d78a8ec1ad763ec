"""What a stage's cell makes of its parts: gains and time constants, from how these hang around its op-amp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from vle_analog.circuit.cell.cell import Cell, Passive
from vle_analog.circuit.cell.stage import Network, Roles, stage

#: powers by part: a quantity is the product of these powers of the parts' values
Powers = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class DesignLaw:
    """What a stage's cell does with its parts.

    Attributes:
        order: the cell's parameters, in the order in which one chooses them: quantity by quantity, capacitors first,
            which are sold in coarser series; what decides nothing last.
        quantities: gains and time constants that these alone decide.
        inputs: powers that each input resistor from outside is multiplied by.
    """

    order: tuple[str, ...]
    quantities: tuple[Powers, ...]
    inputs: Powers


@cache
def design_law(cell: Cell, roles: Roles) -> DesignLaw | None:
    """The law of a stage.

    Args:
        cell: any without a role.
        roles: of the cells that it uses.

    Returns:
        None for a cell that is no stage, and for one whose parts hang otherwise than a `Network` says, are several in
        one place, share a parameter, or have values that its file fixes.
    """
    network = stage(cell, roles).network()
    names = {passive.parameter for passive in cell.passives} - {None}
    if network is None or len(names) != len(cell.passives):
        return None
    if max(len(network.resistors), len(network.capacitors)) > 1:
        return None
    resistor, capacitor = _only(network.resistors), _only(network.capacitors)
    quantities = tuple(_quantities(network, resistor, capacitor))
    inputs = ((resistor, -1),) if resistor else ((capacitor, 1),)
    return DesignLaw(_order(cell, quantities), quantities, inputs)


def _quantities(network: Network, resistor: str, capacitor: str) -> list[Powers]:
    """The gain of each own input, and a time constant of each resistor and capacitor side by side or in series.

    Where a multiplier lies in the feedback, a capacitor beside it decides nothing: it keeps the loop stable.
    """
    feedback = ((resistor, 1),) if resistor else ((capacitor, -1),)
    ahead, series = ("", "") if network.ahead is None else map(_name, network.ahead)
    beside = "" if network.ahead is None or series else network.ahead[0].nodes
    found: list[Powers] = []
    for node, own in network.inputs:
        if node in beside:
            found.append(((_name(own), 1), (ahead, 1)))
        found.append((*feedback, (_name(own), -1)))
    if ahead and not any(node in beside for node, _ in network.inputs):
        found.append((*feedback, (ahead, 1)))
    if series:
        found.append(((series, 1), (ahead, 1)))
    if resistor and capacitor and network.denominator is None:
        found.append(((resistor, 1), (capacitor, 1)))
    return found


def _order(cell: Cell, quantities: Sequence[Powers]) -> tuple[str, ...]:
    kinds = {_name(passive): passive.kind for passive in cell.passives}
    steps = [[part for part, _ in powers] for powers in quantities] + [[*kinds]]
    return tuple(dict.fromkeys(part for step in steps for part in sorted(step, key=lambda part: (kinds[part], part))))


def _only(parts: Sequence[Passive]) -> str:
    """The parameter of one part; empty for none."""
    return _name(parts[0]) if parts else ""


def _name(part: Passive | None) -> str:
    return "" if part is None else part.parameter or ""
