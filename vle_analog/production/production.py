"""From a design to one board of it: the passes that make it, in order, each with one effect."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vle_analog.circuit.circuit import NOMINAL, Circuit
from vle_analog.circuit.panel import Panel
from vle_analog.errors import UsageError
from vle_analog.fields import at_least
from vle_analog.options import option
from vle_analog.production.clock import clocked
from vle_analog.production.devices import error_kinds
from vle_analog.production.draws import Numbers
from vle_analog.production.imperfections import imperfect
from vle_analog.production.noise import noisy
from vle_analog.production.offsets import scattered
from vle_analog.production.power import Power, powered
from vle_analog.production.sources import source_nodes, sourced
from vle_analog.production.temperature import warmed
from vle_analog.production.trimming import Trim, trimmed
from vle_analog.production.variation import Scatter, Tolerance, Variation
from vle_analog.units import engineering

#: kelvin at 0 degrees C
_ZERO = 273.15

Pass = Callable[[Circuit], Circuit]


@dataclass(frozen=True)
class Production:
    """How boards of a design are made.

    Attributes:
        variation: of values, and what devices' errors have in common.
        offsets: how far devices' errors scatter, over what data sheets say.
        trim: which offsets are nulled by trimmers, and to which steps; no trimmers when None.
        clocks: how far its clocks miss their periods, over what offsets do.
        power: how they are fed.
        sources: volts by which inputs and a teacher are off at most.
        noise: seed of the noise of its parts; the board's number when None.
        noise_scale: how strong it is, over what the parts have; when None 1 with a seed and 0 (no noise) without.
        kinds: single kinds of errors and their factors, as `scattered` has them; all when None.
        imperfections: what all parts of a kind share, and factors, as `imperfect` has them.
    """

    variation: Variation = field(default_factory=Variation)
    offsets: float = option("How far real parts' offsets scatter, over what data sheets say (0: not at all).", 1.0)
    trim: Trim | None = option(
        "Step of trimmers that null all multipliers' offsets, e.g. 1e-4, or steps by pin and role: z=1e-3 or "
        "multiplier.z=1e-3,opamp=1e-5 (default: no trimmers).",
        None,
        metavar="[PIN=]VOLTS,...",
        parse=Trim.parse,
    )
    noise: int | None = option(
        "Seed of the noise of resistors, op-amps and multipliers (default: the board's number).", None, metavar="SEED"
    )
    noise_scale: float | None = option(
        "How strong this noise is, over what parts have (default: 1 with a seed of it, else 0: no noise).", None
    )
    clocks: float = option("How far clocks miss their periods, over what their parts do (0: exact).", 1.0)
    power: Power = field(default_factory=Power)
    sources: float = option(
        "The most that a board's inputs and its teacher are off by a constant, three standard deviations, each by its "
        "own; a generator's offset is some 0.005 (0: exact).",
        0.0,
        metavar="VOLT",
    )
    kinds: tuple[tuple[str, float], ...] | None = None
    imperfections: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.offsets < math.inf:
            raise UsageError(f"`offsets` must be at least 0, not {self.offsets:g}", hint="1 is as data sheets say")
        at_least(0, clocks=self.clocks)
        if not 0 <= self.sources < math.inf:
            raise UsageError(f"`sources` must be a voltage of at least 0, not {self.sources:g}", hint="e.g. 0.005")
        at_least(0, noise=self.noise, noise_scale=self.noise_scale)
        if self.noise_scale == math.inf:
            raise UsageError("`noise_scale` must be a number, not infinite")

    @property
    def _kinds(self) -> Mapping[str, float] | None:
        return None if self.kinds is None else dict(self.kinds)

    @property
    def strength(self) -> float:
        """How strong the noise of its parts is, over what they have; 0 for none."""
        if self.noise_scale is None:
            return 0.0 if self.noise is None else 1.0
        return self.noise_scale

    def passes(self, board: Numbers, nulled: Callable[[Circuit, Trim], Circuit] = trimmed) -> list[Pass]:
        """What a design goes through until it is a board, whose number decides all draws.

        Args:
            board: its number.
            nulled: nulls offsets to the steps of trimmers, with parts for it or without.
        """
        varied, trim = self.variation, self.trim
        found: list[Pass] = [
            lambda circuit: varied.applied(circuit, board),
            lambda circuit: scattered(circuit, board, self.offsets, self._kinds, varied),
            lambda circuit: clocked(circuit, board, varied, self.offsets * self.clocks, self._kinds),
            lambda circuit: powered(circuit, board, self.power, varied.devices, self._kinds),
            lambda circuit: sourced(circuit, board, self.sources, varied.devices, self._kinds),
        ]
        if trim is not None:
            found.append(lambda circuit: nulled(circuit, trim))
        found.append(lambda circuit: self._warmed(circuit, board))
        found.append(lambda circuit: imperfect(circuit, dict(self.imperfections)))
        if strength := self.strength:
            seed = self.noise if self.noise is not None else board
            assert isinstance(seed, int)
            found.append(lambda circuit: noisy(circuit, seed, strength, circuit.celsius + _ZERO))
        return found

    def made(self, circuit: Circuit, board: int, nulled: Callable[[Circuit, Trim], Circuit] = trimmed) -> Circuit:
        """One board's circuit; its remarks say what was done. What is not the board's stays as it was designed.

        Args:
            circuit: the design.
            board: its number.
            nulled: as `passes` has it.

        Raises:
            UsageError: no such board, or a number that a pass cannot use.
            CircuitError: a part that cannot be reached or that cannot have its value.
        """
        for change in self.passes(board, nulled):
            circuit = change(circuit)
        told = self._remarks(circuit, board)
        return replace(circuit, remarks=(*circuit.remarks, *told), board=board if told else None)

    def together(self, circuit: Circuit, boards: Sequence[int]) -> Panel | None:
        """Several boards made together, each as `made` makes it; None where they differ in more than values: in
        temperature or in noise.

        Raises:
            UsageError, CircuitError: as `made`.
        """
        if self.strength or self.variation.kelvin or not boards:
            return None
        for change in self.passes(tuple(boards)):
            circuit = change(circuit)
        return Panel(circuit, len(boards))

    def _warmed(self, circuit: Circuit, board: Numbers) -> Circuit:
        varied = self.variation
        return warmed(
            circuit,
            varied.warmth(circuit, board),
            board,
            {"resistor": varied.resistors.coefficient, "capacitor": varied.capacitors.coefficient},
            self.offsets,
            self._kinds,
        )

    def _remarks(self, circuit: Circuit, board: int) -> list[str]:
        """Words for the netlist about what was done."""
        varied = self.variation
        kinds = {"resistors": varied.resistors, "capacitors": varied.capacitors}
        found = [f"{name} {_said(tolerance)}" for name, tolerance in kinds.items() if tolerance.sigma]
        for grade in varied.grades:
            each = {"resistors": grade.resistors, "capacitors": grade.capacitors}
            words = ", ".join(f"{name} {100 * sigma:.3g} %" for name, sigma in each.items() if sigma is not None)
            found.append(f"of '{grade.blocks}' {words}")
        if self.offsets and error_kinds(circuit):
            scale = "" if self.offsets == 1 else f"{self.offsets:g} times "
            found.append(f"devices' errors {scale}as data sheets say ({_shared(varied.devices)})")
        found += self.power.words()
        if self.sources and source_nodes(circuit):
            found.append(f"inputs and teacher off by at most {engineering(self.sources, 'V')}")
        if self.trim is not None:
            found.append(self.trim.told())
        if circuit.celsius != NOMINAL:
            found.append(f"at {circuit.celsius:.4g} degrees C")
        if self.strength:
            seed = self.noise if self.noise is not None else board
            assert isinstance(seed, int)
            found.append(f"noise of seed {seed}, {self.strength:g} times as parts have")
        return [f"board {board}: " + "; ".join(found)] if found else []


def _said(tolerance: Tolerance) -> str:
    return f"{100 * tolerance.sigma:.3g} % ({_shared(tolerance, tolerance.matched)})"


def _shared(each: Tolerance | Scatter, matched: float = 0.0) -> str:
    """A distribution, and what of a variance is shared."""
    shares = {"lot": each.lot, "board": each.board, "stage": matched * (1 - each.lot - each.board)}
    common = ", ".join(f"{level} {100 * share:.3g} %" for level, share in shares.items() if share)
    return f"{each.distribution}; shared by {common}" if common else each.distribution
