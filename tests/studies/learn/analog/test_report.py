"""Figure and table of synthetic circuits beside their ideals: they say what the runs say, whatever the runs did."""

from __future__ import annotations

import math
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
from vle_analog.lesson.chip_run import ChipRun, Course, Excerpt
from vle_analog.lesson.learning_run import LearningRun
from vle_analog.report.sheet import save
from vle_analog.studies.learn.analog.figure import figure, ranked
from vle_analog.studies.learn.analog.panels import dashed, pale
from vle_analog.studies.learn.analog.report import report
from vle_analog.studies.learn.analog.result import AnalogComparison
from vle_analog.studies.learn.rules import color_of

FLOORS = {"bp": 0.9, "gle": 0.3, "vle": 0.04}
VARIANCE = 0.5
END = 240_000.0


def run(rule: str, seed: int, floor: float, answers: bool = True, mode: str = "on-chip", weights: int = 7) -> ChipRun:
    """Falls from the target's variance to a floor of its own; the circuit ends a tenth above."""
    learns, tuned = mode != "deploy", mode == "fine-tune"
    time = np.array([0.0, *np.geomspace(480, END, 8)]) if learns else np.array([END])
    reached = (floor if tuned else 1.0) * (1.0 if tuned else floor) ** (time / END) * (1 + 0.1 * seed)
    above = 1.1 + tuned * 2 * (1 - time / END)

    def judged(relative: Any) -> LearningRun:
        right = np.clip(1 - relative / 2, 0, 1).tolist() if answers else ()
        losses = (VARIANCE * relative).tolist()
        return LearningRun(rule, 0.1, seed, time.tolist(), losses, VARIANCE, right, losses[1:])

    marks = np.union1d(time, np.linspace(0, END, 101)) if learns else time
    paths = {f"w_{k}": 0.1 * k * (0.3 + marks / END) for k in range(weights)}
    at = np.linspace(2973, 3033, 200)
    target = np.sign(np.sin(at))
    return ChipRun(
        judged(reached),
        judged(reached * above),
        Course(marks, np.full(marks.size - 1, 0.3), paths),
        Course(marks, np.full(marks.size - 1, 0.3), {name: 1.01 * path for name, path in paths.items()}),
        Excerpt(at.tolist(), target.tolist(), ((1 - floor) * target).tolist(), (0.9 * target).tolist(), 0.02),
        None if mode == "on-chip" else float(VARIANCE * 3 * floor),
        kinds=dict.fromkeys(paths, "weight"),
    )


def compared(
    floors: dict[str, float] = FLOORS, seeds: int = 3, mode: str = "on-chip", threshold: float = 0.2, **of: Any
) -> AnalogComparison:
    runs = [run(rule, k, x, mode=mode, **of) for rule, x in floors.items() for k in range(seeds)]
    return AnalogComparison(mode, 1e-3, runs, task="some_task", threshold=threshold)


def drawn(figure: Figure, folder: Path) -> None:
    """Matplotlib's warnings (missing glyphs, bad limits) are errors, and all letters are inside and apart."""
    legible(figure, folder, hidden=True)
    extents = [axes.get_tightbbox() for axes in figure.axes]
    assert not any(one.overlaps(other) for k, one in enumerate(extents) for other in extents[:k])
    rules, meanings = (legend.get_window_extent() for legend in figure.legends)
    assert rules.y0 >= meanings.y1 and meanings.y0 >= max(box.y1 for box in extents)


def lines(axes: Axes) -> dict[str, Line2D]:
    return {str(line.get_label()): line for line in axes.get_lines() if not str(line.get_label()).startswith("_")}


def ydata(line: Line2D) -> Any:
    return np.asarray(line.get_ydata(), float)


def headings(figure: Figure) -> list[str]:
    return [axes.get_title("left") for axes in figure.axes]


def meanings(figure: Figure) -> str:
    return ", ".join(text.get_text() for text in figure.legends[1].get_texts())


def test_lines_are_medians_over_seeds_of_ideal_and_circuit(tmp_path: Path) -> None:
    made = compared()
    sheet = figure(made)
    losses, answers = (lines(axes) for axes in sheet.axes[:2])
    for rule in made.rules:
        for side in ("ideal", "analog"):
            runs = [getattr(each, side) for each in made.at(rule)]
            relative = np.median([each.loss for each in runs], axis=0) / VARIANCE
            assert ydata(losses[f"{rule} {side}"]) == pytest.approx(relative)
            right = 100 * np.median([each.accuracy for each in runs], axis=0)
            assert ydata(answers[f"{rule} {side}"]) == pytest.approx(right)
    assert len(sheet.axes[0].collections) == 6  # a range for each
    assert "range over seeds" in meanings(sheet)
    drawn(sheet, tmp_path)


def test_the_ideal_is_thick_and_pale_and_the_circuit_dashed_in_its_rules_colour() -> None:
    rules = list(FLOORS)
    shown = lines(figure(compared()).axes[0])
    for rule in rules:
        ideal, analog = shown[f"{rule} ideal"], shown[f"{rule} analog"]
        assert analog.get_color() == color_of(rule, rules) != ideal.get_color()
        assert ideal.get_linewidth() > 2 * analog.get_linewidth()
        assert (ideal.get_linestyle(), analog.get_linestyle()) == ("-", "--")
        assert ideal.get_zorder() < analog.get_zorder() and analog.get_marker() != "None"
    looks = {str(look(rule, rules)["color"]) for look in (pale, dashed) for rule in rules}
    assert len(looks) == 2 * len(rules)


def test_the_upper_edge_tells_the_circuits_own_time() -> None:
    axes = figure(compared()).axes[0]
    (upper,) = axes.child_axes
    axes.figure.canvas.draw()
    labels = {text.get_text(): text.get_position()[0] for text in upper.get_xticklabels()}
    assert labels["240 s"] == pytest.approx(END)
    assert labels["10 s"] == pytest.approx(1e4)
    assert "100 s" not in labels  # no room


def test_the_best_rules_first_run_shows_what_moved_most() -> None:
    made = compared(weights=7)
    sheet = figure(made)
    assert "vle learns: 5 of 7 weights, seed 0" in headings(sheet)[2]
    others = [replace(each, kinds={**each.kinds, "w_0": "conductance"}) for each in made.runs]
    assert "vle learns: 5 of 7 values, seed 0" in headings(figure(replace(made, runs=others)))[2]
    shown = lines(sheet.axes[2])
    assert {label.split()[0] for label in shown} == {f"w_{k}" for k in range(2, 7)}
    (first, *_) = made.at("vle")
    assert ydata(shown["w_6 ideal"]) == pytest.approx(first.ideal_course.learned["w_6"])
    assert ydata(shown["w_6 analog"]) == pytest.approx(first.analog_course.learned["w_6"])
    assert sheet.axes[2].get_ylabel() == "weight"
    assert (
        "all" not in headings(figure(compared(weights=2)))[2] and "of" not in headings(figure(compared(weights=2)))[2]
    )


def test_paths_that_hardly_move_are_counted_from_their_start() -> None:
    (one,) = compared({"gle": 0.1}, 1).runs
    flat = {name: k + 0.01 * path for k, (name, path) in enumerate(one.ideal_course.learned.items())}
    off = {name: path + 0.002 for name, path in flat.items()}
    courses = {"ideal_course": replace(one.ideal_course, learned=flat)}
    courses["analog_course"] = replace(one.analog_course, learned=off)
    axes = figure(AnalogComparison("on-chip", 1e-3, [replace(one, **courses)], task="t", threshold=0.1)).axes[2]
    assert axes.get_ylabel() == "weight − start"
    assert ydata(lines(axes)["w_6 ideal"])[0] == 0
    assert ydata(lines(axes)["w_6 analog"])[0] == pytest.approx(0.002)  # an offset is not hidden


def test_one_network_answers_and_the_other_does_not() -> None:
    made = compared()
    assert ranked(made) == ["vle", "gle", "bp"]
    sheet = figure(made)
    best, worst = sheet.axes[3:]
    assert "vle answers: 97.8 % right (reference 98.0 %)" in best.get_title("left")
    assert "bp answers: 50.5 % right (reference 55.0 %)" in worst.get_title("left")
    for axes, rule in ((best, "vle"), (worst, "bp")):
        excerpt = made.at(rule)[0].excerpt
        for name in ("target", "ideal", "analog"):
            assert ydata(lines(axes)[name]) == pytest.approx(getattr(excerpt, name))
    assert best.get_position().y0 > worst.get_position().y0


def test_without_answers_the_loss_while_learning_takes_their_place(tmp_path: Path) -> None:
    made = compared(answers=False)
    sheet = figure(made)
    assert headings(sheet)[1] == "B   loss while learning"
    online = np.median([each.analog.online for each in made.at("gle")], axis=0) / VARIANCE
    assert ydata(lines(sheet.axes[1])["gle analog"]) == pytest.approx(online)
    assert "vle answers: loss 0.044 (reference 0.04)" in headings(sheet)[3]
    drawn(sheet, tmp_path)


def test_deployed_losses_stand_at_the_start_of_fine_tuning(tmp_path: Path) -> None:
    sheet = figure(compared(mode="fine-tune"))
    shown = lines(sheet.axes[0])
    for rule, floor in FLOORS.items():
        assert ydata(shown[f"{rule} deployed"]) == pytest.approx([3 * floor])
        assert np.asarray(shown[f"{rule} deployed"].get_xdata())[0] < 480
    assert "deployed" in meanings(sheet)
    assert "deployed" not in meanings(figure(compared()))
    drawn(sheet, tmp_path)


@pytest.mark.parametrize("answers", [True, False])
@pytest.mark.parametrize("seeds", [1, 3])
def test_where_nothing_learns_there_are_final_losses_and_every_rules_answer(
    answers: bool, seeds: int, tmp_path: Path
) -> None:
    made = compared(mode="deploy", answers=answers, seeds=seeds)
    sheet = figure(made)
    assert len(sheet.axes) == 1 + answers + 3
    assert [rule in text for rule, text in zip(FLOORS, headings(sheet)[-3:], strict=True)] == [True] * 3
    marks = [line for line in sheet.axes[0].get_lines() if line.get_marker() not in ("None", None)]
    finals = sorted(getattr(each, side).relative for each in made.runs for side in ("ideal", "analog"))
    assert sorted(float(ydata(line)[0]) for line in marks) == pytest.approx(finals)
    assert "range" not in meanings(sheet) and "deployed" not in meanings(sheet)
    drawn(sheet, tmp_path)


@pytest.mark.parametrize("mode", ["on-chip", "fine-tune", "deploy"])
@pytest.mark.parametrize(
    "floors", [{"gle": 0.1}, dict.fromkeys([*FLOORS, "vle1", "vle2", "vle3", "mine", "your"], 0.3)]
)
def test_any_number_of_rules(mode: str, floors: dict[str, float], tmp_path: Path) -> None:
    sheet = figure(compared(floors, 1, mode))
    assert len(sheet.axes) == (2 + len(floors) if mode == "deploy" else 3 + min(2, len(floors)))
    drawn(sheet, tmp_path)


@pytest.mark.parametrize("mode", ["on-chip", "deploy"])
@pytest.mark.parametrize("lowest", [0.0, 1e-25])
def test_losses_down_to_zero_fit(mode: str, lowest: float, tmp_path: Path) -> None:
    made = compared({"bp": 0.5, "gle": 1e-13}, 2, mode, 1e-6, answers=False)
    ends = [replace(each, ideal=replace(each.ideal, loss=[*each.ideal.loss[:-1], lowest])) for each in made.runs]
    sheet = figure(replace(made, runs=ends))
    low, high = sheet.axes[0].get_ylim()
    assert (1e-30 if lowest else 1e-17) < low < 1e-13 and high < 1e3
    labels = [text.get_text() for text in sheet.axes[0].get_yticklabels()]
    assert ("0" in labels) == (lowest == 0)
    drawn(sheet, tmp_path)
    assert table(replace(made, runs=ends))[2][2] == ("0" if lowest == 0 else "2·10⁻²⁵")


@pytest.mark.parametrize("mode", ["on-chip", "deploy"])
def test_divergence_is_drawn_and_said(mode: str, tmp_path: Path) -> None:
    made = compared(mode=mode)
    gone = replace(made.runs[-1], analog=replace(made.runs[-1].analog, diverged=END))
    wild = replace(gone.excerpt, analog=[math.nan, *[1e9] * 199])
    for lost in ([*made.runs[:-1], gone], [replace(each, analog=gone.analog, excerpt=wild) for each in made.runs[-3:]]):
        sheet = figure(replace(made, runs=lost))
        assert "diverged" in meanings(sheet)
        assert ranked(replace(made, runs=[*lost, *made.runs[:6]]))[-1] == (
            "bp" if lost[0].ideal.rule == "bp" else "vle"
        )
        assert all(axes.get_ylim()[1] < 1e5 for axes in sheet.axes)
        drawn(sheet, tmp_path)
    assert "diverged" not in meanings(figure(made))


def test_a_rule_that_diverged_is_the_worst() -> None:
    made = compared()
    runs = [replace(each, analog=replace(each.analog, diverged=END)) for each in made.runs[-2:]]
    assert ranked(replace(made, runs=[*made.runs[:-2], *runs])) == ["gle", "bp", "vle"]


def test_constants_and_short_units_fit(tmp_path: Path) -> None:
    (one,) = compared({"gle": 0.1}, 1).runs
    flat = replace(one.excerpt, target=[0.5] * 200, ideal=[0.5] * 200, analog=[0.5] * 200)
    still = {name: np.full(path.shape, 0.25) for name, path in one.ideal_course.learned.items()}
    courses = {each: replace(getattr(one, each), learned=still) for each in ("ideal_course", "analog_course")}
    for unit in (1e-9, 1e-6, 1.0):
        made = AnalogComparison("on-chip", unit, [replace(one, excerpt=flat, **courses)], task="t", threshold=0.1)
        drawn(figure(made), tmp_path)


def test_an_empty_study_is_refused() -> None:
    with pytest.raises(UsageError, match="no runs"):
        figure(AnalogComparison("on-chip", 1e-3, [], task="t", threshold=0.2))


def test_equal_studies_give_equal_files(tmp_path: Path) -> None:
    first, second = (save(figure(compared()), tmp_path / f"{k}.svg") for k in range(2))
    assert first.read_bytes() == second.read_bytes()


def table(comparison: AnalogComparison) -> list[list[str]]:
    """Header and rows."""
    (shown,) = report(comparison).tables
    return [list(shown.header), *map(list, shown.rows)]


def cells(made: AnalogComparison) -> dict[str, dict[str, str]]:
    header, *rows = table(made)
    assert all(len(row) == len(header) for row in rows)
    return {row[0]: dict(zip(header, row, strict=True)) for row in rows}


def test_the_table_has_a_row_per_rule() -> None:
    found = cells(compared())
    assert list(found) == list(FLOORS)
    row = found["vle"]
    assert row["rate"] == "0.1"
    assert row["loss / variance, reference"] == "0.044 [0.04 .. 0.048]"
    assert row["loss / variance, circuit"] == "0.048 [0.044 .. 0.053]"
    assert row["circuit / reference"] == "1.10"
    assert row["bits right, reference (%)"] == "97.8 [97.6 .. 98.0]"
    assert row["bits right, circuit (%)"] == "97.6 [97.4 .. 97.8]"
    assert row["time to 0.2, circuit / reference"] == "1.00"
    assert found["bp"]["time to 0.2, circuit / reference"] == "–"
    assert row["worst weight's NRMSE (%)"] != "–"
    assert row["exam output's NRMSE (%)"] == "2"
    assert not any("deployed" in header or "won" in header for header in row)


def test_the_table_leaves_out_what_the_study_has_no_use_for() -> None:
    plain = ["rule", "rate", "loss / variance, reference", "loss / variance, circuit", "circuit / reference"]
    assert table(compared(mode="deploy", answers=False))[0] == [*plain, "exam output's NRMSE (%)"]
    assert "bits right, reference (%)" in table(compared(mode="deploy"))[0]
    assert not any("time to" in header for header in table(compared({"bp": 0.9}))[0])
    tuned = cells(compared({"gle": 0.1}, 1, "fine-tune"))["gle"]
    assert tuned["deployed, loss / variance"] == "0.3"
    assert tuned["won back (%)"] == "95"
    assert not any("weight" in header for header in tuned)


def test_the_table_says_what_never_learned_and_how_many_are_known() -> None:
    made = compared({"gle": 0.1})
    slow = [replace(each, analog=replace(each.analog, loss=each.ideal.loss[:1] * 9)) for each in made.runs]
    row = cells(replace(made, runs=[*made.runs[:2], slow[2]]))["gle"]
    assert row["time to 0.2, circuit / reference"] == "1.00 [1.00 .. never]"
    assert cells(replace(made, runs=slow))["gle"]["time to 0.2, circuit / reference"] == "never"
    gone = [replace(each, analog=replace(each.analog, diverged=9.0)) for each in made.runs]
    row = cells(replace(made, runs=[*made.runs[:2], gone[2]]))["gle"]
    assert row["loss / variance, circuit"] == "0.12 [0.11 .. diverged]"
    assert row["circuit / reference"] == "1.10 (2 of 3)"
    assert cells(replace(made, runs=gone))["gle"]["bits right, circuit (%)"] == "–"


def test_the_parts_of_every_rules_circuit_are_said() -> None:
    made = compared()
    runs = [replace(run, parts={"opamps": 3, "multipliers": 0, "resistors": 7}) for run in made.runs]
    told = report(replace(made, runs=runs))
    assert told.sentences == [f"{rule}: 3 opamps, 7 resistors" for rule in FLOORS]
    assert told.name == "analog" and told.record["rules"]["vle"]["parts"]["opamps"] == 3
