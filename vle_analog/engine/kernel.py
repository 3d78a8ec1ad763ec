"""The interpreter: steps through a program for a block of boards side by side.

One evaluation of all operations per step, then one Adams-Bashforth step of all states: the same rule for all, so that
a look-ahead still takes back exactly what a leaky integrator did (both are the same function of the discrete
derivative; exponential weights for single leaks made 20 times the error in learners). Rows of a block lie in the caches
from step to step; every inner loop runs over the block's boards and is vector code. A result goes through ``y``: a
row that is computed from itself would otherwise keep the compiler from it.
"""

# mypy: disable-error-code="misc,no-untyped-call"
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from vle_analog.engine.arrays import Memory, Moment
from vle_analog.engine.curves import apply
from vle_analog.engine.noise import OCTAVES, normal
from vle_analog.engine.program import BLOCK, LINEAR, OFFSET_PRODUCT, PRODUCT, QUOTIENT
from vle_analog.jit import jit
from vle_analog.lanes import (
    add,
    clip,
    differ,
    div,
    equal_or,
    fma,
    higher,
    item,
    load,
    mul,
    narrowed,
    spread,
    store,
    sub,
    widen,
)

#: Adams-Bashforth weights of the newest slopes, by how many there are
WEIGHTS = np.array([[1.0, 0.0, 0.0], [1.5, -0.5, 0.0], [23 / 12, -16 / 12, 5 / 12]])
#: a bound beyond is none
_ANY = 1e30
#: a divisor does not come closer to zero than this, volts over the multiplier's scale
_LEAST = 1e-3


@jit(nogil=True, error_model="numpy", _nrt=False, forceinline=True)
def evaluate(t: Any, v: np.ndarray, c: np.ndarray, z: np.ndarray) -> None:
    """All operations once, in place; ``z``: `scratch`."""
    k = 0
    for i in range(len(t.code)):
        code = item(t.code, i)
        if code == LINEAR:
            _combined(t, v, c, i, k)
        elif code == PRODUCT:
            _multiplied(t, v, c, i, k)
        elif code == OFFSET_PRODUCT:
            _multiplied_with_offsets(t, v, c, i, k)
        elif code == QUOTIENT:
            _divided(t, v, c, i, k)
        else:
            _bent(t, v, c, z, i, k)
        k += item(t.coefficients, i)


@njit(inline="always")
def _summed(inputs: np.ndarray, at: int, end: int, v: np.ndarray, c: np.ndarray, k: int) -> Any:
    """A constant and rows times coefficients."""
    y = load(c, k)
    if end - at == 2:  # most of them
        y = fma(load(c, k + 1), load(v, item(inputs, at)), y)
        return fma(load(c, k + 2), load(v, item(inputs, at + 1)), y)
    for p in range(at, end):
        k += 1
        y = fma(load(c, k), load(v, item(inputs, p)), y)
    return y


@njit(inline="always")
def _combined(t: Any, v: np.ndarray, c: np.ndarray, i: int, k: int) -> None:
    """A linear combination, clipped to swing and slew rate."""
    o = item(t.output, i)
    y = _summed(t.inputs, item(t.first, i), item(t.first, i + 1), v, c, k)
    if item(t.slew, i) < _ANY:
        most, before = spread(y, item(t.slew, i)), load(v, o)
        y = clip(y, sub(before, most), add(before, most))
    store(v, o, clip(y, spread(y, item(t.limits, 2 * i)), spread(y, item(t.limits, 2 * i + 1))))


@njit(inline="always")
def _multiplied(t: Any, v: np.ndarray, c: np.ndarray, i: int, k: int) -> None:
    """A product."""
    at = item(t.first, i)
    store(v, item(t.output, i), mul(mul(load(c, k), load(v, item(t.inputs, at))), load(v, item(t.inputs, at + 1))))


@njit(inline="always")
def _multiplied_with_offsets(t: Any, v: np.ndarray, c: np.ndarray, i: int, k: int) -> None:
    """A product with offsets, of factors that bend, and with a lag."""
    o, at = item(t.output, i), item(t.first, i)
    x, z = load(v, item(t.inputs, at)), load(v, item(t.inputs, at + 1))
    by_x = fma(load(c, k), z, fma(load(c, k + 1), x, load(c, k + 2)))
    by_z = fma(load(c, k + 6), z, load(c, k + 3))
    rest = fma(load(c, k + 5), load(v, o), load(c, k + 4))
    store(v, o, fma(x, by_x, fma(z, by_z, rest)))


@njit(inline="always")
def _divided(t: Any, v: np.ndarray, c: np.ndarray, i: int, k: int) -> None:
    """A quotient: the output that makes a multiplier's product what the stage's currents ask for."""
    o, at = item(t.output, i), item(t.first, i)
    a, b, d = item(t.inputs, at), item(t.inputs, at + 1), item(t.inputs, at + 2)
    now = load(v, o)
    y = fma(load(c, k + 4), load(v, d), fma(load(c, k + 3), now, load(c, k + 7)))
    for m in range(item(t.first, i + 1) - at - 3):
        y = fma(load(c, k + 9 + m), load(v, item(t.inputs, at + 3 + m)), y)
    x = sub(load(v, a), load(v, b))
    bent = fma(load(c, k + 8), now, add(x, load(c, k + 5)))
    divisor = higher(mul(bent, load(c, k)), spread(y, _LEAST))
    # divisor (y + YOS + FX x) + what y and its derivatives need = m; y bends by FY as it was one step before
    known = mul(divisor, fma(load(c, k + 1), x, load(c, k + 6)))
    y = div(sub(y, known), add(divisor, load(c, k + 2)))
    store(v, d, now)
    store(v, o, clip(y, spread(y, item(t.limits, 2 * i)), spread(y, item(t.limits, 2 * i + 1))))


@njit(inline="always")
def _bent(t: Any, v: np.ndarray, c: np.ndarray, z: np.ndarray, i: int, k: int) -> None:
    """A nonlinear law of a difference, with a lag; behind the four coefficients lie the law's constants."""
    o, at = item(t.output, i), item(t.first, i)
    x = sub(load(v, item(t.inputs, at)), load(v, item(t.inputs, at + 1)))
    widen(z, 0, fma(x, load(c, k), load(c, k + 1)))
    for m in range(item(t.coefficients, i) - 4):
        widen(z, 1 + m, load(c, k + 4 + m))
    apply(item(t.law, i), z)  # type: ignore[call-arg]
    store(v, o, fma(load(c, k + 2), narrowed(z, 0, x), mul(load(c, k + 3), load(v, o))))


@jit(nogil=True, error_model="numpy", _nrt=False, forceinline=True)
def _slopes(t: Any, m: Any, f: np.ndarray) -> None:
    """The time derivatives of all states, shape (states, BLOCK), per model unit."""
    v, c = m.rows, m.rates
    k = 0
    for i in range(len(t.state)):
        at, end = item(t.rate_first, i), item(t.rate_first, i + 1)
        y = _summed(t.rate_inputs, at, end, v, c, k)
        k += 1 + end - at
        p, last = item(t.gate_first, i), item(t.gate_first, i + 1)
        while p < last:  # all that comes through one gate
            gate = item(t.gates, p)
            through = mul(load(c, k), load(v, item(t.gated, p)))
            p, k = p + 1, k + 1
            while p < last and item(t.gates, p) == gate:
                through = fma(load(c, k), load(v, item(t.gated, p)), through)
                p, k = p + 1, k + 1
            y = fma(through, load(v, gate), y)
        store(f, i, y)


@jit(nogil=True, error_model="numpy", _nrt=False, forceinline=True)
def _advance(t: Any, m: Any, newest: int, known: int, h: float) -> None:
    """One Adams-Bashforth step of all states; one whose op-amp lags takes slopes from that much earlier.

    What a step adds to a state is less by far than the state: what rounding takes from their sum is kept and added to
    the next step's (compensated summation: Dekker 1971), so that states have twice the digits of a row.

    What an op-amp at the end of its swing or slew rate cannot show stays on the capacitor: the summing node moves.
    """
    v = m.rows
    _slopes(t, m, m.slopes[newest])
    f, before, first = m.slopes[newest], m.slopes[(newest + 2) % 3], m.slopes[(newest + 1) % 3]
    for i in range(len(t.state)):
        lag = item(t.state_lag, i) if known > 1 else 0.0
        s = item(t.state, i)
        x = load(v, s)
        step = mul(spread(x, h * (WEIGHTS[known - 1, 0] - lag)), load(f, i))
        step = fma(spread(x, h * (WEIGHTS[known - 1, 1] + lag)), load(before, i), step)
        if known > 2:
            step = fma(spread(x, h * WEIGHTS[known - 1, 2]), load(first, i), step)
        step = add(step, load(m.rest, i))
        y = add(x, step)
        rest = sub(step, sub(y, x))
        low, high = spread(x, item(t.state_limits, 2 * i)), spread(x, item(t.state_limits, 2 * i + 1))
        shown = clip(y, low, high)
        e = item(t.excess, i)
        if e >= 0 and (m.beyond[i] != 0 or item(t.state_slew, i) < _ANY or differ(shown, y)):
            most = spread(x, item(t.state_slew, i))
            y = add(y, load(v, e))
            shown = clip(clip(y, sub(x, most), add(x, most)), low, high)
            held = mul(sub(y, shown), load(m.decays, i))  # the implicit Euler rule: never unstable
            store(v, e, held)
            m.beyond[i] = differ(held, spread(x, 0.0))
        store(m.rest, i, equal_or(shown, y, rest, spread(x, 0.0)))
        store(v, s, shown)


@jit(nogil=True, error_model="numpy")
def _settings(t: Any, m: Any, e: int, k: int, values: np.ndarray) -> int:
    """What the states of an event would be set to, shape (settings, BLOCK); where the next one's coefficients begin."""
    v, c, p = m.rows, m.jumps, t.jumps
    for s in range(len(values)):
        place = p.first[e] + s
        for j in range(BLOCK):
            values[s, j] = c[k, j]
        k += 1
        for i in range(p.input_first[place], p.input_first[place + 1]):
            for j in range(BLOCK):
                values[s, j] += c[k, j] * v[p.inputs[i], j]
            k += 1
    return k


@jit(nogil=True, error_model="numpy")
def _jump(t: Any, m: Any, z: np.ndarray, now: Any) -> None:
    """Events between the last step and this one, whose rows are evaluated: boards in which one happened are behind it
    then, as if they had gone the rest of the step from there, and have no earlier slopes.

    To first order in the rest of the step: the moment and what is set are interpolated; while a state is set it stands
    still, and until then all others see it as it was.
    """
    v, c, p = m.rows, m.jumps, t.jumps
    k = 0
    for e in range(len(p.nodes)):
        a, b, armed, margin = p.nodes[e, 0], p.nodes[e, 1], p.memory[e, 0], p.memory[e, 1]
        rest = np.full(BLOCK, -1.0)  # of the step; negative where nothing happened
        happened = False
        for j in range(BLOCK):
            above = v[a, j] - v[b, j] + c[k, j]
            if v[armed, j] > 0.5 and above > 0.0:
                rest[j] = above / (above - min(v[margin, j], 0.0))
                happened = True
        settings = p.first[e + 1] - p.first[e]
        values = np.zeros((settings, BLOCK))
        at = _settings(t, m, e, k + 1, values)
        if happened:
            for s in range(settings):
                for j in range(BLOCK):
                    if rest[j] >= 0.0:
                        values[s, j] += rest[j] * (v[p.before[p.first[e] + s], j] - values[s, j])
            _reset(t, m, z, now, e, rest, values)
            for j in range(BLOCK):
                if rest[j] >= 0.0:
                    v[armed, j] = 0.0
                    m.moments[e, m.happened[e, j], j] = now.number - rest[j]
                    m.happened[e, j] += 1
            _settings(t, m, e, k + 1, values)
        for j in range(BLOCK):
            v[margin, j] = v[a, j] - v[b, j] + c[k, j]
            if v[margin, j] < -p.hysteresis[e]:
                v[armed, j] = 1.0
        for s in range(settings):
            for j in range(BLOCK):
                v[p.before[p.first[e] + s], j] = values[s, j]
        k = at


@jit(nogil=True, error_model="numpy")
def _reset(t: Any, m: Any, z: np.ndarray, now: Any, e: int, rest: np.ndarray, values: np.ndarray) -> None:
    """Set the states of an event in the boards in which it happened, and go the rest of the step from there (Heun)."""
    v, p, count = m.rows, t.jumps, len(t.state)
    late = p.late[e] / now.unit
    before = v.copy()
    old, new, end = m.trial[0], m.trial[1], m.trial[2]
    new[:] = 0.0
    start, wait, longest = np.zeros((count, BLOCK)), np.full(count, late), 0.0
    _slopes(t, m, old)
    for i in range(count):
        for j in range(BLOCK):  # back to the moment, by slopes in the middle of the way
            middle = old[i, j] - 0.5 * rest[j] * (old[i, j] - m.slopes[(now.newest + 2) % 3, i, j])
            start[i, j] = v[t.state[i], j] - (rest[j] * now.h - late) * middle
    for s in range(len(values)):
        place = p.rate[p.first[e] + s]
        start[place], wait[place] = values[s], p.dead[p.first[e] + s] / now.unit
        longest = max(longest, wait[place])
        if t.excess[place] >= 0:
            v[t.excess[place]] = np.where(rest >= 0.0, 0.0, v[t.excess[place]])
    _put(t, v, start, rest * now.h, wait, new)  # no slopes yet
    evaluate(t, v, m.operations, z)
    _slopes(t, m, new)
    _put(
        t, v, start, np.where(rest >= 0.0, 0.0, -1.0), wait, new
    )  # as if what is set had moved all the time, so that it is right afterwards
    evaluate(t, v, m.operations, z)
    _slopes(t, m, end)
    for i in range(count):
        if wait[i] == late:  # others have not seen it move meanwhile
            start[i] += 0.5 * longest * (new[i] - end[i])
    _put(t, v, start, rest * now.h, wait, new)
    evaluate(t, v, m.operations, z)
    _slopes(t, m, end)
    _put(t, v, start, rest * now.h, wait, 0.5 * (new + end))
    evaluate(t, v, m.operations, z)
    _slopes(t, m, end)
    for j in range(BLOCK):
        if rest[j] >= 0.0:
            m.slopes[(now.newest + 1) % 3, :, j] = end[:, j]
            m.slopes[(now.newest + 2) % 3, :, j] = end[:, j]
            m.rest[:, j] = 0.0
        else:  # outputs that lag were evaluated too often
            v[:, j] = before[:, j]


@jit(nogil=True, error_model="numpy")
def _put(t: Any, v: np.ndarray, start: np.ndarray, since: np.ndarray, wait: np.ndarray, slopes: np.ndarray) -> None:
    """States a while after a moment, which is negative where there was none, from where they then were."""
    for i in range(len(t.state)):
        for j in range(BLOCK):
            if since[j] >= 0.0:
                v[t.state[i], j] = start[i, j] + (since[j] - wait[i]) * slopes[i, j]


@jit(nogil=True, error_model="numpy")
def add_noise(t: Any, m: Any, number: int) -> None:
    """Put the noise of a step on its rows; the first step draws all octaves."""
    low = 0
    high = OCTAVES if number == 0 else 1
    if number > 0:
        while (number >> low) % 2 == 0:
            low += 1
        high = min(low + 1, OCTAVES)
    for i in range(len(t.noise)):
        row = t.noise[i]
        for octave in range(low, high):
            counter = np.uint64(number) * np.uint64(OCTAVES + 1) + np.uint64(octave + 1)
            for j in range(BLOCK):
                fresh = m.pink[i, j] * normal(m.keys[i, j], counter)
                m.sums[i, j] += fresh - m.octaves[octave, i, j]
                m.octaves[octave, i, j] = fresh
        counter = np.uint64(number) * np.uint64(OCTAVES + 1)
        for j in range(BLOCK):
            m.rows[row, j] = m.white[i, j] * normal(m.keys[i, j], counter) + m.sums[i, j]


@jit(nogil=True, error_model="numpy", _nrt=False, forceinline=True)
def drive(t: Any, m: Any, shared: np.ndarray, own: np.ndarray, step: int) -> None:
    """Put the stimuli of a step on their nodes."""
    for i in range(len(t.shared)):
        row = t.shared[i]
        for j in range(BLOCK):
            m.rows[row, j] = shared[i, step] * m.volts[i, j]
    for i in range(len(t.own)):
        row = t.own[i]
        for j in range(BLOCK):
            m.rows[row, j] = own[step, i, j]


@jit(nogil=True, error_model="numpy", fastmath={"contract", "nsz", "arcp"}, _nrt=False, forceinline=True)
def _add_squares(t: Any, m: Any) -> None:
    """Add the squared differences of a step."""
    for p in range(len(t.pairs)):
        a, b = t.pairs[p, 0], t.pairs[p, 1]
        for j in range(BLOCK):
            difference = m.rows[a, j] * m.scales[p, 0, j] - m.rows[b, j] * m.scales[p, 1, j]
            m.squares[p, j] += difference * difference


@jit(nogil=True, error_model="numpy", _nrt=False)
def _note(t: Any, m: Any, record: np.ndarray, place: int) -> None:
    """Record the probes of a block's boards, in units."""
    for p in range(len(t.probes)):
        row = t.probes[p]
        for j in range(record.shape[1]):
            record[p, j, place] = m.rows[row, j] / m.units[p, j]


@jit(nogil=True, error_model="numpy")
def march(t: Any, m: Any, z: np.ndarray, shared: np.ndarray, own: np.ndarray, steps: Any, record: np.ndarray) -> None:
    """Steps of a block.

    Args:
        t, m, steps: `Tables`, of `Memory` this block's, and `Steps`.
        z: `scratch`.
        shared: stimuli, shape (number, steps), with that at the end of the last step where it is recorded.
        own: volts, shape (steps, number, BLOCK), likewise.
        record: shape (probes, boards, points), of no more boards than there are.
    """
    m.beyond[:] = 1
    if steps.settling > 0:
        drive(t, m, shared, own, 0)
        for _ in range(steps.settling):
            evaluate(t, m.rows, m.operations, z)
    for n in range(steps.total):
        drive(t, m, shared, own, n)
        if len(t.noise) > 0:
            add_noise(t, m, steps.number + n)
        evaluate(t, m.rows, m.operations, z)
        if len(t.jumps.nodes) > 0:
            _jump(t, m, z, Moment(n, (steps.done + n) % 3, steps.h, steps.unit))
        if steps.offset + n >= steps.skip:
            _add_squares(t, m)
        if steps.every > 0 and (steps.offset + n) % steps.every == 0:
            _note(t, m, record, steps.point + (steps.offset + n) // steps.every)
        _advance(t, m, (steps.done + n) % 3, min(steps.done + n + 1, steps.order), steps.h)
    if steps.ends:
        before = m.rows.copy()  # the next steps evaluate it again
        drive(t, m, shared, own, steps.total)
        evaluate(t, m.rows, m.operations, z)
        _note(t, m, record, steps.point + (steps.offset + steps.total) // steps.every)
        m.rows[:] = before


@jit(nogil=True, error_model="numpy")
def march_blocks(
    t: Any, m: Any, z: np.ndarray, shared: np.ndarray, own: np.ndarray, steps: Any, record: np.ndarray
) -> None:
    """Steps of blocks, one block after another.

    Args:
        t, z, shared, steps: as of `march`.
        m: `Memory` of these blocks.
        own: as of `march`, of each block.
        record: shape (probes, boards, points), of all boards that there are.
    """
    for b in range(len(own)):
        first = m.number[b] * BLOCK
        march(t, _of_block(m, b), z, shared, own[b], steps, record[:, first : first + BLOCK])


@jit(nogil=True, error_model="numpy", forceinline=True)
def _of_block(m: Any, b: int) -> Any:
    """One block's numbers."""
    return Memory(
        m.number[b],
        m.rows[b],
        m.slopes[b],
        m.rest[b],
        m.beyond[b],
        m.trial[b],
        m.operations[b],
        m.rates[b],
        m.decays[b],
        m.jumps[b],
        m.happened[b],
        m.moments[b],
        m.volts[b],
        m.units[b],
        m.scales[b],
        m.squares[b],
        m.keys[b],
        m.white[b],
        m.pink[b],
        m.octaves[b],
        m.sums[b],
    )
