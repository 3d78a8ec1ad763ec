"""Learning rules compared, called from Python."""

from __future__ import annotations

from collections.abc import Sequence

from vle_analog.lab.executor import Threads
from vle_analog.lab.lab import Lab
from vle_analog.learning.rule import Rule
from vle_analog.learning.rules import name_of
from vle_analog.lesson.board import Board
from vle_analog.lesson.lesson import Lesson
from vle_analog.studies.learn.ideal import study as ideal
from vle_analog.studies.learn.ideal.result import RuleComparison
from vle_analog.studies.learn.study import LearnPlan


def learn(
    task: str,
    rules: Sequence[str | Rule] | None = None,
    *,
    etas: Sequence[float] | None = None,
    seeds: int | None = None,
    eligibility: bool | Sequence[bool] | None = None,
    span: float | None = None,
    lab: Lab | None = None,
) -> RuleComparison:
    """Compare learning rules on ideal networks, as ``vle-analog learn`` does.

    Args:
        task: its name, or the path of a file.
        rules: by name, by path, or rules themselves (`learning.rules.rule`), which this makes known.
        etas: learning rates, per model unit; the task's grid when None.
        seeds: how many.
        eligibility: whether synapses look back, or both ``(False, True)``, of all rules alike; as the task has it when
            None.
        span: how long to learn, model units; the task's own when None.
        lab: finished runs are kept in its folder, and its processes do the work (`lab.executor.Threads`), which a
            script starts behind ``if __name__ == "__main__"``; when None nothing is kept, and this process does it.

    Raises:
        UsageError: what the task refuses, or a rule that is none.
        OutputError: the lab's folder cannot be written.
    """
    given = (eligibility,) if isinstance(eligibility, bool) else eligibility
    switches = None if given is None else tuple(given)
    plan = LearnPlan(
        rules=None if rules is None else tuple(map(name_of, rules)),
        etas=None if etas is None else tuple(etas),
        seeds=seeds,
        eligibility=switches,
        board=Board(lesson=Lesson(task, span=span)),
    )
    plan.check()
    return ideal.compare(plan.lessons(), lab or Lab(executor=Threads(1)))
