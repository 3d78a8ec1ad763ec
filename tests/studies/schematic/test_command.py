"""`schematic`: which files it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.schematic.kicad_reader import parse, read
from tests.tool import refused, visible


def test_it_writes_all_formats(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("schematic", "rc_low_pass", "--format", "svg,kicad,asc,net,cir", "--out", "board")
    assert answer.code == 0 and answer.err == ""
    files = visible(tmp_path / "board")
    assert {"rc_low_pass-diagram.svg", "rc_low_pass.svg", "rc_low_pass.kicad_pro", "rc_low_pass.kicad_sch"} <= files
    assert {"rc_low_pass.asc", "rc_low_pass.inc", "rc_low_pass.net", "rc_low_pass.cir", "sym-lib-table"} <= files
    assert "joined as in the netlist, pin by pin" in answer.out and "board/rc_low_pass.asc" in answer.out
    assert parse((tmp_path / "board" / "rc_low_pass.net").read_text())[0] == "export"
    assert parse((tmp_path / "board" / "vle.kicad_sym").read_text())[0] == "kicad_symbol_lib"


def test_designators_and_values_are_the_bill_s(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """Of other series, another op-amp, another supply, too."""
    options = ("--series", "E24,E6", "--part", "opamp=tl072", "--supply", "+-12")
    assert ask("schematic", "van_der_pol", *options, "--format", "kicad", "--out", "board").code == 0
    assert ask("bom", "van_der_pol", *options, "--out", "bill.csv").code == 0
    sheets = read(tmp_path / "board" / "van_der_pol.kicad_sch")
    lines = [line.split(",") for line in (tmp_path / "bill-placement.csv").read_text().splitlines()[1:]]
    for designator, name, kind, value, *_ in lines:
        body = designator.rstrip("AB") if designator[0] == "U" else designator
        said = sheets.properties[body]
        assert name in said.get("Netlist", "").split("; ")
        assert kind not in ("resistor", "capacitor") or said["Value"] == value
        assert kind != "opamp" or said["Value"] == "TL072"


def test_the_same_bytes_again(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for folder in ("one", "two"):
        assert ask("schematic", "two_neurons", "--format", "svg,kicad,asc,net", "--out", folder).code == 0
    names = visible(tmp_path / "one")
    assert names == visible(tmp_path / "two")
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in names)


@pytest.mark.parametrize(
    "arguments, texts",
    [
        (["--format", "pdf"], ["there is no format 'pdf'", "svg"]),
        (["--series", "E97"], ["there is no series 'E97'"]),
        (["--part", "opamp=opa2143"], ["no part 'opa2143' for the role 'opamp'"]),
        (["--mismatch", "0.01,0.01"], ["No such option", "--mismatch"]),
        (["--tolerances", "1%"], ["--tolerances '1%' is not one in per cent"]),
    ],
)
def test_what_is_refused(ask, arguments, texts, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused(ask("schematic", "lorenz", *arguments), *texts)
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_a_user_s_is_not_replaced(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "board").mkdir()
    (tmp_path / "board" / "rc_low_pass.net").write_text("mine")
    answer = ask("schematic", "rc_low_pass", "--format", "net", "--out", "board")
    assert answer.code != 0 and (tmp_path / "board" / "rc_low_pass.net").read_text() == "mine"
