"""A stream of random bits, that a teacher hears, too."""

from __future__ import annotations

import numpy as np

from vle_analog.equations.tables import Number
from vle_analog.sequences import Levels
from vle_analog.tasks.data.kind import DataTable, Material, Part, Setting


class BitsData(DataTable):
    """Bits of +-amplitude, each held and smoothed by a Gaussian; every input has its own."""

    amplitude: Number = 1.0
    hold: Number
    smoothing: Number

    @property
    def beat(self) -> float:
        return self.hold

    def material(self, part: Part, setting: Setting, rng: np.random.Generator, span: float) -> Material:
        count = int(span / self.hold) + 1
        streams = rng.choice([-self.amplitude, self.amplitude], (setting.inputs, count))
        inputs = tuple(Levels(levels, self.hold, self.smoothing) for levels in streams)
        return Material(inputs[0] if len(inputs) == 1 else inputs, None)
