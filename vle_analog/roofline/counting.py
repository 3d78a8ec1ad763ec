"""What a compiled loop does, counted: its Python source runs on numbers that keep book of what is done to them.

Numba compiles Python functions; the same functions run as they stand, slowly, on numbers of another kind. Equal
operations on equal operands count once, for a compiler computes them once; a product that goes into one sum alone
counts as one fused operation with it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

#: what counts as floating-point operations, and as how many
FLOPS: Mapping[str, int] = {"add": 1, "multiply": 1, "fma": 2, "divide": 1, "sqrt": 1}
#: behind the kind of an operation on numbers of single precision
SINGLE = " single"
#: bytes of a number
_SINGLE, _DOUBLE = 4, 8


@dataclass(frozen=True)
class Count:
    """What a piece of a program does.

    Attributes:
        operations: how many of each kind: ``add``, ``multiply``, ``fma``, ``divide``, ``sqrt``, ``compare`` (least and
            greatest, too), ``bitwise`` (an absolute value), ``integer``, and functions of the C library by name; with
            `SINGLE` behind it where numbers are of single precision.
        read, stored: bytes of numbers that are only read, and of those that are written, and perhaps read.
        accessed: bytes of all loads and stores that the source has.
    """

    operations: Mapping[str, float]
    read: float
    stored: float
    accessed: float

    @property
    def flops(self) -> float:
        """Floating-point operations; comparisons and functions of the C library are none."""
        return sum(FLOPS.get(kind.removesuffix(SINGLE), 0) * number for kind, number in self.operations.items())

    @property
    def moved(self) -> float:
        """Bytes that a pass moves at least: what is read, and what is read and written."""
        return self.read + 2 * self.stored

    def times(self, factor: float) -> Count:
        """So much of it."""
        operations = {kind: factor * number for kind, number in self.operations.items()}
        return Count(operations, factor * self.read, factor * self.stored, factor * self.accessed)


class Ledger:
    """A book of operations.

    Args:
        seconds: that a number is waited for after an operation of each kind; 1 for all when None.
    """

    def __init__(self, seconds: Mapping[str, float] | None = None) -> None:
        self._seconds = seconds
        self._kinds: list[str] = []
        self._operands: list[tuple[int, ...]] = []
        self._ready: list[float] = []
        self._sizes: list[int] = []
        self._known: dict[tuple[Any, ...], int] = {}
        self._more: Counter[str] = Counter()
        self._places: dict[tuple[int, int], tuple[bool, int]] = {}
        self._accessed = self._begun = 0

    def forget(self) -> None:
        """Count anew from here on; numbers stay as they are."""
        for book in (self._known, self._more, self._places):
            book.clear()
        self._accessed, self._begun = 0, len(self._kinds)

    def operation(self, kind: str, value: float, *operands: Any, word: str = "") -> Number:
        """Note an operation; the number that it comes to.

        Args:
            kind: as of `Count`.
            value: of the number.
            operands: numbers of either kind.
            word: what tells it from others of its kind.
        """
        places = tuple(map(self._place, operands))
        key = (kind, word, *places)
        if key not in self._known:
            ready = max(self._ready[each] for each in places) + self.latency(kind)
            self._known[key] = self._entered(kind, places, ready, max(self._sizes[each] for each in places))
        return Number(self, self._known[key], value)

    def several(self, kind: str, count: int) -> None:
        """Note operations of which nothing else is known."""
        self._more[kind] += count

    def given(self, value: float, ready: float = 0.0, size: int = _DOUBLE) -> Number:
        """A number of so many bytes that came from elsewhere, and when."""
        return Number(self, self._entered("", (), ready, size), value)

    def latency(self, kind: str) -> float:
        """Of a kind of operation."""
        return 1.0 if self._seconds is None else self._seconds[kind]

    def ready(self, number: Number) -> float:
        """When a number is there, if nothing but its operands is waited for."""
        return self._ready[number.place]

    def size(self, number: Number) -> int:
        """Bytes of a number."""
        return self._sizes[number.place]

    def touched(self, array: int, place: int, written: bool, size: int) -> None:
        """Note an access to an array's element of so many bytes."""
        before, _ = self._places.get((array, place), (False, size))
        self._places[array, place] = written or before, size
        self._accessed += size

    def count(self) -> Count:
        """What was noted since the book was opened, or since `forget`."""
        read, written = (
            float(sum(size for changed, size in self._places.values() if changed == which)) for which in (False, True)
        )
        return Count(dict(self._fused() + self._more), read, written, float(self._accessed))

    def _fused(self) -> Counter[str]:
        """How many operations of each kind there are once products are added without being rounded."""
        kinds, all_operands = self._kinds[self._begun :], self._operands[self._begun :]
        uses: Counter[int] = Counter()
        for operands in all_operands:
            uses.update(operands)
        counted: Counter[str] = Counter()
        for kind, operands, size in zip(kinds, all_operands, self._sizes[self._begun :], strict=True):
            word = SINGLE if size == _SINGLE else ""
            fused = kind == "add" and any(
                each >= self._begun and self._kinds[each] == "multiply" and uses[each] == 1 for each in operands
            )
            if fused:
                counted.update({f"fma{word}": 1, f"multiply{word}": -1})
            elif kind:
                counted[kind + word] += 1
        return counted

    def _place(self, operand: Any) -> int:
        if isinstance(operand, Number):
            return operand.place
        key = ("constant", float(operand))
        if key not in self._known:
            self._known[key] = self._entered("", (), 0.0, 0)
        return self._known[key]

    def _entered(self, kind: str, operands: tuple[int, ...], ready: float, size: int) -> int:
        self._kinds.append(kind)
        self._operands.append(operands)
        self._ready.append(ready)
        self._sizes.append(size)
        return len(self._kinds) - 1


class Number:
    """A number that notes what is done to it; its sign costs nothing.

    Args:
        ledger: where.
        place: its number there.
        value: what it is.
    """

    __slots__ = ("ledger", "place", "value")

    def __init__(self, ledger: Ledger, place: int, value: float) -> None:
        self.ledger, self.place, self.value = ledger, place, value

    def __add__(self, other: Any) -> Number:
        return self.ledger.operation("add", self.value + value_of(other), self, other)

    def __radd__(self, other: Any) -> Number:
        return self.ledger.operation("add", value_of(other) + self.value, other, self)

    def __sub__(self, other: Any) -> Number:
        return self.ledger.operation("add", self.value - value_of(other), self, other, word="less")

    def __rsub__(self, other: Any) -> Number:
        return self.ledger.operation("add", value_of(other) - self.value, other, self, word="less")

    def __mul__(self, other: Any) -> Number:
        return self.ledger.operation("multiply", self.value * value_of(other), self, other)

    def __rmul__(self, other: Any) -> Number:
        return self.ledger.operation("multiply", value_of(other) * self.value, other, self)

    def __truediv__(self, other: Any) -> Number:
        return self.ledger.operation("divide", self.value / value_of(other), self, other)

    def __rtruediv__(self, other: Any) -> Number:
        return self.ledger.operation("divide", value_of(other) / self.value, other, self)

    def __pow__(self, other: Any) -> Number:
        return self.ledger.operation("pow", self.value ** value_of(other), self, other)

    def __neg__(self) -> Number:
        return Number(self.ledger, self.ledger.operation("", 0.0, self, word="minus").place, -self.value)

    def __lt__(self, other: Any) -> bool:
        self.ledger.operation("compare", 0.0, self, other)
        return bool(self.value < value_of(other))

    def __gt__(self, other: Any) -> bool:
        self.ledger.operation("compare", 0.0, other, self)
        return bool(self.value > value_of(other))

    def __eq__(self, other: object) -> bool:
        return bool(self.value == value_of(other))

    def __hash__(self) -> int:
        return hash(self.value)

    def __abs__(self) -> Number:
        return self.ledger.operation("bitwise", abs(self.value), self)


def value_of(number: Any) -> Any:
    """A number of either kind as a plain one."""
    return number.value if isinstance(number, Number) else number


class Room:
    """An array of numbers, or a part of one, that notes what is read from it and written to it.

    Args:
        ledger: where.
        values: at the beginning, of any shape.
    """

    def __init__(self, ledger: Ledger, values: Any) -> None:
        array = np.asarray(values)
        self._size = _SINGLE if array.dtype == np.float32 else _DOUBLE
        self._ledger, self._name = ledger, id(self)
        self._numbers = [ledger.given(each, size=self._size) for each in array.astype(float).ravel().tolist()]
        self._first, self._shape = 0, array.shape
        self._whole = self  # while a part is there, no other array takes its name

    def __len__(self) -> int:
        return self._shape[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """As of an array."""
        return self._shape

    def __getitem__(self, index: Any) -> Any:
        place, shape = self._at(index)
        if shape:
            part = object.__new__(Room)
            part.__dict__ |= {**self.__dict__, "_first": place, "_shape": shape}
            return part
        self._ledger.touched(self._name, place, False, self._size)
        return self._numbers[place]

    def __setitem__(self, index: Any, value: Any) -> None:
        place, shape = self._at(index)
        if shape:
            raise IndexError("one number at a time")
        self._ledger.touched(self._name, place, True, self._size)
        if not isinstance(value, Number):
            value = self._ledger.given(float(value), size=self._size)
        elif self._ledger.size(value) not in (0, self._size):  # it is rounded, or widened
            value = self._ledger.given(value.value, self._ledger.ready(value), self._size)
        self._numbers[place] = value

    def flat(self) -> Room:
        """All of it, as one row of numbers."""
        part = object.__new__(Room)
        part.__dict__ |= {**self.__dict__, "_shape": (math.prod(self._shape),)}
        return part

    def _at(self, index: Any) -> tuple[int, tuple[int, ...]]:
        place, shape = self._first, self._shape
        for each in index if isinstance(index, tuple) else (index,):
            length, *rest = shape
            place, shape = place + int(each) % length * math.prod(rest), tuple(rest)
        return place, shape

    def values(self) -> np.ndarray:
        """The numbers as they are now."""
        end = self._first + math.prod(self._shape)
        return np.array([each.value for each in self._numbers[self._first : end]]).reshape(self._shape)

    def ready(self) -> float:
        """When the last of its numbers is there."""
        end = self._first + math.prod(self._shape)
        return max(map(self._ledger.ready, self._numbers[self._first : end]), default=0.0)
