"""A board: the lesson that it is for, how its circuit is built, and what making it does to its parts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vle_analog.design.build import Build
from vle_analog.design.produced import Produced
from vle_analog.design.settings import settings_of
from vle_analog.errors import UsageError, nearest
from vle_analog.fields import at_least, positive
from vle_analog.lesson.chip import step_bound
from vle_analog.lesson.lesson import OFFLINE, Lesson
from vle_analog.options import option
from vle_analog.production.production import Production
from vle_analog.tasks import Task

#: what a board is used for
MODES: Mapping[str, str] = {
    "on-chip": "the circuit learns from the task's start weights",
    "deploy": "weights that the ideal network learned lie in resistor ratios, and nothing learns",
    "fine-tune": "weights that the ideal network learned start as capacitor voltages, and the circuit learns on",
}
#: marks on the way at which a board that runs in ngspice is compared with its ideal, besides moments of judgement
MARKS = 100
#: how long a board is fine-tuned unless told otherwise, as a fraction of what the ideal network learned
TUNING = 0.1
#: part of every board's key: to be raised when the same board comes to other results; of boards with rounded parts.
#: 3 and 4: dead zones drive their loads, ideal dividers no longer lag
_EDITION, _ROUNDED_EDITION = 3, 4
#: part of the key of boards of real parts: to be raised when other things scatter, or otherwise. 5: multipliers bend;
#: 6: tanh, logistic, softplus and the dead zone are circuits of parts, their scales and gains scatter
_SCATTER = 6
#: what every key holds; all else only where it is not as usual
_FIRST = ("mode", "resistors", "capacitors", "series", "tuning", "step")


@dataclass(frozen=True)
class Board(Produced):
    """What a lesson is learned on.

    Attributes:
        lesson: that it is for.
        mode: one of `MODES`.
        build: how its circuit is built.
        production: how far its parts miss their values, and their noise.
        tuning: how long a fine-tuned board learns, model units; a tenth of the lesson when None.
        marks: on the way, at which a board that runs in ngspice is compared with its ideal.

    Raises:
        UsageError: an unknown mode, an offline rule, or what does not go together.
    """

    lesson: Lesson
    mode: str = option(
        f"What boards are for: {'; '.join(f'{key}: {words}' for key, words in MODES.items())}.",
        "on-chip",
        known=lambda: MODES,
    )
    build: Build = field(default_factory=Build)
    production: Production = field(default_factory=Production)
    tuning: float | None = option("How long a board is fine-tuned, model units (default: a tenth of the span).", None)
    marks: int = option("Marks on the way at which a circuit in ngspice is compared with its ideal.", MARKS)

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise UsageError(f"unknown mode '{self.mode}'", hint=nearest(self.mode, MODES))
        if self.lesson.rule == OFFLINE:
            raise UsageError(f"no circuit learns by '{OFFLINE}': it runs backward in time", hint="leave it out")
        positive(tuning=self.tuning)
        _ = self.taught  # refuses what does not go together
        at_least(1, marks=self.marks)
        self.refuse_idle()
        self.build.refuse_reset()
        if self.tuning is not None and self.mode != "fine-tune":
            raise UsageError(
                "only boards to be fine-tuned are tuned", hint="leave `tuning` out, or add `mode=fine-tune`"
            )

    @property
    def title(self) -> str:
        """What people call the task."""
        return self.lesson.title

    @property
    def place(self) -> str:
        """This title, and where it comes from if another task might have the title."""
        return self.lesson.place

    @property
    def taught(self) -> Lesson:
        """The lesson with what the board asks of how it is learned; what the lesson says itself goes first."""
        asked, given = self.build.plasticity(self.mode != "deploy"), dict(self.lesson.changes)
        for name, value in asked.items():
            if name in given and getattr(self.build, name) not in (None, given[name]):
                raise UsageError(f"'{name}' is given twice, as {given[name]} and {value}", hint="leave one of them out")
        return replace(self.lesson, changes=tuple({**asked, **given}.items()))

    @property
    def learned_here(self) -> Lesson:
        """The lesson that the board itself learns."""
        if self.mode != "fine-tune":
            return self.taught
        return replace(self.taught, span=self.tuning or TUNING * self.lesson.length)

    def reseeded(self, more: int) -> Board:
        """The board of a later lesson: its seed is so much larger."""
        return replace(self, lesson=replace(self.lesson, seed=self.lesson.seed + more))

    def bound(self, task: Task) -> float:
        """The simulator's step bound, model units."""
        return self.build.step or step_bound(task)

    def building(self, task: Task) -> Build:
        """How its circuit is built, with the step bound."""
        return replace(self.build, step=self.bound(task))

    def key(self) -> str:
        """Digest of all that the result depends on, but for the cells' files."""
        record = self._record()
        usual = Board(self.lesson)._record()
        board = {name: value for name, value in record.items() if name in _FIRST or value != usual.get(name)}
        edition = _EDITION if self.build.series is None else _ROUNDED_EDITION
        if not self.is_ideal:
            board["scatter"] = _SCATTER
        settings = json.dumps({"board": board, "edition": edition, "marks": self.marks}, sort_keys=True)
        return hashlib.sha256(f"{self.taught.key()}{settings}".encode()).hexdigest()[:24]

    def departures(self) -> dict[str, Any]:
        """What of it is not as it is by itself, by name, for records; the mode and the lesson apart."""
        usual = Board(self.lesson)._record()
        return {name: value for name, value in self._record().items() if name != "mode" and value != usual.get(name)}

    def _record(self) -> dict[str, Any]:
        """Plain data that determine it, the lesson apart."""
        made = settings_of(self.build, self.production)
        own = {"mode": self.mode, "resistors": made.pop("resistors"), "capacitors": made.pop("capacitors")}
        return {**own, "series": made.pop("series", None), "tuning": self.tuning, **made}
