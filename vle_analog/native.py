"""Calls of compiled functions by their addresses, for numba's intrinsics.

Code that calls by address is compiled once, whatever it calls. A call takes a few nanoseconds.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]


def data_of(context: Any, builder: Any, signature: Any, arguments: Any, place: int) -> Any:
    """Address at which the data of an array among an intrinsic's arguments begin."""
    return context.make_array(signature.args[place])(context, builder, arguments[place]).data


def call(context: Any, builder: Any, address: Any, pointers: Any) -> Any:
    """Call a C function of pointers to numbers, which returns nothing."""
    kind = ir.FunctionType(ir.VoidType(), [ir.DoubleType().as_pointer()] * len(pointers))
    builder.call(builder.inttoptr(address, kind.as_pointer()), pointers)
    return context.get_dummy_value()
