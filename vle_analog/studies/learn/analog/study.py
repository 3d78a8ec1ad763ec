"""Learning rules compared as circuits beside their ideals: several seeds, resumable mark by mark."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from vle_analog.lab.lab import Lab
from vle_analog.lesson.board import Board
from vle_analog.lesson.chip_run import ChipRun
from vle_analog.lesson.on_chip import learn_on_chip, steps
from vle_analog.studies.learn.analog.result import AnalogComparison
from vle_analog.studies.learn.ideal.study import colors_of, kind_of
from vle_analog.studies.learn.runs import RUNS, completed


def compare(boards: Sequence[Board], lab: Lab) -> AnalogComparison:
    """Learn what was not learned yet, and put all runs together.

    Args:
        boards: for one task, at least one, alike but for their lessons' rule and seed.
        lab: finished runs and checkpoints are kept in its folder, and found again.

    Raises:
        OutputError: the folder cannot be written, or another study is writing to it.
        VleAnalogError: a circuit that cannot be built or simulated; what was finished is kept.
    """
    first = boards[0]
    task = first.taught.build()
    work = partial(learn_on_chip, folder=lab.place(RUNS), simulator=lab.simulator)
    jobs = {board.key(): board for board in boards}
    runs = completed(work, jobs, lambda board, record: ChipRun.from_json(record), steps(first), lab)
    return AnalogComparison(
        task=first.lesson.title,
        mode=first.mode,
        threshold=task.threshold,
        unit=task.system.unit,
        runs=runs,
        settings={
            "span": first.lesson.length,
            **dict(first.taught.changes),
            **first.lesson.sizes.words(),
            **first.departures(),
        },
        system=task.system,
        colors=colors_of([board.lesson for board in boards]),
        answers=kind_of(task),
    )
