"""A deck without its ``.control`` block: the same circuit, run by dot commands, which every SPICE reads."""

from __future__ import annotations

from dataclasses import dataclass

from vle_analog.errors import SimulationError

#: commands of a control block that say only where results go
_ABOUT_FILES = ("set", "write", "quit", "echo")
_HINT = "a deck of this tool's saves node voltages, runs one transient analysis, writes and quits"


@dataclass(frozen=True)
class DotDeck:
    """A deck that dot commands run.

    Attributes:
        text: of the deck.
        step: the bound of the solver's step, in the deck's words.
        span: the end of the transient analysis, in the deck's words.
        probes: nodes whose voltages are saved.
    """

    text: str
    step: str
    span: str
    probes: tuple[str, ...]


def with_dots(deck: str) -> DotDeck:
    """A deck of this tool's, its analysis and what it saves as dot commands; every other line as it stands.

    Raises:
        SimulationError: the control block has another command, or no transient analysis.
    """
    before, _, rest = deck.partition("\n.control\n")
    inside, closed, after = rest.partition("\n.endc\n")
    if not closed:
        raise SimulationError("the deck has no .control block", hint=_HINT)
    commands: list[str] = []
    probes: list[str] = []
    step = span = ""
    for line in inside.splitlines():
        name, *words = line.split()
        if name == "save":
            probes += [word.removeprefix("v(").removesuffix(")") for word in words]
            commands.append(f".{line}")
        elif name == "tran" and not span:
            step, span = words[0], words[1]
            commands.append(f".{line}")
        elif name not in _ABOUT_FILES:
            raise SimulationError(f"'{line}' of the .control block has no counterpart among dot commands", hint=_HINT)
    if not span:
        raise SimulationError("the deck's .control block runs no transient analysis", hint=_HINT)
    return DotDeck("\n".join((before, *commands, after)), step, span, tuple(probes))
