"""Some boards of a Monte Carlo study once more in ngspice: the same lesson, the same exam, another simulator."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

import numpy as np

from vle_analog.circuit.circuit import Circuit
from vle_analog.compare.criterion import Criterion
from vle_analog.compare.metrics import nrmse
from vle_analog.errors import SimulationError
from vle_analog.fleet.blueprint import Blueprint
from vle_analog.fleet.sample import (
    Check,
    Sample,
)
from vle_analog.lab.executor import Executor, Tally
from vle_analog.lab.processes import Count, run_jobs
from vle_analog.lesson.chip import Chip
from vle_analog.lesson.student import ChipStudent
from vle_analog.production.draws import draw
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.waveforms import Waveforms

#: what ngspice found on a board: loss, accuracy, learned values, seconds
Found = Mapping[str, Any]
#: what runs a board in ngspice, by its number, and tells after every stretch
Simulation = Callable[[int, Callable[[], None]], Found]
#: stretches in which ngspice learns, so that no waveform is long
_STRETCHES = 20


def chosen_boards(boards: Sequence[int], number: int) -> list[int]:
    """A random subset that depends on the boards' numbers alone, in ascending order."""
    return sorted(sorted(boards, key=lambda board: (draw(board, "check"), board))[:number])


def in_ngspice(
    work: Simulation,
    boards: Sequence[int],
    crew: Executor | int | None,
    keep: Callable[[int, Found], None],
    progress: Callable[[float, float], None] | None = None,
) -> None:
    """Run boards in ngspice, each as it was finished handed to ``keep``.

    Args:
        work: runs one, as `simulate` of a line does; it can be pickled.
        boards: their numbers.
        crew: a cluster, or how many processes of this machine; one per core when None.
        keep: told a board and what was found on it.
        progress: told what is done of how much.

    Raises:
        SimulationError: ngspice failed; what was finished is kept.
    """
    if not boards:
        return
    if crew is None or isinstance(crew, int):
        count = Count(len(boards) * (_STRETCHES + 1), 0, _STRETCHES + 1, progress)
        run_jobs(work, {str(each): each for each in boards}, crew, lambda key, found: keep(int(key), found), count)
        return
    tally = Tally(len(boards), 0, lambda fraction: progress and progress(fraction, 1.0))
    shared = work, Ngspice().version()
    with closing(crew.run(_elsewhere, shared, [(each,) for each in boards], tally.went)) as results:
        for job, found in results:
            keep(job[0], found)
            tally.finished(job)


def _elsewhere(shared: tuple[Simulation, str], job: tuple[int], threads: int, tell: Callable[[float], None]) -> Found:
    """On a worker, one board; its ngspice must be of the version that the study has."""
    work, version = shared
    if (here := Ngspice().version()) != version:
        raise SimulationError(f"a worker has {here}, this study {version}", hint="install the same version everywhere")
    done = itertools.count(1)
    return work(job[0], lambda: tell(next(done) / (_STRETCHES + 1)))


def compared(sample: Sample, found: Found, criterion: Criterion, variance: float) -> Check:
    """What the engine found on a board against what ngspice did."""
    theirs = Sample(sample.board, found["loss"], found["accuracy"])
    good = criterion.met(theirs, variance)
    error = None
    if sample.learned and None not in (*sample.learned, *found["learned"]):
        error = nrmse(np.array(found["learned"], float), np.array(sample.learned, float))
    apart = None
    if sample.loss is not None and theirs.loss:
        apart = (sample.loss - theirs.loss) / theirs.loss
    agrees = good == criterion.met(sample, variance)
    return Check(sample.board, theirs.loss, theirs.accuracy, good, agrees, apart, error, found["seconds"])


def simulate(
    blueprint: Blueprint,
    board: int,
    tell: Callable[[], None] | None = None,
    silent: Callable[[int], Circuit] | None = None,
) -> Found:
    """One board's lesson and exam in ngspice.

    Args:
        blueprint: what it is a board of.
        board: its number.
        tell: called after every stretch.
        silent: the board by its number without the noise of its parts; it takes the exam once more, with what was
            learned, for the signal-to-noise ratio. None for boards without noise.

    Raises:
        SimulationError: ngspice failed.
    """
    tell = tell or (lambda: None)
    started, task, learned = time.perf_counter(), blueprint.task, list[float]()
    quiet: Waveforms | None = None
    if blueprint.span:
        student = ChipStudent(task, blueprint.board(board), blueprint.step)
        ends = blueprint.stretches()
        for place in np.unique(np.linspace(0, len(ends), _STRETCHES + 1)[1:].astype(int)):
            student.advance(ends[place - 1])
            tell()
        exam, learned = student.examine(), student.learned()
        if silent is not None:
            other = ChipStudent(task, silent(board), blueprint.step)
            other.resume(student.time, student.chip.nodes, learned, 0)
            quiet = other.examine()
    else:
        signals = (task.learning.output, task.learning.target)
        exam = Chip(blueprint.board(board), signals, blueprint.step).examine({}, task.exam.span)
        if silent is not None:
            quiet = Chip(silent(board), signals, blueprint.step).examine({}, task.exam.span)
    loss, accuracy = blueprint.judge(exam)
    _, ratio = (None, None) if quiet is None else blueprint.noise(quiet, exam)
    seconds = time.perf_counter() - started
    return {"loss": loss, "accuracy": accuracy, "learned": learned, "seconds": seconds, "signal_to_noise": ratio}
