"""Figure and table of synthetic learning studies: they say what the runs say, whatever the runs did."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tests.report.legible import legible
from vle_analog.errors import UsageError
from vle_analog.lesson.learning_run import LearningRun
from vle_analog.report.sheet import save
from vle_analog.studies.learn.ideal.figure import figure
from vle_analog.studies.learn.ideal.report import report
from vle_analog.studies.learn.ideal.result import RuleComparison
from vle_analog.studies.learn.rules import look
from vle_analog.tasks.answers import AnswerKind, Labels

FLOORS = {"bp": 0.4, "gle": 0.1, "vle": 0.03, "adjoint": 0.01}
CHAIN = {"bp": 2e-2, "gle": 1e-13, "vle": 1e-7, "adjoint": 1e-25}
VARIANCE = 0.5


def run(rule: str, eta: float, seed: int, floor: float, answers: bool = False, until: float = math.inf) -> LearningRun:
    """Falls from the target's variance to a floor of its own; diverges at ``until``."""
    time = np.array([0.0, *np.geomspace(20, 10_000, 12)])
    reached = floor ** (time / time[-1]) * (1 + 0.1 * seed) * (1 + abs(math.log(eta / 0.1)))
    time, reached = time[time < until], reached[time < until]
    known = {} if rule == "adjoint" else {str(k): [0.2 * k + 0.01 * seed] * time.size for k in (1, 2, 3)}
    return LearningRun(
        rule,
        eta,
        seed,
        time.tolist(),
        (VARIANCE * reached).tolist(),
        VARIANCE,
        np.clip(1 - reached / 2, 0, 1).tolist() if answers else (),
        (0.3 * VARIANCE * reached[1:]).tolist(),
        known,
        diverged=None if until == math.inf else until,
    )


def compared(
    floors: dict[str, float] = FLOORS,
    etas: Sequence[float] = (0.03, 0.1, 0.3),
    seeds: int = 3,
    answers: bool = False,
    threshold: float = 0.2,
) -> RuleComparison:
    runs = [run(rule, eta, k, x, answers) for rule, x in floors.items() for eta in etas for k in range(seeds)]
    return RuleComparison(runs, task="some_task", threshold=threshold)


def drawn(figure: Figure, folder: Path) -> None:
    """Matplotlib's warnings (missing glyphs, bad limits) are errors, and all letters are inside and apart."""
    legible(figure, folder)
    legends = [legend.get_window_extent() for legend in figure.legends]
    top = max(axes.get_tightbbox().y1 for axes in figure.axes)
    assert legends[0].y0 >= legends[1].y1 and legends[1].y0 >= top


def panels(figure: Figure) -> list[str]:
    """What stands above the panels, without the letters."""
    return [axes.get_title("left")[4:] for axes in figure.axes]


def lines(axes: Axes) -> dict[str, Line2D]:
    return {str(line.get_label()): line for line in axes.get_lines() if not str(line.get_label()).startswith("_")}


def ydata(line: Line2D) -> Any:
    return np.asarray(line.get_ydata(), float)


def test_lines_are_medians_over_seeds(tmp_path: Path) -> None:
    made = compared(answers=True)
    sheet = figure(made)
    losses, answers, alignments, _ = sheet.axes
    for rule, eta in made.best().items():
        runs = made.at(rule, eta)
        relative = np.median([each.loss for each in runs], axis=0) / VARIANCE
        assert ydata(lines(losses)[rule]) == pytest.approx(relative)
        assert ydata(lines(answers)[rule]) == pytest.approx(100 * np.median([each.accuracy for each in runs], axis=0))
        if rule != "adjoint":
            assert ydata(lines(alignments)[rule]) == pytest.approx(0.21)
    assert "adjoint" not in lines(alignments)
    drawn(sheet, tmp_path)


def test_the_loss_with_plasticity_on_is_dashed_and_starts_after_learning_did() -> None:
    made = compared(seeds=1, floors={"gle": 0.1})
    axes = figure(made).axes[0]
    (online,) = (line for line in axes.get_lines() if line.get_linestyle() == "--")
    (only,) = made.at("gle", made.best()["gle"])
    assert ydata(online) == pytest.approx(np.array(only.online) / VARIANCE)
    assert np.asarray(online.get_xdata()) == pytest.approx(only.time[1:])


def test_before_learning_stands_at_the_left_edge() -> None:
    axes = figure(compared()).axes[0]
    place = np.asarray(lines(axes)["gle"].get_xdata(), float)[0]
    assert axes.get_xlim()[0] < place < 20
    assert dict(zip(axes.get_xticks(), (t.get_text() for t in axes.get_xticklabels()), strict=True))[place] == "0"


@pytest.mark.parametrize("answers", [True, False])
@pytest.mark.parametrize("floors", [FLOORS, {"adjoint": 0.01}])
def test_panels_that_have_nothing_to_show_are_left_out(answers: bool, floors: dict[str, float], tmp_path: Path) -> None:
    sheet = figure(compared(floors, answers=answers))
    assert len(sheet.axes) == 2 + answers + ("bp" in floors)
    assert any("bits" in panel for panel in panels(sheet)) == answers
    assert any("alignment" in panel for panel in panels(sheet)) == ("bp" in floors)
    drawn(sheet, tmp_path)


def test_each_rules_best_rate_is_marked() -> None:
    made = compared()
    axes = figure(made).axes[-1]
    filled = [
        (line.get_color(), float(np.asarray(line.get_xdata())[0]), float(ydata(line)[0]))
        for line in axes.get_lines()
        if line.get_marker() not in ("None", "x") and line.get_markerfacecolor() == line.get_color()
    ]
    assert len(filled) == len(made.rules)
    for rule, (color, place, height) in zip(made.rules, filled, strict=True):
        assert color == look(rule, made.rules)["color"]
        assert place == pytest.approx(made.best()[rule], rel=0.2)  # beside the other rules
        assert height == pytest.approx(made.summary(rule, made.best()[rule])["relative"].median)


def test_losses_down_to_rounding_fit(tmp_path: Path) -> None:
    sheet = figure(compared(CHAIN, seeds=1, threshold=1e-6))
    for axes in (sheet.axes[0], sheet.axes[-1]):
        low, high = axes.get_ylim()
        assert 1e-30 < low < 1e-25 and high < 1e3
        assert 4 <= len(axes.get_yticks()) <= 9
    drawn(sheet, tmp_path)


def test_losses_of_zero_have_a_place_of_their_own(tmp_path: Path) -> None:
    runs = [LearningRun("gle", eta, 0, [0.0, 40.0, 400.0], [0.3, 1e-3, 0.0], 0.3, (), [0.2, 0.0]) for eta in (0.1, 1.0)]
    sheet = figure(RuleComparison(runs, task="chain", threshold=1e-6))
    for axes in sheet.axes:
        low, _ = axes.get_ylim()
        labels = dict(zip(axes.get_yticks(), (t.get_text() for t in axes.get_yticklabels()), strict=True))
        (zero,) = (place for place, text in labels.items() if text == "0")
        assert low < zero < 1e-6
    assert ydata(lines(sheet.axes[0])["gle"])[-1] == pytest.approx(min(sheet.axes[0].get_yticks()))
    drawn(sheet, tmp_path)
    nothing = [LearningRun("gle", 0.1, 0, [0.0, 40.0], [0.0, 0.0], 0.3, (), [0.0])]
    drawn(figure(RuleComparison(nothing, task="chain", threshold=1e-6)), tmp_path)


@pytest.mark.parametrize("etas", [(0.1,), (0.1, 0.3), (0.003, 0.01, 0.011, 0.012, 0.1, 0.3, 1.0, 3.0)])
@pytest.mark.parametrize("seeds", [1, 4])
def test_any_number_of_rates_and_seeds(etas: tuple[float, ...], seeds: int, tmp_path: Path) -> None:
    sheet = figure(compared(etas=etas, seeds=seeds))
    drawn(sheet, tmp_path)
    assert any("range" in text.get_text() for text in sheet.legends[1].get_texts()) == (seeds > 1)


def test_divergence_is_drawn_and_said(tmp_path: Path) -> None:
    """All seeds, some, one before it was judged, one whose loss is beyond all axes."""
    runs = [run("gle", 0.1, k, 0.1, until=300) for k in range(3)]
    runs += [run("vle", 0.1, k, 0.1, until=300 if k == 0 else math.inf) for k in range(3)]
    runs += [LearningRun("bp", 0.1, k, [], [], 0.0, diverged=0.5) for k in range(3)]
    huge = RuleComparison(
        [*runs, LearningRun("bp", 0.3, 0, [0.0, 9.0], [1.0, 1e17], 0.5, (), [1e17])], task="t", threshold=0.2
    )
    for made in (
        RuleComparison(runs, task="t", threshold=0.2),
        huge,
        RuleComparison(runs[-3:], task="t", threshold=0.2),
    ):
        sheet = figure(made)
        assert any("diverged" in text.get_text() for text in sheet.legends[1].get_texts())
        assert all(axes.get_ylim()[1] < 1e6 for axes in sheet.axes)
        crosses = [line for line in sheet.axes[-1].get_lines() if line.get_marker() == "x" and len(ydata(line))]
        assert crosses and all(ydata(line).max() < sheet.axes[-1].get_ylim()[1] for line in crosses)
        drawn(sheet, tmp_path)
    median = lines(figure(huge).axes[0])
    assert np.asarray(median["gle"].get_xdata()).max() < 300  # ends where all have diverged
    assert np.asarray(median["vle"].get_xdata()).max() == pytest.approx(10_000)


def test_runs_may_differ_in_length(tmp_path: Path) -> None:
    long, short = run("gle", 0.1, 0, 0.1), run("gle", 0.1, 1, 0.1)
    cut = LearningRun("gle", 0.1, 1, short.time[:5], short.loss[:5], VARIANCE, (), short.online[:4])
    sheet = figure(RuleComparison([long, cut], task="t", threshold=0.2))
    assert ydata(lines(sheet.axes[0])["gle"])[5:] == pytest.approx(np.array(long.loss[5:]) / VARIANCE)
    drawn(sheet, tmp_path)


def test_rules_look_different_and_those_with_a_name_always_the_same(tmp_path: Path) -> None:
    rules = [*FLOORS, "vle1", "vle3", "mine", "yours", "theirs"]  # vle is vle2
    looks = [str(sorted(look(rule, rules).items())) for rule in rules]
    assert len(set(looks)) == len(rules)
    assert look("gle", ["gle"]) == look("gle", rules)
    drawn(figure(compared(dict.fromkeys(rules, 0.1), answers=True)), tmp_path)


def test_an_empty_study_is_refused() -> None:
    with pytest.raises(UsageError, match="no runs"):
        figure(RuleComparison([], task="t", threshold=0.2))


def test_equal_studies_give_equal_files(tmp_path: Path) -> None:
    first, second = (save(figure(compared()), tmp_path / f"{k}.svg") for k in range(2))
    assert first.read_bytes() == second.read_bytes()


def table(comparison: RuleComparison) -> list[list[str]]:
    """Header and rows."""
    (shown,) = report(comparison).tables
    return [list(shown.header), *map(list, shown.rows)]


def test_the_table_has_a_row_per_rule_and_rate_and_a_star_per_rule() -> None:
    made = compared(answers=True)
    header, *rows = table(made)
    assert all(len(row) == len(header) for row in rows)
    assert len(rows) == len(made.rules) * 3
    stars = {row[0]: float(row[1].split()[0]) for row in rows if row[1].endswith("*")}
    assert stars == made.best()
    row = dict(zip(header, next(row for row in rows if row[:2] == ["gle", "0.1 *"]), strict=True))
    assert row["loss / variance"] == "0.11 [0.1 .. 0.12]"
    assert row["bits right (%)"] == "94.5 [94.0 .. 95.0]"
    assert row["bottom layer's alignment at start"] == row["bottom layer's alignment later"] == "0.21 [0.20 .. 0.22]"
    assert row["diverged"] == "0 of 3"


def test_classes_are_guessed_more_seldom_than_bits() -> None:
    """Of three classes guessing gets a third right: so the table's words, the figure's dots and its axis say."""
    labels = Labels(np.arange(3.0), np.arange(3.0) + 1, np.array([0, 2, 1]))
    assert labels.kind == AnswerKind("classes", 1 / 3)
    made = replace(compared(answers=True), answers=labels.kind)
    assert "classes right (%)" in table(made)[0]
    axes = next(each for each in figure(made).axes if "classes right" in each.get_title(loc="left"))
    levels = [float(line.get_ydata()[0]) for line in axes.lines if len({*line.get_ydata()}) == 1]
    assert any(level == pytest.approx(100 / 3) for level in levels) and axes.get_ylim()[0] < 100 / 3


def test_the_table_says_what_diverged_and_what_was_never_learned() -> None:
    runs = [run("gle", 0.1, k, 0.1, until=300 if k else math.inf) for k in range(3)]
    runs += [run("vle", 0.1, k, 0.1, until=300 if k == 2 else math.inf) for k in range(3)]
    runs += [LearningRun("bp", 0.1, 0, [], [], 0.0, diverged=0.5)]
    header, *rows = table(RuleComparison(runs, task="t", threshold=0.2))
    found = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert found["gle"]["loss / variance"] == "diverged [0.1 .. diverged]"
    assert found["gle"]["time to 0.2"] == "never [10000 .. never]"
    assert found["vle"]["loss / variance"] == "0.11 [0.1 .. diverged]"
    assert [found[rule]["diverged"] for rule in found] == ["2 of 3", "1 of 3", "1 of 1"]
    assert found["bp"]["loss / variance"] == "diverged" and found["bp"]["time to 0.2"] == "never"
    assert found["bp"]["bottom layer's alignment later"] == "–"


def test_one_seed_has_no_range_and_missing_columns_are_left_out() -> None:
    header, *rows = table(compared({"adjoint": 1e-25}, seeds=1, threshold=1e-6))
    assert header == ["rule", "rate", "loss / variance", "time to 10⁻⁶", "diverged"]
    assert not any(".." in cell for row in rows for cell in row)
    assert rows[1][2] == "10⁻²⁵"


def test_the_best_rates_are_said() -> None:
    made = compared()
    assert report(made).sentences == [f"best rate: {', '.join(f'{rule} {eta:g}' for rule, eta in made.best().items())}"]
    assert report(made).name == "learn" and report(made).record == made.record()
