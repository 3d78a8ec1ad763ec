"""What is told of a maker's model that became a part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vle_analog.report.report import Report, Table
from vle_analog.studies.bench.report import report as told_of_bench
from vle_analog.studies.part.add.result import Added

#: by what ports were told, for people
_TOLD = {
    "names": "their names",
    "comment": "a comment",
    "trial": "trial in ngspice",
    "you": "what you said",
}


def report(added: Added) -> Report:
    """Ports, figures, and what to know before trusting them."""
    by = _TOLD[added.pins.told] + (f" ({added.pins.where})" if added.pins.where else "")
    pins = Table(
        f"{added.name}: ports of {added.maker}, by {by}",
        ["port", "is"],
        [[port, role] for port, role in zip(added.ports, added.pins.roles, strict=True)],
    )
    bench = told_of_bench(added.bench)
    stated = " " if added.bench.compared else " (none are stated)"
    return Report(
        "part",
        f"{added.name}, a part of your own",
        tables=[pins, *(replace(table, title=f"{added.name} in ngspice{stated}".rstrip()) for table in bench.tables)],
        sentences=[*_notes(bench.sentences), f"{added.file}", f"use it: --part opamp={added.name}"],
        warnings=[*_warnings(bench.warnings), *(f"not in it: {each}" for each in added.left)],
    )


def _notes(sentences: Sequence[str]) -> list[str]:
    """What the bench says of figures, without the source, which is this very file."""
    return [sentence for sentence in sentences if not sentence.startswith("stated: ")]


def _warnings(warnings: Sequence[str]) -> list[str]:
    """What the bench warns of, but for noise that its file does not say: the part's says what was measured."""
    return [warning for warning in warnings if not warning.startswith("noise: ")]
