"""Studies asked for in Python: by the names of their commands and options, with plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from vle_analog.errors import UsageError
from vle_analog.installed import frames
from vle_analog.lab.formats.markdown import text
from vle_analog.lab.lab import Lab
from vle_analog.lab.study import Study
from vle_analog.options import build, in_python
from vle_analog.report.page import fragment
from vle_analog.report.report import Report

#: letters of a title that a short text of an answer shows
_LETTERS = 200


@dataclass(frozen=True, repr=False)
class Answer:
    """What a study came to.

    Attributes:
        result: its numbers, as the study has them.
        report: how they are told.
    """

    result: Any
    report: Report

    @cached_property
    def record(self) -> Mapping[str, Any]:
        """All numbers as plain data, as the study's JSON file has them."""
        return self.report.record

    def frame(self, table: int = 0) -> Any:
        """A table of the report as a frame of pandas; columns of numbers are numbers.

        Args:
            table: which, by its place.

        Raises:
            UsageError: there is no such table, or pandas is not installed.
        """
        tables = [*self.report.tables, *self.report.details]
        if not 0 <= table < len(tables):
            raise UsageError(f"this report has {len(tables)} tables, no number {table}")
        pandas = frames()
        shown = pandas.DataFrame([list(row) for row in tables[table].rows], columns=list(tables[table].header))
        for column in shown.columns:
            numbers = pandas.to_numeric(shown[column], errors="coerce")
            if numbers.notna().all():
                shown[column] = numbers
        return shown

    def save(self, folder: Path | str) -> None:
        """Write all that its command writes: record, tables, figures, page.

        Raises:
            OutputError: the folder cannot be written, or a file is there that is a user's.
        """
        Lab(Path(folder)).save(self.report)

    def __str__(self) -> str:
        """Tables and sentences as text."""
        return text(self.report)

    def __repr__(self) -> str:
        """The title and the first sentence."""
        said = f": {self.report.sentences[0]}" if self.report.sentences else ""
        return f"<{self.report.title}{said}"[:_LETTERS] + ">"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return fragment(self.report)


def ask(name: str, *arguments: Any, lab: Lab | None = None, **options: Any) -> Answer:
    """Ask a study what its command asks.

    Args:
        name: of the command: ``montecarlo``.
        arguments: what stands without a flag: ``"van_der_pol"``.
        lab: where finished work is kept and found again; nowhere when None.
        options: by the names of the command's, underscores for dashes: ``mismatch=(0.01, 0.05)``,
            ``part={"opamp": "tl072"}``.

    Raises:
        UsageError: there is no such option, or its value cannot be used.
        VleAnalogError: as the study's.
    """
    study: Study[Any, Any] = import_module(f"vle_analog.studies.{name.replace('-', '_')}.command").STUDY
    plan = build(study.plan, in_python(study.plan, arguments, options))
    study.check(plan)
    result = study.run(plan, lab or Lab())
    if study.report is None:
        raise UsageError(f"'{name}' writes a text and has no report", hint=f"use `vle-analog {name}`")
    return Answer(result, study.report(result))


def montecarlo(*arguments: Any, lab: Lab | None = None, **options: Any) -> Answer:
    """Yield of boards: many of one design, each with parts of its own; how many are good? `ask` of ``montecarlo``."""
    return ask("montecarlo", *arguments, lab=lab, **options)


def budget(*arguments: Any, lab: Lab | None = None, **options: Any) -> Answer:
    """What each non-ideality of boards costs, alone and among all others. As `ask` of ``budget``."""
    return ask("budget", *arguments, lab=lab, **options)


def tolerance(*arguments: Any, lab: Lab | None = None, **options: Any) -> Answer:
    """How large each non-ideality of boards may be, alone, that enough boards are good. As `ask` of ``tolerance``."""
    return ask("tolerance", *arguments, lab=lab, **options)


def tradeoff(*arguments: Any, lab: Lab | None = None, **options: Any) -> Answer:
    """The cheapest way of building whose boards yield enough. As `ask` of ``tradeoff``."""
    return ask("tradeoff", *arguments, lab=lab, **options)


def hold(*arguments: Any, lab: Lab | None = None, **options: Any) -> Answer:
    """How long boards hold what they learned. As `ask` of ``hold``."""
    return ask("hold", *arguments, lab=lab, **options)


def noise(*arguments: Any, lab: Lab | None = None, **options: Any) -> Answer:
    """How much noise boards stand. As `ask` of ``noise``."""
    return ask("noise", *arguments, lab=lab, **options)


def margins(*arguments: Any, lab: Lab | None = None, **options: Any) -> Answer:
    """What parts leave, block by block, before any simulation. As `ask` of ``margins``."""
    return ask("margins", *arguments, lab=lab, **options)


def sensitivity(*arguments: Any, lab: Lab | None = None, **options: Any) -> Answer:
    """Which part of a system's circuit moves a quantity by how much. As `ask` of ``sensitivity``."""
    return ask("sensitivity", *arguments, lab=lab, **options)


def sweep(*arguments: Any, lab: Lab | None = None, **options: Any) -> Answer:
    """A system over a range of one of its parameters. As `ask` of ``sweep``."""
    return ask("sweep", *arguments, lab=lab, **options)


def ac(*arguments: Any, lab: Lab | None = None, **options: Any) -> Answer:
    """Gain and phase of a circuit over frequency. As `ask` of ``ac``."""
    return ask("ac", *arguments, lab=lab, **options)


def bench(*arguments: Any, lab: Lab | None = None, **options: Any) -> Answer:
    """A part measured, against its data sheet. As `ask` of ``bench``."""
    return ask("bench", *arguments, lab=lab, **options)


def bom(*arguments: Any, lab: Lab | None = None, **options: Any) -> Answer:
    """What to buy for a board. As `ask` of ``bom``."""
    return ask("bom", *arguments, lab=lab, **options)


def frequency(*arguments: Any, lab: Lab | None = None, **options: Any) -> Answer:
    """All rules' error paths against the exact adjoint, over frequency. As `ask` of ``frequency``."""
    return ask("frequency", *arguments, lab=lab, **options)


def scaling(*arguments: Any, lab: Lab | None = None, **options: Any) -> Answer:
    """How circuits and their simulation grow with a network's width. As `ask` of ``scaling``."""
    return ask("scaling", *arguments, lab=lab, **options)


def noise_sources(*arguments: Any, lab: Lab | None = None, **options: Any) -> Answer:
    """The sources of noise of a signal, ranked. As `ask` of ``noise-sources``."""
    return ask("noise_sources", *arguments, lab=lab, **options)


def schematic(*arguments: Any, lab: Lab | None = None, **options: Any) -> Answer:
    """A circuit drawn: block diagram and schematic pages. As `ask` of ``schematic``."""
    return ask("schematic", *arguments, lab=lab, **options)
