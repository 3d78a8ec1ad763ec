"""Nonlinear cells' expressions, held to ngspice and to what the engine knows of the parts."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vle_analog.circuit.cell.cell import needed
from vle_analog.circuit.parts import chosen, library
from vle_analog.circuit.parts import device as device_cell
from vle_analog.engine.figures import device
from vle_analog.laws import LAWS
from vle_analog.simulate import Ngspice
from vle_analog.simulate.rawfile import Plot
from vle_analog.studies.sensitivity.response import CURVES
from vle_analog.studies.sensitivity.study import blocks, sensitivity, value_of
from vle_analog.synthesis.lower import lower
from vle_analog.tasks import TASKS

CELLS = library(chosen("macromodel"))
DESIGN = {"kin": 2.0, "kout": 3.0, "x": 1.3}
#: a number that is a little larger is so many times it
LARGER = 1.001
#: of a pair, volts: large enough to see, small against kT/q
OFFSET = 50e-6
#: at which a cell's lag shows as phase, and its gain not, hertz
FAST = 10e3


@pytest.fixture(scope="module", params=CURVES)
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def plots(role: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Plot]:
    """The cell's operating point and its response, with each of its numbers a little larger side by side."""
    instances = {
        "base": DESIGN,
        "kin": {**DESIGN, "kin": LARGER * DESIGN["kin"]},
        "kout": {**DESIGN, "kout": LARGER * DESIGN["kout"]},
        "vos": {**DESIGN, "VOS": OFFSET},
    }
    lines = [each.subckt for each in needed([role], CELLS)]
    lines += [".global vcc vee", "Vcc vcc 0 15", "Vee vee 0 -15", f"Vx x 0 dc {DESIGN['x']} ac 1", "Vzero zero 0 0"]
    lines += [f"Vmore more 0 dc {LARGER * DESIGN['x']} ac 1", f"Xx more 0 x1 {role} kin=2 kout=3"]
    for name, values in instances.items():
        given = " ".join(f"{key}={value!r}" for key, value in values.items() if key != "x")
        lines.append(f"X{name} x 0 {name} {role} {given}")
    found = {}
    for axis, analysis in (("frequency", f"ac dec 1 1 {FAST}"), ("v-sweep", "dc Vzero 0 1 1")):
        control = [".options reltol=1e-7 vntol=1e-10 abstol=1e-13", ".control", "set filetype=binary", analysis]
        deck = "\n".join(["* side by side", *lines, *control, "write waveforms.raw", "quit", ".endc", ".end", ""])
        found[axis] = Ngspice().run_sweep(deck, axis, folder=tmp_path_factory.mktemp(axis), timeout=60)
    return found


def allowed(role: str) -> float:
    """Of an output and of a slope: the part is no further from its law than twice what its header states."""
    part = device_cell(CELLS[role].part or role)
    return 2 * part.sheet.figures["deviation"].value * float(np.ptp(LAWS[role].numeric(np.array([-4.0, 4.0]))))


def read(plots: dict[str, Plot], figure: str, node: str) -> float:
    """The output, or the slope, of one of the cells."""
    if figure == "output":
        return float(plots["v-sweep"].data[node][0])
    return float(np.abs(plots["frequency"].data[node][0]))


@pytest.mark.parametrize("figure", ["output", "gain"])
def test_values_and_sensitivities(role: str, figure: str, plots: dict[str, Plot]) -> None:
    entry = sensitivity(role, given=DESIGN)[figure]
    before = read(plots, figure, "base")
    assert before == pytest.approx(entry.value, rel=allowed(role))
    for part, share in entry.shares.items():
        larger = math.log(read(plots, figure, {"x": "x1"}.get(part, part)) / before) / math.log(LARGER)
        assert larger == pytest.approx(share.value, rel=0.005, abs=max(1e-3, 3 * allowed(role)))


def test_an_offset_moves_output_and_gain(role: str, plots: dict[str, Plot]) -> None:
    table = sensitivity(role, given={**DESIGN, "VOS": OFFSET})
    moved = read(plots, "output", "vos") - read(plots, "output", "base")
    offset, gain = (value_of(table[name].expression, table.design) for name in ("offset", "gain error"))
    assert moved == pytest.approx(offset, rel=0.005)
    steeper = read(plots, "gain", "vos") / read(plots, "gain", "base") - 1
    assert steeper == pytest.approx(gain, rel=0.02)


def test_the_lag_is_the_phase_s(role: str, plots: dict[str, Plot]) -> None:
    """A part's lag is a formula of its scales, about where its law is steepest; elsewhere it has less."""
    lag = sensitivity(role, given={name: DESIGN[name] for name in ("kin", "kout")})["lag"].value
    phase = float(np.angle(plots["frequency"].data["base"][-1]))
    assert phase == pytest.approx(-2 * math.pi * FAST * lag, rel=0.2)


def test_figures_are_the_part_s_and_laws_the_equations_(role: str) -> None:
    table, part = sensitivity(role, given={"VOS": 1e-3}), device(CELLS[role], CELLS)
    assert table["lag"].value == part.lag_of({"kin": 1.0, "kout": 1.0})
    slope = value_of(table["gain"].expression, {**table.design, "kin": 1.0, "kout": 1.0})
    offset = value_of(table["offset"].expression, {**table.design, "kin": 1.0, "kout": 1.0})
    assert offset == pytest.approx(1e-3 * part.per_volt * slope)
    assert sensitivity(role).design["VOS"] == CELLS[role].spread["VOS"].sigma
    law = LAWS[role].numeric
    assert table["output"].value == pytest.approx(float(law(0.5)))


def test_every_kind_of_block_that_tasks_use_has_its_figures() -> None:
    """All but limiters, which do nothing between their bounds."""
    stages = {
        "weighted sum": "summer", "leaky integrator": "leaky_integrator", "integrator": "integrator",
        "multiplier": "multiplier", "divider": "divider", "lead stage": "lead", "differentiator": "differentiator",
    }  # fmt: skip
    used, curves = set[str](), set[str]()
    for name, task in TASKS.items():
        rule = None if name == "first_board" else "vle"  # it does not look ahead
        for realisation in ("algebraic", "lead", "differentiator"):
            for block in lower(task(rule).system, realisation, 100.0).blocks:
                used.add(block.kind)
                if block.kind == "nonlinearity":
                    curves.add(str(block.law()).split("(")[0])
    assert used - {"nonlinearity"} <= stages.keys()
    assert {*stages.values(), "inverter", *CURVES} == set(blocks())
    assert {each for each in curves if each != "deadzone"}
