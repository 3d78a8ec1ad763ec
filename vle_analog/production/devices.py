"""Everything by which devices miss their laws (offsets, bias currents, gain errors), by the part's full name.

What a device can miss is in the header of its cell, note ``spread``. An op-amp stands inside of a stage: its offset
voltage is a battery at the stage's non-inverting input, its bias and offset currents are current sources at the summing
node. A multiplier's or a nonlinear cell's errors are parameters of its instance, or of the stage that it is in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.cell.datasheet import Spread
from vle_analog.circuit.cell.stage import OPAMP, roles, stage
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import GROUND, Battery, CurrentSource, Element, Error, Instance
from vle_analog.owner import Owner
from vle_analog.production.draws import some

_VOLTAGE = "VOS"
#: by an op-amp's parameter: a source's name after the stage's, and what of the parameter it has. A current of
#: IB - IOS/2 goes into the inverting input; what goes into the other does nothing, which hangs on a voltage
_SOURCES = {_VOLTAGE: ("__offset", 1.0), "IB": ("__bias", 1.0), "IOS": ("__balance", -0.5)}
_Source = Battery | CurrentSource


class DeviceError(NamedTuple):
    """An error that a device of a circuit has or can have.

    Attributes:
        kind: role and parameter, ``opamp.VOS``.
        name: full name, ``Xu.VOS`` for the op-amp of instance u.
        spread: how it scatters.
        value: in the parameter's unit; 0 where it has none.
        owner: of the device.
        parameter: of the device.
        role: that it plays.
        instance: that it is, or stands in.
    """

    kind: str
    name: str
    spread: Spread
    value: float
    owner: Owner
    parameter: str
    role: str
    instance: str


#: from an error to the value that it shall have; None leaves it as it is
Change = Callable[[DeviceError], float | None]


@dataclass(frozen=True)
class _Scatter:
    """How the errors of a cell's devices scatter.

    Attributes:
        inside: role, parameter and spread of those that are parameters of the cell's instances, and positions of the
            ports that must be off ground for it.
        amplifier: spread of those that sources stand for, by the op-amp's parameter.
        noninverting, summing: positions of the ports at the op-amp's inputs; None without an op-amp that errs.
    """

    inside: tuple[tuple[str, str, Spread, tuple[int, ...]], ...]
    amplifier: Mapping[str, Spread]
    noninverting: int | None = None
    summing: int | None = None


def device_errors(circuit: Circuit) -> Iterator[DeviceError]:
    """Every error that a circuit's devices have or can have, instance by instance; ideal parts have none.

    Raises:
        CircuitError: a stage with several op-amps, or with an input of the op-amp that is no port.
    """
    there, known = _sources(circuit), _known(circuit)
    for owner, element in circuit.owned_elements():
        if isinstance(element, Instance):
            yield from _inside(element, known[element.cell], owner)
            yield from (error for error, _ in _of_amplifier(element, known[element.cell], owner, there))


def errors(circuit: Circuit) -> dict[str, tuple[str, float]]:
    """Kind and value of each error, by full name; 0 where it has none."""
    return {each.name: (each.kind, each.value) for each in device_errors(circuit)}


def error_kinds(circuit: Circuit) -> list[str]:
    """The kinds of errors that a circuit's devices have, sorted: ``opamp.VOS``, ``multiplier.GE``, ..."""
    known, found = _known(circuit), set[str]()
    for scatter in known.values():
        found.update(f"{OPAMP}.{parameter}" for parameter in scatter.amplifier)
        found.update(f"{role}.{parameter}" for role, parameter, _, ports in scatter.inside if not ports)
    if any(ports for scatter in known.values() for *_, ports in scatter.inside):  # which not every instance has
        found.update(error.kind for error in device_errors(circuit))
    return sorted(found)


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
    there, known = _sources(circuit), _known(circuit)

    def moved(owner: Owner, element: Element) -> list[Element]:
        if isinstance(element, Battery | CurrentSource) and element.error is not None:
            return []  # it comes with its stage
        if not isinstance(element, Instance):
            return [element]
        scatter, given = known[element.cell], dict(element.parameters)
        for error in _inside(element, scatter, owner):
            value = change(error)
            if value is not None and (some(value) or error.parameter in given):
                given[error.parameter] = value
        instance = replace(element, parameters=tuple(given.items())) if scatter.inside else element
        behind: list[Element] = []
        for error, source in _of_amplifier(element, scatter, owner, there):
            if (value := change(error)) is not None and source is None:
                source, instance = _inserted(instance, scatter, error.parameter, value)
            elif value is not None and source is not None:
                source = _standing_for(source, value)
            if source is not None:
                behind.append(source)
        return [*behind, instance]

    return circuit.rewritten(moved)


def _known(circuit: Circuit) -> dict[str, _Scatter]:
    """How the errors of its devices scatter, by each cell that an instance uses."""
    used = {element.cell for element in circuit.elements() if isinstance(element, Instance)}
    return {name: _scatter(circuit.cells[name], circuit.cells) for name in used}


def _scatter(cell: Cell, cells: Mapping[str, Cell]) -> _Scatter:
    """How the errors of a cell's devices scatter.

    Raises:
        CircuitError: a stage with several op-amps, or with an input of the op-amp that is no port.
    """
    if cell.role:
        return _Scatter(
            tuple(
                (cell.role, parameter, spread, tuple(map(cell.ports.index, spread.between)))
                for parameter, spread in cell.spread.items()
            ),
            {},
        )
    within = stage(cell, roles(cell, cells))
    inside = tuple(  # what the stage hands on to it
        (role, parameter, spread, ())
        for used, role in dict.fromkeys((part.cell, role) for part, role in within.devices)
        for parameter, spread in cells[used].spread.items()
        if parameter in cell.parameters
    )
    spreads = {part.cell: cells[part.cell].spread for part in within.opamps}
    amplifier = {name: spread for each in spreads.values() for name, spread in each.items() if name in _SOURCES}
    if not amplifier:
        return _Scatter(inside, {})
    return _Scatter(inside, amplifier, within.port(within.noninverting), within.port(within.summing))


def _inside(instance: Instance, scatter: _Scatter, owner: Owner) -> Iterator[DeviceError]:
    """The errors that parameters of an instance say."""
    given = dict(instance.parameters) if scatter.inside else {}
    for role, parameter, spread, ports in scatter.inside:
        if any(instance.nodes[port] == GROUND for port in ports):
            continue
        name, value = f"X{instance.name}.{parameter}", given.get(parameter, 0.0)
        yield DeviceError(f"{role}.{parameter}", name, spread, value, owner, parameter, role, instance.name)


def _of_amplifier(
    instance: Instance, scatter: _Scatter, owner: Owner, there: Mapping[Error, _Source]
) -> Iterator[tuple[DeviceError, _Source | None]]:
    """The errors of a stage's op-amp, and the sources that stand for them."""
    for parameter, spread in scatter.amplifier.items():
        name, source, value = f"X{instance.name}.{parameter}", there.get(Error(instance.name, parameter)), 0.0
        if source is not None:
            value = (source.volts if isinstance(source, Battery) else source.amperes) / _SOURCES[parameter][1]
        error = DeviceError(f"{OPAMP}.{parameter}", name, spread, value, owner, parameter, OPAMP, instance.name)
        yield error, source


def _sources(circuit: Circuit) -> dict[Error, _Source]:
    """The sources that stand for op-amps' errors."""
    return {
        element.error: element
        for element in circuit.elements()
        if isinstance(element, Battery | CurrentSource) and element.error is not None
    }


def _inserted(instance: Instance, scatter: _Scatter, parameter: str, value: float) -> tuple[_Source, Instance]:
    """A source that stands for an error of a stage's op-amp, and the stage behind it."""
    assert scatter.noninverting is not None and scatter.summing is not None
    (ending, share), error = _SOURCES[parameter], Error(instance.name, parameter)
    name = instance.name + ending
    if parameter != _VOLTAGE:
        return CurrentSource(name, (instance.nodes[scatter.summing], GROUND), share * value, error), instance
    port, node = scatter.noninverting, f"{instance.name}__p"
    nodes = (*instance.nodes[:port], node, *instance.nodes[port + 1 :])
    return Battery(name, (node, instance.nodes[port]), value, error), replace(instance, nodes=nodes)


def _standing_for(source: _Source, value: float) -> _Source:
    """A source with the value that stands for an error."""
    if isinstance(source, Battery):
        return replace(source, volts=value)
    assert source.error is not None
    return replace(source, amperes=_SOURCES[source.error.parameter][1] * value)
