"""A noise budget as it is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.report.legible import legible
from tests.studies.noise_sources.test_result import HERTZ, budget
from vle_analog.lab.formats.markdown import text
from vle_analog.studies.noise_sources.figure import figure
from vle_analog.studies.noise_sources.report import report
from vle_analog.studies.noise_sources.result import Sampled, ranked

EVEN = np.arange(10.0, 500.0, 0.5)


def test_the_table_has_the_largest_first_and_sums_up_the_others() -> None:
    parts = [(f"R{n}", "resistors", "y = x", np.full(41, 1.0 / (n + 1))) for n in range(20)]
    found = replace(budget(), contributions=ranked(parts, HERTZ))
    told = report(found)
    (table,), (whole,) = told.tables, told.details
    assert table.header[0] == "source" and len(table.rows) == 15 + 2
    assert [row[0] for row in table.rows[:3]] == ["R0", "R1", "R2"]
    assert [row[0] for row in table.rows[-2:]] == ["5 others", "all"]
    assert table.rows[-1][2] == "100 %" and table.rows[-1][3] == "500 V" and table.rows[-1][4] == "250"
    assert [row[0] for row in whole.rows] == [*(each.name for each in found.contributions), "all"]
    assert text(told).count("\n| R") == 15 + 20
    assert not report(budget()).details  # all of them are in the table already


def test_bands_and_sentences() -> None:
    found = budget(Sampled(3, EVEN, np.full(len(EVEN), 5.0), 2.0))
    told = report(found)
    bands, said = told.tables[1], told.sentences
    assert bands.rows[0][0] == "9.75 to 19.25" and bands.rows[0][3] in ("+0.00", "-0.00")
    assert said[0] == "y: 500 V rms from 1 Hz to 10 kHz, 250 model units; -8 dB below the signal's 100"
    assert said[1] == "by kind: op-amp voltage 64 %, resistors 36 %"
    assert said[2] == "transient run, seed 3, 2 s: 111 V rms where the analysis has 111 V"


def test_the_figure_is_legible(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).uniform(4, 6, len(EVEN))
    legible(figure(budget(Sampled(3, EVEN, noise, 2.0))), tmp_path)
    drawn = figure(budget()).axes[0]
    assert len(drawn.lines) == 3 and drawn.lines[0].get_ydata()[0] == 5e6  # type: ignore[index]
