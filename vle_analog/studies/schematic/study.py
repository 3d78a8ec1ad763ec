"""A board's circuit, drawn and written for editors."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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


def _svg(drawing: Schematic, ready: Design) -> dict[str, str]:
    return {f"{drawing.name}-diagram.svg": diagram(drawing), **svg.pages(drawing)}


def _cir(drawing: Schematic, ready: Design) -> dict[str, str]:
    deck = render(redrawn(drawing, ready.circuit), ready.bench)
    return {f"{drawing.name}.cir": deck.text, **deck.files}


@dataclass(frozen=True)
class _Format:
    """A format of schematics.

    Attributes:
        files: text by file name.
        opened: ending of the file that one opens, behind the circuit's name.
    """

    files: Callable[[Schematic, Design], Mapping[str, str]]
    opened: str


#: by name
FORMATS: Mapping[str, _Format] = {
    "svg": _Format(_svg, "-diagram.svg"),
    "kicad": _Format(lambda drawing, ready: kicad.files(drawing), ".kicad_pro"),
    "asc": _Format(lambda drawing, ready: ltspice.files(drawing, ready.circuit, ready.bench), ".asc"),
    "net": _Format(lambda drawing, ready: {f"{drawing.name}.net": board.netlist(drawing)}, ".net"),
    "cir": _Format(_cir, ".cir"),
    "build": _Format(build_sheet.files, "-build.md"),
    "test": _Format(self_test.files, "-tests.md"),
    "faults": _Format(faults.files, "-faults.md"),
}


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
        drawing = schematic(ready.circuit, plan.tolerances, plan.prototype.build.roles, ready.bench.probes)
        texts = {file: text for name in plan.formats for file, text in FORMATS[name].files(drawing, ready).items()}
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
    )
