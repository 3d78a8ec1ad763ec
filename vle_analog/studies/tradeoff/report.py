"""A trade-off as table and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vle_analog.report.report import Report, Table
from vle_analog.studies.tradeoff.result import AMOUNTS, Amounts, Candidate, Tradeoff

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: ways that are printed unless all are asked for
_MOST = 20


def report(study: Tradeoff) -> Report:
    """What is told of a trade-off."""
    return Report(
        "tradeoff",
        f"Yield against {study.minimised} of {study.task}, {study.mode}",
        study.record(),
        [_table(study)],
        _sentences(study),
        lambda: _figures(study),
        warnings=_warnings(study),
        missed=study.best is None,
    )


def _figures(study: Tradeoff) -> Mapping[str, Figure]:
    from vle_analog.studies.tradeoff.figure import figure  # matplotlib takes long to load

    return {"tradeoff": figure(study)}


def _table(study: Tradeoff) -> Table:
    """All ways, by what is minimised."""
    rows = [[each.name, *_amounts(each.amounts), *_yield(each), _verdict(study, each)] for each in study.candidates]
    header = ["built with", "euro", "W", "parts", "good boards", "95 % interval", ""]
    right = frozenset({"euro", "W", "parts", "good boards"})
    return Table(f"{study.task}, {study.mode}: {study.criterion}", header, rows, right, most=_MOST)


def _amounts(amounts: Amounts | None) -> list[str]:
    if amounts is None:
        return ["", "", ""]
    return [f"{amounts.cost:.2f}", f"{amounts.power:.3g}", str(amounts.parts)]


def _yield(each: Candidate) -> list[str]:
    if not each.boards:
        return ["", ""]
    low, high = each.interval
    return [f"{each.good} of {each.boards}", f"{100 * low:.3g} to {100 * high:.3g} %"]


def _verdict(study: Tradeoff, each: Candidate) -> str:
    """What became of a way."""
    if each.amounts is None:
        return f"cannot be built: {each.refusal}"
    if each == study.best:
        return "the least that yields enough"
    if study.misses(each):
        return "yields too little"
    return "takes more" if study.best is not None else "not told yet"


def _sentences(study: Tradeoff) -> list[str]:
    """Sentences that say what it comes to."""
    wanted, unit = f"{100 * study.wanted:g} %", AMOUNTS[study.minimised]
    best = study.best
    if best is None or best.amounts is None:
        tried = [each for _, each in study.built if each.yielded is not None]
        most = max(tried, key=lambda each: each.good / each.boards)
        said = f"no way yields {wanted}; the most, {100 * (most.yielded or 0.0):.3g} %, is of {most.name}"
    else:
        low, high = best.interval
        amount = best.amounts.of(study.minimised)
        said = (
            f"the least {study.minimised} at which {wanted} of boards are good is {amount:.4g} {unit}, by {best.name}: "
            f"{best.good} of {best.boards} (95 % interval {100 * low:.3g} to {100 * high:.3g} %)"
        )
    found = [said]
    if study.checks:
        agree = sum(check.agrees for check in study.checks)
        found.append(f"in ngspice, too: {agree} of {len(study.checks)} verdicts agree")
    return found


def _warnings(study: Tradeoff) -> list[str]:
    """What a sum leaves out."""
    unsold = dict.fromkeys(
        part for each in study.candidates if each.amounts is not None for part in each.amounts.unsold
    )
    return [f"the table of prices has no {', '.join(unsold)}: sums are without"] if unsold else []
