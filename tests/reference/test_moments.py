"""Delays and events in the reference: against closed forms and independent integrations."""

from __future__ import annotations

from math import factorial
from pathlib import Path

import numpy as np
import pytest
from numpy.polynomial import Polynomial
from scipy.integrate import solve_ivp

import vle_analog as va
from tests.bouncing import E, G, impacts
from tests.spiking import integrated_neuron, neuron
from vle_analog.equations.resolve import resolve
from vle_analog.errors import EquationError
from vle_analog.reference.accuracy import reference
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.tableau import HEUN

JUMP = """
name = "jump"
[time]
unit = 1e-3
span = 8.0
[states.x]
derivative = "-x(t - 1)"
initial = 1.0
[history]
x = "2 + t"
"""


def ball(span: float = 3.0, **changes: object) -> va.EquationSystem:
    return va.system(
        "ball", h="v", v="-g", initial={"h": 1.0}, where={"g": G, "e": E},
        events={"bounce": ("h < 0", {"v": "-e*v"})}, span=span,
    ).updated(**changes)  # fmt: skip


def test_a_ball_bounces_when_it_should() -> None:
    found = reference(ball()).solution
    np.testing.assert_allclose(found.events["bounce"], impacts(6), rtol=1e-12)
    run, t = found.waveforms, impacts(6)
    assert np.all(np.diff(run.time) > 0) and run["h"].min() > -1e-9
    last = run.time > t[-1]
    speed = G * t[0] * E**6
    np.testing.assert_allclose(run["v"][last], speed - G * (run.time[last] - t[-1]), atol=1e-11)
    assert found.peaks["v"] == pytest.approx(G * t[0]) and found.highest["v"] == pytest.approx(E * G * t[0])


def test_moments_converge_with_the_method_s_order() -> None:
    system = resolve(va.system(x="1 + 0.5*x", initial={"x": 0.0}, events={"fire": ("x > 1", {"x": "0"})}, span=5))
    exact = 2 * np.log(1.5) * np.arange(1, 7)
    errors = [np.abs(Integrator(system, HEUN).run(step).events["fire"] - exact).max() for step in (0.04, 0.02, 0.01)]
    assert 3.4 < errors[0] / errors[1] < 4.6 and 3.4 < errors[1] / errors[2] < 4.6


def test_a_spiking_neuron_against_solve_ivp() -> None:
    system = neuron(200)
    spikes, end = integrated_neuron(200)
    found = reference(system).solution
    np.testing.assert_allclose(found.events["spike"], spikes, atol=1e-6)
    np.testing.assert_allclose([found.final["v"], found.final["u"]], end, rtol=1e-6)


def test_an_event_brings_about_another_and_all_use_values_before() -> None:
    system = va.system(
        x="1", y="0", z="0", initial={"y": 1.0, "z": 2.0},
        events={"swap": ("x > 1", {"y": "z", "z": "y", "x": "0"}), "after": ("y > 1.5", {"y": "y - 1", "x": "x - 1"})},
        span=2.5,
    )  # fmt: skip
    found = Integrator(resolve(system)).run(0.01)
    np.testing.assert_allclose(found.events["swap"], [1.0], atol=1e-12)
    np.testing.assert_allclose(found.events["after"], [1.0], atol=1e-12)
    assert [float(found.final[name]) for name in "yz"] == [1.0, 1.0] and found.final["x"] == pytest.approx(0.5)


def test_what_holds_at_the_start_has_not_begun_to() -> None:
    system = va.system(x="cos(t)", initial={"x": 1.0}, events={"up": ("x > 0.5", {"x": "0"})}, span=20)
    times = Integrator(resolve(system)).run(0.01).events["up"]
    assert times[0] > 3 and len(times) == 3


def test_moments_that_pile_up_are_told_and_the_remedy_works() -> None:
    with pytest.raises(EquationError, match="pile up at t = 4") as caught:
        reference(ball(span=6.0))
    assert impacts(200)[-1] == pytest.approx(4.0637, abs=1e-4)
    assert caught.value.hint is not None
    advised = float(caught.value.hint.split("`span=")[1].split("`")[0])
    np.testing.assert_allclose(reference(ball(span=advised)).solution.events["bounce"][:9], impacts(9), rtol=1e-10)


def test_events_that_cannot_be_are_told_when_they_happen() -> None:
    both = {"a": ("x > 1", {"x": "0"}), "b": ("2*x > 2", {"x": "0.5"})}
    with pytest.raises(EquationError, match="'a' and 'b' happen at the same moment, t = 1, and both set 'x'"):
        reference(va.system(x="1", events=both, span=2))
    reference(va.system(x="1", events={"a": both["a"]}, span=2))
    endless = {"a": ("x > 1", {"y": "1 - y"}), "b": ("y > 0.5", {"y": "0", "x": "0"}), "c": ("x < 0.5", {"x": "2"})}
    with pytest.raises(EquationError, match="bring each other about without end"):
        reference(va.system(x="1", y="0", initial={"x": 0.9}, events=endless, span=2))


def late(t: np.ndarray) -> np.ndarray:
    """x of x' = -x(t - 1), x = 1 before: by the method of steps."""
    return np.sum([(-1.0) ** k / factorial(k) * np.maximum(t - k + 1, 0) ** k * (t > k - 1) for k in range(14)], axis=0)


def test_a_linear_delay_against_its_closed_form() -> None:
    found = reference(resolve(va.system(x="-x(t - 1)", initial={"x": 1.0}, span=10))).solution.waveforms
    np.testing.assert_allclose(found["x"], late(found.time), atol=2e-7)


def test_delays_converge_with_the_method_s_order() -> None:
    integrator = Integrator(resolve(va.system(x="-x(t - 1)*(1 + 0.3*x)", initial={"x": 1.0}, span=6)))
    ends = [float(integrator.run(step).final["x"]) for step in (0.2, 0.1, 0.05, 0.025)]
    first, second, third = np.abs(np.diff(ends))
    assert 12 < first / second < 20 and 12 < second / third < 20


def test_a_delay_of_algebra_and_of_a_delay_is_what_it_says() -> None:
    where = {"w": "x*y + 1"}
    one = va.system(x="-delay(w, 0.7)", y="x - delay(delay(y, 0.3), 0.4)", initial={"y": 1.0}, where=where, span=5)
    two = va.system(
        x="-delay(x, 0.7)*delay(y, 0.7) - 1", y="x - delay(y, 0.7)", initial={"y": 1.0}, span=5
    )  # fmt: skip
    runs = [Integrator(resolve(each)).run(0.01).final for each in (one, two)]
    for name in "xy":
        assert runs[0][name] == pytest.approx(runs[1][name], rel=1e-10)


def test_mackey_and_glass_against_dense_output() -> None:
    tau, span = 17.0, 100.0
    pieces, ends, y = [], [0.0], np.array([1.2])

    def past(t: float) -> float:
        return 1.2 if t <= 0 else float(pieces[min(int(np.searchsorted(ends, t)) - 1, len(pieces) - 1)](t)[0])

    def rate(t: float, y: np.ndarray) -> list[float]:
        old = past(t - tau)
        return [0.2 * old / (1 + old**10) - 0.1 * y[0]]

    while ends[-1] < span:
        end = min(ends[-1] + tau, span)
        run = solve_ivp(rate, (ends[-1], end), y, "DOP853", rtol=1e-11, atol=1e-13, dense_output=True)
        pieces.append(run.sol)
        ends.append(end)
        y = run.y[:, -1]
    system = va.system(x="0.2*x(t - 17)/(1 + x(t - 17)**10) - 0.1*x", initial={"x": 1.2}, span=span)
    found = reference(resolve(system)).solution.waveforms
    np.testing.assert_allclose(found["x"], [past(t) for t in found.time], atol=5e-6)


def test_a_delay_beside_an_event() -> None:
    system = va.system(x="1 - 0.5*x(t - 0.25)", events={"fire": ("x > 1", {"x": "0"})}, span=6)
    coarse, fine = (Integrator(resolve(system)).run(step).events["fire"] for step in (0.01, 0.0025))
    assert len(fine) == len(coarse) > 2
    np.testing.assert_allclose(coarse, fine, atol=1e-4)


def stepped(past: Polynomial, start: float, t: np.ndarray) -> np.ndarray:
    """x of x' = -x(t - 1), by the method of steps with polynomials; the past by the time since -1."""
    found, before = np.empty(len(t)), past
    for number in range(int(t[-1]) + 1):
        now = start - before.integ()
        found = np.where(t >= number, now(t - number), found)
        before, start = now, now(1.0)
    return found


@pytest.mark.parametrize(
    ("said", "past"),
    [("t + 1", Polynomial([0, 1])), ("3*t**2 - a*t", 3 * Polynomial([-1, 1]) ** 2 - Polynomial([-1, 1]))],
)
def test_a_delay_with_a_past_against_its_closed_form(said: str, past: Polynomial) -> None:
    system = va.system(x="-x(t - 1)", initial={"x": said}, where={"a": 1.0} if "a" in said else {}, span=10)
    found = reference(resolve(system)).solution.waveforms
    np.testing.assert_allclose(found["x"], stepped(past, float(past(1.0)), found.time), atol=1e-8)


def test_a_past_that_does_not_end_where_the_run_starts_jumps_a_delay_later(tmp_path: Path) -> None:
    path = tmp_path / "jump.toml"
    path.write_text(JUMP)
    system = va.load_system(path)
    found = reference(resolve(system)).solution.waveforms
    np.testing.assert_allclose(found["x"], stepped(Polynomial([1, 1]), 1.0, found.time), atol=1e-8)
    assert system.text != va.load_system(path).updated(history={}).text


def test_pasts_converge_with_the_method_s_order(tmp_path: Path) -> None:
    """Two delays, one of which jumps in the middle of the other's steps."""
    path = tmp_path / "jump.toml"
    path.write_text(JUMP.replace("-x(t - 1)", "-x(t - 1) + 0.5*x(t - 0.37)*sin(x)"))
    integrator = Integrator(resolve(va.load_system(path)))
    ends = [float(integrator.run(step, span=4.0).final["x"]) for step in (0.08, 0.04, 0.02, 0.01)]
    changes = np.abs(np.diff(ends))
    assert changes[0] / changes[2] > 8**2
