"""Noise of whole circuits: theory, ngspice's analysis and a transient run agree; what has no rest is refused."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.blocks.bench import system
from tests.tool import visible
from vle_analog.circuit.elements import Instance, Resistor
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.design.operating_point import (
    operating_point,
    settled,
)
from vle_analog.equations.system import EquationSystem
from vle_analog.errors import UsageError
from vle_analog.lab.lab import Lab
from vle_analog.lesson.chip import Chip
from vle_analog.production.noise import BOLTZMANN, ROOM, noisy
from vle_analog.reference.integrator import Integrator
from vle_analog.stimulus import Constant, Sines
from vle_analog.studies.noise_sources.report import report
from vle_analog.studies.noise_sources.result import NoiseBudget
from vle_analog.studies.noise_sources.study import Analysis, at_work, noise_budget
from vle_analog.synthesis.lower import lower
from vle_analog.tasks import chain

BUILD = Build(step=0.1, fidelity="macromodel", parts=(("opamp", "tl072"),))
#: a leaky integrator of gain 2, 1 ms per unit
LEAKY = system({"u": ("-u + 2*x", 0.0)}, inputs={"x": Sines((0.4,), (0.1,), (0.5,))}, span=400.0, outputs=("u",))


@cache
def leaky() -> NoiseBudget:
    return noise_budget(LEAKY, BUILD, Analysis(transient=1))


def theory(hertz: np.ndarray) -> np.ndarray:
    """4 k T R of two resistors through the RC, the op-amp's voltage noise by its noise gain, its current noise."""
    circuit = design(LEAKY, BUILD).circuit
    stage = next(dict(each.parameters) for each in circuit.elements() if isinstance(each, Instance))
    inside = next(each.ohms for each in circuit.elements() if isinstance(each, Resistor))
    feedback = stage["R"] / (1 + 2j * np.pi * hertz * stage["R"] * stage["C"])
    current = 4 * BOLTZMANN * ROOM * (1 / stage["R"] + 1 / inside) + (10e-15) ** 2 * (1 + 1 / hertz)
    voltage = (17.2e-9) ** 2 * (1 + 100 / hertz)
    return np.sqrt(current * np.abs(feedback) ** 2 + voltage * np.abs(1 + feedback / inside) ** 2)


def test_the_analysis_is_the_theory() -> None:
    found = leaky()
    assert found.frequencies[[0, -1]] == pytest.approx([2.5, 2.5e3])
    assert found.density == pytest.approx(theory(found.frequencies), rel=5e-3)
    dense = np.geomspace(2.5, 2.5e3, 4000)
    middle = np.sqrt(dense[1:] * dense[:-1])
    assert found.rms == pytest.approx(math.sqrt(np.sum(theory(middle) ** 2 * np.diff(dense))), rel=5e-3)


def test_shares_add_up() -> None:
    found = leaky()
    assert sum(each.share for each in found.contributions) == pytest.approx(1.0)
    total = np.sqrt(sum(each.density**2 for each in found.contributions))
    assert total == pytest.approx(found.density, rel=1e-4)
    kinds = {(each.name, each.kind) for each in found.contributions if each.share > 1e-5}
    assert kinds == {("Xu", "op-amp voltage"), ("Xu.R", "resistors"), ("Ru__1", "resistors"), ("Xu", "op-amp current")}
    assert {each.block for each in found.contributions} == {"leaky integrator: (1) du/dt = -u + 2*x"}
    assert found.signal == pytest.approx(2 * 0.4 / math.sqrt(2) / math.hypot(1, 0.2 * math.pi), rel=0.01)


def test_a_transient_run_has_the_same_spectrum() -> None:
    """Within half a decibel in all octaves but the lowest, whose samples are few; so has the root mean square."""
    found = leaky()
    bands = found.bands()
    assert bands[0].low < 8 and bands[-1].high > 1200 and len(bands) >= 7
    assert [each.decibels for each in bands] == pytest.approx([0.0] * len(bands), abs=1.5)
    dense = [each for each in bands if each.low > 30]
    assert len(dense) >= 4
    for each in dense:
        assert abs(each.decibels) < 0.5
        grid = np.geomspace(each.low, each.high, 50)
        middle = np.sqrt(grid[1:] * grid[:-1])
        wanted = math.sqrt(np.sum(theory(middle) ** 2 * np.diff(grid)))
        assert abs(20 * math.log10(each.sampled / wanted)) < 0.5
    total = found.record()["transient"]
    assert total["rms_volts"] == pytest.approx(total["rms_volts_analysis"], rel=0.03)


def test_flicker_noise_shows_at_low_frequencies() -> None:
    """Between 10 and 100 times below the corner the op-amp's part falls with the square root of frequency."""
    part = next(each for each in leaky().contributions if each.kind == "op-amp voltage")
    low = leaky().frequencies < 8
    slope = np.polyfit(np.log(leaky().frequencies[low]), np.log(part.density[low]), 1)[0]
    assert slope == pytest.approx(-0.5 * 100 / 104, abs=0.02)


def test_a_network_at_work(tmp_path: Path) -> None:
    """The chain with its learned weights: multipliers are gone, the largest sources are the last stages'."""
    task = chain("gle", span=200.0)
    found = noise_budget(task, Build(fidelity="macromodel"), lab=Lab(tmp_path))
    assert found.name == "chain_deployed" and found.output == task.learning.output
    assert set(found.kinds()) <= {"resistors", "op-amp voltage", "op-amp current", "inside of parts"}
    assert not any(each.name.startswith("Xt") and each.share > 1e-6 for each in found.contributions)
    Lab(tmp_path).save(report(found))
    assert json.loads((tmp_path / "noise-sources.json").read_text()) == found.record()
    assert visible(tmp_path) == {"noise-sources.png", "noise-sources.md", "noise-sources.html", "noise-sources.json"}


def test_a_task_is_analysed_with_what_it_learns() -> None:
    values = {tuple(np.ravel(np.asarray(each.value, float))) for each in at_work(chain("gle", span=4000.0)).parameters}
    first = {tuple(np.ravel(np.asarray(each.value, float))) for each in at_work(chain("gle", span=100.0)).parameters}
    assert values != first


def ideal(given: EquationSystem) -> EquationSystem:
    return lower(given).read_back


def test_an_operating_point() -> None:
    given = system({"u": ("-u + x", 3.0)}, {"y": "2*u - 1"}, {"x": Sines((0.5,), (0.25,), (0.0,))})
    point = operating_point(ideal(given), at=1.0)
    assert point.states == pytest.approx({"u": 0.5}) and point.inputs == {"x": 0.5}
    assert point.definitions["y"] == pytest.approx(0.0) and point.slowest == pytest.approx(1.0)


def test_of_several_points_a_stable_one_is_taken() -> None:
    """A ball between two valleys: zero is a rest point that nothing returns to."""
    valleys = ideal(system({"u": ("u - u**3 + x", 0.01)}, inputs={"x": Constant(0.0)}, span=30.0))
    begins = [np.zeros(1), settled(valleys, Integrator(valleys).run(0.05))]
    point = operating_point(valleys, begins)
    assert point.states["u"] == pytest.approx(1.0) and point.slowest == pytest.approx(0.5)
    assert Integrator(valleys).rates(np.array([point.states["u"]]), 0.0) == pytest.approx([0.0], abs=1e-9)


@pytest.mark.parametrize(
    "given, texts",
    [
        (system({"u": ("v", 1.0), "v": ("-u", 0.0)}, inputs={"x": Constant(0.0)}), ["not stable", "'u', 'v'"]),
        (system({"q": ("x", 0.0), "u": ("q - u", 0.0)}, inputs={"x": Constant(0.0)}), ["nothing holds 'q'", "--noise"]),
        (system({"u": ("1 + u**2 + x", 0.0)}, inputs={"x": Constant(0.0)}), ["no operating point|nothing holds 'u'"]),
    ],
)
def test_what_never_rests_is_refused(given: EquationSystem, texts: list[str]) -> None:
    with pytest.raises(UsageError) as refusal:
        operating_point(ideal(given), [np.full(len(given.states), 0.3)])
    assert all(any(each in str(refusal.value) for each in text.split("|")) for text in texts), refusal.value


def test_signals_and_bands_are_checked() -> None:
    with pytest.raises(UsageError, match="no signal 'w'"):
        noise_budget(LEAKY, BUILD, Analysis("w"))
    with pytest.raises(UsageError, match="from 10 to 1 Hz is no band"):
        noise_budget(LEAKY, BUILD, Analysis(low=10.0, high=1.0))


def test_a_run_in_stretches_has_the_noise_of_one(tmp_path: Path) -> None:
    """A squarer with loud noise, its memory handed on: the same path, far from that of another seed."""
    given = system({"u": ("-u + x*x", 0.0)}, inputs={"x": Sines((0.8,), (0.1,), (0.5,))}, span=30.0)
    circuit = design(given, BUILD).circuit
    paths = {}
    for name, seed, ends in (("whole", 1, (20.0,)), ("split", 1, (7.03, 20.0)), ("other", 2, (20.0,))):
        chip = Chip(noisy(circuit, seed, scale=300.0), ("u",), 0.1, folder=tmp_path)
        parts = [chip.advance(end) for end in ends]
        # means over half a unit: between two of the solver's points, which differ, noise is not known
        paths[name] = parts[-1].at(np.linspace(8.0, 20.0, 2400))["u"].reshape(24, 100).mean(axis=1)
    apart = float(np.std(paths["other"] - paths["whole"]))
    assert apart > 1e-4
    assert float(np.std(paths["split"] - paths["whole"])) < 0.15 * apart
