"""A part measured against its data sheet, or which parts there are: tables, sentences and figure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
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
        return Report(name="parts", title="Parts", tables=[_listed(result)], warnings=result.wrong)
    title = f"{result.cell}, {result.role}: {result.summary}"
    return Report(
        name="bench",
        title=title,
        record=result.record(),
        tables=[_table(result, title)],
        sentences=[*_sources(result), *_notes(result)],
        figures=lambda: _figures(result),
        warnings=list(_warnings(result)),
    )


def _sources(bench: Bench) -> Iterator[str]:
    """Where stated figures are from, and which of them nobody saw there."""
    if bench.source:
        yield f"stated: {bench.source}"
    for origin, words in (("memory", "stated as remembered, not as seen in a sheet"), ("assumed", "assumed")):
        if names := [name for name, where in bench.origins.items() if where == origin]:
            yield f"{words}: {', '.join(names)}"


def _notes(bench: Bench) -> Iterator[str]:
    """What is no plain figure, quantities of one reason together."""
    failed = {name for failure in bench.failures for name in failure.quantities}
    names: dict[str, list[str]] = {}
    for quantity in bench.quantities:
        if quantity.note and quantity.name not in failed:
            names.setdefault(quantity.note, []).append(quantity.name)
    for note, about in names.items():
        yield f"{', '.join(about)}: {note}"


def _warnings(bench: Bench) -> Iterator[str]:
    """Measurements that failed, stated figures that are not what is measured, and noise with two sources or none."""
    for failure in bench.failures:
        what, where, hint = failure.error.what, failure.error.where, failure.error.hint or ""
        yield f"{', '.join(failure.quantities)}: not measured: {what} ({where}). {hint}".rstrip()
    for quantity in bench.disagreements:
        measured, stated = (_value(value, quantity.unit) for value in (quantity.measured, quantity.stated or 0.0))
        deviation = f" ({_deviation(quantity)})" if _deviation(quantity) else ""
        yield f"{quantity.name}: {measured} measured, {stated} stated{deviation}"
    if bench.noise is not None and bench.noise.complaint:
        yield f"noise: {bench.noise.complaint}"


def _figures(bench: Bench) -> Mapping[str, Figure]:
    from vle_analog.studies.bench.figure import figure  # matplotlib takes long to load

    return {} if bench.curves is None else {"bench": figure(bench, bench.curves)}


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
        return "none" if math.isnan(value) else "unlimited"
    text = f"{value:.4g} {unit}" if unit in _PLAIN or unit == "V/us" else engineering(value, unit, 4)
    return text.replace("/rt", "/√").replace("V/us", "V/μs").replace(" u", " μ")


def _deviation(quantity: Quantity) -> str:
    if quantity.stated is None or quantity.deviation is None or not math.isfinite(quantity.deviation):
        return ""
    if quantity.unit == "dB":
        return f"{quantity.measured - quantity.stated:+.2f} dB"
    return f"{100 * quantity.deviation:+.1f} %"
