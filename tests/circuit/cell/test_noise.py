"""What a part's file says of its noise, and whether an analysis leaves it to the part's own devices."""

from __future__ import annotations

import math

import pytest

from vle_analog.circuit.cell.cell import Cell, parse_cell
from vle_analog.circuit.cell.noise import Made, current_noise, voltage_noise


def cell(parameters: str = "", *notes: str, body: str = "R1 a b 1k", name: str = "x") -> Cell:
    lines = ["* role: opamp", *(f"* {note}" for note in notes), f".subckt {name} a b params: VOS=0 {parameters}", body]
    return parse_cell("\n".join([*lines, f".ends {name}"]), name, f"{name}.cir")


@pytest.mark.parametrize(
    ("part", "made"),
    [
        (cell("EN=8n FE=10"), Made(8e-9, 10.0, False)),
        (cell("EN=8n"), Made(8e-9, 0.0, False)),
        (cell("EN=8n FE=10", "noise: devices"), Made(8e-9, 10.0, True)),
        (cell("EN=8n", body="Q1 a b b n"), Made(8e-9, 0.0, True)),
        (cell("EN=8n", "noise: figures", body="Q1 a b b n"), Made(8e-9, 0.0, False)),
        (cell(), Made(0.0, 0.0, True)),
        (cell("", "stated: voltage_noise 5 nV/rtHz at 1 kHz"), Made(5e-9, 0.0, True)),
        (cell("", "stated: voltage_noise 5 nV/rtHz", "noise: figures"), Made(5e-9, 0.0, False)),
    ],
)
def test_voltage_noise(part: Cell, made: Made) -> None:
    assert voltage_noise(part, {"x": part}) == made


def test_a_stated_noise_with_its_corner_is_that_at_1_khz() -> None:
    part = cell("", "stated: voltage_noise 5 nV/rtHz at 1 kHz", "stated: noise_corner 3 kHz")
    made = voltage_noise(part, {"x": part})
    assert made.at(1e3) == pytest.approx(5e-9) and made.density == pytest.approx(2.5e-9)
    assert made.at(1e9) == pytest.approx(2.5e-9) and made.at(3e3) == pytest.approx(2.5e-9 * math.sqrt(2))


def test_transistors_of_a_cell_inside_make_noise() -> None:
    inner, outer = cell(body="Q1 a b b n", name="inner"), cell("EN=1n", body="X1 a b inner")
    assert voltage_noise(outer, {"inner": inner, "x": outer}).native


def test_a_wrapped_part_is_asked_by_its_role_s_cell() -> None:
    part = cell("EN=8n IN=1f FI=2")
    role = Cell("opamp", part.lines, part.sheet, "opamp", "x")
    assert voltage_noise(role, {"x": part}) == Made(8e-9, 0.0, False)
    assert current_noise(role, {"x": part}) == Made(1e-15, 2.0, False)
    assert current_noise(cell(), {}) == Made()
