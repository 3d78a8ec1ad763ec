"""A maker's op-amp as a cell of ours: its flat circuit between our ports, with our parameters around it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vle_analog.circuit.cell import reader
from vle_analog.circuit.cell.datasheet import FIGURES
from vle_analog.circuit.vendor.definitions import Definition, defined, main
from vle_analog.circuit.vendor.flatten import flat
from vle_analog.circuit.vendor.pins import GROUND, OPEN, ROLES, Assignment
from vle_analog.circuit.vendor.scope import Scope
from vle_analog.circuit.vendor.source import Source, read_source
from vle_analog.circuit.vendor.writer import Flat
from vle_analog.errors import CircuitError

#: nodes that are the cell's own: between the port and the source of the offset
_BEHIND = "inp_v"
#: parts that are the cell's own, in lower case
_AROUND = ("vos", "ip", "in", *(f"ropen{number}" for number in range(100)))
#: ohms from a port that is left open to ground
_OPEN_OHMS = 1e12
#: how many of its standard deviations an error reaches at most: nobody says
_SIGMAS = 3
#: an offset in volts and a current in amperes that are none
_LEAST = {"VOS": 1e-8, "IB": 1e-15, "IOS": 1e-15}
_WIDTH = 110
#: figures that a part without any of the kind has no line for, and what is none of it
_ABSENT = {
    "voltage_noise": 1e-12, "current_noise": 1e-18, "noise_corner": 1e-3, "supply_current": 1e-12,
    "offset": _LEAST["VOS"], "bias_current": _LEAST["IB"], "offset_current": _LEAST["IOS"],
}  # fmt: skip
#: an offset current of less than this share of the bias current is none
_NEAR = 1e-4
#: notes of a maker's file that are ours
_STATED = re.compile(r"\*\s+stated:\s+(.+)")


@dataclass(frozen=True)
class VendorModel:
    """A maker's model of an op-amp as it was read.

    Attributes:
        path: of its file.
        source: its statements and files.
        root: the file's definitions.
        definition: the subcircuit that is the part.
    """

    path: Path
    source: Source
    root: Definition
    definition: Definition

    def flat(self, nodes: Mapping[str, str]) -> Flat:
        """Its circuit without instances, between nodes that are called so, by port."""
        try:
            return flat(self.definition, Scope(self.root), nodes, (*ROLES, _BEHIND), _AROUND)
        except RecursionError:
            raise CircuitError("an expression is nested too deeply", where=self.path.name) from None

    @property
    def name(self) -> str:
        """What the part is called here unless a user says otherwise: letters, digits and underscores."""
        name = re.sub(r"[^a-z0-9_]+", "_", self.definition.name.lower()).strip("_") or "part"
        return name if name[0].isalpha() else f"part_{name}"


@dataclass(frozen=True)
class Measured:
    """What was measured of a part.

    Attributes:
        figures: by name and in the units of `FIGURES`, finite ones alone.
        volts: of the positive and of the negative supply.
        loads: ohms that a figure is measured with, by name.
        starts: by capacitor, its voltage where the output rests at 0 V, and how it goes with the output.
    """

    figures: Mapping[str, float] = field(default_factory=dict)
    volts: tuple[float, float] = (15.0, -15.0)
    loads: Mapping[str, float] = field(default_factory=dict)
    starts: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def read_model(path: Path, subckt: str | None = None) -> VendorModel:
    """A maker's model.

    Args:
        path: of its file.
        subckt: name of the subcircuit; the only one that no other is made of when None.

    Raises:
        UsageError: there is no such file.
        CircuitError: what cannot be read, by its line.
    """
    source = read_source(path)
    try:
        root = defined(source.statements)
        definition = main(root, subckt)
    except RecursionError:
        raise CircuitError("an expression is nested too deeply", where=path.name) from None
    except CircuitError as error:
        raise error if error.where else error.located(path.name) from None
    if len(definition.ports) < len(ROLES):
        raise CircuitError(
            f"'{definition.name}' has {len(definition.ports)} ports; an op-amp with its supply has five",
            where=definition.at.place if definition.at else path.name,
            hint="models without supply pins are not taken: they know of no swing",
        )
    return VendorModel(path, source, root, definition)


def cell_text(model: VendorModel, name: str, pins: Assignment, known: Measured = Measured()) -> str:
    """The text of the cell that a maker's model becomes.

    Its own offset and bias currents become the defaults of ``VOS``, ``IB`` and ``IOS``: with these at 0 it has none.

    Args:
        model: as read.
        name: of the cell.
        pins: what each port is.
        known: what was measured; nothing yet where it is left out.

    Raises:
        CircuitError: what cannot be translated, by its line.
    """
    circuit = between_ports(model, pins)
    errors = _errors(known)
    lines = [
        *_header(model, name, pins, known, circuit),
        _subckt(name, known),
        f"Vos {_BEHIND} inp {{VOS{_less(errors['VOS'])}}}",
        f"Ip inp 0 {{IB+IOS/2{_less(errors['IB'] + errors['IOS'] / 2)}}}",
        f"In inn 0 {{IB-IOS/2{_less(errors['IB'] - errors['IOS'] / 2)}}}",
        *(f"Ropen{k} {_opened(k)} 0 {_OPEN_OHMS!r} noisy=0" for k in range(pins.roles.count(OPEN))),
        *(_started(line, known) for line in circuit.lines),
        f".ends {name}",
    ]
    return "\n".join(lines) + "\n"


def between_ports(model: VendorModel, pins: Assignment) -> Flat:
    """A model's flat circuit between our ports.

    Raises:
        CircuitError: what cannot be translated, by its line.
    """
    nodes: dict[str, str] = {}
    free = 0
    for port, role in zip(model.definition.ports, pins.roles, strict=True):
        nodes[port] = {"inp": _BEHIND, GROUND: "0", OPEN: _opened(free)}.get(role, role)
        free += role == OPEN
    return model.flat(nodes)


def _opened(number: int) -> str:
    return f"open_{number}"


def _errors(known: Measured) -> dict[str, float]:
    """The model's own offset and bias currents, by parameter."""
    named = {"VOS": "offset", "IB": "bias_current", "IOS": "offset_current"}
    values = {parameter: known.figures.get(figure, 0.0) for parameter, figure in named.items()}
    if abs(values["IOS"]) < _NEAR * abs(values["IB"]):
        values["IOS"] = 0.0  # of rounding
    return {name: _round(value) if abs(value) >= _LEAST[name] else 0.0 for name, value in values.items()}


def _subckt(name: str, known: Measured) -> str:
    given = {**_errors(known), "OUT": 0.0, **_noise(known)}
    given = {key: _round(value) for key, value in given.items()}
    return f".subckt {name} {' '.join(ROLES)} params: " + " ".join(f"{key}={value!r}" for key, value in given.items())


def _noise(known: Measured) -> dict[str, float]:
    """Parameters that runs in time take its noise from; the voltage's figure is that at 1 kHz."""
    found: dict[str, float] = {}
    density, corner = (known.figures.get(name, 0.0) for name in ("voltage_noise", "noise_corner"))
    if density >= _ABSENT["voltage_noise"]:
        found |= {"EN": density / (1 + corner / 1e3) ** 0.5, "FE": corner}
    if (current := known.figures.get("current_noise", 0.0)) >= _ABSENT["current_noise"]:
        found |= {"IN": current, "FI": 0.0}
    return found


def _header(model: VendorModel, name: str, pins: Assignment, known: Measured, circuit: Flat) -> list[str]:
    maker, file = _said(model.definition.name), _said(model.path.name)
    ports = " ".join(f"{_said(port)}={role}" for port, role in zip(model.definition.ports, pins.roles, strict=True))
    volts = f"{known.volts[0]:g} and {known.volts[1]:g} V"
    lines = [
        f"* {name}: operational amplifier {maker}, by a model of its maker",
        "* law:   v(out) = gain (v(inp) - v(inn)), as the model has it",
        "* ports: inp non-inverting input, inn inverting input, out output, vcc vee supply",
        "* role: opamp",
        "* noise: devices",
        f"* source: {file}, subcircuit {maker}, written anew for ngspice; figures measured in ngspice at {volts}",
        f"* Ports of the model, by {pins.told}: {ports}",
    ]
    lines += [f"* at: {known.volts[0]:g}", *_stated(model)]
    units = FIGURES["opamp"]
    if "supply_current" in known.figures and known.figures["supply_current"] > 0:
        lines.append(f"* supply: {_round(known.figures['supply_current'])!r} [measured]")
    for figure, value in known.figures.items():
        if figure in _ABSENT and abs(value) < _ABSENT[figure]:
            continue
        load = f" at {known.loads[figure] / 1e3:g}k" if figure in known.loads else ""
        lines.append(f"* measured: {figure} {_round(value)!r} {units[figure]}{load}")
    for parameter, value in _errors(known).items():
        if value:
            lines.append(f"* spread: {parameter} {abs(value)!r} {_round(_SIGMAS * abs(value))!r} [assumed]")
    if any(_errors(known).values()):
        lines.append(
            f"* The spread is assumed: the model's own errors as standard deviations, {_SIGMAS} of them at most."
        )
    lines += [f"* parameter: {name} [measured]" for name in _noise(known)]
    lines += [f"* Not in it, of {_said(each)}" for each in dict.fromkeys(circuit.left)]
    return lines


def _started(line: str, known: Measured) -> str:
    """A capacitor's line with its voltage at time zero, by the output's."""
    if (start := known.starts.get(line.split()[0])) is None:
        return line
    rest, slope = start
    return f"{line} ic={{{_round(rest)!r}+({_round(slope)!r})*OUT}}"


def _less(value: float) -> str:
    """What takes a value off."""
    return f"-({value!r})" if value else ""


def _round(value: float) -> float:
    """A figure to the digits that it is good for."""
    return float(f"{value:.6g}")


def _stated(model: VendorModel) -> list[str]:
    """What the file states of the part in notes as ours."""
    found: dict[str, str] = {}
    for statement in model.source.statements:
        if (match := _STATED.match(statement.text)) is None or (pieces := reader.stated(match[1])) is None:
            continue
        if pieces[0] in FIGURES["opamp"]:
            found.setdefault(pieces[0], f"* stated: {_said(match[1])}")
    return list(found.values())


def _said(text: str) -> str:
    """A file's words for a comment: printable ASCII in one line."""
    return "".join(sign if sign.isascii() and sign.isprintable() else "?" for sign in text)[:_WIDTH]
