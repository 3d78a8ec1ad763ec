"""Engine against ngspice as tables: a line for each case; its boards, one by one."""

from __future__ import annotations

import numpy as np

from vle_analog.report.report import Report, Table
from vle_analog.studies.agreement.result import Agreement, BoardAgreement, CaseAgreement


def report(study: Agreement) -> Report:
    """What is told of engine and ngspice; NRMSE in per cent."""
    return Report(
        "agreement",
        "Agreement of the compiled engine with ngspice",
        study.record(),
        [_cases(study)],
        details=[_boards(name, case) for name, case in study.cases.items()],
    )


def _cases(study: Agreement) -> Table:
    """A line for each case."""
    header = [
        "case", "boards", "traces: median", "worst", "learned, mean of values: median", "worst board", "worst value",
        "same verdict", "good", "ngspice's own error",
    ]  # fmt: skip
    rows = [[name, *_case(case)] for name, case in study.cases.items()]
    return Table("Compiled engine against ngspice, NRMSE in per cent", header, rows)


def _case(case: CaseAgreement) -> list[str]:
    traces = [board.trace for board in case.boards]
    courses = [board.course for board in case.boards if board.course is not None]
    values = [max(board.learned.values()) for board in case.boards if board.learned]
    return [
        str(len(case.boards)),
        _percent(float(np.median(traces))),
        _percent(max(traces)),
        _percent(float(np.median(courses))) if courses else "",
        _percent(max(courses)) if courses else "",
        _percent(max(values)) if values else "",
        str(sum(board.agrees for board in case.boards)),
        f"{sum(board.verdicts[1] for board in case.boards)} by {case.criterion}",
        "" if case.own_error is None else _percent(case.own_error),
    ]


def _boards(name: str, case: CaseAgreement) -> Table:
    """A line for each board of a case."""
    header = ["board", "traces", "learned", "worst value", "loss: engine", "ngspice", "same verdict"]
    return Table(name, header, [_board(board) for board in case.boards])


def _board(board: BoardAgreement) -> list[str]:
    worst = f"{board.worst} {_percent(board.learned[board.worst])}" if board.learned else ""
    course = "" if board.course is None else _percent(board.course)
    losses = ["not finite" if loss is None else f"{loss:.4g}" for loss in board.losses]
    return [str(board.board), _percent(board.trace), course, worst, *losses, "yes" if board.agrees else "no"]


def _percent(value: float) -> str:
    return f"{100 * value:.2g}"
