"""The blocks of a design, and how much room the worst instance of each has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vle_analog.blocks.design import INVERTED
from vle_analog.design.design import Design
from vle_analog.equations.system import instance_names
from vle_analog.studies.margins.budget import Budget, Finding
from vle_analog.studies.margins.result import BlockMargins, Margin
from vle_analog.studies.margins.signals import template_peaks


@dataclass(frozen=True)
class Template:
    """A block of a design, or a signal's inverters.

    Attributes:
        name: of the node that it drives.
        signal: that the node carries, upright or inverted.
        kind: of block.
        law: its equation.
        reading: what it computes, in the words of the equations: a signal's name, or an expression of such.
        nodes: one per instance.
        peak: the largest instance's, volts.
    """

    name: str
    signal: str
    kind: str
    law: str
    reading: str
    nodes: list[str]
    peak: float

    def told(self, parts: Mapping[str, str], margins: Sequence[Margin], remedies: Mapping[str, str]) -> BlockMargins:
        """The block with its parts, by role, its margins, and what would mend those that fail, by kind."""
        return BlockMargins(
            name=self.name,
            kind=self.kind,
            law=self.law,
            reading=self.reading,
            parts=parts,
            instances=len(self.nodes),
            peak=self.peak,
            margins=tuple(margins),
            remedies=remedies,
        )


def templates(design: Design) -> list[Template]:
    """All blocks of the diagram, and the inverters."""
    peaks, read, listed = template_peaks(design), design.diagram.readings, []
    copies = {instance: node for node, instance in design.nominal.inverted.items()}
    for name, symbol in design.diagram.signals.items():
        nodes = instance_names(symbol)
        if (block := design.diagram.drivers.get(name)) is not None:
            listed.append(Template(name, name, block.kind, block.law(), read[name], nodes, peaks[name]))
        if copies.keys() >= set(nodes):
            inverted = [copies[node] for node in nodes]
            text = f"-({read[name]})" if " " in read[name] else f"-{read[name]}"
            listed.append(Template(name + INVERTED, name, "inverter", f"-{symbol}", text, inverted, peaks[name]))
    return listed


def weighed(budget: Budget, template: Template, allowed: Mapping[str, float]) -> list[Margin]:
    """Per kind the worst instance's margin.

    Args:
        budget: of the design.
        template: the block.
        allowed: limits by kind.
    """
    kinds: dict[str, list[tuple[float, str, Finding]]] = {}
    for node in template.nodes:
        for finding in budget.findings(node):
            kinds.setdefault(finding.kind, []).append((finding.figure, node, finding))
    margins = []
    for kind, figures in kinds.items():
        figures.sort(key=lambda entry: entry[0])
        value, node, worst = figures[-1]
        limit = allowed[kind] * worst.room
        margins.append(
            Margin(kind, value, limit, node, figures[len(figures) // 2][0], worst.role, worst.detail, worst.unknown)
        )
    return margins
