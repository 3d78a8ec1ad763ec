"""Boards against the strength of their parts' noise: what is left of losses and right answers, and where it ends.

The signal-to-noise ratio is of the output on the exam, the board's weights held: the power of the output about its mean
with all noise switched off, over the power of what noise adds to it, in the band in which sampled noise has its
density, up to a quarter of one over the simulation's step. Effective bits are those of an ideal converter with this
ratio for a sine of full scale, ``(dB - 1.76) / 6.02``: twice the noise costs one bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from vle_analog.compare.confidence import wilson
from vle_analog.compare.criterion import Criterion
from vle_analog.compare.signal_to_noise import decibels, effective_bits
from vle_analog.fleet.case import Case, finite
from vle_analog.fleet.findings import FleetFindings
from vle_analog.fleet.sample import Check, Outcome, Sample

#: of the boards that are good without noise: fewer are good where a criterion fails; hardly one is
HALF, NONE = 0.5, 0.05


@dataclass(frozen=True)
class Level:
    """Boards with so much noise.

    Attributes:
        scale: over what their parts make; 0 for none.
        outcomes: board by board.
        good: how many meet the criterion.
    """

    scale: float
    outcomes: Sequence[Outcome]
    good: int

    @staticmethod
    def of(scale: float, outcomes: Sequence[Outcome], criterion: Criterion) -> Level:
        """Boards judged by a criterion; losses are over the variance already."""
        samples = [Sample(0, outcome.loss, outcome.accuracy) for outcome in outcomes]
        return Level(scale, outcomes, sum(criterion.met(sample, 1.0) for sample in samples))

    @property
    def case(self) -> Case:
        """Median and quantiles of losses and right answers."""
        return Case(self.outcomes)

    @property
    def silent(self) -> float | None:
        """The median loss of the same weights with all noise switched off in the exam; None without noise."""
        losses = [math.inf if outcome.silent is None else outcome.silent for outcome in self.outcomes]
        middle = median(losses) if self.scale and losses else math.inf
        return middle if math.isfinite(middle) else None

    @property
    def signal_to_noise(self) -> float | None:
        """The median over boards; None where the middle one has none."""
        ratios = [outcome.signal_to_noise or 0.0 for outcome in self.outcomes]
        return (median(ratios) if self.scale and ratios else 0.0) or None

    @property
    def accuracies(self) -> list[float]:
        """Right answers, 0 where there was none to read; empty where a task has none."""
        right = [outcome.accuracy for outcome in self.outcomes]
        return [] if all(fraction is None for fraction in right) else [fraction or 0.0 for fraction in right]

    @property
    def interval(self) -> tuple[float, float]:
        """Interval in which the fraction of good boards lies with 95 % confidence, by Wilson's score."""
        return wilson(self.good, len(self.outcomes))

    def to_json(self) -> dict[str, Any]:
        """Plain data, all numbers finite or None."""
        case, right = self.case, self.accuracies
        return {
            "scale": self.scale,
            "boards": len(self.outcomes),
            "loss": finite(case.median),
            "loss_range": [finite(float(case.losses.min())), finite(float(case.losses.max()))],
            "loss_without_noise_in_the_exam": self.silent,
            "accuracy": case.accuracy,
            "accuracy_range": [min(right), max(right)] if right else None,
            "signal_to_noise_db": decibels(self.signal_to_noise),
            "effective_bits": effective_bits(self.signal_to_noise),
            "good": self.good,
            "good_interval": list(self.interval),
            "outcomes": [vars(outcome) for outcome in self.outcomes],
        }


def spoilt(quiet: Level, level: Level, part: float = HALF) -> bool:
    """Whether less than this part of the boards that are good without noise are good at a level."""
    return level.good / len(level.outcomes) < part * quiet.good / len(quiet.outcomes)


@dataclass(frozen=True)
class NoiseCheck:
    """One board at one level that ran in ngspice, too, with another realisation of the noise.

    Attributes:
        scale: of the noise.
        check: losses and verdicts.
        signal_to_noise: the engine's and ngspice's; None where there is none.
    """

    scale: float
    check: Check
    signal_to_noise: tuple[float | None, float | None]

    def to_json(self, variance: float) -> dict[str, Any]:
        """Plain data."""
        loss = None if self.check.loss is None else self.check.loss / variance
        engine, ngspice = (decibels(ratio) for ratio in self.signal_to_noise)
        return {
            "scale": self.scale,
            **vars(self.check),
            "loss": loss,
            "signal_to_noise_db": {"engine": engine, "ngspice": ngspice},
        }


@dataclass(frozen=True)
class NoiseLevels(FleetFindings):
    """How much noise boards stand.

    Attributes:
        criterion: of good boards.
        ideal: the board without any non-ideality.
        quiet: the boards without noise.
        levels: by scale.
        variance: of the target on the exam.
        checks: boards that ran in ngspice, too.
        complete: whether all levels that were asked for are there.
    """

    criterion: Criterion
    ideal: Outcome
    quiet: Level
    levels: Sequence[Level]
    variance: float
    checks: Sequence[NoiseCheck] = ()
    complete: bool = True

    @property
    def fails(self) -> Level | None:
        """The lowest level at which fewer than half of the boards that are good without noise are; None if none is."""
        return next((level for level in self.levels if spoilt(self.quiet, level)), None)

    @property
    def holds(self) -> Level | None:
        """The highest level below that; None where the lowest one fails already."""
        end = self.fails
        below = [level for level in self.levels if end is None or level.scale < end.scale]
        return below[-1] if below else None

    @property
    def disagreement(self) -> float | None:
        """The fraction of checked boards on whose verdict engine and ngspice differ; None without a check."""
        return sum(not check.check.agrees for check in self.checks) / len(self.checks) if self.checks else None

    def record(self) -> dict[str, Any]:
        """Plain data, all numbers finite or None."""
        holds, fails = self.holds, self.fails
        return {
            "task": self.task,
            "mode": self.mode,
            "engine": "compiled",
            "criterion": str(self.criterion),
            "boards": len(self.quiet.outcomes),
            "complete": self.complete,
            "loss": f"{self.measured}; median over boards",
            "scale": "of all densities of noise, over the parts' own",
            "ideal": {"loss": self.ideal.loss, "accuracy": self.ideal.accuracy},
            "without_noise": self.quiet.to_json(),
            "levels": [level.to_json() for level in self.levels],
            "holds": None if holds is None else _edge(holds),
            "fails": None if fails is None else _edge(fails),
            "ngspice_checked": len(self.checks),
            "ngspice_disagreement": self.disagreement,
            "ngspice": [check.to_json(self.variance) for check in self.checks],
            "variance": self.variance,
            "settings": dict(self.settings),
        }


def _edge(level: Level) -> dict[str, Any]:
    ratio = level.signal_to_noise
    return {"scale": level.scale, "signal_to_noise_db": decibels(ratio), "effective_bits": effective_bits(ratio)}
