"""A part measured against its data sheet, or which parts there are: tables, sentences and figure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from vle_analog.report.report import Report, Table
from vle_analog.studies.bench.result import Bench, PartList, Quantity
from vle_analog.units import engineering

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PLAIN = ("dB", "deg", "%")


def report(result: Bench | PartList) -> Report:
    """What is told of a part, or of all."""
    if isinstance(result, PartList):
        return Report(name="parts", title="Parts", tables=[_listed(result)])
    title = f"{result.cell}, {result.role}: {result.summary}"
    return Report(
        name="bench",
        title=title,
        record=result.record(),
        tables=[_table(result, title)],
        sentences=[f"stated: {result.source}"] if result.source else [],
        figures=lambda: _figures(result),
    )


def _figures(bench: Bench) -> Mapping[str, Figure]:
    from vle_analog.studies.bench.figure import figure  # matplotlib takes long to load

    return {"bench": figure(bench)}


def _table(bench: Bench, title: str) -> Table:
    """One row per quantity."""
    rows = []
    for quantity in bench.quantities:
        stated = "" if quantity.stated is None else _value(quantity.stated, quantity.unit)
        rows.append([quantity.name, _value(quantity.measured, quantity.unit), stated, _deviation(quantity)])
    return Table(title, ["quantity", "measured", "stated", "deviation"], rows)


def _listed(parts: PartList) -> Table:
    """One row per part."""
    rows = [[part.name, part.role, part.summary, part.folder] for part in parts.parts]
    return Table("Parts (circuits/*/)", ["part", "role", "what it is", "folder"], rows)


def _value(value: float, unit: str) -> str:
    if not math.isfinite(value):
        return "none found" if math.isnan(value) else "unlimited"
    text = f"{value:.4g} {unit}" if unit in _PLAIN or unit == "V/us" else engineering(value, unit, 4)
    return text.replace("/rt", "/√").replace("V/us", "V/μs").replace(" u", " μ")


def _deviation(quantity: Quantity) -> str:
    if quantity.stated is None or quantity.deviation is None:
        return ""
    if quantity.unit == "dB":
        return f"{quantity.measured - quantity.stated:+.2f} dB"
    return f"{100 * quantity.deviation:+.1f} %"
