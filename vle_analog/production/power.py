"""What feeds a board: grounds and rails that are copper, supplies that miss their voltage, and what parts make of it.

A board's blocks lie along its ground and its rails in the netlist's order, neuron by neuron, from where the supply
comes in to the far end. What every block draws at rest flows through all copper between there and the supply, so that
grounds and rails are ladders. A block's ground that is off shifts all that counts from it: an op-amp's reference and
both sides of a multiplier's law, which are errors that the parts have anyway. Rails that are off come through to
op-amps and multipliers by what these reject, of a size and sign of each part's own, and to what has no reference by its
proportion to a rail. All of it is at rest: what signals add to the currents is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.cell.datasheet import Spread
from vle_analog.circuit.cell.stage import MULTIPLIER, OPAMP, roles, stage
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import GROUND, Battery, Instance
from vle_analog.errors import UsageError
from vle_analog.laws import LAWS
from vle_analog.options import option
from vle_analog.owner import Owner
from vle_analog.production.devices import DeviceError, with_errors
from vle_analog.production.draws import Numbers, draw, some
from vle_analog.production.variation import Scatter
from vle_analog.units import engineering

#: kinds of errors, as `Production.kinds` and non-idealities have them
GROUND_RESISTANCE, RAIL_RESISTANCE, SUPPLY_VOLTAGE = "power.GROUND", "power.RAILS", "power.VOLTAGE"
#: supplies within this part of their voltage are supplies
_MOST = 0.2
#: a supply's standard deviation over the most that it is off
_SIGMA = 1 / 3


@dataclass(frozen=True)
class Power:
    """How a board is fed.

    Attributes:
        ground: ohms of the ground from where the supply comes in to the board's far end. All that parts draw is taken
            to come back through it, which is the most that can: between two rails it is what is out of balance.
        rails: ohms of either rail, likewise.
        tolerance: of either supply's voltage, relative: the most that it is off, three standard deviations.

    Raises:
        UsageError: a negative resistance, or a tolerance of no supply.
    """

    ground: float = option(
        "Resistance of the ground from where the supply comes in to the board's far end, through which all that parts "
        "draw is taken to come back; 1 oz of copper has 0.0005 ohm per square (0: one ground everywhere).",
        0.0,
        metavar="OHM",
    )
    rails: float = option("Resistance of either supply rail, likewise (0: one voltage everywhere).", 0.0, metavar="OHM")
    tolerance: float = option(
        "Of either supply's voltage, over it: the most that it is off, three standard deviations; of regulators such "
        "as 7815 and 7915 0.04 (0: exact).",
        0.0,
        flag="supply-tolerance",
    )

    def __post_init__(self) -> None:
        for name, ohms in (("ground", self.ground), ("rails", self.rails)):
            if not 0 <= ohms < math.inf:
                raise UsageError(f"`{name}` must be a resistance of at least 0, not {ohms:g}", hint="e.g. 0.01")
        if not 0 <= self.tolerance <= _MOST:
            raise UsageError(
                f"`tolerance` of a supply must be from 0 to {_MOST:g}, not {self.tolerance:g}", hint="0.04 of a 7815"
            )

    @property
    def exact(self) -> bool:
        """Whether every block has the same ground, and supplies as they should be."""
        return self == Power()

    def refuse_idle(self) -> None:
        """Refuse what is not exact, for boards of ideal parts.

        Raises:
            UsageError: names the first of it.
        """
        for name in ("ground", "rails", "tolerance"):
            if getattr(self, name):
                raise UsageError(
                    f"ideal parts draw nothing from a supply: `{name}` does nothing",
                    hint=f"leave `{name}` out, or take real ones: `fidelity=macromodel`",
                )

    @property
    def deviation(self) -> float:
        """Standard deviation of either supply, relative."""
        return _SIGMA * self.tolerance

    def words(self) -> list[str]:
        """What of it is not exact, for the reader of a netlist."""
        found = [
            f"{name} of {engineering(ohms, 'ohm')} to the far end"
            for name, ohms in (("ground", self.ground), ("rails", self.rails))
            if ohms
        ]
        return [*found, f"supplies within {100 * self.tolerance:.3g} %"] if self.tolerance else found


class Feed(NamedTuple):
    """Volts that a block is off by: its ground from the supply's, and either rail, outwards, from its ground."""

    ground: Any
    above: Any
    below: Any


def powered(
    circuit: Circuit,
    board: Numbers,
    power: Power,
    devices: Scatter,
    kinds: Mapping[str, float] | None = None,
) -> Circuit:
    """The circuit whose board's parts err by how they are fed, added to the errors that they have.

    Args:
        circuit: any; ideal parts do not err.
        board: its number, or those of boards that are made together.
        power: how it is fed.
        devices: how what data sheets say scatters.
        kinds: factors of ground, rails and supplies; without one of them in it that is exact. All ones when None.

    Raises:
        CircuitError: a stage whose parts cannot be reached.
    """
    factors = {name: 1.0 if kinds is None else kinds.get(name, 0.0) for name in _KINDS}
    feeds = _feeds(circuit, board, power, devices, factors)
    if feeds is None:
        return circuit
    grounded = _grounded(circuit)

    def change(error: DeviceError) -> Any:
        if error.owner is not Owner.BOARD or error.instance not in feeds:
            return None
        feed, spread = feeds[error.instance], error.spread
        found = error.value + grounded.get((error.instance, error.role, error.parameter), 0.0) * feed.ground
        found = found + spread.follows[0] * feed.above + spread.follows[1] * feed.below
        if spread.rejection:
            own = spread.rejection * draw(board, f"{error.name}.rejection")
            found = found + own * (feed.above + feed.below) / 2
        return found if some(found != error.value) else None

    return with_errors(circuit, change)


_KINDS = (GROUND_RESISTANCE, RAIL_RESISTANCE, SUPPLY_VOLTAGE)


def _feeds(
    circuit: Circuit, board: Numbers, power: Power, devices: Scatter, factors: Mapping[str, float]
) -> dict[str, Feed] | None:
    """What arrives at each block of a board, by its stage's name; None where all of it is exact."""
    ground = power.ground * factors[GROUND_RESISTANCE]
    rails = power.rails * factors[RAIL_RESISTANCE]
    deviation = factors[SUPPLY_VOLTAGE] if power.tolerance else 0.0
    if not (ground or rails or deviation):
        return None
    blocks = laid_out(circuit)
    fallen = ladder([current(circuit.cells[each.cell], circuit.cells) for each in blocks])
    above, below = (
        deviation * circuit.supply.rail * devices.error(Spread(power.deviation, power.tolerance), draw(board, name))
        if deviation
        else 0.0
        for name in ("Vvcc.power", "Vvee.power")
    )
    return {
        each.name: Feed(ground * volts, above - (rails + ground) * volts, below - (rails - ground) * volts)
        for each, volts in zip(blocks, fallen, strict=True)
    }


def laid_out(circuit: Circuit) -> list[Instance]:
    """A board's stages and devices along its ground and rails: what is of no neuron first, then neuron by neuron."""
    groups = {
        group: number for number, group in enumerate(dict.fromkeys(each.group for each in circuit.places.values()))
    }

    def neuron(instance: Instance) -> int:
        place = circuit.places.get(instance.signal or instance.name) or circuit.places.get(instance.block)
        return -1 if place is None else groups[place.group]

    own = (each for owner, each in circuit.owned_elements() if owner is Owner.BOARD and isinstance(each, Instance))
    return sorted(own, key=neuron)


def current(cell: Cell, cells: Mapping[str, Cell]) -> float:
    """Amperes at rest that a stage or device draws, as far as data sheets say."""
    if cell.sheet.supply is not None:
        return cell.sheet.supply
    return sum(current(cells[used], cells) for used in cell.uses)


def ladder(currents: Sequence[float]) -> list[float]:
    """Volts along a conductor of 1 ohm in as many pieces as blocks, at whose ends these take their currents."""
    found, volts, left = [], 0.0, math.fsum(currents)
    for amperes in currents:
        volts += left / len(currents)
        left -= amperes
        found.append(volts)
    return found


def _grounded(circuit: Circuit) -> dict[tuple[str, str, str], float]:
    """What a volt by which the ground is off adds to each error, by instance, role and parameter.

    A block's ground is the reference of all that it makes, and at an input the pin that the other is compared with.
    """
    behind = {each.nodes[0]: each.nodes[1] for each in circuit.elements() if isinstance(each, Battery) and each.error}
    known = {name: _devices(circuit.cells[name], circuit.cells) for name in circuit.used_cells}
    found = {}
    for element in circuit.elements():
        if not isinstance(element, Instance):
            continue
        nodes = [behind.get(node, node) for node in element.nodes]
        for role, ports in known[element.cell]:
            on_ground = [at if isinstance(at, bool) else nodes[at] == GROUND for at in ports]
            for parameter, share in _shares(role, on_ground, dict(element.parameters)):
                found[element.name, role, parameter] = share
    return found


def _devices(cell: Cell, cells: Mapping[str, Cell]) -> list[tuple[str, list[int | bool]]]:
    """Devices of a stage, or itself, by role; of each of their ports the stage's own, or whether it lies on ground."""
    if cell.role:
        return [(cell.role, list(range(len(cell.ports))))]
    within = stage(cell, roles(cell, cells))
    parts = [*((part, OPAMP) for part in within.opamps), *within.devices]
    return [
        (role, [cell.ports.index(node) if node in cell.ports else node == GROUND for node in part.nodes])
        for part, role in parts
    ]


def _shares(role: str, on_ground: Sequence[bool], given: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Parameters of a device and what a volt of its ground adds to them."""
    if role == OPAMP and on_ground[0]:
        yield "VOS", 1.0
    elif role == MULTIPLIER:
        yield "XOS", float(on_ground[0]) - float(on_ground[1])
        yield "YOS", float(on_ground[2]) - float(on_ground[3])
        yield "ZOS", 1.0
    elif role in LAWS:
        # its output's own shift is no parameter of it
        pair = LAWS[role].pair
        volts = 1.0 if pair is None else pair.volts / given.get("kin", 1.0)
        yield "VOS", volts * (float(on_ground[0]) - float(on_ground[1]))
