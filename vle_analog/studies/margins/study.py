"""How much room a design leaves before anything is simulated, block by block, and what to do where it is too little."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vle_analog.blocks.design import INVERTED
from vle_analog.circuit.technology import IDEAL
from vle_analog.design.design import Design
from vle_analog.equations.system import instance_names
from vle_analog.errors import UsageError, nearest
from vle_analog.lab.folder import write_whole
from vle_analog.report.sheet import save as save_figure
from vle_analog.studies.margins.budget import Budget, Finding
from vle_analog.studies.margins.parts import Product, candidates, played
from vle_analog.studies.margins.report import figure, markdown
from vle_analog.studies.margins.result import (
    BANDWIDTH,
    DRIFT,
    GAIN,
    HEADROOM,
    LEARNING,
    LIMITS,
    NOISE,
    OFFSET,
    SLEW,
    BlockMargins,
    Margin,
    MarginStudy,
)
from vle_analog.studies.margins.signals import activities, template_peaks
from vle_analog.synthesis.scaling import preferred_scale
from vle_analog.units import engineering

#: what `save` writes
RECORD, TABLE, FIGURE = "margins.json", "margins.md", "margins.png"
#: kinds that shrink with the time unit, and what a scale can do something about
_FAST, _SMALL = (SLEW, BANDWIDTH), (OFFSET, NOISE)
#: a peak below this fraction of what the headroom leaves could be scaled up
_LOW = 0.5
#: a peak that many times the RMS wastes the range, and how many nodes before a stage are looked at for one
_CREST, _FAR = 20.0, 12
#: steps of trimmers in volts that are offered, coarsest first; what is not enough is told of if it is so much better
_TRIMMERS, _BETTER = (1e-3, 1e-4, 1e-5), 0.8


def margins(
    design: Design,
    limits: Mapping[str, float] | None = None,
    trim: float | None = None,
    tell: Callable[[float], None] | None = None,
) -> MarginStudy:
    """Every block's margins, worst block first.

    Args:
        design: of any fidelity; laws have headroom alone.
        limits: by kind, other than `LIMITS`.
        trim: step in volts of trimmers that null all multipliers' offsets; None for none.
        tell: told the fraction of the blocks that are done.

    Raises:
        UsageError: a limit for no kind, or one that is not positive.
        CircuitError: a part's figure that is no number.
    """
    allowed = {**LIMITS, **(limits or {})}
    for kind, limit in allowed.items():
        if kind not in LIMITS:
            raise UsageError(f"no kind of margin '{kind}'", hint=nearest(kind, LIMITS))
        if not 0 < limit < math.inf:
            raise UsageError(f"the limit of '{kind}' must be positive, not {limit:g}")
    circuit = design.nominal
    technology = IDEAL  # supply and scales are those of every technology
    parts = played(circuit.cells)
    if trim is not None:
        parts = {name: each.trimmed(trim) if isinstance(each, Product) else each for name, each in parts.items()}
    templates = _templates(design)
    peaks = {node: each.peak for each in templates for node in each.nodes}
    span = design.system.span * design.system.unit
    active = activities(design, technology.reference)
    budget = Budget(circuit, parts, active, peaks, technology.full_scale, span)
    remedy = _Remedy(design, budget, allowed, technology.full_scale * (1 - technology.headroom), trim)
    blocks = []
    for number, template in enumerate(templates):
        found = _weighed(budget, template, allowed)
        remedies = {each.kind: remedy(template, each) for each in found if not each.holds}
        held = BlockMargins(
            template.name, template.kind, template.law, budget.played_by(template.nodes[0]),
            len(template.nodes), template.peak, tuple(found), remedies,
        )  # fmt: skip
        blocks.append(held)
        if tell is not None:
            tell((number + 1) / len(templates))
    blocks.sort(key=lambda each: each.binding.decibels)
    names: dict[str, str] = {}
    for each in blocks:
        names.update(each.parts)
    return MarginStudy(
        name=design.system.name,
        fidelity=circuit.fidelity,
        parts=dict(sorted(names.items())),
        unit=circuit.unit,
        blocks=tuple(blocks),
        unknown=budget.unknown,
    )


def save(study: MarginStudy, folder: Path) -> None:
    """Write the record, the table and the figure.

    Raises:
        OutputError: the folder cannot be written.
    """
    text = json.dumps(study.to_json(), indent=2) + "\n"
    write_whole(folder, {TABLE: markdown(study), RECORD: text})
    save_figure(figure(study), folder / FIGURE)


@dataclass(frozen=True)
class _Template:
    """A block, or a signal's inverters: nodes, one per instance, and the largest one's peak in volts."""

    name: str
    signal: str
    kind: str
    law: str
    nodes: list[str]
    peak: float


def _templates(design: Design) -> list[_Template]:
    """All blocks of the diagram, and the inverters."""
    peaks, found = template_peaks(design), []
    inverted = {signal: node for node, signal in design.nominal.inverted.items()}
    for name, symbol in design.diagram.signals.items():
        nodes = instance_names(symbol)
        if (block := design.diagram.drivers.get(name)) is not None:
            found.append(_Template(name, name, block.kind, block.law(), nodes, peaks[name]))
        if inverted.keys() >= set(nodes):
            copies = [inverted[node] for node in nodes]
            found.append(_Template(name + INVERTED, name, "inverter", f"-{symbol}", copies, peaks[name]))
    return found


def _weighed(budget: Budget, template: _Template, allowed: Mapping[str, float]) -> list[Margin]:
    """Per kind the worst instance's margin."""
    kinds: dict[str, list[tuple[float, str, Finding]]] = {}
    for node in template.nodes:
        for each in budget.findings(node):
            kinds.setdefault(each.kind, []).append((each.figure, node, each))
    found = []
    for kind, figures in kinds.items():
        figures.sort(key=lambda each: each[0])
        value, node, worst = figures[-1]
        limit = allowed[kind] * worst.room
        found.append(Margin(kind, value, limit, node, figures[len(figures) // 2][0], worst.role, worst.detail))
    return found


def _excess(margin: Margin) -> float:
    return margin.figure / margin.limit


class _Remedy:
    """What to do about a margin that does not hold."""

    def __init__(
        self, design: Design, budget: Budget, allowed: Mapping[str, float], room: float, trim: float | None
    ) -> None:
        self.design, self.budget, self.allowed, self.room, self.trim = design, budget, allowed, room, trim
        self._others: dict[str, dict[str, Budget]] = {}
        self._trimmed: dict[float, Budget] = {}

    def __call__(self, template: _Template, margin: Margin) -> str:
        said = [self._part(template, margin)] if margin.kind != HEADROOM else []
        unit = self.design.nominal.unit
        factor = _excess(margin)
        if margin.kind == HEADROOM:
            said.append(self._scale(template, margin.limit / template.peak))
        if margin.kind in _FAST and math.isfinite(factor):
            said.append(f"a unit of {engineering(unit * factor * 1.1, 's', 2)} or more instead of "
                        f"{engineering(unit, 's')}")  # fmt: skip
        if margin.kind == SLEW:
            said.append(self._scale(template, 1 / factor))
        if margin.kind in _SMALL and margin.role == "opamp" and template.peak < _LOW * self.room:
            said.append(self._scale(template, self.room / template.peak))
        if margin.kind in (OFFSET, DRIFT, LEARNING):
            said.append(self._trim(template, margin))
            if spiky := self._spiky(margin.instance):
                said.append(spiky)
        if margin.kind in (DRIFT, LEARNING) and "bias" in margin.detail:
            said.append("a shorter unit, which takes smaller resistors")
        if margin.kind in (GAIN, BANDWIDTH) and margin.role == "opamp" and template.kind == "weighted sum":
            said.append("fewer or weaker inputs")
        return "; or ".join(each for each in said if each)

    def _trim(self, template: _Template, margin: Margin) -> str:
        """The coarsest trimmers that are enough for multipliers; the finest where none are, if they help."""
        if margin.role != "multiplier":
            return f"trim the offset of the {margin.role}"
        part = next(each for name, each in self.budget.parts.items() if self.budget.role(name) == margin.role)
        assert isinstance(part, Product)
        left, finest = math.inf, 0.0
        for step in _TRIMMERS:
            if self.trim is not None and step >= self.trim:
                continue
            if step not in self._trimmed:
                self._trimmed[step] = self.budget.with_part(margin.role, part.trimmed(step))
            weighed = _weighed(self._trimmed[step], template, self.allowed)
            now = next(each for each in weighed if each.kind == margin.kind)
            left, finest = _excess(now), step
            if now.holds:
                return f"--trim {step:g}"
        if left < _BETTER * _excess(margin):
            return f"--trim {finest:g}, which is still {left:.2g} times the limit"
        return ""

    def _spiky(self, node: str) -> str:
        """Which of a signal and those before it is scaled for peaks that are rare."""
        found, seen = ("", 0.0), set[str]()
        ahead = [node]
        while ahead and len(seen) < _FAR:
            if (name := ahead.pop(0)) in seen:
                continue
            seen.add(name)
            own = self.budget.active[name]
            found = max(found, (name, own.peak / own.rms if own.rms else 0.0), key=lambda each: each[1])
            ahead += self.budget.sources(name)
        if found[1] < _CREST:
            return ""
        spiky = self.design.nominal.signal_at(found[0])
        return f"use the range of '{spiky}', whose peak, for which it is scaled, is {found[1]:.0f} times its RMS"

    def _part(self, template: _Template, margin: Margin) -> str:
        """Another part that passes; else the best of all, if it is better."""
        if margin.role not in self._others:
            others = candidates(margin.role)
            if self.trim is not None:  # whatever multiplier it is
                others = {k: v.trimmed(self.trim) if isinstance(v, Product) else v for k, v in others.items()}
            self._others[margin.role] = {
                name: self.budget.with_part(margin.role, each) for name, each in others.items()
            }
        fine, best = [], (_excess(margin), "")
        before = {each.kind for each in _weighed(self.budget, template, self.allowed) if not each.holds}
        for name, other in self._others[margin.role].items():
            weighed = _weighed(other, template, self.allowed)
            now = next((each for each in weighed if each.kind == margin.kind), None)
            if now is None or {each.kind for each in weighed if not each.holds} - before:
                continue
            if now.holds:
                fine.append((min(each.decibels for each in weighed if each.kind != HEADROOM), name))
            best = min(best, (now.figure / now.limit, name))
        if fine:
            return f"{margin.role} {' or '.join(name for _, name in sorted(fine, reverse=True)[:2])}"
        if best[1] and best[0] < _BETTER * _excess(margin):
            return f"{margin.role} {best[1]}, which is still {best[0]:.2g} times the limit"
        return ""

    def _scale(self, template: _Template, factor: float) -> str:
        """The signal's volts per unit, changed, or its factors' where the signal is a product."""
        circuit = self.design.nominal
        volts = abs(circuit.volts_per_unit[circuit.signal_at(template.nodes[0])])
        if template.kind == "multiplier":
            return ""  # its factors fill their ranges already: a product's scale follows from theirs
        return f"--scale {template.signal}={preferred_scale(volts * factor):g} instead of {volts:g}"
