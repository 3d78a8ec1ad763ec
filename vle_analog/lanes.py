"""Rows of numbers as machine vectors: one board per lane, and no memory in between.

A compiler makes vector code of a loop over boards, but it asks first whether the arrays overlap, and it writes every
intermediate row to memory. Here a row is a value: it stays in registers until it is stored.
"""

# mypy: disable-error-code="misc,no-untyped-call,no-untyped-def"
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.core.datamodel.models import PrimitiveModel
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import register_model

#: boards side by side
LANES = 16
#: where rows begin, bytes: a register's worth never lies across two lines of the cache
_ALIGNED = 64


def intrinsic(function: Callable[..., Any]) -> Any:
    """As numba's, whose type does not say how it is called."""
    return numba_intrinsic(function)


def aligned(shape: tuple[int, ...], kind: Any) -> np.ndarray:
    """Zeros whose rows begin where vectors are read and written at once."""
    kind = np.dtype(kind)
    size = math.prod(shape) * kind.itemsize
    raw = np.zeros(size + _ALIGNED, np.uint8)
    first = -raw.ctypes.data % _ALIGNED
    return raw[first : first + size].view(kind).reshape(shape)


class Row(types.Type):
    """The type of a row, by what its numbers are."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind
        super().__init__(name=f"Row({kind.name})")


@register_model(Row)
class _RowModel(PrimitiveModel):
    def __init__(self, manager: Any, row: Row) -> None:
        element = manager.lookup(row.kind).get_value_type()
        super().__init__(manager, row, ir.VectorType(element, LANES))


def _pointer(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Where a row of an array lies: its last axis is a block's boards, the others are counted through."""
    kind = signature.args[0]
    data = context.make_array(kind)(context, builder, arguments[0]).data
    offset = builder.mul(arguments[1], ir.Constant(ir.IntType(64), LANES))
    vector = ir.VectorType(context.get_value_type(kind.dtype), LANES)
    return builder.bitcast(builder.gep(data, [offset]), vector.as_pointer())


@intrinsic
def load(context: Any, array: Any, row: Any) -> Any:
    """A row of an array in C order."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_pointer(context, builder, signature, arguments), align=_ALIGNED)

    return Row(array.dtype)(array, types.int64), generate


@intrinsic
def store(context: Any, array: Any, row: Any, values: Any) -> Any:
    """Write a row of an array in C order."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store(arguments[2], _pointer(context, builder, signature, arguments), align=_ALIGNED)
        return context.get_dummy_value()

    return types.void(array, types.int64, values), generate


@intrinsic
def item(context: Any, array: Any, place: Any) -> Any:
    """A number of an array in C order, counted through; no place is negative."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.load(builder.gep(data, [arguments[1]]))

    return array.dtype(array, types.int64), generate


def _splat(builder: Any, scalar: Any) -> Any:
    kind = ir.VectorType(scalar.type, LANES)
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), mask)


@intrinsic
def spread(context: Any, like: Any, number: Any) -> Any:
    """A row of one number, of the kind of another row."""
    row = like

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        scalar = context.cast(builder, arguments[1], signature.args[1], row.kind)
        return _splat(builder, scalar)

    return row(row, number), generate


def _binary(instruction: str) -> Any:
    @intrinsic
    def operation(context: Any, a: Any, b: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return getattr(builder, instruction)(*arguments)

        return a(a, b), generate

    return operation


add, sub, mul, div = (_binary(name) for name in ("fadd", "fsub", "fmul", "fdiv"))
#: of rows of whole numbers: the sum, and bit by bit: in one of both, in both, in any
plus, differing, both, either = (_binary(name) for name in ("add", "xor", "and_", "or_"))


def _shift(instruction: str) -> Any:
    @intrinsic
    def operation(context: Any, a: Any, by: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            bits = context.cast(builder, arguments[1], signature.args[1], a.kind)
            return getattr(builder, instruction)(arguments[0], _splat(builder, bits))

        return a(a, by), generate

    return operation


#: a row of whole numbers without a sign, shifted by so many bits
left, right = _shift("shl"), _shift("lshr")


@intrinsic
def fma(context: Any, a: Any, b: Any, c: Any) -> Any:
    """a b + c, rounded once where the machine does that."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = arguments[0].type
        name = f"llvm.fmuladd.v{LANES}f{a.kind.bitwidth}"
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * 3), name)
        return builder.call(function, arguments)

    return a(a, b, c), generate


@intrinsic
def clip(context: Any, a: Any, low: Any, high: Any) -> Any:
    """A row between two others; what is no number stays none."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value, least, most = arguments
        value = builder.select(builder.fcmp_ordered("<", value, least), least, value)
        return builder.select(builder.fcmp_ordered(">", value, most), most, value)

    return a(a, low, high), generate


@intrinsic
def lower(context: Any, a: Any, b: Any) -> Any:
    """The lower one of two rows, lane by lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", *arguments), *arguments)

    return a(a, b), generate


@intrinsic
def higher(context: Any, a: Any, b: Any) -> Any:
    """The higher one of two rows, lane by lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", *arguments), *arguments)

    return a(a, b), generate


@intrinsic
def equal_or(context: Any, a: Any, b: Any, then: Any, otherwise: Any) -> Any:
    """One of two rows, lane by lane, by whether two others are equal."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(builder.fcmp_ordered("==", *arguments[:2]), *arguments[2:])

    return a(a, b, then, otherwise), generate


@intrinsic
def differ(context: Any, a: Any, b: Any) -> Any:
    """Whether two rows differ in any lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = builder.fcmp_unordered("!=", *arguments)
        bits = builder.bitcast(lanes, ir.IntType(LANES))
        return builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(LANES), 0))

    return types.boolean(a, b), generate


@intrinsic
def widen(context: Any, array: Any, row: Any, values: Any) -> Any:
    """Write a row of an array of doubles."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer(context, builder, signature, arguments)
        wide = arguments[2]
        if values.kind.bitwidth < 64:
            wide = builder.fpext(wide, pointer.type.pointee)
        builder.store(wide, pointer, align=_ALIGNED)
        return context.get_dummy_value()

    return types.void(array, types.int64, values), generate


@intrinsic
def narrowed(context: Any, array: Any, row: Any, like: Any) -> Any:
    """A row of an array of doubles, as numbers of the kind of another row."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = builder.load(_pointer(context, builder, signature, arguments), align=_ALIGNED)
        return wide if like.kind.bitwidth == 64 else builder.fptrunc(wide, arguments[2].type)

    return like(array, types.int64, like), generate
