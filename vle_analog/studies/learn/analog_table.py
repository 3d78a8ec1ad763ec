"""Networks of op-amps beside their ideal: one table per task and kind of board, for terminals and for Markdown."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vle_analog.lesson.chip_run import ChipRun
from vle_analog.report.sheet import MINUS, number
from vle_analog.studies.learn.analog_result import ChipStudy
from vle_analog.studies.learn.result import Spread
from vle_analog.studies.learn.table import as_markdown, words

_NONE = "–"


@dataclass(frozen=True)
class _Column:
    """A column.

    Attributes:
        header: over it.
        of: what it shows of a run; None where the run has none, infinite for ``missing``.
        text: writes a number of it.
        missing: what is written for an infinite one.
    """

    header: str
    of: Callable[[ChipRun], float | None]
    text: Callable[[float], str]
    missing: str = _NONE

    def cell(self, runs: Sequence[ChipRun]) -> str:
        """Median and range, and of how many runs, if not of all."""
        known = [value for run in runs if (value := self.of(run)) is not None]
        if not known:
            return _NONE
        count = f" ({len(known)} of {len(runs)})" if len(known) < len(runs) else ""
        return words(Spread.of(known), self.text, self.missing) + count


def table(study: ChipStudy) -> list[list[str]]:
    """Rows of text, the first of them the header: one per rule; medians, then [lowest .. highest] seed.

    Where only some of the runs have a number, how many is said behind it. Columns that the study has no use for are
    left out: among them, where weights were deployed first, how far paths of weights are apart, as the circuit's are
    to leave the ideal ones.
    """
    columns = _columns(study)
    rows = [["rule", "rate", *(column.header for column in columns)]]
    for rule in study.rules:
        runs = study.at(rule)
        rows.append([rule, f"{runs[0].ideal.eta:g}", *(column.cell(runs) for column in columns)])
    return rows


def markdown(study: ChipStudy) -> str:
    """The table as Markdown."""
    header, *rows = table(study)
    return as_markdown([header, ["---"] * len(header), *rows])


def _columns(study: ChipStudy) -> list[_Column]:
    """Those that the study has a use for, from left to right."""
    columns = [
        _Column("loss / variance, ideal", lambda run: run.ideal.relative, number, "diverged"),
        _Column("loss / variance, analog", lambda run: run.analog.relative, number, "diverged"),
        _Column("analog / ideal", ChipRun.loss_ratio, _ratio),
    ]
    if study.has_answers():
        columns += [
            _Column("bits right, ideal (%)", lambda run: run.ideal.frozen_accuracy, _bits),
            _Column("bits right, analog (%)", lambda run: run.analog.frozen_accuracy, _bits),
        ]
    if study.learns() and any(run.ideal.time_to(study.threshold) for run in study.runs):
        header = f"time to {number(study.threshold)}, analog / ideal"
        columns.append(_Column(header, lambda run: _slower(run, study.threshold), _ratio, "never"))
    tuned = study.learns() and any(run.deployed is not None for run in study.runs)
    if study.learns() and not tuned:
        columns.append(_Column("worst weight's NRMSE (%)", _worst, _percent))
    columns.append(_Column("exam output's NRMSE (%)", lambda run: run.excerpt.nrmse, _percent))
    if tuned:
        columns += [
            _Column("deployed, loss / variance", _deployed, number, "diverged"),
            _Column("won back (%)", ChipRun.won_back, lambda x: f"{100 * x:.0f}".replace("-", MINUS)),
        ]
    return columns


def _slower(run: ChipRun, threshold: float) -> float | None:
    """Time to the threshold, analog over ideal; infinite where only the ideal gets there, None where it does not."""
    only_ideal = run.ideal.time_to(threshold) and run.analog.time_to(threshold) is None
    return math.inf if only_ideal else run.time_ratio(threshold)


def _worst(run: ChipRun) -> float | None:
    return max(run.weight_nrmse().values(), default=None)


def _deployed(run: ChipRun) -> float | None:
    return None if run.deployed is None else run.deployed / run.ideal.variance


def _ratio(ratio: float) -> str:
    return f"{ratio:.2f}" if 0.1 <= ratio < 100 else number(ratio)


def _bits(fraction: float) -> str:
    return f"{100 * fraction:.1f}"


def _percent(fraction: float) -> str:
    return number(100 * fraction)
