"""Some boards of a fleet once more in ngspice: the same lesson, the same exam, another simulator."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.circuit.circuit import Circuit
from vle_analog.compare.criterion import Criterion
from vle_analog.compare.metrics import nrmse
from vle_analog.errors import SimulationError
from vle_analog.fleet.blueprint import NGSPICE_STRETCHES, Blueprint
from vle_analog.fleet.sample import Check, Sample
from vle_analog.lab.executor import Executor, Tally, Threads
from vle_analog.lab.folder import write_whole
from vle_analog.lab.lab import Lab
from vle_analog.lab.processes import Count, run_jobs
from vle_analog.lab.store import read_kept
from vle_analog.production.draws import draw
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.simulate.simulator import Simulator


@dataclass(frozen=True)
class NgspiceRun:
    """What one board came to in ngspice.

    Attributes:
        loss: mean squared error on the exam; None where the board did not stay finite.
        accuracy: fraction of right answers; None where there are none.
        learned: what it learned, by the task's order.
        seconds: of computing.
        signal_to_noise: on the exam, as `Sample` has it; None for boards without noise.
    """

    loss: float | None
    accuracy: float | None
    learned: Sequence[float]
    seconds: float
    signal_to_noise: float | None = None


#: runs a board in ngspice, by its number, and tells after every stretch
Simulation = Callable[[int, Callable[[], None]], NgspiceRun]


def chosen_boards(boards: Sequence[int], number: int) -> list[int]:
    """A random subset that depends on the boards' numbers alone, in ascending order."""
    return sorted(sorted(boards, key=lambda board: (draw(board, "check"), board))[:number])


def rechecked(work: Simulation, files: Mapping[int, str], folder: Path | None, lab: Lab) -> dict[int, NgspiceRun]:
    """Boards in ngspice, by number; those of an earlier study are read, all others run and are kept as they finish.

    Args:
        work: runs one, as `simulate` of a blueprint does; it can be pickled.
        files: names of the files that they are kept in, by the boards' numbers.
        folder: where these are; nowhere when None.
        lab: whose executor runs them, and who is told how far they are.

    Raises:
        SimulationError: ngspice failed; what was finished is kept.
        OutputError: the folder cannot be read or written.
    """
    runs: dict[int, NgspiceRun] = {}

    def keep(board: int, run: NgspiceRun) -> None:
        runs[board] = run
        if folder is not None:
            write_whole(folder, {files[board]: json.dumps(asdict(run), allow_nan=False) + "\n"})

    for board, name in files.items():
        if folder is not None and (run := read_kept(folder / name, _run)) is not None:
            runs[board] = run
    missing = [board for board in files if board not in runs]
    if missing:
        in_ngspice(work, missing, lab.executor, keep, lab.stage("ngspice"))
    return {board: runs[board] for board in files}


def in_ngspice(
    work: Simulation,
    boards: Sequence[int],
    executor: Executor,
    keep: Callable[[int, NgspiceRun], None],
    tell: Callable[[float], None],
) -> None:
    """Run boards in ngspice, and hand over each as soon as it is finished.

    Args:
        work: runs one, as `simulate` of a blueprint does; it can be pickled.
        boards: their numbers.
        executor: a cluster, whose workers have ngspice; in the place of threads come as many processes.
        keep: told a board and what it came to.
        tell: told the fraction that is done.

    Raises:
        SimulationError: ngspice failed, or is of another version on a worker; what was finished is kept.
    """
    if isinstance(executor, Threads):
        count = Count(
            len(boards) * (NGSPICE_STRETCHES + 1), 0, NGSPICE_STRETCHES + 1, lambda done, total: tell(done / total)
        )
        jobs = {str(board): board for board in boards}
        run_jobs(work, jobs, executor.number, lambda key, run: keep(int(key), run), count)
        return
    tally = Tally(len(boards), 0, tell)
    shared = work, Ngspice().version()
    with closing(executor.run(_elsewhere, shared, [(board,) for board in boards], tally.went)) as results:
        for job, run in results:
            keep(job[0], run)
            tally.finished(job)


def _elsewhere(
    shared: tuple[Simulation, str], job: tuple[int], threads: int, tell: Callable[[float], None]
) -> NgspiceRun:
    """Run of one board on a worker; its ngspice must be of the version that the study has."""
    work, version = shared
    if (here := Ngspice().version()) != version:
        raise SimulationError(f"a worker has {here}, this study {version}", hint="install the same version everywhere")
    done = itertools.count(1)
    return work(job[0], lambda: tell(next(done) / (NGSPICE_STRETCHES + 1)))


def compared(sample: Sample, run: NgspiceRun, criterion: Criterion, variance: float) -> Check:
    """What the engine came to on a board against what ngspice did.

    Args:
        sample: the engine's.
        run: ngspice's.
        criterion: of good boards.
        variance: of the target on the exam.
    """
    theirs = Sample(sample.board, run.loss, run.accuracy)
    good = criterion.met(theirs, variance)
    error = None
    if sample.learned and None not in (*sample.learned, *run.learned):
        error = nrmse(np.array(run.learned, float), np.array(sample.learned, float))
    apart = None
    if sample.loss is not None and theirs.loss:
        apart = (sample.loss - theirs.loss) / theirs.loss
    agrees = good == criterion.met(sample, variance)
    return Check(sample.board, theirs.loss, theirs.accuracy, good, agrees, apart, error, run.seconds)


def simulate(
    blueprint: Blueprint,
    board: int,
    tell: Callable[[], None] | None = None,
    silent: Callable[[int], Circuit] | None = None,
    simulator: Simulator | None = None,
) -> NgspiceRun:
    """One board's lesson and exam in ngspice.

    Args:
        blueprint: what it is a board of.
        board: its number.
        tell: called after every stretch.
        silent: the board by its number without the noise of its parts; it takes the exam once more, with what was
            learned, for the signal-to-noise ratio. None for boards without noise.
        simulator: in ngspice's place; ngspice when None.

    Raises:
        SimulationError: ngspice failed.
    """
    started, simulator = time.perf_counter(), simulator or Ngspice()
    exam, quiet, learned = blueprint.in_ngspice(
        board, simulator, tell or (lambda: None), None if silent is None else silent(board)
    )
    loss, accuracy = blueprint.judge(exam)
    _, ratio = (None, None) if quiet is None else blueprint.noise(quiet, exam)
    return NgspiceRun(loss, accuracy, learned, time.perf_counter() - started, ratio)


def _run(record: Any) -> NgspiceRun:
    """What was kept.

    Raises:
        TypeError: it is no whole record.
    """
    return NgspiceRun(**record)
