"""Boards once more in ngspice: which, by whom, and what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from vle_analog.compare.criterion import Criterion
from vle_analog.errors import SimulationError
from vle_analog.fleet.recheck import NgspiceRun, chosen_boards, compared, rechecked
from vle_analog.fleet.sample import Sample
from vle_analog.lab.executor import Threads
from vle_analog.lab.lab import Lab

LOSS = Criterion("loss", "<=", 0.2)
FILES = {board: f"ngspice-{board}.json" for board in (3, 5, 9)}


def run(board: int, tell: Callable[[], None]) -> NgspiceRun:
    """What a board comes to, at once."""
    tell()
    return NgspiceRun(0.1 * board, None, [1.0, 2.0], 0.5)


def failing(board: int, tell: Callable[[], None]) -> NgspiceRun:
    """A simulator that fails on one board."""
    if board == 5:
        raise SimulationError("no solution")
    return run(board, tell)


def refusing(board: int, tell: Callable[[], None]) -> NgspiceRun:
    """Nothing may run."""
    pytest.fail(f"board {board} ran again")


class Elsewhere:
    """An executor that is no threads, as a cluster is."""

    def batch(self, usual: int) -> int:
        """One block."""
        return usual

    def run(
        self, work: Any, shared: Any, jobs: Sequence[Any], tell: Callable[[Any, float], None]
    ) -> Generator[tuple[Any, Any], None, None]:
        """The last job first."""
        for job in reversed(jobs):
            yield job, work(shared, job, 1, lambda fraction, job=job: tell(job, fraction))


def test_a_random_subset_depends_on_numbers_alone() -> None:
    assert chosen_boards(range(50), 5) == sorted(chosen_boards(range(50), 5)) == chosen_boards(range(49, -1, -1), 5)
    assert set(chosen_boards(range(50), 5)) <= set(chosen_boards(range(50), 6)) and chosen_boards(range(9), 0) == []


def test_what_is_finished_is_kept_and_read_again(tmp_path: Path) -> None:
    told: list[float] = []
    lab = Lab(executor=Threads(1), progress=lambda stage, fraction: told.append(fraction))
    with pytest.raises(SimulationError, match="no solution"):
        rechecked(failing, FILES, tmp_path, lab)
    assert [path.name for path in tmp_path.iterdir()] == ["ngspice-3.json"]
    runs = rechecked(run, FILES, tmp_path, lab)
    assert list(runs) == [3, 5, 9] and runs[5].loss == 0.5 and told[-1] == 1
    assert json.loads((tmp_path / "ngspice-5.json").read_text()) == {
        "loss": 0.5, "accuracy": None, "learned": [1.0, 2.0], "seconds": 0.5, "signal_to_noise": None,
    }  # fmt: skip
    assert rechecked(refusing, FILES, tmp_path, lab) == runs
    (tmp_path / "ngspice-9.json").write_text('{"loss": 1')
    assert rechecked(run, FILES, tmp_path, lab) == runs  # what is broken runs again
    assert rechecked(run, {}, None, lab) == {}


def test_another_executor_does_the_same(ngspice: str) -> None:
    assert rechecked(run, FILES, None, Lab(executor=Elsewhere())) == rechecked(
        run, FILES, None, Lab(executor=Threads(1))
    )


def test_what_engine_and_ngspice_say() -> None:
    check = compared(Sample(3, 0.3, None, learned=(1.0, 2.1)), NgspiceRun(0.25, None, [1.0, 2.0], 7.0), LOSS, 1.0)
    assert not check.good and check.agrees and check.loss_error == pytest.approx(0.2) and check.seconds == 7.0
    assert check.weights_nrmse == pytest.approx(0.1 / 2**0.5)
    broken = compared(Sample(3, None, None, learned=(1.0, None)), NgspiceRun(0.1, None, [1.0, 2.0], 7.0), LOSS, 1.0)
    assert broken.good and not broken.agrees and broken.loss_error is None and broken.weights_nrmse is None
