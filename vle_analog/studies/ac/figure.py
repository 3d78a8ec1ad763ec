"""Gain above, phase below, a column per output: the equations, the circuit and boards."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from vle_analog.design.built import parts_of
from vle_analog.report.sheet import BOARDS, REFERENCE, Grid, decades, new_sheet, parts_line, style, ticks_of
from vle_analog.studies.ac.result import SmallSignals, phase

#: outputs that are drawn at most
_MOST = 4


def figure(study: SmallSignals) -> Figure:
    """Bode plots of the first outputs."""
    shown = study.responses[:_MOST]
    with style():
        title = f"{study.name}{parts_of(study.built)}: small signals from {study.input}"
        real = study.built is not None and study.built.is_real
        circuit = parts_line(real)
        width = max(6.4, 3.4 * len(shown) + 0.6)
        sheet = new_sheet(Grid(across=len(shown), width=width, rows=2, row=2.7, content=2.4), title)
        for column, each in enumerate(shown):
            gain = sheet.axes(0, column, 0.1, 2.2)
            angle = sheet.axes(1, column, 0.1, 2.2, sharex=gain)
            for values, look in [
                (each.ideal, REFERENCE),
                *((board, BOARDS) for board in each.boards),
                (each.design, circuit),
            ]:
                gain.plot(study.hertz, 20 * np.log10(np.maximum(np.abs(values), 1e-30)), **look)
                angle.plot(study.hertz, phase(values), **look)
            gain.set_xscale("log")
            decades(angle.xaxis)
            gain.set_xlim(study.hertz[0], study.hertz[-1])
            gain.tick_params(labelbottom=False)
            gain.set_title(each.output, loc="left")
            ticks_of(gain.yaxis, (1, 2, 5, 10, 20, 40))
            ticks_of(angle.yaxis, (15, 30, 45, 90, 180))
            angle.set_xlabel("frequency, Hz")
            if not column:
                sheet.ylabel(gain, "gain, dB")
                sheet.ylabel(angle, "phase, degrees")
        handles: list[Any] = [Line2D([], [], **REFERENCE), Line2D([], [], **circuit)]
        labels = ["equations (reference)", f"circuit, {'real' if real else 'ideal'} parts"]
        if study.boards:
            handles.append(Line2D([], [], **{**BOARDS, "alpha": 1.0, "linewidth": 1.2}))
            labels.append(f"{study.boards} boards")
        sheet.legend(handles, labels)
    return sheet.figure
