"""A maker's subcircuit as one flat list of ngspice's lines: all instances resolved, part after part."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from vle_analog.circuit.vendor import electrical_sources, passives, semiconductors
from vle_analog.circuit.vendor.definitions import Definition, assignments, instance, words
from vle_analog.circuit.vendor.scope import Scope
from vle_analog.circuit.vendor.source import Statement
from vle_analog.circuit.vendor.writer import GROUNDS, Flat, Writer
from vle_analog.errors import CircuitError

#: depth of instances within instances, at most
_DEEPEST = 24
_CURRENT = re.compile(r"\bi\s*\(\s*([^()\s]+)\s*\)")


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
    writer = Writer(Flat(definition.name, definition.ports), {*nodes.values(), *reserved, *GROUNDS}, set(parts))
    ports = {port.lower(): nodes[port] for port in definition.ports}
    _place(writer, Scope(definition, (), root, {}, ports))
    return writer.found


def _place(writer: Writer, scope: Scope) -> None:
    """Write all parts of a definition where it is placed."""
    if scope.definition.wrong is not None:
        raise scope.definition.wrong
    named = {part.first: part for part in scope.definition.parts}
    for asked in {match for part in scope.definition.parts for match in _CURRENT.findall(part.text.lower())}:
        if asked in named:  # its current: it keeps the name that it is asked for by
            writer.asked.add(writer.name(scope, asked, writer.letter(named[asked])))
    for statement in scope.definition.parts:
        letter = statement.first[0]
        if letter not in _LETTERS:
            raise statement.refused(f"parts of kind '{letter.upper()}' are not translated")
        least = 2 if letter == "x" else 3
        if len(words(statement.text)) < least or not words(assignments(statement.text)[0]):
            raise statement.refused(f"'{statement.text}' has too few words", "write a name, nodes and a value")
        try:
            _LETTERS[letter](writer, statement, scope)
        except CircuitError as error:
            raise error if error.where else error.located(statement.place) from None


def _instance(writer: Writer, at: Statement, scope: Scope) -> None:
    """Write all parts of a subcircuit where an instance of it stands."""
    nodes, cell, given = instance(at)
    definition = scope.definition.definition(cell)
    if definition is None:
        raise at.refused(f"there is no subcircuit '{cell}'", "put the file that defines it beside it, and include it")
    if len(scope.path) >= _DEEPEST:
        raise at.refused(f"'{cell}' contains itself")
    if len(nodes) != len(definition.ports):
        raise at.refused(f"'{at.text.split()[0]}' has {len(nodes)} nodes, '{cell}' {len(definition.ports)} ports")
    if strange := set(given) - set(definition.defaults) - {name for name, _, _ in definition.parameters}:
        raise at.refused(f"'{cell}' has no parameter '{min(strange)}'")
    outer: Scope | None = scope
    while outer is not None and outer.definition is not definition.outer:
        outer = outer.outer
    _place(
        writer,
        Scope(
            definition,
            (*scope.path, at.first),
            outer,
            {name: scope.tree(text, at) for name, text in given.items()},
            {port.lower(): writer.node(scope, node) for port, node in zip(definition.ports, nodes, strict=True)},
        ),
    )


#: what writes parts, by their letter
_LETTERS: Mapping[str, Callable[[Writer, Statement, Scope], None]] = {
    "r": passives.resistor,
    "c": partial(passives.reactance, letter="c"),
    "l": partial(passives.reactance, letter="l"),
    "v": electrical_sources.source,
    "i": electrical_sources.source,
    "e": electrical_sources.controlled,
    "g": electrical_sources.controlled,
    "f": electrical_sources.by_current,
    "h": electrical_sources.by_current,
    "b": electrical_sources.behavioural,
    "d": semiconductors.semiconductor,
    "q": semiconductors.semiconductor,
    "j": semiconductors.semiconductor,
    "m": semiconductors.semiconductor,
    "s": semiconductors.switch,
    "w": semiconductors.switch,
    "x": _instance,
}
