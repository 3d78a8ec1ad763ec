"""A report: all that is told of a result, before anybody says in which format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from sympy import Eq

Row = Sequence[str]


@dataclass(frozen=True)
class Table:
    """Words in rows and columns.

    Attributes:
        title: what it shows, in one line.
        header: of the columns.
        rows: as long as the header each.
        right: names of columns whose words stand at the right, as numbers do.
        most: rows that are printed unless all are asked for; all when None.
    """

    title: str
    header: Row
    rows: Sequence[Row]
    right: frozenset[str] = frozenset()
    most: int | None = None


def _none() -> Mapping[str, Figure]:
    return {}


@dataclass(frozen=True)
class Report:
    """What is told of a result.

    Attributes:
        name: of its files, without their endings.
        title: of the whole.
        record: all numbers, plain data; empty for what is only shown.
        tables: the numbers that people want to see.
        sentences: what they mean.
        figures: draws them, by the name of their files; drawing takes time, so it is done when it is asked for.
        warnings: what a user should know before trusting it.
        document: text in the place of title, tables, sentences and warnings where these are written to a file; None
            for these, empty for no such file.
        files: other files that belong to it, by their names. Names of files may have folders in front of them.
        details: tables for those who want to see more: written to files, not shown.
        printed: text that a user sees as it stands, in the place of all else; None for tables and sentences.
        most: warnings that are printed unless all are asked for; all when None.
        command: the command line that asks for it; empty for what was asked for in Python.
        equations: what it is about.
        missed: whether the result is worse than the bound that its study holds good ones to.
        undone: whether what was asked for could not be made, and the report says no more than why.
        page: of its page's file, without its ending, where that has another name than the others.
        drawn_as: endings of the files that figures are written to.
        inlay: markup of its page alone, behind the answer.
    """

    name: str
    title: str
    record: Mapping[str, Any] = field(default_factory=dict)
    tables: Sequence[Table] = ()
    sentences: Sequence[str] = ()
    figures: Callable[[], Mapping[str, Figure]] = _none
    warnings: Sequence[str] = ()
    document: str | None = None
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    details: Sequence[Table] = ()
    printed: str | None = None
    most: int | None = None
    command: str = ""
    equations: Sequence[Eq] = ()
    missed: bool = False
    undone: bool = False
    page: str = ""
    drawn_as: Sequence[str] = (".png",)
    inlay: str = ""

    @cached_property
    def drawn(self) -> Mapping[str, Figure]:
        """The figures by name; drawn once."""
        return self.figures()

    @cached_property
    def pictures(self) -> Mapping[str, bytes]:
        """The figures as PNG, by name."""
        return {name: content for name, content in self.pictures_as(".png").items()}

    def pictures_as(self, ending: str) -> Mapping[str, bytes]:
        """The figures as ``.png``, ``.svg`` or ``.pdf``, by name."""
        if not self.drawn:
            return {}
        from vle_analog.report.sheet import picture  # matplotlib takes long to load

        return {name: picture(figure, ending) for name, figure in self.drawn.items()}

    @property
    def is_written(self) -> bool:
        """Whether there is anything to write to a folder; what is only shown has nothing."""
        return bool(self.record or self.files)
