"""An event as a diagram has it: which signal's sign tells its moment, and what each state is then made of."""

from __future__ import annotations

from dataclasses import dataclass

from vle_analog.diagram.block import Term, combination
from vle_analog.equations.system import Event, Signal


@dataclass(frozen=True)
class Reset:
    """What a state is set to.

    Attributes:
        state: that is set.
        terms: of the value, of signals as they were just before.
    """

    state: Signal
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Trigger:
    """An event between signals.

    Attributes:
        name: of the event.
        margin: signal that crosses zero at its moment.
        sign: +1 where it rises then, -1 where it falls.
        resets: of all states that are set.
        condition: as it is written.
    """

    name: str
    margin: Signal
    sign: int
    resets: tuple[Reset, ...]
    condition: str

    def event(self) -> Event:
        """The event that it reads back as."""
        settings = tuple((reset.state, combination(reset.terms)) for reset in self.resets)
        return Event(self.name, self.sign * self.margin, settings, self.condition)
