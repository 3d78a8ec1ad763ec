"""Signals over time from CSV files: every error names the file and the line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vle_analog.errors import SystemFileError, reason
from vle_analog.stimulus import Array, Piecewise

#: largest stimulus file
MAX_BYTES = 100_000_000
#: name of the first column
_TIME = "time"


@dataclass(frozen=True, eq=False)
class Columns:
    """Signals over time.

    Attributes:
        names: of the signals, as the file's first line has them; None where it has no such line.
        times: strictly increasing, model units, shape (n,).
        values: shape (n, signals).
    """

    names: tuple[str, ...] | None
    times: Array
    values: Array


def read_csv(path: Path) -> Piecewise:
    """A stimulus from a CSV file of ``time,value`` rows in model units; a first line of names may be there.

    Raises:
        SystemFileError: naming the file and the line, for a missing or empty file, missing fields,
            values that are not finite numbers, times that do not increase, fewer than two rows.
    """
    lines = _lines(path, "write rows of 'time,value'")
    times, values = _rows(path, lines, int(_named(lines[0])), ("value",))
    return Piecewise(times, values[:, 0])


def read_points(path: Path) -> tuple[Array, Array]:
    """Points of a function from a CSV file of ``x,value`` rows; a first line of names may be there.

    Raises:
        SystemFileError: as `read_csv`.
    """
    lines = _lines(path, "write rows of 'x,value'")
    x, values = _rows(path, lines, int(_named(lines[0])), ("value",), "x")
    return x, values[:, 0]


def read_columns(path: Path) -> Columns:
    """Signals from a CSV file whose first column is the time in model units; a first line may name the columns.

    Raises:
        SystemFileError: as `read_csv`; a header whose first name is not ``time``, or that has a name twice.
    """
    lines = _lines(path, "write a line 'time,x,target' and rows of numbers")
    first = _cells(lines[0])
    if _numbers(first):
        count = len(first) - 1
        times, values = _rows(path, lines, 0, [f"column {number}" for number in range(2, count + 2)])
        return Columns(None, times, values)
    if first[0].lower() != _TIME:
        raise SystemFileError(
            f"the first column is called '{first[0][:40]}', not 'time'",
            where=f"{path}: line 1",
            hint="begin the first line with 'time', or leave out a line of names",
        )
    names = first[1:]
    for name in names:
        if not name or names.count(name) > 1:
            what = f"two columns are called '{name[:40]}'" if name else "a column has no name"
            raise SystemFileError(what, where=f"{path}: line 1", hint="give every column a name of its own")
    times, values = _rows(path, lines, 1, names)
    return Columns(tuple(names), times, values)


def _lines(path: Path, hint: str) -> list[str]:
    """The file's lines, empty ones at its end left out."""
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise SystemFileError("this is not a regular file", where=str(path), hint="name a CSV file")
        if path.stat().st_size > MAX_BYTES:
            raise SystemFileError(
                f"the file is larger than {MAX_BYTES / 1e6:g} MB",
                where=str(path),
                hint="thin it out: fewer rows will do",
            )
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise SystemFileError("there is no such file", where=str(path), hint="check the path") from None
    except UnicodeDecodeError:
        raise SystemFileError("this is not a text file in UTF-8", where=str(path), hint="save it as CSV") from None
    except (OSError, ValueError) as error:
        raise SystemFileError(
            f"the file cannot be read: {reason(error)}", where=str(path), hint="check the path"
        ) from None
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise SystemFileError("the file is empty", where=str(path), hint=hint)
    return lines


def _cells(line: str) -> list[str]:
    return [each.strip().strip('"') for each in line.split(",")]


def _numbers(cells: Sequence[str]) -> bool:
    try:
        return bool([float(each) for each in cells])
    except ValueError:
        return False


def _named(line: str) -> bool:
    """Whether a line names two columns: both words begin with a letter, and neither is a number (nan is one)."""
    words = _cells(line)
    return len(words) == 2 and all(word[:1].isalpha() and not _numbers([word]) for word in words)


def _rows(
    path: Path, lines: Sequence[str], header: int, names: Sequence[str], axis: str = _TIME
) -> tuple[Array, Array]:
    """Times, shape (n,), and values, shape (n, names), of all lines but the header."""
    rows: list[list[float]] = []
    previous = -math.inf
    for number, line in enumerate(lines[header:], start=1 + header):
        try:
            row = [float(each) for each in line.split(",")]
        except ValueError:
            raise _csv_error(path, number, line, (axis, *names)) from None
        if len(row) != 1 + len(names) or not all(map(math.isfinite, row)) or "_" in line:
            raise _csv_error(path, number, line, (axis, *names))
        if row[0] <= previous:
            raise SystemFileError(
                f"{axis} {row[0]:g} does not come after {previous:g}",
                where=f"{path}: line {number}",
                hint=f"sort the rows by {axis} and remove duplicates; make a jump a short ramp",
            )
        rows.append(row)
        previous = row[0]
    if len(rows) < 2:
        form = ",".join((axis, *names))
        raise SystemFileError(
            f"only {len(rows)} row of data", where=str(path), hint=f"give at least two rows '{form[:80]}'"
        )
    table = np.array(rows)
    return table[:, 0], table[:, 1:]


def _csv_error(path: Path, number: int, line: str, expected: Sequence[str]) -> SystemFileError:
    """Says what is wrong with a line that is not as many finite numbers."""
    where = f"{path}: line {number}"
    form = ",".join(expected) if len(expected) < 7 else f"{expected[0]} and {len(expected) - 1} numbers"
    hint = f"write '{form}' with numbers in model units"
    if not line.strip():
        return SystemFileError("the line is blank", where=where, hint="remove it, or fill the gap with a row")
    fields = [each.strip() for each in line.split(",")]
    if len(fields) != len(expected):
        count = "two" if len(expected) == 2 else str(len(expected))
        return SystemFileError(f"{len(fields)} field(s) where {count} were expected", where=where, hint=hint)
    for label, text in zip(expected, fields, strict=True):
        if not text:
            return SystemFileError(f"the {label} is missing", where=where, hint="fill the gap or remove the row")
        try:
            number_read = float(text)
        except ValueError:
            return SystemFileError(f"the {label} {text[:40]!r} is not a number", where=where, hint=hint)
        if not math.isfinite(number_read):
            return SystemFileError(f"the {label} is {text}", where=where, hint="give a finite number or remove the row")
    what = "two numbers" if len(expected) == 2 else f"{len(expected)} numbers"
    return SystemFileError(f"{line.strip()[:40]!r} is not {what}", where=where, hint=hint)
