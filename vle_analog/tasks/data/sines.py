"""Sums of sines in random phases, that a teacher hears, too."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from vle_analog.equations.tables import Number
from vle_analog.stimulus import Sines
from vle_analog.tasks.data.kind import DataTable, Material, Part, Setting
from vle_analog.tasks.spread import numbers_of


class SinesData(DataTable):
    """Sines of equal size; ``phases`` says those of the data to learn from, all others are random.

    ``frequencies`` are in radians per model unit, a list or ``{geometric = [low, high], count = n}``. With ``variance``
    the sum has this variance, else every sine has the ``amplitude``. Every input has phases of its own.
    """

    frequencies: Any
    amplitude: Number = 1.0
    variance: Number | None = None
    phases: Literal["random", "zero"] = "random"

    def material(self, part: Part, setting: Setting, rng: np.random.Generator, span: float) -> Material:
        frequencies = numbers_of(self.frequencies, "data.frequencies")
        count = len(frequencies)
        size = self.amplitude if self.variance is None else float(np.sqrt(2 * self.variance / count))

        def sines() -> Sines:
            still = part is Part.TRAIN and self.phases == "zero"
            phases = np.zeros(count) if still else rng.uniform(0, 2 * np.pi, count)
            return Sines((size,) * count, tuple(frequencies / (2 * np.pi)), tuple(phases.tolist()))

        return Material(sines() if setting.inputs == 1 else tuple(sines() for _ in range(setting.inputs)), None)
