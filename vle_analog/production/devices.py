"""Everything by which devices miss their laws (offsets, bias currents, gain errors), by the part's full name.

What a device can miss is in the header of its cell, note ``spread``. An op-amp stands inside of a stage: its offset
voltage is a battery at the stage's non-inverting input, its bias and offset currents are current sources at the summing
node. A multiplier's or a nonlinear cell's errors are parameters of its instance, or of the stage that it is in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from vle_analog.circuit.cell.cell import Cell, Spread
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import GROUND, Battery, CurrentSource, Element, Instance

#: from an error's kind (``opamp.VOS``), its full name (``Xu.VOS``), how it scatters, and what it is (0 by itself) to
#: what it shall be; None leaves it as it is
Change = Callable[[str, str, Spread, float], float | None]

#: ports of a stage: its op-amp's two inputs
_NON_INVERTING, _SUMMING = "p", "s"
_OPAMP, _VOLTAGE = "opamp", "VOS"
#: by an op-amp's parameter: a source's name after the stage's, and what of the parameter it has. A current of
#: IB - IOS/2 goes into the inverting input; what goes into the other does nothing, which hangs on a voltage
_SOURCES = {_VOLTAGE: ("__offset", 1.0), "IB": ("__bias", 1.0), "IOS": ("__balance", -0.5)}
_ENDINGS = tuple(ending for ending, _ in _SOURCES.values())


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
    there = _sources(circuit)
    known = {name: _errors(circuit.cells[name], circuit.cells) for name in _used(circuit)}

    def moved(element: Element) -> Sequence[Element]:
        if not isinstance(element, Instance):
            return () if element.name in there else (element,)
        amplifier, inside = known[element.cell]
        if inside:
            element = _parameters(element, inside, change)
        if amplifier:
            return _stage(element, circuit.cells[element.cell], amplifier, there, change)
        return (element,)

    sections = (
        Section(section.heading, tuple(part for element in section.elements for part in moved(element)))
        for section in circuit.sections
    )
    return replace(circuit, sections=tuple(sections))


def errors(circuit: Circuit) -> dict[str, tuple[str, float]]:
    """Kind and value of each error, by full name; 0 where it has none."""
    found: dict[str, tuple[str, float]] = {}
    there = _sources(circuit)
    known = {name: _errors(circuit.cells[name], circuit.cells) for name in _used(circuit)}
    for element in circuit.elements():
        if isinstance(element, Instance):
            amplifier, inside = known[element.cell]
            given = dict(element.parameters) if inside else {}
            found.update((f"X{element.name}.{name}", (kind, given.get(name, 0.0))) for kind, name, _ in inside)
            for name in amplifier:
                value = _value(there.get(element.name + _SOURCES[name][0]), name)
                found[f"X{element.name}.{name}"] = f"{_OPAMP}.{name}", value
    return found


def error_kinds(circuit: Circuit) -> list[str]:
    """The kinds of errors that a circuit's devices have, sorted: ``opamp.VOS``, ``multiplier.GE``, ..."""
    found = set[str]()
    for name in _used(circuit):
        amplifier, inside = _errors(circuit.cells[name], circuit.cells)
        found.update(f"{_OPAMP}.{each}" for each in amplifier)
        found.update(kind for kind, _, _ in inside)
    return sorted(found)


def _used(circuit: Circuit) -> set[str]:
    return {each.cell for each in circuit.elements() if isinstance(each, Instance)}


def _sources(circuit: Circuit) -> dict[str, Battery | CurrentSource]:
    """The sources that stand for op-amps' errors, by name."""
    stages = {each.name for each in circuit.elements() if isinstance(each, Instance)}
    return {
        each.name: each
        for each in circuit.elements()
        if isinstance(each, Battery | CurrentSource)
        and each.name.endswith(_ENDINGS)
        and each.name.rpartition("__")[0] in stages
    }


def _errors(cell: Cell, cells: Mapping[str, Cell]) -> tuple[dict[str, Spread], list[tuple[str, str, Spread]]]:
    """How the errors of a stage's op-amp scatter; and kind, name and spread of those that are its parameters."""
    if cell.role:
        return {}, [(f"{cell.role}.{name}", name, spread) for name, spread in cell.spread.items()]
    amplifier: dict[str, Spread] = {}
    inside = []
    for other in dict.fromkeys(cell.uses):
        role, spreads = cells[other].role, cells[other].spread
        if role == _OPAMP:
            amplifier = {name: spread for name, spread in spreads.items() if name in _SOURCES}
        elif role:  # what the stage hands on to it
            inside += [(f"{role}.{name}", name, each) for name, each in spreads.items() if name in cell.parameters]
    return amplifier, inside


def _parameters(instance: Instance, inside: Sequence[tuple[str, str, Spread]], change: Change) -> Instance:
    """An instance with other parameters."""
    given = dict(instance.parameters)
    for kind, name, spread in inside:
        value = change(kind, f"X{instance.name}.{name}", spread, given.get(name, 0.0))
        if value is not None and (value or name in given):
            given[name] = value
    return Instance(instance.name, instance.nodes, instance.cell, tuple(given.items()))


def _stage(
    stage: Instance,
    cell: Cell,
    spreads: Mapping[str, Spread],
    there: Mapping[str, Battery | CurrentSource],
    change: Change,
) -> list[Element]:
    """A stage behind the sources at its op-amp's inputs."""
    found: list[Element] = []
    for name, spread in spreads.items():
        kind, full = f"{_OPAMP}.{name}", f"X{stage.name}.{name}"
        ending, share = _SOURCES[name]
        source = there.get(stage.name + ending)
        if (value := change(kind, full, spread, _value(source, name))) is None:
            found += [] if source is None else [source]
        elif name != _VOLTAGE:
            node = stage.nodes[cell.ports.index(_SUMMING)]
            found.append(CurrentSource(stage.name + ending, (node, GROUND), share * value))
        elif source is not None:
            found.append(Battery(source.name, (source.nodes[0], source.nodes[1]), value))
        else:
            port = cell.ports.index(_NON_INVERTING)
            node, before = f"{stage.name}__p", stage.nodes[port]
            nodes = (*stage.nodes[:port], node, *stage.nodes[port + 1 :])
            stage = Instance(stage.name, nodes, stage.cell, stage.parameters)
            found.append(Battery(stage.name + ending, (node, before), value))
    return [*found, stage]


def _value(source: Battery | CurrentSource | None, name: str) -> float:
    """The error that a source stands for."""
    if source is None:
        return 0.0
    return (source.volts if isinstance(source, Battery) else source.amperes) / _SOURCES[name][1]
