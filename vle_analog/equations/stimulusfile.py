"""Stimuli from CSV files: every error names the file and the line."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from vle_analog.errors import SystemFileError
from vle_analog.stimulus import Piecewise

#: largest stimulus file
MAX_BYTES = 100_000_000


def read_csv(path: Path) -> Piecewise:
    """A stimulus from a CSV file of ``time,value`` rows in model units; that header line may be there.

    Raises:
        SystemFileError: naming the file and the line, for a missing or empty file, missing fields,
            values that are not finite numbers, times that do not increase, fewer than two rows.
    """
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
        reason = getattr(error, "strerror", None) or str(error)
        raise SystemFileError(f"the file cannot be read: {reason}", where=str(path), hint="check the path") from None
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise SystemFileError("the file is empty", where=str(path), hint="write rows of 'time,value'")
    header = [each.strip().strip('"').lower() for each in lines[0].split(",")] == ["time", "value"]
    times, values = [], []
    previous = -math.inf
    for number, line in enumerate(lines[header:], start=1 + header):
        try:
            first, second = line.split(",")
            time, value = float(first), float(second)
        except ValueError:
            raise _csv_error(path, number, line) from None
        if not (math.isfinite(time) and math.isfinite(value)) or "_" in line:
            raise _csv_error(path, number, line)
        if time <= previous:
            raise SystemFileError(
                f"time {time:g} does not come after {previous:g}",
                where=f"{path}: line {number}",
                hint="sort the rows by time and remove duplicates; make a jump a short ramp",
            )
        times.append(time)
        values.append(value)
        previous = time
    if len(times) < 2:
        raise SystemFileError(
            f"only {len(times)} row of data", where=str(path), hint="give at least two rows 'time,value'"
        )
    return Piecewise(np.array(times), np.array(values))


def _csv_error(path: Path, number: int, line: str) -> SystemFileError:
    """Says what is wrong with a line that is not two finite numbers."""
    where, hint = f"{path}: line {number}", "write 'time,value', for example '0.5,1.25'"
    if not line.strip():
        return SystemFileError("the line is blank", where=where, hint="remove it, or fill the gap with a row")
    fields = [each.strip() for each in line.split(",")]
    if len(fields) != 2:
        return SystemFileError(f"{len(fields)} field(s) where two were expected", where=where, hint=hint)
    for label, text in zip(("time", "value"), fields, strict=True):
        if not text:
            return SystemFileError(f"the {label} is missing", where=where, hint="fill the gap or remove the row")
        try:
            number_read = float(text)
        except ValueError:
            return SystemFileError(f"the {label} {text[:40]!r} is not a number", where=where, hint=hint)
        if not math.isfinite(number_read):
            return SystemFileError(f"the {label} is {text}", where=where, hint="give a finite number or remove the row")
    return SystemFileError(f"{line.strip()[:40]!r} is not two numbers", where=where, hint=hint)
