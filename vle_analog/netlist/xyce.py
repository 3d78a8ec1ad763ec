"""Circuit -> Xyce deck.

Source: "Xyce Parallel Electronic Simulator: Reference Guide", Sandia National Laboratories (its text of October 2025 in
the public repository Xyce/Xyce, ``doc/Reference_Guide``), sections B device (braces around every expression; ``M``
multiplies currents only), Expressions (``**`` is exponentiation and ``^`` exclusive or; ``LOG`` is to base 10, ``LN``
natural; ``PI``, ``TIME``), V device (``PWL`` with ``R=0`` to repeat, ``FILE``; ``SIN`` with the phase in degrees),
Q device (``IC1``, ``IC2``), X device and .SUBCKT (``PARAMS:``), .PARAM (reserved names), .GLOBAL, .TRAN (the fourth
number bounds the step), .PRINT (``FORMAT=RAW``), .OPTIONS TIMEINT and NONLIN-TRAN.

Two of ngspice's tolerances are left out: ``abstol`` is a current, where Xyce's nonlinear solver has the residual's and
the update's norms over all unknowns, and ``xtrtol`` is about XSPICE.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vle_analog.circuit.circuit import Circuit
from vle_analog.netlist.expressions import COMMON, Spelling, listed
from vle_analog.netlist.testbench import Deck, Testbench
from vle_analog.netlist.translate import Dialect, save_lines
from vle_analog.units import spice_number

_TIME, _NEWTON, _DEVICE = "TIMEINT", "NONLIN-TRAN", "DEVICE"


#: of expressions
SPELLING = Spelling(
    "Xyce",
    {**COMMON, "int": "int", "u": "stp"},
    {**{sign: sign for sign in ("<", ">", "<=", ">=", "==", "!=")}, "&&": "&", "||": "|", "!": "~"},
    ("(", ")"),
)


def render(circuit: Circuit, bench: Testbench) -> Deck:
    """The deck that runs a circuit alone in Xyce and leaves ``waveforms.raw``.

    Raises:
        CircuitError: an unknown probe or cell, or what Xyce cannot express, by name.
    """
    return _Xyce().render(circuit, bench)


class _Xyce(Dialect):
    simulator = "Xyce"
    extension = ".cir"
    spelling = SPELLING
    reserved = frozenset(listed("time freq hertz vt temp temper gmin pi exp"))
    sine = "SIN"
    options: Mapping[str, str] = {
        "method": _TIME + " METHOD={}",
        "reltol": _TIME + " RELTOL={}",
        "vntol": _TIME + " ABSTOL={}",
        "itl4": _NEWTON + " MAXSTEP={}",
        "temp": _DEVICE + " TEMP={}",
        "abstol": "",
        "xtrtol": "",
    }

    def behavioural(self, quantity: str, expression: str) -> str:
        return f"{quantity}={{{expression}}}"

    def handed(self, parameters: Mapping[str, str]) -> str:
        return (" PARAMS:" if parameters else "") + "".join(f" {key}={text}" for key, text in parameters.items())

    def begun(self, base: str = "", collector: str = "") -> str:
        return f" IC1={base} IC2={collector}" if base else ""

    def table(self, points: list[str], *, repeated: bool) -> list[str]:
        return ["PWL", *points, *(["R=0"] if repeated else [])]

    def table_from(self, name: str) -> str:
        return f'PWL FILE "{name}"'

    def control(self, bench: Testbench, options: list[str]) -> Iterator[str]:
        for package in (_TIME, _NEWTON, _DEVICE):
            words = [option.removeprefix(package).strip() for option in options if option.startswith(package)]
            if words:
                yield f".OPTIONS {package} " + " ".join(words)
        yield from _print(bench)
        step, span = spice_number(bench.step), spice_number(bench.span)
        yield f".TRAN {step} {span} 0 {step} UIC"


def _print(bench: Testbench) -> Iterator[str]:
    """One command: each would write the file anew."""
    first, *rest = save_lines("", bench.saved)
    yield f".PRINT TRAN FORMAT=RAW FILE=waveforms.raw{first}"
    yield from (f"+{line}" for line in rest)
