"""A maker's model becomes a part: read, its ports found, written anew, measured, and put on the user's shelf."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from vle_analog.circuit.cell.cell import parse_cell
from vle_analog.circuit.vendor.cell import Measured, VendorModel, cell_text, read_model
from vle_analog.circuit.vendor.pins import Assignment, given
from vle_analog.errors import CircuitError, UsageError
from vle_analog.lab.folder import workplace, write_whole
from vle_analog.lab.lab import Lab
from vle_analog.library import ORIGINALS, PARTS, cell_files, forget, new_parts_folder, using
from vle_analog.options import option
from vle_analog.studies.bench.result import Bench
from vle_analog.studies.bench.study import bench
from vle_analog.studies.part.add.result import Added
from vle_analog.studies.part.add.starts import starts
from vle_analog.studies.part.add.trial import assigned, works

_NAME = re.compile(r"[a-z][a-z0-9_]*")
#: ohms that the bench loads the output with, those of our stages, for these figures
_LOADS = dict.fromkeys(("open_loop_gain", "swing_high", "swing_low"), 100e3)
#: of an output that goes further than this beyond its supply there is no swing to speak of, volts
_BEYOND = 1.0


@dataclass(frozen=True)
class AddPlan:
    """What is taken in.

    Attributes:
        file: the maker's.
        name: of the part; the maker's in lower case when None.
        pins: what each port is, with commas between; found out when None.
        subckt: which of the file's subcircuits it is.

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
    subckt: str | None = option("Which of the file's subcircuits the part is.", None, metavar="NAME")

    def __post_init__(self) -> None:
        if self.name is not None and not _NAME.fullmatch(self.name):
            raise UsageError(
                f"a part cannot be called '{self.name}'", hint="take small letters, digits and _, a letter first"
            )


def add(plan: AddPlan, lab: Lab) -> Added:
    """Take in a maker's model.

    Raises:
        UsageError: no such file, a name that is taken, or pins that cannot be.
        CircuitError: what cannot be read or translated, by its line; ports that nobody can tell.
        SimulationError: ngspice cannot work with it.
        OutputError: the part cannot be written.
    """
    lab.progress("reading", 0.0)
    model = read_model(plan.file, plan.subckt)
    name = plan.name or model.name
    _refuse_taken(name)
    volts = (15.0, -15.0)
    with workplace(None) as place:
        pins = _pins(plan, model, volts, place, lab)
        text = cell_text(model, name, pins)
        parse_cell(text, name, plan.file.name)
        lab.progress("measuring", 0.0)
        before = starts(text, name, model, pins, volts, place / "starts")
        draft = Measured(dict.fromkeys(_LOADS, 0.0), volts, _LOADS, before)
        measured = _bench(name, cell_text(model, name, pins, draft), place)
        known = Measured(_figures(measured, volts), volts, _LOADS, before)
        text = cell_text(model, name, pins, known)
        parse_cell(text, name, plan.file.name)
    folder = new_parts_folder()
    kept = {f"{ORIGINALS}/{name}/{file}": data for file, data in model.source.files.items()}
    write_whole(folder, {**kept, f"{name}.cir": text})
    forget()
    left = [line.removeprefix("* Not in it, of ") for line in text.splitlines() if line.startswith("* Not in it, of ")]
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


def _bench(name: str, text: str, place: Path) -> Bench:
    """What the bench measures of a cell that is on no shelf yet."""
    draft = place / "draft"
    write_whole(draft / "circuits" / PARTS, {f"{name}.cir": text})
    with using(draft):
        return bench(name)


def _figures(measured: Bench, volts: tuple[float, float]) -> dict[str, float]:
    """Figures that are ones: a limit beyond the supply, or that was not found, is none."""
    found = {each.name: each.measured for each in measured.quantities if math.isfinite(each.measured)}
    if found.get("swing_high", 0.0) > volts[0] + _BEYOND or found.get("swing_low", 0.0) < volts[1] - _BEYOND:
        for figure in ("swing_high", "swing_low", "source_current", "sink_current", "overload_recovery"):
            found.pop(figure, None)
    return found
