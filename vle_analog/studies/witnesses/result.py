"""Decks in several simulators: the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

#: largest deviation at which simulators agree, of each signal's range
BOUND = 1e-3


@dataclass(frozen=True)
class Deviation:
    """How far one run is from another.

    Attributes:
        worst: largest difference of all signals and moments, over the signal's range; of one that hardly moves, over a
            hundredth of its largest magnitude.
        signal: that has it.
        time: of it, circuit seconds.
        nrmse: largest of all signals, RMS difference over the same.
        until: the end of the stretch that is compared, circuit seconds.
    """

    worst: float
    signal: str
    time: float
    nrmse: float
    until: float


@dataclass(frozen=True)
class Testimony:
    """What a witness says of a deck.

    Attributes:
        deviation: from ngspice; up to the deck's horizon where all of it is beyond the bound; None where the witness
            does not run the deck.
        excluded: why it does not; empty where it does.
        seconds: that it took.
    """

    deviation: Deviation | None
    excluded: str
    seconds: float

    @property
    def agrees(self) -> bool:
        """Whether it confirms ngspice."""
        return self.deviation is not None and self.deviation.worst <= BOUND


@dataclass(frozen=True)
class DeckAgreement:
    """One deck in all simulators.

    Attributes:
        deck: its file's name.
        digest: SHA-256 of its text.
        span: of the run, circuit seconds.
        horizon: up to which a simulator can be held to another, circuit seconds: from there on ngspice itself, at half
            the step, is beyond the bound; the span where it never is.
        own: deviation of ngspice at half the step from ngspice, over the span.
        testimonies: by witness.
    """

    deck: str
    digest: str
    span: float
    horizon: float
    own: Deviation
    testimonies: Mapping[str, Testimony]


@dataclass(frozen=True)
class Witnesses:
    """Decks in several simulators.

    Attributes:
        versions: of all simulators, by name, ngspice's first.
        absent: witnesses that are not installed, and what each says.
        commit: of the sources; empty where they are no checkout.
        date: of the run, ISO 8601.
        decks: in order.
    """

    versions: Mapping[str, str]
    absent: Mapping[str, str]
    commit: str
    date: str
    decks: Sequence[DeckAgreement]

    @property
    def disagreeing(self) -> list[tuple[str, str]]:
        """Deck and witness of each testimony beyond the bound."""
        return [
            (deck.deck, name)
            for deck in self.decks
            for name, testimony in deck.testimonies.items()
            if testimony.deviation is not None and not testimony.agrees
        ]

    @property
    def excluded(self) -> list[tuple[str, str, str]]:
        """Deck, witness and reason of each deck that a witness does not run."""
        return [
            (deck.deck, name, testimony.excluded)
            for deck in self.decks
            for name, testimony in deck.testimonies.items()
            if testimony.excluded
        ]

    @property
    def unconfirmed(self) -> list[str]:
        """Decks that no witness confirms."""
        return [deck.deck for deck in self.decks if not any(each.agrees for each in deck.testimonies.values())]

    def record(self) -> dict[str, Any]:
        """All numbers, plain data."""
        return {"bound": BOUND, **asdict(self)}
