"""Boards of systems: engine against ngspice and closed forms, steps, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vle_analog.compare.criterion import Criterion
from vle_analog.compare.metrics import trace_nrmse
from vle_analog.compare.quantity import Quantity
from vle_analog.design.build import Build
from vle_analog.design.system_board import SystemBoard
from vle_analog.engine.boards import of_board
from vle_analog.engine.engine import Engine
from vle_analog.errors import UsageError
from vle_analog.fleet.blueprint import run_boards, values
from vle_analog.fleet.fleet import USUAL, Fleet
from vle_analog.fleet.system_blueprint import SystemBlueprint
from vle_analog.production.production import Production
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.simulate.ngspice import Ngspice

MISMATCH = Production(Variation(Tolerance(0.01), Tolerance(0.05)))
REAL = Build(fidelity="macromodel")


def blueprint(name: str, quantity: str = "nrmse", **fields: Any) -> SystemBlueprint:
    board = SystemBoard(name, production=MISMATCH, **fields)
    found = Fleet(board).blueprint(Quantity.parsed(quantity))
    assert isinstance(found, SystemBlueprint)
    return found


@pytest.mark.parametrize(
    ("name", "span", "bound"),
    [
        ("van_der_pol", 12.0, 1e-3),
        ("rc_low_pass", 10.0, 1e-3),
        ("lorenz", 0.5, 1e-3),
        ("lotka_volterra", 4.0, 1e-3),
        ("two_neurons", 4.0, 3e-3),  # looks ahead, and that enlarges by how much a matched pair is no exact tanh
    ],
)
def test_a_board_runs_in_the_engine_as_in_ngspice(name: str, span: float, bound: float) -> None:
    design = blueprint(name, build=REAL, span=span)
    engine = Engine([design.board(3)], design.step, design.bench.probes, threads=1)
    ours = of_board(engine.advance(design.span, design.step), 0)
    theirs, _, _ = design.in_ngspice(3, Ngspice(), lambda: None, None)
    assert max(trace_nrmse(theirs, ours, design.bench.probes).values()) < bound


def test_an_oscillators_period_follows_its_parts() -> None:
    """Two integrators and an inverter in a ring: the period goes with the root of the product of all their parts."""
    design = blueprint("harmonic_oscillator", "period(x)", span=40.0)
    nominal = values(design.circuit)
    samples, _ = run_boards(design, range(6), threads=1)
    for sample in samples:
        own = values(design.board(sample.board))
        ratio = {name: own[name] / nominal[name] for name in nominal}
        forward = ratio["Rx__1"] * ratio["Xx.C"] * ratio["Rv__1"] * ratio["Xv.C"]
        inverters = [name[:-3] for name in nominal if name.endswith(".R1")]
        gains = math.prod(ratio[f"{name}.R2"] / ratio[f"{name}.R1"] for name in inverters)
        assert sample.loss == pytest.approx(2 * math.pi * math.sqrt(forward / gains), rel=2e-4)


def test_boards_do_not_depend_on_which_others_there_are() -> None:
    design = blueprint("van_der_pol", "nrmse(x)", build=REAL, span=6.0)
    together, table = run_boards(design, range(20), threads=2)
    (alone,), (row,) = run_boards(design, [13], threads=1)
    assert replace(alone, seconds=0.0) == replace(together[13], seconds=0.0)
    assert np.array_equal(row, table[13])
    assert len({sample.loss for sample in together}) == 20


def test_steps_are_as_short_as_the_circuit_needs() -> None:
    """A state that settles 400 times faster than its input moves: explicit steps follow its time constant."""
    design = blueprint("rc_low_pass", "nrmse(v)", parameters=(("tau", 2.5e-3),), build=Build(step=0.02))
    assert design.finer > 1
    (sample,), _ = run_boards(design, [0], threads=1)
    assert sample.loss is not None and sample.loss < 0.1


def test_noise_is_told_apart() -> None:
    board = SystemBoard("van_der_pol", span=8.0, build=REAL, production=replace(MISMATCH, noise_scale=300.0))
    design = Fleet(board).blueprint(Quantity.parsed("nrmse(x)"))
    (sample,), _ = run_boards(design, [0], threads=1)
    assert sample.silent is not None and sample.silent != sample.loss
    assert sample.signal_to_noise is not None and sample.signal_to_noise > 1


def test_signals_that_are_not_recorded_are_named() -> None:
    with pytest.raises(UsageError, match="no output or input 'w'"):
        blueprint("rc_low_pass", "gain(v, w, 0.05)")
    assert blueprint("rc_low_pass", "gain(v, drive, 0.05)").key != blueprint("rc_low_pass", "nrmse(v)").key


def test_a_run_too_short_for_its_quantity_is_refused() -> None:
    with pytest.raises(UsageError, match="fewer than two periods") as refused:
        blueprint("harmonic_oscillator", "period(x)", span=8.0)
    assert refused.value.hint == "take a longer `span`"
    assert blueprint("harmonic_oscillator", "period(x)", span=30.0)


def test_criteria_of_tasks_are_none_of_systems_and_the_other_way_round() -> None:
    usual = Criterion("accuracy", ">=", 0.95), Criterion("loss", "<=", 0.2)
    fleet = Fleet(SystemBoard("rc_low_pass"))
    assert fleet.criterion(None, usual) == USUAL
    with pytest.raises(UsageError, match="it has no loss"):
        fleet.criterion(Criterion("loss", "<=", 0.1), usual)


def test_a_step_response_from_a_users_file(tmp_path: Path) -> None:
    file = tmp_path / "step.toml"
    file.write_text(
        'name = "step"\n[time]\nunit = 1e-3\nspan = 12.0\n[parameters]\nlevel = 1.0\n'
        '[states.x]\nderivative = "level - x"\ninitial = 0.0\n'
    )
    design = blueprint(str(file), "rise_time(x)")
    samples, _ = run_boards(design, range(4), threads=1)
    nominal = values(design.circuit)
    for sample in samples:
        own = values(design.board(sample.board))
        tau = own["Xx.R"] * own["Xx.C"] / (nominal["Xx.R"] * nominal["Xx.C"])
        assert sample.loss == pytest.approx(tau * math.log(9), rel=1e-3)
