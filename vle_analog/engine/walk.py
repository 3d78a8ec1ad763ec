"""What small errors of parts add up to along a run: drifts, lags and wrong gains, through every path and loop.

Along a run v(t) of the exact equations every operation and every rate of the real circuit is off by a little, at the
same inputs: by what it settles at, and by its lag times the slope of its output. With these as what drives them, the
deviations d of the states obey ``dd/dt = J(t) d + e(t)``, J the exact program's slopes by its states: the first
variation of the equations (Khalil, "Nonlinear Systems", ch. 3.3). An integrator integrates its e, a leak bounds it, a
resonance gathers it, chaos multiplies it.

J is taken as constant within a step, which is made in as many parts as it takes for Taylor's series of the exponential
up to order 4 to be exact to 3e-4 for the fastest state: a lossless resonance of 60 samples per period keeps its
amplitude to 1e-8 and its phase to 1e-7 per step. e is integrated by the trapezoidal rule. At events deviations jump
(`saltation`).
"""

# mypy: disable-error-code="misc,no-untyped-call"
from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vle_analog.circuit.cell.stage import OPAMP
from vle_analog.circuit.elements import GROUND
from vle_analog.engine.anatomy import NOISE
from vle_analog.engine.program import LINEAR, Program, Rate
from vle_analog.engine.saltation import CAUSES, Moment, crossed
from vle_analog.engine.tangent import GAIN, LAG, becoming, change, differing, rate_slopes, role, settled, slopes
from vle_analog.errors import CircuitError
from vle_analog.jit import jit

Array = NDArray[np.float64]
#: samples in one go at most, and numbers in all of a go's tables together
_CHUNK, _NUMBERS = 256, 2e7
#: deviations beyond mean nothing, volts
_MOST = 1e6
#: what the norm of the states' rates times the length of a part of a step is at most
_REACH = 0.5


@dataclass(frozen=True)
class Trajectory:
    """A run that is walked along.

    Attributes:
        time: model units, shape (times,), increasing; twice where an event is: before it and after it.
        volts: of the nodes that carry signals, in the run, shape (times,) each.
        events: by the place of the time just before them, their names.
    """

    time: Array
    volts: Mapping[str, Array]
    events: Mapping[int, Sequence[str]] = field(default_factory=dict)

    def goes(self, most: int) -> Iterator[tuple[slice, slice]]:
        """Times that are taken in one go, so many and one at most, and with their neighbours; none across an event.

        A go begins where the last one ended, or behind the event there.
        """
        start = 0
        for end in [*sorted(self.events), len(self.time) - 1]:
            for first in range(start, end, most):
                last = min(first + most, end)
                yield slice(first, last + 1), slice(max(start, first - 1), min(end, last + 1) + 1)
            start = end + 1


@dataclass(frozen=True)
class Stretch:
    """Deviations over a stretch of a walk.

    Attributes:
        time: model units, shape (times,).
        deviations: volts, shape (times, nodes, causes).
        expansion: logarithm of the factor by which a small deviation has grown since the walk began.
    """

    time: Array
    deviations: Array
    expansion: float


class Walk:
    """A walk along a run.

    Args:
        perfect, real: programs of the same circuit, of exact parts and of real ones. The first board of ``real`` has
            no errors that scatter, each other one has one.
        unit: seconds per model unit.
        run: what is walked along.

    Attributes:
        time: of the run.
        volts: of all nodes in the run, shape (times,) each.
        causes: what is deterministic, as ``role.gain`` and ``role.lag``; the other boards of ``real`` follow these.

    Raises:
        CircuitError: a stage's memory that its output does not tell.
    """

    def __init__(self, perfect: Program, real: Program, unit: float, run: Trajectory) -> None:
        self.perfect, self.real, self.unit, self.run, self.time = perfect, real, unit, run, run.time
        self.volts = completed(perfect, run.volts)
        self.states = {rate.state: place for place, rate in enumerate(perfect.rates)}
        self._exact = {operation.output: operation for operation in perfect.operations}
        roles = dict.fromkeys([OPAMP, *(name for each in real.operations for name, _ in becoming(each, each))])
        self.causes = tuple(f"{name}.{what}" for name in roles for what in (GAIN, LAG))
        self.causes += CAUSES if run.events else ()
        self._place = {name: len(self.states) + number for number, name in enumerate(self.causes)}
        self._boards = len(self.states) + len(self.causes) - 1  # board 1 stands behind all that is deterministic
        self._width = len(self.states) + len(self.causes) + real.samples - 1

    @property
    def moved(self) -> frozenset[str]:
        """The nodes that states move, themselves included."""
        found = set(self.states)
        for operation in self.perfect.operations:
            if not found.isdisjoint(operation.inputs):
                found.add(operation.output)
        return frozenset(found)

    def stretches(self, nodes: Sequence[str], every: int = 1) -> Iterator[Stretch]:
        """Deviations of some nodes, sample by sample or each so many samples."""
        count, width = len(self.states), self._width - len(self.states)
        state = self._start(width)
        expansion, tables = 0.0, len(self.real.operations) + 2 * count
        chunk = max(4, min(_CHUNK, int(_NUMBERS / (tables * self._width))))
        for go, near in self.run.goes(chunk):
            rows, moved = self._rows(go, near)
            size, end = go.stop - go.start, go.stop - 1
            path = np.empty((size, count, width + 1))
            path[0] = state
            rates, driving = (np.ascontiguousarray(each) for each in np.split(moved, [count], axis=2))
            expansion += _march(rates, driving, np.diff(self.time[go]), path)
            state = path[-1].copy()
            is_whole = end == len(self.time) - 1 or end in self.run.events  # else the next one begins with its last
            chosen = [place for place in range(size if is_whole else size - 1) if (go.start + place) % every == 0]
            if chosen:
                table = np.stack([rows.get(node, np.zeros((size, self._width)))[chosen] for node in nodes], 1)
                told = table[:, :, :count] @ path[chosen][:, :, :width] + table[:, :, count:]
                yield Stretch(self.time[go][chosen], np.clip(told, -_MOST, _MOST), expansion)
            if end in self.run.events:
                state, grown = self._behind(end, {node: row[-1] for node, row in rows.items()}, state)
                expansion += grown

    def _start(self, width: int) -> Array:
        """By how much the states are off at time zero, and behind it the direction of a small deviation."""
        state = np.zeros((len(self.states), width + 1))
        state[:, width] = 1 / math.sqrt(max(1, len(self.states)))
        for place, (exact, real) in enumerate(zip(self.perfect.rates, self.real.rates, strict=True)):
            state[place, self._place[f"{OPAMP}.{GAIN}"] - len(self.states)] = real.start[0] - exact.start[0]
            state[place, len(self.causes) : width] = real.start[1:] - real.start[0]
        return state

    def _behind(self, end: int, rows: Mapping[str, Array], state: Array) -> tuple[Array, float]:
        """Deviations of the states behind the events of a time, and the logarithm by which a small one grew there."""
        count, boards = len(self.states), self._boards - len(self.states)
        jumps = {jump.name: jump for jump in self.real.jumps}
        apart = float(self.time[end] - self.time[end - 1])

        def off(node: str) -> Array:
            row = rows.get(node, np.zeros(self._width))
            found = row[:count] @ state
            found[:-1] += row[count:]
            return np.asarray(found)

        def rates(place: int) -> Array:
            at = {node: own[place : place + 1, None] for node, own in self.volts.items()}
            return np.array([change(rate, at.__getitem__, slice(0, 1))[0, 0] for rate in self.perfect.rates])

        moment = Moment(
            states=self.states,
            off=off,
            rising=lambda node: float(self.volts[node][end] - self.volts[node][end - 1]) / apart,
            volts=lambda node: float(self.volts[node][end]),
            after={name: float(self.volts[name][end + 1]) for name in self.states},
            before=rates(end),
            behind=rates(end + 1),
            place={name: self._place[name] - count for name in CAUSES},
            boards=boards + 1,
            unit=self.unit,
        )
        found = crossed(moment, [jumps[name] for name in self.run.events[end]], state)
        length = float(np.linalg.norm(found[:, -1]))
        found[:, -1] /= length or 1.0
        return np.clip(found, -_MOST, _MOST), math.log(length) if length else 0.0

    def _rows(self, go: slice, neighbours: slice) -> tuple[dict[str, Array], Array]:
        """By node, and of the states' rates: what a volt of each state adds, and what each cause does.

        Args:
            go: times that are asked about.
            neighbours: these, with those beside them, by which slopes are taken.
        """
        near, time = {node: own[neighbours] for node, own in self.volts.items()}, self.time[neighbours]
        size = go.stop - go.start
        inner = slice(go.start - neighbours.start, go.stop - neighbours.start)
        at = {node: own[inner] for node, own in near.items()}
        column = {node: own[:, None] for node, own in at.items()}
        rows: dict[str, Array] = {}
        for state, place in self.states.items():
            rows[state] = np.zeros((size, self._width))
            rows[state][:, place] = 1.0
        for real in self.real.operations:
            exact = self._exact[real.output]
            row, name = np.zeros((size, self._width)), role(real)
            for node, own in slopes(exact, at.__getitem__).items():
                if node in rows:
                    row += own[:, None] * rows[node]
            nominal = settled(real, column.__getitem__, slice(0, 1))
            exactly = settled(exact, column.__getitem__, slice(0, 1))
            before = exactly.value
            for owner, partly in becoming(exact, real):
                after = settled(partly, column.__getitem__, slice(0, 1)).value
                row[:, self._place[f"{owner}.{GAIN}"]] += (after - before)[:, 0]
                before = after
            lag = nominal.lag[..., 0] * (self.real.step / self.unit)
            if lag.any():
                row[:, self._place[f"{name}.{LAG}"]] -= lag * np.gradient(near[real.output], time)[inner]
            if boards := differing(real.coefficients):
                other = settled(real, column.__getitem__, boards).value - nominal.value
                row[:, [self._boards + board for board in boards]] += other
            rows[real.output] = row
        wide = {node: own[:, None] for node, own in near.items()}
        moved = np.zeros((size, len(self.states), self._width))
        for place, (exact_rate, real_rate) in enumerate(zip(self.perfect.rates, self.real.rates, strict=True)):
            for node, own in rate_slopes(exact_rate, at.__getitem__):
                if node in rows:
                    moved[:, place] += own[:, None] * rows[node]
            exact_change = change(exact_rate, wide.__getitem__, slice(0, 1))[:, 0]
            self._add(moved[:, place], real_rate, column, exact_change[inner], np.gradient(exact_change, time)[inner])
        return rows, moved

    def _add(self, row: Array, real: Rate, at: Mapping[str, Array], exactly: Array, slope: Array) -> None:
        """Add what each cause does to the rate of a state, which is exactly so much and changes so fast."""
        nominal = change(real, at.__getitem__, slice(0, 1))
        row[:, self._place[f"{OPAMP}.{GAIN}"]] += nominal[:, 0] - exactly
        row[:, self._place[f"{OPAMP}.{LAG}"]] -= real.lag / self.unit * slope
        coefficients = [real.constant, *real.inputs.values(), *(own for _, _, own in real.gated)]
        if boards := differing(coefficients):
            row[:, [self._boards + board for board in boards]] += change(real, at.__getitem__, boards) - nominal


def completed(program: Program, volts: Mapping[str, Array]) -> dict[str, Array]:
    """Volts of all nodes of a program of exact parts, from those of its signals.

    Args:
        program: of exact parts.
        volts: by node, shape (times,).

    Raises:
        CircuitError: a stage's memory that its output does not tell.
    """
    known = dict(volts)
    still = np.zeros(len(next(iter(volts.values()))))
    known |= {GROUND: still, **{f"{name}{NOISE}": still for name in program.noises}}
    known |= {node: still + own[0] for node, own in program.constants.items()}
    for operation in program.operations:  # an output with a swing follows what it were without
        if operation.code == LINEAR and len(operation.inputs) == 1 and operation.output in known:
            (node,), (constant, factor) = operation.inputs, operation.coefficients
            if node not in known and constant[0] == 0 and factor[0] == 1:
                known[node] = known[operation.output]
    for rate in program.rates:
        if rate.state not in known:
            known[rate.state] = _memory(program, rate.state, known)
    for operation in program.operations:
        if operation.kept:
            known[operation.kept] = known.get(operation.output, still)
        if operation.output not in known:
            column = {node: known[node][:, None] for node in operation.inputs if node in known}
            column.setdefault(operation.output, still[:, None])
            known[operation.output] = np.broadcast_to(
                settled(operation, column.__getitem__, slice(0, 1)).value[:, 0], still.shape
            )
    return known


def _memory(program: Program, state: str, known: Mapping[str, Array]) -> Array:
    """A charge inside of a stage, from the stage's output."""
    for operation in program.operations:
        others = [node for node in operation.inputs if node != state]
        if state in operation.inputs and operation.output in known and all(node in known for node in others):
            at = {node: known[node] for node in others} | {state: np.zeros_like(known[operation.output])}
            column = {node: own[:, None] for node, own in at.items()}
            rest = settled(operation, column.__getitem__, slice(0, 1)).value[:, 0]
            return np.asarray((known[operation.output] - rest) / slopes(operation, at.__getitem__)[state])
    raise CircuitError(f"the stage's output does not tell its memory '{state}'")


@jit(nogil=True)
def _march(rates: Any, driving: Any, steps: Any, path: Any) -> float:
    """Deviations of the states, step by step, and a small one's growth.

    Args:
        rates: per model unit, shape (steps + 1, states, states).
        driving: shape (steps + 1, states, causes).
        steps: model units.
        path: deviations, shape (steps + 1, states, causes and one more), the first given; changed in place. The last
            one is a small deviation's direction, kept at length one.

    Returns:
        Logarithm of the factor by which the small one has grown.
    """
    count, width = path.shape[1], path.shape[2]
    grown = 0.0
    rows, columns = np.empty(count * count, np.int64), np.empty(count * count, np.int64)
    factors = np.empty(count * count)
    term, more = np.empty((count, width)), np.empty((count, width))
    for n in range(len(steps)):
        entries, norm = 0, 0.0
        for i in range(count):
            size = 0.0
            for j in range(count):
                factor = 0.5 * steps[n] * (rates[n, i, j] + rates[n + 1, i, j])
                if factor != 0.0:
                    rows[entries], columns[entries], factors[entries] = i, j, factor
                    entries += 1
                    size += abs(factor)
            norm = max(norm, size)
        parts = max(1, math.ceil(norm / _REACH))
        now = path[n + 1]
        for i in range(count):
            for c in range(width):
                now[i, c] = path[n, i, c] + (0.5 * steps[n] * driving[n, i, c] if c < width - 1 else 0.0)
        for _ in range(parts):
            term[:] = now
            for order in range(1, 5):
                more[:] = 0.0
                for e in range(entries):
                    i, j, factor = rows[e], columns[e], factors[e] / (parts * order)
                    for c in range(width):
                        more[i, c] += factor * term[j, c]
                term[:] = more
                now += term
        length = 0.0
        for i in range(count):
            for c in range(width - 1):
                now[i, c] = min(max(now[i, c] + 0.5 * steps[n] * driving[n + 1, i, c], -_MOST), _MOST)
            length += now[i, width - 1] ** 2
        if length > 0.0:
            grown += 0.5 * math.log(length)
            for i in range(count):
                now[i, width - 1] /= math.sqrt(length)
    return grown
