"""A maker's subcircuit as one flat list of ngspice's lines: instances resolved, parameters numbers, sources rewritten.

All that ngspice gets to read is written here, from trees and numbers: no text of the file but letters, digits and
underscores of its names.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations_with_replacement

from vle_analog.circuit.vendor import models
from vle_analog.circuit.vendor.definitions import Definition, Model, assignments, instance, words
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

#: depth of instances within instances, parts, and letters of an expression, at most
_DEEPEST, _MOST, _LONGEST = 24, 20_000, 100_000
_GROUNDS = ("0", "gnd")
#: parts that have a current that a source can name
_CARRYING = "velhb"
#: words behind a source's value that an operating point and a transient do without
_SMALL_SIGNAL = "ac"
_QUIET_CELSIUS = -273.0
_WAVEFORM = re.compile(r"(sin|sine|pulse|pwl|exp|sffm|am|tbl|table|noise|step)\b\s*\(?", re.IGNORECASE)
_CURRENT = re.compile(r"\bi\s*\(\s*([^()\s]+)\s*\)")


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


def flat(
    definition: Definition,
    root: Scope,
    nodes: Mapping[str, str],
    reserved: Iterable[str] = (),
    parts: Iterable[str] = (),
) -> Flat:
    """A subcircuit without instances.

    Args:
        definition: the maker's subcircuit.
        root: the file's scope.
        nodes: what each of its ports is called, by the maker's name.
        reserved: names that no other node may have.
        parts: names that no part may have.

    Raises:
        CircuitError: what cannot be translated, by its line.
    """
    writer = _Writer(Flat(definition.name, definition.ports), {*nodes.values(), *reserved, *_GROUNDS}, set(parts))
    ports = {port.lower(): nodes[port] for port in definition.ports}
    writer.place(Scope(definition, (), root, {}, ports))
    return writer.found


class _Writer:
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
        self.letters: dict[str, Callable[[Statement, Scope], None]] = {
            "r": self._resistor,
            "c": partial(self._reactance, "c"),
            "l": partial(self._reactance, "l"),
            "v": self._source,
            "i": self._source,
            "e": self._controlled,
            "g": self._controlled,
            "f": self._by_current,
            "h": self._by_current,
            "b": self._behavioural,
            "d": self._semiconductor,
            "q": self._semiconductor,
            "j": self._semiconductor,
            "m": self._semiconductor,
            "s": self._switch,
            "w": self._switch,
            "x": self._instance,
        }

    def place(self, scope: Scope) -> None:
        """Write all parts of a definition where it is placed."""
        if scope.definition.wrong is not None:
            raise scope.definition.wrong
        named = {part.first: part for part in scope.definition.parts}
        for asked in {match for part in scope.definition.parts for match in _CURRENT.findall(part.text.lower())}:
            if asked in named:  # its current: it keeps the name that it is asked for by
                self.asked.add(self.name(scope, asked, self._letter(named[asked])))
        for statement in scope.definition.parts:
            letter = statement.first[0]
            if letter not in self.letters:
                raise statement.refused(f"parts of kind '{letter.upper()}' are not translated")
            least = 2 if letter == "x" else 3
            if len(words(statement.text)) < least or not words(assignments(statement.text)[0]):
                raise statement.refused(f"'{statement.text}' has too few words", "write a name, nodes and a value")
            try:
                self.letters[letter](statement, scope)
            except CircuitError as error:
                raise error if error.where else error.located(statement.place) from None

    # --- names ---

    def node(self, scope: Scope, name: str) -> str:
        """A node as the flat circuit calls it."""
        low = name.strip().strip("[]").lower()
        if low in scope.nodes:
            return scope.nodes[low]
        if low in _GROUNDS:
            return "0"
        key = (scope.path, low)
        if key not in self.nodes:
            self.nodes[key] = self._new(self.taken, _plain("_".join((*scope.path, low))))
        return self.nodes[key]

    def name(self, scope: Scope, local: str, letter: str = "") -> str:
        """A part as the flat circuit calls it; with another letter in front where it is another kind there."""
        key = (scope.path, local.lower())
        if key not in self.names:
            text = _plain("_".join((*scope.path, local.lower())))
            own = letter or local[0].lower()
            whole = text if not scope.path and not letter else own + text
            self.names[key] = self._new(self.used, whole)
        return self.names[key]

    def _new(self, used: set[str], stem: str) -> str:
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

    # --- expressions ---

    def tree(self, text: str, at: Statement, scope: Scope) -> Tree:
        """An expression with the flat circuit's nodes."""
        return mapped(
            scope.tree(text, at),
            lambda voltage: Voltage(tuple(self.node(scope, each) for each in voltage.nodes)),
            lambda current: self._current(current, at, scope),
        )

    def _current(self, current: Current, at: Statement, scope: Scope) -> Tree:
        part = next((each for each in scope.definition.parts if each.first == current.part), None)
        if part is None:
            raise at.refused(f"there is no part '{current.part}' whose current could be asked for")
        if part.first[0] in _CARRYING:
            name = self.name(scope, current.part, self._letter(part))
            self.asked.add(name)
            return Current(name)
        if part.first[0] == "r":
            pieces, given = words(assignments(part.text)[0]), assignments(part.text)[1]
            ohms = self._ohms(pieces, given, part, scope)
            return called("/", Voltage((self.node(scope, pieces[1]), self.node(scope, pieces[2]))), ohms)
        raise at.refused(f"the current of '{current.part}' is not at hand", "put a source of 0 V in series")

    def _letter(self, part: Statement) -> str:
        """The letter that a part has in the flat circuit, where it is another one."""
        letter = part.first[0]
        if letter in "eg" and not _is_linear(part):
            return "b"
        return "b" if letter in "fh" and "poly" in part.text.lower() else ""

    def value(self, text: str, at: Statement, scope: Scope) -> float:
        """A number; what depends on temperature is taken at 27 degrees, and said."""
        if scope.is_warm(text, at):
            self._cooled(at)
        return scope.value(text, at)

    def _cooled(self, at: Statement) -> None:
        """Say that a value does not go with temperature."""
        self.left.append(f"{at.place}: what a value does with temperature, it is that of 27 degrees C")

    @property
    def left(self) -> list[str]:
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

    # --- parts ---

    def _resistor(self, at: Statement, scope: Scope) -> None:
        before, given = assignments(at.text)
        pieces = words(before)
        quiet = any(each.lower() in ("noiseless", "noisy=0") for each in pieces[3:])
        pieces = [each for each in pieces if each.lower() != "noiseless"]
        if len(pieces) < 3:
            raise at.refused("a resistor has two nodes and a value")
        first, second = (self.node(scope, each) for each in pieces[1:3])
        name = self.name(scope, pieces[0])
        ohms = self._ohms(pieces, given, at, scope)
        quiet = quiet or any(scope.value(given[key], at) == 0 for key in ("noisy", "noise") if key in given)
        model = scope.definition.model(pieces[3]) if len(pieces) > 3 else None
        if model is not None:
            of = models.values(models.merged(model, scope.definition), self._home(scope, model))
            quiet = quiet or of.get("t_abs", 27.0) <= _QUIET_CELSIUS
        if (fixed := constant(ohms)) is None:
            law = called("/", Voltage((first, second)), ohms)
            self.behave(f"b{name}", first, second, "I", law)
            return
        if warm(ohms):
            self._cooled(at)
        if fixed == 0:
            self.add(f"v{name}", first, second, "0")
            return
        self.add(
            name, first, second, repr(fixed), *(["noisy=0"] if quiet else []), *self._warming(given, model, at, scope)
        )

    def _warming(self, given: Mapping[str, str], model: Model | None, at: Statement, scope: Scope) -> list[str]:
        """A resistor's temperature coefficients."""
        of = {} if model is None else models.values(models.merged(model, scope.definition), self._home(scope, model))
        found = [of.get("tc1", 0.0), of.get("tc2", 0.0)]
        if of.get("t_abs", 27.0) <= _QUIET_CELSIUS:
            found = [0.0, 0.0]  # it is at its own temperature, whatever the circuit's
        if "tc" in given:
            for place, text in enumerate(given["tc"].replace("(", "").replace(")", "").split(",")[:2]):
                found[place] = scope.value(text, at)
        for place, key in enumerate(("tc1", "tc2")):
            found[place] = scope.value(given[key], at) if key in given else found[place]
        return [f"{key}={value!r}" for key, value in zip(("tc1", "tc2"), found, strict=True) if value]

    def _ohms(self, pieces: list[str], given: Mapping[str, str], at: Statement, scope: Scope) -> Tree:
        known = {"r", "value", "tc", "tc1", "tc2", "noisy", "noise", "temp", "tol", "pwr"}
        if strange := set(given) - known:
            raise at.refused(f"'{min(strange)}=' of a resistor is not translated")
        text = given.get("r", given.get("value"))
        rest = pieces[3:]
        factor = 1.0
        if rest and (model := scope.definition.model(rest[0])) is not None:
            factor = models.values(models.merged(model, scope.definition), self._home(scope, model)).get("r", 1.0)
            rest = rest[1:]
        if text is None:
            if not rest:
                raise at.refused("the resistor has no value")
            text = rest.pop(0)
        if rest and not all(each.lower().startswith(("tc", "noisy")) for each in rest):
            raise at.refused(f"'{rest[0]}' behind a resistor's value is not understood")
        return called("*", self.tree(text, at, scope), Number(factor)) if factor != 1 else self.tree(text, at, scope)

    def _reactance(self, letter: str, at: Statement, scope: Scope) -> None:
        before, given = assignments(at.text)
        pieces = words(before)
        if strange := set(given) - {letter, "value", "ic", "tol", "temp"}:
            raise at.refused(f"'{min(strange)}=' of '{pieces[0]}' is not translated")
        rest, factor = pieces[3:], 1.0
        if rest and (model := scope.definition.model(rest[0])) is not None:
            of = models.values(models.merged(model, scope.definition), self._home(scope, model))
            if strange := {name for name, value in of.items() if value and name not in (letter, "tc1", "tc2")}:
                raise model.at.refused(f"'{min(strange)}' of such a model is not translated")
            factor, rest = of.get(letter, 1.0), rest[1:]
        text = given.get(letter, given.get("value", rest[0] if rest else None))
        if len(pieces) < 3 or text is None:
            raise at.refused(f"'{pieces[0]}' has two nodes and a value")
        first, second = (self.node(scope, each) for each in pieces[1:3])
        amount = factor * self.value(text, at, scope)
        name = self.name(scope, pieces[0])
        if letter == "l":
            self.add(name, first, second, repr(amount))
            return
        start = [f"ic={scope.value(given['ic'], at)!r}"] if "ic" in given else []
        if not start and amount:
            self.found.capacitors[name] = (first, second)
        self.add(name, first, second, repr(amount), *start)

    def _source(self, at: Statement, scope: Scope) -> None:
        before, given = assignments(at.text)
        pieces = words(before)
        if len(pieces) < 3:
            raise at.refused("a source has two nodes and a value")
        name = self.name(scope, pieces[0])
        first, second = (self.node(scope, each) for each in pieces[1:3])
        rest = pieces[3:]
        low = [each.lower() for each in rest]
        if _SMALL_SIGNAL in low:
            rest = rest[: low.index(_SMALL_SIGNAL)]
        if rest and rest[0].lower() == "dc":
            rest = rest[1:]
        text = given.pop("dc", None) or (rest.pop(0) if rest else "0")
        given.pop("ac", None)
        if _WAVEFORM.match(text):
            rest = [text]
        if rest or given:
            what = rest[0] if rest else f"{min(given)}="
            raise at.refused(f"'{what}' of source '{pieces[0]}' is not translated", "a part's own sources are constant")
        law = self.tree(text, at, scope)
        if constant(law) is not None and not warm(law):
            self.add(name, first, second, repr(constant(law)))
        elif at.first[0] == "i":
            self.behave(f"b{name}", first, second, "I", law)
        else:  # a source of 0 V in series stays, whose current may be asked for
            middle = self._new(self.taken, f"{name}_s")
            self.add(name, first, middle, "0")
            self.behave(f"b{name}", middle, second, "V", law)

    def _controlled(self, at: Statement, scope: Scope) -> None:
        """E and G: by nodes, POLY, VALUE or TABLE."""
        pieces = words(at.text)
        if len(pieces) < 4:
            raise at.refused(f"'{pieces[0]}' has too few words")
        letter, quantity = at.first[0], "V" if at.first[0] == "e" else "I"
        first, second = (self.node(scope, each) for each in pieces[1:3])
        rest = at.text[_end_of(at.text, 3) :].strip()
        form = re.match(r"(value|table|poly|laplace|freq|chebyshev|vol|cur)?\b", rest, re.IGNORECASE)
        kind = (form[1] or "").lower() if form else ""
        if kind in ("laplace", "freq", "chebyshev") or re.search(r"\blaplace\s*=", rest, re.IGNORECASE):
            raise at.refused(f"sources by {(kind or 'laplace').upper()} are not translated")
        if kind in ("value", "vol", "cur"):
            law = self.tree(rest[len(kind) :].lstrip(" ="), at, scope)
        elif kind == "table" and not re.match(r"table\s*\(\s*[^,()]+,", rest, re.IGNORECASE):
            law = self._table(rest[len("table") :], at, scope)
        elif kind == "poly":
            law = self._polynomial(rest, at, scope, by_current=False)
        else:
            self._linear(letter, rest, at, scope)
            return
        self.behave(self.name(scope, pieces[0], "b"), first, second, quantity, law)

    def _linear(self, letter: str, rest: str, at: Statement, scope: Scope) -> None:
        """A source with two controlling nodes and a gain, or LTspice's table behind them."""
        before, given = assignments(rest)
        pieces = words(before)
        if pieces and pieces[0].startswith("("):
            pieces = [*words(pieces[0].strip("()")), *pieces[1:]]
        name = at.text.split()[0]
        first, second = (self.node(scope, each) for each in words(at.text)[1:3])
        if "table" in given and len(pieces) == 2 and len(given) == 1:
            x = Voltage(tuple(self.node(scope, each) for each in pieces))
            points = [self.tree(each, at, scope) for each in given["table"].strip("()").split(",")]
            law = called("table", x, *points)
            self.behave(self.name(scope, name, "b"), first, second, "V" if letter == "e" else "I", law)
            return
        if given or len(pieces) != 3:
            raise at.refused(f"'{rest}' of source '{name}' is not understood")
        gain = self.tree(pieces[2], at, scope)
        plus, minus = (self.node(scope, each) for each in pieces[:2])
        if (fixed := constant(gain)) is None or warm(gain):
            law = called("*", Voltage((plus, minus)), gain)
            self.behave(self.name(scope, name, "b"), first, second, "V" if letter == "e" else "I", law)
            return
        self.add(self.name(scope, name), first, second, plus, minus, repr(fixed))

    def _table(self, rest: str, at: Statement, scope: Scope) -> Tree:
        """``{x} = (x1,y1) (x2,y2) ...``."""
        rest = rest.strip()
        end = _closing(rest) if rest[:1] in ("{", "(") else -1
        if end < 0:
            raise at.refused("a TABLE has an expression in braces and points behind it")
        x = self.tree(rest[: end + 1], at, scope)
        text = rest[end + 1 :].strip().removeprefix("=").strip()
        numbers = [each for each in re.split(r"[\s,()]+", text) if each]
        if len(numbers) < 2 or len(numbers) % 2:
            raise at.refused("the points of a TABLE are pairs of numbers")
        return called("table", x, *(Number(scope.value(each, at)) for each in numbers))

    def _polynomial(self, rest: str, at: Statement, scope: Scope, by_current: bool) -> Tree:
        """``POLY(n) controls coefficients``, in SPICE2's order of powers."""
        match = re.match(r"poly\s*\(?\s*(\d+)\s*\)?\s*(.*)", rest, re.IGNORECASE)
        if match is None or not 0 < (dimensions := int(match[1])) <= 64:
            raise at.refused(f"'{rest[:40]}' is not 'POLY(n) ...'")
        pieces = words(match[2])
        controls: list[Tree] = []
        for _ in range(dimensions):
            if by_current:
                controls.append(self._current(Current(_first(pieces, at).lower()), at, scope))
            elif pieces and pieces[0].startswith("("):
                nodes = [each for each in re.split(r"[\s,]+", pieces.pop(0).strip("()")) if each]
                controls.append(Voltage(tuple(self.node(scope, each) for each in nodes)))
            else:
                controls.append(Voltage((self.node(scope, _first(pieces, at)), self.node(scope, _first(pieces, at)))))
        pieces = [each for piece in pieces for each in (words(piece[1:-1]) if piece.startswith("(") else [piece])]
        coefficients = [scope.value(each, at) for each in pieces]
        if dimensions == 1 and len(coefficients) == 1:
            coefficients = [0.0, *coefficients]
        return _sum(controls, coefficients, at)

    def _by_current(self, at: Statement, scope: Scope) -> None:
        """F and H."""
        pieces = words(at.text)
        first, second = (self.node(scope, each) for each in pieces[1:3])
        quantity = "I" if at.first[0] == "f" else "V"
        rest = at.text[_end_of(at.text, 3) :].strip()
        if rest.lower().startswith("poly"):
            law = self._polynomial(rest, at, scope, by_current=True)
        else:
            behind = words(rest)
            if len(behind) != 2:
                raise at.refused(f"'{pieces[0]}' has two nodes, a source's name and a gain")
            law = called("*", self._current(Current(behind[0].lower()), at, scope), self.tree(behind[1], at, scope))
            match law:
                case Call("*", (Current(part), Number(gain))) if part.startswith("v"):
                    self.add(self.name(scope, pieces[0]), first, second, part, repr(gain))
                    return
        self.behave(self.name(scope, pieces[0], "b"), first, second, quantity, law)

    def _behavioural(self, at: Statement, scope: Scope) -> None:
        before, given = assignments(at.text)
        pieces = words(before)
        quantities = [key for key in ("v", "i") if key in given]
        if len(pieces) != 3 or len(quantities) != 1 or len(given) != 1:
            raise at.refused(f"'{pieces[0]}' is not a source 'V=expression' or 'I=expression'")
        first, second = (self.node(scope, each) for each in pieces[1:3])
        law = self.tree(given[quantities[0]], at, scope)
        self.behave(self.name(scope, pieces[0]), first, second, quantities[0].upper(), law)

    def _semiconductor(self, at: Statement, scope: Scope) -> None:
        before, given = assignments(at.text)
        pieces = words(before)
        letter = at.first[0]
        least, most = {"d": (2, 2), "q": (3, 4), "j": (3, 3), "m": (4, 4)}[letter]
        place = next(
            (k for k in range(least + 1, min(most + 2, len(pieces))) if scope.definition.model(pieces[k]) is not None),
            0,
        )
        if not place:
            named = pieces[least + 1] if len(pieces) > least + 1 else ""
            raise at.refused(f"there is no model '{named}' for '{pieces[0]}'")
        model = scope.definition.model(pieces[place])
        assert model is not None
        model = models.merged(model, scope.definition)
        if models.LETTERS.get(model.kind) != letter:
            raise at.refused(f"the model '{pieces[place]}' of kind '{model.kind}' is not for '{pieces[0]}'")
        nodes = [self.node(scope, each) for each in pieces[1:place]]
        if letter == "q" and len(nodes) == 4:
            nodes = nodes[:3] + ([] if nodes[3] == "0" else [nodes[3]])
        words_behind = [repr(self.value(each, at, scope)) for each in pieces[place + 1 :] if each.lower() != "off"]
        allowed = {"area"} if letter != "m" else {"l", "w", "ad", "as", "pd", "ps", "nrd", "nrs", "m"}
        if letter == "d":
            allowed = {"area", "m"}
        if strange := set(given) - allowed - {"temp"}:
            raise at.refused(f"'{min(strange)}=' of '{pieces[0]}' is not translated")
        settings = [f"{key}={self.value(given[key], at, scope)!r}" for key in sorted(allowed & set(given))]
        self.add(self.name(scope, pieces[0]), *nodes, self._model(model, scope), *words_behind, *settings)

    def _model(self, model: Model, scope: Scope) -> str:
        """A model's name in the flat circuit; it is written where it is first used."""
        home = self._home(scope, model)
        given, left = models.translated(model, models.values(model, home))
        text = " ".join(f"{name}={value!r}" for name, value in given.items())
        key = (id(model.at), text)
        if key not in self.models:
            name = self._new(self.used, _plain(f"model_{model.name}"))
            self.models[key] = name
            self.add(".model", name, f"{models.KINDS[model.kind]}({text})")
            self.left.extend(f"{model.at.place}: '{each}' of model '{model.name}'" for each in left)
        return self.models[key]

    def _home(self, scope: Scope, model: Model) -> Scope:
        """The placing of the definition that a model stands in."""
        here: Scope | None = scope
        while here is not None:
            if model.name in here.definition.models:
                return here
            here = here.outer
        return scope

    def _switch(self, at: Statement, scope: Scope) -> None:
        """A switch as the conductance that changes smoothly in between, as PSpice's does."""
        pieces = words(at.text)
        by_voltage = at.first[0] == "s"
        if len(pieces) < (6 if by_voltage else 5):
            raise at.refused("a switch has two nodes, its control and a model")
        model = scope.definition.model(pieces[5 if by_voltage else 4])
        if model is None:
            raise at.refused(f"there is no model '{pieces[5 if by_voltage else 4]}' for '{pieces[0]}'")
        first, second = (self.node(scope, each) for each in pieces[1:3])
        if by_voltage:
            control: Tree = Voltage((self.node(scope, pieces[3]), self.node(scope, pieces[4])))
        else:
            control = self._current(Current(pieces[3].lower()), at, scope)
        its = models.switch(model, models.values(model, self._home(scope, model)))
        law = called("*", Voltage((first, second)), _conductance(control, its))
        self.behave(self.name(scope, pieces[0], "b"), first, second, "I", law)

    def _instance(self, at: Statement, scope: Scope) -> None:
        nodes, cell, given = instance(at)
        definition = scope.definition.definition(cell)
        if definition is None:
            raise at.refused(
                f"there is no subcircuit '{cell}'", "put the file that defines it beside it, and include it"
            )
        if len(scope.path) >= _DEEPEST:
            raise at.refused(f"'{cell}' contains itself")
        if len(nodes) != len(definition.ports):
            raise at.refused(f"'{at.text.split()[0]}' has {len(nodes)} nodes, '{cell}' {len(definition.ports)} ports")
        if strange := set(given) - set(definition.defaults) - {name for name, _, _ in definition.parameters}:
            raise at.refused(f"'{cell}' has no parameter '{min(strange)}'")
        outer: Scope | None = scope
        while outer is not None and outer.definition is not definition.outer:
            outer = outer.outer
        self.place(
            Scope(
                definition,
                (*scope.path, at.first),
                outer,
                {name: scope.tree(text, at) for name, text in given.items()},
                {port.lower(): self.node(scope, node) for port, node in zip(definition.ports, nodes, strict=True)},
            )
        )


def _is_linear(part: Statement) -> bool:
    """Whether a controlled source has two controlling nodes and a plain gain."""
    return not re.search(r"\b(value|table|poly|vol|cur)\b", part.text.partition(" ")[2], re.IGNORECASE)


def _conductance(control: Tree, its: models.Switch) -> Tree:
    """One over the resistance of a switch: its logarithm goes by a cubic between its ends (PSpice's device S)."""
    middle, wide = (its.on + its.off) / 2, its.on - its.off
    mean, ratio = math.log(its.ohms_on * its.ohms_off) / 2, math.log(its.ohms_on / its.ohms_off)
    x = called("limit", called("/", called("-", control, Number(middle)), Number(wide)), Number(-0.5), Number(0.5))
    bent = called("-", called("*", Number(1.5), x), called("*", Number(2.0), called("**", x, Number(3.0))))
    return called("exp", called("neg", called("+", Number(mean), called("*", Number(ratio), bent))))


def _sum(controls: list[Tree], coefficients: list[float], at: Statement) -> Tree:
    """A polynomial of several variables in SPICE2's order: by degree, then by the variables' order."""
    total: Tree | None = None
    terms = ((degree, each) for degree in range(12) for each in combinations_with_replacement(controls, degree))
    for coefficient, (_, factors) in zip(coefficients, terms, strict=False):
        if not coefficient:
            continue
        term: Tree = Number(coefficient)
        for factor in factors:
            term = called("*", term, factor)
        total = term if total is None else called("+", total, term)
    if not coefficients:
        raise at.refused("the polynomial has no coefficients")
    return total or Number(0.0)


def _first(pieces: list[str], at: Statement) -> str:
    if not pieces:
        raise at.refused("a controlling node or source is missing")
    return pieces.pop(0)


def _plain(text: str) -> str:
    """A name of letters, digits and underscores."""
    return re.sub(r"[^a-z0-9_]", "_", text.lower())


def _end_of(text: str, count: int) -> int:
    """Place behind so many words of a text."""
    at = 0
    for _ in range(count):
        match = re.compile(r"[\s,]*[^\s,]+").match(text, at)
        at = match.end() if match else len(text)
    return at


def _closing(text: str) -> int:
    """Place of the bracket that closes the first one; -1 where none does."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign in "({") - (sign in ")}")
        if depth == 0:
            return place
    return -1
