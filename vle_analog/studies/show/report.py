"""Folders of results as tables and sentences."""

from __future__ import annotations

from collections.abc import Iterator

from vle_analog.report.report import Report, Table
from vle_analog.studies.show.result import Folder, Shown

#: bytes in a kilobyte, and in a megabyte
_KILO, _MEGA = 1e3, 1e6


def report(shown: Shown) -> Report:
    """What is told of them."""
    if not shown.one:
        rows = [[str(each.path), each.told[-1].made[:16].replace("T", " "), _answer(each)] for each in shown.folders]
        words = [] if rows else ["no results in results/ yet; try: vle-analog run lorenz"]
        tables = [Table("Results", ["folder", "made (UTC)", "answer"], rows)] if rows else []
        return Report("show", "Results", tables=tables, sentences=words)
    (folder,) = shown.folders
    return Report(
        "show",
        f"Results in {folder.path}",
        tables=[_files(folder)],
        sentences=list(_sentences(folder)),
        warnings=[warning for told in folder.told for warning in told.warnings],
    )


def _answer(folder: Folder) -> str:
    """The latest report's first sentence, or its title where it has none."""
    told = folder.told[-1]
    return told.sentences[0] if told.sentences else told.title


def _sentences(folder: Folder) -> Iterator[str]:
    for told in folder.told:
        by = told.command or "asked for in Python"
        yield f"{told.title}: {by} ({told.made[:16].replace('T', ' ')} UTC, vle-analog {told.version})"
        yield from (f"  {sentence}" for sentence in told.sentences)
    if folder.kept:
        yield f"{folder.kept} files of finished work are kept: the same study goes on from them"


def _files(folder: Folder) -> Table:
    """All files, and which report they belong to."""
    owners = {name: told.name for told in folder.told for name in told.files}
    rows = [[name, _size(size), owners.get(name, "")] for name, size in folder.sizes.items()]
    return Table(f"Files in {folder.path}", ["file", "size", "of"], rows, frozenset({"size"}))


def _size(size: int) -> str:
    return f"{size / _MEGA:.1f} MB" if size >= _MEGA else f"{size / _KILO:.1f} kB" if size >= _KILO else f"{size} B"
