"""Whole circuits of systems whose names invite trouble: no node is another one's by accident."""

from __future__ import annotations

import pytest

from tests.blocks.bench import system
from vle_analog.circuit.elements import Drive
from vle_analog.design.build import Build
from vle_analog.equations.system import EquationSystem, Input, State, index, signal
from vle_analog.sequences import Held
from vle_analog.stimulus import Sines
from vle_analog.studies.run.study import run

SYSTEMS = {
    # i*s would be i__s, the summing node of i
    "epidemic": system({"s": ("-2*s*i", 0.9), "i": ("2*s*i - i/2", 0.1)}, span=5.0),
    "epidemic in capitals": system({"S": ("-2*S*I_1", 0.9), "I_1": ("2*S*I_1 - I_1/2", 0.1)}, span=5.0),
    # n*x would be n__x, and x*n the inverted copy of x
    "a product with n": system({"a": ("1 - a*n - n", 0.9), "n": ("a/2 - n", 0.1)}, span=5.0),
    # p*ref would be the reference's node
    "a product with ref": system({"p": ("1 - p*ref", 0.9), "ref": ("p - 2*ref*p", 0.1)}, span=5.0),
    "the reference's symbol": system({"one": ("1 - one*reference", 0.9), "reference": ("-reference", 0.4)}, span=5.0),
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_names_do_not_short_nodes(name: str) -> None:
    assert run(SYSTEMS[name]).metrics()["trace_nrmse_max"] < 1e-3


def test_every_instance_of_an_input_has_its_own_source() -> None:
    n = index("n", 2)
    drive, u = signal("drive", n), signal("u", n)
    stimuli = (Sines((1.0,), (0.3,), (0.0,)), Held(0.5, 0.7, seed=3))
    given = EquationSystem("several", (State(u, 2 * drive - u),), inputs=(Input(drive, stimuli),), span=5.0)
    found = run(given)
    assert [each.name for each in found.design.circuit.elements() if isinstance(each, Drive)] == ["drive_0", "drive_1"]
    assert found.metrics()["trace_nrmse_max"] < 1e-3


@pytest.mark.parametrize("realisation", ["lead", "differentiator"])
def test_hidden_states_of_look_ahead_stages_are_not_compared(realisation: str) -> None:
    """... nor taken for the product of two signals that would have their name."""
    given: EquationSystem = system(
        {"x": ("1 - x", 0.2), "z": ("-z*y", 0.5), "d": ("-y*d", 0.5)}, {"y": "prospective(x, 0.3)"}, span=4.0
    )
    found = run(given, Build(realisation))
    assert set(found.metrics()["trace_nrmse"]) == {"x", "z", "d"}
    assert found.metrics()["trace_nrmse_max"] < 1e-3
