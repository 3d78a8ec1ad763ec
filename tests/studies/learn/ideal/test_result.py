"""Many learning runs together: what is best, when it was learned, and what is written."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from vle_analog.compare import ComparisonError
from vle_analog.lesson.learning_run import LearningRun
from vle_analog.studies.learn.ideal.result import RuleComparison
from vle_analog.studies.learn.spread import Spread


def run(rule: str = "gle", eta: float = 0.1, seed: int = 0, last: float = 0.5, **changes: Any) -> LearningRun:
    """A run judged at 0, 10 and 100 on a target of variance 2."""
    fields: dict[str, Any] = {
        "time": [0.0, 10.0, 100.0],
        "loss": [2.0, 1.0, last],
        "variance": 2.0,
        "online": [0.9, 0.4],
        "alignment": {"1": [0.1, 0.5, 0.7], "2": [1.0, 1.0, 1.0]},
        "learned": {"w1": [0.3, 0.4], "b1": [0.1, None]},
    }
    return LearningRun(rule, eta, seed, **{**fields, **changes})


def lost(rule: str = "gle", eta: float = 0.1, seed: int = 0) -> LearningRun:
    """A run that diverged before its last moment."""
    return run(
        rule, eta, seed, time=[0.0, 10.0], loss=[2.0, 1e-9], online=[0.9], alignment={"1": [0.1, 0.5]}, diverged=30.0
    )


def stillborn(rule: str = "gle", eta: float = 0.1, seed: int = 0) -> LearningRun:
    """A run that diverged before it was judged once."""
    return LearningRun(rule, eta, seed, [], [], 0.0, diverged=0.5)


def compared(*runs: LearningRun, threshold: float = 0.1) -> RuleComparison:
    return RuleComparison(runs, task="task", threshold=threshold)


def strict(record: Any) -> Any:
    return json.loads(json.dumps(record, allow_nan=False))


def test_the_best_rate_has_the_lowest_median() -> None:
    # the mean would prefer 0.3, the lowest seed 0.1
    by_eta = {0.1: (0.01, 0.6, 0.7), 0.3: (0.4, 0.5, 0.6), 1.0: (0.1, 0.2, 9.0)}
    runs = [run(eta=eta, seed=k, last=x) for eta, losses in by_eta.items() for k, x in enumerate(losses)]
    assert compared(*runs).best() == {"gle": 1.0}


@pytest.mark.parametrize("bad", [lost, stillborn, lambda **place: run(last=math.nan, **place)])
def test_divergence_counts_as_worst(bad: Any) -> None:
    steady = [run(eta=0.1, seed=k, last=1e6) for k in range(3)]
    failing = [run(eta=0.3, seed=0, last=1e-9), bad(eta=0.3, seed=1), bad(eta=0.3, seed=2)]
    assert compared(*steady, *failing).best() == {"gle": 0.1}
    assert compared(*failing).summary("gle", 0.3)["relative"] == Spread(None, 5e-10, None)
    # one of three does not decide
    failing[1] = run(eta=0.3, seed=1, last=1.0)
    assert compared(*steady, *failing).best() == {"gle": 0.3}


def test_where_all_diverge_there_is_a_best_rate_nevertheless() -> None:
    assert compared(lost(eta=1.0), lost(eta=0.3)).best() == {"gle": 0.3}


def test_divergence_counts_as_worst_among_right_answers_too() -> None:
    fine = [run(seed=k, accuracy=[0.5, 0.7, 0.8 + k / 10]) for k in range(2)]
    gone = run(seed=2, accuracy=[0.5], time=[0.0], loss=[2.0], online=[], alignment={}, diverged=1.0)
    assert compared(*fine, gone).summary("gle", 0.1)["accuracy"] == Spread(0.8, None, 0.9)
    assert compared(*fine, stillborn(seed=2)).summary("gle", 0.1)["accuracy"] == Spread(0.8, None, 0.9)
    assert compared(run()).summary("gle", 0.1)["accuracy"] == Spread(None, None, None)


@pytest.mark.parametrize(
    ("relative", "expected"),
    [
        ((1.0, 0.5, 0.1, 0.05), 2.0),  # at the threshold is enough
        ((1.0, 0.05, 0.5, 0.05), 3.0),  # a dip that comes back is none
        ((1.0, 0.05, 0.05, 0.2), None),
        ((0.1, 0.0, 0.0, 0.0), 0.0),
        ((1.0, math.nan, 0.01, 0.01), 2.0),
        ((1.0, 0.01, 0.01, math.nan), None),
    ],
)
def test_the_threshold_is_reached_when_the_loss_stays_below(
    relative: tuple[float, ...], expected: float | None
) -> None:
    losses = [2 * x for x in relative]
    assert run(time=[0.0, 1.0, 2.0, 3.0], loss=losses, online=[], alignment={}).time_to(0.1) == expected


def test_who_diverged_never_learned() -> None:
    assert lost().loss[-1] < 0.1 * lost().variance
    assert lost().time_to(0.1) is None
    assert (lost().frozen_loss, lost().relative) == (None, math.inf)
    assert stillborn().time_to(0.1) is None


def test_relative_losses_are_over_the_variance() -> None:
    assert run(last=0.5).relative == 0.25
    assert run(last=1e-25).relative == 5e-26


def test_the_spread_is_median_and_range() -> None:
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)
    assert Spread.of([1.0, 4.0]) == Spread(2.5, 1.0, 4.0)
    assert Spread.of([1.0, None]) == Spread(None, 1.0, None)
    assert Spread.of([1.0, 2.0, None]) == Spread(2.0, 1.0, None)
    assert Spread.of([]) == Spread(None, None, None)


def test_alignment_is_summed_up_by_layer_before_and_after() -> None:
    found = compared(run(), lost(seed=1), stillborn(seed=2)).summary("gle", 0.1)
    assert found["alignment_1_start"].median == 0.1
    assert found["alignment_1"] == Spread(pytest.approx(0.55), 0.5, pytest.approx(0.6))
    assert found["alignment_2"].median == 1.0


def test_layers_are_counted_from_the_bottom_up() -> None:
    layers = {str(k): [0.1, 0.2, 0.3] for k in (10, 2, 1)}
    assert compared(stillborn(), run(seed=1, alignment=layers)).layers("gle", 0.1) == ["1", "2", "10"]


def test_courses_are_by_moment_and_seed() -> None:
    found = compared(run(seed=1), lost(seed=2), stillborn(seed=0))
    assert found.moments("gle", 0.1) == [0.0, 10.0, 100.0]
    assert found.courses("gle", 0.1, lambda run: run.loss) == [[None, 2.0, 2.0], [None, 1.0, 1e-9], [None, 0.5, None]]
    # what was seen with plasticity on belongs to the moment at its end
    assert found.courses("gle", 0.1, lambda run: run.online) == [[None] * 3, [None, 0.9, 0.9], [None, 0.4, None]]


def test_a_run_is_read_back_as_it_was_written() -> None:
    for each in (run(accuracy=[0.5, 0.75, 1.0], seconds=1.5), lost(), stillborn()):
        record = strict(each.to_json())
        again = LearningRun.from_json(record)
        assert strict(again.to_json()) == record
        assert again.time_to(0.1) == each.time_to(0.1) and again.relative == each.relative
        assert list(again.loss) == list(each.loss) and again.alignment == each.alignment
    full = run(accuracy=[0.5, 0.75, 1.0])
    assert LearningRun.from_json(strict(full.to_json())) == full
    odd = run(loss=np.array([2.0, math.inf, 0.5]), alignment={"1": (0.1, math.nan, np.float64(0.5))})
    again = LearningRun.from_json(strict(odd.to_json()))
    assert math.isnan(again.loss[1]) and math.isnan(again.alignment["1"][1]) and again.relative == odd.relative


def test_a_study_is_written_with_its_documented_keys() -> None:
    runs = [
        run("bp", 0.1, 0, accuracy=[0.5, 0.6, 0.7]),
        run("bp", 0.1, 1, last=0.25, accuracy=[0.5, 0.7, 0.9]),
        lost("bp", 0.3, 0),
        stillborn("bp", 0.3, 1),
        run("adjoint", 0.1, 0, alignment={}, loss=[2.0, math.inf, 1e-25]),
    ]
    written = strict(compared(*runs).record())
    assert set(written) == {"task", "threshold", "settings", "seeds", "rules", "best", "at_best"}
    assert written["at_best"].keys() == written["best"].keys()
    assert written["task"] == "task" and written["seeds"] == [0, 1]
    assert written["best"] == {"bp": 0.1, "adjoint": 0.1}
    assert {rule: list(etas) for rule, etas in written["rules"].items()} == {"bp": ["0.1", "0.3"], "adjoint": ["0.1"]}
    found = written["rules"]["bp"]["0.1"]
    assert found["frozen_loss"] == [0.5, 0.25] and found["frozen_accuracy"] == [0.7, 0.9]
    assert found["relative_loss"] == [0.25, 0.125]
    assert found["time"] == [0.0, 10.0, 100.0]
    assert found["loss"] == [[2.0, 2.0], [1.0, 1.0], [0.5, 0.25]]
    assert found["online_loss"] == [[None, None], [0.9, 0.9], [0.4, 0.4]]
    assert found["accuracy"] == [[0.5, 0.5], [0.6, 0.7], [0.7, 0.9]]
    assert found["alignment"]["1"] == [[0.1, 0.1], [0.5, 0.5], [0.7, 0.7]]
    assert found["learned"] == {"w1": [[0.3, 0.4]] * 2, "b1": [[0.1, None]] * 2}
    gone = written["rules"]["bp"]["0.3"]
    assert gone["frozen_loss"] == gone["frozen_accuracy"] == gone["relative_loss"] == [None, None]
    assert gone["diverged"] == [30.0, 0.5] and gone["loss"] == [[2.0, None], [1e-9, None]]
    assert written["rules"]["adjoint"]["0.1"]["loss"] == [[2.0], [None], [1e-25]]


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(ComparisonError, match=r"no run of rule 'bp' at rate 0\.1"):
        compared(run()).at("bp", 0.1)
