"""How fast the compiled engine runs boards of a design here: some of them, over a short stretch, with a clock.

Of what comes before them, the lesson of an ideal network, no more is tried either.
"""

from __future__ import annotations

import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path

from vle_analog.compare.quantity import Quantity
from vle_analog.engine.engine import Engine
from vle_analog.engine.program import BLOCK
from vle_analog.fleet.blueprint import Blueprint, run_boards
from vle_analog.fleet.cases import BATCH
from vle_analog.fleet.fleet import Fleet
from vle_analog.fleet.lesson_blueprint import learned_before
from vle_analog.lab.executor import Executor, Threads
from vle_analog.lab.study import Estimate, duration
from vle_analog.lesson.board import Board
from vle_analog.lesson.student import IdealStudent

#: seconds that a block per thread is tried for, and steps of the first stretch
_LONG, _STEPS = 0.5, 32
#: seconds of so many boards that are run as a whole
_SHORT = 5.0
#: bytes of a number, and in a kilobyte and a megabyte as the kernel and people count them
_FLOAT, _KIB, _MEGA = 8, 1024, 1e6
#: steps of an ideal lesson that are tried first, and compile
_FIRST = 100


@dataclass(frozen=True)
class Pace:
    """How fast boards run.

    Attributes:
        seconds: of wall-clock time for each board, with all threads at work.
        megabytes: of memory with a whole batch.
        threads: at work.
    """

    seconds: float
    megabytes: float
    threads: int

    def estimate(self, boards: int, kept: int = 0, before: float = 0.0) -> Estimate:
        """What so many boards take of which so many are there.

        Args:
            boards: that a study asks for, at most.
            kept: of these are finished.
            before: seconds that an ideal network takes to learn what boards begin with.
        """
        left = max(boards - kept, 0)
        blocks = -(-left // BLOCK)
        busy = min(self.threads, max(blocks, 1))  # a block is one thread's
        words = f"{left} boards of {duration(self.seconds * self.threads)} on {busy} thread{'s' if busy > 1 else ''}"
        if before:
            words += f", after an ideal lesson of {duration(before)}"
        seconds = before + left * self.seconds * self.threads / busy
        return Estimate(words, seconds, self.megabytes, f"{kept} of {boards} are there" if kept else "")


def designed(fleet: Fleet, quantity: Quantity, place: Path | None) -> tuple[Blueprint, float]:
    """The design of boards whose pace is to be tried, and seconds of the ideal lesson before it, 0 where there is none.

    Where finished boards may be the lesson is learned whole: their names depend on what it came to. Elsewhere a little
    of it will do.

    Args:
        fleet: the boards.
        quantity: that a system's boards are judged by.
        place: where finished ones are kept.

    Raises:
        VleAnalogError: as `Fleet.blueprint` says.
    """
    if not isinstance(fleet.board, Board):
        return fleet.blueprint(quantity), 0.0
    part, seconds = _lesson(fleet.board)
    kept = place is not None and place.is_dir()
    return fleet.blueprint(quantity, 1.0 if kept else part), seconds


def _lesson(board: Board) -> tuple[float, float]:
    """What of the lesson was tried that an ideal network learns before a board begins, and seconds of all of it."""
    task = board.taught.build()
    if not (length := learned_before(board, task)):
        return 1.0, 0.0
    student, stretch, taken, rate = IdealStudent(task), min(_FIRST * task.step, length), 0.0, 0.0
    student.advance(stretch)
    while taken < _LONG and student.time < length:
        begun, start = student.time, time.perf_counter()
        student.advance(min(begun + stretch, length))
        taken, stretch = time.perf_counter() - start, 2 * stretch
        rate = taken / (student.time - begun)
    return student.time / length, rate * length


def pace(blueprint: Blueprint, executor: Executor) -> Pace:
    """Try some boards.

    Args:
        blueprint: of the boards.
        executor: that would run them; a cluster's workers are taken to be as fast as this machine.

    Raises:
        CircuitError: what the engine cannot run.
    """
    own = executor.number if isinstance(executor, Threads) else None
    threads = own or len(os.sched_getaffinity(0))
    count = BLOCK * threads
    engine = Engine(blueprint.boards(range(count)), blueprint.step, threads=threads, single=blueprint.single)
    steps, taken = _STEPS, 0.0
    engine.advance(steps * blueprint.step)  # compiles, and takes the first steps, which are finer
    while not taken or (taken < _LONG and engine.time < blueprint.length):
        steps *= 2
        start = time.perf_counter()
        engine.advance(engine.time + steps * blueprint.step)
        taken = time.perf_counter() - start
    rounds = (2 if engine.makes_noise else 1) * blueprint.length / blueprint.step
    each = rounds * taken / steps / count
    if each * count < _SHORT:  # what is done around the engine counts as much: whole boards are tried
        run_boards(blueprint, range(1), threads)  # compiles, and loads what judges
        start = time.perf_counter()
        run_boards(blueprint, range(count), threads)
        each = (time.perf_counter() - start) / count
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB + BATCH * blueprint.recorded * _FLOAT
    return Pace(each, memory / _MEGA, threads)
