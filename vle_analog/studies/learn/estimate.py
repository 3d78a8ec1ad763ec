"""What a comparison of rules would take: one short lesson, or one short run in ngspice, with a clock."""

from __future__ import annotations

import os
import resource
import time
from dataclasses import replace

from vle_analog.design.design import design
from vle_analog.lab.lab import Lab
from vle_analog.lab.study import Estimate, duration
from vle_analog.lesson.board import Board
from vle_analog.lesson.learner import learn
from vle_analog.lesson.lesson import Lesson
from vle_analog.studies.learn.runs import RUNS
from vle_analog.studies.learn.study import LearnPlan
from vle_analog.studies.run.estimate import in_ngspice

#: of a lesson, what is tried: two parts of its span, each judged once
_PARTS = (1 / 64, 1 / 32)
_KIB, _MEGA = 1024, 1e6


def estimate(plan: LearnPlan, lab: Lab) -> Estimate:
    """What all runs take that are not there yet; each rule's first lesson stands for the others of it.

    Args:
        plan: what is compared.
        lab: whose simulator and processes would do it.

    Raises:
        VleAnalogError: as the study's.
    """
    plan.check()
    asked: list[Lesson] | list[Board] = plan.boards() if plan.analog else plan.lessons()
    keys: dict[str, Lesson | Board] = {each.key(): each for each in asked}
    place = lab.place(RUNS)
    left = {key: job for key, job in keys.items() if place is None or not (place / f"{key}.json").is_file()}
    by_rule: dict[str, float] = {}
    for job in left.values():
        lesson = job if isinstance(job, Lesson) else job.lesson
        if (rule := str(lesson.variant)) not in by_rule:
            by_rule[rule] = _lesson(job, lab) if isinstance(job, Lesson) else _on_chip(job, lab)
    whole = sum(by_rule[str((job if isinstance(job, Lesson) else job.lesson).variant)] for job in left.values())
    side = min(lab.processes or len(os.sched_getaffinity(0)), max(len(left), 1))
    memory = side * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB / _MEGA
    words = f"{len(left)} runs of {duration(whole / max(len(left), 1))}, {side} side by side"
    there = len(keys) - len(left)
    return Estimate(words, whole / side, memory, f"{there} of {len(keys)} are there" if there else "")


def _lesson(lesson: Lesson, lab: Lab) -> float:
    """Seconds of an ideal lesson: what its span takes, and its exams."""
    taken = []
    for part in (_PARTS[0], *_PARTS):  # the first one compiles
        short = replace(lesson, span=part * lesson.length, moments=1)
        begun = time.perf_counter()
        learn(short, lambda: None)
        taken.append(time.perf_counter() - begun)
    slope = max(taken[2] - taken[1], 0.0) / (_PARTS[1] - _PARTS[0])
    exam = max(taken[1] - slope * _PARTS[0], 0.0)
    task = lesson.build()
    return slope + exam * len(lesson.times(task.window, task.step))


def _on_chip(board: Board, lab: Lab) -> float:
    """Seconds of a board's lesson in ngspice."""
    task = board.learned_here.build()
    ready = design(task, board.building(task))
    return in_ngspice(ready.circuit, ready.bench, lab)[0]
