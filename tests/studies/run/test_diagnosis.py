"""Why a run is off: for each cause a run in which it is the true one, and its remedy, which works."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.blocks.bench import system
from tests.bouncing import ball_file
from vle_analog.design.build import Build
from vle_analog.equations.system import EquationSystem
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import UsageError
from vle_analog.library import system_files
from vle_analog.production.production import Production
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.stimulus import Sines
from vle_analog.studies.margins.study import margins
from vle_analog.studies.run.diagnosis import Diagnosis
from vle_analog.studies.run.report import report
from vle_analog.studies.run.result import SYSTEM_BOUND, Run
from vle_analog.studies.run.study import run

EXACT = Production(offsets=0.0)
INTEGRATOR = system({"x": ("u", 0.0)}, {}, {"u": Sines((0.63,), (0.16,), (0.0,))}, span=20.0)
OSCILLATOR = system({"x": ("v", 1.0), "v": ("-x", 0.0)}, unit=2e-5, span=20.0)


def shipped(name: str) -> EquationSystem:
    return load_system(system_files()[name])


def real(**parts: str) -> Build:
    return Build(fidelity="macromodel", parts=tuple(parts.items()))


def made(subject: EquationSystem, build: Build, production: Production = EXACT, board: int = 0) -> Run:
    return run(subject, build, production.passes(board))


def of(done: Run, cause: str) -> Diagnosis:
    """The diagnosis of a run that is off, which must be one of a cause."""
    assert not done.within_bound and done.diagnosis is not None
    assert done.diagnosis.cause == cause, str(done.diagnosis)
    return done.diagnosis


def number(text: str, before: str) -> float:
    """The number that follows some words."""
    return float(text.partition(before)[2].split()[0].rstrip(";,"))


def test_a_run_that_is_fine_has_none() -> None:
    done = run(shipped("rc_low_pass"))
    assert done.diagnosis is None and done.metrics()["diagnosis"] is None


def test_chaos_and_how_far_it_can_be_followed() -> None:
    """Lorenz's largest exponent is 0.906 per unit (Sprott, "Chaos and Time-Series Analysis", 2003)."""
    lorenz = shipped("lorenz")
    done = made(lorenz, real())
    diagnosis = of(done, "chaos")
    assert diagnosis.exponent == pytest.approx(0.906, rel=0.2)
    assert diagnosis.remedy.startswith("--span ") and "e-fold each 1." in diagnosis.found
    shorter = made(lorenz.updated(span=number(diagnosis.remedy, "--span ")), real())
    # the range of a shorter run is less: the error is the same
    error = shorter.comparison.trace_nrmse[diagnosis.signal] * np.ptp(shorter.ideal[diagnosis.signal])
    assert error <= 1.05 * SYSTEM_BOUND * np.ptp(done.ideal[diagnosis.signal])


def test_an_op_amp_at_the_end_of_its_swing() -> None:
    """Swings of 6.6 V where the signal is scaled to 8."""
    weak = Production(offsets=0.0, imperfections=(("swing", 6.0),))
    low = made(shipped("harmonic_oscillator"), real(), weak)
    diagnosis = of(low, "clipping")
    assert "is at the end of its op-amp's swing" in diagnosis.found
    signal = diagnosis.remedy.partition("--scale ")[2].partition("=")[0]
    assert diagnosis.remedy.startswith(f"--scale {signal}=")
    scales: dict[str, float] = {}
    for _ in range(4):  # one signal after another
        if low.diagnosis is None or low.diagnosis.cause != "clipping":
            break
        signal, _, volts = low.diagnosis.remedy.partition("--scale ")[2].partition(",")[0].partition("=")
        scales[signal] = float(volts)
        low = made(shipped("harmonic_oscillator"), replace(real(), scales=tuple(scales.items())), weak)
    assert low.comparison.trace_nrmse_max < 0.05 * diagnosis.error


def test_a_slope_that_an_op_amp_cannot_follow() -> None:
    fast = made(shipped("fast_ring"), real(opamp="opa2277"))
    diagnosis = of(fast, "slew")
    assert "of 0.8 V/us" in diagnosis.found
    unit = number(diagnosis.remedy, "a unit of ") * 1e-6
    after = made(shipped("fast_ring").updated(unit=unit), real(opamp="opa2277"))
    assert after.diagnosis is None or after.diagnosis.cause != "slew"
    assert after.comparison.trace_nrmse_max < 0.5 * fast.comparison.trace_nrmse_max


def test_offsets() -> None:
    done = made(INTEGRATOR, real(opamp="tl072"), Production())
    diagnosis = of(done, "offsets")
    assert diagnosis.shares["offsets"] > 0.8 and diagnosis.explained > 0.95
    assert diagnosis.sizes["offsets"] == pytest.approx(diagnosis.error, rel=0.2)
    better = diagnosis.remedy.split()[1]
    assert diagnosis.remedy.startswith("opamp ")
    assert made(INTEGRATOR, real(opamp=better), Production()).within_bound


def test_lags() -> None:
    done = made(OSCILLATOR, real(opamp="tl072"))
    diagnosis = of(done, "bandwidth")
    assert diagnosis.shares["bandwidth"] > 0.7 and diagnosis.explained > 0.95 and "grows by" in diagnosis.found
    unit = diagnosis.remedy.partition("a unit of ")[2].split()
    slower = float(unit[0]) * {"us": 1e-6, "ms": 1e-3}[unit[1]]
    after = made(OSCILLATOR.updated(unit=slower), real(opamp="tl072"))
    assert after.comparison.trace_nrmse_max < 1.2 * SYSTEM_BOUND < 0.1 * done.comparison.trace_nrmse_max


def test_lags_that_are_too_large_for_the_first_order() -> None:
    """Parts that do what they say are not blamed for more."""
    done = made(shipped("van_der_pol").updated(unit=1e-4, span=15.0), real(multiplier="multiplier_pwm"))
    diagnosis = of(done, "bandwidth")
    assert diagnosis.explained < 0.5 and "too large to be followed to first order" in diagnosis.found
    assert "multiplier.lag" in diagnosis.found and diagnosis.remedy.startswith("multiplier ad")


def test_tolerances() -> None:
    def within(sigma: float) -> Run:
        value = Tolerance(sigma)
        return made(OSCILLATOR, Build(), Production(offsets=0.0, variation=Variation(value, value)))

    done = within(0.01)
    diagnosis = of(done, "tolerance")
    assert diagnosis.shares["tolerance"] > 0.8
    assert within(0.01 / number(diagnosis.remedy, "gains of multipliers ")).within_bound


def test_across_events(tmp_path: Path) -> None:
    """A ball that bounces four times, later and later; what is late by d units makes an NRMSE as the root of d."""

    def ball(unit: float, **variation: Tolerance) -> Run:
        (tmp_path / "ball.toml").write_text(ball_file(unit, span=2.5))
        return made(
            load_system(tmp_path / "ball.toml"), real(), Production(offsets=0.0, variation=Variation(**variation))
        )

    done = ball(2e-3)
    diagnosis = of(done, "bandwidth")
    assert diagnosis.explained > 0.95 and diagnosis.shares["bandwidth"] > 0.8
    assert done.comparison.events["bounce"].ideal == 4 and "until t = 2.5" in diagnosis.found
    late, slow = abs(done.comparison.events["bounce"].worst or 0.0), ball(1e-3 * number(diagnosis.remedy, "a unit of "))
    after = of(slow, "gain")
    assert abs(slow.comparison.events["bounce"].worst or 0.0) < late / 10
    before = number(diagnosis.remedy, "the NRMSE of ")
    assert number(after.remedy, "the NRMSE of ") < before / 10 < slow.comparison.trace_nrmse["v"]
    apart = of(ball(2e-3, resistors=Tolerance(0.02), capacitors=Tolerance(0.05)), "tolerance")
    assert apart.explained > 0.95


def test_inputs_that_are_off() -> None:
    def within(volts: float) -> Run:
        return made(shipped("rc_low_pass"), Build(), Production(sources=volts))

    done = within(0.5)
    diagnosis = of(done, "sources")
    assert diagnosis.shares["sources"] > 0.95
    assert within(0.5 / number(diagnosis.remedy, "inputs ")).within_bound


def test_noise() -> None:
    loud = Production(offsets=0.0, noise=1, noise_scale=1e5)
    done = made(INTEGRATOR, real(), loud)
    of(done, "noise")
    assert made(INTEGRATOR, real(), replace(loud, noise_scale=0.0)).within_bound


def test_steps_that_are_too_long() -> None:
    harmonic = shipped("harmonic_oscillator")
    done = made(harmonic, Build(step=0.3))
    diagnosis = of(done, "solver")
    assert "the simulation errs" in diagnosis.found
    assert made(harmonic, Build(step=number(diagnosis.remedy, "--step "))).within_bound


def test_a_look_at_real_parts_is_told_and_recorded() -> None:
    done = made(INTEGRATOR, real(opamp="tl072"), Production())
    record = done.metrics()["diagnosis"]
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["cause"] == "offsets" and record["signal"] == "x" and record["nrmse"] > record["bound"]
    (first, *_) = report(done).warnings
    assert "offsets: of the error of 'x'" in first and "a smaller --step or a larger --bandwidth" not in first


STIFF = """
name = "stiff"
[time]
unit = 1e-3
span = 3000.0
[parameters]
mu = 1000.0
[states.x]
derivative = "y"
initial = 2.0
[states.y]
derivative = "mu*(1 - x**2)*y - x"
initial = 0.0
"""


def test_a_stiff_run_that_is_off_is_told_all_the_same(tmp_path: Path) -> None:
    """What follows the reference by an explicit method does not get through: neither run nor margins may break."""
    (tmp_path / "stiff.toml").write_text(STIFF)
    done = run(str(tmp_path / "stiff.toml"))
    assert not done.within_bound and done.diagnosis is None and done.comparison.trace_nrmse_max < 0.1
    assert "look at figures/traces.png: errors are not followed along a stiff reference" in report(done).warnings[0]
    with pytest.raises(UsageError, match="'stiff' is stiff"):
        margins(done.design)


@pytest.mark.slow
def test_parts_are_not_accused_where_first_order_ends() -> None:
    """A Colpitts oscillator, whose spikes come later and later: to first order that is more than it is in the end."""
    given = system(
        {
            "x": ("6.464*(-exp(-y) + 1 + z)", 0.02),
            "y": ("6.464*z", 0.69),
            "z": ("-0.07735*(x + y) - z/1.38", -0.53),
        },
        span=60.0,
    )
    diagnosis = of(made(given, real(), Production()), "bandwidth")
    assert 0.5 < diagnosis.explained <= 1
