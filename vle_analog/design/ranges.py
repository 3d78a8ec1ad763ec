"""Whether parts of functions take the arguments that the reference reaches, and what is done where they do not."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import sympy as sp

from vle_analog.blocks.nonlinearity import NonlinearStage
from vle_analog.circuit.parts import library
from vle_analog.circuit.technology import Technology
from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.equations.phasors import Phase, with_phasors
from vle_analog.equations.resolve import NotAlgebraic
from vle_analog.equations.system import EquationSystem, instance_names, name_of
from vle_analog.equations.templates import substituted
from vle_analog.errors import SynthesisError
from vle_analog.reference.accuracy import Reference, rerun

#: of the fastest that a phase turns, how fast its amplitude is held
_HOLD = 0.25
#: pieces that are offered in the place of a law
_PIECES = 12
#: records from which a phase's speed is read
_SAMPLES = 20_000


def in_range(
    system: EquationSystem,
    diagram: BlockDiagram,
    ideal: Reference,
    technology: Technology,
    apart: Mapping[str, Technology],
) -> EquationSystem:
    """The system itself where every part takes its argument; else the system with phases that wrap as states.

    Args:
        system: the equations.
        diagram: their blocks.
        ideal: the reference run.
        technology: what it is built with.
        apart: technologies of single blocks, by the name of the signal that each drives.

    Raises:
        SynthesisError: an argument beyond a part's range that is no phase.
    """
    phases: dict[sp.Expr, Phase] = {}
    places: dict[sp.Expr, str] = {}
    for block in diagram.blocks:
        if not isinstance(block, NonlinearStage):
            continue
        most = _range(block, apart.get(name_of(block.output), technology))
        reached = ideal.solution.peaks[name_of(block.argument)]
        if reached > most:
            argument = _declared(diagram, block.argument)
            places.setdefault(argument, diagram.place_of(name_of(block.output)))
            if not _is_phase(block, argument):
                raise _beyond(diagram, block, argument, (reached, most), ideal)
            speed = _speed(diagram, ideal, block)
            phases.setdefault(argument, Phase(argument, float(f"{_HOLD * speed:.2g}")))
    if not phases:
        return system
    try:
        return with_phasors(system, list(phases.values()))
    except NotAlgebraic:
        argument = next(iter(phases))
        raise SynthesisError(
            f"'{argument}' turns too far for a sine shaper, and its derivative, for a pair of states, is not at hand",
            where=places[argument],
            hint="shorten the span, or take ideal parts for it: --part sin=ideal --part cos=ideal",
        ) from None


def _range(block: NonlinearStage, technology: Technology) -> float:
    """The largest argument that the block's part takes; infinite for a law."""
    found = library(technology)[block.nonlinearity.name].sheet.range
    return float("inf") if found is None else found


def _declared(diagram: BlockDiagram, argument: sp.Expr) -> sp.Expr:
    """An argument in declared signals."""
    internal = {
        name_of(each.symbol): each
        for each in diagram.read_back.definitions
        if name_of(each.symbol) in diagram.system.internal
    }
    return substituted(argument, internal)


def _is_phase(block: NonlinearStage, argument: sp.Expr) -> bool:
    return isinstance(block.function, sp.sin | sp.cos) and not argument.has(sp.Indexed)


def _speed(diagram: BlockDiagram, ideal: Reference, block: NonlinearStage) -> float:
    """The fastest that the block's argument changes, per model unit."""
    names = instance_names(block.argument)
    run = rerun(diagram.read_back, ideal.solution, [name_of(block.argument)], _SAMPLES)
    return max(float(np.max(np.abs(np.gradient(run.waveforms[name], run.waveforms.time)))) for name in names)


def _beyond(
    diagram: BlockDiagram, block: NonlinearStage, argument: sp.Expr, reach: tuple[float, float], ideal: Reference
) -> SynthesisError:
    law, (reached, most) = block.nonlinearity.name, reach
    return SynthesisError(
        f"the argument of '{law}({argument})' reaches {reached:.3g}; its part takes {most:g} to either side",
        where=diagram.place_of(name_of(block.output)),
        hint=f"shorten the span, take the ideal law for it: --part {law}=ideal{_pieces(block, argument, ideal)}",
    )


def _pieces(block: NonlinearStage, argument: sp.Expr, ideal: Reference) -> str:
    """Straight pieces as a further remedy; nothing where the argument is of several signals."""
    signals = [each for each in argument.free_symbols if str(each) in ideal.solution.lowest]
    if len(signals) != 1 or argument.has(sp.Indexed) or block.function.args[1:]:
        return ""
    name = str(signals[0])
    low, high = ideal.solution.lowest[name], ideal.solution.highest[name]
    return f", or write straight pieces: tabulated({block.function.func(argument)}, {low:.4g}, {high:.4g}, {_PIECES})"
