"""What the engine is held to: every task deployed on boards of real parts, and boards that learn, in ngspice, too."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vle_analog.compare.criterion import Criterion
from vle_analog.errors import UsageError, nearest
from vle_analog.lab.folder import write_whole
from vle_analog.lesson.on_chip import Board
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.studies.agreement.report import markdown
from vle_analog.studies.agreement.result import CaseAgreement
from vle_analog.studies.agreement.study import Comparison, compare_boards, own_error, random_boards
from vle_analog.studies.montecarlo.study import MonteCarlo

#: what a study writes; ngspice's accounts lie in a folder of their own inside its folder
TABLE, RECORD, ACCOUNTS = "agreement.md", "agreement.json", "accounts"
#: of the numbers of boards, and how many boards unless told otherwise
SEED, BOARDS = 6, 20
#: resistors 1 %, capacitors 5 %; what parts scatter is in their data sheets
_PARTS = Variation(Tolerance(0.01), Tolerance(0.05))
_RAW = Board(fidelity="macromodel")
_BEST = Board(fidelity="macromodel", parts=(("opamp", "opa2188"), ("multiplier", "ad734")), trim=1e-4)
#: a lesson and an exam of a moment
_QUICK_SPAN, _QUICK_EXAM = 150.0, 100.0


@dataclass(frozen=True)
class Case:
    """One design and what of it is compared.

    Attributes:
        task, rule, eta, span: of the lesson.
        board: what it is learned on.
        bound: of a good board's loss over variance: near the median board's.
        exam: how much of the exam, model units; all when None.
        finer: ngspice's steps per step of the engine.
    """

    task: str
    span: float
    board: Board
    bound: float = 0.2
    rule: str = "vle"
    eta: float | None = None
    exam: float | None = None
    finer: float = 1.0

    def comparison(self, boards: int, quick: bool = False) -> Comparison:
        """Random boards of it; ``quick``: a lesson and an exam of a moment."""
        span, exam, board = self.span, self.exam, self.board
        if quick:
            span, exam = _QUICK_SPAN, _QUICK_EXAM
            board = replace(board, tuning=_QUICK_SPAN) if board.tuning else board
        criterion = Criterion("loss", "<=", self.bound)
        plan = MonteCarlo(self.task, self.rule, self.eta, span, 1, board, _PARTS, 1, criterion=criterion)
        return Comparison(plan, random_boards(SEED, boards), exam, self.finer)


_DEPLOYED, _TUNED = replace(_RAW, mode="deploy"), replace(_BEST, mode="fine-tune", tuning=500.0)
CASES = {
    "deployed chain": Case("chain", 2000.0, _DEPLOYED, finer=2.0),
    "deployed complex_signal": Case("complex_signal", 2000.0, _DEPLOYED, exam=120.0, finer=2.0),
    "deployed lagnet": Case("lagnet", 2000.0, _DEPLOYED, finer=2.0),
    "deployed temporal_xor": Case("temporal_xor", 20_000.0, _DEPLOYED, exam=120.0, finer=2.0),
    "deployed xor_small": Case("xor_small", 60_000.0, _DEPLOYED, exam=300.0, finer=2.0),
    "learning chain, best parts": Case("chain", 2000.0, _BEST, 0.05, "gle", 1.0),
    "learning chain, raw parts": Case("chain", 2000.0, _RAW, 0.1, "gle", 1.0),
    "tuning xor_small, best parts": Case("xor_small", 60_000.0, _TUNED, 0.095, exam=180.0),
}


def study(
    names: Sequence[str],
    boards: int,
    folder: Path,
    quick: bool = False,
    tell: Callable[[str, float], None] | None = None,
) -> dict[str, CaseAgreement]:
    """Compare cases, all when none is named; what ngspice found is kept board by board, results case by case.

    Args:
        names: of cases.
        boards: of each.
        folder: for the results.
        quick: with lessons and exams of a moment.
        tell: told a case's name and the fraction of it that is done.

    Raises:
        UsageError: no such case.
        VleAnalogError: what cannot be simulated or written.
    """
    for name in names:
        if name not in CASES:
            raise UsageError(f"no case '{name}'", hint=nearest(name, CASES))
    found: dict[str, CaseAgreement] = {}
    for name in names or CASES:
        asked = CASES[name].comparison(boards, quick)

        def went(board: int, fraction: float, name: str = name) -> None:
            if tell is not None:
                tell(name, fraction)

        each = compare_boards(asked, folder / ACCOUNTS, went)
        own = own_error(asked, folder / ACCOUNTS)
        found[name] = CaseAgreement(each, str(asked.plan.criterion), own)
        save(found, folder)
    return found


def save(found: dict[str, CaseAgreement], folder: Path) -> dict[str, Any]:
    """Write the table and, last, the record.

    Raises:
        OutputError: the folder cannot be written.
    """
    record = {name: case.to_json() for name, case in found.items()}
    write_whole(folder, {TABLE: markdown(found), RECORD: json.dumps(record, indent=1) + "\n"})
    return record
