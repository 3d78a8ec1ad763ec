"""A yield: distributions of loss and of right answers, the yield as boards were added, and the strongest parts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter

from vle_analog.compare.confidence import wilson
from vle_analog.compare.criterion import ACCURACY, LOSS
from vle_analog.compare.influence import by_chance
from vle_analog.design.built import parts_of
from vle_analog.fleet.part_words import part_words
from vle_analog.report import palette
from vle_analog.report.log_axis import LogAxis
from vle_analog.report.sheet import Grid, Sheet, new_sheet, number, style, tidy, typeset
from vle_analog.studies.montecarlo.result import Yield
from vle_analog.studies.montecarlo.words import amount, named

_GOOD, _BAD, _LINE = palette.GOOD, palette.BAD, palette.BOUND
_WIDTH, _HEIGHT, _ROW = 8.4, 2.0, 2.85
_BINS = 24
#: letters of a part's name beside its bar
_LETTERS = 42
#: losses further over the median than so, and infinite ones, are drawn at this place
_FAR = 1e3


def figure(study: Yield) -> Figure:
    """Distributions of loss and of right answers, the yield as boards were added, and the strongest parts."""
    with style():
        state = "" if study.complete else ", interrupted"
        made = parts_of(study.built)
        title = f"{study.task}, {study.mode}{made}: {len(study.samples)} boards{state}, good: {_said(study)}"
        sheet = new_sheet(
            Grid(across=2, width=_WIDTH, rows=2, row=_ROW, content=_HEIGHT + 0.15, gap=1.0, foot=0.8), title
        )
        panels = [sheet.axes(row, column, 0.05, _HEIGHT) for row in (0, 1) for column in (0, 1)]
        _losses(sheet, panels[0], study)
        (_cumulative if study.accuracies is None else _answers)(sheet, panels[1], study)
        _running(sheet, panels[2], study)
        _parts(panels[3], study)
        handles: list[Any] = [Patch(color=_GOOD), Patch(color=_BAD), Line2D([], [], color=_LINE, linestyle="--")]
        sheet.legend(handles, ["good boards", "bad boards", "criterion"])
    return sheet.figure


def lessons_figure(seeds: Sequence[int], yields: Sequence[Yield]) -> Figure:
    """Each lesson's yield, with its interval, and its boards by the criterion's metric."""
    with style():
        count = sum(len(each.samples) for each in yields)
        title = f"{yields[0].task}, {yields[0].mode}: {count} boards by {len(seeds)} lessons, good: {_said(yields[0])}"
        sheet = new_sheet(Grid(across=1, width=_WIDTH, rows=2, row=_ROW, content=_HEIGHT, gap=1.0, foot=0.8), title)
        yielded, boards = (sheet.axes(row, 0, 0.05, _HEIGHT) for row in (0, 1))
        answers = all(each.accuracies is not None for each in yields)
        for place, each in enumerate(yields):
            ends = 100 * np.array(each.interval)
            good = 100 * (each.yielded or 0.0)
            yielded.bar(place, good, width=0.6, color=_GOOD)
            yielded.errorbar([place], [good], yerr=[[good - ends[0]], [ends[1] - good]], color=_LINE, capsize=3)
            right = each.accuracies if answers else None
            values = _shown(each.losses) if right is None else 100 * right
            order = np.argsort(values)
            colours = [_GOOD if each.verdicts[board] else _BAD for board in order]
            boards.scatter(place + np.linspace(-0.25, 0.25, len(values)), values[order], s=7, c=colours)
        yielded.set_title("yield, %", loc="left")
        yielded.set_ylim(0, 102)
        boards.set_title("right answers, %" if answers else yields[0].measured, loc="left")
        tidy(yielded, "y")
        if answers:
            tidy(boards, "y")
        else:
            LogAxis.of([value for each in yields for value in _shown(each.losses)], least=0.0).apply(boards, "y")
        for axes in (yielded, boards):
            axes.set_xticks(range(len(seeds)), [str(seed) for seed in seeds])
        boards.set_xlabel("lesson (seed of data and start weights)")
        sheet.legend([Patch(color=_GOOD), Patch(color=_BAD)], ["good boards", "bad boards"])
    return sheet.figure


def _shown(losses: np.ndarray) -> np.ndarray:
    """Losses that a logarithmic axis can hold."""
    known = losses[np.isfinite(losses) & (losses > 0)]
    middle = float(np.median(known)) if known.size else 1.0
    shown: np.ndarray = np.clip(np.where(np.isfinite(losses), losses, math.inf), middle / _FAR, middle * _FAR)
    return shown


def _finite(values: np.ndarray) -> np.ndarray:
    """Quantities of boards that stayed finite; of all others the largest."""
    known = values[np.isfinite(values)]
    shown: np.ndarray = np.where(np.isfinite(values), values, known.max() if known.size else 0.0)
    return shown


def _room(values: np.ndarray, bound: float | None) -> tuple[float, float]:
    """A linear axis' ends: all values, the bound, and some room."""
    every = [*values.tolist(), *([bound] if bound is not None else [])] or [0.0, 1.0]
    room = 0.06 * (max(every) - min(every)) or 0.05 * abs(every[0]) or 1.0
    return min(every) - room, max(every) + room


def _stacked(axes: Axes, values: np.ndarray, good: np.ndarray, bins: np.ndarray) -> None:
    axes.hist([values[good], values[~good]], bins=bins.tolist(), stacked=True, color=[_GOOD, _BAD])
    axes.set_xlim(float(bins[0]), float(bins[-1]))
    tidy(axes, "y")


def _bound(axes: Axes, value: float) -> None:
    axes.axvline(value, color=_LINE, linewidth=1.1, linestyle="--", zorder=4)


def _spread(values: np.ndarray, bound: float | None) -> tuple[float, float]:
    """A logarithmic axis' ends: all values, the bound, and some room."""
    every = [*values.tolist(), *([bound] if bound is not None else [])] or [1.0]
    low, high = min(every), max(every)
    room = max(1.05, (high / low) ** 0.06)
    return low / room, high * room


def _logarithmic(axes: Axes, low: float, high: float) -> None:
    """A logarithmic axis with a few labels in plain numbers."""
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    span = math.log10(high / low)
    steps = (1, 2, 5) if span < 1.6 else (1, 3) if span < 3 else (1,)
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    ticks = [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]
    if len(ticks) < 2:
        ticks = [float(f"{tick:.2g}") for tick in np.geomspace(low, high, 5)[1:-1:2]]
    axes.xaxis.set_major_locator(FixedLocator(ticks[:: max(1, math.ceil(len(ticks) / 6))]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axes.xaxis.set_minor_locator(FixedLocator([]))


def _losses(sheet: Sheet, axes: Axes, study: Yield) -> None:
    axes.set_title(study.measured, loc="left")
    bound = study.criterion.bound if study.criterion.metric != ACCURACY else None
    losses = _shown(study.losses) if study.is_error else _finite(study.losses)
    low, high = _spread(losses, bound) if study.is_error else _room(losses, bound)
    edges = (np.geomspace if study.is_error else np.linspace)(low, high, _BINS + 1)
    if bound is not None:  # a bin is good or bad
        nearest = edges[np.argmin(np.abs(edges - bound))]
        edges = edges * (bound / nearest) if study.is_error else edges + (bound - nearest)
        _bound(axes, bound)
    _stacked(axes, np.clip(losses, edges[0], edges[-1]), np.array(study.verdicts, bool), edges)
    if study.is_error:
        _logarithmic(axes, float(edges[0]), float(edges[-1]))
    sheet.ylabel(axes, "boards", 0.5)


def _answers(sheet: Sheet, axes: Axes, study: Yield) -> None:
    axes.set_title("right answers, %", loc="left")
    right = study.accuracies
    accuracies = 100 * (np.zeros(0) if right is None else right)
    bound = 100 * study.criterion.bound if study.criterion.metric == ACCURACY else None
    every = [*accuracies.tolist(), *([bound] if bound is not None else []), 100.0]
    low = max(0.0, min(every) - 2)
    edges = np.linspace(low, 100.0, _BINS + 1)
    if bound is not None and bound < 100:
        width = (100.0 - bound) / max(1, round((100 - bound) / (100 - low) * _BINS))
        edges = bound + width * np.arange(-math.ceil((bound - low) / width), round((100 - bound) / width) + 1)
    if bound is not None:
        _bound(axes, bound)
    _stacked(axes, np.clip(accuracies, edges[0], edges[-1]), np.array(study.verdicts, bool), edges)
    tidy(axes, "x")
    sheet.ylabel(axes, "boards", 0.5)


def _cumulative(sheet: Sheet, axes: Axes, study: Yield) -> None:
    least = study.criterion.relation == ">="
    axes.set_title(f"boards with at {'least' if least else 'most'} so much, %", loc="left")
    losses = np.sort(_shown(study.losses) if study.is_error else _finite(study.losses))
    bound = study.criterion.bound
    low, high = _spread(losses, bound) if study.is_error else _room(losses, bound)
    if losses.size:
        part = 100 * np.arange(losses.size + 1) / losses.size
        part = 100 - part if least else part
        axes.step([low, *losses, high], [*part, part[-1]], where="post", color=_GOOD, linewidth=1.8)
    _bound(axes, bound)
    if study.yielded is not None:
        ends = [[100 * (study.yielded - study.interval[0])], [100 * (study.interval[1] - study.yielded)]]
        axes.errorbar([bound], [100 * study.yielded], yerr=ends, color=_LINE, capsize=4, marker="o", markersize=4)
    axes.set_ylim(0, 102)
    tidy(axes, "y")
    if study.is_error:
        _logarithmic(axes, low, high)
    axes.set_xlabel(study.measured)


def _running(sheet: Sheet, axes: Axes, study: Yield) -> None:
    axes.set_title("yield, %, as boards were added", loc="left")
    good = np.cumsum(np.array(study.verdicts, float))
    numbers = np.arange(1, len(good) + 1)
    if len(good):
        bands = np.array([wilson(float(count), int(n)) for count, n in zip(good, numbers, strict=True)]) * 100
        axes.fill_between(numbers, bands[:, 0], bands[:, 1], color="#d9ede6", linewidth=0, zorder=1)
        axes.plot(numbers, 100 * good / numbers, color=_GOOD, linewidth=1.8, zorder=3)
        low, high = study.interval
        text = f"{100 * good[-1] / len(good):.3g} %, 95 % interval {100 * low:.3g} to {100 * high:.3g} %"
        top = good[-1] / len(good) < 0.5
        axes.text(0.98, 0.96 if top else 0.05, text, ha="right", va="top" if top else "bottom", fontsize=9,
                  transform=axes.transAxes, zorder=5)  # fmt: skip
    axes.set_xlim(0, max(2, len(good)))
    axes.set_ylim(0, 102)
    tidy(axes, "y")
    tidy(axes, "x")
    axes.set_xlabel("boards")
    sheet.ylabel(axes, "yield, %", 0.5)


def _parts(axes: Axes, study: Yield) -> None:
    chance, words = by_chance(len(study.samples), 2 * study.counted), part_words(study.built)
    axes.axvspan(-chance, chance, color="#eeeeee", linewidth=0, zorder=0)
    for place, part in enumerate(study.parts):
        told = abs(part.value) > chance
        axes.barh(place, part.value, height=0.62, color=palette.PLAIN if told else palette.FAINT, zorder=2)
    box = axes.get_position()
    inset = 1.55 / _WIDTH  # names of parts are longer than numbers
    axes.set_position((box.x0 + inset, box.y0, box.width - inset, box.height))
    axes.set_xlim(-1, 1)
    axes.set_ylim(max(1, len(study.parts)) - 0.4, -0.6)
    axes.set_yticks(range(len(study.parts)), [_short(named(part, words)) for part in study.parts], fontsize=7.5)
    axes.tick_params(axis="y", length=0)
    tidy(axes, "x")
    axes.set_xlabel(
        "rank correlation (grey: by chance);\n|part|: of its distance from the median", fontsize=8.5, loc="right"
    )
    axes.text(
        1,
        1.02,
        f"strongest parts against {study.subject}",
        ha="right",
        va="bottom",
        transform=axes.transAxes,
    )


def _said(study: Yield) -> str:
    if study.criterion.times or not study.criterion.of_task:
        return typeset(str(study.criterion))
    bound = amount(study.criterion.metric, study.criterion.bound)
    return f"loss at most {bound} of variance" if study.criterion.metric == LOSS else f"at least {bound} right answers"


def _short(name: str) -> str:
    """A name that leaves the neighbouring panel alone: its ends tell what it is."""
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 11]}…{name[-10:]}"
