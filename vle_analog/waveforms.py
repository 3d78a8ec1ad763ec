"""Signals over time, in model units: what the reference and every simulator return."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vle_analog.installed import frames

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Waveforms:
    """Named signals on one time axis.

    Attributes:
        time: increasing times in model units, shape (n,).
        signals: one array of shape (n,) per signal name.
        events: times of each event by its name, as exactly as they are known: no samples.
    """

    time: Array
    signals: Mapping[str, Array]
    events: Mapping[str, Array] = field(default_factory=dict)

    def __repr__(self) -> str:
        """How many signals and moments, and over which time."""
        span = f"{self.time[0]:g} to {self.time[-1]:g}" if self.time.size else "none"
        return f"<Waveforms of {len(self.signals)} signals at {self.time.size} times, {span}>"

    def __post_init__(self) -> None:
        for name, values in self.signals.items():
            if values.shape != self.time.shape:
                raise ValueError(f"signal '{name}' has shape {values.shape}, time has {self.time.shape}")

    def __getitem__(self, name: str) -> Array:
        return self.signals[name]

    def at(self, time: Array) -> Waveforms:
        """The same signals at other times, linearly interpolated (held flat outside)."""
        signals = {name: np.interp(time, self.time, values) for name, values in self.signals.items()}
        return replace(self, time=time, signals=signals)

    def between(self, start: float, stop: float) -> Waveforms:
        """The samples with ``start <= time <= stop``."""
        inside = (self.time >= start) & (self.time <= stop)
        events = {name: times[(times >= start) & (times <= stop)] for name, times in self.events.items()}
        return Waveforms(self.time[inside], {name: values[inside] for name, values in self.signals.items()}, events)

    def select(self, names: Iterable[str]) -> Waveforms:
        """Only the named signals, in that order."""
        return replace(self, signals={name: self.signals[name] for name in names})

    def frame(self) -> Any:
        """A frame of pandas with a column for each signal, by time.

        Raises:
            UsageError: pandas is not installed.
        """
        return frames().DataFrame(dict(self.signals), index=frames().Index(self.time, name="time"))

    def packed(self) -> bytes:
        """Contents of a compressed ``.npz`` file with ``time`` and every signal as a column."""
        stream = BytesIO()
        np.savez_compressed(stream, **{"time": self.time, **dict(self.signals)})  # type: ignore[arg-type]
        return stream.getvalue()

    def save(self, path: Path) -> None:
        """Write what `packed` gives."""
        path.write_bytes(self.packed())

    @staticmethod
    def load(path: Path) -> Waveforms:
        """Read what :meth:`save` wrote."""
        with np.load(path) as data:
            return Waveforms(data["time"], {name: data[name] for name in data.files if name != "time"})
