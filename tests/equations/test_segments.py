"""Functions of straight pieces: by points or in the place of an expression, in the reference and in circuits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import vle_analog as va
from vle_analog.design.build import Build
from vle_analog.design.subject import with_parameters
from vle_analog.engine.engine import Engine
from vle_analog.equations.canonical import tabulations
from vle_analog.equations.segments import Segments, fitted
from vle_analog.equations.systemfile import load_system
from vle_analog.stimulus import Sines
from vle_analog.studies.run.study import run

POINTS = ((-0.8, 0.5), (-0.2, -0.3), (0.1, 0.0), (0.6, 0.9))
X, Y = zip(*POINTS, strict=True)
TABLE = f"table(u, {', '.join(map(str, POINTS))})"
FILE = """\
name = "pieces"
[time]
unit = 1e-3
span = 10.0
[parameters]
a = 1.0
[inputs.u]
kind = "sine"
amplitude = 1.0
frequency = 0.2
[definitions]
y = "{0}"
[outputs]
signals = ["y"]
"""


def played(text: str) -> va.EquationSystem:
    return va.system("pieces", where={"u": Sines((1.0,), (0.2,), (0.0,)), "y": text}, outputs=("y",), span=10.0)


def test_a_table_is_straight_between_its_points_and_flat_beyond_in_reference_and_circuits(ngspice: str) -> None:
    system = played(TABLE)
    for fidelity, within in (("ideal", 2e-3), ("macromodel", 0.01)):
        found = run(system, Build(fidelity=fidelity))
        ideal = found.design.reference.solution.waveforms
        truth = np.interp(np.sin(0.4 * np.pi * ideal.time), X, Y)
        np.testing.assert_allclose(ideal["y"], truth, atol=1e-12)
        assert found.comparison.trace_nrmse_max < within
    parts = found.design.circuit.parts
    assert parts["nonlinearities"] == len(POINTS) and parts["multipliers"] == 0


def test_the_engine_runs_it(ngspice: str) -> None:
    ready = va.design(played(TABLE), Build(fidelity="macromodel"))
    exam = Engine(ready.circuit, 0.01, ("y",)).advance(10.0, 0.01)
    truth = np.interp(np.sin(0.4 * np.pi * exam.time), X, Y)
    assert np.sqrt(np.mean((exam.signals["y"][0] - truth) ** 2)) < 0.01 * np.ptp(Y)


def test_points_from_lists_and_from_a_file_make_the_same_function(tmp_path: Path) -> None:
    lists = f"x = {list(X)}\ny = {list(Y)}"
    rows = "x,value\n" + "\n".join(f"{x},{y}" for x, y in POINTS)
    (tmp_path / "points.csv").write_text(rows)
    found = []
    for table in (lists, 'path = "points.csv"'):
        (tmp_path / "pieces.toml").write_text(
            FILE.format("diode(u)").replace("[outputs]", f"[tables.diode]\n{table}\n[outputs]")
        )
        found.append(load_system(tmp_path / "pieces.toml").definitions[0].expression)
    assert found[0] == found[1] == played(TABLE).definitions[0].expression


@pytest.mark.parametrize(("name", "low", "high"), [("exp", -2.0, 2.0), ("sin", -3.0, 3.0), ("tan", -1.4, 1.4)])
def test_pieces_are_within_what_is_stated_and_four_times_closer_when_twice_as_many(
    name: str, low: float, high: float
) -> None:
    curve = getattr(np, name)
    grid = np.linspace(low, high, 7919)
    errors = []
    for count in (8, 16):
        found, error = fitted(curve, low, high, count)
        assert np.max(np.abs(found.values(grid) - curve(grid))) <= 1.01 * error
        errors.append(error)
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.35)
    even = Segments(tuple(np.linspace(low, high, 17)), tuple(curve(np.linspace(low, high, 17))), flat=False)
    assert errors[1] < 1.1 * np.max(np.abs(even.values(grid) - curve(grid)))


def test_what_is_tabulated_is_told_and_follows_the_parameters(tmp_path: Path) -> None:
    (tmp_path / "pieces.toml").write_text(FILE.format("tabulated(tanh(a*u), -1, 1, 8)"))
    system = load_system(tmp_path / "pieces.toml")
    (told,) = tabulations(system)
    assert "of 8 straight pieces from -1 to 1, within" in told and f"* {told}" in va.design(system).deck.text
    for given in (system, with_parameters(system, {"a": 3.0})):
        ideal = va.design(given).reference.solution.waveforms
        a = float(given.constants["a"])
        assert np.max(np.abs(ideal["y"] - np.tanh(a * np.sin(0.4 * np.pi * ideal.time)))) < 0.03
