"""Parts on the bench: what ngspice measures of a cell beside what its data sheet states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vle_analog.circuit.cell.cell import Cell, read_cell
from vle_analog.circuit.parts import chosen, library
from vle_analog.circuit.technology import FIDELITIES
from vle_analog.errors import CircuitError, UsageError, nearest
from vle_analog.lab.folder import workplace
from vle_analog.lab.lab import Lab
from vle_analog.laws import LAWS
from vle_analog.library import cell_files
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
from vle_analog.studies.bench.decks import Bed
from vle_analog.studies.bench.result import Bench, Part, PartList, quantities

_FACTORS = ("vcc", "vee"), ("scale", "XOS", "YOS", "ZOS", "GE", "OUT")
_CURVE = ("inp", "inn", "out", "vcc", "vee"), ("kin", "kout", "VOS", "OUT")
#: ports and first parameters of each role, in order
_FORMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "opamp": (("inp", "inn", "out", "vcc", "vee"), ("VOS", "IB", "IOS", "OUT")),
    "multiplier": (("x1", "x2", "y1", "y2", "w", *_FACTORS[0]), _FACTORS[1]),
    "multiplier_grounded": (("x", "y", "w", *_FACTORS[0]), _FACTORS[1]),
    **{law.name: _CURVE for law in LAWS.values() if law.pair},
}
#: folders of cells that are laws and stages, not parts
_NOT_PARTS = ("ideal", "stages")


@dataclass(frozen=True)
class BenchPlan:
    """What is put on the bench.

    Attributes:
        cell: a part's name; all parts are listed when None.
    """

    cell: str | None = option("A part's name; without it, all parts are listed.", None, argument=True)


def run(plan: BenchPlan, lab: Lab) -> Bench | PartList:
    """Measure a part, or list all.

    Raises:
        UsageError, CircuitError, SimulationError: as `bench`.
    """
    if plan.cell is not None:
        lab.progress("measuring", 0.0)
        return bench(plan.cell)
    return listed()


def listed(folder: Path | None = None) -> PartList:
    """All parts.

    Args:
        folder: as in `benchable`.

    Raises:
        CircuitError: a file that is no cell.
    """
    cells = _cells(folder)
    parts = ((cells[name][1], path) for name, path in benchable(folder).items())
    return PartList(
        tuple(Part(cell.name, cell.role or "", cell.sheet.summary, path.parent.name) for cell, path in parts)
    )


def benchable(folder: Path | None = None) -> dict[str, Path]:
    """The files of all parts, by name, sorted: every cell that says which role it plays.

    Args:
        folder: with a folder of cells per kind; `circuits_folder` if None.

    Raises:
        CircuitError: a file that is no cell.
    """
    return {name: path for name, (path, cell) in _cells(folder).items() if cell.role in _FORMS}


def bench(name: str, folder: Path | None = None) -> Bench:
    """Measure a part in ngspice and compare it with its ``stated:`` notes.

    Args:
        name: of the cell.
        folder: as in `benchable`.

    Raises:
        UsageError: no part of this name, or one of a role that is not measured.
        CircuitError: a file that is no cell, ports or parameters are not those of the role, or inputs are swapped.
        SimulationError: ngspice failed; deck and log are kept and named.
    """
    found = _cells(folder)
    cells = {each: cell for each, (_, cell) in found.items()}
    parts = {each: path for each, (path, cell) in found.items() if cell.role in _FORMS}
    if name in cells and cells[name].role and name not in parts:
        raise UsageError(
            f"the bench does not measure the role '{cells[name].role}'",
            where=f"cell '{name}' ({found[name][0]})",
            hint="it measures: " + ", ".join(_FORMS),
        )
    if name not in parts:
        raise UsageError(f"no part '{name}' to put on the bench", hint=nearest(name, parts))
    cell = cells[name]
    role = cell.role or ""
    check(cell)
    figures = cell.sheet.figures
    fidelity = parts[name].parent.name
    roles = library(chosen(fidelity if fidelity in FIDELITIES else "ideal"))
    with workplace(None) as place:
        bed = Bed(cell, {**roles, **cells}, place)
        if role == "opamp":
            measured, curves = bench_opamp.measure(bed, figures)
        elif role.startswith("multiplier"):
            measured, curves = bench_multiplier.measure(bed)
        else:
            measured, curves = bench_law.measure(bed)
    return Bench(
        name, role, cell.sheet.summary, cell.sheet.source, quantities(role, measured, cell.sheet.stated), curves
    )


def check(cell: Cell) -> None:
    """Refuse a part whose ports or first parameters are not those of its role, in order.

    Raises:
        CircuitError: says what they are and what they must be.
    """
    ports, parameters = _FORMS[cell.role or ""]
    where = f"cell '{cell.name}'"
    if cell.ports != ports:
        hint = f"the ports of role '{cell.role}' are, in this order: {' '.join(ports)}"
        raise CircuitError(f"the ports are {' '.join(cell.ports)}", where=where, hint=hint)
    if cell.parameters[: len(parameters)] != parameters:
        hint = f"the parameters of role '{cell.role}' begin, in this order, with: {' '.join(parameters)}"
        raise CircuitError(f"the parameters are {' '.join(cell.parameters)}", where=where, hint=hint)


def _cells(folder: Path | None) -> Mapping[str, tuple[Path, Cell]]:
    files = cell_files() if folder is None else folder.glob("*/*.cir")
    paths = {path.stem: path for path in files if path.parent.name not in _NOT_PARTS}
    return {name: (path, read_cell(path)) for name, path in sorted(paths.items())}
