"""Refusals of events and delays."""

from __future__ import annotations

import sympy as sp

from tests.refusals.case import BASE, Refusal, building, edited, file, made, rate, reading
from tests.refusals.making import read_from_hint
from vle_analog.design.build import Build
from vle_analog.equations.checks import check
from vle_analog.equations.events import margin_of
from vle_analog.equations.system import Event, signal
from vle_analog.options import build

RATE = "-x + u"
EVENT = '[events.reset]\nwhen = "{0}"\nset = {{ x = "{1}" }}\n'


def event(bad: str, mended: str, where: str, says: str, remedy: str) -> Refusal:
    """Tables of events, in front of the outputs."""
    edits = [{"[outputs]": f"{text}[outputs]", RATE: "1 - x"} for text in (bad, mended)]
    return file(*edits, f"base.toml: events.{where}", says, remedy)


def running(bad: str, mended: str, where: str, says: str, remedy: str) -> Refusal:
    """The same, found along the run; x grows from 0.5 to 1."""
    edits = [{"[outputs]": f"{text}[outputs]", RATE: "1 - x"} for text in (bad, mended)]
    return Refusal(building(edited(edits[0])), f"events.{where}", says, remedy, building(edited(edits[1])))


def history(bad: str, says: str, remedy: str, mended: str = 'x = "0.5 + t"', where: str = "history.x") -> Refusal:
    """What a delayed state was."""
    edits = ({RATE: "-x(t - 1)", "[outputs]": f"[history]\n{past}\n[outputs]"} for past in (bad, mended))
    return file(*edits, f"base.toml: {where}", says, remedy)


GOOD = EVENT.format("x > 0.9", "0.2")
OTHER = GOOD.replace("reset", "other")

#: events each of which brings about the next
CHAIN = "".join(f'[events.e{n}]\nwhen = "x > {n + 0.9}"\nset = {{ x = "{n + 2.0}" }}\n' for n in range(100))
#: a ball that loses half of its speed at every bounce
BOUNCING = {
    RATE: "v",
    "[definitions]": '[states.v]\nderivative = "-1"\ninitial = 0.0\n[definitions]',
    "[outputs]": '[events.bounce]\nwhen = "x < 0"\nset = { x = "0", v = "-0.5*v" }\n[outputs]',
}

HISTORIES = [
    history('xx = "1"', "there is no state 'xx'", "did you mean 'x'?", where="history.xx"),
    history('y = "1"', "'y' is no state", "give the past of states: known: x", where="history.y"),
    history('x = "1/(2*t + 1)"', "the past of 'x' is not finite at t = -0.5", "finite there, or a number", "x = 0.5"),
    history('x = "delay(t, 1)"', "looks further back or ahead", "write it out in t", 'x = "t - 1"'),
    history('x = "u"', "unknown name 'u'", "known: "),
    file(
        {"[outputs]": '[history]\nx = "1"\n[outputs]'},
        {"[outputs]": '[history]\nx = "1"\n[outputs]', RATE: "-x(t - 1)"},
        "base.toml: history",
        "nothing is delayed",
        "or delay something: x(t - 1)",
    ),
]

EVENTS = [
    event(
        EVENT.format("a > 0", "0"), GOOD, "reset.when", "does not vary in time", "compare a state, an input or the time"
    ),
    event(
        GOOD.replace("{ x =", "{ y ="), GOOD, "reset.set", "it sets 'y', which is no state", "only states can be set"
    ),
    event(GOOD.replace("{ x =", "{ a ="), GOOD, "reset.set", "which is a parameter", "only states can be set"),
    event(GOOD.replace("{ x =", "{ xx ="), GOOD, "reset.set", "it sets 'xx', which there is not", "did you mean 'x'?"),
    event(GOOD.replace("reset", "a"), GOOD, "a", "the name 'a' is taken", "rename the event"),
    event(GOOD.replace('{ x = "0.2" }', "{}"), GOOD, "reset.set", "at least 1", "set ="),
    event(
        GOOD + OTHER.replace("0.2", "0.1"), GOOD, "other", "happen at the same moments", "let one of them alone set 'x'"
    ),
    event(EVENT.format("x", "0"), GOOD, "reset.when", "'x' is not a condition", "compare with < and >"),
    event(EVENT.format("x is u", "0"), GOOD, "reset.when", "the comparison 'x is u'", "compare with < and >"),
    event(
        EVENT.format("not " * 60 + "x > 0.9", "0.2"),
        GOOD,
        "reset.when",
        "nested deeper than 50",
        "split it into definitions",
    ),
    running(
        CHAIN,
        GOOD,
        "",
        "bring each other about without end",
        "does not hold again at once",
    ),
    read_from_hint(
        BOUNCING,
        r"`span=(\S+)`",
        lambda told: building(edited(BOUNCING | {"span = 5.0": f"span = {told[1].rstrip('`,')}"})),
        "events.bounce",
        "happens ever faster",
    ),
    running(
        GOOD + OTHER.replace("x > 0.9", "2*x > 1.8"),
        GOOD + OTHER.replace("x > 0.9", "x > 0.95"),
        "other",
        "happen at the same moment",
        "let one of them alone set 'x'",
    ),
    Refusal(
        lambda folder: check(reading(BASE)(folder).updated(events=(Event("idle", signal("x") - 1, ()),))),
        "events.idle",
        "it sets no state",
        "say which",
        lambda folder: check(
            reading(BASE)(folder).updated(events=(Event("idle", signal("x") - 1, ((signal("x"), sp.S.Zero),)),))
        ),
    ),
    Refusal(
        lambda folder: margin_of(sp.Eq(signal("x"), 1), {}, frozenset(), "events.reset.when"),
        "events.reset.when",
        "is not a condition",
        "",
        lambda folder: margin_of(signal("x") > 1, {}, frozenset(), "events.reset.when"),
    ),
]

DELAYS = [
    rate("-delay(x, 0)", "-x", "the delay 0 of 'x' is 0", "write x alone"),
    rate("-delay(x, -1)", "-delay(x, 1)", "that lies in the future", "delays are above 0"),
    rate("-x(t - u)", "-x(t - a)", "the delay 'u' of x varies in time", "use numbers and parameters there"),
    Refusal(
        lambda folder: build(Build, {"delay_order": 1000}),
        "",
        "`delay_order` must be 1 to",
        "has two ladders",
        lambda folder: build(Build, {"delay_order": 4}),
    ),
    made(
        {RATE: "1e9*(delay(u, 0.5) - x)"},
        {RATE: "10*(delay(u, 0.5) - x)"},
        "base.toml",
        "knows neither delays nor events",
        "slow the fastest time constant down",
    ),
]

CASES = [*EVENTS, *DELAYS, *HISTORIES]
