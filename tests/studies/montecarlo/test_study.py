"""A Monte Carlo study: boards alone and among others, stops and kills on the way, all three modes, ngspice beside."""

from __future__ import annotations

import pickle
import signal
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.studies.montecarlo.boards import PARTS, PLAN, ended, kept, plain, read, started
from vle_analog.circuit.elements import Battery
from vle_analog.compare.criterion import (
    Criterion,
)
from vle_analog.errors import OutputError, UsageError
from vle_analog.fleet.blueprint import Line, line, run_boards, values
from vle_analog.fleet.recheck import chosen_boards
from vle_analog.lab import checkpoint as halfway
from vle_analog.lab.folder import NEW
from vle_analog.lesson.on_chip import Board, ChipLesson, teaches
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.studies.montecarlo import study as module
from vle_analog.studies.montecarlo.study import BOARDS, RECORD, montecarlo, save

_designed: dict[str, Line] = {}


@pytest.fixture(autouse=True)
def designed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Designs are the same from study to study, and take longer than these lessons."""

    def once(job: ChipLesson, variation: Variation) -> Line:
        key = repr((job, variation))
        if key not in _designed:
            _designed[key] = line(job, variation)
        return _designed[key]

    monkeypatch.setattr(module, "line", once)


@cache
def made(plan_mode: str = "on-chip") -> Line:
    board = replace(PLAN.board, mode=plan_mode)
    return line(replace(PLAN, board=board).job(), PARTS)


@pytest.mark.parametrize("mode", ["on-chip", "deploy"])
def test_a_board_alone_is_itself_among_many(mode: str) -> None:
    together, table = run_boards(made(mode), range(3, 38), threads=2)
    for number in (3, 20, 37):
        (alone,), (row,) = run_boards(made(mode), [number], threads=1)
        assert replace(alone, seconds=0.0) == replace(together[number - 3], seconds=0.0)
        assert np.array_equal(row, table[number - 3])
    assert len({each.loss for each in together}) == 35


@pytest.mark.parametrize("mode", ["on-chip", "deploy"])
def test_boards_have_noise_of_their_own(mode: str) -> None:
    quiet = made(mode)
    job = replace(quiet.job, board=replace(quiet.job.board, noise=0, noise_scale=256.0))
    noisy = replace(quiet, job=job)
    assert noisy.key != quiet.key
    (still, _), (one, other) = (run_boards(line, [3, 4], threads=1)[0] for line in (quiet, noisy))
    (alone,), _ = run_boards(noisy, [4], threads=1)
    assert replace(alone, seconds=0.0) == replace(other, seconds=0.0)
    assert still.silent is None and still.loss != one.loss and one.signal_to_noise is not None
    assert (one.silent == pytest.approx(still.loss, rel=1e-3)) == (mode == "deploy")  # on the chip it learned otherwise


def test_boards_differ_in_what_is_theirs_and_a_teacher_stays() -> None:
    exact = values(made().circuit)
    one, other = (values(made().board(number)) for number in (0, 1))
    assert {name for name in exact if teaches(name)} and one.keys() == other.keys()
    for name, value in exact.items():
        apart = one[name] != other[name]
        trimmed_away = name.rpartition(".")[2] in ("XOS", "YOS", "ZOS", "GE")
        assert one[name] == other[name] == value if teaches(name) else apart or trimmed_away, name
    assert any(isinstance(each, Battery) and each.name.endswith("__offset") for each in made().board(0).elements())


def test_a_study_end_to_end_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, float]] = []
    study = montecarlo(PLAN, tmp_path, progress=lambda stage, fraction: told.append((stage, fraction)))
    record = save(study, tmp_path)
    assert {each.name for each in tmp_path.iterdir()} == {"montecarlo.json", "montecarlo.png", "montecarlo.md", BOARDS}
    assert record == read(tmp_path) and record["samples"] == 8 and record["complete"]
    assert record["yield"] == sum(each["good"] for each in record["boards"]) / 8
    assert record["yield_interval"][0] < record["yield"] < record["yield_interval"][1] or record["yield"] in (0, 1)
    assert record["correlations"]["parts_counted"] > 100 and len(record["correlations"]["parts"]) == 10
    assert record["ngspice_checked"] == 0 and record["ngspice_disagreement"] is None
    fractions = [fraction for stage, fraction in told if stage == "boards"]
    assert fractions == sorted(fractions) and fractions[-1] == 1 and len(fractions) > 100

    monkeypatch.setattr(module, "run_boards", lambda *_: pytest.fail("a finished board ran again"))
    assert montecarlo(PLAN, tmp_path).to_json() == record
    fewer = replace(PLAN, samples=5, criterion=Criterion("loss", "<=", 0.1))
    assert montecarlo(fewer, tmp_path).to_json()["boards"] == [
        {**each, "good": each["loss"] <= 0.1} for each in record["boards"][:5]
    ]


def test_batches_do_not_matter(tmp_path: Path) -> None:
    whole = montecarlo(PLAN, tmp_path / "a").to_json()
    for place, batch in (("b", 3), ("c", 8)):
        montecarlo(replace(PLAN, samples=4, first=2, batch=batch), tmp_path / place)  # boards 2 to 5 are there already
        assert plain(montecarlo(replace(PLAN, batch=batch), tmp_path / place).to_json()) == plain(whole)
    assert plain(montecarlo(replace(PLAN, batch=5)).to_json()) == plain(whole)


def test_a_broken_file_costs_its_boards_alone(tmp_path: Path) -> None:
    whole = montecarlo(replace(PLAN, batch=4), tmp_path).to_json()
    (folder,) = (tmp_path / BOARDS).iterdir()
    (folder / "000004-000007.jsonl").write_text('{"board": 4')
    kept = (folder / "000000-000003.jsonl").read_bytes()
    assert plain(montecarlo(PLAN, tmp_path).to_json()) == plain(whole)
    assert (folder / "000000-000003.jsonl").read_bytes() == kept


def test_a_batch_goes_on_in_the_middle_of_its_lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, table = run_boards(made(), range(40))
    monkeypatch.setattr(halfway, "EVERY", 0.0)
    told: list[float] = []

    def leave(fraction: float) -> None:
        if fraction > 0.6:
            raise SystemExit

    def again(numbers: range = range(40), changed: Line | None = None) -> float:
        """The first fraction that is told."""
        told.clear()
        with pytest.raises(SystemExit):
            run_boards(changed or made(), numbers, 1, lambda fraction: (told.append(fraction), leave(2.0)), tmp_path)
        return told[0]

    with pytest.raises(SystemExit):
        run_boards(made(), range(40), 1, leave, tmp_path)
    left = (tmp_path / halfway.FILE).read_bytes()
    samples, rows = run_boards(made(), range(40), 1, told.append, tmp_path)
    assert 0.6 < told[0] < 0.62 and np.array_equal(rows, table)
    assert [replace(each, seconds=0.0) for each in samples] == [replace(each, seconds=0.0) for each in whole]

    for broken in (left[:1000], b"", b"PK\x03\x04 and no more"):
        (tmp_path / halfway.FILE).write_bytes(broken)
        assert again() < 0.01
    for change in ({"numbers": range(39)}, {"changed": replace(made(), variation=Variation(Tolerance(0.03)))}):
        (tmp_path / halfway.FILE).write_bytes(left)
        assert again(**change) < 0.01  # type: ignore[arg-type]
    monkeypatch.setattr(halfway, "identity", lambda: {"vle-analog": "older"})
    (tmp_path / halfway.FILE).write_bytes(left)
    assert again() < 0.01


def test_nothing_half_done_stays_beside_finished_boards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halfway, "EVERY", 0.0)
    whole = plain(montecarlo(PLAN).to_json())
    folder = tmp_path / BOARDS / made().key
    (folder / f"{NEW}killed").mkdir(parents=True)
    (tmp_path / f"{NEW}killed").mkdir()
    seen: set[str] = set()

    def tell(stage: str, fraction: float) -> None:
        seen.update(each.name for each in folder.iterdir())

    assert plain(montecarlo(replace(PLAN, batch=4), tmp_path, progress=tell).to_json()) == whole
    assert halfway.FILE in seen
    assert {each.name for each in tmp_path.iterdir()} == {BOARDS}
    assert {each.name for each in folder.iterdir()} == {
        f"{batch}.{ending}" for batch in ("000000-000003", "000004-000007") for ending in ("jsonl", "npy")
    }


def test_another_lesson_or_part_is_another_key() -> None:
    keys = {made().key}
    for change in (
        {"eta": 0.5},
        {"board": Board(fidelity="macromodel", trim=2e-3)},
        {"variation": Variation(Tolerance(0.02), Tolerance(0.051))},
        {"variation": Variation(Tolerance(0.02, lot=0.1), Tolerance(0.05))},
    ):
        plan = replace(PLAN, **change)  # type: ignore[arg-type]
        key = line(plan.job(), plan.variation).key
        assert key not in keys, change
        keys.add(key)
    again = pickle.loads(pickle.dumps(made()))  # as another process gets it
    assert line(PLAN.job(), PARTS).key == made().key == again.key and again.board(3) == made().board(3)


def test_killed_in_its_midst_it_goes_on_to_the_same_result(tmp_path: Path) -> None:
    """Killed after three of twelve batches, or a few more; `test_kills` draws its moments by seed."""
    folder = tmp_path / "killed"
    with started(folder, samples=24, batch=2) as process:
        assert ended(process, signal.SIGKILL, lambda: len(kept(folder)) >= 3) == -signal.SIGKILL
    before = {path: path.read_bytes() for path in kept(folder)}
    assert 0 < len(before) < 12 and not (folder / RECORD).exists()
    plan = replace(PLAN, samples=24, batch=2)
    save(montecarlo(plan, folder), folder)
    save(montecarlo(replace(plan, batch=40), tmp_path / "whole"), tmp_path / "whole")
    assert plain(read(folder)) == plain(read(tmp_path / "whole"))
    assert all(path.read_bytes() == content for path, content in before.items())  # nothing ran twice
    assert sum(len(path.read_text().splitlines()) for path in kept(folder)) == 24


def test_interrupted_it_leaves_a_record_of_what_there_is(tmp_path: Path) -> None:
    with started(tmp_path, samples=240, batch=2) as process:  # more than are done before the signal is there
        assert ended(process, signal.SIGINT, lambda: len(kept(tmp_path)) >= 2) == 128 + signal.SIGINT
    record = read(tmp_path)
    assert not record["complete"] and 4 <= record["samples"] < 240 and record["samples"] == len(record["boards"])
    assert record["yield_interval"][0] < record["yield_interval"][1] and (tmp_path / "montecarlo.png").exists()


def test_it_stops_when_the_interval_is_narrow_whatever_the_batches(tmp_path: Path) -> None:
    plan = replace(PLAN, samples=None, until=0.35)
    found = [montecarlo(replace(plan, batch=batch), tmp_path / str(batch)).to_json() for batch in (16, 40)]
    assert plain(found[0]) == plain(found[1])
    low, high = found[0]["yield_interval"]
    assert found[0]["samples"] % 16 == 0 and high - low <= 0.35


def test_fine_tuned_boards(tmp_path: Path) -> None:
    plan = replace(PLAN, span=400.0, board=Board(mode="fine-tune", tuning=80.0), samples=2)
    study = montecarlo(plan)
    assert study.mode == "fine-tune" and study.settings["span"] == 80.0
    assert all(each.loss is not None and len(each.learned) == len(study.parameters) for each in study.samples)
    scratch = montecarlo(replace(plan, span=80.0, board=Board()))
    assert max(study.losses) < min(scratch.losses)  # what was learned before helps


def test_ngspice_says_the_same_of_a_random_subset(tmp_path: Path, ngspice: str) -> None:
    plan = replace(PLAN, board=replace(PLAN.board, mode="deploy"), check=1, samples=6)
    record = montecarlo(plan, tmp_path, threads=1).to_json()
    assert record["ngspice_checked"] == 1 and record["ngspice_disagreement"] == 0
    assert [each["board"] for each in record["ngspice"]] == chosen_boards(range(6), 1)
    assert all(abs(each["loss_error"]) < 0.01 for each in record["ngspice"])
    assert montecarlo(plan, tmp_path).to_json() == record  # kept


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        montecarlo(PLAN, tmp_path / "file")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"samples": 0}, "--samples must be at least 1"),
        ({"check": 9}, "more than the 8 boards"),
        ({"check": -1}, "--check must be at least 0"),
        ({"until": 1.5}, "--until"),
        ({"first": -1}, "must not be negative"),
        ({"task": "chian"}, "unknown task"),
        ({"rule": "adjoint"}, "backward in time"),
        ({"rule": "vla"}, "rule"),
        ({"span": -5.0}, "span"),
        ({"variation": Variation(), "board": Board()}, "nothing differs"),
        ({"criterion": Criterion("accuracy", ">=", 0.9)}, "not right or wrong"),
        ({"board": Board(mode="on chip")}, "unknown mode"),
        ({"board": Board(resistors=0.1)}, "is the variation's"),
        ({"until": 0.1, "variation": Variation(Tolerance(0.1, lot=0.5), per_lot=4)}, "lots of their own"),
        ({"variation": Variation(Tolerance(0.1, lot=0.5), sampling="latin", points=4)}, "a hypercube of 4 points"),
    ],
)
def test_refused(change: dict[str, Any], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        replace(PLAN, **change).job()
