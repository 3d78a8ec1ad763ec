"""Shares of a roofline follow from counts and from what a machine does."""

from __future__ import annotations

import pytest

from vle_analog.roofline import machine
from vle_analog.roofline.bounds import Bounded, Machine
from vle_analog.roofline.counting import Count
from vle_analog.roofline.figure import drawn

TAKEN = {"engine": 252e-9, "reference": 300e-9, "other": 400e-9}
COUNT = Count({"fma": 100, "add": 20, "add single": 5, "exp": 1}, read=80, stored=40, accessed=400)


@pytest.fixture(autouse=True)
def a_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operation takes a nanosecond; a byte a tenth."""
    monkeypatch.setattr(machine, "mixture", lambda operations: 1e-9 * sum(operations.values()))
    monkeypatch.setattr(machine, "traffic", lambda read, written: 1e-10 * (read + 2 * written))
    monkeypatch.setattr(machine, "bandwidth", lambda size, updated: 1e10)


def test_the_longer_of_arithmetic_and_traffic_is_the_limit() -> None:
    step = Bounded(COUNT, seconds=252e-9, path=200e-9)
    record = step.record()
    assert (COUNT.flops, COUNT.moved, record["intensity"]) == (225, 160, 225 / 160)
    assert record["microseconds"]["arithmetic"] == pytest.approx(0.126)
    assert record["microseconds"]["traffic"] == pytest.approx(0.016)
    assert record["microseconds"]["accesses"] == pytest.approx(0.04)
    assert record["share"] == pytest.approx(0.5) and record["share_with_path"] == pytest.approx(200 / 252)
    assert Bounded(COUNT.times(2), 252e-9, 0.0).share == pytest.approx(1.0)


def test_a_figure_has_each_step_under_its_roof() -> None:
    of = Machine.measured()
    assert of.flops == pytest.approx(2e9)
    steps = {name: Bounded(COUNT, seconds, 0.0).record() for name, seconds in TAKEN.items()}
    (axes,) = drawn({"flops": of.flops, "bandwidth": of.bandwidth, "steps": steps}, ["other"]).axes
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text().split(": ")[1] for text in legend.get_texts()] == ["50 %", "42 %"]


def test_kinds_in_a_loop_are_spread_evenly() -> None:
    assert machine._spread({"a": 4, "b": 2, "c": 0}) == ["a", "b", "a", "a", "b", "a"]
