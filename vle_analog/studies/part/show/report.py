"""What is known of a part of a user's own."""

from __future__ import annotations

from vle_analog.circuit.cell.datasheet import FIGURES, UNITS
from vle_analog.report.report import Report, Table
from vle_analog.studies.part.shelf import OwnPart
from vle_analog.units import measured


def report(part: OwnPart) -> Report:
    """Its figures and its files."""
    assert part.cell is not None
    sheet = part.cell.sheet
    rows = []
    for name, unit in FIGURES[part.cell.role or "opamp"].items():
        if (figure := sheet.figures.get(name)) is not None:
            plain = UNITS[unit][0]
            value = f"{figure.value:.4g} {plain}" if plain in ("dB", "deg", "") else measured(figure.value, plain)
            how = "measured" if name in sheet.measured else "stated"
            rows.append([name, value, how, figure.condition])
    files = sorted(str(path) for path in part.originals.rglob("*") if path.is_file())
    return Report(
        "part",
        f"{part.name}: {sheet.summary}",
        tables=[Table(f"{part.name}: {sheet.summary}", ["figure", "value", "how", "condition"], rows)],
        sentences=[f"source: {sheet.source}", f"cell: {part.file}", *(f"original: {file}" for file in files)],
    )
