"""The engine: boards of one design that run side by side, stretch by stretch, with exams on the way."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.panel import Panel
from vle_analog.engine.anatomy import gathered
from vle_analog.engine.arrays import Memory, Steps, Tables
from vle_analog.engine.compiler import compile_circuit
from vle_analog.engine.curves import scratch
from vle_analog.engine.draft import Draft
from vle_analog.engine.figures import resolved_lag
from vle_analog.engine.kernel import march, settle
from vle_analog.engine.layout import Layout, memories, muted
from vle_analog.engine.noise import amplitudes
from vle_analog.engine.played import CHUNK, Played, Stimuli
from vle_analog.engine.program import BLOCK, Program, needed
from vle_analog.engine.record import Record
from vle_analog.errors import CircuitError, StepTooLongError, nearest
from vle_analog.lanes import aligned
from vle_analog.stimulus import Constant, Stimulus
from vle_analog.waveforms import Array

#: evaluations after which outputs that follow with a lag have settled at a start
_SETTLE = 40
#: steps from time zero on that are made of finer ones, and how many of these: capacitors start as they are, and a
#: network that looks ahead answers with a spike, half of it at the rails, a tenth of a time constant long; what
#: averages slowly remembers it for long
_FIRST, _FINER = 20, 16

#: largest step over time constant at which a method of an order is stable
_STABLE = {1: 2.0, 2: 1.0, 3: 6 / 11}
#: of a block's memory, what changes on the way
_STATE = ("rows", "slopes", "rest", "octaves", "sums")


@dataclass(frozen=True)
class Stretch:
    """What a stretch of time brought.

    Attributes:
        time: of the recorded points, model units, shape (n,).
        signals: recorded signals in model units, shape (samples, n) each.
        squares: mean over the stretch of (first - second)^2, summed over the engine's pairs, shape (samples,).
        events: when triggers told events, by their names, model units, an array for each sample.
    """

    time: Array
    signals: Mapping[str, Array]
    squares: Array
    events: Mapping[str, Sequence[Array]] = field(default_factory=dict)


@dataclass(frozen=True)
class Piece:
    """Steps of one length, of a stretch.

    Attributes:
        start: when they begin, model units.
        steps: how they go.
        ends: whether the point at their end is recorded.
        point: the first one that they record, as the stretch counts.
        settled: whether outputs that follow with a lag are where they belong.
    """

    start: float
    steps: Steps
    ends: bool
    point: int = 0
    settled: bool = False

    @property
    def points(self) -> int:
        """How many points they record."""
        return self.steps.records + self.ends

    @property
    def times(self) -> Array:
        """When, model units, shape (points,)."""
        steps = self.steps
        return self.start + steps.h * (steps.every * np.arange(self.points, dtype=np.float64) - steps.offset)


class Found(NamedTuple):
    """What a piece brought, as `Stretch` has it."""

    squares: Array
    events: Mapping[str, Sequence[Array]]


class Engine:
    """Boards of one design, side by side.

    Args:
        circuits: all of one structure; values and stimuli may differ. An iterator is read one by one. Or such as were
            made together.
        step: model units between two evaluations; a learning network wants a tenth of its fastest time constant.
        probes: signals that can be recorded.
        pair: two signals whose mean squared difference is wanted of every stretch; of several pairs, whose squared
            differences are summed, all first ones, then all second ones.
        order: of the Adams-Bashforth method, 1 to 3; the third is unstable earlier, at 0.55 of a time constant.
        threads: that share the boards; all cores when None.
        single: whether voltages, slopes and coefficients are numbers of single precision; states have twice its
            digits. Lessons are so, whose step their network gives, whatever the parts are: devices with lags that are
            comparable with it are followed to second order then. Of a system it is found by trial.

    Raises:
        CircuitError: circuits that differ in structure, parts that the engine does not know, an unknown signal,
            or outputs that depend on one another without a state in between.
    """

    def __init__(
        self,
        circuits: Circuit | Iterable[Circuit] | Panel,
        step: float,
        probes: Sequence[str] = (),
        pair: Sequence[str] = (),
        order: int = 2,
        threads: int | None = None,
        single: bool = False,
    ) -> None:
        self._single, self.kind = single, "float32" if single else "float64"
        given = [circuits] if isinstance(circuits, Circuit) else circuits
        self.anatomy, self._values, specimens = gathered(given)
        self.stimuli = [specimen.stimuli for specimen in specimens]
        self._noises = [each.noises for each in specimens]
        for name in (*probes, *pair):
            if name not in self.anatomy.signals:
                raise CircuitError(f"no signal '{name}'", hint=nearest(name, self.anatomy.signals))
        self.samples, self.step, self.order = len(self.stimuli), step, order
        self.probes, self.pair, self.time = tuple(probes), tuple(pair), 0.0
        self.threads = threads or os.cpu_count() or 1
        self._h = step
        self._layout, self._memories = self._first = self._built(step, None)
        self._done, self._number = 0, 0
        self._settled = False

    def advance(self, until: float, every: float | None = None, silent: bool = False) -> Stretch:
        """Run on to a time, recording the probes each ``every`` model units (rounded to steps; None for never).

        Parts make no noise meanwhile where it is to be silent. Stretches whose lengths are no multiples of the step are
        run with a shorter one.
        """
        start, (count, h) = self.time, self._steps(until - self.time)
        stride = 0 if every is None else max(1, round(every / h))
        fine = min(count, max(0, math.ceil((_FIRST * self.step - start) / h - 1e-9)))
        pieces = []
        if fine:
            steps = self._counted(fine * _FINER, h / _FINER, stride * _FINER)
            pieces.append(Piece(start, steps, fine == count and steps.ending))
        if fine < count:
            lead = -fine % stride if stride else 0  # steps up to the first point that is recorded
            steps = self._counted(count - fine, h, stride, -lead, skip=-lead)
            pieces.append(Piece(start + fine * h, steps, steps.ending))
        record = self._record(pieces)
        found, point = [], 0
        for piece in pieces:
            found.append(self._advanced(replace(piece, point=point), record, silent))
            point += piece.points
        self.time = until
        return _joined(pieces, found, [fine, count - fine], record)

    def _advanced(self, piece: Piece, record: Record, silent: bool) -> Found:
        """Steps of one length from where the boards stand."""
        h, total = piece.steps.h, piece.steps.total
        if abs(h / self._h - 1) > 1e-9:
            self._resized(h)
        steps = piece.steps._replace(done=self._done, number=self._number)
        piece = replace(piece, steps=steps, settled=self._settled)
        played = self._played(self.stimuli, piece)
        memories = [muted(memory) for memory in self._memories] if silent else self._memories
        found = self._run(self._layout, memories, played, piece, record)
        self._done, self._settled = self._done + total, True
        self._number += total
        return found

    def examine(
        self,
        stimuli: Stimuli | Sequence[Stimuli],
        span: float,
        every: float | None = None,
        settle: float = 0.0,
        silent: bool = False,
    ) -> Stretch:
        """Run from here under other stimuli, their time counted from zero; the boards stay where they stand.

        Args:
            stimuli: by source, for all boards or one mapping per board; all other sources go on from time zero.
            span: model units.
            every: as `advance` has it; each step when None. Records of many boards fill the memory.
            settle: model units before squares count.
            silent: whether parts make no noise meanwhile.
        """
        each = [stimuli] * self.samples if isinstance(stimuli, Mapping) else list(stimuli)
        for name in {name for mapping in each for name in mapping}:
            if name not in self._layout.drives:
                raise CircuitError(
                    f"no input '{name}'", where=self.anatomy.name, hint=nearest(name, self._layout.drives)
                )
        played = [{**own, **other} for own, other in zip(self.stimuli, each, strict=True)]
        count, h = self._steps(span)
        closed = {name for name in self._layout.drives if all(_is_closed(mapping[name]) for mapping in played)}
        held = [_copied(each, ("rows", "rest", "octaves", "sums")) for each in self._memories]
        layout, held = self._built(h, held, closed)
        stride = max(1, round((every or h) / h))
        if silent:
            held = [muted(memory) for memory in held]
        steps = self._counted(count, h, stride, skip=round(settle / h))._replace(number=self._number)
        piece = Piece(0.0, steps, steps.ending)
        record = self._record([piece])
        found = self._run(layout, held, self._played(played, piece), piece, record)
        return _joined([piece], [found], [count], record)

    @property
    def makes_noise(self) -> bool:
        """Whether there are sources of noise."""
        return bool(self.anatomy.pins or self.anatomy.currents or self.anatomy.series)

    def values(self, names: Sequence[str]) -> Array:
        """Signals as they stand, model units, shape (samples, names).

        Only states, constants and what follows from them at the last step's beginning: a learned parameter is a
        state.
        """
        rows = [self._layout.row(name) for name in names]
        found = np.concatenate([memory.rows[rows].T for memory in self._memories])[: self.samples]
        return found / np.stack([self._values["S", name, ""] for name in names], axis=1)

    def state(self) -> dict[str, Array]:
        """State of the boards between two stretches, by name, for `restore`."""
        clock = np.array([self.time, self._h, self._done, self._number, self._settled], np.float64)
        arrays = {name: np.stack([getattr(memory, name) for memory in self._memories]) for name in _STATE}
        return {"clock": clock, **arrays}

    def restore(self, state: Mapping[str, Array]) -> None:
        """Stand where an engine of the same circuits stood, and go on from there as it did, bit for bit."""
        time, h, done, number, settled = state["clock"].tolist()
        if h != self._h:
            self._resized(h)
        self._memories = [
            _copied(memory._replace(**{name: state[name][place] for name in _STATE}), _STATE)
            for place, memory in enumerate(self._memories)
        ]
        self.time, self._done, self._number, self._settled = time, int(done), int(number), bool(settled)

    def _built(
        self, h: float, before: Sequence[Memory] | None, closed: Set[str] = frozenset()
    ) -> tuple[Layout, list[Memory]]:
        """Tables and numbers for a step, with others' rows if there are; with closed gates no more than needed."""
        unit = self.anatomy.unit
        resolved = resolved_lag(self.step * unit) if self._single else math.inf  # alike for all lengths of steps: rows
        draft = Draft(self.anatomy, self._values, self.samples, h * unit, resolved=resolved)
        program = compile_circuit(draft)
        self._check(program, h)
        rows = None if before is None else self._layout.rows
        if closed:
            gates = {program.drives[name][0] for name in closed}
            program = needed(program, {*self.probes, *self.pair}, gates)
        layout = Layout.of(program, self.probes, self.pair, self.kind, rows)
        noise = amplitudes(program.noises, self._noises, program.step)
        volts = {name: self._values["S", name, ""] for name in self.pair}
        found = memories(layout, program, h, volts, self.pair, noise)
        if before is not None:
            found = [_continued(new, old) for new, old in zip(found, before, strict=True)]
        return layout, found

    def _check(self, program: Program, h: float) -> None:
        """Refuse a step at which the method is unstable."""
        for rate in program.rates:
            fastest = float(np.max(-rate.inputs.get(rate.state, np.zeros(1))))
            if h * fastest > _STABLE[self.order]:
                tau = f"{1 / fastest:.3g} model units"
                raise StepTooLongError(
                    f"'{rate.state}' has a time constant of {tau}, too short for steps of {h:.3g}",
                    where=self.anatomy.name,
                    hint=f"take steps of at most {0.5 * _STABLE[self.order] / fastest:.2g}",
                )

    def _resized(self, h: float) -> None:
        if h == self.step:  # stepped with before, or made at the start and kept
            self._layout, new = self._first
            for memory in new:
                memory.slopes[...] = 0.0
            self._memories = [_continued(own, old) for own, old in zip(new, self._memories, strict=True)]
        else:
            self._layout, self._memories = self._built(h, self._memories)
        self._h, self._done = h, 0

    def _steps(self, span: float) -> tuple[int, float]:
        count = max(1, math.ceil(span / self.step - 1e-9))
        return count, span / count

    def _counted(self, count: int, h: float, stride: int, offset: int = 0, skip: int = 0) -> Steps:
        """Steps from rest."""
        return Steps(count, h, 0, 0, self.order, every=stride, offset=offset, skip=skip, unit=self.anatomy.unit)

    def _record(self, pieces: Sequence[Piece]) -> Record:
        """What is recorded over some pieces."""
        points = sum(piece.points for piece in pieces)
        names = self.probes if pieces[0].steps.every else ()
        return Record(names, {name: self._values["S", name, ""] for name in names}, points)

    def _run(self, layout: Layout, memories: Sequence[Memory], played: Played, piece: Piece, record: Record) -> Found:
        """Steps of all blocks."""
        tables = layout.tables(played.common, played.own)

        def block(number: int) -> tuple[np.ndarray, list[list[Array]]]:
            return self._block(tables, memories[number], played, number, piece, record)

        with ThreadPoolExecutor(self.threads) as pool:
            found = list(pool.map(block, range(len(memories))))
        squares = np.concatenate([summed for summed, _ in found], axis=1)[:, : self.samples]
        steps = piece.steps
        means = sum(squares, np.zeros(self.samples)) / max(1, steps.summed)
        events = {
            name: [
                played.start + steps.h * moments[event] + told / steps.unit
                for _, happened in found
                for moments in happened
            ][: self.samples]
            for event, (name, told) in enumerate(layout.told.items())
        }
        return Found(means, events)

    def _block(
        self, tables: Tables, memory: Memory, played: Played, number: int, piece: Piece, record: Record
    ) -> tuple[np.ndarray, list[list[Array]]]:
        """Steps of one block, recorded: sums of squares, and events, by board and number, in steps."""
        memory, steps = memory._replace(volts=played.volts(number)), piece.steps
        memory.squares[:] = 0.0
        rows = scratch(self._layout.constants)
        happened: list[list[list[Array]]] = []
        for first in range(0, steps.total, CHUNK):
            shared, own = played.shared(first), played.owned(first, number)
            if first == 0 and not piece.settled:
                settle(tables, memory, rows, shared, own, _SETTLE)
            memory.happened[:] = 0
            part = steps.part(first, CHUNK)
            volts = np.empty((part.records, len(self.probes), BLOCK))
            march(tables, memory, rows, shared, own, part, volts)
            record.write(number, piece.point + part.before, volts)
            if memory.happened.size:
                happened.append(_moments(memory, first))
        if piece.ends:
            # on a copy: the next stretch evaluates it again
            after, driven = _copied(memory, ("rows",)), played.shared(steps.total)
            settle(tables, after, rows, driven, played.owned(steps.total, number), 1)
            record.write(number, piece.point + steps.records, after.rows[tables.probes][None])
        events = [
            [np.concatenate(parts) for parts in zip(*boards, strict=True)] for boards in zip(*happened, strict=True)
        ]
        return memory.squares.copy(), events

    def _played(self, stimuli: Sequence[Stimuli], piece: Piece) -> Played:
        """Stimuli of all boards over some steps."""
        scales = {name: self._values["D", name, ""] for name in self._layout.drives}
        return Played(stimuli, scales, piece.start, piece.steps.h, piece.steps.total)


def _moments(memory: Memory, first: int) -> list[list[Array]]:
    """Events of the steps from one on, by board and number, in steps."""
    return [
        [
            first + moments[:count, board]
            for moments, count in zip(memory.moments, memory.happened[:, board], strict=True)
        ]
        for board in range(BLOCK)
    ]


def _joined(pieces: Sequence[Piece], found: Sequence[Found], steps: Sequence[int], record: Record) -> Stretch:
    """One stretch of pieces that follow one another and take so many steps of the engine's each."""
    first, last = found[0], found[-1]
    squares, events = last.squares, last.events
    if len(pieces) == 2:
        squares = (steps[0] * first.squares + steps[1] * last.squares) / sum(steps)
        events = {
            name: [np.concatenate(each) for each in zip(first.events[name], times, strict=True)]
            for name, times in last.events.items()
        }
    return Stretch(np.concatenate([piece.times for piece in pieces]), record.signals, squares, events)


def _continued(new: Memory, old: Memory) -> Memory:
    """A memory for another step that stands where another one stood."""
    found = new._replace(rows=old.rows, octaves=old.octaves, sums=old.sums)
    return found._replace(rest=old.rest) if new.rest.shape == old.rest.shape else found


def _copied(memory: Memory, names: Sequence[str]) -> Memory:
    """The same numbers, some of them copied."""
    copies = {}
    for name in names:
        values = getattr(memory, name)
        copies[name] = aligned(values.shape, values.dtype)
        copies[name][...] = values
    return memory._replace(**copies)


def _is_closed(stimulus: Stimulus) -> bool:
    return isinstance(stimulus, Constant) and stimulus.value == 0
