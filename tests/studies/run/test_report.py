"""A run as it is told."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.blocks.bench import system
from vle_analog.design.prototype import Prototype
from vle_analog.design.subject import Subject
from vle_analog.equations.systemfile import load_system
from vle_analog.lab.lab import Lab
from vle_analog.library import system_files
from vle_analog.stimulus import Sines
from vle_analog.studies.run.report import report
from vle_analog.studies.run.result import Run
from vle_analog.studies.run.study import run, run_prototype
from vle_analog.tasks import chain


@pytest.fixture(scope="module")
def learned() -> Run:
    return run(chain("gle", span=100.0))


def rc() -> Run:
    return run(load_system(system_files()["rc_low_pass"]))


def test_a_learner_has_a_table_of_what_it_learned(learned: Run) -> None:
    told = report(learned)
    (table,) = told.tables
    assert table.header == ["parameter", "circuit", "reference", "teacher"]
    values = learned.metrics()["learning"]["parameters"]
    assert [row[0] for row in table.rows] == list(values)
    for name, *numbers in table.rows:
        assert [float(number) for number in numbers] == pytest.approx(
            [values[name][key] for key in ("analog", "ideal", "target")], rel=1e-3
        )
    assert told.sentences[0].startswith("circuit of ideal parts against the reference: NRMSE at most ")
    assert told.sentences[1].startswith("loss with plasticity off: 0.256 at first, then ")
    assert told.sentences[2].startswith("chain, ideal fidelity: 30 opamps")
    assert [stage.split()[0] for stage in told.sentences[3].split(", ")] == list(learned.seconds)
    assert not told.warnings and told.record == learned.metrics()


def test_a_sum_of_terms_that_cancel_is_told() -> None:
    """A lag follows a sine of one radian per unit by a hundredth of a unit behind: the difference is a hundredth."""
    followed = system({"y": ("d", 0.0)}, {"d": "100*(x - y)"}, {"x": Sines((1.0,), (1 / math.tau,), (0.0,))}, span=8.0)
    (said,) = [each for each in report(run(followed)).sentences if "terms that cancel" in each]
    gain = float(said.partition("up to ")[2].split()[0])
    assert said.startswith("'d' is the rest of") and gain == pytest.approx(100, rel=0.3)  # scales are preferred numbers
    assert f"appears {1 + 2 * gain:.3g} times" in said


def test_a_system_has_no_table_and_its_files_have_all_numbers() -> None:
    told = report(rc())
    assert not told.tables and len(told.sentences) == 3
    assert set(told.files) == {"figures/diagram.svg", "netlist.cir", "waveforms.npz"} and told.document == ""
    assert json.loads(json.dumps(told.record, allow_nan=False)) == told.record


def test_one_that_is_far_off_is_warned_of_before_its_margins() -> None:
    good = rc()
    off = replace(good, comparison=replace(good.comparison, trace_nrmse={"v": 0.5}), warned=("slew", "offset"))
    first, *others = report(off).warnings
    assert first.startswith("signal 'v' is off by an NRMSE of 0.5 of its range; a good run stays under 0.001\n")
    assert others == ["slew", "offset"]


@pytest.mark.parametrize("make", [rc, lambda: run(chain("bp", span=80.0))])
def test_a_saved_run_is_its_report(make: Callable[[], Run], tmp_path: Path) -> None:
    result = make()
    record = result.save(tmp_path)
    assert json.loads((tmp_path / "metrics.json").read_text()) == record == result.metrics()


def test_ideal_parts_are_warned_of_nothing() -> None:
    assert run_prototype(Prototype(Subject("rc_low_pass")), Lab()).warned == ()
