"""What is written of a maker's subcircuit: lines, the names of nodes and parts in them, and expressions.

All that ngspice gets to read is written here, from trees and numbers: no text of the file but letters, digits and
underscores of its names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from vle_analog.circuit.vendor import models
from vle_analog.circuit.vendor.definitions import Model, assignments, words
from vle_analog.circuit.vendor.expression import (
    Call,
    Current,
    Number,
    Tree,
    Voltage,
    called,
    constant,
    mapped,
    warm,
    written,
)
from vle_analog.circuit.vendor.scope import Scope
from vle_analog.circuit.vendor.source import Statement
from vle_analog.errors import CircuitError

#: parts, and letters of an expression, at most
_MOST, _LONGEST = 20_000, 100_000
GROUNDS = ("0", "gnd")
#: parts that have a current that a source can name
_CARRYING = "velhb"


@dataclass
class Flat:
    """A subcircuit without instances.

    Attributes:
        name: the maker's.
        ports: the maker's names.
        lines: of parts and models.
        left: what was left out of it, each with its place.
        capacitors: names of the lines of capacitors without a voltage at time zero, and their nodes.
    """

    name: str
    ports: tuple[str, ...]
    lines: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    capacitors: dict[str, tuple[str, str]] = field(default_factory=dict)


class Writer:
    """Writes parts, one after the other.

    Args:
        found: where they go.
        taken: names of nodes that are in use.
        used: names of parts that are.
    """

    def __init__(self, found: Flat, taken: set[str], used: set[str]) -> None:
        self.found, self.taken, self.used = found, taken, used
        self.nodes: dict[tuple[tuple[str, ...], str], str] = {}
        self.names: dict[tuple[tuple[str, ...], str], str] = {}
        self.models: dict[tuple[int, str], str] = {}
        self.asked: set[str] = set()

    def node(self, scope: Scope, name: str) -> str:
        """A node as the flat circuit calls it."""
        low = name.strip().strip("[]").lower()
        if low in scope.nodes:
            return scope.nodes[low]
        if low in GROUNDS:
            return "0"
        key = (scope.path, low)
        if key not in self.nodes:
            self.nodes[key] = self.new(self.taken, plain("_".join((*scope.path, low))))
        return self.nodes[key]

    def name(self, scope: Scope, local: str, letter: str = "") -> str:
        """A part as the flat circuit calls it; with another letter in front where it is another kind there."""
        key = (scope.path, local.lower())
        if key not in self.names:
            text = plain("_".join((*scope.path, local.lower())))
            own = letter or local[0].lower()
            whole = text if not scope.path and not letter else own + text
            self.names[key] = self.new(self.used, whole)
        return self.names[key]

    def new(self, used: set[str], stem: str) -> str:
        """A name that is not in use, which then is."""
        name, number = stem, 1
        while name in used:
            number += 1
            name = f"{stem}_{number}"
        used.add(name)
        return name

    def add(self, *pieces: str) -> None:
        """Write a line."""
        self.found.lines.append(" ".join(pieces))
        if len(self.found.lines) > _MOST:
            raise CircuitError(f"the model has over {_MOST} parts")

    def tree(self, text: str, at: Statement, scope: Scope) -> Tree:
        """An expression with the flat circuit's nodes."""
        return mapped(
            scope.tree(text, at),
            lambda voltage: Voltage(tuple(self.node(scope, each) for each in voltage.nodes)),
            lambda current: self.current(current, at, scope),
        )

    def current(self, current: Current, at: Statement, scope: Scope) -> Tree:
        """A current with the flat circuit's name of the part that it is of; a resistor's by its voltage.

        Raises:
            CircuitError: a part that there is not, or whose current is not at hand.
        """
        part = next((each for each in scope.definition.parts if each.first == current.part), None)
        if part is None:
            raise at.refused(f"there is no part '{current.part}' whose current could be asked for")
        if part.first[0] in _CARRYING:
            name = self.name(scope, current.part, self.letter(part))
            self.asked.add(name)
            return Current(name)
        if part.first[0] == "r":
            pieces, given = words(assignments(part.text)[0]), assignments(part.text)[1]
            ohms = self.ohms(pieces, given, part, scope)
            return called("/", Voltage((self.node(scope, pieces[1]), self.node(scope, pieces[2]))), ohms)
        raise at.refused(f"the current of '{current.part}' is not at hand", "put a source of 0 V in series")

    def letter(self, part: Statement) -> str:
        """The letter that a part has in the flat circuit, where it is another one."""
        letter = part.first[0]
        if letter in "eg" and not _is_linear(part):
            return "b"
        return "b" if letter in "fh" and "poly" in part.text.lower() else ""

    def value(self, text: str, at: Statement, scope: Scope) -> float:
        """A number; what depends on temperature is taken at 27 degrees, and said."""
        if scope.is_warm(text, at):
            self.cooled(at)
        return scope.value(text, at)

    def cooled(self, at: Statement) -> None:
        """Say that a value does not go with temperature."""
        self.left.append(f"{at.place}: what a value does with temperature, it is that of 27 degrees C")

    @property
    def left(self) -> list[str]:
        """What was left out of the circuit, each with its place."""
        return self.found.left

    def behave(self, name: str, first: str, second: str, quantity: str, law: Tree) -> None:
        """Write a behavioural source."""
        if constant(law) is not None and not warm(law):
            self.add((("v" if quantity == "V" else "i") + name), first, second, repr(constant(law)))
            return
        match law:
            case Voltage(nodes):
                law = called("*", Number(1.0), law)
        match law:
            case Call("*", (Number(gain), Voltage(nodes)) | (Voltage(nodes), Number(gain))) if name not in self.asked:
                letter, behind = ("e" if quantity == "V" else "g"), (*nodes, "0")[:2]
                self.add(letter + name.removeprefix("b"), first, second, *behind, repr(gain))
                return
        text = written(law)
        if len(text) > _LONGEST:
            raise CircuitError(f"an expression has over {_LONGEST} letters")
        self.add(name, first, second, f"{quantity}={text}")

    def ohms(self, pieces: list[str], given: Mapping[str, str], at: Statement, scope: Scope) -> Tree:
        """A resistor's value.

        Raises:
            CircuitError: words behind it that are not understood, or no value.
        """
        known = {"r", "value", "tc", "tc1", "tc2", "noisy", "noise", "temp", "tol", "pwr"}
        if strange := set(given) - known:
            raise at.refused(f"'{min(strange)}=' of a resistor is not translated")
        text = given.get("r", given.get("value"))
        rest = pieces[3:]
        factor = 1.0
        if rest and (model := scope.definition.model(rest[0])) is not None:
            factor = models.values(models.merged(model, scope.definition), self.home(scope, model)).get("r", 1.0)
            rest = rest[1:]
        if text is None:
            if not rest:
                raise at.refused("the resistor has no value")
            text = rest.pop(0)
        if rest and not all(each.lower().startswith(("tc", "noisy")) for each in rest):
            raise at.refused(f"'{rest[0]}' behind a resistor's value is not understood")
        return called("*", self.tree(text, at, scope), Number(factor)) if factor != 1 else self.tree(text, at, scope)

    def home(self, scope: Scope, model: Model) -> Scope:
        """The placing of the definition that a model stands in."""
        here: Scope | None = scope
        while here is not None:
            if model.name in here.definition.models:
                return here
            here = here.outer
        return scope


def _is_linear(part: Statement) -> bool:
    """Whether a controlled source has two controlling nodes and a plain gain."""
    return not re.search(r"\b(value|table|poly|vol|cur)\b", part.text.partition(" ")[2], re.IGNORECASE)


def plain(text: str) -> str:
    """A name of letters, digits and underscores."""
    return re.sub(r"[^a-z0-9_]", "_", text.lower())
