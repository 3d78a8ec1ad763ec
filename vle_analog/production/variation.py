"""Parts as one can buy them: a circuit whose resistors and capacitors miss their values at random.

`mismatched` gives every part a draw of its own. A `Variation` says more: what parts of a production lot and of a board
have in common, which distribution values have, which blocks have closer parts; and the same for what scatters in
devices, and how warm boards are (`scattered` and `warmed` apply these).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from vle_analog.circuit.cell.cell import Kind
from vle_analog.circuit.cell.datasheet import Spread
from vle_analog.circuit.circuit import NOMINAL, Circuit
from vle_analog.errors import UsageError, nearest
from vle_analog.fields import numbers
from vle_analog.options import Option, option
from vle_analog.owner import Owner
from vle_analog.production.devices import DeviceError, error_kinds
from vle_analog.production.draws import DISTRIBUTIONS, SAMPLINGS, Numbers, deviate, draw, evenly, lognormal
from vle_analog.production.grades import MOST, Grade, graded, refuse
from vle_analog.production.ratios import stages
from vle_analog.production.values import Part, with_values

#: degrees C between which parts are sold for
COLDEST, HOTTEST = -55.0, 125.0
#: levels whose draws parts share, and what of a board's surroundings is drawn
LOT, BOARD, TEMPERATURE = "lot", "board", "temperature"


@dataclass(frozen=True)
class Tolerance:
    """How values of one kind of part vary.

    Attributes:
        sigma: relative standard deviation.
        distribution: ``lognormal`` (of mean 1), ``normal``, ``uniform``, or ``truncated``: normal, what is more than
            two of the whole distribution's deviations off is sorted out; ``sigma`` is that of what is left.
        lot, board: shares of the variance that all parts of a lot and of a board have in common; the rest is each
            device's. Of values that are not normal it is the variance of the normal number that they are made from.
        matched: the share of the devices' part of the variance that parts of one stage have in common, as those of
            an array do.
        coefficient: of temperature, relative change per kelvin.

    Raises:
        UsageError: a number that cannot be used.
    """

    sigma: float = 0.0
    distribution: str = "lognormal"
    lot: float = 0.0
    board: float = 0.0
    matched: float = 0.0
    coefficient: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.sigma < MOST:
            raise UsageError(
                f"the relative standard deviation of parts must be at least 0 and below {MOST:g}, not {self.sigma:g}",
                hint="give a fraction: 0.01 for one per cent",
            )
        if self.distribution not in DISTRIBUTIONS:
            raise UsageError(f"no distribution '{self.distribution}'", hint=nearest(self.distribution, DISTRIBUTIONS))
        _check_shares(lot=self.lot, board=self.board, matched=self.matched)
        if not math.isfinite(self.coefficient):
            raise UsageError(f"a temperature coefficient must be a number, not {self.coefficient:g}")

    def factor(self, number: Any) -> Any:
        """What a value is multiplied by, from a standard normal number."""
        if self.distribution == "lognormal":
            return lognormal(self.sigma, number)
        return 1 + self.sigma * deviate(self.distribution, number)


@dataclass(frozen=True)
class Scatter:
    """How what data sheets say of devices (offsets, bias currents, gain errors) varies.

    A data sheet's typical value is the standard deviation; beyond its maximum nothing is sold.

    Attributes:
        distribution: ``normal``, ``uniform`` or ``truncated``, as a `Tolerance`'s.
        lot, board: shares of the variance that a kind of error (``opamp.VOS``) of all devices of a lot and of a board
            has in common.

    Raises:
        UsageError: a number that cannot be used.
    """

    distribution: str = "normal"
    lot: float = 0.0
    board: float = 0.0

    def __post_init__(self) -> None:
        if self.distribution not in DISTRIBUTIONS[1:]:
            raise UsageError(
                f"no distribution '{self.distribution}' of devices", hint=nearest(self.distribution, DISTRIBUTIONS[1:])
            )
        _check_shares(lot=self.lot, board=self.board)

    def error(self, spread: Spread, number: Any) -> Any:
        """An error, from a standard normal number."""
        found = spread.sigma * deviate(self.distribution, number)
        if isinstance(found, np.ndarray):
            return np.maximum(-spread.most, np.minimum(spread.most, found))
        return max(-spread.most, min(spread.most, found))


@dataclass(frozen=True)
class Variation:
    """How the boards of one design differ.

    A board has a number, which decides all of its draws: it can be made alone. Every board comes from a lot of its
    own unless ``per_lot`` says that so many consecutive ones share one.

    Attributes:
        resistors, capacitors: their tolerances.
        kelvin: standard deviation of the boards' temperature around their mean one.
        per_lot: boards in a lot.
        sampling: of what lots, boards and temperature have in common: ``random``, or points that fill their space
            evenly: ``sobol`` (scrambled), ``latin`` (hypercube). Devices always draw at random.
        points: of the hypercube; boards have the numbers below.
        seed: of the scrambling.
        grades: blocks whose parts have other deviations; of those that fit, the last one counts.
        devices: how what data sheets say of devices varies.
        celsius: the boards' mean temperature; parts' values hold at `NOMINAL`.

    Raises:
        UsageError: a number that cannot be used.
    """

    resistors: Tolerance = field(default_factory=Tolerance)
    capacitors: Tolerance = field(default_factory=Tolerance)
    kelvin: float = option("Standard deviation of boards' temperature.", 0.0, flag="temperature", metavar="KELVIN")
    per_lot: int = option("Boards of one lot (1: each is of another lot).", 1)
    sampling: str = option(f"Of what lots, boards and temperature share: {', '.join(SAMPLINGS)}.", SAMPLINGS[0])
    points: int = 0
    seed: int = 0
    grades: tuple[Grade, ...] = option(
        "Other standard deviations for the parts of some blocks, by name or pattern: 'r3=0.001'. May be repeated; "
        "the last that fits counts.",
        (),
        flag="grade",
        metavar="BLOCKS=R[,C]",
        parse=lambda texts: tuple(map(Grade.parse, texts)),
        many=True,
    )
    devices: Scatter = field(default_factory=Scatter)
    celsius: float = option(
        "Temperature of boards; parts' values and data sheets hold at 27.", NOMINAL, metavar="DEGREES"
    )

    #: what sets fields of both kinds of parts at once
    OPTIONS: ClassVar[tuple[Option, ...]] = (
        Option(
            "mismatch",
            "Standard deviations of resistors and capacitors, e.g. 0.05,0.1.",
            (("resistors.sigma",), ("capacitors.sigma",)),
            default=(0.0, 0.0),
            metavar="R,C",
            parse=lambda text: numbers(text, name="mismatch", count=2, example="0.05,0.1"),
        ),
        Option(
            "shares",
            "Shares of the variance that a lot's and a board's parts have in common: 0.3,0.2.",
            (("resistors.lot", "capacitors.lot"), ("resistors.board", "capacitors.board")),
            default=(0.0, 0.0),
            metavar="LOT,BOARD",
            parse=lambda text: numbers(text, name="shares", count=2, example="0.3,0.2"),
        ),
        Option(
            "matched",
            "Share of the devices' variance that parts of one stage have in common.",
            (("resistors.matched", "capacitors.matched"),),
            float,
            0.0,
        ),
        Option(
            "distribution",
            f"Of values: {', '.join(DISTRIBUTIONS)}.",
            (("resistors.distribution", "capacitors.distribution"),),
            default=DISTRIBUTIONS[0],
        ),
        Option(
            "coefficients",
            "Temperature coefficients of resistors and capacitors, ppm per kelvin.",
            (("resistors.coefficient",), ("capacitors.coefficient",)),
            default=(0.0, 0.0),
            metavar="R,C",
            parse=lambda text: tuple(
                1e-6 * number for number in numbers(text, name="coefficients", count=2, example="50,-30")
            ),
        ),
        Option(
            "device_shares",
            "As `shares`, of each kind of error of op-amps, multipliers and cells.",
            (("devices.lot",), ("devices.board",)),
            default=(0.0, 0.0),
            metavar="LOT,BOARD",
            parse=lambda text: numbers(text, name="device_shares", count=2, example="0.3,0.2"),
        ),
        Option(
            "device_distribution",
            f"Of these errors: {', '.join(DISTRIBUTIONS[1:])}; cut off at the data sheet's maximum.",
            (("devices.distribution",),),
            default=DISTRIBUTIONS[1],
        ),
    )

    def __post_init__(self) -> None:
        if not 0 <= self.kelvin < math.inf:
            raise UsageError(f"the temperature's standard deviation must be at least 0, not {self.kelvin:g}")
        if not COLDEST <= self.celsius <= HOTTEST:
            raise UsageError(
                f"boards work from {COLDEST:g} to {HOTTEST:g} degrees C, not at {self.celsius:g}",
                hint=f"values hold at {NOMINAL:g}",
            )
        if self.per_lot < 1:
            raise UsageError(f"a lot holds at least 1 board, not {self.per_lot}")
        if self.sampling not in SAMPLINGS:
            raise UsageError(f"no sampling '{self.sampling}'", hint=nearest(self.sampling, SAMPLINGS))
        if self.sampling != "random" and self.per_lot > 1:
            raise UsageError(
                f"sampling '{self.sampling}' is for boards of lots of their own", hint="leave one board per lot"
            )
        if self.sampling != "random" and not (self._dimensions() or self.devices.lot or self.devices.board):
            raise UsageError(
                f"sampling '{self.sampling}' has nothing to fill: neither lots nor boards have anything in common",
                hint="give lots, boards or temperature a share",
            )

    def of(self, kind: Kind, block: str = "") -> Tolerance:
        """The tolerance of a kind of part, or of such parts of a block."""
        tolerance = self.resistors if kind == "resistor" else self.capacitors
        sigma = graded(self.grades, kind, block) if self.grades and block else None
        return tolerance if sigma is None else replace(tolerance, sigma=sigma)

    def levels(self, board: Numbers, kinds: Sequence[str] = ()) -> dict[str, Any]:
        """Standard normal numbers that parts of a board share: ``lot resistor``, ``temperature``, ...

        Args:
            board: its number.
            kinds: of errors that its devices have, by `error_kinds`; ``lot opamp.VOS`` and the like are among the
                numbers if devices share anything.

        Raises:
            UsageError: a negative number of a board, or one beyond a hypercube's points.
        """
        for number in board if isinstance(board, tuple) else (board,):
            if number < 0 or (self.sampling == "latin" and number >= self.points):
                hint = f"0 to {self.points - 1}" if number >= 0 else "take 0 or more"
                raise UsageError(f"no board {number}", hint=hint)
        names = self._dimensions(kinds)
        if not names:
            return {}
        if self.sampling == "random":
            lot = tuple(each // self.per_lot for each in board) if isinstance(board, tuple) else board // self.per_lot
            return {name: draw(lot if lots else board, name.replace(" ", ".")) for name, lots in names.items()}
        if isinstance(board, tuple):
            rows = [self.levels(each, kinds) for each in board]
            return {name: np.array([row[name] for row in rows]) for name in names}
        return dict(zip(names, evenly(self.sampling, len(names), board, self.points, self.seed), strict=True))

    def applied(self, circuit: Circuit, board: Numbers) -> Circuit:
        """A board's circuit; what is not the board's keeps its values.

        Args:
            circuit: as it was designed.
            board: its number, also the seed of its devices' draws.

        Raises:
            UsageError: no such board.
            CircuitError: a part cannot be reached or has no positive value.
        """
        shared = self.levels(board, self.kinds(circuit))
        places = self._places(circuit)
        missing = {grade.blocks: grade for grade in self.grades}

        def change(part: Part) -> Any:
            if part.owner is not Owner.BOARD:
                return part.value
            for pattern in [each for each, grade in missing.items() if grade.fits(part.kind, part.block)]:
                del missing[pattern]
            number = self._number(part, board, shared, places)
            return part.value * self.of(part.kind, part.block).factor(number)

        found = with_values(circuit, change)
        if missing:
            refuse(next(iter(missing)), circuit)
        return found

    def kinds(self, circuit: Circuit) -> list[str]:
        """Kinds of errors of a circuit's devices, where these have anything in common."""
        return error_kinds(circuit) if self.devices.lot or self.devices.board else []

    def errors(self, circuit: Circuit, board: Numbers) -> Callable[[DeviceError], Any]:
        """What tells the size of the errors of a board's devices.

        Raises:
            UsageError: no such board.
        """
        shared, devices = self.levels(board, self.kinds(circuit)), self.devices

        def size(error: DeviceError) -> Any:
            own = draw(board, error.name)
            return devices.error(error.spread, _mixed(own, error.kind, devices.lot, devices.board, shared))

        return size

    def warmth(self, circuit: Circuit, board: Numbers) -> Any:
        """Kelvin by which a board is warmer than `NOMINAL`."""
        found = self.celsius - NOMINAL
        if self.kelvin:
            found += self.kelvin * self.levels(board, self.kinds(circuit))[TEMPERATURE]
        return found

    def to_json(self) -> dict[str, Any]:
        """Plain data, which determines it."""
        return {**asdict(self), "grades": [asdict(grade) for grade in self.grades]}

    def _number(self, part: Part, board: Numbers, shared: Mapping[str, Any], places: Mapping[str, str]) -> Any:
        """A part's standard normal number: sums of what is shared and its own, variances adding up to 1."""
        tolerance = self.of(part.kind)
        own = draw(board, part.name)
        if tolerance.matched and part.name in places:
            common = draw(board, f"stage.{part.kind}.{places[part.name]}")
            own = math.sqrt(tolerance.matched) * common + math.sqrt(1 - tolerance.matched) * own
        return _mixed(own, part.kind, tolerance.lot, tolerance.board, shared)

    def _dimensions(self, kinds: Sequence[str] = ()) -> dict[str, bool]:
        """Names of what parts share, in order, and whether a whole lot shares it."""
        sharing: dict[str, Tolerance | Scatter] = {
            "resistor": self.resistors,
            "capacitor": self.capacitors,
            **dict.fromkeys(kinds, self.devices),
        }
        varied = {
            kind: each
            for kind, each in sharing.items()
            if isinstance(each, Scatter) or each.sigma or any(grade.of(kind) for grade in self.grades)
        }
        found = {f"{LOT} {kind}": True for kind, each in varied.items() if each.lot}
        found |= {f"{BOARD} {kind}": False for kind, each in varied.items() if each.board}
        return found | ({TEMPERATURE: False} if self.kelvin else {})

    def _places(self, circuit: Circuit) -> dict[str, str]:
        """The stage that each part belongs to, where that matters."""
        if not (self.resistors.matched or self.capacitors.matched):
            return {}
        return {part: stage.name for stage in stages(circuit) for part in stage.parts}


def mismatched(circuit: Circuit, resistors: float, capacitors: float, seed: int) -> Circuit:
    """The circuit with every resistance and capacitance of its board multiplied by a factor of its own.

    Factors are lognormal, of mean 1: positive without a truncation that would narrow them, and a ratio of two
    parts errs alike upwards and downwards. A part's draw depends on the seed and its full name (see `with_values`)
    alone: it is the same on every machine and whatever other parts there are, and scales with the spread.

    Args:
        circuit: any.
        resistors, capacitors: the factors' standard deviations, e.g. 0.001; 0 leaves the parts as they are.
        seed: of the draws.

    Raises:
        UsageError: a standard deviation is negative, not finite, or 0.5 or more.
        CircuitError: a part cannot be reached or has no positive value.
    """
    spreads: dict[Kind, float] = {"resistor": resistors, "capacitor": capacitors}
    for kind, spread in spreads.items():
        if not 0 <= spread < MOST:
            raise UsageError(
                f"the relative standard deviation of {kind}s must be at least 0 and below {MOST:g}, not {spread:g}",
                hint="give a fraction: 0.01 for one per cent",
            )

    return Variation(Tolerance(resistors), Tolerance(capacitors)).applied(circuit, seed)


def _mixed(own: Any, kind: str, lot: float, board: float, shared: Mapping[str, Any]) -> Any:
    """A standard normal number of what is shared and one's own: variances add up to 1."""
    rest = 1 - lot - board
    found = own if rest == 1 else math.sqrt(max(0.0, rest)) * own
    for level, share in ((LOT, lot), (BOARD, board)):
        if share:
            found = found + math.sqrt(share) * shared[f"{level} {kind}"]
    return found


def _check_shares(**shares: float) -> None:
    """Refuse shares of a variance that are none.

    Raises:
        UsageError: as said.
    """
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise UsageError(f"the share '{name}' of a variance must be from 0 to 1, not {share:g}")
    if (both := shares["lot"] + shares["board"]) > 1:
        raise UsageError(f"lots and boards share {both:g} of the variance", hint="at most 1")
