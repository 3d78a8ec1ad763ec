"""Delays and events in equations: how they are written, what is refused, and that remedies work when applied."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

import vle_analog as va
from tests.bouncing import ball_file
from vle_analog.equations.ladder import MOST, band, error_at, passed, sections
from vle_analog.equations.operators import delay, prospective, retrospective
from vle_analog.equations.resolve import resolve, start_values
from vle_analog.equations.system import EquationSystem, name_of
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import EquationError, VleAnalogError
from vle_analog.stimulus import Sines

Load = Callable[[str], EquationSystem]

BALL = ball_file(0.001, 3.0)
LATE = """
name = "late"
[time]
unit = 0.001
span = 10.0
[parameters]
tau = 1.0
[states.x]
derivative = "-x(t - tau)"
initial = 1.0
"""
x, y, h, v = sp.symbols("x y h v")


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def from_text(text: str) -> EquationSystem:
        path = tmp_path / "sys.toml"
        path.write_text(text)
        return load_system(path)

    return from_text


def test_a_past_value_is_a_delay(load: Load) -> None:
    written, called = load(LATE), load(LATE.replace("x(t - tau)", "delay(x, tau)"))
    assert written.states == called.states and written.states[0].derivative == -delay(x, sp.Symbol("tau"))
    assert written.inputs == ()  # its t is no input
    assert va.system(x=-delay(x, 1.0)).delays and not load(BALL).delays
    assert va.system(x="-x(t - 1) + t").symbols.keys() == {"x", "t"}


@pytest.mark.parametrize(
    ("wrong", "told", "right"),
    [
        ("-x(t - 0)", "is 0", "-x"),
        ("-x(t - 0*tau)", "is 0", "-x"),
        ("-delay(x, -1)", "lies in the future", "-delay(x, 1)"),
        ("-x(t - x)", "varies in time", "-x(t - tau)"),
        ("-x(2)", "'x' is not a function", "-x*(2)"),
        ("-x(2)", "'x' is not a function", "-delay(x, 2)"),
        ("-delay(tau, 1)", "of a constant is that constant", "-tau"),
        ("-delayed(x, 1)", "did you mean 'delay'", "-delay(x, 1)"),
    ],
)
def test_a_delay_that_is_none_is_refused_and_the_remedy_works(load: Load, wrong: str, told: str, right: str) -> None:
    with pytest.raises(EquationError, match=told):
        load(LATE.replace("-x(t - tau)", wrong))
    load(LATE.replace("-x(t - tau)", right))


def test_a_delay_of_itself_without_a_state_is_a_loop() -> None:
    with pytest.raises(EquationError, match="loop without a state") as caught:
        va.system(x="-w", where={"w": "x - 0.5*delay(w, 1)"})
    assert "retrospective" in str(caught.value)
    va.system(x="-w", where={"w": "x - 0.5*delay(retrospective(w, 0.1), 1)"})


def test_a_ladder_is_an_all_pass_with_the_delay_of_pade() -> None:
    for order in (1, 2, 5, 12, MOST):
        s = np.array([0.3j, 4j, 40j])
        response = np.prod([each.response(s) for each in sections(order)], axis=0)
        np.testing.assert_allclose(np.abs(response), 1.0, rtol=1e-9)
        # Pade's approximant of order n agrees with exp(-s) in 2n + 1 terms
        assert error_at(order, np.array([0.2]))[0] < 10 * 0.2 ** (2 * order + 1) + 1e-9
        assert (
            error_at(order, np.array([0.98 * band(order)]))[0]
            < 0.01
            < error_at(order, np.array([1.05 * band(order)]))[0]
        )
    numerator, denominator = ([-1 / 2, 1], [1 / 2, 1])  # (1 - s/2)/(1 + s/2)
    np.testing.assert_allclose(
        sections(1)[0].response(np.array([2j])), np.polyval(numerator, 2j) / np.polyval(denominator, 2j)
    )


def test_what_a_ladder_passes_is_late() -> None:
    time = np.linspace(0, 20, 4001)
    made = passed(8, 1.5, np.sin(0.7 * time), float(time[1]))
    late = time > 8
    np.testing.assert_allclose(made[late], np.sin(0.7 * (time[late] - 1.5)), atol=2e-5)


def test_a_ladder_rests_at_the_start_of_what_it_delays() -> None:
    system = va.system(x="-delay(x + 2*y, 1)", y="-y + delay(x*y, 0.5)", initial={"x": 0.7, "y": -0.3})
    resolved = resolve(system, ladders=dict.fromkeys(["x__delay1", "y__delay1"], 5))
    start = start_values(resolved)
    assert start["x__delay1"] == pytest.approx(0.1) and start["y__delay1"] == pytest.approx(-0.21)
    from vle_analog.equations.system import evaluate

    for state in resolved.states:
        if name_of(state.symbol) not in ("x", "y"):
            assert abs(evaluate(state.derivative, (), start)) < 1e-12


def test_delays_beside_other_operators_are_resolved() -> None:
    late = -retrospective(delay(x, 1.0), 0.5)
    # of a delay the derivative is not at hand: looking ahead of it needs a band limit
    where = {"w": prospective(y, 0.1), "y": delay(retrospective(x, 0.2), 1)}
    system = va.system(x=late, initial={"x": 1.0}, where=where)
    kept, built = resolve(system), resolve(system, ladders={"x__delay1": 3, "y": 4})
    assert kept.delays and not built.delays
    assert {name_of(each.symbol): each for each in kept.definitions}["w"].expression == prospective(y, 0.1)


def test_an_event_is_read_as_it_is_written(load: Load) -> None:
    (event,) = load(BALL).events
    g, e = sp.symbols("g e")
    assert event.margin == -h and event.settings == ((v, -e * v),) and event.condition == "h < 0"
    (other,) = va.system(
        h=v, v=-g, initial={"h": 1}, where={"g": 9.81, "e": 0.8}, events={"bounce": (h < 0, {"v": -e * v})}
    ).events
    assert (other.margin, other.settings) == (event.margin, event.settings)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("h > 1", lambda h, v: h > 1),
        ("0 < h < 2", lambda h, v: 0 < h < 2),
        ("h > 1 and v > 0", lambda h, v: h > 1 and v > 0),
        ("h > 1 or not v >= 0", lambda h, v: h > 1 or v < 0),
        ("not (h > 1 and v < 0)", lambda h, v: not (h > 1 and v < 0)),
    ],
)
def test_a_margin_is_positive_where_the_condition_holds(
    load: Load, condition: str, holds: Callable[[float, float], bool]
) -> None:
    from vle_analog.equations.system import evaluate

    (event,) = load(BALL.replace("h < 0", condition)).events
    for height in (-0.5, 0.5, 1.5, 2.5):
        for speed in (-0.3, 0.3):
            margin = float(evaluate(event.margin, (), {"h": np.array(height), "v": np.array(speed)}))
            assert (margin > 0) == holds(height, speed)


@pytest.mark.parametrize(
    ("old", "wrong", "told", "right"),
    [
        ('v = "-e*v"', 'w = "0"', "it sets 'w', which there is not", 'v = "0"'),
        ('v = "-e*v"', 'e = "0"', "which is a parameter", 'v = "0"'),
        ('"h < 0"', '"h"', "'h' is not a condition", '"h > 0"'),
        ('"h < 0"', '"h == 0"', "equality", '"h < 0"'),
        ('"h < 0"', '"g < e"', "does not vary in time", '"h < e"'),
        ("[events.bounce]", "[events.h]", "the name 'h' is taken", "[events.floor]"),
        ('{ v = "-e*v" }', "{}", "at least 1 item", '{ v = "0" }'),
        ('v = "-e*v"', 'v = "-f*v"', "unknown name 'f'", 'v = "-e*v"'),
        ("when =", "if =", "unknown key 'if'", "when ="),
    ],
)
def test_an_event_that_is_none_is_refused_and_the_remedy_works(
    load: Load, old: str, wrong: str, told: str, right: str
) -> None:
    with pytest.raises(VleAnalogError, match=told):
        load(BALL.replace(old, wrong))
    load(BALL.replace(old, right))


def test_events_of_one_condition_that_contradict_each_other_are_refused(load: Load) -> None:
    second = '[events.stop]\nwhen = "h < 0"\nset = { v = "0" }\n'
    with pytest.raises(EquationError, match="'bounce' and 'stop' happen at the same moments and set 'v'"):
        load(BALL + second)
    load(BALL + second.replace("{ v =", "{ h ="))


def test_functions_of_python_have_events() -> None:
    system = va.from_rhs(
        lambda t, y: [y[1], -9.81], {"h": 1.0, "v": 0.0}, events={"bounce": ("h < 0", {"v": "-0.8*v"})}
    )
    assert system.events[0].margin == -h


def test_a_delayed_input_is_late() -> None:
    from vle_analog.reference.integrator import Integrator

    system = va.system(x="delay(u, 0.4) - x", where={"u": Sines((1.0,), (0.5,), (0.3,))}, span=4)
    run = Integrator(resolve(system)).run(0.01).waveforms
    later = np.where(run.time < 0.4, np.sin(0.3), np.sin(np.pi * (run.time - 0.4) + 0.3))
    slope = np.gradient(run["x"], run.time)
    smooth = np.abs(run.time - 0.4) > 0.05
    np.testing.assert_allclose((slope + run["x"])[smooth][1:-1], later[smooth][1:-1], atol=2e-3)
