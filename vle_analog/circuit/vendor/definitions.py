"""A maker's statements as definitions: subcircuits with their ports, parts, models, parameters and functions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from vle_analog.circuit.vendor.expression import Function, Tree, parse
from vle_analog.circuit.vendor.source import Statement, listed
from vle_analog.errors import CircuitError, nearest

#: commands of a simulator's run, which say nothing of the part
_IDLE = frozenset(
    listed(
        ".tran .ac .dc .op .noise .tf .four .fourier .print .plot .probe .save .meas .measure .step .temp "
        ".title .width .end .backanno .nodeset .ic .wave .net .sens .mc .wcase"
    )
)
_FUNC = re.compile(r"\.func\s+([a-z_]\w*)\s*\(([^)]*)\)\s*=?\s*(.+)", re.IGNORECASE)
_MODEL = re.compile(r"\.model\s+(\S+)\s+(?:ako:\s*(\S+)\s+)?([a-z_]\w*)\s*(.*)", re.IGNORECASE)
_KEY = re.compile(r"[a-z_]\w*\s*=(?!=)\s*", re.IGNORECASE)
_SECTION = re.compile(r"\b(params|optional|text)\s*:", re.IGNORECASE)
_OPENING, _CLOSING = "({", ")}"


@dataclass(frozen=True)
class Model:
    """A ``.model``.

    Attributes:
        name, kind: in lower case.
        base: of another one that it is but for its own parameters; empty for none.
        given: texts by name in lower case.
        at: its statement.
    """

    name: str
    kind: str
    base: str
    given: dict[str, str]
    at: Statement


@dataclass
class Definition:
    """A subcircuit, or the file itself, which has no ports.

    Attributes:
        name: as written.
        ports: as written.
        defaults: texts of its own parameters.
        at: its statement; None for the file.
        outer: that it is defined in; None for the file.
        parameters: texts of ``.param`` with their statements, in order.
        parts, models, functions, inner: what it holds; names in lower case.
        wrong: what of it cannot be read; it is said where the subcircuit is used, and hinders no other.
    """

    name: str
    ports: tuple[str, ...]
    defaults: dict[str, str]
    at: Statement | None = None
    outer: Definition | None = None
    parameters: list[tuple[str, str, Statement]] = field(default_factory=list)
    parts: list[Statement] = field(default_factory=list)
    models: dict[str, Model] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    inner: dict[str, Definition] = field(default_factory=dict)
    wrong: CircuitError | None = None

    def definition(self, name: str) -> Definition | None:
        """The subcircuit of a name, seen from here."""
        return self.inner.get(name.lower()) or (self.outer.definition(name) if self.outer else None)

    def model(self, name: str) -> Model | None:
        """The model of a name, seen from here."""
        return self.models.get(name.lower()) or (self.outer.model(name) if self.outer else None)

    @property
    def uses(self) -> set[str]:
        """Names of subcircuits that its parts, and those that are defined in it, are of; in lower case."""
        found = {_cell_of(part).lower() for part in self.parts if part.first.startswith("x")}
        return found.union(*(each.uses for each in self.inner.values()))


def defined(statements: Iterable[Statement]) -> Definition:
    """A file's definitions.

    Raises:
        CircuitError: a command that is no part's, by its line; a subcircuit that is not ended, or defined twice.
    """
    root = here = Definition("", (), {})
    for statement in statements:
        if statement.is_comment:
            continue
        match statement.first:
            case ".subckt":
                here = _begun(statement, here)
            case ".ends":
                if here.outer is None:
                    raise statement.refused("nothing is ended here")
                here = here.outer
            case ".end":
                break
            case _:
                try:
                    _taken(statement, here)
                except CircuitError as error:
                    if here.at is None:
                        raise
                    here.wrong = here.wrong or error
    if here.at is not None:
        raise here.at.refused(f"the subcircuit '{here.name}' has no end", "is the file whole?")
    return root


def _taken(statement: Statement, here: Definition) -> None:
    """Put a statement where it belongs."""
    if statement.first.startswith("."):
        _command(statement, here)
    elif statement.text[0].isascii() and statement.text[0].isalpha():
        here.parts.append(statement)
    else:
        raise statement.refused(f"'{_short(statement.text)}' is no part and no command")


def main(root: Definition, name: str | None = None) -> Definition:
    """The subcircuit that a file is about: the named one, or the only one that no other is made of.

    Raises:
        CircuitError: none or several; says which there are.
    """
    if not root.inner:
        raise CircuitError("the file defines no subcircuit", hint="a part's model is a .subckt")
    if name is not None:
        if (named := root.definition(name)) is None:
            raise CircuitError(
                f"the file has no subcircuit '{name}'", hint=nearest(name, [each.name for each in root.inner.values()])
            )
        return named
    used = {each for definition in root.inner.values() for each in definition.uses - {definition.name.lower()}}
    tops = [each for key, each in root.inner.items() if key not in used and len(each.ports) >= 5]
    if len(tops) != 1:
        names = ", ".join(each.name for each in tops or root.inner.values())
        which = f"{len(tops)} subcircuits" if tops else "no subcircuit of five or more ports"
        raise CircuitError(f"the file has {which} that could be the part: {names}", hint="say which: `part=NAME`")
    return tops[0]


def assignments(text: str) -> tuple[str, dict[str, str]]:
    """What stands before the first ``key=``, and texts by key in lower case.

    Raises:
        CircuitError: a key without a value.
    """
    depth, places = 0, []
    at = 0
    while at < len(text):
        if text[at] in _OPENING:
            depth += 1
        elif text[at] in _CLOSING:
            depth -= 1
        elif depth == 0 and _begins(text, at) and (match := _KEY.match(text, at)) is not None:
            places.append(match)
            at = match.end()
            continue
        at += 1
    if not places:
        return text.strip(), {}
    ends = [*(match.start() for match in places[1:]), len(text)]
    found = {}
    for match, end in zip(places, ends, strict=True):
        value = text[match.end() : end].strip().rstrip(",").strip()
        if not value:
            raise CircuitError(f"'{match[0].strip()}' has no value")
        found[match[0].partition("=")[0].strip().lower()] = value
    return text[: places[0].start()].strip(), found


def _begins(text: str, at: int) -> bool:
    """Whether a word begins at a place."""
    return at == 0 or not (text[at - 1].isalnum() or text[at - 1] in "_$.")


def words(text: str) -> list[str]:
    """Words of a text; brackets, braces and quotes hold together, and commas between nodes stand for blanks."""
    found, depth, word, quote = [], 0, "", ""
    for sign in text:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in _OPENING:
            depth += 1
        elif sign in _CLOSING:
            depth -= 1
        if depth <= 0 and not quote and (sign.isspace() or sign == ","):
            if word:
                found.append(word)
            word = ""
        else:
            word += sign
    return [*found, word] if word else found


def instance(statement: Statement) -> tuple[list[str], str, dict[str, str]]:
    """Nodes, subcircuit and parameters of an instance.

    Raises:
        CircuitError: it names no subcircuit.
    """
    before, given = assignments(re.sub(r"\bparams\s*:", " ", statement.text, flags=re.IGNORECASE))
    pieces = words(before)[1:]
    if not pieces:
        raise statement.refused(f"'{_short(statement.text)}' names no subcircuit")
    return pieces[:-1], pieces[-1], given


def read(text: str, statement: Statement) -> Tree:
    """An expression of a statement.

    Raises:
        CircuitError: it cannot be read, by its line.
    """
    try:
        return parse(text)
    except CircuitError as error:
        raise error.located(statement.place) from None


def _short(text: str) -> str:
    return text if len(text) < 60 else text[:57] + "..."


def _cell_of(statement: Statement) -> str:
    return instance(statement)[1]


def _begun(statement: Statement, outer: Definition) -> Definition:
    text = _SECTION.sub(lambda match: f" \0{match[1].lower()} ", statement.text)
    head, *sections = text.split("\0")
    if any(not section.startswith("params") for section in sections):
        raise statement.refused("optional ports and texts are not translated")
    before, given = assignments(head)
    for section in sections:
        given |= assignments(section.removeprefix("params"))[1]
    pieces = words(before)[1:]
    if not pieces:
        raise statement.refused("the subcircuit has no name")
    key = pieces[0].lower()
    found = Definition(pieces[0], tuple(pieces[1:]), given, statement, outer)
    if key in outer.inner:
        found.wrong = statement.refused(f"the subcircuit '{pieces[0]}' is defined twice")
    if len({port.lower() for port in found.ports}) < len(found.ports):
        raise statement.refused(f"two ports of '{found.name}' have one name")
    outer.inner[key] = found
    return found


def _command(statement: Statement, here: Definition) -> None:
    text = statement.text
    match statement.first:
        case ".param" | ".params":
            before, given = assignments(text.split(maxsplit=1)[1] if " " in text else "")
            if not given and len(pieces := words(before)) == 2:  # without the sign
                before, given = "", {pieces[0].lower(): pieces[1]}
            if before or not given:
                raise statement.refused(f"'{_short(text)}' is not 'name=value'")
            here.parameters += [(name, value, statement) for name, value in given.items()]
        case ".func":
            if (match := _FUNC.fullmatch(text)) is None:
                raise statement.refused(f"'{_short(text)}' is not '.func name(x) {{expression}}'")
            arguments = tuple(each.strip().lower() for each in match[2].split(",") if each.strip())
            here.functions[match[1].lower()] = Function(arguments, read(match[3], statement))
        case ".model":
            _model(statement, here)
        case ".options" | ".option":
            return  # of a run's tolerances
        case first if first in _IDLE:
            return
        case first:
            raise statement.refused(f"'{first}' has no place in a part's model", "take it out of the file")


def _model(statement: Statement, here: Definition) -> None:
    if (match := _MODEL.fullmatch(statement.text)) is None:
        raise statement.refused(f"'{_short(statement.text)}' is not '.model name kind(...)'")
    rest = match[4].strip()
    if rest.startswith("("):
        rest = rest[1:].strip()
        rest = rest[:-1] if rest.endswith(")") else rest
    before, given = assignments(re.sub(r"\bnoiseless\b", " ", rest, flags=re.IGNORECASE))
    loose = words(before.strip("( "))
    if len(loose) % 2 or not all(each.isidentifier() for each in loose[::2]):
        raise statement.refused(f"'{loose[0]}' is not 'name=value'")
    given = {**{name.lower(): value for name, value in zip(loose[::2], loose[1::2], strict=True)}, **given}
    here.models[match[1].lower()] = Model(
        match[1].lower(), match[3].lower(), (match[2] or "").lower(), given, statement
    )
