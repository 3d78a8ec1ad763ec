"""Clocks as parts: what they are made of, how far they miss their period, and that nothing else moves by it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Drive
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.engine.engine import Engine
from vle_analog.production.assembly import assembled
from vle_analog.production.clock import Oscillator, clocked, oscillators, period_error
from vle_analog.production.memory import driven
from vle_analog.production.production import Production
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.sequences import SquareWave
from vle_analog.stimulus import Constant, DutyGate, Pace, Phase
from vle_analog.tasks import chain, first_board

SPREAD = Variation(Tolerance(0.01), Tolerance(0.05))


@pytest.fixture(scope="module")
def circuit() -> Circuit:
    """The first board."""
    task = first_board(span=80.0, chop="slow")
    return design(task, Build(fidelity="macromodel")).circuit


def periods(circuit: Circuit) -> dict[str, float]:
    """Seconds, of all clocked sources."""
    return {
        each.name: float(each.played.clock_period or 0) * each.unit
        for each in circuit.elements()
        if isinstance(each, Drive) and each.clock
    }


@pytest.mark.parametrize("period", [0.02, 0.06, 1.0, 60.0])
def test_a_timer_has_the_period_of_its_parts(period: float) -> None:
    clock = Oscillator("chopper", period)
    ohms, farads, count = clock.values
    assert 2.3 * ohms * farads * 2 ** (count + 1) == pytest.approx(period * clock.nominal)
    assert clock.nominal == pytest.approx(1, abs=0.0125)  # half of a step of E96
    assert 1e3 <= 1 / (2.3 * ohms * farads) <= 100e3 and 10e3 <= ohms <= 1e6


def test_boards_clocks_differ_and_all_phases_of_one_go_together(circuit: Circuit) -> None:
    (clock,) = oscillators(circuit)
    found = [periods(clocked(circuit, board, SPREAD)) for board in range(400)]
    assert all(each["upright"] == each["inverted"] for each in found)
    factors = np.log([each["upright"] / (0.04 * clock.nominal) for each in found])
    wanted = period_error(circuit)
    assert wanted == pytest.approx(np.sqrt(0.01**2 + 0.05**2 + 0.01**2))
    assert np.std(factors) == pytest.approx(wanted, rel=0.11) and abs(np.mean(factors)) < 3 * wanted / 20
    assert clocked(circuit, 0, SPREAD, kinds={}) == clocked(circuit, 0, SPREAD, 0.0) == circuit
    half = periods(clocked(circuit, 5, Variation(), kinds={"clock.PERIOD": 0.5}))["upright"] / 0.04
    assert half**2 == pytest.approx(found[5]["upright"] / 0.04)


def test_nothing_else_of_a_board_changes_by_it(circuit: Circuit) -> None:
    made = Production(SPREAD)
    without = replace(made, kinds=None).passes(3)
    plain = circuit
    for place, change in enumerate(without):
        plain = plain if place == 2 else change(plain)
    pairs = zip(made.made(circuit, 3).elements(), plain.elements(), strict=True)
    moved = {one.name for one, other in pairs if one != other}
    assert moved == {"upright", "inverted"}


def test_an_exam_goes_by_the_boards_clock() -> None:
    ready = design(chain("gle", span=80.0, chop="slow"), Build(fidelity="macromodel"))
    board = clocked(ready.circuit, 5, SPREAD)
    pace = next(each.pace for each in board.elements() if isinstance(each, Drive) and each.clock)
    wave = SquareWave(1.0, 2.0, 0.0)
    again = driven(board, {"clock": wave, "x": wave})
    assert periods(again)["clock"] == pytest.approx(2.0 * ready.circuit.unit * pace.period)
    (x,) = (each for each in again.elements() if isinstance(each, Drive) and each.name == "x")
    assert x.stimulus is wave


def test_stimuli_go_by_a_pace() -> None:
    pace = Pace(1.1, 0.9)
    assert Phase(10.0, 1.0, 6.0).paced(pace) == Phase(11.0, 1.1, 6.6000000000000005)
    slow = DutyGate(3.0, 50.0, 0.1, 20.0, 10.0, 2.0).paced(pace)
    assert (slow.on, slow.off, slow.begin, slow.tau, slow.period) == (3.0, 50.0, 20.0, 9.0, 2.2)
    still = Constant(1.0)
    assert still.paced(pace) is still and still.clock_period is None


def test_its_parts_can_be_bought_and_are_joined_to_what_they_drive(circuit: Circuit) -> None:
    parts = {each.name: each for each in assembled(circuit)}
    timer, half = parts["Xchopper__timer"], parts["Xchopper__half"]
    assert timer.device is not None and (timer.device.part, timer.device.package) == ("cd4541", "SOIC-14")
    ends, joined = dict(timer.pins), dict(half.pins)
    assert ends["vdd"] == "vcc_7V5" and joined["cp"] == ends["q"]
    assert {joined["q"], joined["qb"]} == {"upright", "inverted"} and joined["d"] == joined["qb"]
    assert not any(each.kind == "input" and each.element.nodes[0] in ("upright", "inverted") for each in parts.values())
    resistor = parts["Rchopper__t"].purchase
    assert resistor is not None and resistor.value == oscillators(circuit)[0].values[0]


def test_a_smooth_chopper_and_a_falling_gate_are_circuits_too() -> None:
    task = chain("gle", span=80.0, chop="slow", trace=100.0, anneal_by="gate", anneal=(40.0, 10.0))
    made = design(task, Build(fidelity="macromodel")).circuit
    kinds = [each.device.part for each in assembled(made) if each.device and each.flat.section.kind == "clock"]
    assert sorted(kinds) == ["cd4013", "cd4053", "cd4541", "cd4541", "lm311", "lm311", "lm311", "opa2134", "opa2134"]


def test_boards_made_together_have_the_clocks_that_they_have_alone(circuit: Circuit) -> None:
    made = Production(SPREAD)
    panel = made.together(circuit, (3, 7))
    assert panel is not None
    engines = Engine(panel, 0.02), Engine((made.made(circuit, board) for board in (3, 7)), 0.02)
    together, alone = ([dict(each) for each in engine.stimuli] for engine in engines)
    assert together == alone and together[0]["upright"] != together[1]["upright"]
    assert together[0]["x"] is together[1]["x"]
