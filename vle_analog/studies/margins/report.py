"""A design's margins as table, sentences and warnings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from vle_analog.design.built import equations_of
from vle_analog.report.numbers import MINUS
from vle_analog.report.report import Report, Table
from vle_analog.studies.margins.result import (
    BANDWIDTH,
    CALLED,
    CURVE,
    DRIFT,
    GAIN,
    HEADROOM,
    LEARNING,
    LOOP,
    NOISE,
    OFFSET,
    SLEW,
    WORST,
    Margin,
    Margins,
    Warned,
)
from vle_analog.units import several

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: warnings that are printed unless all are asked for
_WARNED = 8
#: a pole's shift is told of where it makes such an error of a motion
_SHIFTED = 1e-3
#: columns of the table behind block, kind, instances and what binds; drift and false learning rate share one
_COLUMNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("peak", (HEADROOM,)),
    ("slope", (SLEW,)),
    ("bandwidth", (BANDWIDTH,)),
    ("gain", (GAIN,)),
    ("curve", (CURVE,)),
    ("offset", (OFFSET,)),
    ("drift, false learning", (DRIFT, LEARNING)),
    ("loop", (LOOP,)),
    ("noise", (NOISE,)),
)
#: columns of words
_WORDS = frozenset({"block", "kind", "binds"})


def report(study: Margins) -> Report:
    """What is told of margins: all blocks, the worst first."""
    return Report(
        name="margins",
        title=f"Margins of {study.name}, {study.fidelity} fidelity",
        record=study.record(),
        tables=[_table(study)],
        sentences=_sentences(study),
        figures=lambda: _figures(study),
        equations=equations_of(study.built),
        warnings=[warning(warned) for warned in study.warnings],
        most=_WARNED,
        missed=study.verdict == "fails",
    )


def _figures(study: Margins) -> Mapping[str, Figure]:
    from vle_analog.studies.margins.figure import figure  # matplotlib takes long to load

    return {"margins": figure(study)}


def _table(study: Margins) -> Table:
    """A row for each block; ``!`` marks what fails, ``?`` what is not known. Columns that no block has are left out."""
    has = {margin.kind for block in study.blocks for margin in block.margins}
    columns = [(name, kinds) for name, kinds in _COLUMNS if not has.isdisjoint(kinds)]
    header = ["block", "kind", "instances", "binds", "margin", *(name for name, _ in columns)]
    rows = []
    for block in study.blocks:
        binding = block.binding
        row = [block.name, block.kind, str(block.instances), _called(binding), decibels(binding)]
        for _, kinds in columns:
            margin = next((each for kind in kinds if (each := block.get(kind)) is not None), None)
            row.append("" if margin is None else _cell(margin))
        rows.append(row)
    title = f"{study.name}, {study.fidelity} fidelity: margins"
    return Table(title, header, rows, frozenset(header) - _WORDS, WORST)


def _sentences(study: Margins) -> list[str]:
    """What the table comes to."""
    parts = ", ".join(f"{role} {name}" for role, name in study.parts.items()) or "laws alone"
    binding = ", ".join(f"{CALLED.get(kind, kind)} {number}" for kind, number in study.binding().items())
    warned = len({each.block for each in study.warnings})
    return [
        f"parts: {parts}",
        f"what binds, by blocks: {binding}",
        f"{several(len(study.warnings), 'warning')} about {warned} of {len(study.blocks)} blocks"
        if warned
        else f"all {len(study.blocks)} blocks hold"
        if study.verdict == "holds"
        else "nothing fails of what is known",
        *(f"not known, for {number} of {len(study.blocks)} blocks: {what}" for what, number in study.unstated.items()),
        *([str(study.pole)] if study.pole is not None and study.pole.weight > _SHIFTED else []),
        *(
            [f"drifts and loops are followed from {study.begin:.4g} units on: the whole run is too long for it"]
            if study.begin
            else []
        ),
    ]


def warning(warned: Warned) -> str:
    """A warning in one line or two: block, figure, remedy."""
    margin = warned.margin
    where = f"'{warned.block}'" + (f" (worst in {margin.instance})" if margin.instance != warned.block else "")
    allowed = value(margin, margin.limit)
    figure = value(margin) if value(margin) != allowed else f"more than {allowed}"
    said = f"{where}: {_called(margin)} {figure}, at most {allowed}"
    said += f" ({margin.detail})" if margin.detail else ""
    return f"{said}\n  {warned.remedy}" if warned.remedy else said


def decibels(margin: Margin) -> str:
    """A margin in decibels."""
    if margin.unknown and not margin.fails:
        return "unknown"
    if math.isinf(margin.decibels):
        return "none needed" if margin.decibels > 0 else "none"
    return f"{margin.decibels:+.0f} dB".replace("-", MINUS)


def value(margin: Margin, number: float | None = None) -> str:
    """A margin's figure, or another number of its kind, as one reads it."""
    number = margin.figure if number is None else number
    if margin.kind == HEADROOM:
        return f"{number:.3g} V"
    if margin.kind == SLEW:
        return f"{1e-6 * number:.2g} V/µs"
    if margin.kind == NOISE:
        return f"{20 * math.log10(number):.0f} dB".replace("-", MINUS) if number > 0 else "none"
    if math.isinf(number):
        return "no signal"
    if number >= 10:
        return f"{number:.3g} times"
    return f"{100 * number:.{3 if number >= 1 else 2}g} %"


def _cell(margin: Margin) -> str:
    """A margin in a table: ``!`` behind what fails, ``?`` behind the least that it can be."""
    if margin.unknown and not margin.fails:
        return f"{value(margin)} ?" if margin.figure else "?"
    return value(margin) + (" !" if margin.fails else "")


def _called(margin: Margin) -> str:
    return CALLED.get(margin.kind, margin.kind)
