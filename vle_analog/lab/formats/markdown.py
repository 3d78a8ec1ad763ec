"""Tables and sentences as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vle_analog.report.report import Report, Table

ORDER = 20


def files(report: Report) -> Mapping[str, str]:
    """One text of all tables and sentences; none of a report without a record, which is only shown."""
    if not report.record:
        return {}
    return {f"{report.name}.md": report.document if report.document is not None else text(report)}


def text(report: Report) -> str:
    """A report's title, sentences and tables."""
    parts = [f"# {report.title}", *report.sentences]
    tables = [*report.tables, *report.details]
    for table in tables:
        heading = [f"## {table.title}"] if len(tables) > 1 else []
        parts += [*heading, "\n".join(lines(table))]
    return "\n\n".join(parts) + "\n"


def lines(table: Table) -> Iterator[str]:
    """A table's lines."""
    yield _line(table.header)
    yield _line(["---:" if column in table.right else "---" for column in table.header])
    for row in table.rows:
        yield _line(row)


def _line(words: object) -> str:
    return "| " + " | ".join(str(word).replace("|", "\\|") for word in words) + " |"  # type: ignore[attr-defined]
