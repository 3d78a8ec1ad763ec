"""Tables, sentences and warnings as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vle_analog.report.report import Report, Table

ORDER = 20


def files(report: Report) -> Mapping[str, str]:
    """One text of all that is told; none of a report without a record, which is only shown."""
    if not report.record or report.document == "":
        return {}
    return {f"{report.name}.md": report.document if report.document is not None else text(report)}


def text(report: Report) -> str:
    """A report's title, sentences, tables and warnings."""
    parts = [f"# {report.title}", *report.sentences]
    tables = [*report.tables, *report.details]
    for table in tables:
        heading = [f"## {table.title}"] if len(tables) > 1 else []
        parts += [*heading, "\n".join(lines(table))]
    if report.warnings:
        parts.append("\n".join(f"- {warning}" for warning in report.warnings))
    return "\n\n".join(parts) + "\n"


def lines(table: Table) -> Iterator[str]:
    """A table's lines."""
    yield _line(table.header)
    yield _line(["---:" if column in table.right else "---" for column in table.header])
    for row in table.rows:
        yield _line(row)


def _line(words: object) -> str:
    return "| " + " | ".join(str(word).replace("|", "\\|") for word in words) + " |"  # type: ignore[attr-defined]
