"""Simulators that count what they do, or refuse it."""

from __future__ import annotations

from typing import Any

from vle_analog.errors import VleAnalogError
from vle_analog.simulate import Ngspice, Vectors


class Counting(Ngspice):
    """ngspice that keeps account of its runs.

    Args:
        most: runs that it does.
        error: what it raises from then on.
    """

    def __init__(self, most: int | None = None, error: VleAnalogError | None = None) -> None:
        super().__init__()
        self.decks: list[str] = []
        self._most, self._error = most, error

    def run(self, deck: str, **settings: Any) -> Vectors:
        """Run a deck, if it may."""
        self.decks.append(deck)
        if self._error is not None and self._most is not None and len(self.decks) > self._most:
            raise self._error
        return super().run(deck, **settings)
