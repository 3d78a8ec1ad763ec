"""Start values set by switches and resistors, in ngspice: as good as charged capacitors, and on the bill."""

from __future__ import annotations

import re

import pytest

from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.design.prototype import Prototype
from vle_analog.design.subject import Subject
from vle_analog.design.system_board import SystemBoard
from vle_analog.errors import UsageError
from vle_analog.lab.lab import Lab
from vle_analog.library import system_files
from vle_analog.production.assembly import assembled
from vle_analog.studies.run.study import simulated

RESET = Build(start="reset")
#: that run in a moment
QUICK = ("van_der_pol", "two_neurons")


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in sorted(system_files())]
)
def test_a_run_from_a_reset_is_the_reference(name: str) -> None:
    """At most 0.1 % of each range, from time zero on, and no capacitor is charged when the run begins."""
    loaded = Prototype(Subject(name), RESET).loaded
    ready = design(loaded, RESET)
    assert set(
        re.findall(r"\b(?:IC\d?|ic|OUT)=(\S+)", re.sub(r"(?ms)^\.subckt .*?^\.ends.*?$", "", ready.deck.text))
    ) <= {"0"}
    run = simulated(loaded, ready, Lab())
    assert run.comparison.trace_nrmse_max < 1e-3


def test_what_resets_is_on_the_board() -> None:
    build = Build(fidelity="macromodel", start="reset")
    circuit = design(Prototype(Subject("duffing"), build).loaded, build).circuit
    usual = design(
        Prototype(Subject("duffing"), Build(fidelity="macromodel")).loaded, Build(fidelity="macromodel")
    ).circuit
    parts, fewer = assembled(circuit), assembled(usual)
    switches = [part for part in parts if part.kind == "hold_switch"]
    assert len(switches) == 2 and not [part for part in fewer if part.kind == "hold_switch"]
    assert {part.flat.signal for part in switches} == {"x", "v"}  # drawn with their stages
    assert sum(part.kind == "input" for part in parts) == sum(part.kind == "input" for part in fewer) + 1
    more = sum(part.kind == "resistor" for part in parts) - sum(part.kind == "resistor" for part in fewer)
    assert 2 < more <= 4  # one to the output each, and one to a reference


def test_where_it_cannot_be_had() -> None:
    with pytest.raises(UsageError, match="unknown way to start"):
        Build(start="rest")
    with pytest.raises(UsageError, match="charged capacitors"):
        SystemBoard("lorenz", build=RESET)
