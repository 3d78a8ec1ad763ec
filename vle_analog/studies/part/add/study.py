"""A maker's model becomes a part: read, its ports found, written anew, measured, and put on the user's shelf."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from vle_analog.circuit.cell.cell import parse_cell
from vle_analog.circuit.technology import USUAL, Supply
from vle_analog.circuit.vendor.cell import Measured, VendorModel, between_ports, cell_text, read_model
from vle_analog.circuit.vendor.pins import Assignment, given
from vle_analog.errors import CircuitError, UsageError
from vle_analog.lab.folder import refuse_changed, workplace, write_results
from vle_analog.lab.lab import Lab
from vle_analog.library import ORIGINALS, cell_files, forget, new_parts_folder, usual_folder
from vle_analog.options import option
from vle_analog.simulate.disk import unwritable
from vle_analog.studies.bench.decks import Rails
from vle_analog.studies.bench.result import Bench
from vle_analog.studies.bench.study import measure
from vle_analog.studies.part.add.result import Added
from vle_analog.studies.part.add.starts import starts
from vle_analog.studies.part.add.trial import assigned, works

#: ohms that the bench loads the output with, those of our stages, for these figures
_LOADS = dict.fromkeys(("open_loop_gain", "swing_high", "swing_low"), 100e3)


@dataclass(frozen=True)
class AddPlan:
    """What is taken in.

    Attributes:
        file: the maker's.
        name: of the part; the maker's in lower case when None.
        pins: what each port is, with commas between; found out when None.
        part: which of the file's subcircuits it is.
        supply: that it is tried and measured on, from its middle.

    Raises:
        UsageError: a name that a part cannot have.
    """

    file: Path = option("The maker's file.", argument=True, metavar="FILE", parse=Path)
    name: str | None = option("Name of the part here (default: the maker's).", None, flag="as", metavar="NAME")
    pins: str | None = option(
        "What each port is, in the subcircuit's order, of inp inn out vcc vee, and ground or open for others: "
        "inp,inn,vcc,vee,out (default: found out).",
        None,
        metavar="WORDS",
    )
    part: str | None = option("Which of the file's subcircuits the part is.", None, flag="subckt", metavar="NAME")
    supply: Supply = option("That it is measured on: +-5, or 0,5.", USUAL, metavar="VOLTS", parse=Supply.parse)

    def __post_init__(self) -> None:
        if self.name is not None and not _is_name(self.name):
            raise UsageError(
                f"a part cannot be called '{self.name}'", hint="take small letters, digits and _, a letter first"
            )


def _is_name(text: str) -> bool:
    return text.isascii() and text.isidentifier() and text == text.lower() and not text.startswith("_")


def add(plan: AddPlan, lab: Lab) -> Added:
    """Take in a maker's model.

    Raises:
        UsageError: no such file, a name that is taken, or pins that cannot be.
        CircuitError: what cannot be read or translated, by its line; ports that nobody can tell.
        SimulationError: ngspice cannot work with it.
        OutputError: the part cannot be written.
    """
    with _shelf() as folder:
        return _added(plan, lab, folder)


@contextmanager
def _shelf() -> Iterator[Path]:
    """The folder for new parts; one that a user names is made, and goes again if nothing comes into it.

    Raises:
        OutputError: it cannot be made.
    """
    folder = new_parts_folder()
    root = folder.parent.parent
    is_new = not root.exists() and root != usual_folder()
    try:
        if is_new:
            root.mkdir(parents=True)
        yield folder
    except OSError as error:
        raise unwritable(error, root) from error
    finally:
        if is_new:
            with suppress(OSError):
                root.rmdir()  # only if it is empty


def _added(plan: AddPlan, lab: Lab, folder: Path) -> Added:
    lab.progress("reading", 0.0)
    model = read_model(plan.file, plan.part)
    name = plan.name or model.name
    _refuse_taken(name)
    kept = {f"{ORIGINALS}/{name}/{file}": data for file, data in model.source.files.items()}
    refuse_changed(folder, [*kept, f"{name}.cir"], f"part {name}")
    volts = (plan.supply.rail, -plan.supply.rail)
    with workplace(None) as place:
        pins = _pins(plan, model, volts, place, lab)
        text = cell_text(model, name, pins)
        parse_cell(text, name, plan.file.name)
        before = starts(text, name, model, pins, volts, place / "starts")
        draft = cell_text(model, name, pins, Measured(dict.fromkeys(_LOADS, 0.0), volts, _LOADS, before))
        measured = measure(parse_cell(draft, name, plan.file.name), lab=lab, rails=Rails(volts[1], volts[0]))
        _refuse_unmeasured(measured)
        figures = {each.name: each.measured for each in measured.quantities if math.isfinite(each.measured)}
        known = Measured(figures, volts, _LOADS, before)
        text = cell_text(model, name, pins, known)
        parse_cell(text, name, plan.file.name)
    write_results(folder, {**kept, f"{name}.cir": text}, f"part {name}")
    forget()
    left = list(dict.fromkeys(between_ports(model, pins).left))
    return Added(name, model.definition.name, folder / f"{name}.cir", model.definition.ports, pins, measured, left)


def _refuse_taken(name: str) -> None:
    taken = {path.stem: path for path in cell_files()}
    if name in taken:
        raise UsageError(
            f"there is a part '{name}' already: {taken[name]}",
            hint=f"take another name by `name=NAME`, or remove yours: vle-analog part remove {name}",
        )


def _pins(plan: AddPlan, model: VendorModel, volts: tuple[float, float], place: Path, lab: Lab) -> Assignment:
    """The ports as a user says, or as found.

    Raises:
        UsageError: what a user says cannot be.
        CircuitError: with what a user says it is no op-amp, or nothing is found.
    """
    if plan.pins is None:
        return assigned(model, volts, place / "trials", lambda fraction: lab.progress("pins", fraction))
    said = given(plan.pins, model.definition)
    if not works(cell_text(model, "trial", said), "trial", volts, place / "trial", draws=False):
        raise CircuitError(
            f"with the ports {' '.join(model.definition.ports)} as {' '.join(said.roles)} it is no op-amp: it does not "
            "follow its input",
            where=model.definition.at.place if model.definition.at else model.path.name,
            hint="leave `pins` out: they are then tried",
        )
    return said


def _refuse_unmeasured(measured: Bench) -> None:
    """Refuse a part of which ngspice cannot tell what makes an op-amp.

    Raises:
        SimulationError: why not, and where deck and log are.
    """
    for failure in measured.failures:
        if "gain_bandwidth" in failure.quantities:
            raise failure.error
