"""What is told of a schematic."""

from __future__ import annotations

from vle_analog.report.report import Report
from vle_analog.studies.schematic.result import Drawn


def report(drawn: Drawn) -> Report:
    """What has been drawn, and which file to open for each format."""
    pages = len(drawn.pages)
    said = [f"{drawn.bodies} parts and {drawn.nets} nets on {pages} pages, joined as in the netlist, pin by pin"]
    said += [f"{name}: {drawn.folder / file}" for name, file in drawn.files.items()]
    said += [f"no self-test of {page}: {why}" for page, why in drawn.untested]
    return Report("schematic", f"{drawn.name}: schematic", sentences=said)
