"""The engine: boards of one design that run side by side, stretch by stretch, with exams on the way."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.panel import Panel
from vle_analog.engine.anatomy import gathered
from vle_analog.engine.arrays import Memory, Steps
from vle_analog.engine.compiler import compile_circuit
from vle_analog.engine.draft import Draft
from vle_analog.engine.figures import resolved_lag
from vle_analog.engine.layout import Layout, memory_of, muted
from vle_analog.engine.march import March
from vle_analog.engine.noise import amplitudes
from vle_analog.engine.played import Played, Stimuli
from vle_analog.engine.program import Program, needed
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
    """

    start: float
    steps: Steps

    @property
    def times(self) -> Array:
        """When they record, model units, shape (points,)."""
        steps = self.steps
        return self.start + steps.h * (steps.every * np.arange(steps.points, dtype=np.float64) - steps.offset)


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
        self._layout, self._memory = self._first = self._built(step, None)
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
            pieces.append(Piece(start, steps._replace(ends=fine == count and steps.ending)))
        if fine < count:
            lead = -fine % stride if stride else 0  # steps up to the first point that is recorded
            steps = self._counted(count - fine, h, stride, -lead, skip=-lead)
            before = pieces[0].steps.points if fine else 0
            pieces.append(Piece(start + fine * h, steps._replace(point=before, ends=steps.ending)))
        record = self._record(pieces)
        found = [self._advanced(piece, record, silent) for piece in pieces]
        self.time = until
        return self._joined(pieces, found, [fine, count - fine], record)

    def _advanced(self, piece: Piece, record: np.ndarray, silent: bool) -> Found:
        """Steps of one length from where the boards stand."""
        h, total = piece.steps.h, piece.steps.total
        if abs(h / self._h - 1) > 1e-9:
            self._resized(h)
        settling = 0 if self._settled else _SETTLE
        steps = piece.steps._replace(done=self._done, number=self._number, settling=settling)
        memory = muted(self._memory) if silent else self._memory
        found = self._run(self._layout, memory, self.stimuli, Piece(piece.start, steps), record)
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
        layout, held = self._built(h, _copied(self._memory, ("rows", "rest", "octaves", "sums")), closed)
        stride = max(1, round((every or h) / h))
        steps = self._counted(count, h, stride, skip=round(settle / h))
        piece = Piece(0.0, steps._replace(number=self._number, settling=_SETTLE, ends=steps.ending))
        record = self._record([piece])
        found = self._run(layout, muted(held) if silent else held, played, piece, record)
        return self._joined([piece], [found], [count], record)

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
        found = self._memory.rows[:, rows].swapaxes(1, 2).reshape(-1, len(rows))[: self.samples]
        return found / self._units(names).T

    def state(self) -> dict[str, Array]:
        """State of the boards between two stretches, by name, for `restore`."""
        clock = np.array([self.time, self._h, self._done, self._number, self._settled], np.float64)
        return {"clock": clock, **{name: getattr(self._memory, name).copy() for name in _STATE}}

    def restore(self, state: Mapping[str, Array]) -> None:
        """Stand where an engine of the same circuits stood, and go on from there as it did, bit for bit."""
        time, h, done, number, settled = state["clock"].tolist()
        if h != self._h:
            self._resized(h)
        self._memory = _copied(self._memory._replace(**{name: state[name] for name in _STATE}), _STATE)
        self.time, self._done, self._number, self._settled = time, int(done), int(number), bool(settled)

    def _built(self, h: float, before: Memory | None, closed: Set[str] = frozenset()) -> tuple[Layout, Memory]:
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
        found = memory_of(layout, program, h, self._units(self.probes), 1 / self._units(self.pair), noise)
        return layout, found if before is None else _continued(found, before)

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
            new.slopes[...] = 0.0
            self._memory = _continued(new, self._memory)
        else:
            self._layout, self._memory = self._built(h, self._memory)
        self._h, self._done = h, 0

    def _steps(self, span: float) -> tuple[int, float]:
        count = max(1, math.ceil(span / self.step - 1e-9))
        return count, span / count

    def _counted(self, count: int, h: float, stride: int, offset: int = 0, skip: int = 0) -> Steps:
        """Steps from rest."""
        return Steps(count, h, 0, 0, self.order, every=stride, offset=offset, skip=skip, unit=self.anatomy.unit)

    def _units(self, names: Sequence[str]) -> np.ndarray:
        """Volts per unit of signals, shape (names, samples)."""
        return np.reshape([self._values["S", name, ""] for name in names], (-1, self.samples))

    def _record(self, pieces: Sequence[Piece]) -> np.ndarray:
        """Room for what is recorded over some pieces, shape (probes, samples, points)."""
        points = sum(piece.steps.points for piece in pieces)
        return np.empty((len(self.probes), self.samples, points))

    def _run(
        self, layout: Layout, memory: Memory, stimuli: Sequence[Stimuli], piece: Piece, record: np.ndarray
    ) -> Found:
        """Steps of all boards."""
        steps = piece.steps
        march = March(layout, memory, self._played(stimuli, piece), steps, record)
        happened = march.run(self.threads)[: self.samples]
        squares = np.concatenate(memory.squares, axis=1)[:, : self.samples]
        means = sum(squares, np.zeros(self.samples)) / max(1, steps.summed)
        events = {
            name: [piece.start + steps.h * moments[event] + told / steps.unit for moments in happened]
            for event, (name, told) in enumerate(layout.told.items())
        }
        return Found(means, events)

    def _played(self, stimuli: Sequence[Stimuli], piece: Piece) -> Played:
        """Stimuli of all boards over some steps."""
        scales = {name: self._values["D", name, ""] for name in self._layout.drives}
        return Played(stimuli, scales, piece.start, piece.steps.h, piece.steps.total)

    def _joined(
        self, pieces: Sequence[Piece], found: Sequence[Found], steps: Sequence[int], record: np.ndarray
    ) -> Stretch:
        """One stretch of pieces that follow one another and take so many steps of the engine's each."""
        first, last = found[0], found[-1]
        squares, events = last.squares, last.events
        if len(pieces) == 2:
            squares = (steps[0] * first.squares + steps[1] * last.squares) / sum(steps)
            events = {
                name: [np.concatenate(each) for each in zip(first.events[name], times, strict=True)]
                for name, times in last.events.items()
            }
        signals = dict(zip(self.probes, record, strict=True)) if pieces[0].steps.every else {}
        return Stretch(np.concatenate([piece.times for piece in pieces]), signals, squares, events)


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
