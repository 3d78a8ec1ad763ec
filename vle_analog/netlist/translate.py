"""Decks for simulators other than ngspice: the same cells, parts and stimuli, written anew line by line.

A dialect says how its simulator spells what differs; what it cannot express is refused by name.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Set

from vle_analog.circuit.cell.cell import Cell, needed
from vle_analog.circuit.cell.reader import Model, Parameters, Part, Remark, Settings
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import (
    Battery,
    Capacitor,
    CurrentSource,
    Drive,
    Element,
    Instance,
    NoiseDrive,
    Resistor,
)
from vle_analog.errors import CircuitError
from vle_analog.netlist.cards import Card, place, read_cards
from vle_analog.netlist.expressions import Spelling, behaviour, listed, number, spelled
from vle_analog.netlist.heading import WIDTH, comment, header, supply, title
from vle_analog.netlist.lean import lean, ordered
from vle_analog.netlist.noise import eased, noise_file
from vle_analog.netlist.stimuli import MOST_BREAKPOINTS, folded, pairs_of, played, table_file
from vle_analog.netlist.testbench import Deck, Testbench
from vle_analog.stimulus import Array, PeriodicSource, SineSource, TableSource
from vle_analog.units import spice_number

#: parameters of models that ngspice, LTspice and Xyce have under these names with one meaning, at their first level
_MODELS: dict[str, frozenset[str]] = {
    "d": frozenset(listed("is rs n tt cjo vj m eg xti kf af fc bv ibv nbv tnom")),
    "npn": frozenset(
        listed(
            "is bf nf vaf ikf ise ne br nr var ikr isc nc rb irb rbm re rc cje vje mje tf xtf vtf itf ptf "
            "cjc vjc mjc xcjc tr cjs vjs mjs xtb eg xti kf af fc tnom"
        )
    ),
    "njf": frozenset(listed("vto beta lambda rd rs cgs cgd pb is fc kf af tnom")),
}
_MODELS |= {"pnp": _MODELS["npn"], "pjf": _MODELS["njf"]}


class Dialect(ABC):
    """How one simulator's decks are written.

    Attributes:
        simulator: its name.
        extension: of its decks' names.
        spelling: of expressions.
        reserved: names, in lower case, that no parameter of a cell may have.
        sine: the word for a sine source.
        options: for each of ngspice's solver options the words that it becomes; empty for one without a counterpart
            that is safe to leave out.
    """

    simulator: str
    extension: str
    spelling: Spelling
    reserved: frozenset[str]
    sine: str
    options: Mapping[str, str]

    @abstractmethod
    def behavioural(self, quantity: str, expression: str) -> str:
        """The end of a B source's line; ``quantity`` is V or I."""

    @abstractmethod
    def handed(self, parameters: Mapping[str, str]) -> str:
        """The end of an instance's line, with a space before it."""

    @abstractmethod
    def begun(self, base: str = "", collector: str = "") -> str:
        """A transistor's voltages to its emitter at time zero, with a space before; empty for none."""

    @abstractmethod
    def table(self, points: list[str], *, repeated: bool) -> list[str]:
        """A piecewise linear source's value, its lines without the continuation's sign."""

    @abstractmethod
    def table_from(self, name: str) -> str:
        """A piecewise linear source's value from a side file."""

    @abstractmethod
    def control(self, bench: Testbench, options: list[str]) -> Iterator[str]:
        """The lines that say what to simulate, and what to keep."""

    def render(self, circuit: Circuit, bench: Testbench) -> Deck:
        """The deck that runs a circuit alone in this simulator.

        Raises:
            CircuitError: an unknown probe or cell, or what this simulator cannot express, by name.
        """
        return self._rendered(ordered(lean(circuit)), bench, lambda element: True, (".end",))

    def surroundings(self, circuit: Circuit, bench: Testbench) -> Deck:
        """What the deck has besides the parts of the board: cells, stimuli, analysis; to be included by a drawing.

        Raises:
            CircuitError: as `render`.
        """
        return self._rendered(circuit, bench, lambda element: isinstance(element, Drive | NoiseDrive), ())

    def _rendered(
        self, circuit: Circuit, bench: Testbench, wanted: Callable[[Element], bool], end: tuple[str, ...]
    ) -> Deck:
        bench.check(circuit)
        if bench.leave:
            raise CircuitError(
                f"a {self.simulator} deck cannot leave its voltages for another run",
                where=circuit.name,
                hint="runs in stretches are for the ngspice dialect",
            )
        bench = eased(circuit, bench).at(circuit.celsius)
        used = {element.cell for element in circuit.elements() if isinstance(element, Instance)}
        lines = [f"* {title(circuit)}", *header(circuit, bench), "", *supply(circuit)]
        for cell in needed(used, circuit.cells):
            lines += [*self._cell(cell, circuit.cells), ""]
        files: dict[str, str] = {}
        for section in circuit.sections:
            elements = [element for element in section.elements if wanted(element)]
            if elements or end:
                lines += comment(section.heading)
            for element in elements:
                lines += self._element(element, bench, files)
            lines.append("")
        for node, volts in bench.guess.items():
            lines.append(f".ic V({node})={spice_number(volts)}")
        lines += [*self.control(bench, self._options(bench)), *end, ""]
        return Deck("\n".join(lines), files, self.extension)

    def _options(self, bench: Testbench) -> list[str]:
        for name in bench.options:
            if name not in self.options:
                raise CircuitError(
                    f"the solver option '{name}' has no counterpart in {self.simulator}",
                    hint="leave it out, or take the ngspice dialect",
                )
        filled = (self.options[name].format(value) for name, value in sorted(bench.options.items()))
        return [option for option in filled if option]

    def _cell(self, cell: Cell, cells: Mapping[str, Cell]) -> Iterator[str]:
        known = {name.lower() for name in cell.parameters}
        cards = list(read_cards(cell, cells))
        known |= {name.lower() for card in cards if isinstance(card, Parameters) for name, _ in card.given}
        for name in sorted(known & self.reserved):
            raise CircuitError(
                f"{self.simulator} has a meaning of its own for '{name}'",
                where=f"cell '{cell.name}'",
                hint="give the parameter another name",
            )
        begun = False
        for card in cards:
            if not begun and not isinstance(card, Remark):
                begun = True
                yield self._head(cell, known)
            try:
                yield self._card(card, known)
            except CircuitError as error:
                raise error.located(place(cell, card)) from None
        yield f".ends {cell.name}"

    def _head(self, cell: Cell, known: Set[str]) -> str:
        given = " ".join(f"{name}={self._value(text, known)}" for name, text in cell.defaults)
        return f".subckt {cell.name} {' '.join(cell.ports)}{' params: ' if given else ''}{given}"

    def _card(self, card: Card, known: Set[str]) -> str:
        match card:
            case Remark():
                return card.statement
            case Parameters():
                return ".param " + self._given(card.given, known)
            case Model():
                return self._model(card, known)
            case Part():
                return self._part(card, known)

    def _model(self, model: Model, known: Set[str]) -> str:
        name, kind, given = model.name, model.kind, dict(model.given)
        if kind not in _MODELS:
            raise CircuitError(f"models of kind '{kind}' are not translated", hint="use D, NPN, PNP, NJF or PJF")
        for key in given:
            if key not in _MODELS[kind]:
                raise CircuitError(
                    f"the parameter '{key}' of model '{name}' does not mean the same in {self.simulator}",
                    hint="known: " + " ".join(sorted(_MODELS[kind])),
                )
        if kind == "d" and "bv" in given and "nbv" not in given:  # ngspice and Xyce: n; LTspice: 1
            given["nbv"] = given.get("n", "1")
        return f".model {name} {kind.upper()}({self._given(tuple(given.items()), known)})"

    def _given(self, given: Settings, known: Set[str]) -> str:
        return " ".join(f"{key}={self._value(text, known)}" for key, text in given)

    def _value(self, text: str, known: Set[str]) -> str:
        if text.startswith("{") and text.endswith("}"):
            return "{" + spelled(text[1:-1], known, self.spelling, of_voltages=False) + "}"
        return number(text)

    def _part(self, part: Part, known: Set[str]) -> str:
        head, given = " ".join((part.name, *part.nodes)), dict(part.given)
        match part.letter:
            case "X":
                handed = {key: self._value(text, known) for key, text in given.items()}
                return f"{head} {part.cell}{self.handed(handed)}"
            case "B":
                quantity = "V" if "v" in given else "I"
                law = behaviour(given[quantity.lower()], given.get("m"), known, self.spelling)
                return f"{head} {self.behavioural(quantity, law)}"
            case "D" | "Q" | "J":
                model, *area = part.words
                area = area or [given[key] for key in ("area",) if key in given]
                first = [self._value(text.strip(), known) for text in given.get("ic", "").split(",") if text]
                if first and len(first) != 2:
                    raise CircuitError(f"'{part.name}' begins from two voltages", hint="write ic=VBE,VCE")
                fixed = [f"temp={self._value(given[key], known)}" for key in ("temp",) if key in given]
                words = (head, model, *(self._value(text, known) for text in area), *fixed)
                return " ".join(words) + self.begun(*first)
            case "F" | "H":
                return f"{head} {part.words[0]} {self._value(part.words[1], known)}"
            case _:
                start = f" ic={self._value(given['ic'], known)}" if "ic" in given else ""
                if {"tc1", "tc2"} & given.keys():  # whether it is noisy is no matter of a run in time
                    keys = ("tc1", "tc2") if "tc2" in given else ("tc1",)
                    start = f" tc={','.join(self._value(given.get(key, '0'), known) for key in keys)}"
                return f"{head} {self._value(part.words[0], known)}{start}"

    def _element(self, element: Element, bench: Testbench, files: dict[str, str]) -> list[str]:
        match element:
            case Resistor(name, nodes, ohms):
                return [f"R{name} {' '.join(nodes)} {spice_number(ohms)}"]
            case Capacitor(name, nodes, farads, volts):
                return [f"C{name} {' '.join(nodes)} {spice_number(farads)} ic={spice_number(volts)}"]
            case Battery(name, nodes, volts):
                return [f"V{name} {' '.join(nodes)} {spice_number(volts)}"]
            case CurrentSource(name, nodes, amperes):
                return [f"I{name} {' '.join(nodes)} {spice_number(amperes)}"]
            case Instance(name, nodes, cell, parameters):
                given = {key: spice_number(value) for key, value in parameters}
                return [f"X{name} {' '.join(nodes)} {cell}{self.handed(given)}"]
            case Drive():
                return self._drive(element, bench, files)
            case NoiseDrive():
                name, files[name] = noise_file(element, bench)
                return [
                    f"{'I' if element.current else 'V'}{element.name} {' '.join(element.nodes)} {self.table_from(name)}"
                ]

    def _drive(self, element: Drive, bench: Testbench, files: dict[str, str]) -> list[str]:
        head = f"{element.name} {' '.join(element.nodes)} "
        match source := played(element, bench):
            case SineSource():
                return self._sines(head, element, source)
            case PeriodicSource(times, values, _):
                return _continued(f"V{head}", self.table(_rows(element, times, values), repeated=True))
            case TableSource(times, values, _) if len(times) <= MOST_BREAKPOINTS:
                return _continued(f"V{head}", self.table(_rows(element, times, values), repeated=False))
            case TableSource():
                name, text = table_file(element, source)
                files[name] = text
                return [f"V{head}{self.table_from(name)}"]

    def _sines(self, head: str, element: Drive, source: SineSource) -> list[str]:
        offset = spice_number(source.offset * element.volts_per_unit)
        waves = [
            (spice_number(a * element.volts_per_unit), spice_number(f / element.unit), p)
            for a, f, p in zip(source.amplitudes, source.frequencies, source.phases, strict=True)
        ]
        if not waves:
            return [f"V{head}{offset}"]
        if len(waves) == 1:
            volts, hertz, phase = waves[0]
            return [f"V{head}{self.sine}({offset} {volts} {hertz} 0 0 {spice_number(math.degrees(phase))})"]
        terms = [f"+{a}*sin(2*pi*{f}*time+{spice_number(p)})".replace("+-", "-") for a, f, p in waves]
        first, *rest = self.behavioural("V", "\n".join((offset, *terms))).split("\n")
        return _continued(f"B{head}", [first, *rest])


def save_lines(first: str, probes: tuple[str, ...]) -> Iterator[str]:
    """The voltages to keep, in lines of bounded width that each begin alike."""
    line = first
    for probe in sorted(probes):
        if len(line) + len(probe) > WIDTH:
            yield line
            line = first
        line += f" V({probe})"
    yield line


def _rows(element: Drive, times: Array, values: Array) -> list[str]:
    return list(folded([f"{a} {b}" for a, b in pairs_of(times, values, element)]))


def _continued(head: str, lines: list[str]) -> list[str]:
    return [head + lines[0], *(f"+ {line}" for line in lines[1:])]
