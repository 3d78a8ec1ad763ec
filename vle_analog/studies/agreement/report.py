"""Engine against ngspice as a table: one line per case, its boards below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vle_analog.studies.agreement.result import CaseAgreement


def markdown(cases: Mapping[str, CaseAgreement]) -> str:
    """All cases as Markdown; NRMSE in per cent."""
    rows = [
        [
            "case", "boards", "traces: median", "worst", "learned, mean of values: median", "worst board",
            "worst value", "same verdict", "good", "ngspice's own error",
        ]
    ]  # fmt: skip
    for name, case in cases.items():
        traces = [each.trace for each in case.boards]
        courses = [each.course for each in case.boards if each.course is not None]
        values = [max(each.learned.values()) for each in case.boards if each.learned]
        rows.append(
            [
                name,
                str(len(case.boards)),
                _percent(float(np.median(traces))),
                _percent(max(traces)),
                _percent(float(np.median(courses))) if courses else "",
                _percent(max(courses)) if courses else "",
                _percent(max(values)) if values else "",
                str(sum(each.agrees for each in case.boards)),
                f"{sum(each.verdicts[1] for each in case.boards)} by {case.criterion}",
                "" if case.own_error is None else _percent(case.own_error),
            ]
        )
    lines = ["Compiled engine against ngspice, NRMSE in per cent.", "", *_grid(rows)]
    for name, case in cases.items():
        rows = [["board", "traces", "learned", "worst value", "loss: engine", "ngspice", "same verdict"]]
        for each in case.boards:
            worst = f"{each.worst} {_percent(each.learned[each.worst])}" if each.learned else ""
            course = "" if each.course is None else _percent(each.course)
            losses = ["not finite" if loss is None else f"{loss:.4g}" for loss in each.losses]
            same = "yes" if each.agrees else "no"
            rows.append([str(each.board), _percent(each.trace), course, worst, *losses, same])
        lines += ["", f"{name}:", "", *_grid(rows)]
    return "\n".join(lines) + "\n"


def _percent(value: float) -> str:
    return f"{100 * value:.2g}"


def _grid(rows: Sequence[Sequence[str]]) -> list[str]:
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return [head, "|" + "---|" * len(rows[0]), *body]
