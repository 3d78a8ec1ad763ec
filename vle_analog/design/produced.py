"""What one board and many have in common, whatever they are a design of: how they are built and made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.panel import Panel
from vle_analog.design.build import Build
from vle_analog.production.production import Production
from vle_analog.production.variation import Variation


class Produced:
    """Boards as a user asks for them: a frozen dataclass of what they are for, with these fields.

    Attributes:
        build: how their circuit is built.
        production: how far their parts miss their values, and their noise.
    """

    build: Build
    production: Production

    @property
    def is_ideal(self) -> bool:
        """Whether they have no real part."""
        return self.build.is_ideal

    @property
    def exact(self) -> Self:
        """The boards whose resistors and capacitors have their values."""
        exactly = replace(self.production, variation=Variation())
        return replace(self, production=exactly)  # type: ignore[type-var]  # each is a dataclass

    def refuse_idle(self) -> None:
        """Refuse what does nothing to such boards: trimmers, supplies.

        Raises:
            UsageError: what is asked for in vain.
        """
        trim, power = self.production.trim, self.production.power
        if trim is not None and (self.build.technology is not None or self.is_ideal):  # not a file's real ones
            self.build.refuse_idle_trimmers(trim)
        if not power.exact and self.is_ideal:
            power.refuse_idle()

    def made(self, circuit: Circuit, number: int) -> Circuit:
        """The circuit as one board has it. A teacher, which is no part of the board, keeps its values.

        Args:
            circuit: as it was designed.
            number: of the board, which decides all draws.
        """
        return self.production.made(circuit, number)

    def together(self, circuit: Circuit, numbers: Sequence[int]) -> Panel | None:
        """Several boards made together; None where that cannot be."""
        return self.production.together(circuit, numbers)
