"""How equations become a circuit: with which parts, how it looks ahead, at which voltages."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from vle_analog.circuit.parts import chosen
from vle_analog.circuit.technology import FIDELITIES, IDEAL, LAW, Supply, Technology
from vle_analog.equations.resolve import REALISATIONS
from vle_analog.errors import UsageError, nearest
from vle_analog.options import option, pairs, positive


def _parts(texts: list[str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(pairs(texts, name="parts", form="ROLE=NAME", example="opamp=tl072").items()))


def _scales(texts: list[str]) -> tuple[tuple[str, float], ...]:
    scales = []
    for text in texts:
        name, _, volts = text.partition("=")
        try:
            scale = float(volts)
        except ValueError:
            scale = 0.0
        if not 0 < scale < math.inf:
            raise UsageError(f"`scales` {text}: not SIGNAL=VOLTS with a positive number", hint="e.g. `scales=x=0.5`")
        scales.append((name, scale))
    return tuple(dict(scales).items())


def chosen_parts() -> Any:
    """A field of roles and the parts that a user chose for them."""
    return option(
        "A part of your choice, e.g. opamp=tl072, or multiplier=ideal; `vle-analog bench` lists them. May be repeated.",
        (),
        flag="part",
        metavar="ROLE=NAME",
        parse=_parts,
        many=True,
    )


@dataclass(frozen=True)
class Build:
    """How to build a circuit of equations.

    Attributes:
        realisation: of `prospective`: ``algebraic``, ``lead`` or ``differentiator``.
        bandwidth: of the latter two: how many times faster than tau their own pole is.
        step: the simulator's step bound, model units; found from the reference, or from the network, when None.
        scales: signals and volts per model unit that the user fixes.
        fidelity: of the parts; the system's own, or ideal, when None.
        parts: roles and the parts that play them instead of the fidelity's.
        supply: of the board; +-15 V when None.

    Raises:
        UsageError: no such realisation, fidelity, role or part, or a number that cannot be used.
    """

    realisation: str = option(f"How circuits look ahead: {', '.join(REALISATIONS)}.", "algebraic", flag="prospective")
    bandwidth: float = option("Band limit of lead stages and differentiators, in multiples of 1/tau.", 100.0)
    step: float | None = option("The simulator's step bound, model units (default: found from the equations).", None)
    scales: tuple[tuple[str, float], ...] = option(
        "Volts per model unit of one signal, instead of the tool's own choice. May be repeated.",
        (),
        flag="scale",
        metavar="SIGNAL=VOLTS",
        parse=_scales,
        many=True,
    )
    fidelity: str | None = option(
        f"Of the parts: {', '.join(FIDELITIES)} (default: ideal, or what the system's file says). Parts of all but "
        "ideal ones scatter as their data sheets say.",
        None,
    )
    parts: tuple[tuple[str, str], ...] = chosen_parts()
    supply: Supply | None = option(
        "Of the board: +-5, +-12, or 0,5 with a mid-rail (default: +-15). Ranges of signals go with it.",
        None,
        metavar="VOLTS",
        parse=Supply.parse,
    )

    def __post_init__(self) -> None:
        if self.realisation not in REALISATIONS:
            raise UsageError(
                f"unknown realisation of prospective '{self.realisation}'",
                hint=nearest(self.realisation, REALISATIONS),
            )
        if not 1 < self.bandwidth < math.inf:
            raise UsageError(f"`bandwidth` must be over 1, not {self.bandwidth:g}", hint="e.g. 100")
        positive(step=self.step)
        _ = self.technology  # refuses unknown ones before anything runs

    @property
    def technology(self) -> Technology | None:
        """The chosen parts; None where nothing was chosen."""
        if self.fidelity is None and not self.parts:
            return None
        return chosen(self.fidelity or IDEAL.name, dict(self.parts), self.supply)

    @property
    def is_ideal(self) -> bool:
        """Whether no real part was chosen."""
        return self.technology is None or self.technology.is_ideal

    def refuse_idle_trimmers(self, trim: float | None) -> None:
        """Refuse trimmers of multipliers that have no offsets.

        Raises:
            UsageError: as said.
        """
        technology = self.technology or IDEAL
        if trim is not None and technology.part("multiplier") == LAW:
            raise UsageError("ideal multipliers have no offsets to trim", hint="leave `trim` out, or take real ones")


DEFAULT = Build()
