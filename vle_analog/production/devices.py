"""Everything by which devices miss their laws (offsets, bias currents, gain errors), by the part's full name.

What a device can miss is in the header of its cell, note ``spread``. An op-amp stands inside of a stage: its offset
voltage is a battery at the stage's non-inverting input, its bias and offset currents are current sources at the summing
node. A multiplier's or a nonlinear cell's errors are parameters of its instance, or of the stage that it is in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.cell.datasheet import Spread
from vle_analog.circuit.cell.stage import OPAMP, roles, stage
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import GROUND, Battery, CurrentSource, Element, Instance

#: from an error's kind (``opamp.VOS``), its full name (``Xu.VOS``), how it scatters, and what it is (0 by itself) to
#: what it shall be; None leaves it as it is
Change = Callable[[str, str, Spread, float], float | None]

_VOLTAGE = "VOS"
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
        CircuitError: a stage with several op-amps, or with an input of the op-amp that is no port.
    """
    there = _sources(circuit)
    known = {name: _errors(circuit.cells[name], circuit.cells) for name in _used(circuit)}

    def moved(element: Element) -> Sequence[Element]:
        if not isinstance(element, Instance):
            return () if element.name in there else (element,)
        own = known[element.cell]
        if own.inside:
            element = _parameters(element, own.inside, change)
        if own.amplifier:
            return _stage(element, own, there, change)
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
            own = known[element.cell]
            given = dict(element.parameters) if own.inside else {}
            found.update((f"X{element.name}.{name}", (kind, given.get(name, 0.0))) for kind, name, _ in own.inside)
            for name in own.amplifier:
                value = _value(there.get(element.name + _SOURCES[name][0]), name)
                found[f"X{element.name}.{name}"] = f"{OPAMP}.{name}", value
    return found


def error_kinds(circuit: Circuit) -> list[str]:
    """The kinds of errors that a circuit's devices have, sorted: ``opamp.VOS``, ``multiplier.GE``, ..."""
    found = set[str]()
    for name in _used(circuit):
        own = _errors(circuit.cells[name], circuit.cells)
        found.update(f"{OPAMP}.{each}" for each in own.amplifier)
        found.update(kind for kind, _, _ in own.inside)
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


@dataclass(frozen=True)
class _Errors:
    """What instances of one cell can miss.

    Attributes:
        amplifier: how the errors of a stage's op-amp scatter, by parameter.
        noninverting, summing: positions of the ports at its inputs; None without an op-amp that errs.
        inside: kind, name and spread of errors that are the cell's own parameters.
    """

    amplifier: Mapping[str, Spread]
    noninverting: int | None
    summing: int | None
    inside: tuple[tuple[str, str, Spread], ...]


def _errors(cell: Cell, cells: Mapping[str, Cell]) -> _Errors:
    """What instances of a cell can miss.

    Raises:
        CircuitError: a stage with several op-amps, or with an input of the op-amp that is no port.
    """
    if cell.role:
        own = tuple((f"{cell.role}.{name}", name, spread) for name, spread in cell.spread.items())
        return _Errors({}, None, None, own)
    within = stage(cell, roles(cell, cells))
    inside = tuple(  # what the stage hands on to it
        (f"{role}.{name}", name, spread)
        for used, role in dict.fromkeys((part.cell, role) for part, role in within.devices)
        for name, spread in cells[used].spread.items()
        if name in cell.parameters
    )
    spreads = {part.cell: cells[part.cell].spread for part in within.opamps}
    amplifier = {name: spread for each in spreads.values() for name, spread in each.items() if name in _SOURCES}
    if not amplifier:
        return _Errors({}, None, None, inside)
    return _Errors(amplifier, within.port(within.noninverting), within.port(within.summing), inside)


def _parameters(instance: Instance, inside: Sequence[tuple[str, str, Spread]], change: Change) -> Instance:
    """An instance with other parameters."""
    given = dict(instance.parameters)
    for kind, name, spread in inside:
        value = change(kind, f"X{instance.name}.{name}", spread, given.get(name, 0.0))
        if value is not None and (value or name in given):
            given[name] = value
    return Instance(instance.name, instance.nodes, instance.cell, tuple(given.items()))


def _stage(
    instance: Instance, errors: _Errors, there: Mapping[str, Battery | CurrentSource], change: Change
) -> list[Element]:
    """A stage behind the sources at its op-amp's inputs."""
    assert errors.noninverting is not None and errors.summing is not None
    found: list[Element] = []
    for name, spread in errors.amplifier.items():
        kind, full = f"{OPAMP}.{name}", f"X{instance.name}.{name}"
        ending, share = _SOURCES[name]
        source = there.get(instance.name + ending)
        if (value := change(kind, full, spread, _value(source, name))) is None:
            found += [] if source is None else [source]
        elif name != _VOLTAGE:
            node = instance.nodes[errors.summing]
            found.append(CurrentSource(instance.name + ending, (node, GROUND), share * value))
        elif source is not None:
            found.append(Battery(source.name, (source.nodes[0], source.nodes[1]), value))
        else:
            port = errors.noninverting
            node, before = f"{instance.name}__p", instance.nodes[port]
            nodes = (*instance.nodes[:port], node, *instance.nodes[port + 1 :])
            instance = Instance(instance.name, nodes, instance.cell, instance.parameters)
            found.append(Battery(instance.name + ending, (node, before), value))
    return [*found, instance]


def _value(source: Battery | CurrentSource | None, name: str) -> float:
    """The error that a source stands for."""
    if source is None:
        return 0.0
    return (source.volts if isinstance(source, Battery) else source.amperes) / _SOURCES[name][1]
