"""How much room a design leaves before anything is simulated, block by block, and what to do where it is too little."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from vle_analog.circuit.parts import devices
from vle_analog.design.built import Built
from vle_analog.design.design import Design
from vle_analog.design.prototype import Prototype, from_file
from vle_analog.design.subject import system_of
from vle_analog.equations.system import instance_names
from vle_analog.errors import CircuitError, UsageError, nearest
from vle_analog.lab.lab import Lab
from vle_analog.options import names_of, option, part
from vle_analog.production.production import Production
from vle_analog.production.trimming import Trim
from vle_analog.studies.margins.budget import Budget
from vle_analog.studies.margins.deviations import Course, deviations
from vle_analog.studies.margins.parts import Amplifier, Figures, played
from vle_analog.studies.margins.remedies import Remedies
from vle_analog.studies.margins.result import LIMITS, Margins
from vle_analog.studies.margins.signals import Activities, activities
from vle_analog.studies.margins.stages import stages
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
        prototype: the design; of its production, what scatters in devices and trimmers count alone.
        limits: kinds and the most that is allowed of them, other than `LIMITS`.
    """

    prototype: Prototype = part(without=(*(set(names_of(Production)) - {"trim", "offsets"}), "board", "step", "start"))
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
        made = prototype.production
        return margins(ready, dict(plan.limits), made.trim, lab.stage("margins"), made.offsets)


def _refuse(design: Design) -> None:
    """Refuse what the variation of the equations along a run does not tell of."""
    if design.reference.solution.stiff:
        raise UsageError(
            f"'{design.system.name}' is stiff: margins follow the reference by an explicit method, which does not get "
            "through",
            hint="see what the parts do in a run: `vle-analog run`",
        )


def margins(
    design: Design,
    limits: Mapping[str, float] | None = None,
    trim: Trim | None = None,
    tell: Callable[[float], None] | None = None,
    offsets: float = 1.0,
) -> Margins:
    """Every block's margins, worst block first.

    Args:
        design: of any fidelity; laws have headroom alone.
        limits: by kind, other than `LIMITS`.
        trim: offsets that are nulled by trimmers; None for none.
        tell: told the fraction of the blocks that are done.
        offsets: how far devices' errors scatter, over what data sheets say.

    Raises:
        UsageError: a limit for no kind, or one that is not positive; a stiff system.
        CircuitError: a part's figure that is no number.
    """
    _refuse(design)
    allowed = _allowed(limits or {})
    circuit, technology = design.nominal, design.technology
    parts = _made(played({name: circuit.cells[name] for name in circuit.used_cells}), offsets, trim)
    listed = templates(design)
    peaks = {node: template.peak for template in listed for node in template.nodes}
    active = activities(design, technology.reference)
    course = _course(design, active, parts, offsets, trim)
    span = design.system.span * design.system.unit
    budget = Budget(circuit, parts, active, peaks, technology.full_scale, span, course)
    remedies = Remedies(design, budget, allowed, technology.full_scale * (1 - technology.headroom), trim)
    blocks = []
    for number, template in enumerate(listed):
        kinds = weighed(budget, template, allowed)
        mended = {margin.kind: remedies(template, margin) for margin in kinds if margin.fails}
        blocks.append(template.told(budget.played_by(template.nodes[0]), kinds, mended))
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
        pole=None if course.known is None else course.known.pole,
        begin=0.0 if course.known is None else course.known.begin,
        built=Built(design.system, design.diagram, design.nominal),
    )


def _made(parts: Mapping[str, Figures], offsets: float, trim: Trim | None) -> dict[str, Figures]:
    """Figures of parts as boards have them: scattered so far, trimmed if they are."""
    scattered = {name: each.scattered(offsets) for name, each in parts.items()}
    if trim is None:
        return scattered
    return {name: each.trimmed(trim) for name, each in scattered.items()}


def _course(
    design: Design, active: Activities, parts: Mapping[str, Figures], offsets: float, trim: Trim | None
) -> Course:
    """What errors add up to at states and at what a run is judged by, but not at what learns."""
    if not parts:
        return Course(why="no part is real")
    known = stages(design.nominal)
    gated = {name for name, stage in known.items() if any(each.gate is not None for each in stage.inputs)}
    stated = {  # offsets that a header states without saying how they scatter
        name: part.offset
        for name, stage in known.items()
        if isinstance(part := parts.get(stage.amplifier), Amplifier)
        and part.offset
        and "VOS" not in devices()[part.name].spread
    }
    judged = dict.fromkeys(
        [name for state in design.diagram.read_back.states for name in instance_names(state.symbol)]
        + list(design.bench.probes)
    )
    try:
        nodes = [name for name in judged if name not in gated]
        return Course(deviations(design, active, nodes, stated, offsets, trim), "no state moves what is looked at")
    except CircuitError as error:
        return Course(why=str(error))


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
