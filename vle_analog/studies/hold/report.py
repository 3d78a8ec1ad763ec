"""How long boards hold what they learned, as table and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from vle_analog.lab.study import duration
from vle_analog.report.report import Report, Table
from vle_analog.studies.hold.result import Held, Moment
from vle_analog.units import engineering

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def report(study: Held) -> Report:
    """What is told of boards that hold their weights."""
    return Report(
        "hold",
        f"What boards of {study.task} hold, {study.conditions}",
        study.record(),
        [_table(study)],
        _sentences(study),
        lambda: _figures(study),
    )


def _figures(study: Held) -> Mapping[str, Figure]:
    from vle_analog.studies.hold.figure import figure  # matplotlib takes long to load

    return {"hold": figure(study)}


def _table(study: Held) -> Table:
    """A row for each time."""
    what = "right, %" if study.of_answers else "loss over variance"
    header = ["held", f"{what}: median", "worst", "lost: median", "95 %", "good boards", "weights moved, %"]
    rows = [[duration(moment.seconds), *_row(study, moment)] for moment in study.moments]
    return Table(f"{study.task}: boards with weights held", header, rows, frozenset(header))


def _row(study: Held, moment: Moment) -> list[str]:
    lost = study.lost(moment)
    if moment.rights is not None:
        judged = [f"{100 * np.median(moment.rights):.4g}", f"{100 * np.min(moment.rights):.4g}"]
        words = [f"{100 * value:.3g} points" for value in (np.median(lost), np.quantile(lost, 0.95))]
    else:
        judged = [f"{moment.case.median:.3g}", f"{moment.case.quantile(1.0):.3g}"]
        words = [f"{value:.2g}" for value in (np.median(lost), np.quantile(lost, 0.95))]
    good = f"{moment.good} of {len(moment.case.outcomes)}"
    return [*judged, *words, good, f"{100 * np.median(moment.moved):.3g}"]


def _sentences(study: Held) -> list[str]:
    """What it comes to."""
    rates = np.abs(study.rates)
    median, worst = (engineering(float(value), "V") for value in (np.median(rates), np.max(rates)))
    most = f"{100 * study.most:g} points of right answers" if study.of_answers else f"{study.most:g} of variance"
    last = study.moments[-1].seconds
    if not study.promise:
        kept = f"after {duration(study.moments[1].seconds)} more than 5 % of boards have lost over {most}"
    else:
        begin = "for all of" if study.promise == last else "up to"
        kept = f"95 % of boards lose at most {most} {begin} {duration(study.promise)}"
    return [kept, f"currents move a weight by {median} per second (median), {worst} (worst)"]
