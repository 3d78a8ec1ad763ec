"""Yield as it is read, from boards made up by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.report.legible import legible
from tests.studies.montecarlo.test_result import study
from vle_analog.compare.criterion import Criterion
from vle_analog.compare.influence import Influence
from vle_analog.fleet.sample import Check, Sample
from vle_analog.lab.formats.markdown import text
from vle_analog.netlist.testbench import Deck
from vle_analog.studies.montecarlo.figure import figure
from vle_analog.studies.montecarlo.report import report
from vle_analog.studies.montecarlo.result import OneBoard


def samples(count: int, spread: float = 1.0, answers: bool = True) -> list[Sample]:
    rng = np.random.default_rng(0)
    losses = 0.2 * np.exp(spread * rng.standard_normal(count))
    return [Sample(k, float(each), 1 - min(0.5, float(each)) if answers else None) for k, each in enumerate(losses)]


PARTS = tuple(Influence(f"Xlong_name_{k}__of_a_sum.YOS", 0.5 - 0.1 * k, -0.3) for k in range(10))


@pytest.mark.parametrize(
    ("given", "criterion"),
    [
        (samples(200), "accuracy>=0.95"),
        (samples(200, 4.0), "loss<=0.2"),
        (samples(50, 0.01, answers=False), "loss<=3"),
        (samples(50, 0.5, answers=False), "loss<=0.2"),
        ([*samples(9, answers=False), Sample(9, None, None)], "loss<=0.1"),
        (samples(1), "accuracy>=1"),
        ([], "accuracy>=0.9"),
    ],
)
def test_figures_are_legible(tmp_path: Path, given: list[Sample], criterion: str) -> None:
    found = study(
        samples=given, criterion=Criterion.parsed(criterion), parts=PARTS, counted=300, complete=len(given) > 9
    )
    drawn = figure(found)
    legible(drawn, tmp_path)
    left, right = (drawn.axes[place].get_tightbbox() for place in (2, 3))
    assert left is not None and right is not None and left.x1 < right.x0  # long names of parts are shortened


def test_rows_from_best_to_worst() -> None:
    (table,) = report(study(samples=samples(101))).tables
    header, (losses, right) = table.header, table.rows
    assert header == ["boards", "best", "5 %", "25 %", "median", "75 %", "95 %", "worst"]
    assert float(losses[1]) < float(losses[4]) < float(losses[7])
    assert float(right[1].split()[0]) > float(right[4].split()[0]) > float(right[7].split()[0]) >= 50


def test_sentences_say_yield_interval_parts_and_checks() -> None:
    checks = [Check(1, 0.2, None, True, True, -0.01, 0.02, 1.0), Check(3, 0.2, None, True, False, 0.03, None, 1.0)]
    given = {"parts": PARTS[:1], "counted": 3, "checks": checks, "levels": {"lot resistor": 0.5}, "complete": False}
    said = report(study(**given)).sentences
    assert said[0].startswith("yield 55.6 % (5 of 9 boards; 95 % interval 26.7 to 81.1 %), loss<=0.2; interrupted")
    assert said[1] == "1 board did not stay finite; each counts as bad"
    assert "Xlong_name_0__of_a_sum.YOS +0.50; of 3 parts" in said[3] and "none stands out" in said[3]
    assert said[4].startswith("what lots, boards and temperature have in common, likewise: lot resistor +0.50; by")
    many = report(study(levels={f"lot {n}": 0.1 * n for n in range(8)})).sentences[-2]
    assert "(of 8 draws)" in many and "lot 7 +0.70, lot 6" in many and "lot 2" not in many
    assert "boards 1, 3, a random subset): 1 of 2 verdicts agree; losses differ by at most 3 %" in said[5]
    assert "--check M" in report(study()).sentences[-1]
    assert report(study(samples=[])).sentences == ["no board is finished"]


def test_details_are_written_and_not_shown() -> None:
    checks = [Check(3, 0.2, None, True, False, 0.03, None, 1.0)]
    found = report(study(parts=PARTS[:1], counted=3, checks=checks))
    titles = [table.title for table in found.details]
    assert titles == ["Worst boards", "Parts by the rank correlation of their deviation with the loss", "In ngspice"]
    assert len(found.tables) == 1 and not report(study(samples=[])).details
    written = text(found)
    for line in (
        "| 8 | not finite |",
        "| 3 | 0.1 |",
        "| Xlong_name_0__of_a_sum.YOS | Xlong_name_0__of_a_sum.YOS | +0.500 | -0.300 |",
    ):
        assert line in written
    assert found.title == "Boards of xor, on-chip: 9 of them" and found.name == "montecarlo"
    assert report(study(complete=False)).title.endswith(", interrupted")


def test_a_board_that_is_written_out_has_files_and_no_record() -> None:
    found = report(OneBoard(3, Deck("deck", {"stimulus_x.txt": "0 0"}), "part,value"))
    assert dict(found.files) == {"stimulus_x.txt": "0 0", "board-3.csv": "part,value", "board-3.cir": "deck"}
    assert not found.record and found.sentences == ["board 3: its netlist board-3.cir, its parts board-3.csv"]
