"""How fast the compiled engine runs boards of a design here: some of them, over a short stretch, with a clock."""

from __future__ import annotations

import os
import resource
import time
from dataclasses import dataclass

from vle_analog.engine.engine import Engine
from vle_analog.engine.program import BLOCK
from vle_analog.fleet.blueprint import Blueprint, run_boards
from vle_analog.fleet.cases import BATCH
from vle_analog.lab.executor import Executor, Threads
from vle_analog.lab.study import Estimate, duration

#: seconds that a block per thread is tried for, and steps of the first stretch
_LONG, _STEPS = 0.5, 32
#: seconds of so many boards that are run as a whole
_SHORT = 5.0
#: bytes of a number, and in a kilobyte and a megabyte as the kernel and people count them
_FLOAT, _KIB, _MEGA = 8, 1024, 1e6


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

    def estimate(self, boards: int, kept: int = 0) -> Estimate:
        """What so many boards take of which so many are there.

        Args:
            boards: that a study asks for, at most.
            kept: of these are finished.
        """
        left = max(boards - kept, 0)
        words = f"{left} boards of {duration(self.seconds * self.threads)} on {self.threads} threads"
        return Estimate(words, left * self.seconds, self.megabytes, f"{kept} of {boards} are there" if kept else "")


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
