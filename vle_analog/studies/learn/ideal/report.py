"""Learning rules side by side: one table, one figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vle_analog.equations.presentation import presented
from vle_analog.report.numbers import number
from vle_analog.report.report import Report, Table
from vle_analog.studies.learn.ideal.result import RuleComparison
from vle_analog.studies.learn.spread import Spread

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def report(comparison: RuleComparison) -> Report:
    """What is told of rules."""
    title = f"{comparison.task}: weights frozen, fresh data; median, lowest to highest seed"
    best = ", ".join(f"{rule} {eta:g}" for rule, eta in comparison.best().items())
    return Report(
        name="learn",
        title=title,
        record=comparison.record(),
        tables=[_table(comparison, title)],
        sentences=[f"best rate: {best}"],
        figures=lambda: _figures(comparison),
        equations=[] if comparison.system is None else presented(comparison.system),
    )


def _figures(comparison: RuleComparison) -> Mapping[str, Figure]:
    from vle_analog.studies.learn.ideal.figure import figure  # matplotlib takes long to load

    return {"learn": figure(comparison)}


def _table(comparison: RuleComparison, title: str) -> Table:
    """One row per rule and rate; medians, then [lowest .. highest] seed.

    Alignment later is the mean over all moments but the first. Each rule's best rate has a star. Columns that the
    task has no use for are left out.
    """
    best = comparison.best()
    places = [(rule, eta) for rule in comparison.rules for eta in comparison.etas(rule)]
    aligned = any(comparison.layers(rule, eta) for rule, eta in places)
    fed = any(comparison.feedback_layers(rule, eta) for rule, eta in places)
    header = ["rule", "rate", "loss / variance", *([comparison.answers.share] if comparison.has_answers() else [])]
    header += [f"time to {number(comparison.threshold)}"]
    header += ["bottom layer's alignment at start", "bottom layer's alignment later"] if aligned else []
    header += ["angle of lowest feedback weights (degrees)"] if fed else []
    rows = []
    for rule, eta in places:
        star = " *" if eta == best[rule] else ""
        rows.append([rule, f"{eta:g}{star}", *_cells(comparison, rule, eta, aligned, fed)])
    return Table(title, [*header, "diverged"], rows)


def _cells(comparison: RuleComparison, rule: str, eta: float, aligned: bool, fed: bool) -> list[str]:
    """What is said of one rule at one rate."""
    runs, summary = comparison.at(rule, eta), comparison.summary(rule, eta)
    cells = [summary["relative"].words(number, "diverged")]
    if comparison.has_answers():
        cells.append(summary["accuracy"].words(lambda fraction: f"{100 * fraction:.1f}", "diverged"))
    cells.append(summary["time_to_threshold"].words(_duration, "never"))
    if aligned:
        bottom = next(iter(comparison.layers(rule, eta)), "")
        for name in (f"alignment_{bottom}_start", f"alignment_{bottom}"):
            cells.append(summary.get(name, Spread.of([])).words(lambda cosine: f"{cosine:.2f}", "–"))
    if fed:
        layer = next(iter(comparison.feedback_layers(rule, eta)), "")
        cells.append(summary.get(f"feedback_{layer}", Spread.of([])).words(lambda angle: f"{angle:.0f}", "–"))
    lost = sum(run.diverged is not None for run in runs)
    return [*cells, f"{lost} of {len(runs)}"]


def _duration(time: float) -> str:
    return f"{time:.0f}" if time >= 100 else f"{time:.3g}"
