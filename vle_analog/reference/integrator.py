"""The ideal solution of an explicit system by a fixed-step Runge-Kutta method."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from vle_analog.compiled import compiled
from vle_analog.equations.system import EquationSystem, instance_names, name_of, shape_of
from vle_analog.equations.templates import in_order
from vle_analog.errors import DivergenceError, UsageError
from vle_analog.reference.codegen import advancing, source
from vle_analog.reference.driver import Drive, Extremes, Flow, Recording, advance, integrate, march, rates
from vle_analog.reference.history import History
from vle_analog.reference.layout import Layout, layout, parameters
from vle_analog.reference.moments import Moments, Piece, with_margins
from vle_analog.reference.tableau import RK4, Tableau
from vle_analog.waveforms import Waveforms

Array = NDArray[np.float64]
Progress = Callable[[float], None]

_CHUNK = 50_000
#: a state so many times larger than all that its system is made of has diverged
_DIVERGED = 1e9
#: as a fraction of the span, how close to an event a sample is beside it
_BESIDE = 1e-5
#: relative to a time, what is just before or after it
_SIDE = 1e-13


@dataclass(frozen=True)
class Solution:
    """What the reference run shows.

    Attributes:
        waveforms: the recorded signals by instance name.
        peaks: largest absolute value by template name, of every signal, once it has settled; an input's over the
            whole run.
        lowest, highest: smallest and largest value over the whole run by template name, of every signal.
        step: the largest step taken, model units.
        final: final state values by template name, in their shapes.
        stiff: whether an implicit method found it: an explicit one does not get through at these steps.
    """

    waveforms: Waveforms
    peaks: Mapping[str, float]
    lowest: Mapping[str, float]
    highest: Mapping[str, float]
    step: float
    final: Mapping[str, Array]
    stiff: bool = False

    @property
    def events(self) -> Mapping[str, Array]:
        """Times of each event, by its name, shape (n,) each."""
        return self.waveforms.events

    def judged(self, width: float = 0.0) -> Waveforms:
        """The waveforms that others are held against: beside an event a sample tells only whether it was before.

        Args:
            width: how close to an event samples are left out at least, model units: those of a run with such steps
                tell no more.
        """
        time = self.waveforms.time
        width = max(width, _BESIDE * float(time[-1]))
        away = np.ones(len(time), bool)
        for moment in np.concatenate([np.zeros(0), *self.events.values()]):
            away &= np.abs(time - moment) > width
        if away.all():
            return self.waveforms
        signals = {name: values[away] for name, values in self.waveforms.signals.items()}
        return replace(self.waveforms, time=time[away], signals=signals)

    def __repr__(self) -> str:
        """Its waveforms and largest step."""
        return f"<Solution, step {self.step:.3g}: {self.waveforms!r}>"


class Integrator:
    """An integrator compiled from a system's equations.

    Args:
        system: explicit equations (no temporal operators left).
        method: the Runge-Kutta method.
    """

    def __init__(self, system: EquationSystem, method: Tableau = RK4) -> None:
        self.history = History(system.updated(definitions=in_order(system.definitions)))
        self.system = with_margins(self.history.system)
        self.layout: Layout = layout(self.system)
        text, held = source(self.system, self.layout)
        # what its addresses stand for; cannot be pickled, as addresses must not be
        self.module = compiled(text, "reference")
        self.parameters = parameters(self.system)
        self.method = method
        self._flow = Flow(
            self.module.flow.address,
            self.module.constants.address if held else 0,
            self.layout.lengths["d"],
            held,
            self.parameters,
            _DIVERGED * self._largest(),
        )
        self._stages = method.stages
        self._middle = 1 in method.nodes
        self._chosen: dict[tuple[str, ...], tuple[NDArray[np.int64], NDArray[np.int64]]] = {}

    def _largest(self) -> float:
        """The largest number in the equations: a start value, a parameter or one written out; 1 at least."""
        expressions = [each.derivative for each in self.system.states]
        expressions += [each.expression for each in self.system.definitions]
        written = {abs(float(number)) for each in expressions for number in each.atoms(sp.Float, sp.Integer)}
        return float(np.max(np.abs([1.0, *written, *self.initial(), *self.parameters])))

    def initial(self) -> Array:
        """All states at time zero in their flat array."""
        parts = [
            np.broadcast_to(np.asarray(state.initial, float), shape_of(state.symbol)).ravel()
            for state in self.system.states
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def run(
        self,
        step: float,
        halvings: int = 0,
        *,
        span: float | None = None,
        record: Iterable[str] | None = None,
        samples: int = 100_000,
        settle: float = 0.0,
        progress: Progress | None = None,
    ) -> Solution:
        """Integrate from time zero over the span.

        Args:
            step: largest step in model units; shortened to meet stimuli's corners and the span.
            halvings: how often every step is then halved; runs that differ only in this record at
                times of which one's contain the other's.
            span: model units; the system's own when None.
            record: template names to record; the system's probes when None.
            samples: at most about this many are recorded: every step, every second, every fourth ...
            settle: model units from the start that peaks do not count.
            progress: told the fraction that is done.

        Raises:
            DivergenceError: a state is not finite or beyond its limit; says which and when.
            UsageError: step or span are not positive.
        """
        span = self.system.span if span is None else span
        if not (step > 0 and span > 0):
            raise UsageError(f"step ({step}) and span ({span}) must be positive")
        times = self.grid(step, span, halvings)
        count = len(times) - 1
        stride = 1 << max(0, (-(-count // samples) - 1).bit_length())
        names = list(dict.fromkeys(self.system.probes if record is None else record))
        chosen, columns = self._chosen_of(names)
        y = self.initial()
        self.history.record.clear()
        reach = _Reach(y, self.layout)
        blocks: list[Array] = []
        moments: list[Array] = []
        events: dict[str, list[float]] = {event.name: [] for event in self.system.events}
        settled = int(np.searchsorted(times, min(settle, times[-2]))) if settle > 0 else 0
        for piece in self.pieces(y, times, lambda name, time: events[name].append(time), settled):
            if piece.number == settled:
                reach.forget_peaks(y)
            reach.visit(y)
            stretched = Recording(*chosen, stride, piece.number % stride) if piece.whole else Recording(*chosen, 1, 0)
            blocks.append(self._advanced(y, piece.bounds, stretched, reach)[int(piece.opens) :])
            moments.append(piece.recorded(stretched.stride, stretched.phase))
            if progress is not None:
                progress(piece.done / count)
        last = self.derived(y, times[-1])
        blocks.append(np.concatenate([y[chosen[0]], last[chosen[1]]])[None, :])
        time = np.append(np.concatenate(moments), times[-1])
        data = np.concatenate(blocks)
        signals = {column: np.ascontiguousarray(data[:, n]) for n, column in enumerate(columns)}
        signals |= self._played(names, time)
        largest = float(np.max(np.diff(times)))
        happened = {name: np.array(moments) for name, moments in events.items()}
        return Solution(Waveforms(time, signals, happened), *reach.found(last), largest, self.shaped(y))

    def pieces(self, y: Array, times: Array, tell: Callable[[str, float], None], border: int = 0) -> Iterator[Piece]:
        """Stretches of steps that are taken at once. Whoever takes one advances the state over it before the next.

        Args:
            y: the state, changed in place by events.
            times: bounds of all steps.
            tell: told each event's name and time, behind the stretch that ends there.
            border: number of a step at which a stretch begins.
        """
        shortest, count = self.history.shortest, len(times) - 1
        jumps = np.searchsorted(times, [moment - 1e-9 * times[-1] for moment in self.history.jumps])

        def ends(first: int) -> int:
            last = border if first < border else count
            if shortest is not None:
                known = int(np.searchsorted(times, times[first] + shortest * (1 + 1e-12), side="right")) - 1
                last = min([last, max(first + 1, known), *jumps[jumps > first].tolist()])
            return min(last, first + _CHUNK)

        if self.system.events:
            yield from Moments(self, tell).pieces(y, times, ends)
            return
        first = 0
        while first < count:
            last = ends(first)
            yield Piece(times[first : last + 1], first, last)
            first = last

    def _advanced(self, y: Array, bounds: Array, recording: Recording, reach: _Reach) -> Array:
        """What is recorded while a state is advanced in place, shape (records, recorded).

        Raises:
            DivergenceError: a state is not finite or beyond its limit.
        """
        drive = Drive(self.inputs(bounds), 2, np.diff(bounds))
        reach.take(drive.inputs)
        flow = self._flow._replace(limit=self._flow.limit * max(1.0, reach.largest_input))
        kept = self._with_history(recording)
        records = np.empty((len(drive.steps) // kept.stride + 1, len(kept.y) + len(kept.d)))
        written, done = integrate(flow, self._stages, y, drive, kept, reach.extremes, records)
        if done < len(drive.steps):
            raise self.diverged(y, float(bounds[done + 1]))
        if kept is recording:
            return records[:written]
        own, states = len(recording.y), len(kept.y)
        past, slopes = records[:written, own:states], records[:written, states + len(recording.d) :]
        self.history.record.add(bounds[:-1], past, slopes)
        wanted = (np.arange(written) + recording.phase) % recording.stride == 0
        places = np.r_[0:own, states : states + len(recording.d)]
        self._remember(y, float(bounds[-1]))
        return records[:written][wanted][:, places]

    def _with_history(self, recording: Recording) -> Recording:
        """A recording of every step, what is delayed among it; itself where nothing is."""
        if not self.history.states:
            return recording
        y = self.columns(list(self.history.states), "y")
        d = self.columns(self.history.slopes, "d")
        return Recording(np.concatenate([recording.y, y]), np.concatenate([recording.d, d]), 1, 0)

    def _remember(self, y: Array, time: float) -> None:
        """Add where a state stands to its history."""
        d, _ = self._at(y, time - _SIDE * time)  # by what is delayed just before, should that jump
        states, slopes = self.columns(list(self.history.states), "y"), self.columns(self.history.slopes, "d")
        self.history.record.add(np.array([time]), y[None, states], d[None, slopes])

    def tried(self, y: Array, bounds: Array, names: Sequence[str]) -> Array:
        """Definitions at the bounds of steps from a state, which ends where they do, shape (bounds, names).

        What lies beyond a divergence is not finite.
        """
        chosen, _ = self._chosen_of(names)
        count = len(bounds) - 1
        found = np.full((count + 1, len(names)), np.nan)
        drive = Drive(self.inputs(bounds), 2, np.diff(bounds))
        flow = self._flow._replace(limit=self._flow.limit * float(np.max(np.abs(drive.inputs), initial=1.0)))
        done = march(flow, self._stages, y, drive, Recording(*chosen, 1, 0), found)
        found[done + 1 :] = np.nan
        if done == count:
            found[count] = self.derived(y, float(bounds[-1]))[chosen[1]]
        return found

    def all_values(self, y: Array, time: float) -> dict[str, Array]:
        """All signals and parameters for one state, by name, in their shapes."""
        arrays = {"y": y, "d": self.derived(y, time), "x": self.values(np.array([time]))[0], "p": self.parameters}
        return {
            name: arrays[array][self.layout.span(name)].reshape(shape_of(self.layout.symbols[name]))
            for name, (array, _) in self.layout.place.items()
        }

    def echoes(self, time: float, span: float) -> Array:
        """Later moments, in order, at which what jumps at a time does so again or has a kink."""
        if self.history.shortest is None:
            return np.empty(0)
        later = self.history.kinks([np.array([time])], span)
        return later[later > time]

    def placed(self, y: Array, values: Mapping[str, Array]) -> None:
        """Set some states, in place."""
        for name, value in values.items():
            y[self.layout.span(name)] = np.ravel(value)

    def shaped(self, y: Array) -> dict[str, Array]:
        """All states by template name, in their shapes."""
        return {
            name_of(state.symbol): y[self.layout.span(name_of(state.symbol))].reshape(shape_of(state.symbol))
            for state in self.system.states
        }

    def _played(self, names: Sequence[str], time: Array) -> dict[str, Array]:
        """The named inputs' instances at some times."""
        return {
            instance: stimulus(time)
            for each in self.system.inputs
            if name_of(each.symbol) in names
            for instance, stimulus in zip(instance_names(each.symbol), each.stimuli, strict=True)
        }

    def _chosen_of(self, names: Sequence[str]) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], list[str]]:
        """Places of the named templates' instances among states and among definitions, and the instances' names."""
        columns = [
            instance
            for array in "yd"
            for name in names
            if self.layout.place[name][0] == array
            for instance in instance_names(self.layout.symbols[name])
        ]
        return (self.columns(names, "y"), self.columns(names, "d")), columns

    def march(self, y: Array, inputs: Array, steps: Array, names: Sequence[str] = ()) -> Array:
        """Advance a state under given inputs, without extremes: the inner loop of windowed methods.

        Args:
            y: all states in their flat array, shape (n,); changed in place.
            inputs: all inputs at step boundaries and middles, shape (2 steps + 1, instances); or at
                boundaries alone, shape (steps + 1, instances), for methods without a stage in the middle.
            steps: step sizes, shape (steps,).
            names: templates to record at the start of every step.

        Returns:
            What was recorded, shape (steps, instances of all names, states' first).

        Raises:
            DivergenceError: a state is not finite or beyond its limit.
            UsageError: the inputs are too few for the steps.
        """
        count = len(steps)
        rows = 2 if self._middle or len(inputs) > count + 1 else 1
        if len(inputs) <= rows * count:
            raise UsageError(f"{len(inputs)} rows of inputs are too few for {count} steps of '{self.method.name}'")
        chosen = self._chosen.get(key := tuple(names))
        if chosen is None:
            chosen, _ = self._chosen_of(key)
            self._chosen[key] = chosen
        records = np.empty((count, len(chosen[0]) + len(chosen[1])))
        drive, recording = Drive(inputs, rows, steps), Recording(*chosen, 1, 0)
        whole = self._whole
        if whole is None:
            done = march(self._flow, self._stages, y, drive, recording, records)
        else:
            done = advance(whole, y, drive, recording, records)
        if done < count:
            raise self.diverged(y, float(np.sum(steps[: done + 1])))
        return records

    def columns(self, names: Sequence[str], array: str) -> NDArray[np.int64]:
        """Places of the named templates' instances in one of the flat arrays."""
        spans = [np.r_[self.layout.span(name)] for name in names if self.layout.place[name][0] == array]
        return np.concatenate([np.zeros(0, np.int64), *spans]).astype(np.int64)

    def grid(self, step: float, span: float, halvings: int = 0) -> Array:
        """Step boundaries: even between the corners of all stimuli, none longer than the step."""
        corners = [stimulus.breakpoints(span) for each in self.system.inputs for stimulus in each.stimuli]
        if (shortest := self.history.shortest) is not None:
            step, corners = min(step, shortest), [*corners, self.history.kinks(corners, span)]
        knots = np.unique(np.concatenate([np.array([0.0, span]), *corners]))
        knots = knots[np.concatenate([[True], np.diff(knots) > 1e-9 * span])]
        knots[-1] = span
        counts = np.maximum(1, np.ceil(np.diff(knots) / step - 1e-9)).astype(np.int64) << halvings
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        steps = np.diff(knots) / counts
        return np.append(np.repeat(knots[:-1], counts) + within * np.repeat(steps, counts), span)

    def inputs(self, times: Array) -> Array:
        """All inputs' instances at step boundaries and middles, shape (2 n + 1, instances)."""
        fine = np.empty(2 * len(times) - 1)
        fine[::2] = times
        fine[1::2] = 0.5 * (times[:-1] + times[1:])
        if self.history.states:  # what was set in the past jumps at the ends of stretches: each sees its own side
            fine[0], fine[-1] = fine[0] + _SIDE * times[-1], fine[-1] - _SIDE * times[-1]
        return self.values(fine)

    @cached_property
    def _whole(self) -> Flow | None:
        """Whole steps of a method of one stage as machine code; None where that gains nothing."""
        made = advancing(self.system, self.layout) if len(self.method.weights) == 1 else None
        if made is None:
            return None
        module = compiled(made[0], "reference")
        return self._flow._replace(flow=module.advance.address, constants=module.constants.address, held=made[1])

    def values(self, times: Array) -> Array:
        """All inputs' instances at some times, shape (n, instances)."""
        columns = [np.asarray(stimulus(times), float) for each in self.system.inputs for stimulus in each.stimuli]
        return np.ascontiguousarray(np.stack(columns, axis=1)) if columns else np.zeros((len(times), 0))

    def driving(self, times: Array) -> Array:
        """What `march` reads over steps with these boundaries: all inputs there, and in the middles if a stage is."""
        return self.inputs(times) if self._middle else self.values(times)

    def derived(self, y: Array, time: float) -> Array:
        """All definitions for one state."""
        return self._at(y, time)[0]

    def rates(self, y: Array, time: float) -> Array:
        """dy/dt for one state, for checks against other integrators."""
        return self._at(y, time)[1]

    def _at(self, y: Array, time: float) -> tuple[Array, Array]:
        d, k = np.zeros(self.layout.lengths["d"]), np.zeros(len(y))
        rates(self._flow, y, self.values(np.array([time])), d, k)
        return d, k

    def diverged(self, y: Array, time: float) -> DivergenceError:
        """The error that names the worst state and the time."""
        worst = int(np.argmax(np.where(np.isfinite(y), np.abs(y), np.inf)))
        names = [name for state in self.system.states for name in instance_names(state.symbol)]
        learns = "lower the learning rate, " if any(each.gate for each in self.system.inputs) else ""
        return DivergenceError(
            f"the reference solution diverges: '{names[worst]}' leaves +-{self._flow.limit:.3g} at t = {time:.4g} "
            "model units",
            time=time,
            where=self.system.origin or self.system.name,
            hint=f"{learns}check signs and initial values, or shorten the span",
        )


class _Reach:
    """How far all signals reach.

    Args:
        y: all states at time zero.
        layout: of the system.

    Attributes:
        extremes: of states and definitions so far, changed in place.
    """

    def __init__(self, y: Array, layout: Layout) -> None:
        definitions, inputs = layout.lengths["d"], layout.lengths["x"]
        self._layout = layout
        none = np.full(definitions, np.inf)
        self.extremes = Extremes(np.abs(y), np.zeros(definitions), y.copy(), none, y.copy(), -none)
        self._peak_x, self._low_x, self._high_x = np.zeros(inputs), np.full(inputs, np.inf), np.full(inputs, -np.inf)

    @property
    def largest_input(self) -> float:
        """The largest absolute value of any input so far."""
        return float(np.max(self._peak_x, initial=0.0))

    def forget_peaks(self, y: Array) -> None:
        """Count peaks of states and definitions from here on."""
        self.extremes = self.extremes._replace(peak_y=np.abs(y), peak_d=np.zeros_like(self.extremes.peak_d))

    def visit(self, y: Array) -> None:
        """Take in a state, which the steps alone do not tell of."""
        extremes, size = self.extremes, np.abs(y)
        for kept, new, choose in (
            (extremes.peak_y, size, np.maximum),
            (extremes.low_y, y, np.minimum),
            (extremes.high_y, y, np.maximum),
        ):
            choose(kept, new, out=kept)

    def take(self, inputs: Array) -> None:
        """Take in some inputs, shape (n, instances)."""
        self._peak_x = np.maximum(self._peak_x, np.abs(inputs).max(axis=0, initial=0))
        self._low_x = np.minimum(self._low_x, inputs.min(axis=0, initial=np.inf))
        self._high_x = np.maximum(self._high_x, inputs.max(axis=0, initial=-np.inf))

    def found(self, last: Array) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
        """Largest absolute, smallest and largest values by template name; last: the definitions at the end."""
        peak_y, peak_d, low_y, low_d, high_y, high_d = self.extremes
        peaks = {"y": peak_y, "d": np.maximum(peak_d, np.abs(last)), "x": self._peak_x}
        lowest = {"y": low_y, "d": np.minimum(low_d, last), "x": self._low_x}
        highest = {"y": high_y, "d": np.maximum(high_d, last), "x": self._high_x}
        return (
            self._named(peaks, np.max, 0.0),
            self._named(lowest, np.min, np.inf),
            self._named(highest, np.max, -np.inf),
        )

    def _named(self, arrays: Mapping[str, Array], choose: Callable[..., Any], none: float) -> dict[str, float]:
        """What is chosen among all instances of each template."""
        return {
            name: float(choose(arrays[array][self._layout.span(name)], initial=none))
            for name, (array, _) in self._layout.place.items()
            if array in arrays
        }
