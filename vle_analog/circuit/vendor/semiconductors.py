"""A maker's semiconductors with their models, and its switches."""

from __future__ import annotations

import math

from vle_analog.circuit.vendor import models
from vle_analog.circuit.vendor.definitions import Model, assignments, words
from vle_analog.circuit.vendor.expression import (
    Current,
    Number,
    Tree,
    Voltage,
    called,
)
from vle_analog.circuit.vendor.scope import Scope
from vle_analog.circuit.vendor.source import Statement
from vle_analog.circuit.vendor.writer import Writer, plain


def semiconductor(writer: Writer, at: Statement, scope: Scope) -> None:
    """Write a diode or a transistor, and its model where it is the first of it."""
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
    nodes = [writer.node(scope, each) for each in pieces[1:place]]
    if letter == "q" and len(nodes) == 4:
        nodes = nodes[:3] + ([] if nodes[3] == "0" else [nodes[3]])
    words_behind = [repr(writer.value(each, at, scope)) for each in pieces[place + 1 :] if each.lower() != "off"]
    allowed = {"area"} if letter != "m" else {"l", "w", "ad", "as", "pd", "ps", "nrd", "nrs", "m"}
    if letter == "d":
        allowed = {"area", "m"}
    if strange := set(given) - allowed - {"temp"}:
        raise at.refused(f"'{min(strange)}=' of '{pieces[0]}' is not translated")
    settings = [f"{key}={writer.value(given[key], at, scope)!r}" for key in sorted(allowed & set(given))]
    writer.add(writer.name(scope, pieces[0]), *nodes, _model(writer, model, scope), *words_behind, *settings)


def _model(writer: Writer, model: Model, scope: Scope) -> str:
    """A model's name in the flat circuit; it is written where it is first used."""
    home = writer.home(scope, model)
    given, left = models.translated(model, models.values(model, home))
    text = " ".join(f"{name}={value!r}" for name, value in given.items())
    key = (id(model.at), text)
    if key not in writer.models:
        name = writer.new(writer.used, plain(f"model_{model.name}"))
        writer.models[key] = name
        writer.add(".model", name, f"{models.KINDS[model.kind]}({text})")
        writer.left.extend(f"{model.at.place}: '{each}' of model '{model.name}'" for each in left)
    return writer.models[key]


def switch(writer: Writer, at: Statement, scope: Scope) -> None:
    """A switch as the conductance that changes smoothly in between, as PSpice's does."""
    pieces = words(at.text)
    by_voltage = at.first[0] == "s"
    if len(pieces) < (6 if by_voltage else 5):
        raise at.refused("a switch has two nodes, its control and a model")
    model = scope.definition.model(pieces[5 if by_voltage else 4])
    if model is None:
        raise at.refused(f"there is no model '{pieces[5 if by_voltage else 4]}' for '{pieces[0]}'")
    first, second = (writer.node(scope, each) for each in pieces[1:3])
    if by_voltage:
        control: Tree = Voltage((writer.node(scope, pieces[3]), writer.node(scope, pieces[4])))
    else:
        control = writer.current(Current(pieces[3].lower()), at, scope)
    its = models.switch(model, models.values(model, writer.home(scope, model)))
    law = called("*", Voltage((first, second)), _conductance(control, its))
    writer.behave(writer.name(scope, pieces[0], "b"), first, second, "I", law)


def _conductance(control: Tree, its: models.Switch) -> Tree:
    """One over the resistance of a switch: its logarithm goes by a cubic between its ends (PSpice's device S)."""
    middle, wide = (its.on + its.off) / 2, its.on - its.off
    mean, ratio = math.log(its.ohms_on * its.ohms_off) / 2, math.log(its.ohms_on / its.ohms_off)
    x = called("limit", called("/", called("-", control, Number(middle)), Number(wide)), Number(-0.5), Number(0.5))
    bent = called("-", called("*", Number(1.5), x), called("*", Number(2.0), called("**", x, Number(3.0))))
    return called("exp", called("neg", called("+", Number(mean), called("*", Number(ratio), bent))))
