"""Engine and ngspice on random boards: case after case, what ngspice found is kept board by board."""

from __future__ import annotations

from dataclasses import dataclass

from vle_analog.fields import at_least
from vle_analog.lab.lab import Lab
from vle_analog.options import option
from vle_analog.studies.agreement.cases import CASES, FED, OFF, case_named
from vle_analog.studies.agreement.comparison import ACCOUNTS, compare_boards, own_error
from vle_analog.studies.agreement.report import report
from vle_analog.studies.agreement.result import Agreement, CaseAgreement

#: boards of each case unless told otherwise
BOARDS = 20
#: a lesson and an exam of a moment, model units
_QUICK_SPAN, _QUICK_EXAM = 150.0, 100.0


@dataclass(frozen=True)
class AgreementPlan:
    """What a study asks.

    Attributes:
        cases: names of designs, or of tasks; all designs when empty.
        boards: how many random boards of each.
        kinds: whether they have one kind of non-ideality at a time, then all.
        quick: lessons and exams of a moment, to try it.

    Raises:
        UsageError: no such case or task, or no board.
    """

    cases: tuple[str, ...] = option(
        f"What to compare (default: all): {', '.join(repr(name) for name in CASES)}; or any task, deployed.",
        (),
        metavar="CASE",
        parse=tuple,
        many=True,
        argument=True,
    )
    boards: int = option("How many boards of each, drawn at random.", BOARDS)
    kinds: bool = option(
        "With each kind of non-ideality alone, and with all, one after another; boards then have grounds and rails of "
        f"{1000 * FED.ground:g} mohm, supplies within {100 * FED.tolerance:g} %, and sources within {1000 * OFF:g} mV.",
        False,
    )
    quick: bool = option("Lessons and exams of a moment, to try it.", False)

    def __post_init__(self) -> None:
        at_least(1, boards=self.boards)
        for name in self.cases:
            case_named(name)


def agreement(plan: AgreementPlan, lab: Lab) -> Agreement:
    """Compare cases; results are written case by case.

    Args:
        plan: what to ask.
        lab: what ngspice found is kept in its folder, and found again.

    Raises:
        VleAnalogError: what cannot be simulated or written.
    """
    cases: dict[str, CaseAgreement] = {}
    with lab.claimed():
        if (place := lab.place(ACCOUNTS)) is not None:
            lab.resumed(len([*place.glob("*.npz")]), "accounts of boards")
        for name in plan.cases or CASES:
            case = case_named(name)
            if plan.quick:
                case = case.shortened(_QUICK_SPAN, _QUICK_EXAM, _QUICK_SPAN)
            asked = (case.fed() if plan.kinds else case).comparison(name, plan.boards)
            for each in asked.by_kind() if plan.kinds else [asked]:
                own = None if plan.kinds else own_error(asked, lab)
                cases[each.name] = CaseAgreement(compare_boards(each, lab), str(asked.criterion), own)
                lab.save(report(Agreement(cases)))
    return Agreement(cases)
