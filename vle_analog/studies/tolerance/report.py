"""Tolerances as table and sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from vle_analog.design.built import equations_of
from vle_analog.report.report import Report, Table
from vle_analog.studies.tolerance.result import (
    Allowed,
    Point,
    Tolerances,
)
from vle_analog.units import measured

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def report(study: Tolerances) -> Report:
    """What is told of tolerances."""
    return Report(
        "tolerance",
        f"Tolerances of {study.task}, {study.mode}",
        study.record(),
        [_table(study)],
        _sentences(study),
        lambda: _figures(study),
        equations=equations_of(study.built),
    )


def _figures(study: Tolerances) -> Mapping[str, Figure]:
    from vle_analog.studies.tolerance.figure import figure  # matplotlib takes long to load

    return {"tolerance": figure(study)}


def _table(study: Tolerances) -> Table:
    """Each kind's largest size, tightest against what boards have first."""
    header = ["non-ideality", "boards have", "allowed", "over that", "yield there", "95 % interval", "too much"]
    rows = []
    for kind in study.tightest:
        most, bad = kind.most, kind.least_bad
        has = _size(kind, kind.size)
        if most is None:
            least = _size(kind, kind.points[0].size)
            rows.append([kind.kind, has, f"{'over' if kind.inverse else 'under'} {least}", "", "", "", least])
            continue
        bound = (" or less" if kind.inverse else " or more") if bad is None else ""
        too_much = "not found" if bad is None else _size(kind, bad.size)
        allowed = _size(kind, most.size) + bound
        rows.append([kind.kind, has, allowed, f"{most.factor:.3g} times", *_yield(kind, most), too_much])
    return Table(f"{study.task}, {study.mode}: how much of each non-ideality is allowed, alone", header, rows)


def _sentences(study: Tolerances) -> list[str]:
    """Sentences that say what the tolerances come to."""
    said = [
        f"good boards have {study.criterion}; wanted are {100 * study.wanted:g} % of {study.boards}, each kind alone",
        f"the ideal board's {study.measured}: {_number(study.ideal[0])}"
        + ("" if study.ideal[1] is None else f", right answers {100 * study.ideal[1]:.4g} %"),
    ]
    tight = [kind.kind for kind in study.kinds if kind.room < 1]
    said.append(
        f"tighter than what boards have: {', '.join(tight)}" if tight else "each kind alone is within what is allowed"
    )
    needed = math.ceil(study.wanted * study.boards - 1e-9)
    if needed == study.boards:
        low = Point(1.0, 1.0, study.boards, study.boards).interval[0]
        said.append(
            f"with {study.boards} boards this means that none is bad; then the true yield may be {100 * low:.0f} %"
        )
    return said


def _yield(each: Allowed, point: Point) -> list[str]:
    if not each.scatters:
        return ["the same on all boards", ""]
    low, high = point.interval
    return [f"{point.good} of {point.boards}", f"{100 * low:.0f} to {100 * high:.0f} %"]


def _size(each: Allowed, size: float) -> str:
    return measured(size, each.unit)


def _number(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.3g}"
