"""When a network learns, when it is held, and how long all of it takes."""

from __future__ import annotations

import math

from vle_analog.equations.tables import Number, Table
from vle_analog.errors import SystemFileError


class Stretch(Table):
    """A part of something longer, not shorter and not longer than so many model units."""

    share: Number = 0.0
    least: Number = 0.0
    most: Number | None = None

    def of(self, whole: float, beat: float | None) -> float:
        """How long it is, model units: whole beats, if there are such."""
        length = max(self.share * whole, self.least)
        if self.most is not None:
            length = min(length, self.most)
        return length if beat is None else beat * math.floor(length / beat + 1e-9)


class Judging(Table):
    """An exam: how long it is and, of that, how long all states settle before it counts, model units."""

    settle: Number | None = None
    span: Number | None = None


class Schedule(Table):
    """Model units of a task's runs.

    ``span`` is a run's, ``study`` a study's; at the end of either weights are held for ``frozen``, a part of it,
    before which plasticity is off for the part ``before`` of that, and after which the part ``settle`` of that does
    not count. ``least`` is the shortest run, ``curve`` a point of its loss's curve, ``step`` the reference's,
    ``window`` lies between two changes by the exact gradient.
    """

    span: Number | None = None
    study: Number | None = None
    least: Number = 0.0
    frozen: Stretch = Stretch(share=0.2)
    before: Stretch = Stretch(share=0.02)
    settle: Stretch = Stretch(share=0.1)
    curve: Number | None = None
    step: Number | None = None
    window: Number | None = None

    def check(self) -> None:
        """Refuse what is no time.

        Raises:
            SystemFileError: names it.
        """
        for name in ("span", "study", "curve", "step", "window"):
            if (value := getattr(self, name)) is not None and value <= 0:
                raise SystemFileError(f"{value:g} is not positive", where=f"schedule.{name}", hint="in model units")
        for name in ("frozen", "before", "settle"):
            part: Stretch = getattr(self, name)
            if not (0 <= part.share < 1 and 0 <= part.least <= (math.inf if part.most is None else part.most)):
                raise SystemFileError(
                    "a share is from 0 on and below 1, what it is at least is not above what it is at most",
                    where=f"schedule.{name}",
                    hint="for example {share = 0.2, most = 500.0}",
                )
