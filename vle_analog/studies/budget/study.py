"""Error budget of boards: every kind of non-ideality alone, all but one, one after another, all; and Sobol' indices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import qmc, sobol_indices

from vle_analog.errors import UsageError
from vle_analog.fleet.cases import Asked, Cases
from vle_analog.fleet.nonidealities import KINDS, TRIMMING, Kind, Scales, scales, size_text, sizes
from vle_analog.lab.executor import Executor, Threads
from vle_analog.lab.folder import claimed
from vle_analog.lab.store import write_study
from vle_analog.production.trimming import TRIMMED
from vle_analog.studies.budget.report import figure, markdown
from vle_analog.studies.budget.result import Case, Contribution, ErrorBudget, Sobol, level
from vle_analog.units import engineering

#: told a stage's name and the fraction of it that is done
Progress = Callable[[str, float], None]
#: what a study writes; finished boards lie in a folder of their own inside its folder
FIGURE, TABLE, RECORD, BOARDS = "budget.png", "budget.md", "budget.json", "boards"
#: of the Sobol' design, unless told otherwise: rows, and boards whose median is taken
ROWS, SOBOL_BOARDS = 64, 4
#: resamplings for the indices' intervals, and their seed
_RESAMPLINGS, _SEED = 999, 0


@dataclass(frozen=True)
class BudgetPlan:
    """What a study asks.

    Attributes:
        asked: the boards.
        rows: of the Sobol' design, a power of two; 0 for no indices.
        sobol_boards: of them, how many run for the indices.
    """

    asked: Asked
    rows: int = ROWS
    sobol_boards: int = SOBOL_BOARDS

    def check(self) -> None:
        """Refuse what cannot be asked.

        Raises:
            UsageError: with the option and what to do.
        """
        self.asked.job()
        if self.rows < 0 or self.rows & (self.rows - 1) or self.rows == 1:
            raise UsageError(f"--sobol must be a power of two, or 0, not {self.rows}", hint="e.g. 64")
        if self.sobol_boards < 1:
            raise UsageError(f"--sobol-boards must be at least 1, not {self.sobol_boards}")


def budget_study(
    plan: BudgetPlan,
    folder: Path | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    cluster: Executor | None = None,
) -> ErrorBudget:
    """Run what is missing, and put all together; the result is the same however often it was interrupted.

    Args:
        plan: what to ask.
        folder: where finished boards are kept and found again; nowhere when None.
        threads: that share the boards; all cores when None.
        progress: told what goes on.
        cluster: runs the boards instead, if there is one.

    Raises:
        UsageError: the plan's, or boards without any non-ideality.
        OutputError: the folder cannot be written, or another study is writing to it.
        ClusterError: the cluster was lost; what was finished is kept.
        VleAnalogError: a circuit that cannot be built or that the engine cannot run.
    """
    tell = progress or (lambda stage, fraction: None)
    plan.check()
    with nullcontext() if folder is None else claimed(folder):
        tell("design", 0.0)
        made = plan.asked.line()
        found = sizes(made)
        if not found:
            raise UsageError(
                "these boards have no non-ideality", hint="add --mismatch R,C, or real parts: --fidelity macromodel"
            )
        cases = Cases(made, None if folder is None else folder / BOARDS, cluster or Threads(threads))
        numbers = plan.asked.numbers
        every = dict.fromkeys(found, 1.0)
        asked = [scales({}), scales(every)]
        asked += [scales({name: 1.0}) for name in found]
        asked += [scales({**every, name: 0.0}) for name in found]
        trims = any(_is_trimmed(kind, plan) for kind in KINDS if kind.name in found)
        asked += [scales({**every, TRIMMING: 0.0})] * trims
        ran = [Case(each) for each in cases.run(asked, numbers, lambda done: tell("one by one", done))]
        alone = dict(zip(found, ran[2:], strict=False))
        without = dict(zip(found, ran[2 + len(found) :], strict=False))
        order = sorted(found, key=lambda name: (alone[name].median, list(found).index(name)))
        sums = [scales(dict.fromkeys(order[: place + 1], 1.0)) for place in range(len(order))]
        added = [Case(each) for each in cases.run(sums, numbers, lambda done: tell("together", done))]
        words = {kind.name: _said(kind, found[kind.name], plan) for kind in KINDS if kind.name in found}
        sobol = _sobol(plan, list(found), cases, tell) if plan.rows else None
        return ErrorBudget(
            task=plan.asked.task,
            mode=plan.asked.board.mode,
            boards=plan.asked.boards,
            ideal=ran[0],
            contributions=[
                Contribution(name, words[name], alone[name], without[name], case)
                for name, case in zip(order, added, strict=True)
            ],
            everything=ran[1],
            untrimmed=ran[-1] if trims else None,
            sobol=sobol,
            settings=plan.asked.settings(made),
        )


def save(study: ErrorBudget, folder: Path) -> dict[str, Any]:
    """Write ``budget.png``, ``budget.md`` and, last, ``budget.json``; an earlier study's are replaced.

    Returns:
        The record.

    Raises:
        OutputError: the folder cannot be written.
    """
    record = study.to_json()
    write_study(folder, (FIGURE, TABLE, RECORD), figure(study), markdown(study), record)
    return record


def design_points(kinds: Sequence[str], rows: int) -> np.ndarray:
    """Saltelli's design of scales, shape (kinds + 2, rows, kinds): A, B, and A with one column of B each.

    Scales of what scatters are uniform from 0 to 1. What all boards share is there or not, with even chances.
    (Saltelli et al., Comput. Phys. Commun. 181, 2010.)
    """
    points = qmc.Sobol(2 * len(kinds), scramble=True, seed=_SEED).random(rows)
    fixed = {kind.name for kind in KINDS if not kind.scatters}
    for column, name in enumerate([*kinds, *kinds]):
        if name in fixed:
            points[:, column] = points[:, column] >= 0.5
    first, second = points[:, : len(kinds)], points[:, len(kinds) :]
    mixed = []
    for column in range(len(kinds)):
        mixed.append(first.copy())
        mixed[-1][:, column] = second[:, column]
    return np.array([first, second, *mixed])


def _is_trimmed(kind: Kind, plan: BudgetPlan) -> bool:
    return plan.asked.board.trim is not None and any(name in TRIMMED for name in kind.parameters)


def _said(kind: Kind, size: float, plan: BudgetPlan) -> str:
    """A size as one reads it."""
    text = size_text(kind, size)
    left = engineering(0.5 * (plan.asked.board.trim or 0.0), "V")
    return f"{text}, trimmed to {left}" if _is_trimmed(kind, plan) else text


def _sobol(plan: BudgetPlan, kinds: Sequence[str], cases: Cases, tell: Progress) -> Sobol:
    """First-order and total indices of the logarithm of the boards' median loss."""
    design = design_points(kinds, plan.rows)
    asked: list[Scales] = [
        scales(dict(zip(kinds, row, strict=True))) for row in design.reshape(-1, len(kinds)).tolist()
    ]
    numbers = plan.asked.numbers[: plan.sobol_boards]
    outcomes = cases.run(asked, numbers, lambda done: tell("Sobol", done))
    levels = np.array([level(each) for each in outcomes]).reshape(len(kinds) + 2, plan.rows)
    variance = float(np.var(levels[:2]))
    none = np.zeros(len(kinds))
    if variance == 0:
        return Sobol(
            kinds, none, none, np.zeros((len(kinds), 2)), np.zeros((len(kinds), 2)), plan.rows, len(numbers), 0.0
        )
    values = {"f_A": levels[:1], "f_B": levels[1:2], "f_AB": levels[2:, None, :]}
    found = sobol_indices(func=values, n=plan.rows)
    intervals = _intervals(levels)
    return Sobol(
        kinds,
        np.asarray(found.first_order).ravel(),
        np.asarray(found.total_order).ravel(),
        intervals[0],
        intervals[1],
        plan.rows,
        len(numbers),
        variance,
    )


def _intervals(levels: np.ndarray) -> np.ndarray:
    """95 % intervals of both indices by bootstrap of rows, percentiles, shape (2, kinds, 2)."""
    first, second, mixed = levels[0], levels[1], levels[2:]
    rows = np.random.default_rng(_SEED).integers(levels.shape[1], size=(_RESAMPLINGS, levels.shape[1]))
    found = []
    for chosen in rows:
        a, b, ab = first[chosen], second[chosen], mixed[:, chosen]
        variance = max(float(np.var([a, b])), np.finfo(float).tiny)
        centred = b - np.mean([a, b])
        found.append([np.mean(centred * (ab - a), axis=1) / variance, 0.5 * np.mean((ab - a) ** 2, axis=1) / variance])
    bounds: np.ndarray = np.moveaxis(np.quantile(found, (0.025, 0.975), axis=0), 0, -1)
    return bounds
