"""What is left of what boards learned, after a while without learning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vle_analog.compare.criterion import Criterion
from vle_analog.fleet.case import Case, finite
from vle_analog.waveforms import Array


@dataclass(frozen=True)
class Moment:
    """Boards after a time.

    Attributes:
        seconds: that weights were held.
        case: the boards.
        moved: RMS over a board's weights of what they moved, over the RMS of the weights, shape (boards,).
        good: how many boards are good.
    """

    seconds: float
    case: Case
    moved: Array
    good: int

    @property
    def rights(self) -> Array | None:
        """Right answers of each board; None where a task has none."""
        right = [outcome.accuracy for outcome in self.case.outcomes]
        return None if all(each is None for each in right) else np.array([each or 0.0 for each in right])


@dataclass(frozen=True)
class Held:
    """Boards by how long they held their weights.

    Attributes:
        task: name.
        criterion: of good boards.
        moments: by time, the first at once.
        rates: volts per second by which currents charge the weights' capacitors, shape (boards, weights).
        weights: names, in this order.
        most: what a board may lose, as a fraction of right answers, or of the target's variance.
        dielectric: of the capacitors, its name.
        celsius: of the boards.
        refresh: of the weights, in words; empty for none.
        settings: of all boards, for records.
    """

    task: str
    criterion: Criterion
    moments: Sequence[Moment]
    rates: Array
    weights: Sequence[str]
    most: float
    dielectric: str
    celsius: float
    refresh: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def conditions(self) -> str:
        """Under which their capacitors hold, in words."""
        written = f", refreshed {self.refresh}" if self.refresh else ""
        return f"{self.dielectric}, {self.celsius:g} degrees C{written}"

    @property
    def of_answers(self) -> bool:
        """Whether what is lost is right answers; else it is loss."""
        return self.moments[0].rights is not None

    def lost(self, moment: Moment) -> Array:
        """What each board lost since the first moment, shape (boards,): right answers, or loss over the variance."""
        begun = self.moments[0]
        if begun.rights is not None and moment.rights is not None:
            return begun.rights - moment.rights
        return moment.case.losses - begun.case.losses

    def keeps(self, moment: Moment) -> bool:
        """Whether at least 95 % of boards lost no more than they may."""
        return bool(np.mean(self.lost(moment) <= self.most) >= 0.95)

    @property
    def promise(self) -> float:
        """The longest of the times, in seconds, up to which at least 95 % of boards keep what they may not lose."""
        longest = 0.0
        for moment in self.moments[1:]:
            if not self.keeps(moment):
                break
            longest = moment.seconds
        return longest

    def record(self) -> dict[str, Any]:
        """Plain data, all numbers finite or None."""
        rates = np.abs(self.rates)
        return {
            "task": self.task,
            "criterion": str(self.criterion),
            "dielectric": self.dielectric,
            "celsius": self.celsius,
            "refresh": self.refresh,
            "most_lost": self.most,
            "promise_seconds": self.promise,
            "volts_per_second": {"median": float(np.median(rates)), "worst": float(np.max(rates))},
            "moments": [
                {
                    "seconds": moment.seconds,
                    "good": moment.good,
                    "boards": len(moment.case.outcomes),
                    "loss": finite(moment.case.median),
                    "accuracy": moment.case.accuracy,
                    "lost": [finite(float(each)) for each in self.lost(moment)],
                    "moved": [float(each) for each in moment.moved],
                }
                for moment in self.moments
            ],
            "settings": dict(self.settings),
        }
