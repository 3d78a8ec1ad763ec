"""Networks of op-amps beside their ideal: one table, one figure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vle_analog.equations.presentation import presented
from vle_analog.lesson.chip_run import ChipRun
from vle_analog.report.numbers import MINUS, number
from vle_analog.report.report import Report, Table
from vle_analog.studies.learn.analog.result import AnalogComparison
from vle_analog.studies.learn.spread import Spread

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NONE = "–"


@dataclass(frozen=True)
class _Column:
    """A column of the table.

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
        """Median and range over runs, and of how many runs, if not of all."""
        known = [value for run in runs if (value := self.of(run)) is not None]
        if not known:
            return _NONE
        count = f" ({len(known)} of {len(runs)})" if len(known) < len(runs) else ""
        return Spread.of(known).words(self.text, self.missing) + count


def report(comparison: AnalogComparison) -> Report:
    """What is told of circuits beside their ideals."""
    title = (
        f"{comparison.task}, {comparison.mode}: circuits against the reference, weights frozen, fresh data; median, "
        "lowest to highest seed"
    )
    return Report(
        name="analog",
        title=title,
        record=comparison.record(),
        tables=[_table(comparison, title)],
        sentences=[_parts(rule, comparison.at(rule)[0].parts) for rule in comparison.rules],
        figures=lambda: _figures(comparison),
        equations=[] if comparison.system is None else presented(comparison.system),
    )


def _figures(comparison: AnalogComparison) -> Mapping[str, Figure]:
    from vle_analog.studies.learn.analog.figure import figure  # matplotlib takes long to load

    return {"analog": figure(comparison)}


def _parts(rule: str, parts: Mapping[str, int]) -> str:
    """How many parts a rule's circuit has."""
    return f"{rule}: " + ", ".join(f"{count} {kind}" for kind, count in parts.items() if count)


def _table(comparison: AnalogComparison, title: str) -> Table:
    """One row per rule; medians, then [lowest .. highest] seed.

    Where only some of the runs have a number, how many is said behind it. Columns that the comparison has no use for
    are left out: among them, where weights were deployed first, how far paths of weights are apart, as the circuit's
    are to leave the ideal ones.
    """
    columns = _columns(comparison)
    rows = []
    for rule in comparison.rules:
        runs = comparison.at(rule)
        rows.append([rule, f"{runs[0].ideal.eta:g}", *(column.cell(runs) for column in columns)])
    return Table(title, ["rule", "rate", *(column.header for column in columns)], rows)


def _columns(comparison: AnalogComparison) -> list[_Column]:
    """Columns that the comparison has a use for, from left to right."""
    columns = [
        _Column("loss / variance, reference", lambda run: run.ideal.relative, number, "diverged"),
        _Column("loss / variance, circuit", lambda run: run.analog.relative, number, "diverged"),
        _Column("circuit / reference", ChipRun.loss_ratio, _ratio),
    ]
    if comparison.has_answers():
        columns += [
            _Column(f"{comparison.answers.noun} right, reference (%)", lambda run: run.ideal.frozen_accuracy, _share),
            _Column(f"{comparison.answers.noun} right, circuit (%)", lambda run: run.analog.frozen_accuracy, _share),
        ]
    if comparison.learns() and any(run.ideal.time_to(comparison.threshold) for run in comparison.runs):
        header = f"time to {number(comparison.threshold)}, circuit / reference"
        columns.append(_Column(header, lambda run: _slower(run, comparison.threshold), _ratio, "never"))
    tuned = comparison.learns() and any(run.deployed is not None for run in comparison.runs)
    if comparison.learns() and not tuned:
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


def _share(fraction: float) -> str:
    return f"{100 * fraction:.1f}"


def _percent(fraction: float) -> str:
    return number(100 * fraction)
