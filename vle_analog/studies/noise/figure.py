"""Loss, right answers, good boards and the signal-to-noise ratio against the strength of the noise."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from vle_analog.compare.criterion import ACCURACY
from vle_analog.compare.signal_to_noise import BIT_DB, OFFSET_DB, decibels
from vle_analog.design.built import parts_of
from vle_analog.report import palette
from vle_analog.report.log_axis import LogAxis
from vle_analog.report.sheet import BOUND, Grid, Sheet, new_sheet, number, style, tidy, typeset
from vle_analog.studies.noise.result import NoiseLevels
from vle_analog.studies.noise.words import scale_text

_LINE: dict[str, Any] = {"color": palette.REAL_PARTS, "linewidth": 1.8, "marker": "o", "markersize": 3.8, "zorder": 5}
#: over the other, of which it is often hardly apart
_SILENT: dict[str, Any] = {"color": "#7a6a00", "linewidth": 1.4, "linestyle": (0, (1.5, 1.6)), "marker": "s",
                           "markersize": 3.2, "markerfacecolor": "white", "zorder": 6}  # fmt: skip
_IDEAL: dict[str, Any] = {"color": palette.IDEAL_PARTS, "linewidth": 1.3, "linestyle": ":", "zorder": 3}
_QUIET: dict[str, Any] = {"color": palette.PLAIN, "linewidth": 1.4, "linestyle": "-", "zorder": 3}
_BOUND: dict[str, Any] = {**BOUND, "zorder": 3}
_FAILS: dict[str, Any] = {"color": "#eeeeee", "linewidth": 0, "zorder": 0}
_BAND = "#e9d8ed"
_WIDTH, _HEIGHT, _ROW, _GAP = 9.6, 2.15, 3.05, 1.0
#: losses over the variance are drawn up to here, and as zero where they are so far below those of the boards
_MOST, _FAR = 100.0, 1e3


def figure(study: NoiseLevels) -> Figure:
    """Loss, right answers, good boards and the signal-to-noise ratio against the noise."""
    panels: list[Callable[[Sheet, Axes, NoiseLevels], None]] = [_loss, _good, _ratio]
    if study.quiet.accuracies:
        panels.insert(1, _answers)
    columns = 2 if len(panels) == 4 else 3
    rows = math.ceil(len(panels) / columns)
    width = _WIDTH + (columns - 2) * 1.9
    with style():
        title = f"{study.task}, {study.mode}{parts_of(study.built)}: "
        title += f"{len(study.quiet.outcomes)} boards under the noise of their parts"
        title += "" if study.complete else ", interrupted"
        sheet = new_sheet(
            Grid(across=columns, width=width, rows=rows, row=_ROW, content=_HEIGHT + 0.2, gap=_GAP),
            title,
            legend_rows=2,
        )
        for place, panel in enumerate(panels):
            axes = sheet.axes(place // columns, place % columns, 0.1, _HEIGHT)
            panel(sheet, axes, study)
            _levels(axes, study, place >= len(panels) - columns)
        _legend(sheet, study)
    return sheet.figure


def _legend(sheet: Sheet, study: NoiseLevels) -> None:
    handles: list[Any] = [Line2D([], [], **_LINE), Patch(color=_BAND)]
    labels = ["median of boards", "range; interval of good boards"]
    if study.mode != "deploy":
        handles.append(Line2D([], [], **_SILENT))
        labels.append("noise off in the exam" if study.criterion.of_task else "the same boards, noise off")
    handles += [Line2D([], [], **look) for look in (_QUIET, _IDEAL, _BOUND)]
    word = "loss " if study.criterion.of_task else ""
    middle, ideal = study.quiet.case.median, study.ideal.loss
    labels.append(f"without noise ({word}{number(middle)})" if math.isfinite(middle) else "without noise")
    labels.append("ideal board" if ideal is None else f"ideal board ({word}{number(ideal)})")
    labels.append(typeset(f"criterion: {study.criterion}"))
    if study.fails is not None:
        handles.append(Patch(**_FAILS))
        labels.append("fails")
    sheet.legend(handles, labels, columns=4)


def _levels(axes: Axes, study: NoiseLevels, named: bool) -> None:
    """The common axis: powers of two, shaded where boards fail."""
    scales = [level.scale for level in study.levels] or [1.0, 2.0]
    low, high = scales[0] / 1.3, scales[-1] * 1.3
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    first, last = math.ceil(math.log2(low)), math.floor(math.log2(high))
    step = max(1, math.ceil((last - first + 1) / 7))
    ticks = [2.0**power for power in range(first, last + 1) if power % step == 0] or scales
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: scale_text(value)))
    axes.tick_params(axis="x", labelsize=8)
    axes.grid(axis="y", color="#ececec", linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    if study.fails is not None:
        axes.axvspan(study.fails.scale / (math.sqrt(2) if study.holds else 1.3), high, **_FAILS)
    if named:
        axes.set_xlabel("noise, over what the parts make", fontsize=9, labelpad=2)


def _loss(sheet: Sheet, axes: Axes, study: NoiseLevels) -> None:
    axes.set_title(study.measured, loc="left")
    scales = [level.scale for level in study.levels]
    lows, medians, highs = (
        [level.case.quantile(0.0) for level in study.levels],
        [level.case.median for level in study.levels],
        [level.case.quantile(1.0) for level in study.levels],
    )
    references = [study.quiet.case.median, *([study.ideal.loss] if study.ideal.loss is not None else [])]
    bound = [study.criterion.value] if study.criterion.metric != ACCURACY else []
    silent = [level.silent or math.nan for level in study.levels]
    known = [loss for loss in silent if math.isfinite(loss)] if study.mode != "deploy" else []
    boards = [*lows, *medians, *highs, *bound, *known, references[0]]
    least = min([loss for loss in boards if loss > 0], default=1.0) / _FAR
    axis = LogAxis.of([*boards, *references], least=least, most=_MOST)
    axes.fill_between(scales, axis.place(lows), axis.place(highs), color=_BAND, linewidth=0, zorder=2)
    axes.plot(scales, axis.place(medians), **_LINE)
    if known:
        axes.plot(scales, axis.place(silent), **_SILENT)
    for value, look in zip(references, (_QUIET, _IDEAL), strict=False):
        axes.axhline(float(axis.place([value])[0]), **look)
    for value in bound:
        axes.axhline(value, **_BOUND)
    axis.apply(axes, "y")
    sheet.ylabel(axes, study.measured, 0.62)


def _answers(sheet: Sheet, axes: Axes, study: NoiseLevels) -> None:
    axes.set_title("right answers, %", loc="left")
    scales = [level.scale for level in study.levels]
    right = [100 * np.array(level.accuracies or [0.0]) for level in study.levels]
    lows, highs = [boards.min() for boards in right], [boards.max() for boards in right]
    axes.fill_between(scales, lows, highs, color=_BAND, linewidth=0, zorder=2)
    axes.plot(scales, [float(np.median(boards)) for boards in right], **_LINE)
    for value, look in ((study.quiet.case.accuracy, _QUIET), (study.ideal.accuracy, _IDEAL)):
        if value is not None:
            axes.axhline(100 * value, **look)
    if study.criterion.metric == ACCURACY:
        axes.axhline(100 * study.criterion.value, **_BOUND)
    low = min(*map(float, lows), 50.0) if lows else 50.0
    axes.set_ylim(max(0.0, low - 4), 102)
    tidy(axes, "y")
    sheet.ylabel(axes, "right answers, %", 0.62)


def _good(sheet: Sheet, axes: Axes, study: NoiseLevels) -> None:
    axes.set_title("good boards, %, 95 % interval", loc="left")
    scales = [level.scale for level in study.levels]
    bands = 100 * np.array([level.interval for level in study.levels]).reshape(-1, 2)
    axes.fill_between(scales, bands[:, 0], bands[:, 1], color=_BAND, linewidth=0, zorder=2)
    axes.plot(scales, [100 * level.good / len(level.outcomes) for level in study.levels], clip_on=False, **_LINE)
    axes.axhline(100 * study.quiet.good / len(study.quiet.outcomes), **_QUIET)
    axes.set_ylim(0, 103)
    tidy(axes, "y")
    sheet.ylabel(axes, "good boards, %", 0.62)


def _ratio(sheet: Sheet, axes: Axes, study: NoiseLevels) -> None:
    axes.set_title("signal to noise, dB (right: bits)", loc="left")
    known = [(level.scale, ratio) for level in study.levels if (ratio := decibels(level.signal_to_noise)) is not None]
    ranges = [
        (level.scale, min(every), max(every))
        for level in study.levels
        if (every := [ratio for board in level.outcomes if (ratio := decibels(board.signal_to_noise)) is not None])
    ]
    if ranges:
        scales, lows, highs = zip(*ranges, strict=True)
        axes.fill_between(scales, lows, highs, color=_BAND, linewidth=0, zorder=2)
    axes.plot([scale for scale, _ in known], [ratio for _, ratio in known], **_LINE)
    low, high = axes.get_ylim()
    if high - low < 4 * BIT_DB:
        axes.set_ylim(0.5 * (low + high) - 2 * BIT_DB, 0.5 * (low + high) + 2 * BIT_DB)
    tidy(axes, "y", 6)
    bits = axes.secondary_yaxis("right", functions=(_to_bits, _from_bits))
    bits.yaxis.set_major_locator(MaxNLocator(8, integer=True))
    bits.tick_params(labelsize=8)
    axes.spines["right"].set_visible(True)
    sheet.ylabel(axes, "signal to noise, dB", 0.62)


def _to_bits(ratio: Any) -> Any:
    return (ratio - OFFSET_DB) / BIT_DB


def _from_bits(bits: Any) -> Any:
    return BIT_DB * bits + OFFSET_DB
