"""What a user can say about a frozen value: its fields as options, from text to value, declared once at the fields.

A value that is asked for (a lesson, a board, a study's plan) is a frozen dataclass. A field that a user may set is made
by `option`; a field that holds another such value is made by `part`, or is plainly annotated; what sets several fields
at once stands in the class's ``OPTIONS``. A field may hold one of several values, ``board: Board | SystemBoard``: what
stands without a flag then tells which (`part`'s ``which``), and what only others have is refused. `options_of` lists
all options of a class and of the values inside, `build` makes a value from what was said. Messages about a field put
its name in backticks, ```samples` must be at least 1``: whoever shows them may put in its place how the user wrote it
(`spoken`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypedDict, Union, Unpack, get_args, get_origin, get_type_hints

from vle_analog.errors import UsageError, nearest
from vle_analog.fields import switched

_OPTION, _PART, _WHICH = "option", "part", "which"
#: default of an option without which nothing can be asked
REQUIRED: Any = object()
_QUOTED = re.compile(r"`(\w+)(?:=([^`]*))?`")


@dataclass(frozen=True)
class Option:
    """One thing that a user can say.

    Attributes:
        name: of the field, or of what it sets together; messages have it in backticks.
        help: one or two sentences for people.
        paths: which fields it sets, dotted, seen from the value that is asked for: one tuple per part of a value with
            several parts (``R,C``), one tuple in all for a plain value.
        kind: ``str``, ``int``, ``float`` or ``bool``: the type of the text, or of each text.
        default: what the fields have if nothing is said; `REQUIRED` where something must be said.
        flag: how it is written on a command line, without the dashes; the name with dashes for underscores when None.
        aliases: other names there.
        metavar: what stands for its value in a help text.
        parse: from a text to the value, or to the tuple of values of all paths; None for plain kinds.
        many: whether it may be given several times; ``parse`` then gets all texts.
        argument: whether it stands by itself, without a flag.
        known: words that may stand there, for a shell that completes them; there may be others, as of files.
    """

    name: str
    help: str
    paths: tuple[tuple[str, ...], ...] = ()
    kind: type = str
    default: Any = REQUIRED
    flag: str | None = None
    aliases: tuple[str, ...] = ()
    metavar: str | None = None
    parse: Callable[[Any], Any] | None = None
    many: bool = False
    argument: bool = False
    known: Callable[[], Iterable[str]] | None = None

    @property
    def spelling(self) -> str:
        """How it is written on a command line."""
        if self.argument:
            return self.metavar or self.name.upper()
        return "--" + (self.flag or self.name.replace("_", "-"))

    def value(self, said: Any) -> Any:
        """The value of what was said.

        Raises:
            UsageError: it cannot be read.
        """
        return said if self.parse is None else self.parse(said)

    def set(self, value: Any) -> dict[str, Any]:
        """Values by path."""
        values = (value,) if len(self.paths) == 1 else value
        return {path: each for paths, each in zip(self.paths, values, strict=True) for path in paths}


class Writing(TypedDict, total=False):
    """How an option is written, as `Option` has it."""

    flag: str | None
    aliases: tuple[str, ...]
    metavar: str | None
    parse: Callable[[Any], Any] | None
    many: bool
    argument: bool
    known: Callable[[], Iterable[str]] | None


def option(
    help: str,
    default: Any = MISSING,
    *,
    factory: Callable[[], Any] | None = None,
    **how: Unpack[Writing],
) -> Any:
    """A dataclass's field that a user may set.

    Args:
        help: for people.
        default, factory: as `dataclasses.field` has them.
        how: it is written, as `Option` has it.
    """
    said = Option("", help, **how)
    if factory is not None:
        return field(default_factory=factory, metadata={_OPTION: said})
    return field(default=default, metadata={_OPTION: said})


def part(
    factory: Callable[[], Any] | None = None,
    *,
    defaults: Mapping[str, Any] | None = None,
    without: Sequence[str] = (),
    which: Callable[[str], type] | None = None,
) -> Any:
    """A dataclass's field that holds another value with options, or one of several such values.

    Args:
        factory: of its default; it must be given where None.
        defaults: of options inside, by name: what a user gets who says nothing of them here.
        without: names of options inside that make no sense here.
        which: class of the value by the argument that is said, where the field may hold one of several.
    """
    metadata = {_PART: (dict(defaults or {}), frozenset(without)), _WHICH: which}
    return field(metadata=metadata) if factory is None else field(default_factory=factory, metadata=metadata)


def options_of(asked: type) -> tuple[Option, ...]:
    """All options of a class and of the values inside, in order of fields but for what stands without a flag, which
    comes first; names and flags are unique.

    Raises:
        TypeError: two options of one flag.
    """
    return _listed(asked)


def _key(each: Option) -> str:
    """What options of several classes have in common that are one to their user."""
    return "" if each.argument else each.spelling


def names_of(asked: type) -> tuple[str, ...]:
    """Names of all options of a class: what a `part` leaves out that makes no use of it."""
    return tuple(each.name for each in options_of(asked))


@cache
def _listed(asked: Any) -> tuple[Option, ...]:
    found = tuple(sorted(_walk(asked, ""), key=lambda option: not option.argument))
    written = [name for each in found for name in (each.spelling, *each.aliases)]
    if doubled := {name for name in written if written.count(name) > 1}:
        raise TypeError(f"{asked.__name__} has two options {', '.join(sorted(doubled))}")
    return found


def build(asked: type, said: Mapping[str, Any]) -> Any:
    """A value of a class from what was said, by options' names; what was not said is as it is by default.

    Args:
        asked: the class.
        said: texts or plain values, as an option's ``kind`` is; None counts as not said.

    Raises:
        UsageError: a text that cannot be read, or what the value itself refuses.
    """
    paths: dict[str, Any] = {}
    listed = {_key(each): each for each in options_of(asked)}
    argument = next((said.get(each.name) for each in listed.values() if each.argument), None)
    own = {_key(each): each for each in _walk(asked, "", lambda which, _: which(argument))}
    for key, each in listed.items():
        given = said.get(each.name)
        absent = given is None or (each.many and not given)
        if key not in own:
            if not absent and given != each.default:
                raise UsageError(f"`{each.name}` is not for '{argument}'", hint=f"leave `{each.name}` out")
            continue
        mine = own[key]
        if not absent:
            paths |= mine.set(mine.value(given))
        elif mine.default is not REQUIRED and mine.default is not None:
            paths |= mine.set(mine.default)
    return _made(asked, paths, "", argument)


def words_for(options: Iterable[Option]) -> dict[str, Option]:
    """Options by their fields' names, and by their flags with underscores for dashes."""
    return {name: each for each in options for name in (each.name, each.spelling.strip("-").replace("-", "_"))}


def changed(value: Any, name: str, text: str) -> Any:
    """A value with one option said otherwise.

    Args:
        value: any with options.
        name: of the option, as its field has it or as a command line writes it, without dashes in front.
        text: as a user writes it.

    Raises:
        UsageError: there is no such option, a text that cannot be read, or what the value itself refuses.
    """
    own = [each for each in _walk(type(value), "", lambda _, path: type(_held(value, path))) if not each.argument]
    known = words_for(own)
    if (word := name.replace("-", "_")) not in known:
        raise UsageError(f"there is no option '{name}'", hint=nearest(word, known))
    each = known[word]
    said: Any = text if each.parse is not None else _plain(each, text)
    if each.many:
        said = [said]
    return _replaced(value, each.set(each.value(said)), "")


def _plain(option: Option, text: str) -> Any:
    """A text as an option's plain kind."""
    if option.kind is bool:
        return switched(option.name)(text)
    try:
        return option.kind(text)
    except ValueError:
        what = "a whole number" if option.kind is int else "a number"
        raise UsageError(f"`{option.name}` '{text}' is not {what}", hint=f"e.g. `{option.name}=1`") from None


def _replaced(value: Any, paths: Mapping[str, Any], prefix: str) -> Any:
    """A value with other fields inside, by their paths."""
    given = {}
    for each in fields(value):
        path = prefix + each.name
        if path in paths:
            given[each.name] = paths[path]
        elif any(other.startswith(path + ".") for other in paths):
            given[each.name] = _replaced(getattr(value, each.name), paths, path + ".")
    return replace(value, **given)


def in_python(plan: type, arguments: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """What is said in Python, by options' names, as `build` takes it.

    Args:
        plan: the class.
        arguments: what stands without a flag.
        options: plain values by options' names, or by their flags with underscores for dashes.

    Raises:
        UsageError: more arguments than there are, or an unknown option.
    """
    listed = options_of(plan)
    places = [each for each in listed if each.argument]
    if len(arguments) > len(places):
        raise UsageError(f"{len(arguments)} arguments for {len(places)}", hint="give the others by their names")
    known = words_for(listed)
    said = {each.name: _as_text(each, value) for each, value in zip(places, arguments, strict=False)}
    for name, value in options.items():
        if name not in known:
            raise UsageError(f"unknown option '{name}'", hint=nearest(name, known))
        said[known[name].name] = _as_text(known[name], value)
    return said


def _as_text(option: Option, value: Any) -> Any:
    """A value as an option's parser takes it."""
    if value is None or option.parse is None:
        return value
    if isinstance(value, bool):
        return "on" if value else "off"
    if option.many:
        pairs = [f"{key}={held}" for key, held in value.items()] if isinstance(value, Mapping) else value
        return [pairs] if isinstance(pairs, str) else [str(each) for each in pairs]
    if isinstance(value, (tuple, list)):
        return ",".join(str(each) for each in value)
    return value if isinstance(value, str) else str(value)


def departures(value: Any) -> list[str]:
    """Names of the options by which a value differs from its class's defaults, in order."""
    return [each.name for each, _ in _departures(value)]


def in_words(value: Any, without: Sequence[str] = ()) -> list[str]:
    """How a value differs from its class's defaults, as a command line says it: ``["--rule gle", "--noise 7"]``.

    Args:
        value: any with options.
        without: names of options that are left out.
    """
    said = [(option, held) for option, held in _departures(value) if option.name not in without]
    return [
        option.spelling if held is True and option.parse is None else f"{option.spelling} {_word(held, ('off', 'on'))}"
        for option, held in said
    ]


def _departures(value: Any) -> Iterator[tuple[Option, Any]]:
    """Options by which a value differs from its class's defaults, and what it has there."""
    for each in _walk(type(value), "", lambda _, path: type(_held(value, path))):
        if each.default is REQUIRED:
            continue
        held = tuple(_held(value, paths[0]) for paths in each.paths)
        if held != ((each.default,) if len(each.paths) == 1 else tuple(each.default)):
            yield each, held[0] if len(held) == 1 else held


def _word(held: Any, switch: tuple[str, str] = ("false", "true")) -> str:
    """A value as text, all its digits included; ``switch``: what False and True are called."""
    if isinstance(held, bool):
        return switch[held]
    if isinstance(held, float):
        return repr(held).removesuffix(".0")
    if isinstance(held, tuple):
        pairs = held and all(isinstance(each, tuple) and isinstance(each[0], str) for each in held)
        return ",".join("=".join(map(_word, each)) if pairs else _word(each, switch) for each in held)
    if is_dataclass(held) and type(held).__str__ is object.__str__:
        return ",".join(_word(getattr(held, each.name)) for each in fields(held))
    return "none" if held is None else str(held)


def spoken(text: str, asked: type, others: Mapping[str, str]) -> str:
    """A message about fields as their user writes them: ```samples``` becomes ``--samples``.

    Args:
        text: of the message.
        asked: the class whose options it may speak of.
        others: how other options are written, by name.
    """
    written = {**others, **{each.name: each.spelling for each in reversed(tuple(_walk(asked, "", None, every=True)))}}

    def write(match: re.Match[str]) -> str:
        if match[1] not in written:
            return match[0]
        return written[match[1]] + (f" {match[2]}" if match[2] else "")

    return _QUOTED.sub(write, text)


#: class of a field that may hold one of several: from how the field tells them apart, and its path
_Choice = Callable[[Callable[[Any], type], str], type]


def _members(hint: Any) -> tuple[type, ...]:
    """Classes of values that a field may hold; empty for a field that holds none."""
    if get_origin(hint) in (Union, UnionType):
        kinds = tuple(each for each in get_args(hint) if isinstance(each, type) and is_dataclass(each))
        return kinds if len(kinds) == len(get_args(hint)) else ()
    return (hint,) if is_dataclass(hint) else ()  # type: ignore[return-value]


def _once(options: Iterable[Option]) -> Iterable[Option]:
    """Options of several values, each once that is written alike; its help says both where it takes other values."""
    found: dict[str, Option] = {}
    for each in options:
        if (first := found.setdefault(_key(each), each)).metavar != each.metavar:
            both = f"{first.metavar}|{each.metavar}" if each.argument else first.metavar
            help = f"{first.help.rstrip('.')}; or {each.help[:1].lower()}{each.help[1:]}"
            found[_key(each)] = replace(first, help=help, metavar=both)
    return found.values()


def _walk(asked: type, prefix: str, choice: _Choice | None = None, every: bool = False) -> Iterator[Option]:
    """Options of a class; of one of several values inside those of the chosen one, or else of all: once where they are
    written alike, unless ``every`` is asked for."""
    hints = get_type_hints(asked)
    for each in fields(asked):
        path = prefix + each.name
        if (said := each.metadata.get(_OPTION)) is not None:
            default = REQUIRED if each.default is MISSING else each.default
            if each.default_factory is not MISSING:
                default = each.default_factory()
            kind, many = _kind(hints[each.name])
            yield replace(
                said,
                name=each.name,
                paths=((path,),),
                kind=kind if said.parse is None else str,
                default=default,
                many=said.many or (many and said.parse is None),
            )
        elif (members := _members(hints[each.name])) and each.init:
            defaults, without = each.metadata.get(_PART, ({}, frozenset()))
            if len(members) > 1 and choice is not None:
                members = (choice(each.metadata[_WHICH], path),)
            walked = [inner for member in members for inner in _walk(member, path + ".", choice, every)]
            for inner in walked if every or len(members) == 1 else _once(walked):
                if inner.name not in without:
                    yield replace(inner, default=defaults[inner.name]) if inner.name in defaults else inner
    for together in getattr(asked, "OPTIONS", ()):
        paths = tuple(tuple(prefix + path for path in group) for group in together.paths)
        yield replace(together, paths=paths)


def _kind(hint: Any) -> tuple[type, bool]:
    """The plain type of a field, and whether it is a tuple of such."""
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (each for each in get_args(hint) if each is not NoneType)
    many = get_origin(hint) is tuple
    inner = get_args(hint)[0] if many else hint
    return (inner if inner in (str, int, float, bool) else str), many


def _made(asked: type, paths: Mapping[str, Any], prefix: str, argument: Any) -> Any:
    hints = get_type_hints(asked)
    given: dict[str, Any] = {}
    for each in fields(asked):
        path = prefix + each.name
        if path in paths:
            given[each.name] = paths[path]
        elif (members := _members(hints[each.name])) and _OPTION not in each.metadata and each.init:
            member = members[0] if len(members) == 1 else each.metadata[_WHICH](argument)
            given[each.name] = _made(member, paths, path + ".", argument)
    return asked(**given)


def _held(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = getattr(value, name)
    return value
