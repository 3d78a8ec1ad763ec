"""Sweeps: a quantity over a parameter against its closed form, values without a circuit, and resumption."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from tests.fleet.executors import Refusing
from vle_analog.compare.quantity import Quantity
from vle_analog.design.system_board import SystemBoard
from vle_analog.errors import UsageError, VleAnalogError
from vle_analog.lab.lab import Lab
from vle_analog.production.production import Production
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.studies.ac.study import AcPlan
from vle_analog.studies.sweep.report import report
from vle_analog.studies.sweep.study import Over, SweepPlan, sweep

PLAN = SweepPlan(
    SystemBoard("rc_low_pass", production=Production(Variation(Tolerance(0.01), Tolerance(0.01)))),
    Over("tau", 0.5, 2.0, 4),
    Quantity.parsed("gain(v, drive, 0.05)"),
    boards=3,
)


def test_a_low_passs_gain_over_its_time_constant(tmp_path: Path) -> None:
    found = sweep(PLAN, Lab(tmp_path))
    assert [point.value for point in found.points] == [0.5, 1.0, 1.5, 2.0]
    for point in found.points:
        gain = 1 / math.hypot(1, 2 * math.pi * 0.05 * point.value)
        assert point.ideal == pytest.approx(gain, rel=2e-3)
        assert point.median == pytest.approx(gain, rel=0.03)
        assert len(set(point.boards)) == 3
    Lab(tmp_path).save(report(found))
    assert json.loads((tmp_path / "sweep.json").read_text()) == found.record()
    assert (tmp_path / "sweep.png").exists()
    assert sweep(PLAN, Lab(tmp_path, Refusing())).record() == found.record()


def test_values_without_a_circuit_cost_nothing_but_themselves(tmp_path: Path) -> None:
    """At tau = 0 the equation divides by zero; at -1 it grows without bound."""
    plan = SweepPlan(PLAN.board, Over("tau", -1.0, 1.0, 3), PLAN.of)
    found = sweep(plan, Lab(tmp_path))
    bad, zero, good = found.points
    assert bad.reason is not None and zero.reason is not None and good.reason is None and good.ideal
    said = " ".join(report(found).sentences)
    assert "no circuit at tau = -1: " in said and "no circuit at tau = 0: " in said
    Lab(tmp_path).save(report(found))


def test_several_boards_that_are_all_alike_are_refused() -> None:
    alike = SystemBoard("rc_low_pass")
    assert SweepPlan(alike, PLAN.over, PLAN.of).boards == 1
    with pytest.raises(UsageError, match="nothing differs"):
        SweepPlan(alike, PLAN.over, PLAN.of, boards=2)
    with pytest.raises(UsageError, match="nothing differs"):
        AcPlan(alike, boards=1)


@pytest.mark.parametrize("text", ["tau", "tau=1:2", "tau=1:2:x", "=1:2:3", "tau=1:inf:3", "tau=1:2:1", "tau=1:2:5000"])
def test_values_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        Over.parsed(text)
    assert refused.value.hint == "e.g. `over=rho=10:40:7`"


def test_an_unknown_parameter_is_named() -> None:
    with pytest.raises(VleAnalogError, match=r"`over` tua: .* has no such parameter"):
        SweepPlan(PLAN.board, Over("tua", 1.0, 2.0, 3)).check()
