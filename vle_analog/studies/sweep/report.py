"""A quantity over a parameter as table, sentences and figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vle_analog.design.built import equations_of
from vle_analog.report.report import Report, Table
from vle_analog.studies.sweep.result import Point, Sweep

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: reasons that are told one by one
_REASONS = 3


def report(study: Sweep) -> Report:
    """What is told of a sweep."""
    return Report(
        "sweep",
        f"{study.name}: {study.quantity} over {study.parameter}",
        study.record(),
        [_table(study)],
        _sentences(study),
        lambda: _figures(study),
        equations=equations_of(study.built),
    )


def _figures(study: Sweep) -> Mapping[str, Figure]:
    from vle_analog.studies.sweep.figure import figure  # matplotlib takes long to load

    return {"sweep": figure(study)}


def _table(study: Sweep) -> Table:
    """One row a value."""
    header = [study.parameter, "equations", "boards, median", "lowest", "highest", "without a value"]
    rows = [[f"{point.value:g}", _number(point.ideal), *_boards(point)] for point in study.points]
    return Table(f"{study.name}: {study.quantity} over {study.parameter}", header, rows)


def _boards(point: Point) -> list[str]:
    if point.reason is not None:
        return ["no circuit", "", "", ""]
    known, missing = point.known, len(point.boards) - len(point.known)
    ends = [_number(min(known)), _number(max(known))] if known else ["", ""]
    return [_number(point.median), *ends, str(missing) if missing else ""]


def _sentences(study: Sweep) -> list[str]:
    """What the table does not say."""
    refused = [point for point in study.points if point.reason is not None]
    said = [f"{study.boards} board{'s' if study.boards > 1 else ''} at each of {len(study.points)} values"]
    said += [f"no circuit at {study.parameter} = {point.value:g}: {point.reason}" for point in refused[:_REASONS]]
    if len(refused) > _REASONS:
        said.append(f"and at {len(refused) - _REASONS} more values")
    return said


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"
