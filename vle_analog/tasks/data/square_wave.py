"""A square wave, smoothed by a Gaussian, that a teacher hears, too."""

from __future__ import annotations

import numpy as np

from vle_analog.equations.tables import Number
from vle_analog.sequences import SquareWave
from vle_analog.tasks.data.kind import DataTable, Material, Part, Setting


class SquareWaveData(DataTable):
    """The same wave at every input, and in all sets of data: nothing in it is random."""

    amplitude: Number
    period: Number
    smoothing: Number

    @property
    def beat(self) -> float:
        return self.period

    def material(self, part: Part, setting: Setting, rng: np.random.Generator, span: float) -> Material:
        wave = SquareWave(self.amplitude, self.period, self.smoothing)
        return Material(wave if setting.inputs == 1 else (wave,) * setting.inputs, None)
