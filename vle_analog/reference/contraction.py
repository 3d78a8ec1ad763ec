"""Sums of products over arrays of neurons, as vector code: what a wide layer costs is in these.

A compiler may not reorder a sum, so that it adds up one product at a time. Here the order is written down, eight
partial sums side by side; it is the same on every machine and in every run.
"""

# mypy: disable-error-code="misc,no-untyped-def,no-untyped-call"
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

#: raised when other numbers come out: generated sources contain it, and so are compiled anew
EDITION = 2
#: doubles in a vector
LANES = 8
#: sums that are under way at once, as rows times vectors (or columns), so that none waits for another's last addition
_TILE, _ROW = (4, 2), (1, 8)
_DOUBLE, _INT = ir.DoubleType(), ir.IntType(64)
#: most numbers that are laid out anew on the stack
_STACK = 1 << 16
#: a product may be added without being rounded first
_FLAGS = ("contract", "nsz")


@dataclass(frozen=True)
class Contraction:
    """``out[m, n] = sum over k of a[m, k] b[k, n]``, with out in C order.

    Attributes:
        rows, columns, depth: how many m, n and k there are.
        a, b, out: where the arrays begin in theirs.
        a_strides: of m and k.
        b_strides: of k and n.
    """

    rows: int
    columns: int
    depth: int
    a: int
    b: int
    out: int
    a_strides: tuple[int, int]
    b_strides: tuple[int, int]

    @property
    def products(self) -> int:
        """How many products are added."""
        return self.rows * self.columns * self.depth

    @property
    def vectorised(self) -> bool:
        """Whether neighbours in memory are neighbours in a vector: several outputs, or several terms of a sum."""
        return self.across or (self.a_strides[1] == 1 and self.b_strides[0] == 1)

    @property
    def across(self) -> bool:
        """Whether a vector holds several outputs."""
        return self.b_strides[1] == 1 and self.columns >= LANES

    @property
    def turned(self) -> bool:
        """Whether it pays to lay b out anew, so that a vector holds several outputs: many of them have each number."""
        fits = self.depth * self.columns <= _STACK
        return not self.across and self.rows >= LANES and self.columns >= LANES and fits


def contraction(**sizes: Any) -> Any:
    """The function ``(out, a, b)`` of pointers to numbers that a `Contraction` of these sizes is, its ``sizes``."""
    made = Contraction(**sizes)

    @intrinsic
    def contract(context: Any, out: Any, a: Any, b: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            starts = zip(arguments, (made.out, made.a, made.b), strict=True)
            pointers = [builder.gep(each, [_INT(start)]) for each, start in starts]
            kernel = _Kernel(builder, made, *pointers)
            if made.turned:
                _across(_turned(kernel))
            else:
                (_across if made.across else _along)(kernel)
            return context.get_dummy_value()

        return types.void(out, a, b), generate

    contract.sizes = made  # type: ignore[attr-defined]
    return contract


@dataclass(frozen=True)
class _Kernel:
    """Where the code of a contraction goes, and its arrays."""

    builder: Any
    sizes: Contraction
    out: Any
    a: Any
    b: Any

    def loop(self, count: int, step: int, values: Sequence[Any], body: Callable[[Any, Sequence[Any]], Sequence[Any]]):
        """``for index in range(0, count, step): values = body(index, values)``; the last values."""
        if count <= 0:
            return list(values)
        builder = self.builder
        before, inside = builder.block, builder.append_basic_block("loop")
        builder.branch(inside)
        builder.position_at_end(inside)
        index = builder.phi(_INT)
        carried = [builder.phi(each.type) for each in values]
        found = body(index, carried)
        after, last = builder.append_basic_block("after"), builder.block
        following = builder.add(index, _INT(step))
        builder.cbranch(builder.icmp_signed("<", following, _INT(count)), inside, after)
        for phi, start, end in zip((index, *carried), (_INT(0), *values), (following, *found), strict=True):
            phi.add_incoming(start, before)
            phi.add_incoming(end, last)
        builder.position_at_end(after)
        return found

    def place(self, array: Any, *terms: tuple[Any, int]) -> Any:
        """Where in an array the sum of indices times their strides is."""
        offset = _INT(0)
        for index, stride in terms:
            offset = self.builder.add(offset, self.builder.mul(index, _INT(stride)))
        return self.builder.gep(array, [offset])

    def load(self, place: Any, lanes: int) -> Any:
        """Some neighbours."""
        if lanes == 1:
            return self.builder.load(place)
        vector = ir.VectorType(_DOUBLE, lanes)
        return self.builder.load(self.builder.bitcast(place, vector.as_pointer()), align=8)

    def store(self, value: Any, place: Any) -> None:
        """Put a number or neighbours there."""
        if isinstance(value.type, ir.VectorType):
            place = self.builder.bitcast(place, value.type.as_pointer())
        self.builder.store(value, place, align=8)

    def spread(self, value: Any, lanes: int) -> Any:
        """A vector of one number."""
        if lanes == 1:
            return value
        undefined = ir.Constant(ir.VectorType(_DOUBLE, lanes), ir.Undefined)
        first = self.builder.insert_element(undefined, value, ir.IntType(32)(0))
        return self.builder.shuffle_vector(first, undefined, _numbers([0] * lanes))

    def added(self, total: Any, one: Any, other: Any) -> Any:
        """A sum and the next product."""
        return self.builder.fadd(total, self.builder.fmul(one, other, flags=_FLAGS), flags=_FLAGS)

    def folded(self, vector: Any) -> Any:
        """The two halves of a vector, added."""
        half = vector.type.count // 2
        undefined = ir.Constant(vector.type, ir.Undefined)
        halves = [
            self.builder.shuffle_vector(vector, undefined, _numbers(range(start, start + half))) for start in (0, half)
        ]
        if half == 1:
            halves = [self.builder.extract_element(each, ir.IntType(32)(0)) for each in halves]
        return self.builder.fadd(*halves, flags=_FLAGS)


def _turned(kernel: _Kernel) -> _Kernel:
    """The same with another layout of b, in which columns are neighbours."""
    sizes = kernel.sizes
    room = cgutils.alloca_once(kernel.builder, _DOUBLE, size=_INT(sizes.depth * sizes.columns))

    def column(n: Any, none: Sequence[Any]) -> Sequence[Any]:
        def number(k: Any, none: Sequence[Any]) -> Sequence[Any]:
            value = kernel.load(kernel.place(kernel.b, (k, sizes.b_strides[0]), (n, sizes.b_strides[1])), 1)
            kernel.store(value, kernel.place(room, (k, sizes.columns), (n, 1)))
            return none

        kernel.loop(sizes.depth, 1, (), number)
        return none

    kernel.loop(sizes.columns, 1, (), column)
    return replace(kernel, sizes=replace(sizes, b=0, b_strides=(sizes.columns, 1)), b=room)


def _numbers(values: Sequence[int]) -> Any:
    kind = ir.IntType(32)
    return ir.Constant(ir.VectorType(kind, len(values)), [kind(value) for value in values])


def _zero(lanes: int) -> Any:
    return _DOUBLE(0.0) if lanes == 1 else ir.Constant(ir.VectorType(_DOUBLE, lanes), [_DOUBLE(0.0)] * lanes)


def _tiles(kernel: _Kernel, total: int, tile: int, body: Callable[[Any, int], None], start: int = 0) -> int:
    """``body(first, tile)`` for all whole tiles from a start on; where they end."""
    count = (total - start) // tile * tile

    def one(index: Any, values: Sequence[Any]) -> Sequence[Any]:
        body(kernel.builder.add(index, _INT(start)), tile)
        return values

    kernel.loop(count, tile, (), one)
    return start + count


def _across(kernel: _Kernel) -> None:
    """Vectors of outputs: those of some rows at once, each with its factor."""
    sizes = kernel.sizes
    high, wide = _TILE if sizes.rows >= _TILE[0] else _ROW

    def rows(m: Any, count: int) -> None:
        done = 0
        for vectors, lanes in ((wide, LANES), (1, LANES), (1, 4), (1, 2), (1, 1)):
            done = _tiles(
                kernel,
                sizes.columns,
                vectors * lanes,
                lambda n, _, vectors=vectors, lanes=lanes: _outputs(kernel, m, count, n, vectors, lanes),
                done,
            )

    _tiles(kernel, sizes.rows, 1, rows, _tiles(kernel, sizes.rows, high, rows))


def _outputs(kernel: _Kernel, m: Any, rows: int, n: Any, vectors: int, lanes: int) -> None:
    """Some rows of some vectors of outputs."""
    sizes, add = kernel.sizes, kernel.builder.add

    def term(k: Any, sums: Sequence[Any]) -> Sequence[Any]:
        heard = [
            kernel.load(kernel.place(kernel.b, (k, sizes.b_strides[0]), (add(n, _INT(v * lanes)), 1)), lanes)
            for v in range(vectors)
        ]
        found = []
        for r in range(rows):
            factor = kernel.load(
                kernel.place(kernel.a, (add(m, _INT(r)), sizes.a_strides[0]), (k, sizes.a_strides[1])), 1
            )
            factor = kernel.spread(factor, lanes)
            found += [kernel.added(sums[r * vectors + v], factor, heard[v]) for v in range(vectors)]
        return found

    sums = kernel.loop(sizes.depth, 1, [_zero(lanes)] * (rows * vectors), term)
    for place, value in enumerate(sums):
        r, v = divmod(place, vectors)
        row = (add(m, _INT(r)), sizes.columns)
        kernel.store(value, kernel.place(kernel.out, row, (add(n, _INT(v * lanes)), 1)))


def _along(kernel: _Kernel) -> None:
    """Vectors of terms, of some sums at once."""
    sizes = kernel.sizes
    wide = _TILE[1] if sizes.columns > 1 else 1
    high = _TILE[0] * _TILE[1] // wide

    def rows(m: Any, count: int) -> None:
        def columns(n: Any, width: int) -> None:
            _sums(kernel, m, count, n, width)

        _tiles(kernel, sizes.columns, 1, columns, _tiles(kernel, sizes.columns, wide, columns))

    _tiles(kernel, sizes.rows, 1, rows, _tiles(kernel, sizes.rows, high, rows))


def _sums(kernel: _Kernel, m: Any, rows: int, n: Any, columns: int) -> None:
    """Some rows of some columns of outputs."""
    sizes, add = kernel.sizes, kernel.builder.add

    def factors(k: Any, lanes: int) -> tuple[list[Any], list[Any]]:
        ones = [
            kernel.load(kernel.place(kernel.a, (add(m, _INT(r)), sizes.a_strides[0]), (k, 1)), lanes)
            for r in range(rows)
        ]
        others = [
            kernel.load(kernel.place(kernel.b, (k, 1), (add(n, _INT(c)), sizes.b_strides[1])), lanes)
            for c in range(columns)
        ]
        return ones, others

    def terms(k: Any, sums: Sequence[Any], lanes: int = LANES) -> list[Any]:
        ones, others = factors(k, lanes)
        return [
            kernel.added(total, ones[place // columns], others[place % columns]) for place, total in enumerate(sums)
        ]

    done = sizes.depth // LANES * LANES
    sums = kernel.loop(done, LANES, [_zero(LANES)] * (rows * columns), terms)
    lanes = LANES
    while lanes > 1:
        lanes //= 2
        sums = [kernel.folded(each) for each in sums]
        if sizes.depth - done >= lanes:
            sums, done = terms(_INT(done), sums, lanes), done + lanes
    for place, value in enumerate(sums):
        r, c = divmod(place, columns)
        kernel.store(value, kernel.place(kernel.out, (add(m, _INT(r)), sizes.columns), (add(n, _INT(c)), 1)))
