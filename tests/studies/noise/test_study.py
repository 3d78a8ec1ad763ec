"""How much noise boards stand: the search on boards whose limit is known, and short lessons under noise."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.executors import Batches, Knowing, Refusing
from tests.fleet.fleets import ALL, SHORT, trimmed, with_board
from tests.tool import visible
from vle_analog.compare.criterion import Criterion
from vle_analog.compare.signal_to_noise import decibels
from vle_analog.design.build import Build
from vle_analog.errors import UsageError
from vle_analog.fleet.cases import Cases
from vle_analog.fleet.nonidealities import NOISE, Scales, scales
from vle_analog.fleet.sample import Outcome
from vle_analog.lab.executor import Threads
from vle_analog.lab.lab import Lab
from vle_analog.options import build
from vle_analog.production.production import Production
from vle_analog.studies.noise.recheck import checked
from vle_analog.studies.noise.report import report
from vle_analog.studies.noise.study import BOARDS, NoisePlan, noise

LOSS, LENIENT = Criterion("loss", "<=", 0.1), Criterion("loss", "<=", 0.9)
CHIP = trimmed(SHORT)
DEPLOYED = with_board(CHIP, mode="deploy")


def known(first: int = 0, quiet: float = 0.01) -> Callable[[Scales, int], Outcome]:
    """Boards of which number k stands noise up to 2^(first + k): beyond, its loss is over 0.1."""

    def answer(case: Scales, board: int) -> Outcome:
        scale = dict(case).get(NOISE.name, 0.0)
        return Outcome(quiet + 0.09 * (scale / 2.0 ** (first + board)) ** 2, None)

    return answer


@pytest.mark.parametrize("first", [-6, 1, 6, 15])
def test_the_search_finds_where_boards_fail_bit_by_bit(first: int) -> None:
    study = noise(NoisePlan(replace(CHIP, boards=8), LOSS), Lab(executor=Knowing(known(first))))
    # fewer than half of the boards are good once five of them fail
    assert study.fails is not None and study.fails.scale == 2.0 ** (first + 5)
    assert study.holds is not None and study.holds.scale == 2.0 ** (first + 4)
    levels = [level.scale for level in study.levels]
    for power in range(first + 1, first + 9):  # every bit at which a board fails, but for those far below
        assert 2.0**power in levels or power < first + 3 < 0
    assert [level.good for level in study.levels][-1] == 0 and study.levels[-2].good > 0
    assert levels == sorted(set(levels))


def test_the_ladder_that_is_asked_for() -> None:
    study = noise(NoisePlan(replace(CHIP, boards=4), LOSS, levels=(0.5, 20.0)), Lab(executor=Knowing(known())))
    assert [level.scale for level in study.levels] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0]
    assert [level.good for level in study.levels] == [4, 4, 3, 2, 1, 0]


def test_boards_that_are_bad_without_noise_tell_nothing() -> None:
    with pytest.raises(UsageError, match=r"even without noise none of the 2 boards meets loss<=0.1: median loss over "):
        noise(NoisePlan(CHIP, LOSS), Lab(executor=Knowing(known(quiet=0.5))))


def test_a_study_is_kept_and_found_again_and_more_is_run_only_where_new(tmp_path: Path) -> None:
    plan = NoisePlan(DEPLOYED, LENIENT, levels=(1.0, 4.0))
    told: list[tuple[str, float]] = []
    lab = Lab(tmp_path, progress=lambda stage, fraction: told.append((stage, fraction)))
    told_of = report(noise(plan, lab))
    assert {stage for stage, _ in told} >= {"design", "no noise", "levels"}
    assert all(0 <= fraction <= 1 for _, fraction in told)
    lab.save(told_of)
    record = told_of.record
    assert json.loads((tmp_path / "noise.json").read_text()) == record and record["complete"]
    assert visible(tmp_path) == {"noise.json", "noise.png", "noise.md", "noise.html", BOARDS}

    assert noise(plan, Lab(tmp_path, Refusing())).record() == record
    more = Batches(size=64)
    noise(replace(plan, levels=(1.0, 8.0), criterion=Criterion("loss", "<=", 0.8)), Lab(tmp_path, more))
    assert [len(batch) for batch in more.ran] == [2]


def test_an_interrupted_study_leaves_what_it_has_and_goes_on(tmp_path: Path) -> None:
    plan = NoisePlan(DEPLOYED, LENIENT, levels=(1.0, 8.0))
    whole = noise(plan, Lab()).record()
    with pytest.raises(KeyboardInterrupt):
        noise(plan, Lab(tmp_path, Batches(size=2, most=3)))
    partial = json.loads((tmp_path / "noise.json").read_text())
    assert not partial["complete"] and (tmp_path / "noise.png").is_file()
    assert partial["levels"] == whole["levels"][: len(partial["levels"])] and len(partial["levels"]) == 1
    assert noise(plan, Lab(tmp_path)).record() == whole


def test_some_boards_run_in_ngspice_too(tmp_path: Path, ngspice: str) -> None:
    cases, lab = Cases(DEPLOYED.blueprint(), None), Lab(executor=Threads(1))
    levels = [scales({**ALL, NOISE.name: scale}) for scale in (64.0, 512.0)]
    cases.run(levels, DEPLOYED.numbers)
    runs = [(case, board) for case in levels for board in DEPLOYED.numbers]
    (check,) = checked(cases, runs, 1, LOSS, tmp_path, lab)
    engine, theirs = check.signal_to_noise
    assert engine is not None and theirs is not None and check.check.loss_error is not None
    assert abs((decibels(engine) or 0) - (decibels(theirs) or 0)) < 1.5  # another realisation, the same strength
    assert abs(check.check.loss_error) < 0.05 and check.scale in (64.0, 512.0)
    refusing = Lab(executor=Refusing())
    assert checked(cases, runs, 1, LOSS, tmp_path, refusing) == [check]
    assert checked(cases, runs, 0, LOSS, tmp_path, refusing) == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"checks": -1}, "`checks` must not be negative, not -1"),
        ({"levels": (4.0, 2.0)}, "`levels` 4:2: the first must be positive and at most the second"),
        ({"levels": (0.0, 2.0)}, "`levels` 0:2"),
        ({"criterion": Criterion("accuracy", ">=", 0.9)}, "not right or wrong"),
        ({"fleet": with_board(SHORT, build=Build())}, "ideal parts make no noise"),
        ({"fleet": with_board(SHORT, production=Production(noise_scale=2.0))}, "`noise_scale` is not among"),
    ],
)
def test_what_is_refused(change: dict[str, Any], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        replace(NoisePlan(CHIP), **change).check()


def test_what_a_user_gets_who_says_only_the_task() -> None:
    plan = build(NoisePlan, {"task": "chain"})
    assert plan.fleet.boards == 16 and plan.levels is None and plan.ladder() == [] and plan.checks == 0
    assert plan.fleet.board.build == Build(fidelity="macromodel") and str(plan.check()) == "loss<=0.2"
    assert build(NoisePlan, {"task": "chain", "levels": "1:1024"}).ladder()[-1] == 1024
