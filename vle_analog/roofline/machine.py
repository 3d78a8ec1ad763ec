"""What one core can do, measured by loops of a few instructions that are compiled as the tool's own are."""

# mypy: disable-error-code="misc,no-untyped-call,no-untyped-def"
from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from vle_analog.roofline.counting import SINGLE
from vle_analog.waveforms import Array

#: numbers in a vector, of double and of single precision
LANES, SINGLES = 8, 16
#: kinds of operations that are vector instructions, and functions of the C library, one number at a time
VECTORS = "fma", "add", "multiply", "divide", "sqrt", "compare", "bitwise", "integer"
CALLS = "exp", "pow", "log", "sin", "cos", "atan", "tanh", "cosh", "sinh"
#: vectors that take turns, and instructions between two looks at the loop's counter
_TURNS, _BODY = 12, 240
#: rounds of a measurement, of which the fastest counts, and seconds of one
_ROUNDS, _SECONDS = 7, 0.02


def mixture(operations: Mapping[str, float]) -> float:
    """Seconds that operations take at least in vectors of which none waits for another, and calls one after another.

    Measured by loops that have vector instructions in the same proportions, in registers alone: one of double
    precision, and one of single.
    """
    seconds = sum(number * throughput(kind) for kind, number in operations.items() if kind in CALLS)
    for word, lanes in (("", LANES), (SINGLE, SINGLES)):
        vectors = {kind: operations.get(kind + word, 0.0) for kind in VECTORS}
        if total := sum(vectors.values()):
            # the rarest kinds keep their share to within a thousandth of all
            body = _spread({kind: round(1000 * number / total) for kind, number in vectors.items()})
            seconds += total * _vector_loop(tuple(body), _TURNS, lanes) / len(body) / lanes
    return seconds


@cache
def latencies() -> Mapping[str, float]:
    """Seconds until the next operation can use a result, by kind."""
    waits = {kind: _vector_loop((kind,) * 24, 1) / 24 for kind in VECTORS}
    return {**waits, **{kind: _call_loop(kind, True) for kind in CALLS}, "": 0.0}


@cache
def throughput(kind: str) -> float:
    """Seconds of one call of a function of the C library, where none waits for another."""
    return _call_loop(kind, False)


def traffic(read: float, written: float) -> float:
    """Seconds of one pass over so many bytes that are read, and so many that are read and written."""
    one, other = (np.ones(max(LANES, round(size / 8))) for size in (read, written))
    return _fastest(lambda passes: _pass(one, other, passes))


def bandwidth(size: float, updated: bool = False) -> float:
    """Bytes per second of passes over a working set of this size: all of it read, or read and written."""
    return (2 * size / traffic(0.0, size)) if updated else size / traffic(size, 0.0)


@numba.njit(fastmath=True)
def _pass(one: Array, other: Array, passes: int) -> float:
    total = 0.0
    for turn in range(passes):
        factor = 1.0 + 1e-12 * turn
        for i in range(len(one)):
            total += one[i]
        for i in range(len(other)):
            other[i] = other[i] * factor
        one[0] = total * 1e-300
    return total


def _fastest(run: Callable[[int], object]) -> float:
    """Seconds of one turn, by the fastest of several rounds of so many that they take a while."""
    run(2)  # compiles
    turns, spent = 1, 0.0
    while spent < _SECONDS:
        turns *= 2
        spent = _spent(run, turns)
    return min(spent, *(_spent(run, turns) for _ in range(_ROUNDS))) / turns


def _spent(run: Callable[[int], object], turns: int) -> float:
    started = time.process_time()
    run(turns)
    return time.process_time() - started


def _spread(parts: Mapping[str, int]) -> list[str]:
    """Kinds in turn, each as often as it is told, as evenly as that goes."""
    places = [(((turn + 0.5) / count), kind) for kind, count in parts.items() for turn in range(count)]
    return [kind for _, kind in sorted(places)]


_LONG = ir.IntType(64)
#: by how many numbers a vector has: numbers, and integers of their size
_KINDS = {LANES: (ir.DoubleType(), _LONG), SINGLES: (ir.FloatType(), ir.IntType(32))}
#: operands that leave every number as it is, which a compiler does not know: factor, term, bounds, masks
_OPERANDS = 1.0, 0.0, 1e30, -1e30, 1e31, -1e31, -1, 0


@cache
def _vector_loop(body: tuple[str, ...], turns: int, lanes: int = LANES) -> float:
    """Seconds of a loop of vector instructions on so many vectors that take turns."""
    vector = ir.VectorType(_KINDS[lanes][0], lanes)

    @intrinsic
    def loop(context: Any, count: Any, operands: Any):
        def generate(context: Any, builder: Any, signature: Any, arguments: Any):
            total, given = arguments
            spread = [
                _spread_out(builder, builder.extract_value(given, place), lanes) for place in range(len(_OPERANDS))
            ]
            before, inside, after = builder.block, builder.append_basic_block(), builder.append_basic_block()
            builder.branch(inside)
            builder.position_at_end(inside)
            index = builder.phi(_LONG)
            carried = [builder.phi(vector) for _ in range(turns)]
            values = list(carried)
            for place, kind in enumerate(body):
                values[place % turns] = _instruction(builder, kind, values[place % turns], spread, place // turns)
            following = builder.add(index, _LONG(1))
            builder.cbranch(builder.icmp_signed("<", following, total), inside, after)
            starts = [_LONG(0), *spread[:1] * turns]
            for phi, start, end in zip((index, *carried), starts, (following, *values), strict=True):
                phi.add_incoming(start, before)
                phi.add_incoming(end, inside)
            builder.position_at_end(after)
            total = values[0]
            for each in values[1:]:
                total = builder.fadd(total, each)
            number = builder.extract_element(total, ir.IntType(32)(0))
            return number if lanes == LANES else builder.fpext(number, ir.DoubleType())

        return types.float64(types.int64, operands), generate

    @numba.njit
    def run(count, operands):
        return loop(count, operands)  # type: ignore[call-arg]

    return _fastest(lambda count: run(count, _OPERANDS))


def _spread_out(builder: Any, value: Any, lanes: int) -> Any:
    """A vector of one number."""
    number, integer = _KINDS[lanes]
    if lanes != LANES:
        value = builder.trunc(value, integer) if value.type == _LONG else builder.fptrunc(value, number)
    kind, place = ir.VectorType(value.type, lanes), ir.IntType(32)
    empty = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(empty, value, place(0))
    return builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(place, lanes), [0] * lanes))


def _instruction(builder: Any, kind: str, value: Any, operands: Sequence[Any], turn: int) -> Any:
    """One vector instruction of a kind; of neighbouring turns that differ, so that none makes another needless."""
    one, nought, high, low, higher, lower, mask, zeros = operands
    if kind == "fma":
        return builder.fadd(builder.fmul(value, one, flags=("contract",)), nought, flags=("contract",))
    if kind == "add":
        return builder.fadd(value, nought)
    if kind == "multiply":
        return builder.fmul(value, one)
    if kind == "divide":
        return builder.fdiv(value, one)
    if kind == "sqrt":
        lanes = value.type.count
        name = f"llvm.sqrt.v{lanes}f{64 if lanes == LANES else 32}"
        type_ = ir.FunctionType(value.type, [value.type])
        return builder.call(builder.module.globals.get(name) or ir.Function(builder.module, type_, name), [value])
    if kind == "compare":
        bound, word = ((high, "<"), (low, ">"), (higher, "<"), (lower, ">"))[turn % 4]
        return builder.select(builder.fcmp_ordered(word, value, bound), value, bound)
    bits = builder.bitcast(value, zeros.type)
    changed = builder.and_(bits, mask) if turn % 2 else builder.add(bits, zeros)
    return builder.bitcast(changed, value.type)


@cache
def _call_loop(kind: str, waiting: bool) -> float:
    """Seconds of one call of a function of the C library, each for the result of the last one or not."""
    names: dict[str, Any] = {"numba": numba, "math": math}
    argument = ("x" if waiting else "weight * i") + (" + 0.5" if kind != "pow" else " + 0.5, 1.5")
    lines = f"""
@numba.njit(error_model="numpy", fastmath={{"contract", "nsz", "arcp"}})
def run(count, weight):
    x, total = 0.0, 0.0
    for i in range(count):
        x = math.{kind}({argument})
        total += x
        x = x * weight
    return total
"""
    exec(lines, names)
    return _fastest(lambda count: names["run"](count, 1e-9))
