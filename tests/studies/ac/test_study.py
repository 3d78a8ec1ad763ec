"""Gain and phase over frequency, against closed forms: a low-pass, a resonator, a saturating neuron at two points."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from vle_analog.design.build import Build
from vle_analog.design.system_board import SystemBoard
from vle_analog.errors import UsageError, VleAnalogError
from vle_analog.lab.lab import Lab
from vle_analog.production.production import Production
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.studies.ac.report import report
from vle_analog.studies.ac.study import AcPlan, ac

MISMATCH = Production(Variation(Tolerance(0.01), Tolerance(0.05)))
FILE = """
name = "resonator"
[time]
unit = 1e-3
span = 60.0
[inputs.u]
kind = "pwl"
times = [0.0, 30.0]
values = [0.0, {end}]
[states.x]
derivative = "v"
initial = 0.0
[states.v]
derivative = "u - x - 0.2*v"
initial = 0.0
[definitions]
y = "{law}"
[outputs]
signals = ["x", "y"]
"""


def resonator(folder: Path, law: str = "2*v + u", end: float = 0.0) -> str:
    path = folder / "resonator.toml"
    path.write_text(FILE.format(law=law, end=end))
    return str(path)


def test_a_low_pass_and_its_boards(tmp_path: Path) -> None:
    found = ac(AcPlan(SystemBoard("rc_low_pass", production=MISMATCH), boards=2), Lab(tmp_path))
    (only,) = found.responses
    exact = 1 / (1 + 2j * np.pi * found.hertz * 1e-3)
    assert np.allclose(only.ideal, exact, rtol=1e-6)
    assert only.error(only.design) < 1e-4
    assert only.corner(found.hertz, only.design) == pytest.approx(1 / (2 * math.pi * 1e-3), rel=1e-3)
    assert found.poles == pytest.approx([-1000.0], rel=1e-6)
    assert min(map(only.error, only.boards)) > 1e-3 and max(map(only.error, only.boards)) < 0.3
    Lab(tmp_path).save(report(found))
    record = json.loads((tmp_path / "ac.json").read_text())
    assert record == found.record() and (tmp_path / "ac.png").exists()


def test_a_resonator_with_a_direct_path(tmp_path: Path) -> None:
    found = ac(AcPlan(SystemBoard(resonator(tmp_path))), Lab())
    s = 2j * np.pi * found.hertz * 1e-3
    place = 1 / (s**2 + 0.2 * s + 1)
    x, y = found.responses
    assert np.allclose(x.ideal, place, rtol=1e-5, atol=1e-9)
    assert np.allclose(y.ideal, 2 * s * place + 1, rtol=1e-5, atol=1e-9)
    assert x.error(x.design) < 1e-3 and y.error(y.design) < 1e-3
    assert sorted(found.poles.imag) == pytest.approx([-995.0, 995.0], rel=1e-3)


def test_the_point_decides_how_steep_a_curve_is(tmp_path: Path) -> None:
    name = resonator(tmp_path, law="tanh(x)", end=1.0)
    for at in (0.0, 30.0):
        found = ac(AcPlan(SystemBoard(name), at=at, high=1.0, low=0.1), Lab())
        _, y = found.responses
        slope = 1 / math.cosh(1.0 if at else 0.0) ** 2
        assert abs(y.ideal[0]) == pytest.approx(slope, rel=1e-4)
        assert abs(y.design[0]) == pytest.approx(slope, rel=2e-3)


def test_real_op_amps_lag_where_they_are_slow() -> None:
    found = ac(AcPlan(SystemBoard("rc_low_pass", build=Build(fidelity="macromodel")), high=1e6), Lab())
    (only,) = found.responses
    late = found.hertz > 2e5
    early = found.hertz < 2e3
    off = np.abs(only.design - only.ideal) / np.abs(only.ideal)
    assert off[early].max() < 0.01 < off[late].min()


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (AcPlan(SystemBoard("lorenz")), "no input"),
        (AcPlan(SystemBoard("rc_low_pass"), input="driv"), "did you mean 'drive'"),
        (AcPlan(SystemBoard("rc_low_pass"), low=10.0, high=1.0), "no band"),
    ],
)
def test_what_cannot_be_analysed_is_refused(plan: AcPlan, words: str) -> None:
    with pytest.raises(VleAnalogError) as refused:
        ac(plan, Lab())
    assert words in f"{refused.value} {refused.value.hint}"


def test_numbers_that_make_no_sense_are_refused() -> None:
    with pytest.raises(UsageError):
        AcPlan(SystemBoard("rc_low_pass"), boards=-1)
