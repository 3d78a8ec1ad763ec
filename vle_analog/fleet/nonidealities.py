"""What keeps a board from its ideal, kind by kind, and boards that have so much of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Instance
from vle_analog.fleet.blueprint import Blueprint
from vle_analog.laws import LAWS
from vle_analog.owner import Owner
from vle_analog.production.clock import PERIOD, period_error
from vle_analog.production.devices import device_errors
from vle_analog.production.grades import MOST, Grade
from vle_analog.production.imperfections import (
    FEEDTHROUGH,
    IMPERFECTIONS,
    LAG,
    RESISTANCE,
    SLEW,
    SPEED,
    SWING,
    figure,
)
from vle_analog.production.power import GROUND_RESISTANCE, RAIL_RESISTANCE, SUPPLY_VOLTAGE
from vle_analog.production.production import Production
from vle_analog.production.sources import SOURCE_OFFSET, deviation, source_nodes
from vle_analog.production.variation import Variation
from vle_analog.units import measured

#: not a kind of its own: 0 for boards whose multipliers nobody trimmed though the plan says so
TRIMMING = "trimming"
_MULTIPLIER = "multiplier"


@dataclass(frozen=True)
class Kind:
    """One kind of non-ideality.

    Attributes:
        name: of it.
        unit: of its size: ``%`` of a part's value, V, A, Hz, V/s, s, or times what parts have.
        parameters: what scatters, by role and parameter; or the `imperfect` figure, which all boards share.
        most: the largest size that makes sense; None for any.
        inverse: whether sizes are one over the error: the larger, the better.
    """

    name: str
    unit: str
    parameters: tuple[str, ...]
    most: float | None = None
    inverse: bool = False

    @property
    def scatters(self) -> bool:
        """Whether boards differ in it."""
        return self.parameters[0] not in IMPERFECTIONS


RESISTORS = Kind("resistor mismatch", "%", ("resistors",), 0.4)
CAPACITORS = Kind("capacitor mismatch", "%", ("capacitors",), 0.4)
_PASSIVES = (RESISTORS, CAPACITORS)
BANDWIDTH = Kind("op-amp gain and bandwidth", "Hz", (SPEED,), inverse=True)
SLEWING = Kind("op-amp slew rate", "V/s", (SLEW,), inverse=True)
#: of timers, with the resistors and capacitors that they have
CLOCK = Kind("clock period", "%", (PERIOD,), 0.4)
#: of the board itself: they are as large as it is asked for
GROUND = Kind("ground resistance", "ohm", (GROUND_RESISTANCE,))
RAILS = Kind("rail resistance", "ohm", (RAIL_RESISTANCE,))
SUPPLY = Kind("supply voltage", "%", (SUPPLY_VOLTAGE,), 0.1)
#: of what a board hears, its teacher included
SOURCES = Kind("input and teacher offset", "V", (SOURCE_OFFSET,))
#: of what feeds a board, which is exact unless asked for
FEEDS = (GROUND, RAILS, SUPPLY, SOURCES)
#: of multipliers that subtract
COMMON_MODE = Kind("multiplier common mode", "%", ("multiplier.CX",), 0.4)
SWINGING = Kind("op-amp swing", "V", (SWING,), inverse=True)
#: what makes an op-amp one
AMPLIFIER = (BANDWIDTH, SLEWING, SWINGING)
#: each board has noise of its own
NOISE = Kind("noise", "times", ("noise",))
KINDS: tuple[Kind, ...] = (
    RESISTORS,
    CAPACITORS,
    Kind("op-amp offset", "V", ("opamp.VOS",)),
    Kind("op-amp bias current", "A", ("opamp.IB", "opamp.IOS")),
    BANDWIDTH,
    SLEWING,
    SWINGING,
    Kind("multiplier output offset", "V", ("multiplier.ZOS",)),
    Kind("multiplier input offsets", "V", ("multiplier.XOS", "multiplier.YOS")),
    Kind("multiplier gain error", "%", ("multiplier.GE",), 0.4),
    Kind("multiplier nonlinearity", "%", ("multiplier.DX", "multiplier.FY"), 0.4),
    COMMON_MODE,
    Kind("multiplier feedthrough", "%", (FEEDTHROUGH,), 0.4),
    Kind("switch on-resistance", "ohm", (RESISTANCE,)),
    Kind("switch resistance mismatch", "ohm", ("hold_switch.DRON",)),
    Kind("switch leakage", "A", ("hold_switch.IL",)),
    Kind("nonlinear cells' offset", "V", tuple(f"{law.name}.VOS" for law in LAWS.values() if law.measured)),
    Kind(
        "nonlinear cells' gain error",
        "%",
        tuple(f"{law.name}.{error}" for law in LAWS.values() if law.measured for error in ("GE", "KE")),
    ),
    Kind("multiplier and nonlinear lag", "s", (LAG,)),
    CLOCK,
    *FEEDS,
    NOISE,
)
#: the kinds that are figures of active parts
_ACTIVE = tuple(kind for kind in KINDS if kind not in (*_PASSIVES, NOISE))
assert max(kind.most or 0 for kind in _PASSIVES) < MOST

#: how much of each kind, by its name, over what the board has; kinds that are not named are absent
Scales = tuple[tuple[str, float], ...]


def scales(amounts: Mapping[str, float]) -> Scales:
    """Amounts in the order of names, without those that are absent."""
    return tuple(sorted((name, float(value)) for name, value in amounts.items() if value or name == TRIMMING))


def scatter(case: Scales) -> bool:
    """Whether boards differ."""
    return any(kind.scatters for kind in KINDS if kind.name in dict(case))


def sizes(blueprint: Blueprint) -> dict[str, float]:
    """Each kind's size on the boards, by name, in order of `KINDS`: standard deviations, or the figure itself.

    Kinds that the design has nothing of are left out: ideal parts do not scatter, and a network may have no
    multipliers. Noise is there with real parts; that of ideal ones' resistors alone is left out.
    """
    parts = _cells(blueprint)
    boards = (error for error in device_errors(blueprint.circuit) if error.owner is Owner.BOARD)
    sigmas = {error.kind: error.spread.sigma for error in boards}
    production = blueprint.asked.production
    amounts = _mismatch(production.variation)
    for kind in _ACTIVE:
        values = [0.0]
        for parameter in kind.parameters:
            if not kind.scatters:
                values += [value for cell in parts if (value := figure(cell, parameter, blueprint.circuit.cells))]
            elif parameter in sigmas:
                values.append(production.offsets * sigmas[parameter])
        amounts[kind.name] = max(values)
    amounts[CLOCK.name] = production.offsets * production.clocks * period_error(blueprint.circuit)
    if not blueprint.asked.is_ideal:
        power = production.power
        amounts |= {GROUND.name: power.ground, RAILS.name: power.rails, SUPPLY.name: power.deviation}
    amounts[SOURCES.name] = deviation(production.sources) if source_nodes(blueprint.circuit) else 0.0
    amounts[NOISE.name] = 0.0 if blueprint.asked.is_ideal else 1.0
    return {name: size for name, size in amounts.items() if size}


def _cells(blueprint: Blueprint) -> list[Cell]:
    """Cells that play a board's roles, a teacher's apart, with the cells inside of them."""
    cells = blueprint.circuit.cells
    used = {
        each.cell
        for owner, each in blueprint.circuit.owned_elements()
        if isinstance(each, Instance) and owner is Owner.BOARD
    }
    roles = {cell.role: cell for name in used for inner in (name, *cells[name].uses) if (cell := cells[inner]).role}
    return [cells[name] for cell in roles.values() for name in (cell.name, *cell.uses) if name in cells]


def _mismatch(variation: Variation) -> dict[str, float]:
    """The largest standard deviation of resistors and of capacitors, by kind."""
    return {
        kind.name: max((tolerance.sigma, *(sigma for grade in variation.grades if (sigma := grade.of(part)))))
        for kind, part, tolerance in (
            (RESISTORS, "resistor", variation.resistors),
            (CAPACITORS, "capacitor", variation.capacitors),
        )
    }


def size_text(kind: Kind, size: float) -> str:
    """A size as one reads it; of op-amps' gain and bandwidth it is the gain-bandwidth product."""
    return f"{measured(size, kind.unit)} the parts' own" if kind is NOISE else measured(size, kind.unit)


def scaled(kind: Kind, size: float, factor: float) -> float:
    """A size times a factor; what is one over an error, as a bandwidth is, is divided."""
    return size / factor if kind.inverse else size * factor


def built(production: Production, circuit: Circuit, board: int, case: Scales) -> Circuit:
    """One board that has so much of each kind; its draws are those of the whole board, scaled.

    Args:
        production: of the whole board.
        circuit: of the design.
        board: its number.
        case: how much.

    Raises:
        UsageError: mismatch beyond all parts.
    """
    given, variation = dict(case), production.variation
    resistors, capacitors = (
        replace(tolerance, sigma=tolerance.sigma * given.get(kind.name, 0.0))
        for kind, tolerance in zip(_PASSIVES, (variation.resistors, variation.capacitors), strict=True)
    )
    grades = tuple(_graded(grade, given) for grade in variation.grades)
    factors = {parameter: given.get(kind.name, 0.0) for kind in _ACTIVE for parameter in kind.parameters}
    scaled_production = replace(
        production,
        variation=replace(variation, resistors=resistors, capacitors=capacitors, grades=grades),
        trim=production.trim if given.get(TRIMMING, 1.0) else None,
        noise=None,
        noise_scale=given.get(NOISE.name, 0.0),
        kinds=tuple((name, value) for name, value in factors.items() if name not in IMPERFECTIONS),
        imperfections=tuple((name, factors[name]) for name in IMPERFECTIONS),
    )
    return scaled_production.made(circuit, board)


def _graded(grade: Grade, given: Mapping[str, float]) -> Grade:
    """A grade whose deviations are as much larger or smaller as those of all other parts."""
    values = (
        sigma if sigma is None else min(sigma * given.get(kind.name, 0.0), kind.most or sigma)
        for kind, sigma in zip(_PASSIVES, (grade.resistors, grade.capacitors), strict=True)
    )
    return Grade(grade.blocks, *values)


def shared(case: Scales) -> tuple[float, ...]:
    """What boards must have in common to run side by side."""
    given = dict(case)
    noise = float(given.get(NOISE.name, 0.0) > 0)  # its sources are part of the structure
    return (*(given.get(kind.name, 0.0) for kind in KINDS if not kind.scatters), noise)
