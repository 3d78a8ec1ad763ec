"""Parts on the bench: what ngspice measures of a cell beside what its data sheet states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vle_analog.circuit.cell.cell import Cell, read_cell
from vle_analog.circuit.parts import broken, device, devices, refuse_on, surroundings
from vle_analog.circuit.technology import USUAL, Supply
from vle_analog.errors import CircuitError, UsageError
from vle_analog.lab.lab import Lab
from vle_analog.laws import LAWS
from vle_analog.library import cell_files, circuits_folder
from vle_analog.options import option
from vle_analog.studies.bench import (
    law as bench_law,
)
from vle_analog.studies.bench import (
    multiplier as bench_multiplier,
)
from vle_analog.studies.bench import (
    opamp as bench_opamp,
)
from vle_analog.studies.bench.decks import GENERATORS, Bed, Rails
from vle_analog.studies.bench.result import Bench, Findings, Part, PartList, quantities

_FACTORS = ("vcc", "vee"), ("scale", "XOS", "YOS", "ZOS", "GE", "OUT")
_CURVE = ("inp", "inn", "out", "vcc", "vee")
#: ports and first parameters of each role, in order
_FORMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "opamp": (("inp", "inn", "out", "vcc", "vee"), ("VOS", "IB", "IOS", "OUT")),
    "multiplier": (("x1", "x2", "y1", "y2", "w", *_FACTORS[0]), _FACTORS[1]),
    "multiplier_grounded": (("x", "y", "w", *_FACTORS[0]), _FACTORS[1]),
    **{law.name: (_CURVE, ("kin", "kout", *law.constants, "VOS", "OUT")) for law in LAWS.values() if law.measured},
}


@dataclass(frozen=True)
class BenchPlan:
    """What is put on the bench.

    Attributes:
        cell: a part's name; all parts are listed when None.
        supply: that it is measured on, from its middle.
    """

    cell: str | None = option(
        "A part's name; without it, all parts are listed.", None, argument=True, known=lambda: benchable()
    )
    supply: Supply = option("That it is measured on: +-5, or 0,5.", USUAL, metavar="VOLTS", parse=Supply.parse)


def run(plan: BenchPlan, lab: Lab) -> Bench | PartList:
    """Measure a part, or list all.

    Raises:
        UsageError, CircuitError, SimulationError: as `bench`.
    """
    return listed() if plan.cell is None else bench(plan.cell, lab, plan.supply)


def listed() -> PartList:
    """All parts that the bench measures, by name.

    Raises:
        CircuitError: a file that is no cell.
    """
    folders = {path.stem: path.parent.name for path in cell_files()}
    parts = (Part(cell.name, cell.role or "", cell.sheet.summary, folders[cell.name]) for cell in benchable().values())
    return PartList(tuple(parts), tuple(str(error) for error in broken().values()))


def benchable() -> dict[str, Cell]:
    """All parts that the bench measures, by name, sorted: those that can play a role in a circuit, as circuits know
    them, if the role is one that is measured.

    Raises:
        CircuitError: a file that is no cell.
    """
    return {name: cell for name, cell in sorted(devices().items()) if cell.role in _FORMS}


def bench(name: str, lab: Lab | None = None, supply: Supply = USUAL) -> Bench:
    """Measure a part in ngspice and compare it with its ``stated:`` notes.

    Args:
        name: of the part, as circuits know it.
        lab: as in `measure`.
        supply: that it is measured on.

    Raises:
        UsageError: no part of this name, one of a role that is not measured, or one that does not work on the supply.
        CircuitError, SimulationError: as `measure`.
    """
    cell = device(name)
    if cell.role not in _FORMS:
        raise UsageError(
            f"the bench does not measure the role '{cell.role}'",
            where=f"cell '{name}'",
            hint="it measures: " + ", ".join(_FORMS),
        )
    refuse_on(supply, cell)
    return measure(cell.at_rail(supply.rail), surroundings(name), lab, Rails(-supply.rail, supply.rail))


def measure(
    cell: Cell, cells: Mapping[str, Cell] | None = None, lab: Lab | None = None, rails: Rails | None = None
) -> Bench:
    """Measure a part, which need not be among those that circuits know, and compare it with its ``stated:`` notes.

    Args:
        cell: with a role that is measured, its ports and first parameters those of the role.
        cells: that it is made of, by name; `surroundings` if None.
        lab: whose simulator measures, within whose time limit, and in whose folder a measurement that fails leaves deck
            and log; one without a folder when None.
        rails: the supply; +-15 V when None.

    Returns:
        All of the role's quantities (`FIGURES`) in their units. One whose measurement failed is NaN; why, and where
        deck and log are, stands among the ``failures``.

    Raises:
        CircuitError: ports or parameters are not those of the role, or inputs are swapped.
        SimulationError: the simulator finds no operating point; deck and log are kept and named.
    """
    check(cell)
    role = cell.role or ""
    around = {**(surroundings(cell.name) if cells is None else cells), cell.name: cell, **_generators()}
    bed = Bed(cell, around, lab or Lab(), rails or Rails())
    with bed.lab.claimed():
        found = _measurements(role)(bed)
    return Bench(
        cell=cell.name,
        role=role,
        summary=cell.sheet.summary,
        source=cell.sheet.source,
        quantities=quantities(role, found.quantities, cell.sheet.stated),
        curves=found.curves,
        failures=tuple(bed.failures),
        noise=bed.noise,
        origins=cell.sheet.origins,
    )


def _measurements(role: str) -> Callable[[Bed], Findings]:
    if role == "opamp":
        return bench_opamp.measure
    return bench_multiplier.measure if role.startswith("multiplier") else bench_law.measure


def _generators() -> dict[str, Cell]:
    return {name: read_cell(circuits_folder() / "noise" / f"{name}.cir") for name in GENERATORS}


def check(cell: Cell) -> None:
    """Refuse a part whose role is not measured, or whose ports or first parameters are not those of its role.

    Raises:
        CircuitError: says what they are and what they must be.
    """
    where = f"cell '{cell.name}'"
    if cell.role not in _FORMS:
        hint = "write '* role: ...' with one of " + ", ".join(_FORMS)
        raise CircuitError(f"the bench does not measure the role '{cell.role or 'none'}'", where=where, hint=hint)
    ports, parameters = _FORMS[cell.role]
    if cell.ports != ports:
        hint = f"the ports of role '{cell.role}' are, in this order: {' '.join(ports)}"
        raise CircuitError(f"the ports are {' '.join(cell.ports)}", where=where, hint=hint)
    if cell.parameters[: len(parameters)] != parameters:
        hint = f"the parameters of role '{cell.role}' begin, in this order, with: {' '.join(parameters)}"
        raise CircuitError(f"the parameters are {' '.join(cell.parameters)}", where=where, hint=hint)
