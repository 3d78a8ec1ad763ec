"""Tolerances as they are read."""

from __future__ import annotations

from pathlib import Path

from tests.report.legible import legible
from vle_analog.compare.criterion import Criterion
from vle_analog.lab.formats import markdown
from vle_analog.studies.tolerance.figure import figure
from vle_analog.studies.tolerance.report import report
from vle_analog.studies.tolerance.result import Allowed, Point, Tolerances


def kind(name: str, unit: str, size: float, *good: int, scatters: bool = True, inverse: bool = False) -> Allowed:
    boards = 16 if scatters else 1
    points = []
    for n, count in enumerate(good):
        factor = 10.0 ** (n - 2)
        points.append(Point(factor, size / factor if inverse else size * factor, count, boards))
    return Allowed(name, unit, size, scatters, points, 0.95, inverse)


STUDY = Tolerances(
    Criterion("loss", "<=", 0.05),
    0.95,
    16,
    (0.0052, None),
    [
        kind("resistor mismatch", "%", 0.01, 16, 16, 9, 0),
        kind("op-amp bias current", "A", 5e-12, 16, 16, 16, 16),
        kind("multiplier output offset", "V", 5e-3, 3, 0, 0, 0),
        kind("op-amp gain and bandwidth", "Hz", 8e6, 1, 1, 1, 0, scatters=False, inverse=True),
        kind("op-amp slew rate", "V/s", 20e6, 1, 1, 1, 1, scatters=False, inverse=True),
        kind("op-amp swing", "V", 13.9, 1, 1, 1, 0, scatters=False, inverse=True),
        kind("noise", "times", 1.0, 16, 16, 16, 2),
        kind("multiplier and nonlinear lag", "s", 1.6e-7, 0, 0, 0, 0, scatters=False),
    ],
    task="chain",
    mode="on-chip",
)


def test_the_tightest_comes_first() -> None:
    (table,) = report(STUDY).tables
    rows = table.rows
    by_kind = {row[0]: row[1:] for row in rows}
    assert [row[0] for row in rows][:3] == [
        "multiplier output offset",
        "multiplier and nonlinear lag",
        "resistor mismatch",
    ]
    assert by_kind["resistor mismatch"] == ["1 %", "0.1 %", "0.1 times", "16 of 16", "81 to 100 %", "1 %"]
    assert by_kind["op-amp bias current"][1] == "50 pA or more" and by_kind["op-amp bias current"][-1] == "not found"
    assert by_kind["multiplier output offset"] == ["5 mV", "under 50 uV", "", "", "", "50 uV"]
    assert by_kind["op-amp gain and bandwidth"][1:4] == ["8 MHz", "1 times", "the same on all boards"]
    assert by_kind["op-amp gain and bandwidth"][-1] == "800 kHz"
    assert by_kind["op-amp slew rate"][:2] == ["20 V/us", "2 V/us or less"] and by_kind["op-amp swing"][-1] == "1.39 V"
    assert by_kind["noise"][:3] == ["1 times", "1 times", "1 times"] and by_kind["noise"][-1] == "10 times"
    assert all(len(row) == 7 for row in rows)


def test_sentences() -> None:
    said = report(STUDY).sentences
    assert said[0] == "good boards have loss<=0.05; wanted are 95 % of 16, each kind alone"
    assert said[1] == "the ideal board's loss over variance: 0.0052"
    tight = "resistor mismatch, multiplier output offset, multiplier and nonlinear lag"
    assert said[2] == f"tighter than what boards have: {tight}"
    assert said[3] == "with 16 boards this means that none is bad; then the true yield may be 81 %"
    assert markdown.text(report(STUDY)).count("\n| ") == 1 + 1 + 8


def test_the_figure_is_legible(tmp_path: Path) -> None:
    drawn = figure(STUDY)
    assert report(STUDY).figures().keys() == {"tolerance"}
    legible(drawn, tmp_path)
    (axes,) = drawn.axes
    texts = [text.get_text() for text in axes.texts if " / " in text.get_text()][:-1]  # the last is a heading
    assert len(texts) == len(STUDY.kinds) == len(axes.get_yticklabels())
    allowed = [text.partition(" / ")[2] for text in texts]
    assert sum(words.startswith(("under", "over")) for words in allowed) == 2  # every size is too much
    assert sum(words.endswith(("or more", "or less")) for words in allowed) == 2  # none is
