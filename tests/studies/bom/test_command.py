"""`bom`: what a board takes, as a table and as files."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.tool import refused, visible


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_prints_a_table_and_writes_three_files(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("bom", "van_der_pol", "--span", "20", "--out", "new/bill.csv")
    assert answer.code == 0 and answer.err == ""
    assert visible(tmp_path / "new") == {"bill.csv", "bill-placement.csv", "bill-assembly.csv"}
    lines, placed = rows(tmp_path / "new" / "bill.csv"), rows(tmp_path / "new" / "bill-placement.csv")
    opamps, multipliers = ([row for row in lines if row["kind"] == kind] for kind in ("opamp", "multiplier"))
    assert [row["part"] for row in (*opamps, *multipliers)] == ["opa2134", "ad633"]
    # README: 4 op-amps, 2 multipliers
    assert opamps[0]["quantity"] == "2" and multipliers[0]["quantity"] == "2"
    assert "supply at rest: 24 mA from each rail, 720 mW at +-15 V" in answer.out
    used = [pair.split("=") for row in lines for pair in row["used"].split()]
    assert used == [[row["designator"], row["name"]] for row in placed if row["name"]]
    assert "bill.csv, designators in" in answer.out
    deck = ask("netlist", "van_der_pol", "--span", "20", "--fidelity", "macromodel", "--series", "E96,E12").out
    assert all(f"\n{row['name'].split('.')[0]} " in deck for row in placed if row["name"])


def test_the_same_bytes_from_run_to_run(hash_seeds: tuple[Path, Path]) -> None:
    """The hash seed leaves no trace; a learning network with its teacher."""
    for name in ("bom.csv", "bom-placement.csv"):
        first, second = ((folder / name).read_bytes() for folder in hash_seeds)
        assert first == second
    said = (hash_seeds[0] / "bom.out").read_text()
    assert "apart from the board, a teacher network: " in said and "hold switch" in said
    assert {row["group"] for row in rows(hash_seeds[0] / "bom.csv")} == {"board", "teacher"}


def test_without_a_file_nothing_is_written(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("bom", "rc_low_pass", "--series", "E192,E6", "--tolerances", "0.1%,1%", "--part", "opamp=ideal")
    assert answer.code == 0 and list(tmp_path.iterdir()) == []
    assert "by the series of its values a stage's gains" in answer.out and " 0.1% " in answer.out
    assert "op-amp, 1: to be designed: v(out) = " in answer.out


@pytest.mark.parametrize(
    "arguments, texts",
    [
        (["--series", "E97"], ["there is no series 'E97'", "did you mean 'E96'"]),
        (["--series", "E96,E12,E6"], ["--series 'E96,E12,E6' is not a series of", "e.g. --series E96,E12"]),
        (["--tolerances", "1%"], ["--tolerances '1%' is not one in per cent", "e.g. --tolerances 1%,5%"]),
        (["--tolerances", "1%,7%"], ["--tolerances '1%,7%': no capacitors of 7% are on sale", "1%, 2%, 5%, 10%"]),
        (["--part", "opa2134"], ["--part 'opa2134' is not ROLE=NAME"]),
        (["--part", "opamp=opa2143"], ["no part 'opa2143' for the role 'opamp'", "opa2134"]),
        (["--part", "amp=opa2134"], ["no role 'amp'"]),
        (["--mismatch", "0.01,0.01"], ["No such option", "--mismatch"]),
        (["--rule", "gle"], ["--rule is for learning tasks"]),
        (["--span", "0"], ["--span must be a positive number"]),
        (["--out", "/dev/null"], ["--out /dev/null is no file", "name one"]),
    ],
)
def test_what_is_refused(ask, arguments, texts, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused(ask("bom", "lorenz", *arguments), *texts)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "file").write_text("in the way")
    refused(ask("bom", "rc_low_pass", "--out", tmp_path / "file" / "bill.csv"), "cannot write", "choose another folder")
    assert (tmp_path / "file").read_text() == "in the way"


def test_only_named_trimmers_are_on_the_bill(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """None of harmonic_oscillator's, which has no multiplier; of its op-amps one each."""
    counts = {}
    for name, trim in (("z", "z=1e-3"), ("amplifiers", "opamp=1e-5"), ("both", "multiplier.z=1e-3,opamp=1e-5")):
        answer = ask("bom", "van_der_pol", "--span", "5", "--trim", trim, "--out", f"{name}.csv")
        assert answer.code == 0
        (row,) = [row for row in csv.DictReader((tmp_path / f"{name}.csv").open()) if row["kind"] == "trimmer"]
        counts[name] = int(row["quantity"])
        assert row["part"] == "trimmer" and row["number"] and row["second_number"]
    assert counts == {"z": 2, "amplifiers": 4, "both": 6}
