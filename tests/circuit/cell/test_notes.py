"""Notes of cells: figures in SI units whatever unit they are stated in, what scatters, and what cannot be read."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from vle_analog.circuit.cell.cell import Cell, parse_cell, read_cell
from vle_analog.circuit.cell.datasheet import FIGURES, UNITS, Package, Spread
from vle_analog.errors import CircuitError
from vle_analog.library import circuits_folder

CELLS = {path.stem: read_cell(path) for path in sorted(circuits_folder().glob("*/*.cir"))}


def noted(*notes: str, role: str = "opamp") -> Cell:
    """An op-amp's cell, or another role's, with notes."""
    lines = [f"* role: {role}", *(f"* {note}" for note in notes)]
    return parse_cell("\n".join([*lines, ".subckt x a b params: VOS=1m", ".ends x"]), "x", "x.cir")


@pytest.mark.parametrize(
    ("line", "value", "unit", "load"),
    [
        ("gain_bandwidth 8 MHz", 8e6, "Hz", None),
        ("gain_bandwidth 47 kHz", 47e3, "Hz", None),
        ("slew_up 20 V/us typical", 20e6, "V/s", None),
        ("slew_up 300 V/s", 300.0, "V/s", None),
        ("slew_up 0.3 kV/s", 300.0, "V/s", None),
        ("offset -0.5 mV", -5e-4, "V", None),
        ("bias_current 5 pA", 5e-12, "A", None),
        ("swing_high 13.8 V at 10k", 13.8, "V", 10e3),
        ("swing_low -12 V at 600 ohm", -12.0, "V", 600.0),
        ("open_loop_gain 120 dB at 2kohm, typical", 120.0, "dB", 2e3),
        ("voltage_noise 8 nV/rtHz at 1 kHz", 8e-9, "V/rtHz", None),
        ("offset 1e-4 V", 1e-4, "V", None),
        ("phase_margin 45deg", 45.0, "deg", None),
        ("overload_recovery 1.29 us", 1.29e-6, "s", None),
    ],
)
def test_a_stated_figure(line: str, value: float, unit: str, load: float | None) -> None:
    (found,) = noted(f"stated: {line}").sheet.figures.values()
    assert (found.name, found.value, found.unit, found.load) == (line.split()[0], value, unit, load)


def test_a_fraction_is_a_ratio() -> None:
    (found,) = noted("stated: x_feedthrough 0.3 % of full scale", role="multiplier").sheet.figures.values()
    assert (found.value, found.unit, found.condition) == (0.003, "", "of full scale")
    assert found.per("%") == 0.3


@pytest.mark.parametrize(
    ("notes", "texts"),
    [
        (
            ["stated: gain_bandwith 8 MHz"],
            ["the stated figure 'gain_bandwith' is not measured", "did you mean 'gain_bandwidth'"],
        ),
        (["stated: zeal 8 MHz"], ["'zeal' is not measured", "known: bias_current, cmrr"]),
        (["stated: gain_bandwidth 8 Mz"], ["'gain_bandwidth' is stated in 'Mz'", "its unit is Hz"]),
        (["stated: gain_bandwidth 8 xHz"], ["'gain_bandwidth' is stated in 'xHz'", "prefixes f p n u m k M G"]),
        (["stated: gain_bandwidth 8 MV"], ["'gain_bandwidth' is stated in 'MV'"]),
        (["stated: offset much"], ["'stated: offset much' is not a figure", "a name, a number, a unit"]),
        (["stated: offset 1 mV", "stated: offset 2 mV"], ["'offset' is stated twice"]),
        (["spread: VOS 1m"], ["'spread: VOS 1m' does not say how a parameter scatters"]),
        (["spread: VOS 1m -2m"], ["'-2m' in 'spread: VOS 1m -2m' is not a part's value"]),
        (["spread: GE 1m 2m"], ["'spread: GE 1m 2m' does not say"]),
        (["drift: VOS 2u"], ["'drift: VOS 2u' does not say what temperature does"]),
        (["package: two SOIC-8"], ["'package: two SOIC-8' is not a number and a body"]),
        (["supply: little"], ["'supply: little' has no current"]),
        (["supply: -4m"], ["'supply: -4m' has no current"]),
        (["noise: header"], ["'noise: header' names nothing that makes it", "write devices or figures"]),
    ],
)
def test_what_cannot_be_read_is_refused_by_file_and_line(notes: list[str], texts: list[str]) -> None:
    with pytest.raises(CircuitError) as error:
        noted(*notes)
    for text in [f"cell 'x' (x.cir): line {len(notes) + 1}: ", *texts]:
        assert text in str(error.value)


def test_all_notes() -> None:
    sheet = CELLS["tl072"].sheet
    assert sheet.summary == "general-purpose operational amplifier with JFET inputs, two in a package"
    assert sheet.law == "v(out) = gain (v(inp) - v(inn)), by opamp_core"
    assert "[3] Texas Instruments SLOS080" in sheet.source and sheet.origins["slew_up"] == "3"
    assert (sheet.package, sheet.supply, sheet.pole) == (Package(2, "SOIC-8"), 1.4e-3, None)
    assert sheet.spread["VOS"] == Spread(3e-3, 10e-3, 10e-6, rejection=1e-5)  # by psrr
    assert sheet.spread["IB"] == Spread(65e-12, 200e-12, 0.0, 10)
    assert CELLS["ad633"].sheet.spread["ZOS"].rejection == 1e-3
    assert CELLS["multiplier_ota"].sheet.spread["GE"].follows == (-62e-3, 0.0)
    assert sheet.value("gain_bandwidth", 0.0) == 3e6 and sheet.value("overload_recovery", math.inf) == math.inf
    assert CELLS["half_wave_rectifier"].sheet.pole == 1e6
    assert noted("supply: 1.5mA each").sheet.supply == 1.5e-3 and noted().sheet.package is None


def test_where_figures_are_from() -> None:
    notes = ("source: [1] A sheet", "source: [B2] another", "stated: swing_low -12 V at 10k [B2], cold")
    sheet = noted(
        *notes, "stated: cmrr 100 dB", "spread: VOS 1m 2m [1]", "drift: VOS 2u [assumed]", "supply: 4m [memory]"
    ).sheet
    assert sheet.source == "[1] A sheet [B2] another"
    assert sheet.origins == {"swing_low": "B2", "VOS": "1", "drift VOS": "assumed", "supply": "memory"}
    assert sheet.figures["swing_low"].load == 10e3 and sheet.figures["swing_low"].condition == "at 10k, cold"
    assert sheet.spread["VOS"] == Spread(1e-3, 2e-3, 2e-6) and sheet.supply == 4e-3
    assert sheet.of("assumed") == ("drift VOS",)
    with pytest.raises(
        CircuitError, match=r"line 3: .* is from '2', which is no source\n.*1, memory, assumed, measured"
    ):
        noted("source: [1] A sheet", "stated: cmrr 100 dB [2]")


def test_a_stated_bandwidth_is_in_hertz() -> None:
    assert CELLS["softplus_translinear"].sheet.figures["bandwidth"].value == 47e3
    assert CELLS["tanh_ltp"].sheet.figures["bandwidth"].value == 1.6e6


def test_what_a_figure_is_stated_in_is_what_it_is_shown_in() -> None:
    """To the last bit: a table and a record say what the sheet says."""
    laws = {cell.sheet.built: cell.role for cell in CELLS.values() if cell.sheet.built}
    for cell in CELLS.values():
        for name, found in cell.sheet.figures.items():
            unit = FIGURES[cell.role or laws[cell.name] or ""][name]
            assert UNITS[unit][0] == found.unit
            assert len(f"{found.per(unit):.12g}") <= len(repr(found.per(unit))) <= 22
            assert float(f"{found.per(unit):.6g}") == found.per(unit), (cell.name, name)


def test_every_figure_has_a_known_unit() -> None:
    assert {unit for figures in FIGURES.values() for unit in figures.values()} <= UNITS.keys()


def test_a_cell_s_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.cir").write_text("* mine: a part\n* role: tanh\n* stated: bandwidth 1 Mz\n.subckt mine\n.ends\n")
    with pytest.raises(CircuitError) as error:
        read_cell(tmp_path / "mine.cir")
    assert f"cell 'mine' ({tmp_path / 'mine.cir'}): line 3: 'bandwidth' is stated in 'Mz'" in str(error.value)


def test_an_unknown_role_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(CircuitError, match=r"line 1: no role 'filter'\n.*opamp, multiplier, .*hold_switch"):
        noted(role="filter")
