"""A study: what can be asked, how it is computed, how its result is told. Every command is one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from vle_analog.lab.lab import Lab
from vle_analog.options import in_words
from vle_analog.report.report import Report

Plan = TypeVar("Plan")
Result = TypeVar("Result")

#: folder of the results of all who name no other
RESULTS = Path("results")
#: longest name of a folder for results, and what of it tells apart those that would be longer, characters
_LONGEST, _DIGEST = 120, 8
#: what a folder's name has not
_PLAIN = re.compile(r"[^\w.,=:+@%~-]+", re.ASCII)


def named(name: str) -> tuple[str, ...]:
    """Files of a report with a figure of its own name, the last of which makes it complete."""
    return f"{name}.png", f"{name}.md", f"{name}.html", f"{name}.json"


@dataclass(frozen=True)
class Estimate:
    """What a study would take.

    Attributes:
        what: is to be run, in words: ``600 boards of 4.2 s on 2 threads``.
        seconds: of wall-clock time, by what was tried.
        megabytes: of memory.
        kept: what is there already, in words; empty for nothing.
    """

    what: str
    seconds: float
    megabytes: float
    kept: str = ""

    def __str__(self) -> str:
        """The estimate in a sentence."""
        there = f"; {self.kept}" if self.kept else ""
        return f"{self.what}: about {duration(self.seconds)}, {self.megabytes:.0f} MB of memory{there}"


def duration(seconds: float) -> str:
    """A time in few letters: ``4 s``, ``12 min``, ``3.5 h``, ``2.1 days``."""
    for least, unit, name in ((172_800, 86_400, "days"), (5_400, 3_600, "h"), (100, 60, "min")):
        if seconds >= least:
            return f"{seconds / unit:.2g} {name}"
    return f"{seconds:.2g} s"


def _nothing(plan: Any) -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Study(Generic[Plan, Result]):
    """One question that a user can ask.

    Its folder in ``studies/`` has the plan and the computing (``study.py``), the numbers that come out (``result.py``),
    how they are told (``report.py``), and this declaration with the words of its help (``command.py``).

    Attributes:
        plan: frozen dataclass of what is asked; its fields are the command's options. A method ``check``, if it has
            one, refuses what cannot be asked before a folder is made.
        run: computes a plan's result in a lab.
        report: tells a result; a text that is printed as it stands needs none.
        folder: by plan, what the folder's name begins with to which the report goes unless the user names a place;
            None for commands, and plans, that are written only where the user names a place.
        writes: by plan, files that the report will have as far as they are known beforehand, the last of which makes
            it complete.
        extends: names of options that do not lead to another folder: what is finished serves all their values.
        boards: whether it runs many boards, on threads or a cluster.
        processes: whether it runs in several processes.
        timeout: whether its simulations may be given a time limit.
        long: whether only the first of its rows and warnings are printed unless all are asked for (``--all``).
        bound: when a result misses the bound of good ones, in words; None for a study without one.
        default: this name in words, what it depends on in capitals: ``budget-TASK``.
        parts: whether it looks parts up, so that a folder of them may be named.
        output: help of the option ``--out``; None for commands that write nothing.
        examples: command lines, for its help.
        estimate: what a plan would take, for those that may take long; None for all others.
    """

    plan: type[Plan]
    run: Callable[[Plan, Lab], Result]
    report: Callable[[Result], Report] | None = None
    folder: Callable[[Plan], str | None] | None = None
    writes: Callable[[Plan], Sequence[str]] = _nothing
    extends: tuple[str, ...] = ()
    bound: str | None = None
    default: str = "NAME"
    parts: bool = True
    boards: bool = False
    processes: bool = False
    timeout: bool = False
    long: bool = False
    output: str | None = "Folder for the results"
    examples: tuple[str, ...] = ()
    estimate: Callable[[Plan, Lab], Estimate] | None = None

    def check(self, plan: Plan) -> None:
        """Refuse a plan that cannot be run.

        Raises:
            VleAnalogError: as the plan says.
        """
        check: Any = getattr(plan, "check", None)
        if check is not None:
            check()

    def place(self, plan: Plan) -> Path | None:
        """The folder to which a plan's report goes unless the user names one: ``results/chain--rule-gle``.

        It tells plans apart by the options in which they are not as usual, so that no study takes another one's place.
        """
        if self.folder is None or (begins := self.folder(plan)) is None:
            return None
        others = (word.removeprefix("--").replace(" ", "-", 1) for word in in_words(plan, self.extends))
        return RESULTS / _folder([begins, *others])


def _folder(words: Sequence[str]) -> str:
    """A folder's name; where it would be too long, or would have other than plain letters, a digest makes up for it."""
    plain = [_PLAIN.sub("-", word).strip("-.") for word in words]
    name = "--".join(plain)
    if len(name) <= _LONGEST and plain == [*words] and not any("--" in word for word in words):
        return name
    while len("--".join(plain)) > _LONGEST and len(plain) > 1:
        plain.pop()
    digest = hashlib.sha256("\0".join(words).encode(errors="surrogateescape")).hexdigest()[:_DIGEST]
    return f"{'--'.join(plain)[:_LONGEST]}--{digest}"
