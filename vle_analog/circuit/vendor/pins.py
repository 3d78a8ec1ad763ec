"""Which port of a maker's op-amp is which: told by ports' names, by comments, or to be tried."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

from vle_analog.circuit.vendor.definitions import Definition
from vle_analog.circuit.vendor.source import Statement, listed
from vle_analog.errors import UsageError, nearest

#: what an op-amp's ports are for, in the order of our cells' ports
ROLES = ("inp", "inn", "out", "vcc", "vee")
SUPPLIES = ("vcc", "vee")
#: what else may be done with a port: tie it to ground, leave it open
GROUND, OPEN = "ground", "open"
#: by role: names that mean it, in lower case and without signs but + and -
_NAMES: dict[str, frozenset[str]] = {
    "inp": frozenset(
        listed("in+ +in inp inplus ip vin+ vinp vip ni nin noninv noninverting pin vp v+ p + plus pos inpos")
    ),
    "inn": frozenset(listed("in- -in inn inminus inm im vin- vinn vinm vim inv inverting vn v- n m - minus neg inneg")),
    "out": frozenset(listed("out output vout o vo outp voutp y")),
    "vcc": frozenset(listed("vcc vdd v+ +v vs+ +vs vp vpos vsp vplus vccp pvcc avdd vsupp vps vspos vh")),
    "vee": frozenset(listed("vee vss v- -v vs- -vs vn vneg vsn vminus vsm gnd avss vsupn vns vsneg vl")),
}
_PHRASES: dict[str, tuple[str, ...]] = {
    "inp": (
        r"non[\s-]*inv(?:erting)?(?:[\s_]+inputs?)?",
        r"positive[\s_]+inputs?",
        r"\+[\s_]*in(?:puts?)?\b",
        r"\bin(?:put)?s?[\s_]*\+",
        r"\binp\b",
        r"\bvin\+",
    ),
    "vcc": (
        r"positive[\s_]+(?:power[\s_]+)?supply(?:[\s_]+voltage)?",
        r"\bpos(?:itive)?[\s_.]+(?:power|supply|rail)",
        r"\bv(?:cc|dd)\b(?!\s*-)\+?",
        r"\bvs?\+",
        r"\+\s*v(?:s|cc)?\b",
    ),
    "vee": (
        r"negative[\s_]+(?:power[\s_]+)?supply(?:[\s_]+voltage)?",
        r"\bneg(?:ative)?[\s_.]+(?:power|supply|rail)",
        r"\bv(?:ee|ss)\b",
        r"\bvcc\s*-",
        r"\bvs?-(?!\w)",
        r"-\s*v(?:s|ee|cc)?\b",
    ),
    "inn": (
        r"\binv(?:erting)?(?:[\s_]+inputs?)?\b",
        r"negative[\s_]+inputs?",
        r"-[\s_]*in(?:puts?)?\b",
        r"\bin(?:put)?s?[\s_]*-(?!\w)",
        r"\binn\b",
        r"\bvin-",
    ),
    "out": (r"\bout(?:put)?\b", r"\bvout\b"),
}
#: earlier ones win where two begin at one place: "non-inverting" holds "inverting", "positive supply" no input
_PHRASE = re.compile("|".join(f"(?P<{role}>{'|'.join(phrases)})" for role, phrases in _PHRASES.items()), re.IGNORECASE)
#: of comments that list ports
_LISTS = re.compile(r"connection|pin[\s-]*out|\bpins?\b|node|order|terminal|\bports?\b", re.IGNORECASE)
_GROUNDS = ("gnd", "agnd", "ground", "ref", "com", "common")
#: ways by names that are tried, at most
_MOST = 48
#: orders in which makers list five ports, the commonest first
_USUAL = (("inp", "inn", "vcc", "vee", "out"), ("inn", "inp", "vcc", "vee", "out"), ("inp", "inn", "out", "vcc", "vee"))


@dataclass(frozen=True)
class Assignment:
    """What each port is for.

    Attributes:
        roles: of `ROLES`, or `GROUND` or `OPEN`, in the order of the ports.
        told: by what: ``names``, ``comment``, ``trial``, ``order``.
        where: line of a comment; empty else.
    """

    roles: tuple[str, ...]
    told: str
    where: str = ""


def given(text: str, definition: Definition) -> Assignment:
    """What a user says of the ports: a role each, in their order, with commas between.

    Raises:
        UsageError: too few or too many, a role that is none, or one of the five missing or twice.
    """
    roles = tuple(each.strip().lower() for each in text.split(","))
    form = f"one word for each of the ports {' '.join(definition.ports)}, e.g. {','.join(ROLES)}"
    if len(roles) != len(definition.ports):
        raise UsageError(f"`pins` has {len(roles)} words, '{definition.name}' {len(definition.ports)} ports", hint=form)
    known = (*ROLES, GROUND, OPEN)
    for role in roles:
        if role not in known:
            raise UsageError(f"`pins`: a port cannot be '{role}'", hint=nearest(role, known))
    for role in ROLES:  # a pin that switches the part on may hang on a supply, too
        if roles.count(role) != 1 and not (role in SUPPLIES and role in roles):
            raise UsageError(f"`pins`: {roles.count(role) or 'no'} ports are '{role}'", hint=form)
    return Assignment(roles, "you")


def candidates(definition: Definition, statements: Sequence[Statement]) -> Iterator[Assignment]:
    """What its ports may be, likelier ones first; for five ports every order in the end.

    Args:
        definition: of an op-amp.
        statements: of its file.
    """
    seen = set[tuple[str, ...]]()
    for found in _all(definition, statements):
        if found.roles not in seen:
            seen.add(found.roles)
            yield found


def _all(definition: Definition, statements: Sequence[Statement]) -> Iterator[Assignment]:
    yield from _by_names(definition.ports)
    if len(definition.ports) == len(ROLES):
        yield from _by_comments(definition, statements)
        yield from (Assignment(roles, "trial") for roles in _USUAL)
        yield from (Assignment(roles, "trial") for roles in permutations(ROLES))


def _by_names(ports: Sequence[str]) -> list[Assignment]:
    """The ways to give each port a role that its name may mean.

    Ports beyond the five are grounded where they are called so, else left open; or hung on a supply, all alike: such a
    pin may be what switches the part on.
    """
    means = [_meanings(port) for port in ports]
    if sum(map(bool, means)) < len(ROLES):
        return []
    found: list[Assignment] = []

    def choose(place: int, chosen: tuple[str, ...], rest: str) -> None:
        if place == len(ports):
            if set(ROLES) <= set(chosen):
                found.append(Assignment(chosen, "names"))
            return
        for role in means[place]:
            if role not in chosen:
                choose(place + 1, (*chosen, role), rest)
        if len(ports) > len(ROLES):
            other = GROUND if re.sub(r"[^a-z]", "", ports[place].lower()) in _GROUNDS else rest
            choose(place + 1, (*chosen, other), rest)

    for rest in (OPEN, *SUPPLIES) if len(ports) > len(ROLES) else (OPEN,):
        choose(0, (), rest)
    return found[:_MOST]


def _meanings(port: str) -> list[str]:
    name = re.sub(r"[^a-z0-9+-]", "", port.lower())
    return [role for role in ROLES if name in _NAMES[role] or re.sub(r"\d+$", "", name) in _NAMES[role]]


def _by_comments(definition: Definition, statements: Sequence[Statement]) -> Iterator[Assignment]:
    """Roles that comments around the ``.subckt`` list in the ports' order: in one line, or one a line."""
    near = list(_around(definition, statements))
    for statement in sorted(near, key=lambda each: not _LISTS.search(each.text)):
        roles = _mentioned(statement.text)
        for start in range(len(roles) - len(ROLES) + 1):
            some = roles[start : start + len(ROLES)]
            if len(set(some)) == len(ROLES):
                yield Assignment(tuple(some), "comment", statement.place)
    for place, statement in enumerate(near):
        listed: list[str] = []
        for other in near[place:]:
            mentioned = _mentioned(other.text)
            if len(mentioned) != 1:
                break
            listed += mentioned
        if len(listed) >= len(ROLES) and len(set(listed[: len(ROLES)])) == len(ROLES):
            yield Assignment(tuple(listed[: len(ROLES)]), "comment", statement.place)


def _around(definition: Definition, statements: Sequence[Statement]) -> Iterable[Statement]:
    """Comments straight before a ``.subckt``, and those in it before its first part or straight behind that."""
    place = next((k for k, each in enumerate(statements) if each == definition.at), 0)
    first = place
    while first and statements[first - 1].is_comment:
        first -= 1
    yield from statements[first:place]
    for each in statements[place + 1 : place + 40]:
        if each.first == ".ends":
            return
        if each.is_comment:
            yield each


def _mentioned(text: str) -> list[str]:
    return [match.lastgroup or "" for match in _PHRASE.finditer(text)]
