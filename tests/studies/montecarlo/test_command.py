"""`montecarlo`: what is printed, written and refused."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from tests.tool import refused, visible
from vle_analog.circuit.cell.reader import spice_value

SHORT = ("montecarlo", "chain", "--span", "80", "--samples", "4", "--mismatch", "0.02,0.05")


def test_a_table_sentences_and_files(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask(*SHORT, "--criterion", "loss<=0.5")
    assert answer.code == 0 and answer.err == ""
    folder = tmp_path / "results" / "montecarlo-chain--span-80--mismatch-0.02,0.05"
    record = json.loads((folder / "montecarlo.json").read_text())
    assert record["task"] == "chain" and record["samples"] == 4 and record["engine"] == "compiled"
    assert f"({sum(each['good'] for each in record['boards'])} of 4 boards; 95 % interval" in answer.out
    assert "no board was checked in ngspice (--check M does, at length)" in answer.out
    assert "loss over variance" in answer.out and f"results in {folder.relative_to(tmp_path)}/" in answer.out
    more = ask(*SHORT, "--boards", "6", "--criterion", "loss<=0.5")
    assert more.code == 0 and len([*folder.glob("boards/*/*.jsonl")]) == 2
    assert more.err.startswith(f"note: {folder.relative_to(tmp_path)} has the results of an earlier run")
    assert "note: 4 of 6 boards are finished in" in more


def test_a_board_can_be_written_out(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask(*SHORT, "--netlist-of", "3", "--out", "o")
    assert answer.code == 0 and "board 3: its netlist board-3.cir, its parts board-3.csv" in answer.out
    assert "results in o/" in answer.out
    assert visible(tmp_path / "o") == {"board-3.cir", "board-3.csv"}
    assert ask("netlist", "chain", "--span", "80", "--mismatch", "0.02,0.05", "--board", "3", "-o", "n.cir").code == 0
    mine, theirs = (
        dict(re.findall(r"^(R\S+) \S+ \S+ (\S+)$", path.read_text(), re.MULTILINE))
        for path in (tmp_path / "o" / "board-3.cir", tmp_path / "n.cir")
    )
    assert mine == theirs and len(mine) > 50
    with (tmp_path / "o" / "board-3.csv").open() as file:
        rows = {row["part"]: row for row in csv.DictReader(file)}
    for name in rows.keys() & mine.keys():
        text = mine[name]
        assert float(rows[name]["value"]) == pytest.approx(spice_value(text), rel=1e-8)
        spared = re.match(r"R(t(s|u|m|r|udot)\d|target)", name)  # its teacher is exact
        assert float(rows[name]["tolerance"]) == (0 if spared else 0.02)
        assert (rows[name]["nominal"] == rows[name]["value"]) == bool(spared)


def test_a_board_of_real_parts_tells_them_all(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask(
        *SHORT, "--fidelity", "macromodel", "--grade", "w1=0.001", "--device-shares", "0.5,0.2",
        "--device-distribution", "uniform", "--celsius", "57", "--netlist-of", "2", "--out", "o",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    with (tmp_path / "o" / "board-2.csv").open() as file:
        rows = {row["part"]: row for row in csv.DictReader(file)}
    assert rows["Rw1__1"]["tolerance"] == "0.001" and rows["Xw1.C"]["tolerance"] == "0.05"
    offset = rows["Xw1.VOS"]
    assert (offset["kind"], offset["nominal"], offset["tolerance"], offset["most"]) == (
        "opamp.VOS",
        "0",
        "0.0005",
        "0.002",
    )
    assert 0 < abs(float(offset["value"])) < 3e-3 and "Xtu1.VOS" in rows and rows["Xtu1.VOS"]["value"] == "0"
    deck = (tmp_path / "o" / "board-2.cir").read_text()
    assert "temp=57" in deck and "shared by" in deck


def test_all_kinds_of_variation_together(ask) -> None:  # type: ignore[no-untyped-def]
    answer = ask(
        *SHORT, "--shares", "0.3,0.2", "--matched", "0.5", "--distribution", "truncated", "--temperature", "10",
        "--coefficients", "25,-750", "--sampling", "sobol", "--first", "100", "--out", "o",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    record = json.loads(Path("o/montecarlo.json").read_text())
    assert [each["board"] for each in record["boards"]] == [100, 101, 102, 103]
    assert set(record["correlations"]["levels"]) == {
        "lot resistor", "lot capacitor", "board resistor", "board capacitor", "temperature",
    }  # fmt: skip
    assert record["settings"]["variation"]["resistors"]["coefficient"] == pytest.approx(25e-6)
    assert "what lots, boards and temperature have in common" in answer.out


@pytest.mark.parametrize(
    ("arguments", "texts"),
    [
        (("montecarlo", "chain"), ("nothing differs from board to board", "--mismatch")),
        (
            ("montecarlo", "lorentz", "--mismatch", "0.1,0.1"),
            ("unknown task or system 'lorentz'", "did you mean 'lorenz'"),
        ),
        ((*SHORT, "--criterion", "loss>=0.2"), ("asks for a bad board", "loss<=0.2")),
        ((*SHORT, "--criterion", "accuracy>=0.9"), ("not right or wrong",)),
        ((*SHORT, "--mismatch", "5,10"), ("below 0.5", "0.01 for one per cent")),
        ((*SHORT, "--shares", "0.5"), ("--shares '0.5' is not two numbers",)),
        ((*SHORT, "--shares", "0.5,0.6"), ("share 1.1 of the variance",)),
        ((*SHORT, "--sampling", "sobol"), ("nothing to fill",)),
        ((*SHORT, "--mode", "learn"), ("unknown mode 'learn'",)),
        ((*SHORT, "--part", "opamp=lm741x"), ("lm741x",)),
        ((*SHORT, "--jobs", "0"), ("--jobs must be at least 1",)),
        ((*SHORT, "--seed", "-1"), ("--seed must not be negative",)),
        ((*SHORT, "--netlist-of", "-1"), ("--netlist-of must not be negative, not -1",)),
        ((*SHORT, "--boards", "0"), ("--boards must be at least 1, not 0",)),
        ((*SHORT, "--check", "5"), ("--check 5 is more than the 4 boards that there are",)),
        ((*SHORT, "--until", "2"), ("--until must be a width over 0 and under 1",)),
        ((*SHORT, "--until", "0.1", "--per-lot", "4"), ("leave --per-lot or --until out",)),
        ((*SHORT, "--grade", "w1"), ("--grade 'w1' is not BLOCKS=R",)),
        ((*SHORT, "--device-shares", "0.1,0.1"), ("ideal parts have no errors", "--fidelity macromodel")),
        ((*SHORT, "--celsius", "400"), ("not at 400",)),
        ((*SHORT, "--coefficients", "50,30"), ("all boards are at 27 degrees C", "--celsius")),
        ((*SHORT, "--trim", "1e-4"), ("ideal multipliers have no offsets to trim",)),
        ((*SHORT, "--tuning", "10"), ("--mode fine-tune",)),
    ],
)
def test_refused(ask, arguments: tuple[str, ...], texts: tuple[str, ...], tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused(ask(*arguments), *texts)
    assert not (tmp_path / "results").exists()


def test_blocks_that_are_none(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused(ask(*SHORT, "--netlist-of", "0", "--grade", "w9=0.1"), "no part of a block 'w9'", "'w2'")
    refused(ask(*SHORT, "--sampling", "latin", "--shares", "0.1,0", "--netlist-of", "4"), "no board 4", "0 to 3")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_all_commands_about_circuits_share(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    options = ("--prospective", "lead", "--bandwidth", "50", "--scale", "r2=2")
    answer = ask(*SHORT, *options, "--netlist-of", "0", "--out", "o")
    assert answer.code == 0, answer.err
    deck = (tmp_path / "o" / "board-0.cir").read_text()
    assert ".subckt lead" in deck and re.search(r"^\*   r2 +2$", deck, re.MULTILINE)


def test_help(ask) -> None:  # type: ignore[no-untyped-def]
    answer = ask("montecarlo", "--help")
    for word in (
        "--boards",
        "--samples",
        "--until",
        "--criterion",
        "--check",
        "--netlist-of",
        "on-chip",
        "deploy",
        "fine-tune",
    ):
        assert word in answer.out
    assert "--marks" not in answer.out and "vle-analog[cluster]" in answer.out


@pytest.mark.parametrize("command", ["montecarlo", "budget", "tolerance", "noise"])
def test_settings_of_plasticity_are_those_of_learn(ask, tmp_path: Path, command: str) -> None:  # type: ignore[no-untyped-def]
    refused(ask(command, "chain", "--set", "eligible=true"), "did you mean 'eligibility'?")
    refused(ask(command, "chain", "--set", "trace=1:2"), "'1:2' is not a number or none")
    assert not (tmp_path / "results").exists()


def test_a_setting_changes_what_boards_learn(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert ask(*SHORT, "--rule", "gle", "--netlist-of", "0", "--out", "plain").code == 0
    assert ask(*SHORT, "--rule", "gle", "--netlist-of", "0", "--set", "eligibility=true", "--out", "other").code == 0
    plain, other = ((tmp_path / name / "board-0.cir").read_text() for name in ("plain", "other"))
    assert "elw1" in other and "elw1" not in plain
