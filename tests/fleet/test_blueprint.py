"""Boards of one design: alone and among others, what differs among them, their digest, lessons that are interrupted."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fleet.fleets import SHORT, trimmed
from vle_analog.circuit.elements import Battery
from vle_analog.fleet.blueprint import Blueprint, run_boards, values
from vle_analog.fleet.fleet import Fleet
from vle_analog.lab import checkpoint
from vle_analog.lesson.board import Board
from vle_analog.owner import Owner
from vle_analog.production.devices import device_errors
from vle_analog.production.production import Production
from vle_analog.production.trimming import Trim
from vle_analog.production.values import parts
from vle_analog.production.variation import Tolerance, Variation

FLEET = trimmed(SHORT, 1e-3)


@cache
def blueprint(mode: str = "on-chip") -> Blueprint:
    """The design of short chains."""
    return replace(FLEET, board=replace(FLEET.board, mode=mode)).blueprint()


def timeless(samples: Sequence[Any]) -> list[Any]:
    """What must be the same from run to run."""
    return [replace(sample, seconds=0.0) for sample in samples]


@pytest.mark.parametrize("mode", ["on-chip", "deploy"])
def test_a_board_alone_is_itself_among_many(mode: str) -> None:
    together, table = run_boards(blueprint(mode), range(3, 38), threads=2)
    for number in (3, 20, 37):
        alone, (row,) = run_boards(blueprint(mode), [number], threads=1)
        assert timeless(alone) == timeless(together[number - 3 : number - 2])
        assert np.array_equal(row, table[number - 3])
    assert len({sample.loss for sample in together}) == 35


@pytest.mark.parametrize("mode", ["on-chip", "deploy"])
def test_boards_have_noise_of_their_own(mode: str) -> None:
    quiet = blueprint(mode)
    noisy = replace(quiet, asked=made(quiet.asked, noise_scale=256.0))
    assert noisy.key != quiet.key
    (still, _), (one, other) = (run_boards(each, [3, 4], threads=1)[0] for each in (quiet, noisy))
    alone, _ = run_boards(noisy, [4], threads=1)
    assert timeless(alone) == timeless([other])
    assert still.silent is None and still.loss != one.loss and one.signal_to_noise is not None
    assert (one.silent == pytest.approx(still.loss, rel=1e-3)) == (mode == "deploy")  # on the chip it learned otherwise


def test_noise_of_one_seed_is_the_same_on_all_boards() -> None:
    seeded = replace(blueprint("deploy"), asked=made(blueprint("deploy").asked, noise=5, noise_scale=256.0))
    seeds = [{each.noise.seed for each in seeded.board(n).elements() if hasattr(each, "noise")} for n in (3, 4)]
    assert seeds[0] == seeds[1] and seeds[0]


def test_boards_differ_in_what_is_theirs_and_a_teacher_stays() -> None:
    exact = values(blueprint().circuit)
    one, other = (values(blueprint().board(number)) for number in (0, 1))
    taught = {part.name for part in parts(blueprint().circuit) if part.owner is Owner.TEACHER}
    taught |= {error.name for error in device_errors(blueprint().circuit) if error.owner is Owner.TEACHER}
    assert {"Rtu1__1", "Xtu1.VOS"} <= taught < exact.keys() and one.keys() == other.keys()
    for name, value in exact.items():
        apart = one[name] != other[name]
        trimmed_away = name.rpartition(".")[2] in ("XOS", "YOS", "ZOS", "GE")
        assert one[name] == other[name] == value if name in taught else apart or trimmed_away, name
    assert any(isinstance(each, Battery) and each.error is not None for each in blueprint().board(0).elements())


def test_another_lesson_or_part_is_another_key() -> None:
    keys = {blueprint().key}
    board = FLEET.board
    for changed in (
        replace(board, lesson=replace(board.lesson, eta=0.5)),
        made(board, trim=Trim.of(2e-3)),
        made(board, variation=Variation(Tolerance(0.01), Tolerance(0.051))),
        made(board, variation=Variation(Tolerance(0.01, lot=0.1), Tolerance(0.05))),
    ):
        key = Fleet(changed).blueprint().key
        assert key not in keys, changed
        keys.add(key)
    again = pickle.loads(pickle.dumps(blueprint()))  # as another process gets it
    assert Fleet(board).blueprint().key == blueprint().key == again.key and again.board(3) == blueprint().board(3)


def test_how_often_a_lesson_judges_is_no_part_of_the_key() -> None:
    often = replace(FLEET.board, lesson=replace(FLEET.board.lesson, moments=24))
    assert Fleet(often).blueprint().key == blueprint().key  # boards are judged at the end


def test_a_batch_goes_on_in_the_middle_of_its_lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, table = run_boards(blueprint(), range(40))
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    told: list[float] = []

    def leave(fraction: float) -> None:
        if fraction > 0.6:
            raise SystemExit

    def again(numbers: range = range(40), changed: Blueprint | None = None) -> float:
        """The first fraction that is told."""
        told.clear()
        with pytest.raises(SystemExit):
            run_boards(
                changed or blueprint(), numbers, 1, lambda fraction: (told.append(fraction), leave(2.0)), tmp_path
            )
        return told[0]

    with pytest.raises(SystemExit):
        run_boards(blueprint(), range(40), 1, leave, tmp_path)
    left = (tmp_path / checkpoint.FILE).read_bytes()
    samples, rows = run_boards(blueprint(), range(40), 1, told.append, tmp_path)
    assert 0.6 < told[0] < 0.62 and np.array_equal(rows, table)
    assert timeless(samples) == timeless(whole)

    for broken in (left[:1000], b"", b"PK\x03\x04 and no more"):
        (tmp_path / checkpoint.FILE).write_bytes(broken)
        assert again() < 0.01
    other = replace(blueprint(), asked=made(FLEET.board, variation=Variation(Tolerance(0.03))))
    for change in ({"numbers": range(39)}, {"changed": other}):
        (tmp_path / checkpoint.FILE).write_bytes(left)
        assert again(**change) < 0.01  # type: ignore[arg-type]
    monkeypatch.setattr(checkpoint, "identity", lambda: {"vle-analog": "older"})
    (tmp_path / checkpoint.FILE).write_bytes(left)
    assert again() < 0.01


def made(board: Board, **changes: Any) -> Board:
    """A board that is made otherwise, by fields of its production."""
    production: Production = replace(board.production, **changes)
    return replace(board, production=production)
