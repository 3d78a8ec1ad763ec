"""Circuit -> LTspice deck.

Sources: the LTspice help as published under ltwiki.org/files/LTspiceHelp.chm and gregbox.org/LTS/LTspiceHelp, topics
"B. Arbitrary behavioral sources" (no multiplier ``m=``; ``**`` is exponentiation and ``^`` exclusive or; ``&``, ``|``,
``!``; ``if``, ``table``, ``pwrs``, ``u``), "V. Voltage source" (``SINE`` with the phase in degrees, ``PWL``,
``PWL file=``), ".OPTIONS" (names; ``numdgt`` over 6 keeps double precision), ".TRAN" (the fourth number bounds the
step), ".PARAM" (braces are replaced by their value), ".SUBCKT", ".GLOBAL" and ".SAVE"; ``plotwinsize=0`` switches the
compression of waveforms off. ``PWL REPEAT FOREVER (...) ENDREPEAT`` is not in the help topic; decks that were published
for LTspice, and SpiceSharpParser's tests of its LTspice mode, use it so.

ngspice's ``xtrtol`` undoes what XSPICE parts do to ``trtol``, whose default is 7 there and 1 in LTspice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vle_analog.circuit.circuit import Circuit
from vle_analog.netlist.expressions import COMMON, Spelling, listed
from vle_analog.netlist.testbench import Deck, Testbench
from vle_analog.netlist.translate import Dialect, save_lines
from vle_analog.units import spice_number

#: of expressions
SPELLING = Spelling(
    "LTspice",
    {**COMMON, "int": "int", "u": "u"},
    {"<": "<", ">": ">", "<=": "<=", ">=": ">=", "&&": "&", "||": "|", "!": "!"},
    ("({", "})"),  # a value in them may be negative: a--1 is not for every reader
)


def render(circuit: Circuit, bench: Testbench) -> Deck:
    """The deck that runs a circuit alone in LTspice; its waveforms come as the raw file of the deck's name.

    Raises:
        CircuitError: an unknown probe or cell, or what LTspice cannot express, by name.
    """
    return _LTspice().render(circuit, bench)


def surroundings(circuit: Circuit, bench: Testbench) -> Deck:
    """What a drawing of a circuit includes: cells, stimuli, analysis.

    Raises:
        CircuitError: as `render`.
    """
    return _LTspice().surroundings(circuit, bench)


class _LTspice(Dialect):
    simulator = "LTspice"
    extension = ".net"
    spelling = SPELLING
    reserved = frozenset(("time", "pi", "temp"))
    sine = "SINE"
    options: Mapping[str, str] = {
        **{name: name + "={}" for name in listed("abstol chgtol gmin itl1 itl2 itl4 method")},
        **{name: name + "={}" for name in listed("pivrel pivtol reltol temp tnom trtol vntol")},
        "xtrtol": "trtol={}",
    }

    def behavioural(self, quantity: str, expression: str) -> str:
        return f"{quantity}={expression}"

    def handed(self, parameters: Mapping[str, str]) -> str:
        return "".join(f" {key}={text}" for key, text in parameters.items())

    def begun(self, base: str = "", collector: str = "") -> str:
        return f" ic={base},{collector}" if base else ""

    def table(self, points: list[str], *, repeated: bool) -> list[str]:
        first, last = ("PWL REPEAT FOREVER (", ") ENDREPEAT") if repeated else ("PWL(", ")")
        return [first, *points[:-1], points[-1] + last]

    def table_from(self, name: str) -> str:
        return f"PWL file={name}"

    def control(self, bench: Testbench, options: list[str]) -> Iterator[str]:
        yield ".options " + " ".join((*options, "numdgt=15", "plotwinsize=0"))
        yield from save_lines(".save", bench.saved)
        step, span = spice_number(bench.step), spice_number(bench.span)
        yield f".tran {step} {span} 0 {step} uic"
