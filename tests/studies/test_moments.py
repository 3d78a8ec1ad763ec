"""Circuits with events and delays, in ngspice and in the engine, and what studies of boards make of them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import vle_analog as va
from tests.bouncing import ball_file, impacts
from tests.spiking import integrated_neuron, neuron
from vle_analog.compare import compare
from vle_analog.compare.criterion import Criterion
from vle_analog.compare.timing import event_timing
from vle_analog.design.build import Build
from vle_analog.design.design import Design, design
from vle_analog.design.system_board import SystemBoard
from vle_analog.engine.boards import of_board
from vle_analog.engine.engine import Engine
from vle_analog.equations.resolve import resolve
from vle_analog.errors import CircuitError, UsageError
from vle_analog.lab.lab import Lab
from vle_analog.production.production import Production
from vle_analog.reference.integrator import Integrator
from vle_analog.studies.margins.study import margins
from vle_analog.studies.montecarlo.study import MonteCarloPlan, montecarlo
from vle_analog.studies.run.study import simulated
from vle_analog.waveforms import Waveforms

BALL = ball_file(0.02, 1.5)
SAW = va.system("saw", x="1", events={"fire": ("x > 1", {"x": "-0.5"})}, span=5.2)


@pytest.fixture(scope="module")
def ball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ball") / "ball.toml"
    path.write_text(BALL)
    return path


def in_engine(ready: Design, finer: int = 1) -> Waveforms:
    step = ready.bench.step / ready.circuit.unit / finer
    found = Engine(ready.circuit, step, ready.bench.probes, threads=1).advance(ready.system.span, step)
    return of_board(found, 0)


def off(ready: Design, run: Waveforms) -> float:
    width = 1.5 * ready.bench.step / ready.circuit.unit
    judged = ready.reference.solution.judged(width)
    return compare(judged, run, signals=ready.bench.probes).trace_nrmse_max


@pytest.mark.parametrize(
    ("system", "moments"),
    [(neuron(60.0), integrated_neuron(60.0)[0]), (SAW, np.array([1.0, 2.5, 4.0]))],
    ids=["neuron", "saw"],
)
def test_ideal_circuits_with_events_are_their_references(system: va.EquationSystem, moments: np.ndarray) -> None:
    ready = design(system)
    run, other = simulated(system, ready, Lab()), in_engine(ready)
    assert run.within_bound and off(ready, other) < 2e-4
    ((name, timing),) = run.comparison.events.items()
    assert timing.complete and timing.rms is not None and len(moments) == timing.ideal >= 2
    np.testing.assert_allclose(run.analog.events[name], moments, atol=1e-5 * system.span)
    np.testing.assert_allclose(other.events[name], moments, atol=1e-5 * system.span)
    np.testing.assert_allclose(timing.late, run.analog.events[name] - moments, atol=1e-7 * system.span)


def test_the_engine_sets_states_to_second_order(ball: Path) -> None:
    ready = design(va.load_system(ball))
    runs = [in_engine(ready, finer) for finer in (1, 4)]
    coarse, fine = (off(ready, run) for run in runs)
    assert fine < 2e-5 and 8 < coarse / fine < 32
    coarse, fine = (float(np.abs(run.events["bounce"] - impacts(2)).max()) for run in runs)
    assert fine < 1e-5 and 8 < coarse / fine < 32


def test_real_parts_set_states_alike_in_engine_and_ngspice(ball: Path) -> None:
    """Boards whose comparators, sample-and-hold amplifiers, switches and op-amps have offsets."""
    system = va.load_system(ball)
    ready = design(system, Build(fidelity="macromodel"))
    for number in (None, 1, 2):
        circuit = ready.circuit if number is None else Production().made(ready.circuit, number)
        board = replace(ready, circuit=circuit)
        run = simulated(system, board, Lab()).analog
        other = in_engine(board)
        width = 3 * board.bench.step / circuit.unit
        judged = board.reference.solution.judged(width).time
        spread = float(np.ptp(run["h"]))
        error = run.at(judged)["h"] - other.at(judged)["h"]
        assert np.sqrt(np.mean(error**2)) < 1e-3 * spread
        late = other.events["bounce"] - run.events["bounce"]
        assert np.abs(late).max() < 0.1 * np.abs(run.events["bounce"] - impacts(2)).max()
        assert off(board, run) > 1e-3 or number is None


def test_how_long_a_reset_takes_is_told(ball: Path) -> None:
    system = va.load_system(ball)
    run = simulated(system, design(system, Build(fidelity="macromodel")), Lab())
    told = run.told(run)
    assert any(
        re.match("event 'bounce': 2 times, off by at most .* a reset takes 22 us", each) for each in told.sentences
    )
    timing = run.comparison.events["bounce"]
    assert np.all(timing.late > 0) and timing.late == pytest.approx(run.analog.events["bounce"] - impacts(2), abs=1e-9)
    (table,) = told.tables
    assert table.rows[0][:5] == ["bounce", "2", "2", "0", "0"]
    record = run.metrics()["event_timing"]["bounce"]
    assert record["worst_seconds"] == pytest.approx(0.02 * timing.late.max())
    assert record["worst_of_span"] == pytest.approx(timing.late.max() / 1.5)
    deck = run.design.deck.text
    assert "event: when h < 0: v = -e*v" in deck and "lf398" in deck and "comparator_monostable" in deck
    assert run.metrics()["events"]["bounce"] == pytest.approx(list(run.design.reference.solution.events["bounce"]))


def test_an_event_that_is_missing_or_too_many_is_a_verdict_of_its_own() -> None:
    run = simulated(SAW, design(SAW), Lab())
    assert not run.told(run).missed and run.told(run).warnings == []
    broken = event_timing(run.ideal.events["fire"], np.array([1.0, 1.6, 4.0]), 5.2)
    run = replace(run, comparison=replace(run.comparison, events={"fire": broken}))
    told = run.told(run)
    assert run.within_bound and told.missed and not run.metrics()["events_complete"]
    assert "1 of the reference's 3 missing, the first at t = 2.5, 1 too many, the first at t = 1.6" in told.warnings[0]


def test_studies_of_boards_take_events(ball: Path, tmp_path: Path) -> None:
    board = SystemBoard(str(ball), build=Build(fidelity="macromodel"), production=Production())
    plan = MonteCarloPlan(board, boards=6, criterion=Criterion.parsed("nrmse(h)<=0.05"))
    found = montecarlo(plan, Lab(tmp_path))
    values = np.array([sample.loss for sample in found.samples])
    assert np.all(values < 0.05) and np.ptp(values) > 1e-4
    lateness = replace(plan, criterion=Criterion.parsed("lateness(bounce)<=0.01"))
    late = np.array([sample.loss for sample in montecarlo(lateness, Lab(tmp_path / "late")).samples])
    assert np.all((late > 1e-4) & (late < 0.05)) and np.corrcoef(late, values)[0, 1] > 0.5
    with pytest.raises(UsageError, match="has no event 'bounces'"):
        montecarlo(replace(plan, criterion=Criterion.parsed("lateness(bounces)<=1")), Lab(tmp_path / "none"))
    expected = margins(design(va.load_system(ball), board.build))["h"]
    foretold = np.hypot(expected["loop"].figure, expected["drift"].figure)
    assert np.sqrt(np.mean(values**2)) == pytest.approx(foretold, rel=0.4)


def test_what_is_no_integrator_cannot_be_set(ball: Path) -> None:
    ready = design(va.load_system(ball))
    broken = replace(
        ready.circuit,
        sections=tuple(
            replace(
                section,
                elements=tuple(
                    replace(each, nodes=("h", *each.nodes[1:])) if each.name == "bounce__v__r" else each
                    for each in section.elements
                ),
            )
            for section in ready.circuit.sections
        ),
    )
    with pytest.raises(CircuitError, match="sets a stage that does not integrate"):
        Engine(broken, 1e-3, ("h",))


RELAY = va.system("relay", x="0.3 - sign(x)", initial={"x": 1.0}, span=4.0)


def test_a_signal_that_slides_on_a_comparator_is_told() -> None:
    ready = design(RELAY)
    (slides,) = ready.sliding
    assert slides.slides == pytest.approx(1 / 0.7, abs=2e-3)  # it falls from 1 at a rate of 0.7
    run = simulated(RELAY, ready, Lab())
    assert any("slides on its threshold" in each for each in run.told(run).sentences)
    assert "slides on its threshold" in ready.deck.text
    assert design(va.system(x="cos(t)", y="cos(t)*sign(x) - y", span=10)).sliding == ()


def test_hysteresis_makes_a_relay_swing_between_its_thresholds() -> None:
    ready = design(RELAY, Build(hysteresis=0.1))
    run = simulated(RELAY, ready, Lab())
    assert ready.sliding == () and run.within_bound and list(run.comparison.trace_nrmse) == ["x"]
    late = run.analog.time > 1.6
    assert run.analog["x"][late].max() == pytest.approx(0.05, abs=1e-4)
    assert run.analog["x"][late].min() == pytest.approx(-0.05, abs=1e-4)
    period = 0.1 / 0.7 + 0.1 / 1.3
    ups = ready.reference.solution.events["sign__state1__up"]
    np.testing.assert_allclose(np.diff(ups), period, rtol=1e-9)
    assert off(ready, in_engine(ready)) < 1e-4


def test_hysteresis_of_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="of which there are none"):
        design(SAW, Build(hysteresis=0.1))
    with pytest.raises(UsageError, match="`hysteresis` must be"):
        Build(hysteresis=1.0)


def test_circuits_begin_with_the_past_of_what_they_delay() -> None:
    """Ladders in ngspice and in the engine against the true delay; half of the run is what the past decides."""
    system = va.system("late", x="-x(t - 1)", initial={"x": "cos(2*t)*exp(t)"}, span=2.0)
    ready = design(system)
    assert "before time zero x was" in ready.deck.text
    true = Integrator(resolve(system)).run(1e-3).waveforms
    for run in (simulated(system, ready, Lab()).analog, in_engine(ready)):
        assert compare(true, run, signals=["x"]).trace_nrmse_max < 2e-3
        at = np.array([0.25, 0.5, 0.75])
        exact = np.interp(at, true.time, true["x"])
        np.testing.assert_allclose(run.at(at)["x"], exact, atol=5e-3)
    assert max(ready.delayed.values()) <= 3e-4


def test_a_delay_of_algebra_and_of_a_delay_begins_with_its_past() -> None:
    where = {"w": "x*y + 1"}
    initial = {"x": "1 + t", "y": "1 - t"}
    system = va.system(x="-delay(w, 0.7)", y="x - delay(delay(y, 0.3), 0.4)", initial=initial, where=where, span=1.5)
    ready = design(system)
    true = Integrator(resolve(system)).run(1e-3).waveforms
    assert compare(true, in_engine(ready), signals=["x", "y"]).trace_nrmse_max < 2e-3
