"""Numbers of a task file that differ from neuron to neuron: one for all, a list, or a rule that spreads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from vle_analog.equations.tables import toml_type
from vle_analog.errors import SystemFileError, nearest

Array = NDArray[np.float64]

#: rules that spread numbers between two
_SPREADS: Mapping[str, Callable[[float, float, int], Array]] = {"geometric": np.geomspace, "linear": np.linspace}


def numbers_of(given: Any, where: str) -> Array:
    """Numbers as a list, or spread between two with their ``count``.

    Raises:
        SystemFileError: neither.
    """
    if isinstance(given, dict):
        count = given.get("count")
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise SystemFileError("it does not say how many", where=where, hint="for example count = 10")
        return np.asarray(spread({key: value for key, value in given.items() if key != "count"}, count, where))
    return np.asarray(_list(given, where), float)


def spread(given: Any, count: int, where: str) -> float | Array:
    """One number for all, or as many as there are neurons, shape (count,).

    Raises:
        SystemFileError: neither a number, nor a list of so many, nor ``{geometric = [low, high]}`` or
            ``{linear = [low, high]}``.
    """
    if _number(given):
        return float(given)
    if isinstance(given, dict):
        if len(given) != 1 or next(iter(given)) not in _SPREADS:
            wrong = next((key for key in given if key not in _SPREADS), "geometric")
            refuse(f"unknown key '{wrong}'" if given else "it is empty", where, nearest(wrong, _SPREADS))
        ((rule, ends),) = given.items()
        low_high = _list(ends, f"{where}.{rule}")
        if len(low_high) != 2:
            refuse(f"{len(low_high)} numbers, not two", f"{where}.{rule}", "give the first and the last")
        if rule == "geometric" and min(low_high) <= 0:
            refuse("both ends must be positive", f"{where}.{rule}", "or take linear = [low, high]")
        return np.asarray(_SPREADS[rule](low_high[0], low_high[1], count))
    values = _list(given, where)
    if len(values) != count:
        refuse(f"{len(values)} numbers for {count} neurons", where, "give one for each, or one number for all")
    return np.asarray(values, float)


def matrix(given: Any, rows: int, columns: int, where: str) -> float | Array:
    """Weights, shape (rows, columns), one list per neuron; one number where there is but one.

    Raises:
        SystemFileError: they are not.
    """
    if _number(given) and rows == columns == 1:
        return float(given)
    if not isinstance(given, list) or not all(isinstance(row, list) for row in given):
        hint = f"give {rows} lists of {columns} numbers, or for example {{normal = 1.0}}"
        refuse(f"expected a list of lists, got {toml_type(given)}", where, hint)
    values = [_list(row, f"{where}.{number}") for number, row in enumerate(given)]
    if len(values) != rows or any(len(row) != columns for row in values):
        found = f"{len(values)} lists of {len(values[0]) if values else 0} numbers"
        refuse(f"{found}, where {rows} neurons hear {columns}", where, f"give {rows} lists of {columns} numbers")
    return np.asarray(values, float)


def refuse(what: str, where: str, hint: str) -> NoReturn:
    """Raise the error.

    Raises:
        SystemFileError: this.
    """
    raise SystemFileError(what, where=where, hint=hint)


def _number(given: Any) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and bool(np.isfinite(given))


def _list(given: Any, where: str) -> list[float]:
    if not isinstance(given, list) or not given:
        refuse(f"expected numbers, got {toml_type(given)}", where, "give a number, or a list of numbers")
    for value in given:
        if not _number(value):
            refuse(f"{str(value)[:40]} is not a finite number", where, "write numbers without quotation marks")
    return [float(value) for value in given]
