"""Parts as people call them: by what they do in the equations, not by their names in the netlist."""

from __future__ import annotations

from collections.abc import Iterator

from vle_analog.blocks.design import REFERENCE
from vle_analog.circuit.elements import Capacitor, Instance, Resistor
from vle_analog.design.built import Built
from vle_analog.equations.presentation import written
from vle_analog.fleet.nonidealities import KINDS
from vle_analog.production.devices import device_errors
from vle_analog.production.sources import offset_name, source_nodes
from vle_analog.production.values import parts

#: kinds of devices' errors in words, by role and parameter
_ERRORS = {parameter: kind.name for kind in KINDS for parameter in kind.parameters}


def part_words(built: Built | None) -> dict[str, str]:
    """What parts are called, by their full names: ``R: x² → 1 − x²``, ``C of y``, ``op-amp offset of −y``.

    Args:
        built: whose parts; none are known where nobody told.
    """
    if built is None:
        return {}
    errors = {f"{each.parameter}": _ERRORS.get(each.kind, each.kind) for each in device_errors(built.circuit)}
    named = {each.parameter: each.parameter for each in parts(built.circuit) if each.parameter} | errors
    stages = [each for each in built.circuit.elements() if isinstance(each, Instance)]
    inside = {
        f"X{each.name}.{parameter}": f"{words} of {_stage(built, each)}"
        for each in stages
        for parameter, words in named.items()
    }
    inside |= {f"X{each.name}": f"stage of {_stage(built, each)}" for each in stages}
    sources = {offset_name(node): f"offset of {_node(built, node)}" for node in source_nodes(built.circuit)}
    return inside | sources | dict(_wired(built))


def _stage(built: Built, stage: Instance) -> str:
    """What a stage computes; an inverter is named by its own node."""
    return _node(built, stage.name if stage.name in built.circuit.inverted else stage.signal)


def _wired(built: Built) -> Iterator[tuple[str, str]]:
    """Resistors and capacitors between nodes."""
    for each in built.circuit.elements():
        if isinstance(each, (Resistor, Capacitor)):
            letter = "R" if isinstance(each, Resistor) else "C"
            ends = f"{_node(built, each.nodes[0])} \N{RIGHTWARDS ARROW} {_node(built, each.signal)}"
            yield f"{letter}{each.name}", f"{letter}: {ends}"


def _node(built: Built, node: str) -> str:
    """What a node carries."""
    if node in built.circuit.inverted:
        inner = _node(built, built.circuit.inverted[node])
        return written(f"-({inner})" if " " in inner else f"-{inner}")
    if node in REFERENCE.values():
        return "constant"
    return written(built.diagram.readings.get(node, node))
