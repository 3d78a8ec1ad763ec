"""A maker's resistors, capacitors and inductors, as ngspice has them."""

from __future__ import annotations

from collections.abc import Mapping

from vle_analog.circuit.vendor import models
from vle_analog.circuit.vendor.definitions import Model, assignments, words
from vle_analog.circuit.vendor.expression import (
    Voltage,
    called,
    constant,
    warm,
)
from vle_analog.circuit.vendor.scope import Scope
from vle_analog.circuit.vendor.source import Statement
from vle_analog.circuit.vendor.writer import Writer

#: of a resistor that is told to be so cold, which is to make no noise
_QUIET_CELSIUS = -273.0


def resistor(writer: Writer, at: Statement, scope: Scope) -> None:
    """Write a resistor; one whose value varies is a source of current."""
    before, given = assignments(at.text)
    pieces = words(before)
    quiet = any(each.lower() in ("noiseless", "noisy=0") for each in pieces[3:])
    pieces = [each for each in pieces if each.lower() != "noiseless"]
    if len(pieces) < 3:
        raise at.refused("a resistor has two nodes and a value")
    first, second = (writer.node(scope, each) for each in pieces[1:3])
    name = writer.name(scope, pieces[0])
    ohms = writer.ohms(pieces, given, at, scope)
    quiet = quiet or any(scope.value(given[key], at) == 0 for key in ("noisy", "noise") if key in given)
    model = scope.definition.model(pieces[3]) if len(pieces) > 3 else None
    if model is not None:
        of = models.values(models.merged(model, scope.definition), writer.home(scope, model))
        quiet = quiet or of.get("t_abs", 27.0) <= _QUIET_CELSIUS
    if (fixed := constant(ohms)) is None:
        law = called("/", Voltage((first, second)), ohms)
        writer.behave(f"b{name}", first, second, "I", law)
        return
    if warm(ohms):
        writer.cooled(at)
    if fixed == 0:
        writer.add(f"v{name}", first, second, "0")
        return
    writer.add(
        name, first, second, repr(fixed), *(["noisy=0"] if quiet else []), *_warming(writer, given, model, at, scope)
    )


def _warming(writer: Writer, given: Mapping[str, str], model: Model | None, at: Statement, scope: Scope) -> list[str]:
    """A resistor's temperature coefficients."""
    of = {} if model is None else models.values(models.merged(model, scope.definition), writer.home(scope, model))
    found = [of.get("tc1", 0.0), of.get("tc2", 0.0)]
    if of.get("t_abs", 27.0) <= _QUIET_CELSIUS:
        found = [0.0, 0.0]  # it is at its own temperature, whatever the circuit's
    if "tc" in given:
        for place, text in enumerate(given["tc"].replace("(", "").replace(")", "").split(",")[:2]):
            found[place] = scope.value(text, at)
    for place, key in enumerate(("tc1", "tc2")):
        found[place] = scope.value(given[key], at) if key in given else found[place]
    return [f"{key}={value!r}" for key, value in zip(("tc1", "tc2"), found, strict=True) if value]


def reactance(writer: Writer, at: Statement, scope: Scope, letter: str) -> None:
    """Write a capacitor or an inductor."""
    before, given = assignments(at.text)
    pieces = words(before)
    if strange := set(given) - {letter, "value", "ic", "tol", "temp"}:
        raise at.refused(f"'{min(strange)}=' of '{pieces[0]}' is not translated")
    rest, factor = pieces[3:], 1.0
    if rest and (model := scope.definition.model(rest[0])) is not None:
        of = models.values(models.merged(model, scope.definition), writer.home(scope, model))
        if strange := {name for name, value in of.items() if value and name not in (letter, "tc1", "tc2")}:
            raise model.at.refused(f"'{min(strange)}' of such a model is not translated")
        factor, rest = of.get(letter, 1.0), rest[1:]
    text = given.get(letter, given.get("value", rest[0] if rest else None))
    if len(pieces) < 3 or text is None:
        raise at.refused(f"'{pieces[0]}' has two nodes and a value")
    first, second = (writer.node(scope, each) for each in pieces[1:3])
    amount = factor * writer.value(text, at, scope)
    name = writer.name(scope, pieces[0])
    if letter == "l":
        writer.add(name, first, second, repr(amount))
        return
    start = [f"ic={scope.value(given['ic'], at)!r}"] if "ic" in given else []
    if not start and amount:
        writer.found.capacitors[name] = (first, second)
    writer.add(name, first, second, repr(amount), *start)
