"""Scatter kind by kind: factors, and one structure for all of them."""

from __future__ import annotations

import pytest

from tests.production.test_offsets import summers
from vle_analog.circuit.elements import Battery, CurrentSource, Instance
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.errors import UsageError
from vle_analog.production.offsets import scattered
from vle_analog.tasks import TASKS

EVERY = (
    "opamp.VOS",
    "opamp.IB",
    "opamp.IOS",
    "multiplier.XOS",
    "multiplier.YOS",
    "multiplier.ZOS",
    "multiplier.GE",
    "multiplier.DX",
    "multiplier.FY",
    "softplus.VOS",
    "softplus.GE",
    "softplus.KE",
    "logistic.VOS",
    "logistic.GE",
    "logistic.KE",
    "deadzone.VOS",
    "hold_switch.DRON",
    "hold_switch.IL",
)


def test_all_kinds_by_one_are_what_it_does_by_itself() -> None:
    circuit = design(TASKS["chain"]("gle", None, 80, 0), Build(fidelity="macromodel")).circuit
    assert scattered(circuit, 7, kinds=dict.fromkeys(EVERY, 1.0)) == scattered(circuit, 7)


def test_kinds_are_scaled_one_by_one_and_others_are_not_there() -> None:
    whole = {(type(part), part.name): part for part in scattered(summers(2), 3).elements()}
    found = {
        (type(part), part.name): part for part in scattered(summers(2), 3, 2.0, kinds={"opamp.VOS": 0.5}).elements()
    }
    assert found[Battery, "u1__offset"] == whole[Battery, "u1__offset"]
    assert (CurrentSource, "u1__bias") in whole and (CurrentSource, "u1__bias") not in found
    circuit = design(TASKS["chain"]("gle", None, 80, 0), Build(fidelity="macromodel")).circuit
    names = {
        name
        for part in scattered(circuit, 0, kinds={"multiplier.GE": 1.0}).elements()
        if isinstance(part, Instance) and part.cell == "multiplier"
        for name, _ in part.parameters
    }
    assert "GE" in names and not names & {"XOS", "YOS", "ZOS"}


def test_a_factor_of_zero_keeps_the_sources() -> None:
    kinds = {"opamp.VOS": 0.0, "opamp.IB": 0.0, "opamp.IOS": 0.0}
    quiet, loud = scattered(summers(2), 3, kinds=kinds), scattered(summers(2), 3)
    assert [part.name for part in quiet.elements()] == [part.name for part in loud.elements()]
    for part in quiet.elements():
        if isinstance(part, Battery) and part.error is not None:
            assert part.volts == 0
        if isinstance(part, CurrentSource):
            assert part.amperes == 0


def test_a_negative_factor_is_refused() -> None:
    with pytest.raises(UsageError, match=r"the factor of 'opamp.VOS' must be at least 0, not -1"):
        scattered(summers(1), 0, kinds={"opamp.VOS": -1.0})
