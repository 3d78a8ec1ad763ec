"""Parts as one can buy them: a circuit whose resistors and capacitors miss their values at random.

`mismatched` gives every part a draw of its own. A `Variation` says more: what parts of a production lot and of a board
have in common, which distribution values have, what temperature does to all of them. With nothing in common and
lognormal values the two are the same, draw for draw.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from statistics import NormalDist
from typing import Any

from scipy.stats import qmc

from vle_analog.circuit.cells import Kind
from vle_analog.circuit.circuit import Circuit
from vle_analog.errors import UsageError, nearest
from vle_analog.passes.ratios import stages
from vle_analog.passes.values import with_values

#: no part is this far off; beyond it a spread is more likely given in percent by mistake
MOST = 0.5
#: of values, and of what lots and boards have in common
DISTRIBUTIONS = ("lognormal", "normal", "uniform", "truncated")
SAMPLINGS = ("random", "sobol", "latin")
#: a truncated distribution ends so many standard deviations of the whole one from its mean
_CUT = 2.0
#: levels whose draws parts share, and what of a board's surroundings is drawn
LOT, BOARD, TEMPERATURE = "lot", "board", "temperature"
_NORMAL = NormalDist()


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
        for name, share in (("lot", self.lot), ("board", self.board), ("matched", self.matched)):
            if not 0 <= share <= 1:
                raise UsageError(f"the share '{name}' of a variance must be from 0 to 1, not {share:g}")
        if self.lot + self.board > 1:
            raise UsageError(f"lots and boards share {self.lot + self.board:g} of the variance", hint="at most 1")
        if not math.isfinite(self.coefficient):
            raise UsageError(f"a temperature coefficient must be a number, not {self.coefficient:g}")

    def factor(self, number: float) -> float:
        """What a value is multiplied by, from a standard normal number."""
        match self.distribution:
            case "lognormal":
                return _lognormal(self.sigma, number)
            case "normal":
                return 1 + self.sigma * number
            case "uniform":
                return 1 + self.sigma * math.sqrt(3) * (2 * _NORMAL.cdf(number) - 1)
        low, high = _NORMAL.cdf(-_CUT), _NORMAL.cdf(_CUT)
        left = math.sqrt(1 - 2 * _CUT * _NORMAL.pdf(_CUT) / (high - low))  # the deviation inside the cut
        return 1 + self.sigma / left * _NORMAL.inv_cdf(low + (high - low) * _NORMAL.cdf(number))


@dataclass(frozen=True)
class Variation:
    """How the boards of one design differ in their resistors and capacitors.

    A board has a number, which decides all of its draws: it can be made alone. Every board comes from a lot of its
    own unless ``per_lot`` says that so many consecutive ones share one.

    Attributes:
        resistors, capacitors: their tolerances.
        kelvin: standard deviation of the boards' temperature around the one that values hold for.
        per_lot: boards in a lot.
        sampling: of what lots, boards and temperature have in common: ``random``, or points that fill their space
            evenly: ``sobol`` (scrambled), ``latin`` (hypercube). Devices always draw at random.
        points: of the hypercube; boards have the numbers below.
        seed: of the scrambling.

    Raises:
        UsageError: a number that cannot be used.
    """

    resistors: Tolerance = field(default_factory=Tolerance)
    capacitors: Tolerance = field(default_factory=Tolerance)
    kelvin: float = 0.0
    per_lot: int = 1
    sampling: str = "random"
    points: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.kelvin < math.inf:
            raise UsageError(f"the temperature's standard deviation must be at least 0, not {self.kelvin:g}")
        if self.per_lot < 1:
            raise UsageError(f"a lot holds at least 1 board, not {self.per_lot}")
        if self.sampling not in SAMPLINGS:
            raise UsageError(f"no sampling '{self.sampling}'", hint=nearest(self.sampling, SAMPLINGS))
        if self.sampling != "random" and self.per_lot > 1:
            raise UsageError(
                f"sampling '{self.sampling}' is for boards of lots of their own", hint="leave one board per lot"
            )
        if self.sampling != "random" and not self._dimensions():
            raise UsageError(
                f"sampling '{self.sampling}' has nothing to fill: neither lots nor boards have anything in common",
                hint="give lots, boards or temperature a share",
            )

    def of(self, kind: Kind) -> Tolerance:
        """The tolerance of a kind of part."""
        return self.resistors if kind == "resistor" else self.capacitors

    def levels(self, board: int) -> dict[str, float]:
        """Standard normal numbers that parts of a board share: ``lot resistor``, ``temperature``, ...

        Raises:
            UsageError: a negative number of a board, or one beyond a hypercube's points.
        """
        names = self._dimensions()
        if board < 0 or (self.sampling == "latin" and board >= self.points):
            raise UsageError(f"no board {board}", hint=f"0 to {self.points - 1}" if board >= 0 else "take 0 or more")
        if self.sampling == "random":
            numbers = {LOT: board // self.per_lot}
            return {name: draw(numbers.get(name.split()[0], board), name.replace(" ", ".")) for name in names}
        if self.sampling == "sobol":
            points = qmc.Sobol(len(names), scramble=True, seed=self.seed)
            if board:
                points.fast_forward(board)
            place = points.random(1)[0]
        else:
            place = _hypercube(len(names), self.points, self.seed)[board]
        return {
            name: _NORMAL.inv_cdf(min(max(at, 2.0**-53), 1 - 2.0**-53))
            for name, at in zip(names, place.tolist(), strict=True)
        }

    def applied(self, circuit: Circuit, board: int, spared: Callable[[str], bool] | None = None) -> Circuit:
        """A board's circuit.

        Args:
            circuit: as it was designed.
            board: its number, also the seed of its devices' draws.
            spared: by a part's full name, whether it keeps its value.

        Raises:
            UsageError: no such board.
            CircuitError: a part cannot be reached or has no positive value.
        """
        shared = self.levels(board)
        places = self._places(circuit)

        def change(kind: Kind, name: str, value: float) -> float:
            if spared is not None and spared(name):
                return value
            tolerance = self.of(kind)
            found = value * tolerance.factor(self._number(kind, name, board, shared, places))
            if (warmth := shared.get(TEMPERATURE)) is not None and tolerance.coefficient:
                found *= 1 + tolerance.coefficient * self.kelvin * warmth
            return found

        return with_values(circuit, change)

    def to_json(self) -> dict[str, Any]:
        """Plain data, which determines it."""
        return asdict(self)

    def _number(
        self, kind: Kind, name: str, board: int, shared: Mapping[str, float], places: Mapping[str, str]
    ) -> float:
        """A part's standard normal number: sums of what is shared and its own, variances adding up to 1."""
        tolerance = self.of(kind)
        own = draw(board, name)
        rest = 1 - tolerance.lot - tolerance.board
        if tolerance.matched and name in places:
            common = draw(board, f"stage.{kind}.{places[name]}")
            own = math.sqrt(tolerance.matched) * common + math.sqrt(1 - tolerance.matched) * own
        found = own if rest == 1 else math.sqrt(max(0.0, rest)) * own
        for level, share in ((LOT, tolerance.lot), (BOARD, tolerance.board)):
            if share:
                found += math.sqrt(share) * shared[f"{level} {kind}"]
        return found

    def _dimensions(self) -> list[str]:
        """Names of what parts share, in order."""
        kinds: tuple[Kind, ...] = ("resistor", "capacitor")
        found = [f"{LOT} {kind}" for kind in kinds if self.of(kind).lot and self.of(kind).sigma]
        found += [f"{BOARD} {kind}" for kind in kinds if self.of(kind).board and self.of(kind).sigma]
        return found + [TEMPERATURE] * bool(self.kelvin)

    def _places(self, circuit: Circuit) -> dict[str, str]:
        """The stage that each part belongs to, where that matters."""
        if not (self.resistors.matched or self.capacitors.matched):
            return {}
        return {part: stage.name for stage in stages(circuit) for part in stage.parts}


def mismatched(
    circuit: Circuit, resistors: float, capacitors: float, seed: int, spared: Callable[[str], bool] | None = None
) -> Circuit:
    """The circuit with every resistance and capacitance multiplied by a factor of its own.

    Factors are lognormal, of mean 1: positive without a truncation that would narrow them, and a ratio of two
    parts errs alike upwards and downwards. A part's draw depends on the seed and its full name (see `with_values`)
    alone: it is the same on every machine and whatever other parts there are, and scales with the spread.

    Args:
        circuit: any.
        resistors, capacitors: the factors' standard deviations, e.g. 0.001; 0 leaves the parts as they are.
        seed: of the draws.
        spared: by a part's full name, whether it keeps its value.

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

    def change(kind: Kind, name: str, value: float) -> float:
        if spared is not None and spared(name):
            return value
        return value * _lognormal(spreads[kind], draw(seed, name))

    return with_values(circuit, change)


def draw(seed: int, name: str) -> float:
    """A standard normal number that seed and name determine."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    # the half keeps it inside (0, 1); 52 bits and a half are exact in a float
    return _NORMAL.inv_cdf((int.from_bytes(digest[:8]) % 2**52 + 0.5) / 2**52)


def _lognormal(spread: float, number: float) -> float:
    """A lognormal factor of mean 1 and a relative standard deviation, from a standard normal number."""
    sigma = math.sqrt(math.log1p(spread**2))
    return math.exp(sigma * number - sigma**2 / 2)


@lru_cache(maxsize=4)
def _hypercube(dimensions: int, points: int, seed: int) -> Any:
    """All points of a latin hypercube, shape (points, dimensions)."""
    return qmc.LatinHypercube(dimensions, seed=seed).random(points)
