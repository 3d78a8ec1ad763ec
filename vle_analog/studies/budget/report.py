"""An error budget as table, sentences and figure."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from vle_analog.report.log_axis import LogAxis
from vle_analog.report.sheet import new_sheet, number, style, tidy
from vle_analog.studies.budget.result import Case, ErrorBudget, Sobol

_UP, _DOWN, _TOTAL, _PALE = "#d55e00", "#009e73", "#444444", "#b9b9b9"
_ALONE: dict[str, Any] = {"marker": "o", "color": "#0072b2", "markersize": 5, "linestyle": ""}
_WITHOUT: dict[str, Any] = {"marker": "D", "color": "#222222", "markerfacecolor": "white", "markersize": 4.6,
                            "linestyle": ""}  # fmt: skip
_ROW, _WIDTH, _LABEL = 0.34, 9.4, 1.7
#: a kind is named where losses differ by more than this factor
_COSTS = 1.05
#: losses over the variance are drawn up to here
_MOST = 100.0
#: what sizes and marks are
_FOOT = (
    "medians over boards. Sizes of mismatch, offsets, bias currents and gain errors are\n"
    "standard deviations; of bandwidth, lag and feedthrough they are the parts' own figures"
)


def table(study: ErrorBudget) -> list[list[str]]:
    """Rows of text, the first of them the header: the ideal, each kind, what costs most first, and all together."""
    header = ["non-ideality", "size", "alone", "over ideal", "quartiles", "all others", "with all smaller"]
    sobol = _by_kind(study.sobol)
    rows = [header + (["Sobol first", "total"] if sobol else [])]
    rest = ["", ""] if sobol else []
    rows.append(["none (ideal)", "", *_cells(study, study.ideal, spread=False), "", "", *rest])
    for each in reversed(study.contributions):
        found = [each.kind, each.size, *_cells(study, each.alone)]
        found += [_loss(each.without.median), _loss(each.added.median)]
        rows.append(found + ([f"{value:.2f}" for value in sobol[each.kind][:2]] if sobol else []))
    rows.append(["all", "", *_cells(study, study.everything), "", "", *rest])
    if study.untrimmed is not None:
        rows.append(["all, not trimmed", "", *_cells(study, study.untrimmed), "", "", *rest])
    return rows


def sentences(study: ErrorBudget) -> list[str]:
    """What it comes to."""
    ideal, everything = study.ideal.median, study.everything.median
    said = [
        f"median loss over variance of {study.boards} boards: {_loss(everything)} with all non-idealities, "
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
    best = min(study.contributions, key=lambda each: each.without.median)
    if _COSTS * best.without.median < everything:
        said.append(f"most is won without {best.kind}: {_loss(best.without.median)} is left")
    if study.untrimmed is not None:
        said.append(f"without trimmers: {_loss(study.untrimmed.median)}")
    broken = sum(each.loss is None for each in study.everything.outcomes)
    if broken:
        said.append(f"{broken} of {study.boards} boards with all non-idealities did not stay finite")
    if study.sobol is not None:
        found = study.sobol
        widest = float(np.max(np.ptp(found.total_interval, axis=1), initial=0.0))
        said.append(
            f"Sobol indices: of log10 of the median loss of {found.boards} boards (variance {found.variance:.2g}), "
            f"scales from 0 to 1 of what scatters, other kinds on or off; {found.rows} rows, widest 95 % interval "
            f"{widest:.2f}"
        )
    return said


def markdown(study: ErrorBudget) -> str:
    """Sentences and tables as Markdown."""
    lines = [f"Error budget of {study.task}, {study.mode}.", "", *(f"- {each}" for each in sentences(study)), ""]
    lines += _grid(table(study))
    if study.sobol is not None:
        rows = [["non-ideality", "Sobol first", "95 %", "total", "95 %"]]
        found = study.sobol
        for k in np.argsort(-found.total, kind="stable"):
            low, high = found.first_interval[k], found.total_interval[k]
            rows.append([found.kinds[k], f"{found.first[k]:.2f}", f"{low[0]:.2f} to {low[1]:.2f}",
                         f"{found.total[k]:.2f}", f"{high[0]:.2f} to {high[1]:.2f}"])  # fmt: skip
        lines += ["", *_grid(rows)]
    return "\n".join(lines) + "\n"


def figure(study: ErrorBudget) -> Figure:
    """Kinds added one after another as a waterfall, each alone and all but it beside; and Sobol' indices."""
    rows = len(study.contributions) + 2 + (study.untrimmed is not None)
    high = _ROW * rows
    with style():
        title = f"{study.task}, {study.mode}: loss by non-ideality, median of {study.boards} boards"
        sheet = new_sheet(1, _WIDTH, 1, 0.0, high + 0.25, title, legend_rows=1)
        axes = sheet.axes(0, 0, 0.15, high)
        box = axes.get_position()
        inset, share = _LABEL / _WIDTH, 0.72 if study.sobol is not None else 1.0
        axes.set_position((box.x0 + inset, box.y0, share * (box.width - inset), box.height))
        _waterfall(axes, study, rows)
        axes.set_title("loss over the target's variance", loc="left")
        handles: list[Any] = [
            Patch(color=_UP),
            Patch(color=_DOWN),
            Line2D([], [], **_ALONE),
            Line2D([], [], **_WITHOUT),
        ]
        labels = ["one after another: worse", "better", "alone, quartiles", "all but this"]
        if study.sobol is not None:
            left = box.x0 + inset + (share + 0.03) * (box.width - inset)
            panel = sheet.figure.add_axes((left, box.y0, box.x0 + box.width - left, box.height))
            _indices(panel, study, study.sobol, rows)
            handles += [Patch(color=_TOTAL), Patch(color=_PALE)]
            labels += ["first order", "total"]
        axes.set_xlabel(_FOOT, fontsize=8, loc="left", labelpad=6)
        sheet.legend(handles, labels, columns=6)
    return sheet.figure


def _waterfall(axes: Axes, study: ErrorBudget, rows: int) -> None:
    kinds = study.contributions
    everything = [study.ideal, study.everything, *([study.untrimmed] if study.untrimmed else [])]
    values = [each.median for each in everything]
    for kind in kinds:
        values += [kind.alone.median, kind.alone.quantile(0.25), kind.alone.quantile(0.75), kind.without.median]
        values.append(kind.added.median)
    scale = LogAxis.of(values, most=_MOST)

    def place(value: float) -> float:
        return float(scale.place([min(value, 10 * _MOST)])[0])

    start = scale.zero if scale.has_zero else scale.low
    whole: list[tuple[int, Case]] = [(0, study.ideal), (len(kinds) + 1, study.everything)]
    whole += [(len(kinds) + 2, study.untrimmed)] if study.untrimmed else []
    edge = start / 10 ** (0.045 * scale.decades)
    for row, case in whole:
        axes.barh(row, place(case.median) - edge, left=edge, height=0.5, color="#c9d6df", zorder=2)
        axes.plot([place(case.median)] * 2, [row - 0.25, row + 0.25], color=_TOTAL, linewidth=1.6, zorder=3)
    before = study.ideal.median
    for row, kind in enumerate(kinds, 1):
        after = kind.added.median
        ends = sorted((place(before), place(after)))
        axes.barh(row, ends[1] - ends[0], left=ends[0], height=0.5, color=_UP if after >= before else _DOWN, zorder=2)
        axes.plot([place(before)] * 2, [row - 1 + 0.25, row + 0.25], color="#888888", linewidth=0.7, zorder=1)
        axes.plot([place(after)] * 2, [row - 0.25, row + 0.25], color="#888888", linewidth=0.9, zorder=2)
        quartiles = [place(kind.alone.quantile(q)) for q in (0.25, 0.75)]
        axes.plot(quartiles, [row, row], color=_ALONE["color"], linewidth=1.1, zorder=4)
        axes.plot(place(kind.alone.median), row, zorder=5, **_ALONE)
        axes.plot(place(kind.without.median), row, zorder=6, **_WITHOUT)
        before = after
    axes.plot([place(before)] * 2, [len(kinds) + 0.25, len(kinds) + 1.25], color="#888888", linewidth=0.7, zorder=1)
    names = ["ideal", *(f"{kind.kind}\n{kind.size}" for kind in kinds), "all"]
    names += ["all, not trimmed"] if study.untrimmed else []
    axes.set_yticks(range(rows), names, fontsize=8, linespacing=1.15)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(rows - 0.4, -0.6)
    scale.apply(axes, "x")
    axes.grid(axis="x", color="#e6e6e6", linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)


def _indices(axes: Axes, study: ErrorBudget, sobol: Sobol, rows: int) -> None:
    found = _by_kind(sobol)
    for row, kind in enumerate(study.contributions, 1):
        first, total, low, high = found[kind.kind]
        axes.barh(row - 0.16, max(first, 0.0), height=0.26, color=_TOTAL, zorder=2)
        axes.barh(row + 0.16, max(total, 0.0), height=0.26, color=_PALE, zorder=2)
        axes.plot([max(low, 0.0), max(high, 0.0)], [row + 0.16] * 2, color=_TOTAL, linewidth=0.9, zorder=3)
    axes.set_title("Sobol indices", loc="left")
    axes.set_ylim(rows - 0.4, -0.6)
    axes.set_yticks([])
    axes.set_xlim(0, max(1.0, float(np.max(sobol.total_interval, initial=0.0))))
    tidy(axes, "x", 3)


def _by_kind(sobol: Sobol | None) -> dict[str, tuple[float, float, float, float]]:
    """First-order and total index of each kind, and the total's interval."""
    if sobol is None:
        return {}
    return {
        name: (float(sobol.first[k]), float(sobol.total[k]), *map(float, sobol.total_interval[k]))  # type: ignore[misc]
        for k, name in enumerate(sobol.kinds)
    }


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


def _grid(rows: list[list[str]]) -> list[str]:
    header, *rest = rows
    return ["| " + " | ".join(cells) + " |" for cells in (header, ["---"] * len(header), *rest)]
