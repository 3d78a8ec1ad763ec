"""Small signals and noise of systems with events: of those that do not happen nothing is seen, others are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import vle_analog as va
from vle_analog.cli.app import app
from vle_analog.design.build import Build
from vle_analog.design.system_board import SystemBoard
from vle_analog.errors import UsageError
from vle_analog.lab.lab import Lab
from vle_analog.options import build
from vle_analog.stimulus import Constant, Sines
from vle_analog.studies.ac.study import AcPlan, ac
from vle_analog.studies.noise.study import NoisePlan, noise
from vle_analog.studies.noise_sources.study import Analysis, noise_budget

REAL = Build(fidelity="macromodel", step=0.005)
RESONATOR = """
name = "resonator"
[time]
unit = 1e-3
span = 20.0
[inputs.u]
kind = "sine"
amplitude = 0.5
frequency = 0.2
[states.x]
derivative = "y"
initial = 0.1
[states.y]
derivative = "u - x - 0.8*y"
initial = 0.0
[states.n]
derivative = "-n"
initial = 0.5
"""
NEVER = '[events.never]\nwhen = "x > 5"\nset = { n = "1" }\n'


def saved(folder: Path, name: str, text: str) -> str:
    path = folder / f"{name}.toml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("fidelity", ["ideal", "macromodel"])
def test_gain_and_phase_beside_events_are_the_closed_form(fidelity: str, tmp_path: Path) -> None:
    """Of an event that sets the resonator's own states on the way to where it rests, too."""
    often = '[events.often]\nwhen = "x > 0.3"\nset = { x = "0.5*x", n = "1" }\n'
    board = SystemBoard(saved(tmp_path, "often", RESONATOR + often), build=Build(fidelity=fidelity))
    found = ac(AcPlan(board), Lab(tmp_path))
    s = 2j * np.pi * found.hertz * 1e-3
    exact = 1 / (s**2 + 0.8 * s + 1)
    for response, wanted in zip(found.responses, (exact, s * exact, 0 * s), strict=True):
        np.testing.assert_allclose(response.ideal, wanted, atol=1e-6)
        assert response.error(response.design) < (1e-3 if fidelity == "ideal" else 5e-3)
        assert response.corner(found.hertz, 0 * s) is None


def test_noise_beside_an_event_that_never_happens_is_the_noise_without(tmp_path: Path) -> None:
    analysis, budgets = Analysis(output="x", low=50.0, high=1e4), []
    for name, text in (("without", RESONATOR), ("never", RESONATOR + NEVER)):
        budgets.append(noise_budget(va.load_system(saved(tmp_path, name, text)), REAL, analysis))
    np.testing.assert_allclose(budgets[1].density, budgets[0].density, rtol=1e-7)


def test_boards_noise_beside_an_event_that_never_happens_is_the_noise_without(tmp_path: Path) -> None:
    """The very same draws; twice the noise is 6 dB, and it is what the small-signal analysis says."""
    ratios = []
    for name, text in (("without", RESONATOR), ("never", RESONATOR + NEVER)):
        asked = {"task": saved(tmp_path, name, text), "boards": 2, "levels": "1:2", "step": 0.005}
        found = noise(build(NoisePlan, asked | {"checks": 1}), Lab(tmp_path / name))
        engine, ngspice = (10 * np.log10(float(ratio or 0)) for ratio in found.checks[0].signal_to_noise)
        assert engine == pytest.approx(ngspice, abs=6.0)  # a few periods of what is resonant; 20 by other steps
        levels = found.levels
        ratios.append([10 * np.log10(level.signal_to_noise) for level in levels])
    np.testing.assert_allclose(ratios[1], ratios[0], atol=1e-3)
    assert ratios[0][0] - ratios[0][1] == pytest.approx(20 * np.log10(2), abs=0.01)
    budget = noise_budget(va.load_system(str(tmp_path / "never.toml")), REAL, Analysis("x", 50.0, 5e4))
    assert ratios[0][0] == pytest.approx(20 * np.log10(budget.signal / budget.rms_units), abs=3.0)


def test_noise_where_a_condition_holds_at_rest() -> None:
    """It has begun to hold long before: nothing happens any more, whatever a trigger's memory would come to."""
    parts = {"v": "u - v", "n": "-n"}
    budgets = []
    for events in ({}, {"up": ("v > 0.5", {"n": "1"})}):
        system = va.system(
            "above", **parts, initial={"n": 0.5}, where={"u": Constant(1.0)}, events=events, span=20
        )  # fmt: skip
        budgets.append(noise_budget(system, REAL, Analysis("v", 50.0, 1e4)))
    np.testing.assert_allclose(budgets[1].density, budgets[0].density, rtol=1e-6)


def firing(span: float) -> va.EquationSystem:
    return va.system(
        "firing", v="u - v", where={"u": Constant(2.0)}, events={"spike": ("v > 1", {"v": "0"})}, span=span
    )  # fmt: skip


@pytest.mark.parametrize(("span", "says"), [(10.0, "goes on happening"), (0.6, "happens on the way")])
def test_where_events_leave_no_rest_small_signals_are_refused(span: float, says: str) -> None:
    with pytest.raises(UsageError, match=f"'spike' {says}"):
        noise_budget(firing(span), REAL, Analysis("v", 50.0, 1e4))


def test_ac_says_nothing_of_noise_and_its_remedy_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = RESONATOR.replace('"-n"', '"1"') + NEVER
    path = saved(tmp_path, "drifting", text)
    with pytest.raises(UsageError, match="nothing holds 'n'") as caught:
        ac(AcPlan(SystemBoard(path)), Lab(tmp_path))
    hint = str(caught.value.hint)
    assert "noise" not in hint
    command = hint.split("`")[1].replace("SUBJECT", path).split()[1:]
    app(command, standalone_mode=False)
    assert list((tmp_path / "results").glob("*/metrics.json"))


def test_sines_are_not_at_rest_but_their_moment_is() -> None:
    """An event that the input alone brings about does not happen while the input is held."""
    system = va.system(
        "driven", v="u - v", n="-n", where={"u": Sines((1.0,), (0.2,), (0.0,))},
        events={"crossing": ("u > 0.5", {"n": "1"})}, span=20,
    )  # fmt: skip
    assert noise_budget(system, REAL, Analysis("v", 50.0, 1e4)).rms_units > 0
