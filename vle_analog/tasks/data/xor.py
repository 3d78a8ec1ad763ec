"""A stream of random bits, and the product of some of the past ones (XOR in +-1) as the target."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from vle_analog.equations.tables import Number
from vle_analog.errors import SystemFileError
from vle_analog.sequences import Levels
from vle_analog.tasks.answers import Answers
from vle_analog.tasks.data.kind import SIGN, DataTable, Material, Part, Setting


class XorData(DataTable):
    """Bits of +-1, each held, smoothed by a Gaussian; the target is a product of those that came before, smoothed
    alike.

    ``delays`` says how many bits ago its factors came; ``read_at`` at which part of a bit its answer is read.
    """

    measure: str = SIGN
    hold: Number
    smoothing: Number
    delays: list[int] = Field(default_factory=lambda: [1, 2], min_length=1)
    read_at: Number = 0.75

    @property
    def beat(self) -> float:
        return self.hold

    def has_targets(self, setting: Setting) -> bool:
        return True

    def check(self, setting: Setting) -> None:
        super().check(setting)
        if (setting.inputs, setting.outputs) != (1, 1):
            raise SystemFileError("it has one input and one target", where="data", hint="so must the network")
        if self.measure != SIGN or self.read is not None:
            raise SystemFileError("signs are read, at 'read_at' of a bit", where="data", hint="leave the rest out")
        if min(self.delays) < 0:
            raise SystemFileError("the delays must be whole numbers of bits", where="data.delays", hint="e.g. [1, 2]")

    def material(self, part: Part, setting: Setting, rng: np.random.Generator, span: float) -> Material:
        count, first = int(span / self.hold), max(self.delays)
        bits = rng.choice([-1.0, 1.0], count)
        wanted = np.ones(count)
        for delay in self.delays:
            wanted[first:] *= bits[first - delay : count - delay]
        numbers = np.arange(len(wanted) - 1)
        answers = Answers(self.hold * (numbers + self.read_at), wanted[numbers])
        x, target = (Levels(levels, self.hold, self.smoothing) for levels in (bits, wanted))
        return Material(x, target, answers)
