"""What the integrator records, reports and refuses."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import sympy as sp

from vle_analog.equations.system import Definition, EquationSystem, Input, Parameter, State, index, signal, total
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import DivergenceError, UsageError
from vle_analog.library import system_files
from vle_analog.reference import accuracy
from vle_analog.reference.accuracy import REFERENCE_ERROR, SOLVER_ERROR, difference, first_step, reference
from vle_analog.reference.integrator import Integrator, Solution
from vle_analog.stimulus import Constant, Piecewise, Sines
from vle_analog.waveforms import Waveforms

x, y, square, drive = sp.symbols("x y square drive")


def oscillator(span: float = 10.0) -> EquationSystem:
    """x = cos t, y = -sin t, with a definition and an input beside."""
    return EquationSystem(
        "oscillator",
        (State(x, y, 1.0), State(y, -x, 0.0)),
        (Definition(square, x**2 - drive),),
        (Input(drive, Sines((0.5,), (0.1,), (0.0,))),),
        span=span,
    )


def test_times_are_nested_under_halvings() -> None:
    system = oscillator().updated(inputs=(Input(drive, Piecewise(np.array([1.0, 1.7]), np.array([0.0, 1.0]))),))
    integrator = Integrator(system)
    runs = [integrator.run(0.13, halvings).waveforms for halvings in range(4)]
    for coarse, fine in pairwise(runs):
        assert len(fine.time) == 2 * len(coarse.time) - 1
        np.testing.assert_allclose(fine.time[::2], coarse.time, rtol=1e-13)
    for run in runs:
        assert run.time[0] == 0 and run.time[-1] == system.span and np.all(np.diff(run.time) > 0)
        assert np.isin([1.0, 1.7], run.time).all()


def test_every_instance_of_an_input_has_its_own_stimulus() -> None:
    n = index("n", 3)
    drive, u = signal("drive", n), signal("u", n)
    stimuli = (Constant(2.0), Sines((0.5,), (10.0,), (0.0,)), Piecewise(np.array([1.0, 1.7]), np.array([0.0, 1.0])))
    system = EquationSystem("several", (State(u, drive),), inputs=(Input(drive, stimuli),), span=2.0)
    assert first_step(system) == pytest.approx(1e-3)  # the fastest's
    run = Integrator(system).run(0.01, record=["u", "drive"]).waveforms
    assert np.isin([1.0, 1.7], run.time).all()
    for number, stimulus in enumerate(stimuli):
        np.testing.assert_array_equal(run[f"drive_{number}"], stimulus(run.time))
    np.testing.assert_allclose([run[f"u_{number}"][-1] for number in range(3)], [4.0, 0.0, 0.65], atol=1e-3)
    together = Integrator(system.updated(inputs=(Input(drive, stimuli[0]),))).run(0.01, record=["u"]).waveforms
    np.testing.assert_allclose([together[f"u_{number}"][-1] for number in range(3)], 4.0)


@pytest.mark.parametrize("samples", [10, 100, 333, 100_000])
def test_samples_limits_what_is_recorded(samples: int) -> None:
    run = Integrator(oscillator()).run(0.01, samples=samples).waveforms
    assert min(samples, 1000) / 2 <= len(run.time) <= samples + 2
    np.testing.assert_allclose(run["x"], np.cos(run.time), atol=1e-8)


def test_records_across_chunks_are_on_their_times() -> None:
    """130,001 steps, 7 of 8 left out, in chunks of 50,000: none is misplaced at the seams."""
    run = Integrator(oscillator(13.0001)).run(1e-4, samples=20_000, record=["x", "square", "drive"]).waveforms
    np.testing.assert_allclose(run["x"], np.cos(run.time), atol=1e-10)
    np.testing.assert_allclose(run["drive"], 0.5 * np.sin(0.2 * math.pi * run.time), atol=1e-12)
    np.testing.assert_allclose(run["square"], run["x"] ** 2 - run["drive"], atol=1e-12)


def test_peaks_are_maxima_over_all_steps() -> None:
    fine = Integrator(oscillator()).run(0.001)
    few = Integrator(oscillator()).run(0.001, samples=3)
    assert len(few.waveforms.time) <= 5
    assert few.peaks == fine.peaks
    times = np.linspace(0, 10, 100_001)
    truth = np.cos(times) ** 2 - 0.5 * np.sin(0.2 * math.pi * times)
    assert few.peaks["square"] == pytest.approx(np.max(np.abs(truth)), rel=1e-5)
    assert few.peaks["x"] == pytest.approx(1.0, rel=1e-6) and few.peaks["drive"] == pytest.approx(0.5, rel=1e-5)


def test_peaks_include_the_start_and_the_end() -> None:
    run = Integrator(EquationSystem("decay", (State(x, -x, -2.0), State(y, -x, 0.0)), span=3.0)).run(0.01)
    assert run.peaks["x"] == 2.0
    assert run.peaks["y"] == pytest.approx(2 * (1 - math.exp(-3)), rel=1e-9) and run.waveforms["y"][-1] > 1.9


def test_peak_of_a_template_is_that_of_its_largest_instance_and_sums_are_right() -> None:
    n = index("n", 3)
    u, tau, mean = signal("u", n), signal("tau", n), sp.Symbol("mean")
    system = EquationSystem(
        "layer",
        (State(u, (1 - u) / tau, np.array([0.0, 3.0, -5.0])),),
        (Definition(mean, total(u, n) / 3),),
        parameters=(Parameter(tau, np.array([1.0, 2.0, 4.0])),),
        outputs=("u", "mean"),
        span=2.0,
    )
    run = Integrator(system).run(0.01)
    assert run.peaks["u"] == 5.0 and run.final["u"].shape == (3,)
    assert list(run.waveforms.signals) == ["u_0", "u_1", "u_2", "mean"]
    exact = 1 + np.array([-1.0, 2.0, -6.0]) * np.exp(-2.0 / np.array([1.0, 2.0, 4.0]))
    np.testing.assert_allclose(run.final["u"], exact, atol=1e-9)
    assert run.waveforms["mean"][-1] == pytest.approx(exact.mean(), abs=1e-9)


def test_progress_rises_to_one() -> None:
    seen: list[float] = []
    Integrator(oscillator()).run(1e-4, samples=100, progress=seen.append)
    assert seen == [0.5, 1.0]


def test_what_is_large_in_its_own_units_does_not_diverge() -> None:
    system = EquationSystem("people", (State(x, x / 10, 2.5e9),), span=30.0)
    assert Integrator(system).run(0.01).final["x"] == pytest.approx(2.5e9 * math.exp(3.0), rel=1e-9)
    rising = EquationSystem("rising", (State(x, sp.Float(1e12), 0.0),), span=10.0)
    assert Integrator(rising).run(0.01).final["x"] == pytest.approx(1e13)


def test_divergence_names_state_time_and_system() -> None:
    system = EquationSystem("blow_up", (State(y, -y, 1.0), State(x, x**2, 1.0)), span=3.0)
    for attempt in (lambda: Integrator(system).run(1e-4), lambda: reference(system)):
        with pytest.raises(DivergenceError) as caught:
            attempt()
        assert "'x'" in caught.value.what and caught.value.where == "blow_up" and caught.value.hint
        time = float(caught.value.what.split("t = ")[1].split()[0])
        assert time == pytest.approx(1.0, abs=0.01)  # x = 1/(1 - t)


def test_not_a_number_is_a_divergence() -> None:
    """A quotient that turns infinite at once, without growing first."""
    from vle_analog.laws.reciprocal import reciprocal

    system = EquationSystem("pole", (State(x, reciprocal(y), 0.0), State(y, -sp.S.One, 1.0)), span=2.0)
    with pytest.raises(DivergenceError, match="'x'"):
        Integrator(system).run(0.5)


@pytest.mark.parametrize("fast", [1e-4, 1e-5])
def test_stiff_but_stable_is_not_called_divergent(fast: float) -> None:
    """u follows cos t with a tiny time constant; steps of 0.05 diverge for an explicit method."""
    u = sp.Symbol("u")
    system = EquationSystem(
        "stiff", (State(u, (x - u) / fast, 0.0), State(x, y, 1.0), State(y, -x, 0.0)), outputs=("x", "u"), span=10.0
    )
    with pytest.raises(DivergenceError):
        Integrator(system).run(first_step(system))
    found = reference(system)
    assert found.solution.step < 2.8 * fast  # RK4's limit of stability
    late = found.solution.waveforms.between(1.0, 10.0)
    np.testing.assert_allclose(late["u"], np.cos(late.time), atol=2 * fast)


def test_what_is_too_stiff_for_an_explicit_method_is_left_to_an_implicit_one() -> None:
    """u follows cos t with a time constant of 1e-9: a run of explicit steps would take minutes."""
    u = sp.Symbol("u")
    system = EquationSystem(
        "stiff",
        (State(u, (x - u) / 1e-9, 0.0), State(x, y, 1.0), State(y, -x, 0.0)),
        (Definition(sp.Symbol("twice"), 2 * u),),
        outputs=("x", "u", "twice"),
        span=10.0,
    )
    found = reference(system)
    late = found.solution.waveforms.between(1.0, 10.0)
    np.testing.assert_allclose(late["u"], np.cos(late.time), atol=1e-6)
    np.testing.assert_allclose(late["twice"], 2 * np.cos(late.time), atol=2e-6)
    assert found.solver_error is None
    assert found.solution.peaks["twice"] == pytest.approx(2.0, rel=1e-3)
    assert found.solution.lowest["x"] == pytest.approx(-1.0, rel=1e-5)
    assert found.solution.highest["y"] == pytest.approx(1.0, rel=1e-5)


def test_a_long_run_that_diverges_is_given_up_before_memory_is() -> None:
    """Half a million steps at first: each halving of all of them would double the memory."""
    system = EquationSystem("blow_up", (State(x, x**2, 1.0),), span=10_000.0)
    with pytest.raises(DivergenceError):
        reference(system, step=0.02)


@pytest.mark.parametrize("step, span", [(0.0, 1.0), (-1.0, 1.0), (math.nan, 1.0), (0.1, 0.0), (0.1, -3.0)])
def test_step_and_span_must_be_positive(step: float, span: float) -> None:
    with pytest.raises(UsageError, match="positive"):
        Integrator(oscillator()).run(step, span=span)


def test_reference_converges_and_says_what_the_solver_needs() -> None:
    system = oscillator().updated(outputs=("x", "square"))
    found = reference(system)
    finer = Integrator(system).run(found.solution.step / 8).waveforms
    assert difference(found.solution.waveforms, finer) < REFERENCE_ERROR
    assert 0 < found.solver_error < SOLVER_ERROR
    assert found.solver_step >= found.solution.step / 2


def test_a_solver_step_that_nobody_asks_for_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    system = oscillator().updated(outputs=("x", "square"))
    asked = reference(system)
    monkeypatch.setattr(accuracy, "solver_step", None)
    found = reference(system, solver_error=None)
    assert found.solver_error is None and found.solver_step == found.solution.step == asked.solution.step
    np.testing.assert_array_equal(found.solution.waveforms["x"], asked.solution.waveforms["x"])


def test_a_first_run_that_the_finest_follows_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that it could show would end the search."""
    system, step = oscillator().updated(outputs=("x", "square")), 0.05
    monkeypatch.setattr(accuracy, "_MOST_STEPS", 3 * system.span / step)
    halved: list[int] = []
    run = Integrator.run

    def noted(self: Integrator, step: float, halvings: int = 0, **settings: Any) -> Solution:
        halved.append(halvings)
        return run(self, step, halvings, **settings)

    monkeypatch.setattr(Integrator, "run", noted)
    found = reference(system, step=step, solver_error=None)
    assert halved == [1]
    assert found.solution.step == pytest.approx(step / 2, rel=0.01)


def test_a_conserved_quantity_does_not_refine_without_end() -> None:
    """The energy's range is truncation error alone; measured against that, no step would ever do."""
    system = load_system(system_files()["harmonic_oscillator"])
    assert "energy" in system.outputs
    found = reference(system)
    assert found.solver_step > 1e-3 and found.solver_error < SOLVER_ERROR


def test_chaos_beyond_prediction_ends_and_says_how_far_off_it_is() -> None:
    system = load_system(system_files()["lorenz"]).updated(span=80.0)
    found = reference(system)
    assert found.solver_error > SOLVER_ERROR


def test_difference_is_the_rms_over_the_truths_range() -> None:
    time = np.linspace(0, 1, 11)
    ramp = Waveforms(time, {"a": 4 * time, "b": np.full(11, 5.0), "c": np.zeros(11)})
    off = Waveforms(time, {"a": 4 * time + 0.4, "b": np.full(11, 5.0), "c": np.zeros(11)})
    assert difference(off, ramp) == pytest.approx(0.1)
    off = Waveforms(time, {"a": 4 * time, "b": np.full(11, 5.5), "c": np.zeros(11)})
    assert difference(off, ramp) == pytest.approx(0.1)
    off = Waveforms(time, {"a": 4 * time, "b": np.full(11, 5.0), "c": np.full(11, 0.3)})
    assert difference(off, ramp) == pytest.approx(0.3)
    assert difference(ramp, ramp) == 0
