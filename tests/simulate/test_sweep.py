"""Analyses as data, sweeps of one's own, and generators of noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vle_analog.analyses import Ac, Analysis, Dc, Noise, Tran
from vle_analog.errors import SimulationError
from vle_analog.library import circuits_folder
from vle_analog.netlist.control import control
from vle_analog.simulate import Ngspice

NOISE = circuits_folder() / "noise"


def deck(lines: list[str], analysis: list[str]) -> str:
    control = [".control", "set filetype=binary", *analysis, "write waveforms.raw", "quit", ".endc", ".end"]
    return "\n".join(["* sweep", *lines, *control]) + "\n"


def test_a_dc_sweep(tmp_path: Path) -> None:
    text = deck(["V1 a 0 0", "R1 a b 1k", "R2 b 0 3k"], ["dc V1 -2 2 1"])
    found = Ngspice().run_sweep(text, "v-sweep", folder=tmp_path)
    assert found.data["b"] == pytest.approx(0.75 * np.linspace(-2, 2, 5))
    assert found.data["i(v1)"] == pytest.approx(-np.linspace(-2, 2, 5) / 4e3)


def test_the_axis_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SimulationError):
        Ngspice().run_sweep(deck(["V1 a 0 1", "R1 a 0 1k"], ["op"]), "frequency", folder=tmp_path)


@pytest.mark.parametrize("density, corner", [(8e-9, 0.0), (18e-9, 100.0), (1e-6, 1e4)])
def test_voltage_noise(tmp_path: Path, density: float, corner: float) -> None:
    cell = (NOISE / "voltage_noise.cir").read_text()
    lines = [cell, "V1 a 0 dc 0 ac 1", f"X1 b a voltage_noise density={density!r} corner={corner!r}", "R1 b 0 1g"]
    found = Ngspice().run_sweep(
        deck(lines, ["noise v(b) V1 dec 5 0.1 100k", "setplot noise1"]), "frequency", folder=tmp_path
    )
    hertz = np.real(found.data["frequency"])
    assert hertz[0] == pytest.approx(0.1) and hertz[-1] == pytest.approx(1e5)
    assert found.data["onoise_spectrum"] == pytest.approx(density * np.sqrt(1 + corner / hertz), rel=2e-3)


@pytest.mark.parametrize("density, corner", [(3e-15, 0.0), (2e-13, 10.0)])
def test_current_noise(tmp_path: Path, density: float, corner: float) -> None:
    cell = (NOISE / "current_noise.cir").read_text()
    lines = [cell, "V1 a 0 dc 0 ac 1", "E1 b 0 a 0 1", "H1 m 0 Vm 1e9", "Vm b c 0", "R1 c 0 1e18"]
    lines += [f"X1 c 0 current_noise density={density!r} corner={corner!r}"]
    found = Ngspice().run_sweep(
        deck(lines, ["noise v(m) V1 dec 5 0.1 100k", "setplot noise1"]), "frequency", folder=tmp_path
    )
    hertz = np.real(found.data["frequency"])
    assert found.data["onoise_spectrum"] == pytest.approx(1e9 * density * np.sqrt(1 + corner / hertz), rel=2e-3)


@pytest.mark.parametrize("name", ["voltage_noise", "current_noise"])
def test_generators_are_nothing_but_noise(tmp_path: Path, name: str) -> None:
    """A wire and an open circuit: neither moves the operating point."""
    lines = [(NOISE / f"{name}.cir").read_text(), "V1 a 0 0", "R1 a b 1k", "R2 c 0 1k"]
    lines += [f"X1 b c {name} density=1 corner=1e6"] + ([] if name == "voltage_noise" else ["R3 b c 1e-3"])
    found = Ngspice().run_sweep(deck(lines, ["dc V1 0 1 1"]), "v-sweep", folder=tmp_path)
    assert found.data["c"] == pytest.approx([0.0, 0.5], abs=1e-6)


def rendered(lines: list[str], analysis: Analysis) -> str:
    return "\n".join(["* analysis", *lines, *control(analysis), ".end"]) + "\n"


DIVIDER = ["V1 a 0 dc 0 ac 1", "R1 a b 1k", "R2 b 0 3k"]


@pytest.mark.parametrize(
    ("analysis", "places", "values"),
    [
        (Dc("V1", -2.0, 2.0, 1.0), [-2, -1, 0, 1, 2], [-1.5, -0.75, 0, 0.75, 1.5]),
        (Ac(1.0, 100.0, 1), [1, 10, 100], [0.75] * 3),
        (Tran(1e-3, 1e-4), [0.0, 1e-3], [0.0] * 2),
    ],
)
def test_analyses_are_data(tmp_path: Path, analysis: Analysis, places: list[float], values: list[float]) -> None:
    found = Ngspice().analyse(rendered(DIVIDER, analysis), analysis, folder=tmp_path)
    where = np.real(found.data[analysis.axis])
    chosen = slice(None) if not isinstance(analysis, Tran) else [0, -1]
    assert where[chosen] == pytest.approx(places) and found.data["b"][chosen] == pytest.approx(values)
    assert {path.name for path in tmp_path.iterdir()} == {"netlist.cir", "ngspice.log"}


def test_a_sweep_in_a_sweep(tmp_path: Path) -> None:
    both = Dc("V1", 0.0, 1.0, 0.5, outer=Dc("V2", -1.0, 1.0, 1.0))
    found = Ngspice().analyse(rendered(["V1 a 0 0", "V2 b 0 0", "E1 c 0 a b 1"], both), both, folder=tmp_path)
    assert both.points == 9
    assert np.reshape(found.data["c"], (3, 3)) == pytest.approx(np.subtract.outer([1, 0, -1], [0, -0.5, -1]))


def test_noise_is_referred_to_a_source_by_the_gain(tmp_path: Path) -> None:
    noise = Noise("b", "V1", 100.0, 1e4, 1)
    found = Ngspice().analyse(rendered(DIVIDER, noise), noise, folder=tmp_path)
    thermal = np.sqrt(4 * 1.380649e-23 * 300.15 * 750)
    assert found.data["onoise_spectrum"] == pytest.approx([thermal] * 3, rel=1e-4)
    assert found.data["inoise_spectrum"] == pytest.approx([thermal / 0.75] * 3, rel=1e-4)


def test_noise_without_a_gain_is_an_answer(tmp_path: Path) -> None:
    noise = Noise("c", "V1", 100.0, 1e4, 1, parts=True)
    found = Ngspice().analyse(rendered([*DIVIDER, "R3 c 0 1k"], noise), noise, folder=tmp_path)
    assert found.data["onoise_r3"] == pytest.approx(found.data["onoise_spectrum"])


#: without a solution once v(a) is beyond 0.5 V
LEDGE = ["B1 b 0 V=V(a)>0.5 ? 1+V(b)*V(b) : 0", "R1 b 0 1k"]


@pytest.mark.parametrize(
    ("source", "analysis", "words"),
    [
        ("V1 a 0 pwl(0 0 1 1)", Tran(1.0, 0.01), "no solution at t"),
        ("V1 a 0 0", Dc("V1", 0.0, 1.0, 0.25), "ngspice"),
    ],
    ids=["tran", "dc"],
)
def test_what_ended_early_is_refused(tmp_path: Path, source: str, analysis: Analysis, words: str) -> None:
    with pytest.raises(SimulationError, match=words):
        Ngspice().analyse(rendered([source, *LEDGE], analysis), analysis, folder=tmp_path, timeout=20)
    with pytest.raises(SimulationError, match="ngspice found no solution"):
        Ngspice().run_sweep(rendered([source, *LEDGE], analysis), analysis.axis, folder=tmp_path, timeout=20)
