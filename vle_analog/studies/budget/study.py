"""Error budget of boards: every kind of non-ideality alone, all but one, one after another, all; and Sobol' indices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vle_analog.compare.quantity import Quantity
from vle_analog.design.system_board import SystemBoard
from vle_analog.errors import UsageError
from vle_analog.fields import at_least
from vle_analog.fleet.case import Case
from vle_analog.fleet.cases import Cases
from vle_analog.fleet.fleet import UNSCALED, WORST, Fleet, refuse_unscaled
from vle_analog.fleet.nonidealities import KINDS, TRIMMING, Kind, scales, size_text, sizes
from vle_analog.fleet.pace import designed, pace
from vle_analog.lab.lab import Lab
from vle_analog.lab.study import Estimate
from vle_analog.options import option, part
from vle_analog.studies.budget.result import Contribution, ErrorBudget, Sobol
from vle_analog.studies.budget.sobol import sobol
from vle_analog.units import engineering

#: folder of finished boards, inside of the lab's
BOARDS = "boards"
#: of the Sobol' design, unless told otherwise: rows, and boards whose median is taken
ROWS, SOBOL_BOARDS = 64, 4


@dataclass(frozen=True)
class BudgetPlan:
    """What a study asks.

    Attributes:
        fleet: the boards, the same ones in every case.
        rows: of the Sobol' design, a power of two; 0 for no indices.
        sobol_boards: how many of the boards run for the indices.
        of: error of a system that is accounted for, or what its error is of; the worst NRMSE when None.

    Raises:
        UsageError: rows that are no power of two, no board, or boards that cannot be scaled.
    """

    fleet: Fleet = part(defaults={"fidelity": "macromodel", "mismatch": (0.01, 0.05)}, without=UNSCALED)
    rows: int = option(
        "Rows of the design for Sobol indices, a power of two; 0: no indices.", ROWS, flag="sobol", metavar="ROWS"
    )
    sobol_boards: int = option("Boards whose median loss the indices are of.", SOBOL_BOARDS)
    of: Quantity | None = option(
        "What of a system the budget is of: 'nrmse(x)', or any quantity that montecarlo's criterion takes, whose error "
        "against the ideal's is then told (default: nrmse, the worst of all outputs).",
        None,
        metavar="QUANTITY",
        parse=Quantity.parsed,
    )

    def __post_init__(self) -> None:
        refuse_unscaled(self.fleet)
        if self.rows < 0 or self.rows & (self.rows - 1) or self.rows == 1:
            raise UsageError(f"`rows` must be a power of two, or 0, not {self.rows}", hint="e.g. 64")
        at_least(1, sobol_boards=self.sobol_boards)

    def check(self) -> None:
        """Refuse a lesson or system that cannot be built, and a quantity where a network learns.

        Raises:
            VleAnalogError: as said.
        """
        self.fleet.check()
        if self.of is not None and not isinstance(self.fleet.board, SystemBoard):
            raise UsageError(
                f"the budget of a learning task such as '{self.fleet.task}' is of its loss", hint="leave `of` out"
            )


def budget(plan: BudgetPlan, lab: Lab) -> ErrorBudget:
    """Run what is missing, and put all together; the result is the same however often it was interrupted.

    Args:
        plan: what to ask.
        lab: finished boards are kept in its folder, and found again.

    Raises:
        UsageError: the plan's, or boards without any non-ideality.
        OutputError: the folder cannot be written, or another study is writing to it.
        ClusterError: the cluster was lost; what was finished is kept.
        VleAnalogError: a circuit that cannot be built or that the engine cannot run.
    """
    plan.check()
    with lab.claimed():
        lab.progress("design", 0.0)
        blueprint = plan.fleet.blueprint(plan.of.as_error if plan.of else WORST)
        own = sizes(blueprint)
        if not own:
            raise UsageError(
                "these boards have no non-ideality",
                hint="add `mismatch=0.01,0.05`, or real parts: `fidelity=macromodel`",
            )
        cases = Cases(blueprint, lab.place(BOARDS), lab.executor)
        lab.resumed(cases.kept, "boards")
        singles = _one_by_one(plan, list(own), cases, lab)
        order = sorted(own, key=lambda name: (singles.alone[name].median, list(own).index(name)))
        sums = [scales(dict.fromkeys(order[: place + 1], 1.0)) for place in range(len(order))]
        added = [Case(outcomes) for outcomes in cases.run(sums, plan.fleet.numbers, lab.stage("together"))]
        words = {kind.name: _size(kind, own[kind.name], plan) for kind in KINDS if kind.name in own}
        return ErrorBudget(
            task=plan.fleet.task,
            mode=plan.fleet.board.mode,
            boards=plan.fleet.boards,
            measured=blueprint.measured,
            ideal=singles.ideal,
            contributions=[
                Contribution(name, words[name], singles.alone[name], singles.without[name], case)
                for name, case in zip(order, added, strict=True)
            ],
            everything=singles.everything,
            untrimmed=singles.untrimmed,
            sobol=_sobol(plan, list(own), cases, lab),
            settings=plan.fleet.settings(blueprint),
            built=blueprint.built,
        )


def estimate(plan: BudgetPlan, lab: Lab) -> Estimate:
    """What all cases take; those in which boards do not differ run once.

    Args:
        plan: what is asked.
        lab: who would run them, and where finished ones are.

    Raises:
        VleAnalogError: as the study's.
    """
    plan.check()
    blueprint, before = designed(plan.fleet, plan.of.as_error if plan.of else WORST, lab.place(BOARDS))
    kinds = [kind for kind in KINDS if kind.name in sizes(blueprint)]
    scattering = sum(kind.scatters for kind in kinds)
    alone = scattering * plan.fleet.boards + len(kinds) - scattering
    others = 2 * len(kinds) * plan.fleet.boards  # all but one, and one after another
    rows = plan.rows * (len(kinds) + 2) * min(plan.sobol_boards, plan.fleet.boards)
    cases = Cases(blueprint, lab.place(BOARDS), lab.executor)
    return pace(blueprint, lab.executor).estimate(1 + alone + others + rows, cases.kept, before)


@dataclass(frozen=True)
class _Singles:
    """Boards without any kind and with all, with each alone and with all but it, and untrimmed if there are trimmers.

    Attributes:
        ideal, everything, untrimmed: as `ErrorBudget` has them.
        alone, without: by kind.
    """

    ideal: Case
    everything: Case
    alone: Mapping[str, Case]
    without: Mapping[str, Case]
    untrimmed: Case | None


def _one_by_one(plan: BudgetPlan, kinds: Sequence[str], cases: Cases, lab: Lab) -> _Singles:
    """Run all cases in which one kind is there or missing."""
    every = dict.fromkeys(kinds, 1.0)
    asked = [scales({}), scales(every)]
    asked += [scales({name: 1.0}) for name in kinds]
    asked += [scales({**every, name: 0.0}) for name in kinds]
    if any(_is_trimmed(kind, plan) for kind in KINDS if kind.name in every):
        asked.append(scales({**every, TRIMMING: 0.0}))
    ideal, everything, *ran = map(Case, cases.run(asked, plan.fleet.numbers, lab.stage("one by one")))
    alone, without, rest = ran[: len(kinds)], ran[len(kinds) : 2 * len(kinds)], ran[2 * len(kinds) :]
    return _Singles(
        ideal,
        everything,
        dict(zip(kinds, alone, strict=True)),
        dict(zip(kinds, without, strict=True)),
        rest[0] if rest else None,
    )


def _is_trimmed(kind: Kind, plan: BudgetPlan) -> bool:
    trim = plan.fleet.board.production.trim
    return trim is not None and any(trim.step(name) for name in kind.parameters)


def _size(kind: Kind, size: float, plan: BudgetPlan) -> str:
    """A size as one reads it."""
    text = size_text(kind, size)
    trim = plan.fleet.board.production.trim
    steps = [] if trim is None else [step for name in kind.parameters if (step := trim.step(name))]
    return f"{text}, trimmed to {engineering(0.5 * max(steps), 'V')}" if steps else text


def _sobol(plan: BudgetPlan, kinds: Sequence[str], cases: Cases, lab: Lab) -> Sobol | None:
    """The indices, if they are asked for."""
    if not plan.rows:
        return None
    numbers, tell = plan.fleet.numbers[: plan.sobol_boards], lab.stage("Sobol")
    return sobol(kinds, plan.rows, lambda design: cases.run(design, numbers, tell))
