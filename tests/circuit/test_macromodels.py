"""Macromodels in circuits: they start where they are told to, settle without ringing, recover from overload."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vle_analog.circuit.cell.cell import needed, read_cell
from vle_analog.library import circuits_folder
from vle_analog.simulate import Ngspice
from vle_analog.waveforms import Array

CELLS = {path.stem: read_cell(path) for path in sorted((circuits_folder() / "macromodel").glob("*.cir"))}
OPAMPS = [name for name, cell in CELLS.items() if cell.role == "opamp"]
#: those of other parts are in test_assemblies.py
MULTIPLIERS = [name for name, cell in CELLS.items() if cell.role == "multiplier" and cell.sheet.assembly is None]


def run(part: str, lines: list[str], folder: Path, span: float, step: float) -> tuple[Array, dict[str, Array]]:
    """A transient run as networks are run: trapezoidal, from the initial voltages, a large step bound."""
    text = [
        f"* {part}",
        *(each.subckt for each in needed([part], CELLS)),
        ".global vcc vee",
        "Vcc vcc 0 15",
        "Vee vee 0 -15",
        *lines,
        ".options method=trap reltol=1e-4 vntol=1e-5 abstol=1e-9 itl4=100",
        ".control",
        "set filetype=binary",
        f"tran {step!r} {span!r} 0 {step!r} uic",
        "write waveforms.raw",
        "quit",
        ".endc",
        ".end",
    ]
    found = Ngspice().run("\n".join(text) + "\n", span=span, folder=folder, timeout=60)
    return found.time, found.values


def alternating(values: Array) -> Array:
    """The part of equidistant samples that changes sign at every step."""
    return np.asarray(np.abs(values[:-3] - 3 * values[1:-2] + 3 * values[2:-1] - values[3:]) / 8)


@pytest.mark.parametrize("part", OPAMPS)
def test_an_opamp_starts_at_its_output_and_does_not_ring(part: str, tmp_path: Path) -> None:
    quiet = "VOS=0 IB=0 IOS=0"
    lines = [
        "V1 n0 0 PWL(0 1 10m 1 10.01m -2 20m -2 20.01m 3 30m 3)",
        "R1 n0 s1 100k",
        "R2 s1 n1 100k",
        f"X1 0 s1 n1 vcc vee {part} {quiet} OUT=-1",
        "R3 n1 s2 100k",
        "R4 s2 n2 300k",
        "C4 n2 s2 10n ic=3",
        f"X2 0 s2 n2 vcc vee {part} {quiet} OUT=3",
        "R5 n2 s3 100k",
        "R6 s3 n3 200k",
        f"X3 0 s3 n3 vcc vee {part} {quiet} OUT=-6",
    ]
    time, found = run(part, lines, tmp_path, 30e-3, 50e-6)
    still = time < 9.9e-3
    for node, start in (("n1", -1.0), ("n2", 3.0), ("n3", -6.0)):
        assert np.max(np.abs(found[node][still] - start)) < 2e-3, node
    n1 = found["n1"]
    for begin, end, level in ((10.2e-3, 19.9e-3, 2.0), (20.2e-3, 29.9e-3, -3.0)):
        settled = (time > begin) & (time < end)
        assert np.max(np.abs(n1[settled] - level)) < 2e-4
        assert np.max(alternating(n1[settled])) < 2e-5
    # a leaky integrator, its input stepping in the middle of the 10 us that it takes, or of what 5 V take to slew
    late = time > 20.02e-3
    before = -6 * (1 - 1.5 * np.exp(-10e-3 / 3e-3))
    law = 9 + (before - 9) * np.exp(-(time[late] - 20.005e-3) / 3e-3)
    slewing = max(0.0, 5 / CELLS[part].sheet.figures["slew_up"].value - 10e-6)
    assert np.max(np.abs(found["n2"][late] - law)) < 5e-3 + 15 * slewing / 2 / 3e-3
    assert np.max(np.abs(found["n3"] + 2 * found["n2"])[still]) < 4e-3


@pytest.mark.parametrize("part", OPAMPS)
def test_an_opamp_comes_back_from_overload(part: str, tmp_path: Path) -> None:
    lines = [
        "V1 a 0 PWL(0 0 1m 0 1.01m 8 4m 8 4.01m 0.5 8m 0.5 8.01m -8 12m -8 12.01m -0.5 16m -0.5)",
        "R1 a s 10k",
        "R2 s b 100k",
        f"X1 0 s b vcc vee {part} OUT=0",
    ]
    time, found = run(part, lines, tmp_path, 16e-3, 50e-6)
    b = found["b"]
    assert 13.0 < -np.min(b) < 15.0 and 13.0 < np.max(b) < 15.0
    for begin, level in ((4.1e-3, -5.0), (12.1e-3, 5.0)):
        back = (time > begin) & (time < begin + 3.8e-3)
        assert np.max(np.abs(b[back] - level)) < 0.05


@pytest.mark.parametrize("part", MULTIPLIERS)
def test_a_multiplier_starts_at_its_output(part: str, tmp_path: Path) -> None:
    exact = "XOS=0 YOS=0 ZOS=0 GE=0 FX=0 OUT=-1.2"
    lines = [
        "V1 x 0 3",
        "V2 y 0 PWL(0 -4 5m -4 5.01m 5 10m 5)",
        f"X1 x 0 y 0 w vcc vee {part} {exact}",
        f"X2 0 x 0 y v vcc vee {part} {exact}",
        f"X3 x y g vcc vee {part}_grounded {exact}",
        f"X4 x y n vcc vee {part}_grounded scale=-10 {exact.replace('OUT=-', 'OUT=')}",
        f"X5 x 0 0 y m vcc vee {part} scale=10 {exact.replace('OUT=-', 'OUT=')}",
    ]
    cells = [each.subckt for each in needed([f"{part}_grounded"], CELLS)]
    time, found = run(part, cells + lines, tmp_path, 10e-3, 50e-6)
    law = 0.3 * np.interp(time, [0, 5e-3, 5.01e-3, 1], [-4, -4, 5, 5])
    steady = (time < 4.9e-3) | (time > 5.1e-3)
    for node, sign in (("w", 1), ("v", 1), ("g", 1), ("n", -1), ("m", -1)):
        assert np.max(np.abs(sign * found[node] - law)[steady]) < 5e-4, node


@pytest.mark.parametrize("part", [name for name in MULTIPLIERS])
def test_swapped_pins_have_the_errors_of_the_part(part: str, tmp_path: Path) -> None:
    """A negative scale of the grounded form is the whole part with the pins of x swapped, errors included."""
    errors = "XOS=20m YOS=-30m ZOS=10m GE=10m FX=5m DX=-2m FY=3m"
    lines = [
        "V1 x 0 PWL(0 -7 5m -7 5.01m 6 10m 6)",
        "V2 y 0 4",
        f"X1 0 x y 0 w vcc vee {part} {errors} CX=0",
        f"X2 x y g vcc vee {part}_grounded scale=-10 {errors}",
    ]
    cells = [each.subckt for each in needed([f"{part}_grounded"], CELLS)]
    _, found = run(part, cells + lines, tmp_path, 10e-3, 50e-6)
    assert np.max(np.abs(found["w"] - found["g"])) < 2e-4
