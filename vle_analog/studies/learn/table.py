"""Learning rules side by side: one table per task, for terminals and for Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vle_analog.report.sheet import number
from vle_analog.studies.learn.result import LearningStudy, Spread


def table(study: LearningStudy) -> list[list[str]]:
    """Rows of text, the first of them the header: one per rule and rate; medians, then [lowest .. highest] seed.

    Alignment later is the mean over all moments but the first. Each rule's best rate has a star. Columns that the
    task has no use for are left out.
    """
    best = study.best()
    answers = study.has_answers()
    aligned = any(study.layers(rule, eta) for rule in study.rules for eta in study.etas(rule))
    header = ["rule", "rate", "loss / variance", *(["bits right (%)"] if answers else [])]
    header += [f"time to {number(study.threshold)}"]
    header += ["bottom layer's alignment at start", "bottom layer's alignment later"] if aligned else []
    rows = [[*header, "diverged"]]
    for rule in study.rules:
        for eta in study.etas(rule):
            runs, found = study.at(rule, eta), study.summary(rule, eta)
            row = [
                rule,
                f"{eta:g}" + (" *" if eta == best[rule] else ""),
                words(found["relative"], number, "diverged"),
            ]
            if answers:
                row.append(words(found["accuracy"], lambda x: f"{100 * x:.1f}", "diverged"))
            row.append(words(found["time_to_threshold"], _duration, "never"))
            if aligned:
                bottom = next(iter(study.layers(rule, eta)), "")
                for name in (f"alignment_{bottom}_start", f"alignment_{bottom}"):
                    row.append(words(found.get(name, Spread.of([])), lambda x: f"{x:.2f}", "–"))
            lost = sum(run.diverged is not None for run in runs)
            rows.append([*row, f"{lost} of {len(runs)}"])
    return rows


def markdown(study: LearningStudy) -> str:
    """The table as Markdown, best rates in bold."""
    header, *rows = table(study)
    lines = [header, ["---"] * len(header)]
    for row in rows:
        marked = row[1].endswith(" *")
        cells = [row[0], row[1].removesuffix(" *"), *row[2:]]
        lines.append([f"**{cell}**" if marked and place < 3 else cell for place, cell in enumerate(cells)])
    return as_markdown(lines)


def as_markdown(lines: Sequence[Sequence[str]]) -> str:
    """Rows of text, the second of them dashes, as Markdown."""
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines) + "\n"


def words(spread: Spread, text: Callable[[float], str], missing: str) -> str:
    """``median [low .. high]``; the median alone where there is no range."""
    median, low, high = (missing if x is None else text(x) for x in (spread.median, spread.low, spread.high))
    return median if low == median == high else f"{median} [{low} .. {high}]"


def _duration(time: float) -> str:
    return f"{time:.0f}" if time >= 100 else f"{time:.3g}"
