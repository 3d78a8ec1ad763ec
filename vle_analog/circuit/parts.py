"""Which cells there are under ``circuits/``, and which of them play the roles of a technology."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from vle_analog.circuit.cell import reader
from vle_analog.circuit.cell.cell import START, Cell, needed, read_cell
from vle_analog.circuit.cell.opamp import swing
from vle_analog.circuit.cell.stage import MULTIPLIER, OPAMP
from vle_analog.circuit.technology import FIDELITIES, GROUNDED, IDEAL, LAW, ROLES, USUAL, Supply, Technology, whole
from vle_analog.errors import CircuitError, UsageError, nearest
from vle_analog.library import cell_files, remembered

#: nodes of the supply that every part hangs on
SUPPLY = ("vcc", "vee")
#: folders that hold no parts
_OTHER = ("ideal", "stages", "systems")
#: of the supply: how far an op-amp's output must reach at least
_LEAST = 0.2


def chosen(fidelity: str = "ideal", parts: Mapping[str, str] | None = None, supply: Supply | None = None) -> Technology:
    """The technology of a fidelity, with other parts in given roles.

    On another than the usual supply the largest signal, and what goes by it, is in proportion, but not beyond what the
    op-amp's output reaches there.

    Args:
        fidelity: one of `FIDELITIES`.
        parts: by role; ``ideal`` for the mathematical law.
        supply: of the board; the usual one when None.

    Raises:
        UsageError: no such fidelity, role or part, or a part for another role; says which there are.
    """
    if fidelity not in FIDELITIES:
        raise UsageError(f"no fidelity '{fidelity}'", hint=nearest(fidelity, FIDELITIES))
    given = {**FIDELITIES[fidelity], **(parts or {})}
    for role, part in given.items():
        if role not in ROLES:
            raise UsageError(f"no role '{role}' for the part '{part}'", hint=nearest(role, ROLES))
        if part != LAW:
            device(part, role)
    technology = Technology(fidelity, tuple(sorted((role, part) for role, part in given.items() if part != LAW)))
    return technology if supply in (None, USUAL) else _on(technology, supply or USUAL)


def _on(technology: Technology, supply: Supply) -> Technology:
    """A technology on another supply.

    Raises:
        UsageError: the op-amp does not work there.
    """
    full = technology.full_scale * supply.rail / USUAL.rail
    if (name := technology.part(OPAMP)) != LAW:
        part = device(name)
        refuse_on(supply, part)
        reach = swing(part.at_rail(supply.rail), _at(supply.rail))
        if reach < _LEAST * supply.rail:
            raise UsageError(
                f"the output of '{name}' reaches {max(reach, 0.0):.3g} V on {supply}",
                hint="take a higher `supply`, or an op-amp whose output comes closer to it",
            )
        full = min(full, reach)
    multiplies = technology.part(MULTIPLIER) != LAW
    full = min(full, technology.full_scale) if multiplies else full
    return replace(
        technology,
        supply=supply,
        full_scale=full,
        reference=full,
        multiplier_volts=technology.multiplier_volts if multiplies else full,
    )


def refuse_on(supply: Supply, part: Cell) -> None:
    """Refuse a part on a supply on which it does not work; of one that does not say on which, nothing is known.

    Raises:
        UsageError: says on which ones it does.
    """
    if part.sheet.rails is not None and not works_on(supply, part):
        least, most = part.sheet.rails
        works = f"+-{least:g} V alone" if least == most else f"+-{least:g} to +-{most:g} V"
        raise UsageError(
            f"'{part.name}' works on {works}, not on {supply}",
            where=f"role '{part.role}'",
            hint=f"take another `supply`, or another part: `parts={part.role}=NAME`, or {part.role}=ideal",
        )


def works_on(supply: Supply, part: Cell) -> bool:
    """Whether a part works on a supply, as far as its sheet says; on the usual one all do."""
    if supply == USUAL or part.sheet.rails is None:
        return True
    least, most = part.sheet.rails
    return least <= supply.rail <= most


def refuse_supply(names: Iterable[str], technology: Technology) -> None:
    """Refuse parts that do not work on a technology's supply.

    Args:
        names: of cells that are used; what plays a role in them counts.
        technology: whose.

    Raises:
        UsageError: the first one, and on which supplies it works.
    """
    if technology.supply == USUAL:
        return
    cells = library(technology)
    for cell in needed(names, cells):
        if cell.role and cell.part is None and cell.name not in ROLES:
            refuse_on(technology.supply, cell)


def device(name: str, role: str | None = None) -> Cell:
    """The part of a name: what every command means by it.

    Args:
        name: of its cell.
        role: that it must play; any when None.

    Raises:
        UsageError: no such part, or one for another role; says which there are.
        CircuitError: its file is no cell.
    """
    if name in (unread := broken()):
        raise unread[name]
    known = devices()
    if name in known and role in (None, known[name].role):
        return known[name]
    if role is None:
        raise UsageError(f"no part '{name}'", hint=nearest(name, known))
    fitting = [LAW, *(other for other, cell in known.items() if cell.role == role)]
    raise UsageError(f"no part '{name}' for the role '{role}'", hint=nearest(name, fitting))


def part(name: str) -> Cell:
    """The part of a name, of any role or of none."""
    return _parts().cells[name]


def section_nodes(volts: float) -> tuple[str, str]:
    """Both ends of a supply of so many volts that a board makes from its own: ``vcc_7V5``, ``vee_7V5``."""
    text = f"{volts:g}".replace(".", "V") if volts % 1 else f"{volts:g}V"
    return f"{SUPPLY[0]}_{text}", f"{SUPPLY[1]}_{text}"


@remembered
def devices() -> dict[str, Cell]:
    """All parts that can play a role, by name: a new one is a file with a ``role:`` note."""
    return {name: cell for name, cell in _parts().cells.items() if cell.role}


@remembered
def library(technology: Technology = IDEAL) -> dict[str, Cell]:
    """All cells of a technology by name: stages, parts, and for every role the law or the part that plays it.

    Beside the op-amp of the technology there is each other one, as ``opamp_NAME``, for assemblies that ask for it.
    A role that a part plays is a cell of the role's name around the part, which it connects to the supply; what
    scatters from part to part (the part's ``spread`` notes) is zero there unless an instance says otherwise. A stage
    with a multiplier inside hands these on.

    Raises:
        CircuitError: a file that is no cell.
        UsageError: two cells of one name.
    """
    laws, cells = (
        {path.stem: read_cell(path) for path in cell_files() if path.parent.name == kind}
        for kind in ("ideal", "stages")
    )
    parts = _at(technology.rail)
    for role in ROLES:
        part = technology.part(whole(role))
        if part == LAW:
            cells[role] = replace(laws[role], role=role)
            continue
        form = parts.get(part if whole(role) == role else f"{part}_grounded")  # a file of that name
        if form is not None:
            cells[role] = _player(role, form, parts[part], laws[role])
    for amplifier in [each for each in parts.values() if each.role == OPAMP]:
        name = f"{OPAMP}_{amplifier.name}"
        cells[name] = replace(_player(name, amplifier, amplifier, laws[OPAMP]), role=OPAMP)
    for role, form_role in GROUNDED.items():
        if form_role in cells:
            cells[role] = replace(cells[role], grounded=form_role)
    cells |= {name: _among_laws(_handing(cell, cells), cells) for name, cell in cells.items() if not cell.role}
    return cells if technology.is_ideal else {**parts, **cells}


def surroundings(name: str) -> dict[str, Cell]:
    """All cells that a part by itself may be made of: roles inside of it are played as in the fidelity whose folder it
    lies in, and by laws where it lies in no such folder."""
    folder = next((path.parent.name for path in cell_files() if path.stem == name), "")
    return {**library(chosen(folder if folder in FIDELITIES else LAW)), **_parts().cells}


def variant(names: Iterable[str], technology: Technology) -> tuple[dict[str, str], dict[str, Cell]]:
    """Cells of a technology under names of their own, to stand beside another technology's.

    Args:
        names: of cells that are needed.
        technology: whose.

    Returns:
        Each name's new one, and all cells by new name. Parts, which have the same name everywhere, keep theirs.
    """
    cells = library(technology)
    new = {
        cell.name: f"{cell.name}__{technology.name}" for cell in needed(names, cells) if cell.name not in _parts().cells
    }
    return new, {**_at(technology.rail), **{other: cells[name].renamed(new) for name, other in new.items()}}


class _Shelf(NamedTuple):
    """All cells of parts and of what they are made of, by name; and why files are no cells."""

    cells: dict[str, Cell]
    broken: dict[str, CircuitError]


@remembered
def _parts() -> _Shelf:
    found = _Shelf({}, {})
    for path in cell_files():
        if path.parent.name not in _OTHER:
            try:
                found.cells[path.stem] = read_cell(path)
            except CircuitError as error:
                found.broken[path.stem] = error
    return found


def _at(rail: float) -> dict[str, Cell]:
    """All cells of parts, on a supply."""
    cells = _parts().cells
    return cells if rail == USUAL.rail else {name: cell.at_rail(rail) for name, cell in cells.items()}


def broken() -> dict[str, CircuitError]:
    """Why files of parts are no cells, by name: they hinder no other part."""
    return _parts().broken


def _handing(stage: Cell, cells: Mapping[str, Cell]) -> Cell:
    """A stage whose parameters are also what scatters in its own devices but the op-amp, which has sources for it."""
    found, handed = stage, set[str]()
    for part in stage.instances:
        device = cells.get(part.cell)  # None where no file defines it, which is refused where the stage is used
        if device is None or device.role in (None, OPAMP) or part.cell in handed:
            continue
        handed.add(part.cell)
        scattering = [name for name, spread in device.spread.items() if not spread.between]
        if scattering:
            found = found.with_part(part, part.with_given((name, f"{{{name}}}") for name in scattering))
            found = found.with_defaults((name, "0") for name in scattering)
    return found


def _among_laws(stage: Cell, cells: Mapping[str, Cell]) -> Cell:
    """A stage with the defaults that its file notes for where nothing in it lags: all of its devices are laws."""
    devices = [cells[name] for name in stage.uses if name in cells]
    if not stage.sheet.ideal or any(device.part is not None for device in devices):
        return stage
    return stage.with_defaults(stage.sheet.ideal.items())


def _player(role: str, part: Cell, device: Cell, law: Cell) -> Cell:
    """The cell of a role's name around a part: a device or a form of it, which the device's data sheet describes.

    Ports that are called as the law's are joined by name, whatever their order; others by their place.

    Raises:
        CircuitError: the part has fewer or more ports than its role.
    """
    ports = tuple(port for port in part.ports if port not in SUPPLY)
    if len(ports) != len(law.ports):
        raise CircuitError(
            f"a part with the role '{law.name}' has the ports {' '.join(law.ports)}, and vcc vee where it is supplied",
            where=f"cell '{part.name}', with {' '.join(part.ports) or 'none'}",
            hint="add or remove ports, or change the note 'role:'",
        )
    sheet = device.sheet
    passed = tuple(
        (name, "0" if name in sheet.spread else value)
        for name, value in part.defaults
        if name in law.parameters or name in sheet.spread or name == START
    )
    lines = (
        reader.remark(f"* {role}: {part.name} between the rails"),
        reader.head(role, law.ports if set(ports) == set(law.ports) else ports, passed),
        reader.part("X1", part.ports, (part.name,), tuple((name, f"{{{name}}}") for name, _ in passed)),
        reader.end(role),
    )
    return Cell(role, lines, sheet, role, part.name, role, device.name)
