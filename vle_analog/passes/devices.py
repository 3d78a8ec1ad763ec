"""Everything by which devices miss their laws (offsets, bias currents, gain errors), by the part's full name.

What a device can miss is in the header of its cell, note ``spread``. An op-amp stands inside of a stage: its offset
voltage is a battery at the stage's non-inverting input, its bias and offset currents are current sources at the summing
node. A multiplier's or a nonlinear cell's errors are parameters of its instance, or of the stage that it is in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from vle_analog.circuit.cells import Cell, Spread
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import GROUND, Battery, CurrentSource, Element, Instance

#: from an error's kind (``opamp.VOS``), its full name (``Xu.VOS``), how it scatters, and what it is (0 by itself) to
#: what it shall be; None leaves it as it is
Change = Callable[[str, str, Spread, float], float | None]

#: ports of a stage: its op-amp's two inputs
_NON_INVERTING, _SUMMING = "p", "s"
_OPAMP, _VOLTAGE = "opamp", "VOS"
#: endings of sources' names after the stage's, by the op-amp's parameter; and which part of a current flows at s:
#: into the inverting input goes IB - IOS/2 (what goes into the other does nothing, which hangs on a voltage)
_OFFSET = "__offset"
_CURRENTS = {"IB": ("__bias", 1.0), "IOS": ("__balance", -0.5)}


def with_errors(circuit: Circuit, change: Change) -> Circuit:
    """The circuit with the errors of its devices changed; ideal parts have none.

    A source is put in where an op-amp's error is given a value, zero included: circuits whose errors all have values
    are of one structure.

    Args:
        circuit: any.
        change: called once per error.

    Raises:
        CircuitError: a cell whose ``spread`` notes cannot be read.
    """
    there = {each.name: each for each in circuit.elements() if isinstance(each, Battery | CurrentSource)}

    def moved(element: Element) -> Iterator[Element]:
        if not isinstance(element, Instance):
            if element.name not in replaced:
                yield element
            return
        given = dict(element.parameters)
        for role, spread in _inside(circuit.cells[element.cell], circuit.cells):
            for name, each in spread.items():
                value = change(f"{role}.{name}", f"X{element.name}.{name}", each, given.get(name, 0.0))
                if value is not None and (value or name in given):
                    given[name] = value
        yield from stages.get(element.name, ())
        yield replace(nodes.get(element.name, element), parameters=tuple(given.items()))

    stages: dict[str, list[Element]] = {}
    nodes: dict[str, Instance] = {}
    replaced: set[str] = set()
    for element in circuit.elements():
        if isinstance(element, Instance) and (spread := _amplifier(circuit.cells[element.cell], circuit.cells)):
            instance, sources = _stage(element, circuit.cells[element.cell], spread, there, change)
            nodes[element.name], stages[element.name] = instance, sources
            replaced.update(each.name for each in sources)
    sections = (
        Section(section.heading, tuple(part for element in section.elements for part in moved(element)))
        for section in circuit.sections
    )
    return replace(circuit, sections=tuple(sections))


def errors(circuit: Circuit) -> dict[str, tuple[str, float]]:
    """Kind and value of each error, by full name; 0 where it has none."""
    found: dict[str, tuple[str, float]] = {}

    def note(kind: str, name: str, spread: Spread, value: float) -> None:
        found[name] = kind, value

    with_errors(circuit, note)
    return found


def error_kinds(circuit: Circuit) -> list[str]:
    """The kinds of errors that a circuit's devices have, sorted: ``opamp.VOS``, ``multiplier.GE``, ..."""
    used = {each.cell for each in circuit.elements() if isinstance(each, Instance)}
    found = set()
    for cell in (circuit.cells[name] for name in used):
        found.update(f"{_OPAMP}.{name}" for name in _amplifier(cell, circuit.cells) if _known(name))
        found.update(f"{role}.{name}" for role, spread in _inside(cell, circuit.cells) for name in spread)
    return sorted(found)


def _known(name: str) -> bool:
    return name == _VOLTAGE or name in _CURRENTS


def _amplifier(cell: Cell, cells: Mapping[str, Cell]) -> Mapping[str, Spread]:
    """How the errors of a stage's op-amp scatter."""
    if cell.role:
        return {}
    return next((cells[name].spread for name in cell.uses if cells[name].role == _OPAMP), {})


def _inside(cell: Cell, cells: Mapping[str, Cell]) -> Iterator[tuple[str, Mapping[str, Spread]]]:
    """Devices whose errors are an instance's parameters: itself, or what its stage hands them on to."""
    if cell.role:
        yield cell.role, cell.spread
        return
    for name in dict.fromkeys(cell.uses):
        role = cells[name].role
        if role and role != _OPAMP:
            yield role, {key: each for key, each in cells[name].spread.items() if key in cell.parameters}


def _stage(
    stage: Instance, cell: Cell, spread: Mapping[str, Spread], there: Mapping[str, Element], change: Change
) -> tuple[Instance, list[Element]]:
    """A stage and the sources at its op-amp's inputs."""
    sources: list[Element] = []
    for name, each in spread.items():
        kind, full = f"{_OPAMP}.{name}", f"X{stage.name}.{name}"
        if name == _VOLTAGE:
            old = there.get(f"{stage.name}{_OFFSET}")
            value = change(kind, full, each, old.volts if isinstance(old, Battery) else 0.0)
            if isinstance(old, Battery):
                sources.append(old if value is None else replace(old, volts=value))
            elif value is not None:
                port = cell.ports.index(_NON_INVERTING)
                node, before = f"{stage.name}__p", stage.nodes[port]
                stage = replace(stage, nodes=(*stage.nodes[:port], node, *stage.nodes[port + 1 :]))
                sources.append(Battery(f"{stage.name}{_OFFSET}", (node, before), value))
        elif name in _CURRENTS:
            ending, share = _CURRENTS[name]
            source = there.get(f"{stage.name}{ending}")
            value = change(kind, full, each, source.amperes / share if isinstance(source, CurrentSource) else 0.0)
            if value is not None:
                node = stage.nodes[cell.ports.index(_SUMMING)]
                sources.append(CurrentSource(f"{stage.name}{ending}", (node, GROUND), share * value))
            elif isinstance(source, CurrentSource):
                sources.append(source)
    return stage, sources
