"""How much room a design leaves before anything is simulated, block by block, and what to do where it is too little."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from vle_analog.design.design import Design
from vle_analog.design.prototype import Prototype, from_file
from vle_analog.design.subject import system_of
from vle_analog.errors import UsageError, nearest
from vle_analog.lab.lab import Lab
from vle_analog.options import names_of, option, part
from vle_analog.production.production import Production
from vle_analog.studies.margins.budget import Budget
from vle_analog.studies.margins.parts import Product, played
from vle_analog.studies.margins.remedies import Remedies
from vle_analog.studies.margins.result import LIMITS, BlockMargins, Margins
from vle_analog.studies.margins.signals import activities
from vle_analog.studies.margins.templates import templates, weighed

#: of parts, where neither a user nor the system's file says
_FIDELITY = "macromodel"
_STANDARD = ", ".join(f"{kind}={limit:g}" for kind, limit in LIMITS.items())


def _limits(texts: Sequence[str]) -> tuple[tuple[str, float], ...]:
    limits = {}
    for text in texts:
        kind, _, number = text.partition("=")
        kind = kind.strip()
        if kind not in LIMITS:
            raise UsageError(f"`limits` '{text}': no kind '{kind}'", hint=nearest(kind, LIMITS))
        try:
            limits[kind] = float(number)
        except ValueError:
            limits[kind] = 0.0
        if not 0 < limits[kind] < math.inf:
            raise UsageError(f"`limits` '{text}' has no positive number", hint="e.g. `limits=offset=0.02`")
    return tuple(limits.items())


@dataclass(frozen=True)
class MarginsPlan:
    """What is weighed.

    Attributes:
        prototype: the design; trimmers are all that counts of its production.
        limits: kinds and the most that is allowed of them, other than `LIMITS`.
    """

    prototype: Prototype = part(without=(*(set(names_of(Production)) - {"trim"}), "board", "step"))
    limits: tuple[tuple[str, float], ...] = option(
        f"The most that is allowed (default: {_STANDARD}). May be repeated.",
        (),
        flag="limit",
        metavar="KIND=NUMBER",
        parse=_limits,
        many=True,
    )

    def check(self) -> None:
        """Refuse what cannot be loaded.

        Raises:
            VleAnalogError: as `Prototype.check`.
        """
        self.prototype.check()

    @property
    def weighed(self) -> Prototype:
        """The prototype, of a macromodel's parts where nobody says which."""
        build = self.prototype.build
        if build.fidelity is not None or (system_of(self.prototype.loaded).fidelity and not build.parts):
            return self.prototype
        return replace(self.prototype, build=replace(build, fidelity=_FIDELITY))


def weigh(plan: MarginsPlan, lab: Lab) -> Margins:
    """The margins of what a plan asks for.

    Args:
        plan: what to weigh.
        lab: told what goes on.

    Raises:
        VleAnalogError: bad equations, no part values, or as `margins` does.
    """
    prototype = plan.weighed
    with from_file(prototype.loaded):
        ready = prototype.design(lab.progress)
        return margins(ready, dict(plan.limits), prototype.production.trim, lab.stage("margins"))


def margins(
    design: Design,
    limits: Mapping[str, float] | None = None,
    trim: float | None = None,
    tell: Callable[[float], None] | None = None,
) -> Margins:
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
    allowed = _allowed(limits or {})
    circuit, technology = design.nominal, design.technology
    parts = played(circuit.cells)
    if trim is not None:
        parts = {name: each.trimmed(trim) if isinstance(each, Product) else each for name, each in parts.items()}
    listed = templates(design)
    peaks = {node: template.peak for template in listed for node in template.nodes}
    span = design.system.span * design.system.unit
    budget = Budget(circuit, parts, activities(design, technology.reference), peaks, technology.full_scale, span)
    remedies = Remedies(design, budget, allowed, technology.full_scale * (1 - technology.headroom), trim)
    blocks = []
    for number, template in enumerate(listed):
        kinds = weighed(budget, template, allowed)
        block = BlockMargins(
            name=template.name,
            kind=template.kind,
            law=template.law,
            parts=budget.played_by(template.nodes[0]),
            instances=len(template.nodes),
            peak=template.peak,
            margins=tuple(kinds),
            remedies={margin.kind: remedies(template, margin) for margin in kinds if not margin.holds},
        )
        blocks.append(block)
        if tell is not None:
            tell((number + 1) / len(listed))
    blocks.sort(key=lambda block: block.binding.decibels)
    names = {role: name for block in blocks for role, name in block.parts.items()}
    return Margins(
        name=design.system.name,
        fidelity=circuit.fidelity,
        parts=dict(sorted(names.items())),
        unit=circuit.unit,
        blocks=tuple(blocks),
        unknown=budget.unknown,
    )


def _allowed(limits: Mapping[str, float]) -> dict[str, float]:
    """The most that is allowed, by kind.

    Raises:
        UsageError: a limit for no kind, or one that is not positive.
    """
    allowed = {**LIMITS, **limits}
    for kind, limit in allowed.items():
        if kind not in LIMITS:
            raise UsageError(f"no kind of margin '{kind}'", hint=nearest(kind, LIMITS))
        if not 0 < limit < math.inf:
            raise UsageError(f"the limit of '{kind}' must be positive, not {limit:g}")
    return allowed
