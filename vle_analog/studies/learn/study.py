"""Learning rules compared on one task: what is asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from vle_analog.errors import UsageError
from vle_analog.fields import at_least, numbers
from vle_analog.lab.lab import Lab
from vle_analog.learning.feedback import FEEDBACKS
from vle_analog.learning.rules import RULES, title_of
from vle_analog.lesson.board import Board
from vle_analog.lesson.lesson import OFFLINE, Lesson
from vle_analog.options import departures, names_of, option, part
from vle_analog.studies.learn.analog import study as analog
from vle_analog.studies.learn.analog.result import AnalogComparison
from vle_analog.studies.learn.ideal import study as ideal
from vle_analog.studies.learn.ideal.result import RuleComparison
from vle_analog.tasks import task_named


@dataclass(frozen=True)
class Usual:
    """What is compared unless told otherwise.

    Attributes:
        rules: by name.
        seeds: how many.
        moments: how often each network is judged.
    """

    rules: tuple[str, ...]
    seeds: int
    moments: int


IDEAL = Usual(("bp", "gle", "vle", OFFLINE), seeds=8, moments=24)
#: no circuit runs backward in time; lessons and exams take it long
ANALOG = Usual(("bp", "gle", "vle"), seeds=1, moments=8)
#: what boards have and lessons do not
_OF_CIRCUITS = frozenset(names_of(Board)) - frozenset(names_of(Lesson)) - {"chop", "chop_period", "chop_smoothing"}


def _switches(text: str) -> tuple[bool, ...]:
    """Whether synapses look back, all that is to be compared.

    Raises:
        UsageError: neither on, off nor both.
    """
    known = {"on": (True,), "off": (False,), "both": (False, True)}
    if text not in known:
        raise UsageError(f"`eligibility` is on, off or both, not '{text}'", hint="e.g. `eligibility=both`")
    return known[text]


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


@dataclass(frozen=True, kw_only=True)
class LearnPlan:
    """What is compared: ideal networks, or circuits beside their ideals.

    Attributes:
        rules: local rules or, of ideal networks, ``adjoint``; as `usual` when None.
        etas: rates of weights, one alone for circuits; the task's grid, for circuits its own rate, when None.
        seeds: how many, of start weights and data: 0, 1, 2, ...; as `usual` when None.
        eligibility: whether synapses look back, of all rules alike; as the task has it when None.
        feedback: where local rules have their backward weights from; as the lesson's changes say when None.
        analog: whether networks learn as op-amp circuits, beside the ideal.
        board: what all have in common: the lesson but for its rule, rate, seed and moments, which are the comparison's;
            and what circuits are learned on.
        moments: how often each network is judged; as `usual` when None.

    Raises:
        UsageError: no rule, rate or seed; several rates of circuits; what is for circuits without ``analog``; feedback
            that is given twice.
    """

    rules: tuple[str, ...] | None = option(
        f"Rules to compare, of: {', '.join([*RULES, OFFLINE])}, or .py files (default: {', '.join(IDEAL.rules)}; "
        f"with `analog` {', '.join(ANALOG.rules)}).",
        None,
        metavar="R,R,...",
        parse=_names,
    )
    etas: tuple[float, ...] | None = option(
        "Learning rates, per model unit (default: the task's grid; with `analog` its own rate).",
        None,
        metavar="X,X,...",
        parse=lambda text: numbers(text, name="etas"),
    )
    seeds: int | None = option(
        f"How many seeds: 0, 1, 2, ... (default: {IDEAL.seeds}; with `analog` {ANALOG.seeds}).", None
    )
    eligibility: tuple[bool, ...] | None = option(
        "Whether synapses look back instead of errors ahead, of all rules alike: on, off, or both, one beside the "
        "other (default: as the task has it).",
        None,
        metavar="on|off|both",
        parse=_switches,
    )
    feedback: str | None = option(f"Where local rules have their backward weights from: {', '.join(FEEDBACKS)}.", None)
    analog: bool = option("Learn as op-amp circuits in ngspice, beside the ideal.", False)
    board: Board = part(without=("rule", "eligibility", "eta", "seed", "sampling"))
    moments: int | None = None

    def __post_init__(self) -> None:
        at_least(1, seeds=self.seeds)
        for what, given in (("rule", self.rules), ("rate", self.etas)):
            if given is not None and not len(given):
                raise UsageError(f"a study needs at least one {what}")
        titles = Counter(title_of(rule) for rule in dict.fromkeys(self.rules or ()))
        for title, count in titles.items():
            if count > 1:
                raise UsageError(f"two rules are called '{title}'", hint="give another name to the one in a file")
        if self.feedback is not None and "feedback" in dict(self.board.lesson.changes):
            raise UsageError("feedback is given twice, by `feedback` and by `changes`", hint="leave one of them out")
        if self.eligibility is not None and "eligibility" in dict(self.board.lesson.changes):
            raise UsageError("eligibility is given twice, by `eligibility` and by `changes`", hint="leave one out")
        if not self.analog:
            for name in departures(self):
                if name in _OF_CIRCUITS:
                    raise UsageError(f"`{name}` is for circuits", hint="add `analog`")
        elif self.etas is not None and len(self.etas) != 1:
            raise UsageError("circuits are compared at one rate", hint="give one with `etas`")

    @property
    def usual(self) -> Usual:
        """What is compared of that of which nothing is said."""
        return ANALOG if self.analog else IDEAL

    def lessons(self) -> list[Lesson]:
        """All lessons, in order of rule, rate, seed.

        Raises:
            UsageError: an unknown rule, or no moment of judgement.
        """
        usual = self.usual
        shared = replace(self.board.taught, moments=usual.moments if self.moments is None else self.moments)
        if self.feedback is not None:
            shared = replace(shared, changes=(*shared.changes, ("feedback", self.feedback)))
        task = task_named(shared.task)()
        etas = self.etas or ((task.eta,) if self.analog else task.etas)
        rules = (
            replace(shared, rule=rule, eligibility=switch).settled
            for rule in self.rules or usual.rules
            for switch in (self.eligibility or (None,) if rule != OFFLINE else (None,))
        )
        variants = {lesson.variant: lesson for lesson in rules}  # of two names of one rule the later one
        return [
            replace(lesson, eta=float(eta), seed=seed)
            for lesson in variants.values()
            for eta in dict.fromkeys(etas)
            for seed in range(self.seeds or usual.seeds)
        ]

    def boards(self) -> list[Board]:
        """All lessons' boards, in the same order.

        Raises:
            UsageError: an unknown rule, or an offline one.
        """
        return [replace(self.board, lesson=lesson) for lesson in self.lessons()]

    def check(self) -> None:
        """Refuse what cannot be learned.

        Raises:
            UsageError: an unknown rule, an offline one of circuits, or what the task refuses: a rate, a span or a
                change that is none.
            EquationError: data that do not last as long as the lesson.
        """
        lessons = [board.learned_here for board in self.boards()] if self.analog else self.lessons()
        for lesson in lessons:
            if lesson.seed == 0:  # all seeds are alike
                played = (data for each in lesson.build().system.inputs for data in each.stimuli)
                for data in played:
                    data(np.array([lesson.length]))


def learn(plan: LearnPlan, lab: Lab) -> RuleComparison | AnalogComparison:
    """Compare rules; what is finished is kept and found again.

    Args:
        plan: what to compare.
        lab: finished runs are kept in its folder, and found again.

    Raises:
        UsageError: the plan's.
        OutputError: the folder cannot be written, or another study is writing to it.
        VleAnalogError: a circuit that cannot be built or simulated, or a process that was killed; what was finished is
            kept.
    """
    plan.check()
    lab.progress("learning", 0.0)
    return analog.compare(plan.boards(), lab) if plan.analog else ideal.compare(plan.lessons(), lab)
