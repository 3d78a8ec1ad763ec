"""Tables and figures of parts on the bench."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from tests.report.legible import legible
from vle_analog.circuit.cell.datasheet import FIGURES, Figure
from vle_analog.lab.formats.markdown import text as markdown
from vle_analog.studies.bench.figure import figure
from vle_analog.studies.bench.report import report
from vle_analog.studies.bench.result import Bench, Curves, Measured, Part, PartList, quantities


def bench(role: str, values: dict[str, float], figures: dict[str, Figure], curves: Curves) -> Bench:
    """A part whose other quantities are all 1."""
    measured = {name: Measured(values.get(name, 1.0)) for name in FIGURES[role]}
    return Bench("part", role, "a part of a kind", "A sheet", quantities(role, measured, figures), curves)


def opamp() -> Bench:
    hertz = np.geomspace(1e-3, 1e9, 241)
    gain = 1e6 / (1 + 1j * hertz / 8) / (1 + 1j * hertz / 2e7)
    values = {"unity_gain_frequency": 7.5e6, "phase_margin": 63.2, "cmrr": math.inf, "psrr": 105.0, "slew_up": 19.0}
    figures = {
        "slew_up": Figure("slew_up", 20e6, "V/s"),
        "psrr": Figure("psrr", 106.0, "dB"),
        "voltage_noise": Figure("voltage_noise", 8e-9, "V/rtHz"),
    }
    return bench("opamp", values | {"voltage_noise": 8.4e-9}, figures, Curves(hertz, gain))


def multiplier() -> Bench:
    volts = np.linspace(-10, 10, 21)
    error = 0.05 * np.add.outer(volts, volts)
    return bench("multiplier", {"bandwidth": math.nan}, {}, Curves(volts, error))


def curve() -> Bench:
    volts = np.linspace(-4, 4, 201)
    law = 2 * np.tanh(volts)
    return bench("tanh", {"offset": 2e-4}, {"offset": Figure("offset", 1.9e-4, "V")}, Curves(volts, law + 4e-4, law))


def curves_of(found: Bench) -> Curves:
    assert found.curves is not None
    return found.curves


def cells(found: Bench) -> dict[str, list[str]]:
    """Rows of the table by quantity."""
    (table,) = report(found).tables
    return {row[0]: list(row[1:]) for row in table.rows}


def test_a_table_says_what_is_measured_and_stated() -> None:
    rows = cells(opamp())
    assert report(opamp()).tables[0].header == ["quantity", "measured", "stated", "deviation"]
    assert rows["slew_up"] == ["19 V/μs", "20 V/μs", "-5.0 %"]
    assert rows["psrr"] == ["105 dB", "106 dB", "-1.00 dB"]
    assert rows["voltage_noise"] == ["8.4 nV/√Hz", "8 nV/√Hz", "+5.0 %"]
    assert rows["cmrr"] == ["unlimited", "", ""]
    assert rows["unity_gain_frequency"] == ["7.5 MHz", "", ""]
    assert cells(multiplier())["bandwidth"][0] == "none"
    assert cells(curve())["offset"][0] == "200 μV"


def test_markdown_holds_the_table_and_its_source() -> None:
    text = markdown(report(curve()))
    assert text.startswith("# part, tanh: a part of a kind\n\nstated: A sheet\n\n| quantity | measured |")
    assert "| offset | 200 μV | 190 μV | +5.3 % |" in text


def test_parts_are_listed_and_not_written() -> None:
    listed = report(PartList((Part("ad633", "multiplier", "four quadrants", "macromodel"),)))
    assert listed.tables[0].rows == [["ad633", "multiplier", "four quadrants", "macromodel"]]
    assert listed.record == {} and not listed.is_written


@pytest.mark.parametrize("found", [opamp(), multiplier(), curve()], ids=lambda found: found.role)
def test_figures_are_legible(found: Bench, tmp_path: Path) -> None:
    legible(figure(found, curves_of(found)), tmp_path, hidden=True)


def test_figures_show_the_data() -> None:
    gain, phase = figure(opamp(), curves_of(opamp())).axes
    assert gain.lines[0].get_ydata()[0] == pytest.approx(120.0, abs=1e-3)
    assert phase.lines[0].get_ydata()[-1] == pytest.approx(-178.9, abs=0.1)
    assert any("phase margin 63°" in text.get_text() for text in gain.texts)
    square = figure(multiplier(), curves_of(multiplier())).axes[0]
    assert np.max(square.collections[0].get_array()) == pytest.approx(1.0)
    upper, lower = figure(curve(), curves_of(curve())).axes
    assert np.ptp(upper.lines[1].get_ydata() - upper.lines[0].get_ydata()) == pytest.approx(0.0, abs=1e-12)
    assert np.asarray(lower.lines[0].get_ydata()) == pytest.approx(np.full(201, 4e-4))
