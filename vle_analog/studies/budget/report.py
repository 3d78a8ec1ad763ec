"""An error budget as tables and sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from vle_analog.compare.criterion import without_value
from vle_analog.design.built import equations_of
from vle_analog.fleet.case import Case
from vle_analog.report.numbers import number
from vle_analog.report.report import Report, Table
from vle_analog.studies.budget.result import ALIKE, ErrorBudget, Sobol

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: a kind is named where losses differ by more than this factor
_COSTS = 1.05


def report(study: ErrorBudget) -> Report:
    """What is told of an error budget."""
    return Report(
        "budget",
        f"Error budget of {study.task}, {study.mode}",
        study.record(),
        [_table(study), *([] if study.sobol is None else [_indices(study.sobol)])],
        _sentences(study),
        lambda: _figures(study),
        warnings=[] if study.sobol is None else _unranked(study.sobol),
        equations=equations_of(study.built),
    )


def _figures(study: ErrorBudget) -> Mapping[str, Figure]:
    from vle_analog.studies.budget.figure import figure  # matplotlib takes long to load

    return {"budget": figure(study)}


def _table(study: ErrorBudget) -> Table:
    """The ideal, each kind, what costs most first, and all together."""
    header = ["non-ideality", "size", "alone", "over ideal", "quartiles", "all others", "with all smaller"]
    rest = ["", ""]
    rows = [["none (ideal)", "", *_cells(study, study.ideal, spread=False), *rest]]
    for kind in reversed(study.contributions):
        others, smaller = _loss(kind.without.median), _loss(kind.added.median)
        rows.append([kind.kind, kind.size, *_cells(study, kind.alone), others, smaller])
    rows.append(["all", "", *_cells(study, study.everything), *rest])
    if study.untrimmed is not None:
        rows.append(["all, not trimmed", "", *_cells(study, study.untrimmed), *rest])
    return Table(f"{study.task}, {study.mode}: median {study.measured} by non-ideality", header, rows)


def _indices(sobol: Sobol) -> Table:
    """Sobol' indices with their intervals, the largest first."""
    rows = []
    for place in sobol.order:
        indices = sobol.of(sobol.kinds[place])
        told = [(f"{index.value:.2f}", f"{index.interval[0]:.2f} to {index.interval[1]:.2f}") for index in indices]
        rows.append([sobol.kinds[place], *told[0], *told[1]])
    return Table("Sobol indices", ["non-ideality", "Sobol first", "95 %", "total", "95 %"], rows)


def _sentences(study: ErrorBudget) -> list[str]:
    """Sentences that say what the budget comes to."""
    ideal, everything = study.ideal.median, study.everything.median
    said = [
        f"median {study.measured} of {study.boards} boards: {_loss(everything)} with all non-idealities, "
        f"{_loss(ideal)} with none" + (f", {_times(everything, ideal)}" if ideal else "")
    ]
    if (right := study.everything.accuracy) is not None and study.ideal.accuracy is not None:
        said.append(f"right answers: {100 * right:.4g} % with all, {100 * study.ideal.accuracy:.4g} % with none")
    if everything < ideal:
        said.append("boards with all are better than the ideal: the lesson is too short to say what costs (--span)")
    worst = study.contributions[-1]
    if worst.alone.median > _COSTS * ideal:
        said.append(f"largest alone: {worst.kind} ({worst.size}), {_loss(worst.alone.median)}")
    else:
        said.append(f"no kind alone costs more than {100 * (_COSTS - 1):.0f} %")
    best = min(study.contributions, key=lambda kind: kind.without.median)
    if _COSTS * best.without.median < everything:
        said.append(f"most is won without {best.kind}: {_loss(best.without.median)} is left")
    if study.untrimmed is not None:
        said.append(f"without trimmers: {_loss(study.untrimmed.median)}")
    broken = sum(outcome.loss is None for outcome in study.everything.outcomes)
    if broken:
        said.append(f"{broken} of {study.boards} boards with all non-idealities {without_value(study.measured)}")
    return said if study.sobol is None else [*said, _of_indices(study.sobol)]


def _of_indices(sobol: Sobol) -> str:
    """What the indices are of, and how sure they are."""
    widest = float(np.max(np.ptp(sobol.total_interval, axis=1), initial=0.0))
    largest = sobol.kinds[sobol.order[0]]
    total, (low, high) = sobol.of(largest)[1]
    return (
        f"Sobol indices: of log10 of the median loss of {sobol.boards} boards (variance {sobol.variance:.2g}), "
        f"scales from 0 to 1 of what scatters, other kinds on or off; {sobol.rows} rows, widest 95 % interval "
        f"{widest:.2f}; largest total: {largest}, {total:.2f} ({low:.2f} to {high:.2f})"
    )


def _unranked(sobol: Sobol) -> list[str]:
    """What intervals are too wide to rank, and the rows that would do."""
    rivals, rows = sobol.rivals(), sobol.rows_to_rank()
    if len(rivals) < 2:
        return []
    named = ", ".join(
        f"{name} ({low:.2f} to {high:.2f})" for name in rivals for low, high in (sobol.of(name)[1].interval,)
    )
    said = f"which total index is the largest is open, 95 % intervals overlap: {named}"
    if rows <= sobol.rows:
        return [f"{said}; they differ by less than {ALIKE:g} or so: take them as alike"]
    return [f"{said}; some {rows} rows (--sobol {rows}) part them, or show that they differ by less than {ALIKE:g}"]


def _cells(study: ErrorBudget, case: Case, spread: bool = True) -> list[str]:
    """Median, over the ideal's, and quartiles."""
    low, high = case.quantile(0.25), case.quantile(0.75)
    over = _times(case.median, study.ideal.median) if study.ideal.median else ""
    between = f"{_loss(low)} to {_loss(high)}" if spread and low != high else ""
    return [_loss(case.median), over, between]


def _loss(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else "not finite"


def _times(value: float, ideal: float) -> str:
    ratio = value / ideal
    if not math.isfinite(ratio):
        return ""
    if ratio < 2:
        return f"{ratio:.3f} times"
    return f"{number(ratio, 3) if ratio >= 1e4 else format(ratio, '.3g')} times"
