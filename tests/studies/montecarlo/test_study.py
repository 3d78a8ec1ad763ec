"""A Monte Carlo study: stops and kills on the way, all three modes, ngspice beside, what is refused."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.executors import Batches, Refusing
from tests.studies.montecarlo.boards import (
    BOARD,
    FIGURE,
    PAGE,
    PARTS,
    PLAN,
    RECORD,
    TABLE,
    ended,
    kept,
    plain,
    read,
    started,
    with_production,
)  # fmt: skip
from tests.tool import visible
from vle_analog.compare.criterion import Criterion
from vle_analog.design.build import Build
from vle_analog.errors import OutputError, UsageError
from vle_analog.fleet.recheck import chosen_boards
from vle_analog.lab import checkpoint
from vle_analog.lab.executor import Threads
from vle_analog.lab.folder import NEW
from vle_analog.lab.lab import Lab
from vle_analog.lesson.lesson import Lesson
from vle_analog.options import build
from vle_analog.production.production import Production
from vle_analog.production.variation import Scatter, Tolerance, Variation
from vle_analog.simulate.scratch import LOCK
from vle_analog.studies.montecarlo.report import report
from vle_analog.studies.montecarlo.study import BOARDS, CRITERIA, MonteCarloPlan, montecarlo
from vle_analog.tasks.weights import LEARNED


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    """The record of PLAN, without seconds."""
    return plain(montecarlo(PLAN, Lab()).record())


def test_a_study_end_to_end_and_again(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    lab = Lab(tmp_path, progress=lambda stage, fraction: told.append((stage, fraction)))
    told_of = report(montecarlo(PLAN, lab))
    lab.save(told_of)
    record = told_of.record
    assert visible(tmp_path) == {RECORD, FIGURE, TABLE, PAGE, BOARDS, LEARNED}
    assert record == read(tmp_path) and record["samples"] == 8 and record["complete"]
    assert record["yield"] == sum(board["good"] for board in record["boards"]) / 8
    assert record["yield_interval"][0] < record["yield"] < record["yield_interval"][1] or record["yield"] in (0, 1)
    assert record["correlations"]["parts_counted"] > 100 and len(record["correlations"]["parts"]) == 10
    assert record["unseen"]["opa2134"][0] == "VOS (memory)" and "drift XOS (assumed)" in record["unseen"]["ad633"]
    (line,) = (each for each in told_of.sentences if each.startswith("what scatters by figures that are remembered"))
    assert "ad633: drift XOS (assumed), drift YOS (assumed), drift ZOS (assumed)" in line
    assert record["ngspice_checked"] == 0 and record["ngspice_disagreement"] is None
    fractions = [fraction for stage, fraction in told if stage == "boards"]
    assert fractions == sorted(fractions) and fractions[-1] == 1 and len(fractions) > 100

    assert montecarlo(PLAN, Lab(tmp_path, Refusing())).record() == record
    fewer = replace(PLAN, boards=5, criterion=Criterion("loss", "<=", 0.1))
    assert montecarlo(fewer, Lab(tmp_path, Refusing())).record()["boards"] == [
        {**board, "good": board["loss"] <= 0.1} for board in record["boards"][:5]
    ]


def test_batches_do_not_matter(whole: dict[str, Any], tmp_path: Path) -> None:
    lab = Lab(tmp_path, Batches(size=3))
    montecarlo(replace(PLAN, boards=4, first=2), lab)  # boards 2 to 5 are there already
    assert plain(montecarlo(PLAN, lab).record()) == whole
    assert sorted(board for batch in lab.executor.ran for board in batch) == list(range(8))  # type: ignore[attr-defined]
    assert plain(montecarlo(PLAN, Lab(executor=Batches(size=5))).record()) == whole


def test_a_broken_file_costs_its_boards_alone(whole: dict[str, Any], tmp_path: Path) -> None:
    montecarlo(PLAN, Lab(tmp_path, Batches(size=4)))
    (folder,) = (tmp_path / BOARDS).iterdir()
    (folder / "000004-000007.jsonl").write_text('{"board": 4')
    good = (folder / "000000-000003.jsonl").read_bytes()
    again = Batches(size=4)
    assert plain(montecarlo(PLAN, Lab(tmp_path, again)).record()) == whole
    assert (folder / "000000-000003.jsonl").read_bytes() == good and again.ran == [(4, 5, 6, 7)]


def test_nothing_half_done_stays_beside_finished_boards(
    whole: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    folder = tmp_path / BOARDS / whole["settings"]["key"]
    for place in (folder, tmp_path):
        (place / f"{NEW}killed").mkdir(parents=True)
        (place / f"{NEW}killed" / LOCK).touch()  # of a process that is no more
    seen: set[str] = set()

    def tell(stage: str, fraction: float) -> None:
        seen.update(path.name for path in folder.iterdir())

    assert plain(montecarlo(PLAN, Lab(tmp_path, Batches(size=4), tell)).record()) == whole
    assert checkpoint.FILE in seen
    assert visible(tmp_path) == {BOARDS}
    assert visible(folder) == {
        f"{batch}.{ending}" for batch in ("000000-000003", "000004-000007") for ending in ("jsonl", "npy")
    }


def test_killed_on_the_way_it_goes_on_to_the_same_result(tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    with started(folder, batch=2, boards=12) as process:
        assert ended(process, signal.SIGKILL, lambda: len(kept(folder)) >= 2) == -signal.SIGKILL
    before = {path: path.read_bytes() for path in kept(folder)}
    assert 0 < len(before) < 6 and not (folder / RECORD).exists()
    plan = replace(PLAN, boards=12)
    found = montecarlo(plan, Lab(folder, Batches(size=2))).record()
    assert plain(found) == plain(montecarlo(plan, Lab(tmp_path / "whole")).record())
    assert all(path.read_bytes() == content for path, content in before.items())  # nothing ran twice
    assert sum(len(path.read_text().splitlines()) for path in kept(folder)) == 12


def test_interrupted_it_leaves_a_record_of_what_there_is(tmp_path: Path) -> None:
    with started(tmp_path, batch=2, boards=240) as process:  # more than are done before the signal is there
        assert ended(process, signal.SIGINT, lambda: len(kept(tmp_path)) >= 2) == 128 + signal.SIGINT
    record = read(tmp_path)
    assert not record["complete"] and 4 <= record["samples"] < 240 and record["samples"] == len(record["boards"])
    assert record["yield_interval"][0] < record["yield_interval"][1] and (tmp_path / FIGURE).exists()


def test_it_stops_when_the_interval_is_narrow_whatever_the_batches() -> None:
    plan = replace(PLAN, boards=None, until=0.35)
    one, other = (montecarlo(plan, Lab(executor=Batches(size=size))).record() for size in (16, 40))
    assert plain(one) == plain(other)
    low, high = one["yield_interval"]
    assert one["samples"] % 16 == 0 and high - low <= 0.35


def test_fine_tuned_boards() -> None:
    learned = replace(BOARD.lesson, span=400.0)
    ideal = replace(BOARD, build=Build(), production=Production(PARTS))
    tuned = replace(ideal, mode="fine-tune", lesson=learned, tuning=80.0)
    study = montecarlo(replace(PLAN, board=tuned, boards=2), Lab())
    assert study.mode == "fine-tune" and study.settings["span"] == 80.0
    assert all(sample.loss is not None and len(sample.learned) == len(study.parameters) for sample in study.samples)
    scratch = montecarlo(replace(PLAN, board=ideal, boards=2), Lab())
    assert max(study.losses) < min(scratch.losses)  # what was learned before helps


def test_ngspice_says_the_same_of_a_random_subset(tmp_path: Path, ngspice: str) -> None:
    plan = replace(PLAN, board=replace(BOARD, mode="deploy"), checks=1, boards=6)
    lab = Lab(tmp_path, Threads(1))
    record = montecarlo(plan, lab).record()
    assert record["ngspice_checked"] == 1 and record["ngspice_disagreement"] == 0
    assert [check["board"] for check in record["ngspice"]] == chosen_boards(range(6), 1)
    assert all(abs(check["loss_error"]) < 0.01 for check in record["ngspice"])
    assert montecarlo(plan, Lab(tmp_path, Refusing())).record() == record  # kept


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        montecarlo(PLAN, Lab(tmp_path / "file"))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"boards": 0}, "`boards` must be at least 1, not 0"),
        ({"checks": 9}, "`checks` 9 is more than the 8 boards"),
        ({"checks": -1}, "`checks` must not be negative, not -1"),
        ({"netlist": -1}, "`netlist` must not be negative"),
        ({"until": 1.5}, "`until` must be a width"),
        ({"first": -1}, "`first` must not be negative"),
        ({"criterion": Criterion("accuracy", ">=", 0.9)}, "not right or wrong"),
        ({"board": replace(BOARD, lesson=Lesson("chain", span=-5.0))}, "span"),
        ({"board": replace(BOARD, build=Build(), production=Production())}, "nothing differs"),
    ],
)
def test_refused(change: dict[str, Any], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        replace(PLAN, **change).check()


@pytest.mark.parametrize(
    ("change", "variation", "text"),
    [
        ({"until": 0.1, "boards": None}, Variation(Tolerance(0.1, lot=0.5), per_lot=4), "lots of their own"),
        ({}, Variation(Tolerance(0.1, lot=0.5), sampling="latin", points=4), "a hypercube of 4 points has no board 7"),
        ({}, Variation(Tolerance(0.1, coefficient=1e-5)), "all boards are at 27 degrees C"),
    ],
)
def test_variations_that_are_refused(change: dict[str, Any], variation: Variation, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        replace(with_production(PLAN, variation=variation), **change)


def test_ideal_devices_share_no_errors() -> None:
    production = Production(Variation(Tolerance(0.1), devices=Scatter(lot=0.1)))
    with pytest.raises(UsageError, match="ideal parts have no errors that boards could share"):
        MonteCarloPlan(replace(BOARD, build=Build(), production=production))


@pytest.mark.parametrize(
    ("production", "varies"),
    [
        (Production(noise_scale=1.0), True),
        (Production(noise=3), False),  # the same noise on all boards
        (Production(Variation(kelvin=5.0)), False),
        (Production(Variation(Tolerance(coefficient=1e-5), kelvin=5.0)), True),
        (Production(Variation(Tolerance(0.01))), True),
    ],
)
def test_boards_must_differ(production: Production, varies: bool) -> None:
    asked = replace(BOARD, build=Build(), production=production)
    if varies:
        MonteCarloPlan(asked)
        return
    with pytest.raises(UsageError, match="nothing differs"):
        MonteCarloPlan(asked)


def test_what_a_user_gets_who_says_no_more_than_must_be() -> None:
    plan = build(MonteCarloPlan, {"task": "chain", "mismatch": "0.01,0.05"})
    assert list(plan.fleet.numbers) == list(range(256)) and plan.check() == CRITERIA[1]
    more = build(MonteCarloPlan, {"task": "xor_small", "fidelity": "macromodel", "until": 0.05, "first": 7})
    assert len(more.fleet.numbers) == 10_000 and more.fleet.first == 7 and more.check() == CRITERIA[0]


def test_a_hypercube_has_as_many_points_as_there_are_numbers() -> None:
    cube = Variation(Tolerance(0.1, lot=0.5), sampling="latin")
    plan = replace(with_production(PLAN, variation=cube), first=4)
    assert plan.fleet.board.production.variation.points == 12
    assert replace(plan, boards=None).fleet.board.production.variation.points == 260
    assert with_production(PLAN, variation=replace(cube, points=20)).fleet.board.production.variation.points == 20
