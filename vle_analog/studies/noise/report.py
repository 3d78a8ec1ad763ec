"""How much noise boards stand: table, sentences and figure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from vle_analog.compare.criterion import (
    ACCURACY,
    LOSS,
)
from vle_analog.compare.signal_to_noise import (
    BIT_DB,
    OFFSET_DB,
    decibels,
    effective_bits,
)
from vle_analog.report.log_axis import LogAxis
from vle_analog.report.sheet import Sheet, new_sheet, number, style, tidy
from vle_analog.studies.noise.result import (
    Level,
    NoiseCheck,
    NoiseLevels,
)

_LINE: dict[str, Any] = {"color": "#0072b2", "linewidth": 1.8, "marker": "o", "markersize": 3.8, "zorder": 5}
#: over the other, of which it is often hardly apart
_SILENT: dict[str, Any] = {"color": "#e69f00", "linewidth": 1.4, "linestyle": (0, (1.5, 1.6)), "marker": "s",
                           "markersize": 3.2, "markerfacecolor": "white", "zorder": 6}  # fmt: skip
_IDEAL: dict[str, Any] = {"color": "#222222", "linewidth": 1.2, "linestyle": ":", "zorder": 3}
_QUIET: dict[str, Any] = {"color": "#009e73", "linewidth": 1.4, "linestyle": "--", "zorder": 3}
_BOUND: dict[str, Any] = {"color": "#c04a00", "linewidth": 1.2, "linestyle": (0, (5, 1.2, 1, 1.2)), "zorder": 3}
_FAILS: dict[str, Any] = {"color": "#f6e3d7", "linewidth": 0, "zorder": 0}
_BAND = "#cfe0ec"
_WIDTH, _HEIGHT, _ROW, _GAP = 9.6, 2.15, 3.05, 1.0
#: losses over the variance are drawn up to here, and as zero where they are so far below those of the boards
_MOST, _FAR = 100.0, 1e3


def table(study: NoiseLevels) -> list[list[str]]:
    """Rows of text, the first of them the header: the ideal board, the boards without noise, level by level."""
    answers = bool(study.quiet.accuracies)
    learns = study.mode != "deploy"
    header = ["noise", "signal to noise", "bits", "loss, median", "range"]
    header += ["loss, noise off in the exam"] * learns + ["right", "range"] * answers + ["good boards", "95 % interval"]
    ideal = ["ideal board", "", "", _number(study.ideal.loss), ""] + [""] * learns
    if answers:
        ideal += [_percent(study.ideal.accuracy), ""]
    rows = [header, [*ideal, "", ""]]
    for level in (study.quiet, *study.levels):
        ratio, right, low_high = level.signal_to_noise, level.accuracies, level.interval
        name = f"{_scale(level.scale)} times" if level.scale else "none"
        row = [name, _decibels(ratio), _bits(ratio), _number(level.case.median), _range(level.case.losses, _number)]
        row += [_number(level.silent) if level.scale else ""] * learns
        row += [_percent(level.case.accuracy), _range(right, _percent)] if answers else []
        interval = " to ".join(f"{100 * end:.0f}" for end in low_high)
        rows.append([*row, f"{level.good} of {len(level.outcomes)}", f"{interval} %"])
    return rows


def sentences(study: NoiseLevels) -> list[str]:
    """What it comes to, the answer first."""
    holds, fails, boards = study.holds, study.fails, len(study.quiet.outcomes)
    what = f"{study.task}, {study.mode}"
    if holds is None and fails is not None:
        answer = f"fails at {_said(fails)} already, the least that was tried"
    elif holds is None:
        answer = "no level is finished"
    elif fails is None:
        answer = f"stands {_said(holds)}, the most that was tried"
    else:
        answer = f"stands {_said(holds)}, fails at {_said(fails)}"
    said = [f"{what}: {answer}"] + ([] if study.complete else ["interrupted: not all levels are there"])
    said.append(
        f"good boards have {study.criterion}; it fails where fewer than half of those that are good without noise are "
        f"good ({study.quiet.good} of {boards})"
    )
    said.append(
        f"loss over variance: ideal board {_number(study.ideal.loss)}, boards without noise "
        f"{_number(study.quiet.case.median)} (median)"
    )
    if study.mode != "deploy" and fails is not None and fails.silent is not None:
        said.append(
            f"where it fails, boards have a loss of {_number(fails.case.median)}, and {_number(fails.silent)} once "
            f"noise is switched off in the exam: {_blame(study, fails)}"
        )
    said.append(
        "signal to noise at the output, weights held, up to a quarter of the simulation's steps per second; bits: "
        "(dB - 1.76)/6.02; twice the noise costs 6 dB, one bit"
    )
    return [*said, *_checked(study)]


def markdown(study: NoiseLevels) -> str:
    """Sentences, levels and checks as Markdown."""
    lines = [
        f"Noise that boards of {study.task}, {study.mode}, stand.",
        "",
        *(f"- {each}" for each in sentences(study)),
    ]
    lines += ["", *_grid(table(study))]
    if study.checks:
        rows = [
            ["in ngspice: noise", "board", "loss: engine", "ngspice", "signal to noise: engine", "ngspice", "agree"]
        ]
        for each in study.checks:
            engine, ngspice = _losses(study, each)
            ratios = [_decibels(ratio) for ratio in each.signal_to_noise]
            name = f"{_scale(each.scale)} times"
            agree = "yes" if each.check.agrees else "no"
            rows.append([name, str(each.check.board), _number(engine), _number(ngspice), *ratios, agree])
        lines += ["", *_grid(rows)]
    return "\n".join(lines) + "\n"


def figure(study: NoiseLevels) -> Figure:
    """Loss, right answers, good boards and the signal-to-noise ratio against the noise."""
    panels: list[Callable[[Sheet, Axes, NoiseLevels], None]] = [_loss, _good, _ratio]
    if study.quiet.accuracies:
        panels.insert(1, _answers)
    columns = 2 if len(panels) == 4 else 3
    rows = math.ceil(len(panels) / columns)
    width = _WIDTH + (columns - 2) * 1.9
    with style():
        title = f"{study.task}, {study.mode}: {len(study.quiet.outcomes)} boards under the noise of their parts"
        title += "" if study.complete else ", interrupted"
        sheet = new_sheet(columns, width, rows, _ROW, _HEIGHT + 0.2, title, legend_rows=2, gap=_GAP)
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
        labels.append("noise off in the exam")
    handles += [Line2D([], [], **look) for look in (_QUIET, _IDEAL, _BOUND)]
    middle, ideal = study.quiet.case.median, study.ideal.loss
    labels.append(f"without noise (loss {number(middle)})" if math.isfinite(middle) else "without noise")
    labels.append("ideal board" if ideal is None else f"ideal board (loss {number(ideal)})")
    labels.append(f"criterion: {study.criterion}".replace("<=", " ≤ ").replace(">=", " ≥ "))
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
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _scale(value)))
    axes.tick_params(axis="x", labelsize=8)
    axes.grid(axis="y", color="#ececec", linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    if study.fails is not None:
        axes.axvspan(study.fails.scale / (math.sqrt(2) if study.holds else 1.3), high, **_FAILS)
    if named:
        axes.set_xlabel("noise, over what the parts make", fontsize=9, labelpad=2)


def _loss(sheet: Sheet, axes: Axes, study: NoiseLevels) -> None:
    axes.set_title("loss over the target's variance", loc="left")
    scales = [level.scale for level in study.levels]
    lows, medians, highs = (
        [level.case.quantile(0.0) for level in study.levels],
        [level.case.median for level in study.levels],
        [level.case.quantile(1.0) for level in study.levels],
    )
    references = [study.quiet.case.median, *([study.ideal.loss] if study.ideal.loss is not None else [])]
    bound = [study.criterion.value] if study.criterion.metric == LOSS else []
    silent = [level.silent or math.nan for level in study.levels]
    known = [each for each in silent if math.isfinite(each)] if study.mode != "deploy" else []
    boards = [*lows, *medians, *highs, *bound, *known, references[0]]
    least = min([each for each in boards if each > 0], default=1.0) / _FAR
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
    sheet.ylabel(axes, "loss over variance", 0.62)


def _answers(sheet: Sheet, axes: Axes, study: NoiseLevels) -> None:
    axes.set_title("right answers, %", loc="left")
    scales = [level.scale for level in study.levels]
    right = [100 * np.array(level.accuracies or [0.0]) for level in study.levels]
    axes.fill_between(scales, [each.min() for each in right], [each.max() for each in right], color=_BAND, linewidth=0,
                      zorder=2)  # fmt: skip
    axes.plot(scales, [float(np.median(each)) for each in right], **_LINE)
    for value, look in ((study.quiet.case.accuracy, _QUIET), (study.ideal.accuracy, _IDEAL)):
        if value is not None:
            axes.axhline(100 * value, **look)
    if study.criterion.metric == ACCURACY:
        axes.axhline(100 * study.criterion.value, **_BOUND)
    low = min([float(each.min()) for each in right] + [50.0])
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
    known = [(level.scale, found) for level in study.levels if (found := decibels(level.signal_to_noise)) is not None]
    ranges = [
        (level.scale, min(every), max(every))
        for level in study.levels
        if (every := [each for one in level.outcomes if (each := decibels(one.signal_to_noise)) is not None])
    ]
    if ranges:
        scales, lows, highs = zip(*ranges, strict=True)
        axes.fill_between(scales, lows, highs, color=_BAND, linewidth=0, zorder=2)
    axes.plot([scale for scale, _ in known], [found for _, found in known], **_LINE)
    low, high = axes.get_ylim()
    if high - low < 4 * BIT_DB:
        axes.set_ylim(0.5 * (low + high) - 2 * BIT_DB, 0.5 * (low + high) + 2 * BIT_DB)
    tidy(axes, "y", 6)
    bits = axes.secondary_yaxis("right", functions=(_to_bits, _from_bits))
    bits.yaxis.set_major_locator(MaxNLocator(8, integer=True))
    bits.tick_params(labelsize=8)
    axes.spines["right"].set_visible(True)
    sheet.ylabel(axes, "signal to noise, dB", 0.62)


def _to_bits(found: Any) -> Any:
    return (found - OFFSET_DB) / BIT_DB


def _from_bits(bits: Any) -> Any:
    return BIT_DB * bits + OFFSET_DB


def _said(level: Level) -> str:
    """A level as one reads it, with what it does to the output."""
    ratio = level.signal_to_noise
    times = "the parts' own noise" if level.scale == 1 else f"{_scale(level.scale)} times the parts' noise"
    return times if ratio is None else f"{times} ({_decibels(ratio)}, {_bits(ratio)} bits at the output)"


def _blame(study: NoiseLevels, level: Level) -> str:
    """Whether noise spoils what is learned or the reading of it."""
    quiet, loud, silent = study.quiet.case.median, level.case.median, level.silent or 0.0
    if not (math.isfinite(loud) and loud > quiet):
        return "noise is not what costs"
    share = (silent - quiet) / (loud - quiet)
    if share > 2 / 3:
        return "mostly learning suffers"
    return "mostly the output does, not what is learned" if share < 1 / 3 else "learning and the output both suffer"


def _checked(study: NoiseLevels) -> list[str]:
    if not study.checks:
        return ["no board was checked in ngspice (--check M does, at length)"]
    agree = sum(each.check.agrees for each in study.checks)
    pairs = [_losses(study, each) for each in study.checks]
    ratios = [engine / ngspice for engine, ngspice in pairs if engine is not None and ngspice]
    apart = [
        abs(10 * math.log10(engine / ngspice))
        for engine, ngspice in (each.signal_to_noise for each in study.checks)
        if engine and ngspice
    ]
    said = f"in ngspice, too ({len(study.checks)} boards and levels, a random subset): {agree} verdicts agree"
    said += f"; losses, engine over ngspice, {min(ratios):.3g} to {max(ratios):.3g}" if ratios else ""
    said += f"; signal to noise differs by at most {max(apart):.2g} dB" if apart else ""
    return [said, "its noise is of the same densities, not the same numbers: statistics are what can agree"]


def _losses(study: NoiseLevels, each: NoiseCheck) -> tuple[float | None, float | None]:
    """A checked board's loss over variance, the engine's and ngspice's."""
    theirs = None if each.check.loss is None else each.check.loss / study.variance
    if theirs is None or each.check.loss_error is None:
        return None, theirs
    return theirs * (1 + each.check.loss_error), theirs


def _grid(rows: Sequence[Sequence[str]]) -> list[str]:
    header, *rest = rows
    return ["| " + " | ".join(cells) + " |" for cells in (header, ["---"] * len(header), *rest)]


def _range(values: Any, word: Callable[[float], str]) -> str:
    found = np.asarray(values, float)
    low, high = (word(float(end)) for end in (found.min(), found.max()))
    return low if low == high else f"{low} to {high}"


def _scale(value: float) -> str:
    """A power of two: whole, or a fraction."""
    return f"{value:.7g}" if value >= 1 else f"1/{1 / value:.6g}"


def _decibels(ratio: float | None) -> str:
    found = decibels(ratio)
    return "" if found is None else f"{found:.1f} dB"


def _bits(ratio: float | None) -> str:
    found = effective_bits(ratio)
    return "" if found is None else f"{found:.1f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.4g} %"


def _number(value: float | None) -> str:
    return "not finite" if value is None or not math.isfinite(value) else f"{value:.3g}"
