"""What to do about margins that do not hold."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from vle_analog.design.design import Design
from vle_analog.engine.tangent import LAG
from vle_analog.production.trimming import PINS, Trim
from vle_analog.studies.margins.budget import Budget
from vle_analog.studies.margins.cause import Cause
from vle_analog.studies.margins.parts import candidates
from vle_analog.studies.margins.result import (
    BANDWIDTH,
    DRIFT,
    GAIN,
    HEADROOM,
    LEARNING,
    LOOP,
    NOISE,
    OFFSET,
    SLEW,
    Margin,
)
from vle_analog.studies.margins.templates import Template, weighed
from vle_analog.synthesis.scaling import preferred_scale
from vle_analog.units import engineering

#: kinds that shrink with the time unit, what a scale can do something about, and what offsets cause
_FAST, _SMALL, _OFF = (SLEW, BANDWIDTH), (OFFSET, NOISE), (OFFSET, DRIFT, LEARNING)
#: a peak below this fraction of what the headroom leaves could be scaled up
_LOW = 0.5
#: below this fraction of it a signal is nearly nothing
_FAINT = 1e-3
#: a peak that many times the RMS wastes the range, and how many nodes before a stage are looked at for one
_CREST, _FAR = 20.0, 12
#: steps of trimmers in volts that are offered, coarsest first; what is not enough is told of if it is so much better
_TRIMMERS, _BETTER = (1e-3, 1e-4, 1e-5), 0.8
#: what is that many times the limit is not told of, and nobody waits for a circuit that is so much slower
_HOPELESS, _SLOWEST = 100.0, 1000.0
#: kinds of causes that smaller resistors help against; a shorter run is offered where it is at least such a part of it
_BIASES, _SHORTEST = ("opamp.IB", "opamp.IOS"), 0.05


class Remedies:
    """What to do about the margins of one design.

    Args:
        design: any.
        budget: of it.
        allowed: limits by kind.
        room: volts that the headroom leaves.
        trim: trimmers that the design has; None without.
    """

    def __init__(
        self, design: Design, budget: Budget, allowed: Mapping[str, float], room: float, trim: Trim | None
    ) -> None:
        self.design, self.budget, self.allowed, self.room, self.trim = design, budget, allowed, room, trim
        self._others: dict[str, dict[str, Budget]] = {}
        self._trimmed: dict[tuple[str, float], Budget] = {}

    def __call__(self, template: Template, margin: Margin) -> str:
        """All that would help one margin, in words; empty where nothing is known to."""
        offers = (
            self._part,
            self._unit,
            self._scale,
            self._trim,
            self._spiky,
            self._faint,
            self._resistors,
            self._inputs,
            self._span,
        )
        return "; or ".join(said for offer in offers if (said := offer(template, margin)))

    # --- each gives words, empty where it does not help ---

    def _part(self, template: Template, margin: Margin) -> str:
        """Another part that passes; else the best of all, if it is better."""
        if margin.kind == HEADROOM:
            return ""
        fine, best = [], (_excess(margin), "")
        for name, now, margins in self._alternatives(template, margin):
            if not now.fails:
                fine.append((min(other.decibels for other in margins if other.kind != HEADROOM), name))
            best = min(best, (_excess(now), name))
        if fine:
            return f"{margin.role} {' or '.join(name for _, name in sorted(fine, reverse=True)[:2])}"
        return f"{margin.role} {best[1]}, {_still(best[0])}" if best[1] and _worthwhile(best[0], margin) else ""

    def _unit(self, template: Template, margin: Margin) -> str:
        """A slower circuit."""
        late = margin.kind == LOOP and (cause := self._blamed(margin)) is not None and cause.parameter == LAG
        if not (margin.kind in _FAST or late) or not _excess(margin) < _SLOWEST:
            return ""
        unit = self.design.nominal.unit
        slower = engineering(unit * _excess(margin) * 1.1, "s", 2)
        return f"a unit of {slower} or more instead of {engineering(unit, 's')}"

    def _scale(self, template: Template, margin: Margin) -> str:
        """Other volts per unit of the signal; not of a product, whose factors fill their ranges already."""
        if margin.kind == HEADROOM:
            factor = margin.limit / template.peak
        elif margin.kind == SLEW:
            factor = 1 / _excess(margin)
        elif margin.kind in _SMALL and margin.role == "opamp" and template.peak < _LOW * self.room:
            factor = self.room / template.peak
            if not _worthwhile(_excess(margin) * self._left(template, factor), margin):
                return ""
        else:
            return ""
        if template.kind == "multiplier":
            return ""
        circuit = self.design.nominal
        volts = abs(circuit.volts_per_unit[circuit.signal_at(template.nodes[0])])
        return f"--scale {template.signal}={preferred_scale(volts * factor):g} instead of {volts:g}"

    def _left(self, template: Template, factor: float) -> float:
        """What is left of a sum's own offset, over its signal, at so many times the volts: its gain grows with them."""
        stage = self.budget.stages.get(template.nodes[0])
        if stage is None or stage.integrates or not stage.known:
            return 1 / factor
        gain = abs(stage.noise_gain(0.0))
        return (1 + (gain - 1) * factor) / (gain * factor)

    def _trim(self, template: Template, margin: Margin) -> str:
        """The coarsest trimmers that are enough for a part's role; the finest where none are, if they help."""
        if margin.kind not in _OFF:
            return ""
        if margin.role not in PINS:
            return f"trim the offset of the {margin.role}"
        part = next(part for name, part in self.budget.parts.items() if self.budget.role(name) == margin.role)
        left, finest = math.inf, Trim(())
        for step in _TRIMMERS:
            trim = Trim.of(step, margin.role)
            if self.trim is not None and all(step >= (self.trim.step(kind) or math.inf) for kind, _ in trim.steps):
                continue
            finer = trim if self.trim is None else self.trim.finer(trim)
            if (margin.role, step) not in self._trimmed:
                self._trimmed[margin.role, step] = self.budget.with_part(margin.role, part.trimmed(trim))
            margins = weighed(self._trimmed[margin.role, step], template, self.allowed)
            now = next(other for other in margins if other.kind == margin.kind)
            left, finest = _excess(now), finer
            if not now.fails:
                return f"--trim {finer}"
        return f"--trim {finest}, {_still(left)}" if _worthwhile(left, margin) else ""

    def _spiky(self, template: Template, margin: Margin) -> str:
        """Name of the one, of a signal and those before it, that is scaled for peaks that are rare."""
        if margin.kind not in _OFF:
            return ""
        rarest, seen = ("", 0.0), set[str]()
        ahead = [margin.instance]
        while ahead and len(seen) < _FAR:
            if (name := ahead.pop(0)) in seen:
                continue
            seen.add(name)
            own = self.budget.active[name]
            rarest = max(rarest, (name, own.peak / own.rms if own.rms else 0.0), key=lambda entry: entry[1])
            ahead += self.budget.sources(name)
        if rarest[1] < _CREST:
            return ""
        spiky = self.design.nominal.signal_at(rarest[0])
        return f"use the range of '{spiky}', whose peak, for which it is scaled, is {rarest[1]:.0f} times its RMS"

    def _faint(self, template: Template, margin: Margin) -> str:
        """That a signal, of which all is more than a small part, has no range to speak of."""
        if margin.kind not in _SMALL or template.peak > _FAINT * self.room:
            return ""
        peak = engineering(template.peak, "V", 2)
        return f"none is needed where what it drives holds: in this run it is nearly nothing, {peak}"

    def _resistors(self, template: Template, margin: Margin) -> str:
        """Smaller resistors, against bias currents."""
        cause = self._blamed(margin)
        if (margin.kind == LEARNING and "bias" in margin.detail) or (cause and cause.kind in _BIASES):
            return "a shorter unit, which takes smaller resistors"
        return ""

    def _inputs(self, template: Template, margin: Margin) -> str:
        """Less noise gain."""
        if margin.kind in (GAIN, BANDWIDTH) and margin.role == "opamp" and template.kind == "weighted sum":
            return "fewer or weaker inputs"
        return ""

    def _span(self, template: Template, margin: Margin) -> str:
        """A run that ends before what grows is too large."""
        course = self.budget.course.known
        if course is None or margin.kind not in (DRIFT, LOOP) or not course.whole:
            return ""
        allowed = (
            course.course(margin.instance, margin.kind == DRIFT)
            <= margin.limit * self.budget.active[margin.instance].range
        )
        last = int(np.argmin(allowed))  # the first moment at which it is too much
        if allowed[last] or last < _SHORTEST * len(allowed):
            return ""
        return f"a span of {float(f'{course.time[last - 1]:.2g}'):g} units or less"

    def _blamed(self, margin: Margin) -> Cause | None:
        """What does most to a node's drift or loop."""
        course = self.budget.course.known
        if course is None or margin.kind not in (DRIFT, LOOP):
            return None
        return course.blamed(margin.instance, margin.kind == DRIFT)

    def _alternatives(self, template: Template, margin: Margin) -> Iterator[tuple[str, Margin, list[Margin]]]:
        """Other parts with which no margin fails that held: name, this margin and all margins with it."""
        if margin.role not in self._others:
            others = candidates(margin.role, self.design.technology.supply)
            if self.trim is not None:  # whatever part it is
                others = {name: part.trimmed(self.trim) for name, part in others.items()}
            self._others[margin.role] = {
                name: self.budget.with_part(margin.role, figures) for name, figures in others.items()
            }
        before = _failing(weighed(self.budget, template, self.allowed))
        for name, other in self._others[margin.role].items():
            margins = weighed(other, template, self.allowed)
            now = next((each for each in margins if each.kind == margin.kind), None)
            if now is not None and not _failing(margins) - before:
                yield name, now, margins


def _failing(margins: list[Margin]) -> set[str]:
    """Kinds that fail, or of which a part does not say enough."""
    return {margin.kind for margin in margins if not margin.holds}


def _worthwhile(left: float, margin: Margin) -> bool:
    """Whether what is so many times the limit is worth telling of: less than before, and not out of all reach."""
    return left < min(_BETTER * _excess(margin), _HOPELESS)


def _still(left: float) -> str:
    """In words, what is not enough: 1.04 times, and not once, the limit."""
    return f"which is still {left:.{2 if left >= 1.1 else 3}g} times the limit"


def _excess(margin: Margin) -> float:
    return margin.figure / margin.limit
