"""An error budget as it is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.report.legible import legible
from vle_analog.fleet.case import Case
from vle_analog.fleet.sample import Outcome
from vle_analog.lab.formats.markdown import text
from vle_analog.report.numbers import typeset
from vle_analog.studies.budget.figure import figure
from vle_analog.studies.budget.report import report
from vle_analog.studies.budget.result import Contribution, ErrorBudget, Sobol


def case(*losses: float | None, accuracy: float | None = None) -> Case:
    return Case([Outcome(loss, accuracy) for loss in losses])


NAMES = ("multiplier feedthrough", "op-amp offset", "multiplier and nonlinear lag", "resistor mismatch")
SOBOL = Sobol(
    NAMES,
    np.array([0.0, 0.1, -0.01, 0.6]),
    np.array([0.02, 0.2, 0.0, 0.8]),
    np.array([[0, 0.1], [0, 0.3], [-0.1, 0.01], [0.4, 0.9]]),
    np.array([[0, 0.1], [0.1, 0.3], [0, 0.01], [0.6, 1.1]]),
    64,
    4,
    0.25,
)


def budget(sobol: Sobol | None = SOBOL, untrimmed: Case | None = None) -> ErrorBudget:
    sizes = ("0.3 %", "500 uV", "159 ns", "1 %")
    alone = (0.005, 0.011, 0.012, 0.2)
    added = (0.005, 0.009, 0.02, 0.3)
    parts = [
        Contribution(name, size, case(a, 2 * a, a / 2), case(0.3, 0.4, 0.05), case(b, b, b))
        for name, size, a, b in zip(NAMES, sizes, alone, added, strict=True)
    ]
    parts[3] = replace(parts[3], without=case(0.02, 0.02, 0.02))
    return ErrorBudget(
        3, case(0.01, 0.01, 0.01), parts, case(0.3, 0.1, None), untrimmed, sobol, task="chain", mode="on-chip"
    )


def test_the_table_has_the_ideal_first_and_the_largest_before_others() -> None:
    table, _ = report(budget()).tables
    header, rows = table.header, table.rows
    assert [row[0] for row in rows] == ["none (ideal)", *reversed(NAMES), "all"]
    assert all(len(row) == len(header) for row in rows)
    assert rows[1] == ["resistor mismatch", "1 %", "0.2", "20 times", "0.1 to 0.4", "0.02", "0.3"]
    assert rows[-1][2:5] == ["0.3", "30 times", "0.1 to not finite"]
    (plain,) = report(budget(None, case(5e3, 5e3, 5e3))).tables
    assert plain.rows[-1][0] == "all, not trimmed"
    assert all(len(row) == len(plain.header) for row in plain.rows)


def test_sentences() -> None:
    said = report(budget()).sentences
    assert said[0] == "median loss over variance of 3 boards: 0.3 with all non-idealities, 0.01 with none, 30 times"
    assert said[1] == "largest alone: resistor mismatch (1 %), 0.2"
    assert said[2] == "most is won without resistor mismatch: 0.02 is left"
    assert said[3] == "1 of 3 boards with all non-idealities did not stay finite"
    assert "64 rows, widest 95 % interval 0.50; largest total: resistor mismatch, 0.80 (0.60 to 1.10)" in said[4]
    short = replace(budget(None), ideal=case(0.6), everything=case(0.58))
    assert report(short).sentences[1:3] == [
        "boards with all are better than the ideal: the lesson is too short to say what costs (--span)",
        "no kind alone costs more than 5 %",
    ]
    right = replace(budget(None), ideal=case(0.01, accuracy=1.0), everything=case(0.3, accuracy=0.75))
    assert report(right).sentences[1] == "right answers: 75 % with all, 100 % with none"
    assert "| resistor mismatch | 0.60 | 0.40 to 0.90 | 0.80 | 0.60 to 1.10 |" in text(report(budget()))
    assert not report(budget()).warnings


def test_indices_that_cannot_be_ranked_say_what_would_rank_them() -> None:
    wide = replace(SOBOL, total=np.array([0.02, 0.6, 0.0, 0.8]))
    wide.total_interval[1] = 0.4, 0.9
    (said,) = report(budget(wide)).warnings
    assert said == (
        "which total index is the largest is open, 95 % intervals overlap: resistor mismatch (0.60 to 1.10), "
        "op-amp offset (0.40 to 0.90); some 512 rows (--sobol 512) part them, or show that they differ by less than 0.1"
    )
    assert wide.rows_to_rank() == 512  # 64 (0.2 + 0.3)^2 / 0.2^2 = 400
    alike = replace(wide, total_interval=np.array([[0, 0.1], [0.57, 0.63], [0, 0.01], [0.62, 0.83]]))
    alike.total[1:] = 0.6, 0.0, 0.63
    assert "take them as alike" in report(budget(alike)).warnings[0] and alike.rows_to_rank() <= 64
    assert not report(budget(replace(wide, variance=0.0))).warnings


def test_figures_are_legible(tmp_path: Path) -> None:
    drawn = figure(budget())
    legible(drawn, tmp_path)
    names = [label.get_text() for label in drawn.axes[0].get_yticklabels()]
    assert (
        names == [f"{kind.kind}\n{typeset(kind.size)}" for kind in budget().contributions][::-1]
    )  # the costliest first
    assert [axes.get_title("left") for axes in drawn.axes] == ["this alone", "all but this", "Sobol indices, 95 %"]
    legible(figure(budget(None, case(None, None, None))), tmp_path)
    legible(figure(replace(budget(None), ideal=case(0.0), everything=case(None))), tmp_path)
