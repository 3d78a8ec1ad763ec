"""A build sheet's numbers are the circuit's: gains of its parts' values, voltages of the reference run."""

from __future__ import annotations

import re

import pytest

from tests.schematic.test_read_back import PARTLY, TRIMMED, designed, drawing
from vle_analog.circuit.cell import reader
from vle_analog.production.assembly import assembled, supporting
from vle_analog.studies.schematic import build_sheet


def rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line[:2] == "| "]


@pytest.fixture(scope="module")
def lorenz() -> dict[str, str]:
    return build_sheet.files(drawing("lorenz"), designed("lorenz"))


def test_gains_and_time_constants_are_of_the_parts(lorenz: dict[str, str]) -> None:
    values = {each.designator: each.purchase.value for each in assembled(designed("lorenz").circuit) if each.purchase}
    (row,) = (row for row in rows(lorenz["lorenz-build.md"]) if row[0] == "x" and row[1] == "U1A")
    gain, seconds = re.search(r"1 V at y: (\S+) V; time constant (\S+ \S+)", row[2]).groups()  # type: ignore[union-attr]
    assert float(gain) == pytest.approx(-values["R2"] / values["R1"], rel=1e-3)
    assert reader.spice_value(seconds.replace(" ", "")) == pytest.approx(values["R2"] * values["C1"], rel=2e-3)


def test_voltages_are_of_the_reference_run(lorenz: dict[str, str]) -> None:
    ready = designed("lorenz")
    for signal in ready.bench.probes:
        volts = ready.circuit.volts_per_unit[signal] * ready.reference.solution.waveforms[signal]
        (row,) = (row for row in rows(lorenz["lorenz-build.md"]) if row[0].startswith("TP") and row[1] == signal)
        told = [float(cell) for cell in row[3:6]]
        assert told == pytest.approx([volts[0], volts.min(), volts.max()], rel=1e-2)
        assert f"lorenz-{row[0]}.svg" in lorenz and f"(lorenz-{row[0]}.svg)" in row[6]
    (row,) = (row for row in rows(lorenz["lorenz-build.md"]) if row[0] == "x__y")
    assert row[2] == "v(w) = (v(x1) - v(x2)) (v(y1) - v(y2)) / scale: scale 10"


@pytest.mark.parametrize("name", ["lorenz", "chain"])
def test_every_part_is_soldered_once(name: str) -> None:
    ready = designed(name)
    text = build_sheet.files(drawing(name), ready)[f"{name}-build.md"]
    soldered = [
        word
        for line in re.findall(r"^Solder (.*)\.$", text, re.M)
        for word in line.removesuffix(" with them").split(", ")
    ]
    measured = [row[0] for row in rows(text) if re.fullmatch(r"(J|VR|D)\d+", row[0])]
    components = assembled(ready.circuit)
    beside = supporting(ready.circuit, components, ready.bench.probes, ready.outputs)
    everything = {each.body for each in (*components, *beside)}
    inputs = {each.body for each in components if each.kind == "input"}
    assert sorted(soldered + measured) == sorted(everything - inputs)


def test_a_supply_of_its_own_is_measured() -> None:
    text = build_sheet.files(drawing("chain"), designed("chain"))["chain-build.md"]
    assert "| D5 | vcc_7V5 to ground | 7.5 +- 5 % |" in text and "| D6 | vee_7V5 to ground | -7.5 +- 5 % |" in text


def test_trimmers_are_adjusted_one_by_one() -> None:
    text = build_sheet.files(drawing(TRIMMED), designed(TRIMMED))["van_der_pol-build.md"]
    trimmers = {each.designator for each in assembled(designed(TRIMMED).circuit) if each.kind == "trimmer"}
    adjusted = [word for line in text.splitlines() if line.startswith("- U") for word in re.findall(r"RV\d+", line)]
    assert sorted(adjusted) == sorted(trimmers) and len(trimmers) == 6
    assert "- U2: with x at 0 V, RV3 until x__x is 0 V; then RV1 until it is the same with x at 5 V and at -5 V" in text
    assert "with y__sum at 0 V, RV4 until y__sum__y stays where it is when y goes from 0 to 5 V" in text


def test_what_has_no_trimmer_is_noted() -> None:
    ready = designed(PARTLY)
    text = build_sheet.files(drawing(PARTLY), ready)["van_der_pol-build.md"]
    lines = [line for line in text.splitlines() if line.startswith("- U")]
    trimmers = {each.designator for each in assembled(ready.circuit) if each.kind == "trimmer"}
    assert sorted(word for line in lines for word in re.findall(r"RV\d+", line)) == sorted(trimmers)
    assert len(trimmers) == 6  # of four amplifiers and two multipliers' outputs
    assert "- U1A: with its inputs at 0 V, RV1 until x stays where it is." in lines
    assert "- U2: with x at 0 V, RV2 until x__x is 0 V." in lines
    assert "- U3: with both at 0 V, RV4 until y__sum__y is 0 V." in lines
    noted = [line for line in lines if line.startswith("- U3") and "RV" not in line]
    assert noted == [
        "- U3: with y1 at 5 V it moves by half of X's offset (at most 30 mV); with x1 at 5 V by half of Y's (at most "
        "30 mV)."
    ]
