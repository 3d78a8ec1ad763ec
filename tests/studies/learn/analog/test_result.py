"""Circuits beside their ideals: what is said of one run, of several seeds, and what is written."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from vle_analog.compare import ComparisonError
from vle_analog.lesson.chip_run import ChipRun, Course, Excerpt
from vle_analog.lesson.learning_run import LearningRun
from vle_analog.studies.learn.analog.result import AnalogComparison
from vle_analog.studies.learn.spread import Spread


def side(last: float, rule: str = "gle", seed: int = 0, **changes: Any) -> LearningRun:
    """Judged at 0, 10 and 100 on a target of variance 2."""
    fields: dict[str, Any] = {
        "time": [0.0, 10.0, 100.0],
        "loss": [2.0, 1.0, last],
        "variance": 2.0,
        "online": [1.5, 0.9],
    }
    return LearningRun(rule, 0.1, seed, **{**fields, **changes})


def course(online: Any = (4.0, 2.0, 1.0), **learned: Any) -> Course:
    """Marks at 0, 10, 20 and 100."""
    paths = {name: np.array(path, float) for name, path in (learned or {"w1": [0, 1, 2, 4]}).items()}
    return Course(np.array([0.0, 10.0, 20.0, 100.0]), np.array(online, float), paths)


def run(theirs: float = 0.1, ours: float = 0.2, rule: str = "gle", seed: int = 0, **changes: Any) -> ChipRun:
    """The ideal ends at one loss, the circuit at another."""
    fields: dict[str, Any] = {
        "ideal": side(theirs, rule, seed, accuracy=[0.5, 0.6, 1.0]),
        "analog": side(ours, rule, seed, accuracy=[0.5, 0.6, 0.9], seconds=3.0),
        "ideal_course": course(),
        "analog_course": course((4.0, 3.0, 3.0), w1=[0, 1, 2, 4.4]),
        "excerpt": Excerpt([1.0, 2.0], [1.0, -1.0], [0.9, -0.9], [0.8, -0.8], 0.05),
    }
    return ChipRun(**{**fields, **changes})


def compared(*runs: ChipRun, mode: str = "on-chip", threshold: float = 0.1) -> AnalogComparison:
    return AnalogComparison(mode, 1e-3, runs, task="task", threshold=threshold, settings={"span": 100.0})


def strict(record: Any) -> Any:
    return json.loads(json.dumps(record, allow_nan=False))


def test_losses_are_compared_as_analog_over_ideal() -> None:
    assert run(0.1, 0.3).loss_ratio() == pytest.approx(3.0)
    assert run(0.1, 0.0).loss_ratio() == 0.0
    assert run(1e-25, 1e-5).loss_ratio() == pytest.approx(1e20)
    assert run().accuracy_difference() == pytest.approx(-0.1)


def test_ratios_need_both_sides() -> None:
    gone = side(0.1, diverged=30.0)
    assert run(0.0, 0.1).loss_ratio() is None
    assert run(0.1, math.inf).loss_ratio() is None
    for changes in ({"ideal": gone}, {"analog": gone}):
        found = run(deployed=0.5, **changes)
        assert found.loss_ratio() is found.accuracy_difference() is found.won_back() is found.time_ratio(0.1) is None


def test_the_threshold_is_reached_later_by_the_circuit() -> None:
    slow = run(ideal=side(0.1, loss=[2.0, 0.2, 0.1]), analog=side(0.2))
    assert slow.time_ratio(0.1) == pytest.approx(10.0)
    assert slow.time_ratio(0.09) is None  # the ideal alone gets there
    assert run(ideal=side(0.1, loss=[0.1, 0.1, 0.1])).time_ratio(0.1) is None  # there from the start


def test_won_back_is_the_part_of_the_damage_that_learning_mended() -> None:
    assert run(0.1, 0.1, deployed=0.5).won_back() == pytest.approx(1.0)
    assert run(0.1, 0.2, deployed=0.5).won_back() == pytest.approx(0.75)
    assert run(0.1, 0.5, deployed=0.5).won_back() == pytest.approx(0.0)
    assert run(0.1, 0.7, deployed=0.5).won_back() == pytest.approx(-0.5)
    assert run(0.1, 0.2).won_back() is None
    assert run(0.1, 0.2, deployed=0.1).won_back() is None  # no damage


def test_online_losses_are_averaged_over_time_between_edges() -> None:
    # 10 units at 3 and 80 at 3 over 10 units at 2 and 80 at 1
    assert run().online_ratio([10, 100]) == pytest.approx([3.0 / (100 / 90)])
    assert run().online_ratio([0, 10, 20, 100]) == pytest.approx([1.0, 1.5, 3.0])


def test_edges_may_be_off_by_rounding() -> None:
    assert run().online_ratio([0, 10 * (1 - 1e-12), 20 * (1 + 1e-12)]) == pytest.approx([1.0, 1.5])


def test_paths_differ_by_their_difference_over_the_ideal_range() -> None:
    found = run(
        ideal_course=course(w1=[0, 1, 2, 4], w2=[0, 1, 2, 4]),
        analog_course=course(w1=[0, 1, 2, 4], w2=[0.4, 1.4, 2.4, 4.4]),
    ).weight_nrmse()
    assert found == {"w1": 0.0, "w2": pytest.approx(0.1)}


def test_a_run_is_read_back_as_it_was_written() -> None:
    for each in (run(deployed=0.5, parts={"opamps": 3}, points=7, step=0.1), run(0.1, math.inf)):
        record = strict(each.to_json())
        again = ChipRun.from_json(record)
        assert strict(again.to_json()) == record
        assert again.excerpt == each.excerpt and again.deployed == each.deployed
        assert again.weight_nrmse() == each.weight_nrmse()
        assert again.online_ratio([0, 20]) == each.online_ratio([0, 20])
        assert again.ideal == each.ideal and again.analog.relative == each.analog.relative
        assert (again.parts, again.points, again.step) == (each.parts, each.points, each.step)


def test_the_summary_is_over_seeds() -> None:
    ends = [(0.1, 0.2), (0.2, 0.2), (0.4, 2.0)]
    found = compared(*(run(*each, seed=k, deployed=1.0) for k, each in enumerate(ends))).summary("gle")
    assert found["ideal"] == Spread(0.1, 0.05, 0.2)
    assert found["analog"] == Spread(0.1, 0.1, 1.0)
    assert found["ratio"] == Spread(pytest.approx(2.0), pytest.approx(1.0), pytest.approx(5.0))
    assert found["analog_accuracy"] == Spread(0.9, 0.9, 0.9)
    assert found["deployed"] == Spread(0.5, 0.5, 0.5)
    assert found["output_nrmse"].median == 0.05
    assert found["won_back"].high == pytest.approx(1.0) and found["won_back"].low == pytest.approx(-1 / 0.6)


def test_the_worst_path_and_the_middle_one_are_summed_up() -> None:
    wide = run(
        ideal_course=course(w1=[0, 1, 2, 4], w2=[0, 1, 2, 4], w3=[0, 1, 2, 4]),
        analog_course=course(w1=[0.4, 1.4, 2.4, 4.4], w2=[0.2, 1.2, 2.2, 4.2], w3=[0, 1, 2, 4]),
    )
    found = compared(wide).summary("gle")
    assert found["weight_nrmse"].median == pytest.approx(0.1)
    assert found["weight_nrmse_median"].median == pytest.approx(0.05)


def test_what_runs_do_not_have_does_not_count() -> None:
    plain = {"ideal": side(0.0), "analog": side(0.2)}
    found = compared(run(**plain), run(0.1, 0.2, seed=1)).summary("gle")
    assert found["ratio"] == Spread(2.0, 2.0, 2.0)
    assert found["ideal_accuracy"] == Spread(1.0, 1.0, 1.0)
    assert found["deployed"] == found["won_back"] == Spread(None, None, None)


def test_divergence_is_the_worst_loss() -> None:
    gone = run(seed=1)
    gone = ChipRun(**{**vars(gone), "analog": side(0.2, seed=1, diverged=50.0)})
    assert compared(run(), gone).summary("gle")["analog"] == Spread(None, 0.1, None)


def test_rules_come_in_order_of_appearance_and_runs_by_seed() -> None:
    made = compared(run(rule="vle", seed=1), run(rule="bp"), run(rule="vle", seed=0))
    assert made.rules == ["vle", "bp"]
    assert [each.ideal.seed for each in made.at("vle")] == [0, 1]
    assert [each.loss[-1] for each in made.side("analog").runs] == [0.2] * 3
    with pytest.raises(ComparisonError, match="no run of rule 'gle'"):
        made.at("gle")


def still(**changes: Any) -> ChipRun:
    """A board on which nothing learns."""
    once = {"time": [100.0], "loss": [0.2], "accuracy": []}
    nowhere = Course(np.array([100.0]), np.zeros(0), {"w1": np.array([1.0])})
    both = {"ideal": side(0, **once), "analog": side(0, **once)}
    return run(**both, ideal_course=nowhere, analog_course=nowhere, deployed=0.2, **changes)


def test_a_board_that_does_not_learn_says_nothing_of_weights() -> None:
    made = compared(still(), mode="deploy")
    assert not made.learns() and not made.has_answers()
    assert made.summary("gle")["weight_nrmse"] == Spread(None, None, None)
    assert strict(made.record())["rules"]["gle"]["weight_nrmse"] == []
    assert compared(run()).learns() and compared(run()).has_answers()


def test_a_study_is_written_with_its_documented_keys() -> None:
    runs = [run(0.1, 0.2, "bp", k, deployed=0.5, parts={"opamps": 3}, points=9) for k in range(2)]
    written = strict(compared(*runs, run(0.0, 0.2, "gle"), mode="fine-tune").record())
    assert {key: written[key] for key in ("task", "mode", "threshold", "unit_seconds", "settings", "seeds")} == {
        "task": "task",
        "mode": "fine-tune",
        "threshold": 0.1,
        "unit_seconds": 1e-3,
        "settings": {"span": 100.0},
        "seeds": [0, 1],
    }
    found = written["rules"]["bp"]
    assert found["eta"] == 0.1 and found["seeds"] == [0, 1]
    assert found["frozen_loss"] == {"ideal": [0.1, 0.1], "analog": [0.2, 0.2]}
    assert found["frozen_accuracy"] == {"ideal": [1.0, 1.0], "analog": [0.9, 0.9]}
    assert found["loss_ratio"] == [2.0, 2.0] and found["won_back"] == pytest.approx([0.75, 0.75])
    assert found["deployed_loss"] == [0.5, 0.5] and found["points"] == [9, 9] and found["seconds"] == [3.0, 3.0]
    assert found["time"] == [[0.0, 10.0, 100.0]] * 2
    assert found["loss"]["analog"] == [[2.0, 1.0, 0.2]] * 2
    assert found["accuracy"]["ideal"] == [[0.5, 0.6, 1.0]] * 2
    assert found["parts"] == {"opamps": 3}
    assert found["weight_nrmse"] == pytest.approx([run().weight_nrmse()["w1"]] * 2)
    other = written["rules"]["gle"]
    assert other["loss_ratio"] == other["deployed_loss"] == other["won_back"] == [None]
