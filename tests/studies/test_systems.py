"""Studies of boards of a system: yield, budget, tolerance and noise, end to end on one small oscillator."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.executors import Refusing
from vle_analog.compare.criterion import Criterion
from vle_analog.compare.quantity import Quantity
from vle_analog.design.build import Build
from vle_analog.design.system_board import SystemBoard
from vle_analog.errors import UsageError
from vle_analog.fleet.blueprint import values
from vle_analog.fleet.fleet import Fleet
from vle_analog.lab.lab import Lab
from vle_analog.options import build
from vle_analog.production.production import Production
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.studies.budget.report import report as budget_report
from vle_analog.studies.budget.study import BudgetPlan, budget
from vle_analog.studies.montecarlo.report import report as yield_report
from vle_analog.studies.montecarlo.study import MonteCarloPlan, montecarlo, study
from vle_analog.studies.noise.report import report as noise_report
from vle_analog.studies.noise.study import NoisePlan, noise
from vle_analog.studies.tolerance.report import report as tolerance_report
from vle_analog.studies.tolerance.study import TolerancePlan, tolerance

PERIOD = Criterion.parsed("error(period(x))<=0.02")
MISMATCH = Production(Variation(Tolerance(0.01), Tolerance(0.05)))
BOARD = SystemBoard("harmonic_oscillator", span=40.0, production=MISMATCH)
REAL = SystemBoard("van_der_pol", span=20.0, build=Build(fidelity="macromodel"), production=MISMATCH)


def text_of(report: Any) -> str:
    """All that a report says."""
    tables = [
        cell for table in (*report.tables, *report.details) for row in (table.header, *table.rows) for cell in row
    ]
    return " ".join([report.title, *report.sentences, *tables])


def test_a_yield_is_what_parts_say(tmp_path: Path) -> None:
    """Each board's verdict, and so the yield, follows from its resistors and capacitors in closed form."""
    plan = MonteCarloPlan(BOARD, boards=40, criterion=PERIOD)
    lab = Lab(tmp_path)
    found = montecarlo(plan, lab)
    blueprint = plan.fleet.blueprint(Quantity(PERIOD.metric))
    nominal = values(blueprint.circuit)
    for row in found.record()["boards"]:
        own = values(blueprint.board(row["board"]))
        ratio = {name: own[name] / nominal[name] for name in nominal}
        inverters = [name[:-3] for name in nominal if name.endswith(".R1")]
        gains = math.prod(ratio[f"{name}.R2"] / ratio[f"{name}.R1"] for name in inverters)
        product = math.prod(ratio[name] for name in ("Rx__1", "Xx.C", "Rv__1", "Xv.C"))
        assert row["loss"] == pytest.approx(abs(math.sqrt(product / gains) - 1), abs=3e-4)
    told = yield_report(found)
    lab.save(told)
    assert "error(period(x))" in text_of(told) and "loss" not in text_of(told)
    record = json.loads((tmp_path / "montecarlo.json").read_text())
    assert (record["task"], record["mode"]) == ("harmonic_oscillator", "as designed")
    assert record["measured"] == "error(period(x))" and record["samples"] == 40
    assert montecarlo(plan, Lab(tmp_path, Refusing())).record() == found.record()
    with pytest.raises(pytest.fail.Exception, match="ran again"):  # another quantity is another study
        montecarlo(
            MonteCarloPlan(BOARD, boards=40, criterion=Criterion.parsed("period(x)>=6")), Lab(tmp_path, Refusing())
        )


def test_a_quantity_that_must_be_large_is_drawn_on_a_plain_axis(tmp_path: Path) -> None:
    plan = MonteCarloPlan(BOARD, boards=6, criterion=Criterion.parsed("final(energy) - 0.6>=-0.2"))
    found = montecarlo(plan, Lab())
    Lab(tmp_path).save(yield_report(found))
    losses = [row["loss"] for row in found.record()["worst"]]
    assert losses == sorted(losses) and min(losses) < 0  # the least is the worst


def test_engine_and_ngspice_agree_on_boards() -> None:
    found = montecarlo(MonteCarloPlan(REAL, boards=3, checks=1, criterion=Criterion.parsed("nrmse(x)<=0.1")), Lab())
    (check,) = found.checks
    assert check.agrees and check.loss_error is not None and abs(check.loss_error) < 0.01


def test_one_board_is_written_out() -> None:
    board = study(MonteCarloPlan(REAL, boards=3, netlist=2), Lab())
    assert "Xx" in board.deck.text and "opamp" in board.parts  # type: ignore[union-attr]


def test_a_budget(tmp_path: Path) -> None:
    plan = BudgetPlan(Fleet(REAL, boards=2), rows=0, of=Quantity.parsed("period(x)"))
    found = budget(plan, Lab(tmp_path))
    Lab(tmp_path).save(budget_report(found))
    alone = {kind.kind: kind.alone.median for kind in found.contributions}
    assert found.measured == "error(period(x))"
    assert max(alone, key=lambda kind: alone[kind]) in ("capacitor mismatch", "resistor mismatch")
    assert found.ideal.median < 1e-3 < found.everything.median
    assert budget(plan, Lab(tmp_path, Refusing())).record() == found.record()


def test_a_tolerance(tmp_path: Path) -> None:
    plan = TolerancePlan(Fleet(BOARD, boards=8), PERIOD)
    found = tolerance(plan, Lab(tmp_path))
    Lab(tmp_path).save(tolerance_report(found))
    allowed = {kind.kind: kind.room * kind.size for kind in found.kinds}
    # six resistors at the root in the period, two capacitors: so much less of these is allowed
    assert 0.002 < allowed["capacitor mismatch"] < 0.05 and 0.002 < allowed["resistor mismatch"] < 0.05
    with pytest.raises(UsageError, match="does not meet"):
        tolerance(TolerancePlan(Fleet(BOARD, boards=2), Criterion.parsed("period(x)<=1")), Lab())


def test_noise_levels(tmp_path: Path) -> None:
    found = noise(
        NoisePlan(Fleet(REAL, boards=2), Criterion.parsed("nrmse(x)<=0.3"), levels=(64.0, 256.0)), Lab(tmp_path)
    )
    Lab(tmp_path).save(noise_report(found))
    ratios = [level.signal_to_noise for level in found.levels]
    assert [level.scale for level in found.levels] == [64.0, 128.0, 256.0]
    assert ratios[0] == pytest.approx(16 * ratios[2], rel=0.2)  # type: ignore[operator]
    assert "learn" not in text_of(noise_report(found))


def test_what_only_lessons_have_is_refused() -> None:
    with pytest.raises(UsageError, match="`rule` is not for 'lorenz'"):
        build(MonteCarloPlan, {"task": "lorenz", "rule": "gle", "mismatch": "0.01,0.05"})
    with pytest.raises(UsageError, match="is of its loss"):
        build(BudgetPlan, {"task": "chain", "of": "nrmse"}).check()
