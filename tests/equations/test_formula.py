"""Expressions of time as inputs: values, corners, jumps, and every kind of input through a circuit."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import vle_analog as va
from vle_analog.equations.formula import Formula
from vle_analog.equations.inputs import KINDS
from vle_analog.errors import EquationError, VleAnalogError

TIME = np.linspace(0, 10, 2001)


def test_smooth_ones_are_what_they_say() -> None:
    formula = Formula("a*sin(2*pi*0.3*t)*exp(-t/5)", 10.0, {"a": 2.0})
    assert formula(TIME) == pytest.approx(2 * np.sin(2 * np.pi * 0.3 * TIME) * np.exp(-TIME / 5))
    assert not len(formula.breakpoints(10.0))
    source = formula.source(10.0)
    assert np.interp(TIME, source.times, source.values) == pytest.approx(formula(TIME), abs=3e-5)
    later = formula.source(4.0, 5.0)
    assert np.interp(TIME[:800], later.times, later.values) == pytest.approx(formula(5 + TIME[:800]), abs=3e-5)
    step = formula.max_step(10.0)
    assert step is not None and 0.01 < step < 0.5
    assert Formula("3", 10.0, {}).max_step(10.0) is None


def test_corners_are_known() -> None:
    formula = Formula("abs(sin(t))", 10.0, {})
    assert formula.breakpoints(10.0) == pytest.approx([math.pi, 2 * math.pi, 3 * math.pi], abs=1e-9)
    assert formula(TIME) == pytest.approx(np.abs(np.sin(TIME)))


def test_what_stays_at_a_corner_has_none_there() -> None:
    formula = Formula("abs(sin(k*t)) + (t > 4)", 10.0, {"k": 0.0})
    assert formula.breakpoints(10.0) == pytest.approx([4.0, 4.0001], abs=1e-9)


def test_jumps_take_a_moment() -> None:
    formula = Formula("sign(sin(t)) + t", 10.0, {})
    jumps = np.array([math.pi, 2 * math.pi, 3 * math.pi])
    assert formula.breakpoints(10.0) == pytest.approx(np.sort(np.concatenate([jumps, jumps + 1e-4])), abs=1e-6)
    assert formula(jumps - 1e-6) == pytest.approx([1 + math.pi, -1 + 2 * math.pi, 1 + 3 * math.pi], abs=1e-5)
    assert formula(jumps + 5e-5) == pytest.approx(jumps, abs=1e-3)
    assert formula(jumps + 1.1e-4) == pytest.approx([-1 + math.pi, 1 + 2 * math.pi, -1 + 3 * math.pi], abs=1e-3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sin(", "not an expression"),
        ("x*t", "x"),
        ("1/(t - 5)", "not finite at t = 5"),
        ("log(t - 1)", "not finite at t = 0"),
        ("__import__('os')", "double underscore"),
    ],
)
def test_what_is_no_stimulus_is_refused(text: str, words: str) -> None:
    with pytest.raises(EquationError) as refused:
        Formula(text, 10.0, {})
    assert words in str(refused.value)


INPUTS = {
    "constant": "value = 0.5",
    "sine": "amplitude = 1.0\nfrequency = 0.2",
    "sum_of_sines": "amplitude = [1.0, 0.3]\nfrequency = [0.1, 0.3]",
    "held": "amplitude = 1.0\nhold = 2.0\nseed = 1",
    "pwl": "times = [0.0, 5.0]\nvalues = [0.0, 1.0]",
    "square": "high = 1.0\nperiod = 4.0\nedge = 0.02",
    "triangle": "low = -1.0\nhigh = 1.0\nperiod = 4.0",
    "pulse": "high = 1.0\nstart = 2.0\nwidth = 3.0\nedge = 0.05",
    "step": "high = 1.0\nstart = 1.0\nedge = 0.05",
    "ramp": "high = 1.0\nstart = 1.0\nstop = 8.0",
    "chirp": "amplitude = 1.0\nfirst = 0.1\nlast = 0.5",
    "noise": "deviation = 0.3\nbandwidth = 0.5\nseed = 2",
    "expression": 'value = "a*abs(sin(t)) - exp(-t)"',
}


def text_of(kinds: dict[str, str]) -> str:
    """A system with a low-pass behind each input."""
    inputs = "".join(f'[inputs.u_{kind}]\nkind = "{kind}"\n{more}\n' for kind, more in kinds.items())
    states = "".join(f'[states.x_{kind}]\nderivative = "a*(u_{kind} - x_{kind})"\ninitial = 0.0\n' for kind in kinds)
    return f'name = "inputs"\n[time]\nunit = 1e-3\nspan = 10.0\n[parameters]\na = 1.5\n{inputs}{states}'


def test_every_kind_of_input_through_a_circuit(tmp_path: Path) -> None:
    assert set(INPUTS) == set(KINDS) - {"file"}
    (tmp_path / "inputs.toml").write_text(text_of(INPUTS))
    run = va.run(str(tmp_path / "inputs.toml"))
    assert {name: error for name, error in run.comparison.trace_nrmse.items() if error > 5e-4} == {}


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("square", "high = 1.0", "inputs.u_square: 'period' is missing"),
        ("square", "high = 1.0\nperiod = -1.0", "inputs.u_square.period"),
        ("chirp", "amplitude = 1.0\nfirst = 0.1\nlast = 0.5\nlength = 3.0", "unknown key 'length'"),
        ("expression", 'value = "q*t"', "inputs.u_expression.value"),
        ("expression", "value = 3.0", "expected a string"),
    ],
)
def test_what_is_wrong_with_an_input_is_told(tmp_path: Path, kind: str, more: str, words: str) -> None:
    (tmp_path / "inputs.toml").write_text(text_of({kind: more}))
    with pytest.raises(VleAnalogError) as refused:
        va.load_system(tmp_path / "inputs.toml")
    assert words in str(refused.value)
