"""Gain and phase over frequency as table, sentences and figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vle_analog.design.built import equations_of
from vle_analog.report.report import Report, Table
from vle_analog.studies.ac.result import Response, SmallSignals
from vle_analog.units import engineering

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def report(study: SmallSignals) -> Report:
    """What is told of small signals."""
    return Report(
        "ac",
        f"{study.name}: gain and phase from {study.input}, {study.fidelity} parts",
        study.record(),
        [_table(study)],
        _sentences(study),
        lambda: _figures(study),
        equations=equations_of(study.built),
    )


def _figures(study: SmallSignals) -> Mapping[str, Figure]:
    from vle_analog.studies.ac.figure import figure  # matplotlib takes long to load

    return {"ac": figure(study)}


def _table(study: SmallSignals) -> Table:
    """Gain at the lowest frequency, corner and error, by output."""
    header = ["output", "of", "gain, lowest f", "-3 dB at", "off by at most"]
    rows = []
    for each in study.responses:
        known = [("equations", each.ideal), ("circuit", each.design)]
        for place, (what, values) in enumerate(known):
            off = "" if not place else _percent(each.error(values))
            corner = _corner(each.corner(study.hertz, values))
            rows.append([each.output if not place else "", what, f"{abs(values[0]):.4g}", corner, off])
        if each.boards:
            rows.append(["", f"{study.boards} boards", *_boards(study, each)])
    return Table(f"{study.name}: small signals from {study.input}", header, rows)


def _boards(study: SmallSignals, each: Response) -> list[str]:
    gains = [f"{abs(board[0]):.4g}" for board in sorted(each.boards, key=lambda board: abs(board[0]))]
    corners = sorted(found for board in each.boards if (found := each.corner(study.hertz, board)) is not None)
    worst = max(each.error(board) for board in each.boards)
    return [_ends(gains), _ends([_corner(corner) for corner in corners]), _percent(worst)]


def _ends(texts: Sequence[str]) -> str:
    if not texts:
        return "none"
    return texts[0] if texts[0] == texts[-1] else f"{texts[0]} to {texts[-1]}"


def _corner(hertz: float | None) -> str:
    return "none" if hertz is None else engineering(hertz, "Hz")


def _percent(value: float) -> str:
    return f"{100 * value:.2g} %"


def _sentences(study: SmallSignals) -> list[str]:
    """What the table does not say."""
    poles = sorted(study.poles, key=lambda pole: (abs(pole), -pole.imag))
    listed = ", ".join(
        f"{pole.real:.4g}" + (f" {'+' if pole.imag > 0 else '-'} {abs(pole.imag):.4g}j" if pole.imag else "")
        for pole in poles[:8]
    )
    more = f" and {len(poles) - 8} more" if len(poles) > 8 else ""
    return [
        f"poles of the equations, per second: {listed}{more}" if poles else "the equations have no poles",
        "off by: distance from the equations' transfer function over its gain, where this is within 60 dB of its "
        "largest",
    ]
