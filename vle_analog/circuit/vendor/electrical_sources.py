"""A maker's sources, rewritten as ngspice's: constant, controlled, by a table, by a polynomial or by an expression."""

from __future__ import annotations

import re
from itertools import combinations_with_replacement

from vle_analog.circuit.vendor.definitions import assignments, words
from vle_analog.circuit.vendor.expression import (
    Call,
    Current,
    Number,
    Tree,
    Voltage,
    called,
    constant,
    warm,
)
from vle_analog.circuit.vendor.scope import Scope
from vle_analog.circuit.vendor.source import Statement
from vle_analog.circuit.vendor.writer import Writer

#: word behind a source's value that an operating point and a transient do without, as all behind it
_SMALL_SIGNAL = "ac"
_WAVEFORM = re.compile(r"(sin|sine|pulse|pwl|exp|sffm|am|tbl|table|noise|step)\b\s*\(?", re.IGNORECASE)


def source(writer: Writer, at: Statement, scope: Scope) -> None:
    """Write a source of voltage or current that nothing controls but an expression."""
    before, given = assignments(at.text)
    pieces = words(before)
    if len(pieces) < 3:
        raise at.refused("a source has two nodes and a value")
    name = writer.name(scope, pieces[0])
    first, second = (writer.node(scope, each) for each in pieces[1:3])
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
    law = writer.tree(text, at, scope)
    if constant(law) is not None and not warm(law):
        writer.add(name, first, second, repr(constant(law)))
    elif at.first[0] == "i":
        writer.behave(f"b{name}", first, second, "I", law)
    else:  # a source of 0 V in series stays, whose current may be asked for
        middle = writer.new(writer.taken, f"{name}_s")
        writer.add(name, first, middle, "0")
        writer.behave(f"b{name}", middle, second, "V", law)


def controlled(writer: Writer, at: Statement, scope: Scope) -> None:
    """E and G: by nodes, POLY, VALUE or TABLE."""
    pieces = words(at.text)
    if len(pieces) < 4:
        raise at.refused(f"'{pieces[0]}' has too few words")
    letter, quantity = at.first[0], "V" if at.first[0] == "e" else "I"
    first, second = (writer.node(scope, each) for each in pieces[1:3])
    rest = at.text[_end_of(at.text, 3) :].strip()
    form = re.match(r"(value|table|poly|laplace|freq|chebyshev|vol|cur)?\b", rest, re.IGNORECASE)
    kind = (form[1] or "").lower() if form else ""
    if kind in ("laplace", "freq", "chebyshev") or re.search(r"\blaplace\s*=", rest, re.IGNORECASE):
        raise at.refused(f"sources by {(kind or 'laplace').upper()} are not translated")
    if kind in ("value", "vol", "cur"):
        law = writer.tree(rest[len(kind) :].lstrip(" ="), at, scope)
    elif kind == "table" and not re.match(r"table\s*\(\s*[^,()]+,", rest, re.IGNORECASE):
        law = _table(writer, rest[len("table") :], at, scope)
    elif kind == "poly":
        law = _polynomial(writer, rest, at, scope, by_current=False)
    else:
        _linear(writer, letter, rest, at, scope)
        return
    writer.behave(writer.name(scope, pieces[0], "b"), first, second, quantity, law)


def _linear(writer: Writer, letter: str, rest: str, at: Statement, scope: Scope) -> None:
    """A source with two controlling nodes and a gain, or LTspice's table behind them."""
    before, given = assignments(rest)
    pieces = words(before)
    if pieces and pieces[0].startswith("("):
        pieces = [*words(pieces[0].strip("()")), *pieces[1:]]
    name = at.text.split()[0]
    first, second = (writer.node(scope, each) for each in words(at.text)[1:3])
    if "table" in given and len(pieces) == 2 and len(given) == 1:
        x = Voltage(tuple(writer.node(scope, each) for each in pieces))
        points = [writer.tree(each, at, scope) for each in given["table"].strip("()").split(",")]
        law = called("table", x, *points)
        writer.behave(writer.name(scope, name, "b"), first, second, "V" if letter == "e" else "I", law)
        return
    if given or len(pieces) != 3:
        raise at.refused(f"'{rest}' of source '{name}' is not understood")
    gain = writer.tree(pieces[2], at, scope)
    plus, minus = (writer.node(scope, each) for each in pieces[:2])
    if (fixed := constant(gain)) is None or warm(gain):
        law = called("*", Voltage((plus, minus)), gain)
        writer.behave(writer.name(scope, name, "b"), first, second, "V" if letter == "e" else "I", law)
        return
    writer.add(writer.name(scope, name), first, second, plus, minus, repr(fixed))


def _table(writer: Writer, rest: str, at: Statement, scope: Scope) -> Tree:
    """``{x} = (x1,y1) (x2,y2) ...``."""
    rest = rest.strip()
    end = _closing(rest) if rest[:1] in ("{", "(") else -1
    if end < 0:
        raise at.refused("a TABLE has an expression in braces and points behind it")
    x = writer.tree(rest[: end + 1], at, scope)
    text = rest[end + 1 :].strip().removeprefix("=").strip()
    numbers = [each for each in re.split(r"[\s,()]+", text) if each]
    if len(numbers) < 2 or len(numbers) % 2:
        raise at.refused("the points of a TABLE are pairs of numbers")
    return called("table", x, *(Number(scope.value(each, at)) for each in numbers))


def _polynomial(writer: Writer, rest: str, at: Statement, scope: Scope, by_current: bool) -> Tree:
    """``POLY(n) controls coefficients``, in SPICE2's order of powers."""
    match = re.match(r"poly\s*\(?\s*(\d+)\s*\)?\s*(.*)", rest, re.IGNORECASE)
    if match is None or not 0 < (dimensions := int(match[1])) <= 64:
        raise at.refused(f"'{rest[:40]}' is not 'POLY(n) ...'")
    pieces = words(match[2])
    controls: list[Tree] = []
    for _ in range(dimensions):
        if by_current:
            controls.append(writer.current(Current(_first(pieces, at).lower()), at, scope))
        elif pieces and pieces[0].startswith("("):
            nodes = [each for each in re.split(r"[\s,]+", pieces.pop(0).strip("()")) if each]
            controls.append(Voltage(tuple(writer.node(scope, each) for each in nodes)))
        else:
            controls.append(Voltage((writer.node(scope, _first(pieces, at)), writer.node(scope, _first(pieces, at)))))
    pieces = [each for piece in pieces for each in (words(piece[1:-1]) if piece.startswith("(") else [piece])]
    coefficients = [scope.value(each, at) for each in pieces]
    if dimensions == 1 and len(coefficients) == 1:
        coefficients = [0.0, *coefficients]
    return _sum(controls, coefficients, at)


def by_current(writer: Writer, at: Statement, scope: Scope) -> None:
    """F and H."""
    pieces = words(at.text)
    first, second = (writer.node(scope, each) for each in pieces[1:3])
    quantity = "I" if at.first[0] == "f" else "V"
    rest = at.text[_end_of(at.text, 3) :].strip()
    if rest.lower().startswith("poly"):
        law = _polynomial(writer, rest, at, scope, by_current=True)
    else:
        behind = words(rest)
        if len(behind) != 2:
            raise at.refused(f"'{pieces[0]}' has two nodes, a source's name and a gain")
        law = called("*", writer.current(Current(behind[0].lower()), at, scope), writer.tree(behind[1], at, scope))
        match law:
            case Call("*", (Current(part), Number(gain))) if part.startswith("v"):
                writer.add(writer.name(scope, pieces[0]), first, second, part, repr(gain))
                return
    writer.behave(writer.name(scope, pieces[0], "b"), first, second, quantity, law)


def behavioural(writer: Writer, at: Statement, scope: Scope) -> None:
    """Write a source ``V=expression`` or ``I=expression``."""
    before, given = assignments(at.text)
    pieces = words(before)
    quantities = [key for key in ("v", "i") if key in given]
    if len(pieces) != 3 or len(quantities) != 1 or len(given) != 1:
        raise at.refused(f"'{pieces[0]}' is not a source 'V=expression' or 'I=expression'")
    first, second = (writer.node(scope, each) for each in pieces[1:3])
    law = writer.tree(given[quantities[0]], at, scope)
    writer.behave(writer.name(scope, pieces[0]), first, second, quantities[0].upper(), law)


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
