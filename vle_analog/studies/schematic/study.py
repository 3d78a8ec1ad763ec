"""A board's circuit, drawn and written for editors."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from vle_analog.design.design import Design, design
from vle_analog.design.prototype import Prototype, bought, from_file
from vle_analog.errors import UsageError, nearest
from vle_analog.lab.folder import write_results
from vle_analog.lab.lab import Lab
from vle_analog.netlist.ngspice import render
from vle_analog.options import option
from vle_analog.production.purchase import STANDARD, Tolerances
from vle_analog.schematic import board, kicad, ltspice, svg
from vle_analog.schematic.diagram import diagram
from vle_analog.schematic.drawing import Schematic
from vle_analog.schematic.hierarchy import schematic
from vle_analog.schematic.nets import nets, redrawn
from vle_analog.studies.schematic import build_sheet, faults, self_test
from vle_analog.studies.schematic.result import Drawn
from vle_analog.studies.schematic.self_test import SelfTest, Untested, self_tests, trials, untested


@dataclass(frozen=True)
class _Sheets:
    """What files are made of.

    Attributes:
        drawing: the schematic.
        ready: the design that it is of.
    """

    drawing: Schematic
    ready: Design

    @cached_property
    def tried(self) -> tuple[SelfTest | Untested, ...]:
        """Tests of pages, and pages without one."""
        return tuple(trials(self.drawing, self.ready))


def _svg(of: _Sheets) -> dict[str, str]:
    return {f"{of.drawing.name}-diagram.svg": diagram(of.drawing), **svg.pages(of.drawing)}


def _cir(of: _Sheets) -> dict[str, str]:
    deck = render(redrawn(of.drawing, of.ready.circuit), of.ready.bench)
    return {f"{of.drawing.name}.cir": deck.text, **deck.files}


@dataclass(frozen=True)
class _Format:
    """A format of schematics.

    Attributes:
        files: text by file name.
        opened: ending of the file that one opens, behind the circuit's name.
    """

    files: Callable[[_Sheets], Mapping[str, str]]
    opened: str


#: by name
FORMATS: Mapping[str, _Format] = {
    "svg": _Format(_svg, "-diagram.svg"),
    "kicad": _Format(lambda of: kicad.files(of.drawing), ".kicad_pro"),
    "asc": _Format(lambda of: ltspice.files(of.drawing, of.ready.circuit, of.ready.bench), ".asc"),
    "net": _Format(lambda of: {f"{of.drawing.name}.net": board.netlist(of.drawing)}, ".net"),
    "cir": _Format(_cir, ".cir"),
    "build": _Format(lambda of: build_sheet.files(of.drawing, of.ready, of.tried), "-build.md"),
    "test": _Format(lambda of: self_test.files(of.drawing, of.tried), "-tests.md"),
    "faults": _Format(lambda of: faults.files(of.drawing, self_tests(of.tried)), "-faults.md"),
}


#: those that are of tests
_ASK = {"build", "test", "faults"}


def _formats(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in text.split(",")))


@dataclass(frozen=True)
class SchematicPlan:
    """What is drawn.

    Attributes:
        prototype: the design; what scatters from board to board makes no difference to a drawing.
        formats: of the files.
        folder: for them; named after the circuit when None.
        tolerances: of the resistors and capacitors to buy.

    Raises:
        UsageError: no such format.
    """

    prototype: Prototype = bought()
    formats: tuple[str, ...] = option(
        f"Formats, with commas between them: {', '.join(FORMATS)}.",
        ("svg", "kicad", "net"),
        flag="format",
        metavar="FORMAT,...",
        parse=_formats,
    )
    folder: Path | None = option(
        "Folder for the files (default: results/schematic-NAME).", None, flag="out", metavar="FOLDER", parse=Path
    )
    tolerances: Tolerances = option(
        "Of the resistors and capacitors to buy.", STANDARD, metavar="R%,C%", parse=Tolerances.parse
    )

    def __post_init__(self) -> None:
        for name in self.formats:
            if name not in FORMATS:
                raise UsageError(f"`formats`: there is no format '{name}'", hint=nearest(name, FORMATS))

    def check(self) -> None:
        """Refuse what cannot be loaded.

        Raises:
            VleAnalogError: as `Prototype.check`.
        """
        self.prototype.check()


def draw(plan: SchematicPlan, lab: Lab) -> Drawn:
    """The schematic that a plan asks for, written to its folder.

    Args:
        plan: what to draw.
        lab: told what goes on.

    Raises:
        UsageError: a value that is not on sale.
        OutputError: the folder cannot be written.
        VleAnalogError: bad equations, or no part values.
    """
    with from_file(plan.prototype.loaded):
        ready = design(plan.prototype.loaded, plan.prototype.build, plan.prototype.bought, lab.progress)
        lab.progress("schematic", 0.0)
        drawing = schematic(
            ready.circuit, plan.tolerances, plan.prototype.build.roles, ready.bench.probes, ready.outputs
        )
        of = _Sheets(drawing, ready)
        texts = {file: text for name in plan.formats for file, text in FORMATS[name].files(of).items()}
    folder = Path(os.path.realpath(plan.folder or Path("results") / f"schematic-{drawing.name}"))
    write_results(folder, texts, f"schematic of {drawing.name}")
    bodies = {placed.designator for page in drawing.pages for placed in page.placed if placed.designator}
    return Drawn(
        name=drawing.name,
        pages=tuple((page.name, sum(1 for placed in page.placed if placed.component)) for page in drawing.pages),
        bodies=len(bodies),
        nets=len(nets(drawing)),
        folder=folder,
        files={name: drawing.name + FORMATS[name].opened for name in plan.formats},
        untested=tuple((each.page.name, each.why) for each in untested(of.tried)) if _ASK & {*plan.formats} else (),
    )
