"""Why a run is far from its ideal: which cause, by numbers, and what to do about it.

What offsets, tolerances, lags and finite gains of this very board should do is followed along the reference run to
first order (`studies/margins/deviations.py`) and held against what the circuit did, for as long as it is small. The
share of a cause is that of the observed error's power which lies along it. What these do not explain is the solver's,
if half the step makes less of it, or that of parts that do not do what their headers say.

Beside an event the circuit and its ideal differ by what the event sets, however little late it is: there errors are not
looked at, nor from the first event on that only one of both has. What nothing explains then may be the events' own: how
long a reset takes, a trigger's threshold.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vle_analog.circuit.elements import Element, NoiseDrive
from vle_analog.compare.metrics import interpolate, nrmse, scale
from vle_analog.compare.timing import EventTiming
from vle_analog.design.design import Design
from vle_analog.engine.figures import op_amp
from vle_analog.equations.system import instance_names
from vle_analog.errors import CircuitError
from vle_analog.studies.margins.result import (
    BANDWIDTH as LAGGING,
)
from vle_analog.studies.margins.result import DRIFT, HEADROOM, LEARNING, LOOP, NOISE, OFFSET, SLEW, Margins
from vle_analog.studies.margins.stages import stages
from vle_analog.studies.margins.study import margins
from vle_analog.studies.run.causes import (
    BANDWIDTH,
    CHAOS,
    CLIPPING,
    GAIN,
    OFFSETS,
    PARTS,
    RANDOM,
    SLEWING,
    SOLVER,
    SOURCES,
    TOLERANCE,
)
from vle_analog.studies.run.prediction import predicted
from vle_analog.waveforms import Array, Waveforms

#: runs a design
Again = Callable[[Design], Waveforms]
#: kinds of margins whose remedies help against a cause
_REMEDIED: Mapping[str, tuple[str, ...]] = {
    CLIPPING: (HEADROOM,),
    SLEWING: (SLEW,),
    OFFSETS: (DRIFT, OFFSET),
    BANDWIDTH: (LOOP,),
    GAIN: (LOOP,),
    RANDOM: (NOISE,),
}
#: what causes of first order are called, and the share from which on one is named
_CALLED: Mapping[str, str] = {
    OFFSETS: "offsets of the parts",
    BANDWIDTH: "their lags",
    GAIN: "their finite gain",
    TOLERANCE: "tolerances",
    SOURCES: "offsets of its inputs",
}
_SAID = 0.1
#: causes that margins of a kind tell of
_MEANT: Mapping[str, str] = {
    **dict.fromkeys((DRIFT, OFFSET, LEARNING), OFFSETS),
    **dict.fromkeys((LAGGING, LOOP), BANDWIDTH),
    NOISE: RANDOM,
}
#: errors are small up to this fraction of the range: what is to first order holds until then
_SMALL = 0.1
#: a share of the error's power from which on something is explained
_EXPLAINED = 0.5
#: times that a margin is exceeded by where what is to first order does not hold
_EXCEEDED = 5.0
#: small deviations that grow by e to this over a run whose signals do not grow are chaos
_CHAOTIC = math.log(100)
#: an error over what it is before small deviations have grown by e
_GROWN = 5.0
#: of an output at the end of its swing
_AT_THE_RAIL = 0.99
#: a margin of fewer decibels is that of a signal that is nearly nothing
_HOPELESS = -100.0
#: what a signal that clipped is to use of the swing
_HEADROOM = 0.85
#: half the step must make the error so much smaller; a run that took longer, in seconds, is not made again
_HALVED, _LONGEST = 1.5, 60.0


@dataclass(frozen=True)
class Diagnosis:
    """Why a run is far from its ideal.

    Attributes:
        cause: one of the names above.
        signal: that is farthest off.
        error: its NRMSE.
        bound: what that should be at most.
        horizon: model units up to which the run stays under the bound.
        shares: of the error's power while it is small, by cause.
        explained: of it, what all of these explain together.
        sizes: by cause, NRMSE of what it alone should do meanwhile.
        exponent: largest Lyapunov exponent along the reference, per model unit; None where it is not known.
        found: the numbers in words.
        remedy: what to do, in words.
    """

    cause: str
    signal: str
    error: float
    bound: float
    horizon: float
    shares: Mapping[str, float]
    explained: float
    sizes: Mapping[str, float]
    exponent: float | None
    found: str
    remedy: str

    def record(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "cause": self.cause,
            "signal": self.signal,
            "nrmse": self.error,
            "bound": self.bound,
            "horizon": self.horizon,
            "shares": dict(self.shares),
            "explained": self.explained,
            "expected_nrmse": dict(self.sizes),
            "lyapunov_exponent": self.exponent,
            "found": self.found,
            "remedy": self.remedy,
        }

    def __str__(self) -> str:
        return f"{self.cause}: {self.found}\n  {self.remedy}"


def diagnosed(
    ready: Design,
    analog: Waveforms,
    errors: Mapping[str, float],
    bound: float,
    points: int,
    again: Again | None = None,
    events: Mapping[str, EventTiming] | None = None,
) -> Diagnosis | None:
    """Why a run is far from its ideal; None where it has events, and nothing that is known explains it.

    Args:
        ready: the board's design.
        analog: what it did, model units.
        errors: NRMSE by signal.
        bound: NRMSE that no signal should exceed.
        points: that the simulator computed.
        again: runs the design once more, changed; None where that takes too long.
        events: how late its events are, by name.

    Raises:
        VleAnalogError: as that run does.
    """
    signal = max(errors, key=lambda name: errors[name])
    case = _Case(ready, analog, (signal, errors[signal]), bound, points, events or {})
    for look in (case.clipping, case.slewing, case.chaos, case.first_order):
        if (diagnosis := look()) is not None:
            return diagnosis
    if events:
        return case.noise(again)
    return case.noise(again) or case.weighed() or case.solver(again) or case.exceeded() or case.parts()


class _Case:
    """A run to be diagnosed.

    Args:
        ready, analog, bound, points: as `diagnosed` has them.
        worst: the signal that is farthest off, and its NRMSE.
        events: as there.
    """

    def __init__(
        self,
        ready: Design,
        analog: Waveforms,
        worst: tuple[str, float],
        bound: float,
        points: int,
        events: Mapping[str, EventTiming],
    ) -> None:
        self.ready, self.analog, self.bound, self.points = ready, analog, bound, points
        self.signal, self.error = signal, _ = worst
        self._events = events
        ideal = ready.reference.solution.waveforms
        self.time = analog.time
        self.range = scale(ideal[signal])
        self.off = analog[signal] - interpolate(ideal.time, ideal[signal], self.time)
        self.horizon = self._until(self.off, bound)
        self.away = self._away() if events else self.error
        large = np.flatnonzero((np.abs(self.off) > _SMALL * self.range) & self._comparable(self.time))
        self.small = min(float(self.time[large[0]]) if large.size else float(self.time[-1]), self._alike())
        self.margins = _margins(ready, bound)
        self.predicted = predicted(ready, signal)
        self.linear = min(self.small, self._expected_small())
        self.shares, self.explained, self.sizes = self._shares()

    # --- each looks for a cause, and returns None where it is not that ---

    def clipping(self) -> Diagnosis | None:
        """An output at the end of its swing before anything else has become large."""
        when, where, volts = min(self._clipped(), default=(math.inf, "", 0.0))
        if when <= self.small:
            found = f"'{where}' is at the end of its op-amp's swing, {volts:.3g} V, from t = {when:.3g} on"
            ideal = np.max(np.abs(self.ready.reference.solution.waveforms[where]))
            smaller = self._rounded(_HEADROOM * abs(volts) / float(ideal))
            return self._diagnosis(CLIPPING, found, f"--scale {where}={smaller}, or an op-amp with more swing")
        if inside := self._failing(HEADROOM):
            block, detail = inside
            return self._diagnosis(CLIPPING, f"the ideal's '{block}' needs {detail}")
        return None

    def slewing(self) -> Diagnosis | None:
        """Slopes that an op-amp cannot follow."""
        steep = [
            (block.name, margin.detail)
            for block in self.margins.blocks
            if (margin := block.get(SLEW)) is not None
            and margin.figure > 2 * margin.limit  # half of the rate is allowed
        ]
        return self._diagnosis(SLEWING, f"'{steep[0][0]}' needs {steep[0][1]}") if steep else None

    def chaos(self) -> Diagnosis | None:
        """Small errors that grow without end though signals do not."""
        path = self.predicted
        if path is None or path.expansion < _CHAOTIC or path.exponent <= 0 or self._grows():
            return None
        first = self.time <= 1 / path.exponent
        seed = float(np.sqrt(np.mean(self.off[first] ** 2))) / self.range if np.count_nonzero(first) > 3 else 0.0
        if self.error < _GROWN * seed:
            return None  # it is as much before it has grown
        far = self._until(self.off, _SMALL)
        found = (
            f"the largest Lyapunov exponent along the run is {path.exponent:.3g} per unit: small errors grow e-fold "
            f"each {1 / path.exponent:.2g} units, from {seed:.1g} of the range in the first of them "
            f"({self._mostly()}); the circuit follows to {self.bound:g} until t = {self.horizon:.3g}, "
            f"to {_SMALL:g} until t = {far:.3g}"
        )
        gained = math.log(10) / path.exponent
        remedy = (
            f"--span {self._rounded(self.horizon)} is as far as it follows; errors ten times as small follow "
            f"{gained:.2g} units longer; beyond, compare statistics"
        )
        return self._diagnosis(CHAOS, found, remedy)

    def first_order(self) -> Diagnosis | None:
        """The known errors of the board's parts."""
        if self.explained < _EXPLAINED:
            return None
        ordered = sorted(self.shares, key=lambda name: -self.shares[name])
        cause, said = ordered[0], [name for name in ordered if self.shares[name] >= _SAID]
        makes = ", ".join(f"{_CALLED[name]} {100 * self.shares[name]:.0f} %" for name in said)
        found = (
            f"of the error of '{self.signal}' while it is small, {makes}; {_CALLED[cause]} alone should make an NRMSE "
            f"of {self.sizes[cause]:.2g} until t = {self.linear:.3g}"
        )
        if self.margins.pole is not None and cause in (BANDWIDTH, GAIN) and self.margins.pole.destabilised:
            found += f"; {self.margins.pole}"
        return self._diagnosis(cause, found)

    def noise(self, again: Again | None) -> Diagnosis | None:
        """Noise without which the error is smaller."""
        if again is None or not any(isinstance(each, NoiseDrive) for each in self.ready.circuit.elements()):
            return None
        left = self._left(again(_silent(self.ready)))
        if left * _HALVED > self.error:
            return None
        found = f"without noise the NRMSE is {left:.2g} instead of {self.error:.2g}"
        return self._diagnosis(RANDOM, found)

    def weighed(self) -> Diagnosis | None:
        """What margins warn of most, where errors cannot be followed."""
        if self.predicted is not None:
            return None
        return self._least("the run is too long or too large to follow its errors one by one", 0.0)

    def exceeded(self) -> Diagnosis | None:
        """A margin that is exceeded so far that the first order says nothing of it."""
        return self._least("the parts' errors are too large to be followed to first order", _EXCEEDED)

    def _least(self, why: str, times: float) -> Diagnosis | None:
        """The least of the margins that are exceeded so many times."""
        for warned in self.margins.warnings:
            margin = warned.margin
            if (cause := _MEANT.get(margin.kind)) is not None and margin.figure >= times * margin.limit:
                found = f"{why}; of its margins, that of '{warned.block}' is least: {margin.kind}, {margin.detail}"
                return self._diagnosis(cause, found, warned.remedy)
        return None

    def solver(self, again: Again | None) -> Diagnosis | None:
        """A simulation that half the step makes better."""
        if again is None:
            return None
        step = 0.5 * min(self.ready.bench.step, self.ready.bench.span / self.points)
        left = self._left(again(_stepped(self.ready, step)))
        if left * _HALVED > self.error:
            return None
        unit = self.ready.system.unit
        wanted = step / unit * min(1.0, math.sqrt(0.5 * self.bound / left))  # of order 2
        found = (
            f"with steps of at most {step / unit:.2g} units, half of what they were, the NRMSE is {left:.2g} instead "
            f"of {self.error:.2g}: the simulation errs"
        )
        return self._diagnosis(SOLVER, found, f"--step {self._rounded(wanted)}")

    def _left(self, finer: Waveforms) -> float:
        """The NRMSE of the signal in another run."""
        ideal = self.ready.reference.solution.waveforms
        return nrmse(ideal[self.signal], interpolate(finer.time, finer[self.signal], ideal.time), ideal.time)

    def parts(self) -> Diagnosis:
        """What nothing else explains."""
        small = ", ".join(f"{name} {size:.1g}" for name, size in self.sizes.items() if size > 0) or "nothing"
        found = (
            f"what the parts' headers state explains {100 * max(self.explained, 0.0):.0f} % of the error of "
            f"'{self.signal}' (NRMSE expected: {small}): a part or a cell does not do what it says"
        )
        names = dict.fromkeys(name for block in self.margins.blocks for name in block.parts.values())
        cells = ", ".join(f"`vle-analog bench {name}`" for name in names) or "`vle-analog bench`"
        return self._diagnosis(PARTS, found, f"measure the parts: {cells}")

    # --- numbers ---

    def _comparable(self, time: Array) -> NDArray[np.bool_]:
        """At which of some moments circuit and ideal have had the same events."""
        found = time <= self._alike()
        beside = 2 * float(np.max(np.diff(self.time)))
        for name, timing in self._events.items():
            trigger = self.ready.circuit.triggers.get(name)  # none of what resets nothing
            pulse = trigger.seconds / self.ready.circuit.unit if trigger else 0.0
            for moment, late in zip(timing.times.tolist(), timing.late.tolist(), strict=True):
                found &= (time < moment + min(late, 0.0) - beside) | (time > moment + max(late, 0.0) + pulse + beside)
        return found

    def _away(self) -> float:
        """The NRMSE where circuit and ideal are comparable."""
        weights = np.gradient(self.time) * self._comparable(self.time)
        return math.sqrt(float(np.sum(weights * self.off**2)) / max(float(np.sum(weights)), 1e-300)) / self.range

    def _alike(self) -> float:
        """Model units up to which every event is in both runs."""
        alone = [moments for timing in self._events.values() for moments in (timing.missing, timing.extra)]
        return float(min(np.concatenate([*alone, self.time[-1:]])))

    def _diagnosis(self, cause: str, found: str, remedy: str = "") -> Diagnosis:
        return Diagnosis(
            cause=cause,
            signal=self.signal,
            error=self.error,
            bound=self.bound,
            horizon=self.horizon,
            shares=self.shares,
            explained=self.explained,
            sizes=self.sizes,
            exponent=None if self.predicted is None else self.predicted.exponent,
            found=found,
            remedy=(remedy or self._remedy(cause)) + self._beside(),
        )

    def _beside(self) -> str:
        """What a remedy does not do, where most of the error is beside events."""
        lateness = [abs(timing.worst) for timing in self._events.values() if timing.worst is not None]
        if not lateness or self.error < 2 * self.away:
            return ""
        return (
            f"; that is for the NRMSE of {self.away:.2g} away from its events: beside them, up to {max(lateness):.2g} "
            "units late or early, it falls as the root of that time"
        )

    def _remedy(self, cause: str) -> str:
        """What margins offer against a cause, of the signal that is off or else of the worst block."""
        if cause == TOLERANCE:
            closer = f"{2 * self.away / self.bound:.2g} times as close"
            return f"resistors, capacitors and gains of multipliers {closer}, e.g. by a smaller --mismatch"
        if cause == SOURCES:
            return f"inputs {2 * self.away / self.bound:.2g} times as close, by a smaller --sources"
        if cause == RANDOM:
            return "parts of less noise, smaller resistors (a shorter unit), or a smaller --noise-scale to see the rest"
        kinds = _REMEDIED.get(cause, ())
        offers = [
            warned
            for warned in self.margins.warnings
            if warned.margin.kind in kinds and warned.remedy and warned.margin.decibels > _HOPELESS
        ]
        offers.sort(key=lambda warned: not self._is_of(warned.block))
        return offers[0].remedy if offers else "better parts, a slower unit or a shorter span"

    def _is_of(self, block: str) -> bool:
        """Whether a block drives the signal."""
        symbol = self.ready.diagram.signals.get(block)
        return symbol is not None and self.signal in instance_names(symbol)

    def _failing(self, kind: str) -> tuple[str, str] | None:
        for block in self.margins.blocks:
            if (margin := block.get(kind)) is not None and margin.fails:
                return block.name, margin.detail
        return None

    def _until(self, off: Array, bound: float) -> float:
        """Model units up to which the NRMSE so far stays under a bound."""
        weights = np.gradient(self.time) * self._comparable(self.time)
        so_far = np.sqrt(np.cumsum(weights * off**2) / np.maximum(np.cumsum(weights), 1e-300)) / self.range
        over = np.flatnonzero(so_far > bound)
        return float(self.time[-1]) if not over.size else float(self.time[max(int(over[0]) - 1, 0)])

    def _clipped(self) -> Iterable[tuple[float, str, float]]:
        """Since when signals are at the end of a swing where the ideal is not: moment, signal, volts."""
        ideal = self.ready.reference.solution.waveforms
        for name, (low, high) in _swings(self.ready).items():
            per_unit = self.ready.circuit.volts_per_unit[name]
            volts, wanted = self.analog[name] * per_unit, interpolate(ideal.time, ideal[name], self.time) * per_unit
            for end in (low, high):
                there = volts / end > _AT_THE_RAIL
                if there.any():
                    moment = int(np.argmax(there))
                    # the error is the clipping's only if it was small before
                    before = np.abs(volts - wanted)[:moment][self._comparable(self.time[:moment])] / scale(wanted)
                    if not before.size or before.max() < _SMALL:
                        yield float(self.time[moment]), name, float(end)

    def _grows(self) -> bool:
        """Whether the ideal signals themselves grow."""
        ideal = self.ready.reference.solution.waveforms[self.signal]
        half = len(ideal) // 2
        return bool(np.max(np.abs(ideal[half:])) > 3 * np.max(np.abs(ideal[:half])))

    def _mostly(self) -> str:
        """What the error begins with."""
        if not any(self.sizes.values()):
            return "the solver's"
        return f"mostly {_CALLED[max(self.sizes, key=lambda name: self.sizes[name])]}"

    def _expected_small(self) -> float:
        """Until when what the known causes should do is small: beyond, it is no longer what they do to first order."""
        if self.predicted is None:
            return math.inf
        expected = np.abs(sum(self.predicted.causes.values(), np.zeros(len(self.predicted.time))))
        large = np.flatnonzero((expected > _SMALL * self.range) & self._comparable(self.predicted.time))
        return float(self.predicted.time[large[0]]) if large.size else math.inf

    def _shares(self) -> tuple[dict[str, float], float, dict[str, float]]:
        """Of the error's power while it is small, each known cause's share and all of them, and their NRMSE."""
        if self.predicted is None:
            return {}, 0.0, {}
        time = self.predicted.time
        early = (time <= max(self.linear, float(time[min(8, len(time) - 1)]))) & self._comparable(time)
        off = np.interp(time[early], self.time, self.off)
        power = float(np.mean(off**2)) or math.inf
        causes = {name: values[early] for name, values in self.predicted.causes.items()}
        shares = {name: float(np.mean(values * off)) / power for name, values in causes.items()}
        left = off - sum(causes.values(), np.zeros(len(off)))
        sizes = {name: float(np.sqrt(np.mean(values**2))) / self.range for name, values in causes.items()}
        return shares, 1 - float(np.mean(left**2)) / power, sizes

    @staticmethod
    def _rounded(value: float) -> str:
        """Two digits, downwards."""
        power = 10 ** (math.floor(math.log10(value)) - 1) if value > 0 else 1.0
        return f"{math.floor(value / power + 1e-9) * power:.2g}"


def _margins(ready: Design, bound: float) -> Margins:
    """The margins of a design by which a run would stay under a bound."""
    return margins(ready, {DRIFT: bound, LOOP: bound, OFFSET: bound})


def _swings(ready: Design) -> dict[str, tuple[float, float]]:
    """The ends of the swings of the op-amps that drive what is looked at, volts."""
    circuit, found = ready.circuit, {}
    for name, stage in stages(ready.nominal).items():
        if name in ready.bench.probes and stage.amplifier:
            try:
                part = op_amp(circuit.cells[stage.amplifier], circuit.cells)
            except CircuitError:
                continue  # it states no swing
            if math.isfinite(part.high) and math.isfinite(part.low):
                found[name] = (part.low, part.high)
    return found


def _stepped(ready: Design, step: float) -> Design:
    """The same design with another step bound of the simulator, seconds."""
    bench = replace(ready.bench, step=step)
    return replace(ready, bench=bench)


def _silent(ready: Design) -> Design:
    """The same design without noise."""

    def still(element: Element) -> Element:
        return (
            replace(element, noise=replace(element.noise, density=0.0)) if isinstance(element, NoiseDrive) else element
        )

    circuit = ready.circuit.mapped(still)
    return replace(ready, circuit=circuit)


def affordable(seconds: float) -> bool:
    """Whether a run that took so long may be made again to see what half the step does."""
    return seconds <= _LONGEST
