"""Boards that hold their weights: droop by closed forms and by ngspice, and what is told of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.fleet.fleets import SHORT, with_board
from vle_analog.circuit.circuit import Circuit
from vle_analog.compare.criterion import Criterion
from vle_analog.errors import UsageError
from vle_analog.lab.lab import Lab
from vle_analog.lesson.chip import Chip
from vle_analog.production.devices import DeviceError, device_errors, with_errors
from vle_analog.production.hold import charged_with
from vle_analog.production.memory import driven
from vle_analog.production.values import parts
from vle_analog.stimulus import Constant
from vle_analog.studies.hold.report import report
from vle_analog.studies.hold.result import Held
from vle_analog.studies.hold.study import HoldPlan, hold

WEIGHTS = ["w1", "w2", "g1", "g2"]
#: what the currents of a deck are multiplied by: a simulator sees in a moment what takes minutes, and 1 nA, its
#: tolerance, is little
FASTER = 20_000.0


@cache
def held() -> Held:
    return hold(HoldPlan(SHORT, times=(10.0, 600.0), criterion=Criterion.parsed("loss<=1e9")), Lab())


def board(number: int) -> Circuit:
    return SHORT.blueprint().board(number)


def currents(circuit: Circuit, name: str) -> float:
    """What flows out of a weight's summing node while its switch is open, amperes, by the data of its parts."""
    errors = {error.name: error.value for error in device_errors(circuit)}
    leaks = sum(value for key, value in errors.items() if key.startswith(f"X{name}__bus") and key.endswith(".IL"))
    return float(errors[f"X{name}.IB"] - errors[f"X{name}.IOS"] / 2 + leaks)


def test_a_weight_droops_by_its_parts_currents_over_its_capacitance() -> None:
    """(bias + leakage)/C by the board's own values, within what an amplifier's finite gain adds."""
    for number, rates in enumerate(held().rates):
        circuit = board(number)
        farads = {part.name: part.value for part in parts(circuit)}
        for name, rate in list(zip(WEIGHTS, rates, strict=True))[:2]:
            assert rate == pytest.approx(currents(circuit, name) / farads[f"X{name}.C"], rel=1e-3), name


@pytest.mark.slow
def test_ngspice_droops_alike_in_a_deck_of_larger_currents() -> None:
    units = 20.0
    circuit = driven(board(0), {"gate": Constant(0.0)})

    def larger(error: DeviceError) -> float | None:
        hot = error.kind in ("opamp.IB", "opamp.IOS", "hold_switch.IL")
        return FASTER * error.value if hot and error.name.split("__")[0].split(".")[0] in ("Xw1", "Xw2") else None

    started = charged_with(with_errors(circuit, larger), {"w1": 4.0, "w2": 4.0})
    found = Chip(started, ("w1", "w2"), 0.02).advance(units)
    for place, name in enumerate(("w1", "w2")):
        volts = found[name] * circuit.volts_per_unit[name]
        rate = np.polyfit(found.time[10:] * circuit.unit, volts[10:], 1)[0]
        assert rate == pytest.approx(FASTER * held().rates[0, place], rel=5e-3), name


def test_boards_lose_as_their_weights_move_and_what_is_told_says_so() -> None:
    study = held()
    at_once, _, late = study.moments
    assert not np.any(at_once.moved) and np.all(late.moved > 0)
    assert study.lost(at_once) == pytest.approx(0.0) and study.promise in (0.0, 10.0, 600.0)
    told = report(study)
    assert [row[0] for row in told.tables[0].rows] == ["0 s", "10 s", "10 min"]
    assert told.record["moments"][2]["good"] == 2 and "per second" in told.sentences[1]
    assert set(told.drawn) == {"hold"}


def test_promises_end_where_boards_lose_too_much() -> None:
    study = held()
    lost = [float(np.max(study.lost(moment))) for moment in study.moments]
    assert replace(study, most=max(lost) + 1e-12).promise == 600.0
    assert replace(study, most=-1.0).promise == 0.0


def test_what_has_no_weights_on_capacitors_is_refused() -> None:
    with pytest.raises(UsageError, match="resistors"):
        HoldPlan(with_board(SHORT, mode="deploy"))
    with pytest.raises(UsageError, match="polypropylen"):
        HoldPlan(SHORT, dielectric="polypropylen")
    with pytest.raises(UsageError, match="times"):
        HoldPlan(SHORT, times=(0.0,))
