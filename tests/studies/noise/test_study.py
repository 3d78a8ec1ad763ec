"""How much noise boards stand: the search on boards whose limit is known, and short lessons under noise."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.studies.budget.test_study import ALL, SHORT
from vle_analog.circuit.elements import NoiseDrive
from vle_analog.compare.criterion import Criterion
from vle_analog.compare.signal_to_noise import decibels
from vle_analog.errors import UsageError
from vle_analog.fleet import cases as cases_module
from vle_analog.fleet.blueprint import Line, run_boards
from vle_analog.fleet.cases import Asked, Batch, Cases
from vle_analog.fleet.nonidealities import NOISE, Scales, built, scales
from vle_analog.fleet.sample import Outcome
from vle_analog.lab.executor import Threads
from vle_analog.studies.noise import study as module
from vle_analog.studies.noise.recheck import checked
from vle_analog.studies.noise.study import BOARDS, RECORD, NoisePlan, noise_levels, save

LOSS = Criterion("loss", "<=", 0.1)
CHIP = replace(SHORT, board=replace(SHORT.board, trim=1e-4))
DEPLOYED = replace(CHIP, board=replace(CHIP.board, mode="deploy"))
_line = cache(Asked.line)


@pytest.fixture(autouse=True)
def designed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Designs are the same from study to study, and take longer than these lessons."""
    monkeypatch.setattr(Asked, "line", _line)


class Known(Cases):
    """Boards of which number k stands noise up to 2^(first + k): beyond, its loss is over 0.1."""

    first, quiet = 0, 0.01

    def run(
        self, cases: Sequence[Scales], boards: Sequence[int], tell: Callable[[float], None] | None = None
    ) -> list[list[Outcome]]:
        found = []
        for case in cases:
            scale = dict(case).get(NOISE.name, 0.0)
            outcomes = [Outcome(self.quiet + 0.09 * (scale / 2.0 ** (self.first + k)) ** 2, None) for k in boards]
            self._known.update({(case, board): each for board, each in zip(boards, outcomes, strict=True)})
            found.append(outcomes)
        return found


@pytest.mark.parametrize("first", [-6, 1, 6, 15])
def test_the_search_finds_where_boards_fail_bit_by_bit(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Cases", Known)
    monkeypatch.setattr(Known, "first", first)
    study = noise_levels(NoisePlan(replace(CHIP, boards=8), LOSS))
    # fewer than half of the boards are good once five of them fail
    assert study.fails is not None and study.fails.scale == 2.0 ** (first + 5)
    assert study.holds is not None and study.holds.scale == 2.0 ** (first + 4)
    found = [level.scale for level in study.levels]
    for power in range(first + 1, first + 9):  # every bit at which a board fails, but for those far below
        assert 2.0**power in found or power < first + 3 < 0
    assert [level.good for level in study.levels][-1] == 0 and study.levels[-2].good > 0
    assert found == sorted(set(found))


def test_the_ladder_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Cases", Known)
    study = noise_levels(NoisePlan(replace(CHIP, boards=4), LOSS, levels=(0.5, 20.0)))
    assert [level.scale for level in study.levels] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0]
    assert [level.good for level in study.levels] == [4, 4, 3, 2, 1, 0]


def test_boards_that_are_bad_without_noise_tell_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Cases", Known)
    monkeypatch.setattr(Known, "quiet", 0.5)
    with pytest.raises(UsageError, match=r"even without noise none of the 2 boards meets loss<=0.1: median loss over "):
        noise_levels(NoisePlan(CHIP, LOSS))


def test_a_noisy_board_is_the_quiet_one_with_noise_of_its_own() -> None:
    made = _line(CHIP)
    every = {"op-amp offset": 1.0, "multiplier output offset": 1.0}
    quiet = built(made, 3, scales(every))
    one, twice, other = (built(made, board, scales({**every, NOISE.name: n})) for board, n in ((3, 1), (3, 2), (4, 1)))
    drives = [[each for each in board.elements() if isinstance(each, NoiseDrive)] for board in (one, twice, other)]
    assert not any(isinstance(each, NoiseDrive) for each in quiet.elements()) and drives[0]
    for a, b, c in zip(*drives, strict=True):
        assert b.noise.density == pytest.approx(2 * a.noise.density) and a.noise.seed == b.noise.seed != c.noise.seed
        assert not re.match(r"t[sumr]\d|target", a.name)


@pytest.mark.parametrize("asked", [CHIP, DEPLOYED])
def test_boards_with_their_noise_muted_in_the_exam(asked: Asked) -> None:
    made = _line(asked)
    every = scales({"resistor mismatch": 1.0, "multiplier output offset": 1.0})
    jobs = [(scales({**dict(every), NOISE.name: scale}), board) for scale in (8.0, 16.0) for board in (0, 1)]
    cases = Cases(made, None)
    (quiet,) = cases.run([every], [0, 1])
    found, _ = run_boards(Batch.of(made, jobs), range(4), threads=1)
    for k in (0, 1):
        low, high = found[k].signal_to_noise, found[2 + k].signal_to_noise
        assert low is not None and high is not None and found[k].silent is not None and quiet[k].loss is not None
        if asked is DEPLOYED:  # nothing learns: muted, a board is the quiet one, and noise is the same one, scaled
            assert found[k].silent == pytest.approx(quiet[k].loss * made.variance, rel=1e-9)
            assert 10 * (decibels(low) or 0) - 10 * (decibels(high) or 0) == pytest.approx(60.2, abs=0.5)
        else:
            assert found[k].silent == pytest.approx(quiet[k].loss * made.variance, rel=0.05)
            assert found[k].silent != quiet[k].loss * made.variance
    assert quiet[0].silent is None and quiet[0].signal_to_noise is None


def test_a_study_is_kept_and_found_again_and_more_is_run_only_where_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = NoisePlan(DEPLOYED, Criterion("loss", "<=", 0.9), levels=(1.0, 4.0))
    told: list[tuple[str, float]] = []
    study = noise_levels(plan, tmp_path, progress=lambda stage, fraction: told.append((stage, fraction)))
    record = save(study, tmp_path)
    assert json.loads((tmp_path / RECORD).read_text()) == record and record["complete"]
    assert {each.name for each in tmp_path.iterdir()} == {"noise.json", "noise.png", "noise.md", BOARDS}
    assert {stage for stage, _ in told} >= {"design", "no noise", "levels"}
    assert all(0 <= fraction <= 1 for _, fraction in told)

    ran: list[int] = []

    def counted(made: Line, numbers: Sequence[int], *arguments: Any) -> Any:
        ran.append(len(numbers))
        return run_boards(made, numbers, *arguments)

    monkeypatch.setattr(cases_module, "run_boards", counted)
    assert noise_levels(plan, tmp_path).to_json() == record and not ran
    noise_levels(replace(plan, levels=(1.0, 8.0), criterion=Criterion("loss", "<=", 0.8)), tmp_path)
    assert ran == [2]


def test_an_interrupted_study_leaves_what_it_has_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = NoisePlan(DEPLOYED, Criterion("loss", "<=", 0.9), levels=(1.0, 8.0))
    whole = noise_levels(plan).to_json()
    monkeypatch.setattr(module, "BATCH", 2)
    monkeypatch.setattr(Threads, "batch", lambda self, usual: usual)
    calls = 0

    def until_the_fourth(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt
        return run_boards(*arguments)

    monkeypatch.setattr(cases_module, "run_boards", until_the_fourth)
    with pytest.raises(KeyboardInterrupt):
        noise_levels(plan, tmp_path)
    partial = json.loads((tmp_path / RECORD).read_text())
    assert not partial["complete"] and (tmp_path / "noise.png").is_file()
    assert partial["levels"] == whole["levels"][: len(partial["levels"])] and len(partial["levels"]) == 1
    assert noise_levels(plan, tmp_path).to_json() == whole


def test_some_boards_run_in_ngspice_too(tmp_path: Path, ngspice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = Cases(_line(DEPLOYED), None)
    levels = [scales({**ALL, NOISE.name: scale}) for scale in (64.0, 512.0)]
    cases.run(levels, DEPLOYED.numbers)
    runs = [(case, board) for case in levels for board in DEPLOYED.numbers]
    (found,) = checked(cases, runs, 1, LOSS, tmp_path, 1)
    engine, theirs = found.signal_to_noise
    assert engine is not None and theirs is not None and found.check.loss_error is not None
    assert abs((decibels(engine) or 0) - (decibels(theirs) or 0)) < 1.5  # another realisation, the same strength
    assert abs(found.check.loss_error) < 0.05 and found.scale in (64.0, 512.0)
    monkeypatch.setattr("vle_analog.studies.noise_sources.study.recheck.simulate", None)
    assert checked(cases, runs, 1, LOSS, tmp_path, 1) == [found]
    assert checked(cases, runs, 0, LOSS, tmp_path) == []


@pytest.mark.parametrize(
    "plan, text",
    [
        (NoisePlan(CHIP, Criterion("accuracy", ">=", 0.9)), "ask for --criterion 'loss<=0.2'"),
        (NoisePlan(CHIP, check=-1), "--check must be at least 0"),
        (NoisePlan(CHIP, levels=(4.0, 2.0)), "--levels 4:2: the first must be positive and at most the second"),
        (NoisePlan(CHIP, levels=(0.0, 2.0)), "--levels 0:2"),
        (NoisePlan(replace(CHIP, board=replace(CHIP.board, fidelity="ideal"))), "ideal parts make no noise"),
        (NoisePlan(replace(CHIP, boards=0)), "--boards must be at least 1"),
    ],
)
def test_what_is_refused(plan: NoisePlan, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        noise_levels(plan)
