"""The reference run once more, at its own steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vle_analog.design.design import Design
from vle_analog.equations.system import instance_names
from vle_analog.reference.integrator import Integrator

Array = NDArray[np.float64]

#: steps in one go
_CHUNK = 1000


@dataclass(frozen=True)
class Stretch:
    """Steps between two events of a run, or a part of them.

    Attributes:
        bounds: of the steps, model units.
        begin: state at its start; None where that is where the last stretch ended.
        events: at its end, by name; it then tells how all is just before them, too.
    """

    bounds: Array
    begin: Array | None = None
    events: tuple[str, ...] = ()

    @property
    def moments(self) -> Array:
        """Times that are told of, shape (moments,): of the starts of steps, and of an end with events."""
        return self.bounds if self.events else self.bounds[:-1]

    @property
    def steps(self) -> Array:
        """Model units that follow each of the moments; none where an event follows."""
        return np.append(np.diff(self.bounds), 0.0) if self.events else np.diff(self.bounds)


class Replay:
    """The reference run once more.

    Args:
        design: whose reference converged.

    Attributes:
        columns: names of all signals' instances, inputs last.
        times: of all moments, and of the run's end, model units; of an event it is twice there, before and after it.
        jumps: events by the place of the moment just before them.
    """

    def __init__(self, design: Design) -> None:
        self._system = design.diagram.read_back
        self._integrator = Integrator(self._system)
        grid = self._integrator.grid(design.reference.solution.step, self._system.span)
        self._stretches = list(self._between_events(grid) if self._system.events else _parts(Stretch(grid)))
        self.times = np.append(np.concatenate([each.moments for each in self._stretches]), self._system.span)
        ends = np.cumsum([len(each.moments) for each in self._stretches]).tolist()
        told = zip(ends, self._stretches, strict=True)
        self.jumps = {end - 1: each.events for end, each in told if each.events}
        layout = self._integrator.layout
        self._names = [name for name, (array, _) in layout.place.items() if array in "yd"]
        self.columns = [
            instance
            for array in "yd"
            for name in self._names
            if layout.place[name][0] == array
            for instance in instance_names(layout.symbols[name])
        ]
        self.columns += [instance for each in self._system.inputs for instance in instance_names(each.symbol)]

    def _between_events(self, grid: Array) -> Iterator[Stretch]:
        """All stretches of a run with events: where these are is known behind them only."""
        y, happened = self._integrator.initial(), list[str]()
        last: Stretch | None = None
        for piece in self._integrator.pieces(y, grid, lambda name, _: happened.append(name)):
            if last is not None:
                yield from _parts(replace(last, events=tuple(happened)))
            happened.clear()
            last = Stretch(piece.bounds, y.copy())
            self._integrator.march(y, self._integrator.inputs(piece.bounds), np.diff(piece.bounds))
        if last is not None:
            yield from _parts(last)

    def stretches(self, wanted: Callable[[int], bool]) -> Iterator[tuple[Stretch, Array | None]]:
        """Stretches of up to 1,000 steps, and all signals at the moments of each where the stretch's number is wanted,
        shape (moments, columns)."""
        y = self._integrator.initial()
        for number, stretch in enumerate(self._stretches):
            watched = wanted(number)
            if stretch.begin is not None:
                y = stretch.begin.copy()
            times = np.append(stretch.bounds, stretch.bounds[-1:]) if stretch.events else stretch.bounds
            inputs = self._integrator.inputs(times)
            records = self._integrator.march(y, inputs, stretch.steps, self._names if watched else ())
            yield stretch, np.hstack([records, inputs[:-1:2]]) if watched else None


def _parts(whole: Stretch) -> Iterator[Stretch]:
    """A stretch in parts of so many steps as go at once."""
    count = len(whole.bounds) - 1
    for start in range(0, count, _CHUNK):
        bounds = whole.bounds[start : min(start + _CHUNK, count) + 1]
        last = start + _CHUNK >= count
        yield Stretch(bounds, None if start else whole.begin, whole.events if last else ())
