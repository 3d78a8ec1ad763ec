"""A study: what can be asked, how it is computed, how its result is told. Every command is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from vle_analog.lab.lab import Lab
from vle_analog.report.report import Report

Plan = TypeVar("Plan")
Result = TypeVar("Result")


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
        folder: by plan, where the report goes unless the user names a place, under ``results``; None for commands
            that write only where the user names a place.
        boards: whether it runs many boards, on threads or a cluster.
        processes: whether it runs in several processes.
        timeout: whether its simulations may be given a time limit.
        long: whether only the first of its rows and warnings are printed unless all are asked for (``--all``).
        default: this folder in words, what it depends on in capitals: ``budget-TASK``.
        parts: whether it looks parts up, so that a folder of them may be named.
        output: help of the option ``--out``; None for commands that write nothing.
    """

    plan: type[Plan]
    run: Callable[[Plan, Lab], Result]
    report: Callable[[Result], Report] | None = None
    folder: Callable[[Plan], str] | None = None
    default: str = "NAME"
    parts: bool = True
    boards: bool = False
    processes: bool = False
    timeout: bool = False
    long: bool = False
    output: str | None = "Folder for the results"

    def check(self, plan: Plan) -> None:
        """Refuse a plan that cannot be run.

        Raises:
            VleAnalogError: as the plan says.
        """
        check: Any = getattr(plan, "check", None)
        if check is not None:
            check()
