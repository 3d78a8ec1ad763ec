"""The supply: read, followed by technologies and parts, refused where a part does not work on it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tool import refused
from vle_analog.circuit.parts import chosen, library, variant
from vle_analog.circuit.technology import IDEAL, USUAL, Supply
from vle_analog.engine.figures import op_amp
from vle_analog.errors import UsageError
from vle_analog.production.imperfections import SWING, figure
from vle_analog.studies.bench.study import bench


@pytest.mark.parametrize(
    ("text", "supply", "said"),
    [
        ("+-5", Supply(-5, 5), "+-5 V"),
        ("±12V", Supply(-12, 12), "+-12 V"),
        ("5", Supply(-5, 5), "+-5 V"),
        ("0,5", Supply(0, 5), "0 to 5 V"),
        ("12,-12", Supply(-12, 12), "+-12 V"),
    ],
)
def test_a_supply_is_read(text: str, supply: Supply, said: str) -> None:
    assert Supply.parse(text) == supply and str(supply) == said


@pytest.mark.parametrize("text", ["", "five", "0", "-5", "5,5", "0,5,10", "nan", "inf", "+-40"])
def test_what_is_no_supply_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Supply.parse(text)


def test_ranges_go_with_the_supply() -> None:
    assert chosen() == IDEAL and chosen(supply=USUAL) == IDEAL
    low = chosen(supply=Supply(0, 6))
    assert (low.rail, low.full_scale, low.reference, low.multiplier_volts) == (3, 2, 2, 2)
    assert low.supply.middle == 3
    ad633 = chosen("macromodel", supply=Supply(-12, 12))  # whose law is by 10 V whatever its supply
    assert (ad633.full_scale, ad633.multiplier_volts) == (8, 10)
    high = chosen("macromodel", supply=Supply(-18, 18))
    assert high.full_scale == 10


def test_a_signal_is_no_larger_than_the_op_amp_s_output() -> None:
    tl072 = chosen("ideal", {"opamp": "tl072"}, Supply(-5, 5))
    assert tl072.full_scale == pytest.approx(10 / 3)
    opa2134 = chosen("ideal", {"opamp": "opa2134"}, Supply(-2.5, 2.5))
    assert opa2134.full_scale == pytest.approx(2.5 - 1.1)


@pytest.mark.parametrize(
    ("parts", "volts", "words"),
    [
        ({"opamp": "tl072"}, 2.5, "'tl072' works on ..5 to ..18 V, not on ..2.5 V"),
        ({"opamp": "opamp_bjt"}, 12, "'opamp_bjt' works on ..15 V alone"),
        ({"opamp": "opa2134"}, 20, "not on ..20 V"),
    ],
)
def test_an_op_amp_that_does_not_work_there_is_refused(parts: dict[str, str], volts: float, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        chosen("ideal", parts, Supply(-volts, volts))


def test_the_engine_the_cell_and_the_bench_know_the_same_swing(ngspice: str) -> None:
    """1.1 and 0.4 V below the supply, whatever it is."""
    supply = Supply(-5, 5)
    cells = library(chosen("macromodel", {"multiplier": "ideal"}, supply))
    known = op_amp(cells["opamp"], cells)
    assert (known.high, known.low) == pytest.approx((3.9, -4.6))
    assert figure(cells["opa2134"], SWING, cells) == pytest.approx(3.9)
    assert cells["opamp"].sheet.figures["swing_high"].value == pytest.approx(13.9 - 10, abs=0.3)
    measured = bench("opa2134", supply=supply)
    assert measured["swing_high"].measured == pytest.approx(3.9, rel=0.02)
    assert measured["swing_low"].measured == pytest.approx(-4.6, rel=0.02)
    assert dict(library(chosen("macromodel"))["opa2134"].defaults)["RAIL"] == "15"
    _, apart = variant(["summer"], chosen("macromodel", {"multiplier": "ideal"}, supply))
    assert dict(apart["opa2134"].defaults)["RAIL"] == "5.0"


def test_a_circuit_runs_on_a_single_supply(ask, tmp_path: Path, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    answer = ask("run", "rc_low_pass", "--supply", "0,5", "--part", "opamp=opa2188", "--offsets", "0", "--out", "run")
    assert answer.code == 0, answer.err
    assert json.loads((tmp_path / "run" / "metrics.json").read_text())["trace_nrmse_max"] < 1e-3
    deck = (tmp_path / "run" / "netlist.cir").read_text()
    assert "* supply 0 to 5 V, 2.5 V of it is this deck's ground" in deck
    assert "Vvcc vcc 0 2.5" in deck and "Vvee vee 0 -2.5" in deck
    bill = ask("bom", "rc_low_pass", "--supply", "0,5", "--part", "opamp=opa2188")
    assert "at +-2.5 V" in bill.out and "ground is a mid-rail of 2.5 V" in bill.out


def test_parts_that_are_not_used_do_not_matter_and_those_that_are_do(ask) -> None:  # type: ignore[no-untyped-def]
    macromodel = ("--fidelity", "macromodel", "--supply", "+-5", "-o", "a.cir")
    assert ask("netlist", "rc_low_pass", *macromodel).code == 0  # it multiplies nothing
    refused(ask("netlist", "harmonic_oscillator", *macromodel), "'ad633' works on +-8 to +-18 V, not on +-5 V")
    refused(ask("netlist", "rc_low_pass", "--supply", "five", "-o", "b.cir"), "--supply 'five' is no supply")
    refused(ask("bom", "harmonic_oscillator", "--supply", "+-5"), "'ad633' works on")
    margins = ask("margins", "rc_low_pass", "--supply", "+-5")
    assert (margins.code == 0 and "3.33 V, full scale" in margins.out.replace("3.3333", "3.33")) or margins.out
