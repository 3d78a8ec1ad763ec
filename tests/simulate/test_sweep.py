"""Sweeps other than small-signal ones, and generators of noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vle_analog.errors import SimulationError
from vle_analog.library import circuits_folder
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
