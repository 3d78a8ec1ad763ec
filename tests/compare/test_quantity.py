"""What is measured on a run: against signals whose figures are known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vle_analog.compare.criterion import Criterion
from vle_analog.compare.measures import MEASURES
from vle_analog.compare.metrics import ComparisonError
from vle_analog.compare.quantity import Evidence, Quantity
from vle_analog.errors import UsageError
from vle_analog.waveforms import Waveforms

TIME = np.unique(np.concatenate([np.linspace(0, 40, 3001), np.geomspace(1e-3, 40, 500)]))  # uneven, as a solver's
#: a first-order low-pass behind a step, a second-order one, a sine and what a filter makes of it
SIGNALS = {
    "step": 1 - np.exp(-TIME),
    "ring": 1 - np.exp(-0.3 * TIME) * (np.cos(TIME) + 0.3 * np.sin(TIME)),
    "sine": 3 + 2 * np.sin(2 * np.pi * 0.5 * TIME),
    "u": np.sin(2 * np.pi * 0.5 * TIME),
    "low": 0.6 * np.sin(2 * np.pi * 0.5 * TIME - math.radians(50)) + 0.1,
    "decay": np.exp(-TIME),
    "flat": np.full_like(TIME, 2.0),
}


def measured(text: str, ideal: dict[str, np.ndarray] = SIGNALS, board: dict[str, np.ndarray] = SIGNALS) -> float:
    value = Quantity.parsed(text).of(Evidence(Waveforms(TIME, ideal), Waveforms(TIME, board), tuple(board)))
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("final(step)", 1 - math.exp(-40)),
        ("rise_time(step)", math.log(9)),
        ("rise_time(decay)", math.log(9)),  # a fall is a rise downward
        ("settling_time(step)", math.log(50)),
        ("overshoot(step)", 0.0),
        ("overshoot(ring)", math.exp(-0.3 * math.pi)),
        ("maximum(ring)", 1 + math.exp(-0.3 * math.pi)),
        ("minimum(sine)", 1.0),
        ("mean(sine)", 3.0),
        ("std(sine)", math.sqrt(2)),
        ("amplitude(sine)", 2.0),
        ("period(sine)", 2.0),
        ("frequency(sine)", 0.5),
        ("gain(low, u, 0.5)", 0.6),
        ("phase(low, u, 0.5)", -50.0),
        ("abs(period(sine) - 2.5)", 0.5),
        ("max(amplitude(sine), 2**3, -1) / 4", 2.0),
        ("log10(100) + sqrt(4)", 4.0),
        ("nrmse(sine)", 0.0),
        ("nrmse", 0.0),
        ("error(period(sine))", 0.0),
    ],
)
def test_figures_in_closed_form(text: str, value: float) -> None:
    assert measured(text) == pytest.approx(value, abs=2e-3 * max(1, abs(value)))


def test_all_measures_are_held_to_a_closed_form() -> None:
    (marks,) = [mark for mark in test_figures_in_closed_form.pytestmark if mark.name == "parametrize"]
    texts = " ".join(text for text, _ in marks.args[1])
    assert [name for name in MEASURES if f"{name}(" not in texts] == []


def test_errors_are_against_the_ideal() -> None:
    board = {**SIGNALS, "sine": 3 + 2.2 * np.sin(2 * np.pi * 0.4 * TIME), "flat": SIGNALS["flat"] + 0.1}
    assert measured("error(period(sine))", board=board) == pytest.approx(0.25, rel=1e-3)
    assert measured("error(amplitude(sine))", board=board) == pytest.approx(0.1, rel=3e-3)
    assert measured("nrmse(flat)", board=board) == pytest.approx(0.05)
    assert measured("nrmse", board=board) == pytest.approx(measured("nrmse(sine)", board=board))


def test_inputs_are_read_where_the_ideal_has_them() -> None:
    board = {"low": SIGNALS["low"]}
    evidence = Evidence(Waveforms(TIME, SIGNALS), Waveforms(TIME, board), ("low",))
    assert Quantity.parsed("gain(low, u, 0.5)").of(evidence) == pytest.approx(0.6, rel=1e-3)


@pytest.mark.parametrize(
    "text",
    [
        "period(decay)",
        "period(flat)",
        "rise_time(flat)",
        "gain(low, u, 0.01)",
        "gain(low, flat, 0.5)",
        "1/final(flat)/0",
    ],
)
def test_where_there_is_nothing_to_measure_there_is_no_value(text: str) -> None:
    waves = Waveforms(TIME, {**SIGNALS, "flat": 0 * TIME})
    assert Quantity.parsed(text).of(Evidence(waves, waves, ("low",))) is None


def test_a_run_that_did_not_stay_finite_has_no_value() -> None:
    ideal, broken = Waveforms(TIME, SIGNALS), Waveforms(TIME, {"sine": np.where(TIME > 30, np.nan, 1.0)})
    assert Quantity.parsed("nrmse(sine)").of(Evidence(ideal, broken, ("sine",))) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("period(x", "no expression"),
        ("x", "say what of it: nrmse(x)"),
        ("peroid(x)", "did you mean 'period'"),
        ("__import__('os')", "nothing is called '__import__'"),
        ("period(x, 3)", "write period(x)"),
        ("gain(x, u)", "write gain(x, u, f)"),
        ("gain(x, u, w)", "write gain(x, u, f)"),
        ("abs(period(x), 1)", "one argument"),
        ("period(x) if 1 else 2", "cannot measure"),
        ("period(x).real", "cannot measure"),
        ("True", "cannot measure"),
        ("'a'", "cannot measure"),
        ("-" * 30 + "1", "nested too deeply"),
        ("1+" * 300 + "1", "characters"),
    ],
)
def test_what_cannot_be_measured_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        Quantity.parsed(text)
    assert words in f"{refused.value.what} {refused.value.hint}"


def test_a_quantity_knows_its_signals_and_whether_it_is_an_error() -> None:
    quantity = Quantity.parsed("gain(x, u, 3) / nrmse(y)")
    assert set(quantity.signals) == {"x", "u", "y"}
    assert not quantity.is_error
    assert quantity.as_error == Quantity("error(gain(x, u, 3) / nrmse(y))")
    for text in ("nrmse", "nrmse(x)", "error(period(x))"):
        assert Quantity.parsed(text).as_error == Quantity(text)


@pytest.mark.parametrize("period", [6.2831853, 6.75, 7.1, 9.0])
def test_a_slow_boards_period_is_measured_where_one_crossing_alone_is_in_the_second_half(period: float) -> None:
    """A cosine over 25 units, as the harmonic oscillator's: at 6.75 one upward crossing is after the middle."""
    time = np.linspace(0, 25, 2501)
    assert MEASURES["period"].of(time, np.cos(2 * np.pi * time / period)) == pytest.approx(period, rel=1e-3)
    with pytest.raises(ComparisonError, match="fewer than two periods"):
        MEASURES["period"].of(time, np.cos(2 * np.pi * time / 40))


def test_a_criterion_of_a_system() -> None:
    criterion = Criterion.parsed(" gain(x,  u, 100) >= 0.7 ")
    assert (criterion.metric, criterion.relation, criterion.value) == ("gain(x, u, 100)", ">=", 0.7)
    assert Criterion.parsed(str(criterion)) == criterion
    assert not criterion.of_task and Criterion.parsed("loss<=0.2").of_task
    assert Criterion.parsed("phase(x,u,1)<=-80").value == -80
    for text, words in (("nrmse(x)>=0.1", "bad board"), ("nrmse(x)<=nan", "finite"), ("nrmse(x)<=x", "not a number")):
        with pytest.raises(UsageError, match=words):
            Criterion.parsed(text)
