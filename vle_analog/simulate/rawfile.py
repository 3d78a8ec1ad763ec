"""Reader of the binary raw files that ngspice's ``write`` makes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from vle_analog.errors import SimulationError

_VOLTAGE = re.compile(r"v\(([^()]*)\)", re.IGNORECASE)
_LINE_LIMIT = 65536  # no header line is longer: what is longer is not a header


@dataclass(frozen=True)
class Plot:
    """One analysis: named vectors of equal length.

    Attributes:
        title: the deck's first line.
        name: ngspice's name of the analysis, e.g. ``Transient Analysis``.
        variables: the vector names in the order of the file: a node's voltage by the node's name (``v(x1.y)`` ->
            ``x1.y``); ``time``, ``frequency`` and currents (``i(v1)``, ``v1#branch``) as ngspice calls them.
        data: one array of shape (n,) per name, in SI units: float64, or complex128 for a small-signal analysis (whose
            ``frequency``, in hertz, is float64).
    """

    title: str
    name: str
    variables: tuple[str, ...]
    data: dict[str, NDArray[Any]]


def read_raw(path: Path) -> list[Plot]:
    """All plots of a binary raw file, in the order they were written.

    Args:
        path: the file.

    Raises:
        SimulationError: the file is missing, empty, cut short, in ASCII or no raw file at all, or two vectors of a plot
            have one name.
    """
    try:
        with path.open("rb") as file:
            plots = []
            while (header := _read_header(file, path)) is not None:
                plots.append(_read_plot(file, header, path))
    except OSError as error:
        raise SimulationError(f"the raw file cannot be read: {error.strerror}", where=str(path)) from error
    if not plots:
        raise SimulationError("the raw file is empty", where=str(path))
    return plots


def raw_bytes(title: str, names: Sequence[str], table: NDArray[np.float64]) -> bytes:
    """A raw file of one transient analysis.

    Args:
        title: in one line.
        names: of vectors, ``time`` first and voltages as ``v(x)``.
        table: their values, shape (points, vectors).
    """
    kinds = ("time" if name == "time" else "voltage" for name in names)
    rows = "".join(
        f"\t{number}\t{name}\t{kind}\n" for number, (name, kind) in enumerate(zip(names, kinds, strict=True))
    )
    header = (
        f"Title: {title}\nPlotname: Transient Analysis\nFlags: real\nNo. Variables: {len(names)}\n"
        f"No. Points: {len(table)}\nVariables:\n{rows}Binary:\n"
    )
    return header.encode() + np.ascontiguousarray(table, "<f8").tobytes()


def _read_header(file: BinaryIO, path: Path) -> dict[str, str] | None:
    """The header's fields by lower-case key, variable names under ``variables``; None at the end of the file."""
    header: dict[str, str] = {}
    while line := file.readline(_LINE_LIMIT):
        key, colon, value = line.decode("utf-8", errors="replace").partition(":")
        key = key.strip().lower()
        if key == "binary":
            return header
        if key == "values":
            raise SimulationError(
                "the raw file is in ASCII; only binary ones are read",
                where=str(path),
                hint="put 'set filetype=binary' before 'write' in the deck's .control block.",
            )
        if not header and not line.strip():
            continue  # a blank line between plots
        if not colon:
            raise SimulationError(f"not a raw file: it has the header line {line[:60]!r}", where=str(path))
        header[key] = value.strip()
        if key == "variables":
            header[key] = " ".join(_variables(file, _count(header, path), path))
    if header:
        raise SimulationError("the raw file ends inside a header", where=str(path))
    return None


def _variables(file: BinaryIO, number: int, path: Path) -> Iterator[str]:
    """Names in the list of variables; no more lines are asked for than there are."""
    for _ in range(number):
        row = file.readline(_LINE_LIMIT).decode("utf-8", errors="replace").split()
        if len(row) < 3:
            raise SimulationError("the raw file ends inside its list of variables", where=str(path))
        yield row[1]


def _count(header: dict[str, str], path: Path, key: str = "no. variables", least: int = 1) -> int:
    try:
        count = int(header[key])
    except (KeyError, ValueError):
        count = -1
    if count < least:
        raise SimulationError(f"not a raw file: its header has no usable '{key}'", where=str(path))
    return count


def _read_plot(file: BinaryIO, header: dict[str, str], path: Path) -> Plot:
    """The plot whose binary block starts at the file's present position."""
    points, columns = _count(header, path, "no. points", 0), _count(header, path)
    flags = header.get("flags", "").lower().split()
    if "unpadded" in flags:
        raise SimulationError("the raw file holds vectors of unequal length ('unpadded')", where=str(path))
    kind: np.dtype[Any] = np.dtype("<c16" if "complex" in flags else "<f8")
    size = points * columns * kind.itemsize
    left = os.fstat(file.fileno()).st_size - file.tell()
    if left < size:  # before it is read: the header may say more than memory holds
        raise SimulationError(
            f"the raw file is cut short: '{header.get('plotname', '?')}' should have {size} bytes "
            f"({points} points of {columns} variables), {left} are there",
            where=str(path),
            hint="the simulator was stopped while writing, or the disk is full.",
        )
    # The file holds point after point; users read variable after variable, so each is made contiguous once.
    table = np.ascontiguousarray(np.frombuffer(file.read(size), dtype=kind).reshape(points, columns).T)
    names = tuple(_node_name(name) for name in header.get("variables", "").split())
    if len(names) != columns:
        raise SimulationError(f"not a raw file: it counts {columns} variables and lists {len(names)}", where=str(path))
    if len(set(names)) < columns:
        double = next(name for place, name in enumerate(names) if name in names[:place])
        raise SimulationError(f"two vectors of the raw file are called '{double}'", where=str(path))
    data: dict[str, NDArray[Any]] = dict(zip(names, table, strict=True))
    if "frequency" in data:
        data["frequency"] = data["frequency"].real.copy()
    return Plot(header.get("title", ""), header.get("plotname", ""), names, data)


def _node_name(variable: str) -> str:
    """``v(x1.y)`` -> ``x1.y``; all else, expressions such as ``v(a)-v(b)`` too, stays."""
    match = _VOLTAGE.fullmatch(variable)
    return (match[1] if match else variable).lower()
