"""What noise boards stand, as it is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.legible import legible
from vle_analog.compare.criterion import Criterion
from vle_analog.fleet.sample import Check, Outcome
from vle_analog.lab.formats.markdown import text
from vle_analog.studies.noise.figure import figure
from vle_analog.studies.noise.report import report
from vle_analog.studies.noise.result import Level, NoiseCheck, NoiseLevels

RIGHT, LOSS = Criterion("accuracy", ">=", 0.95), Criterion("loss", "<=", 0.2)


def level(scale: float, criterion: Criterion, losses: list[float], answers: bool) -> Level:
    ratio = 1e6 / scale**2 if scale else None
    outcomes = [Outcome(x, 1 - x / 3 if answers else None, 0.8 * x if scale else None, ratio) for x in losses]
    return Level.of(scale, outcomes, criterion)


def study(criterion: Criterion, mode: str, answers: bool) -> NoiseLevels:
    levels = [(1.0, [0.02, 0.04]), (16.0, [0.03, 0.05]), (64.0, [0.1, 0.21]), (128.0, [0.4, 0.9])]
    quiet, *rest = (level(scale, criterion, losses, answers) for scale, losses in [(0.0, [0.02, 0.04]), *levels])
    check = NoiseCheck(64.0, Check(1, 0.03, None, True, True, 0.05, None, 12.0), (300.0, 320.0))
    ideal = Outcome(2e-9, 1.0 if answers else None)
    return NoiseLevels(criterion, ideal, quiet, rest, 0.5, [check], task="chain", mode=mode)


CHIP, DEPLOYED = study(RIGHT, "on-chip", True), study(LOSS, "deploy", False)


def test_the_answer_stands_in_the_first_line() -> None:
    assert report(CHIP).sentences[0] == (
        "chain, on-chip: stands 64 times the parts' noise (23.9 dB, 3.7 bits at the output), fails at 128 times the "
        "parts' noise (17.9 dB, 2.7 bits at the output)"
    )
    none = replace(CHIP, levels=CHIP.levels[:2])
    assert report(none).sentences[0].endswith(", the most that was tried")
    assert "already, the least that was tried" in report(replace(CHIP, levels=CHIP.levels[3:])).sentences[0]
    assert "interrupted: not all levels are there" in report(replace(CHIP, complete=False)).sentences


def test_what_suffers_is_named() -> None:
    (said,) = (each for each in report(CHIP).sentences if each.startswith("where it fails"))
    assert said.endswith("mostly learning suffers")  # 0.8 of the loss stays without noise in the exam
    assert not any(each.startswith("where it fails") for each in report(DEPLOYED).sentences)


def test_a_check_says_what_it_compares() -> None:
    said = report(CHIP).sentences
    assert (
        "1 verdicts agree; losses, engine over ngspice, 1.05 to 1.05; signal to noise differs by at most 0.28 dB"
        in (said[-2])
    )
    assert "not the same numbers" in said[-1]
    assert report(replace(CHIP, checks=())).sentences[-1].startswith("no board was checked")
    assert "| 64 times | 1 | 0.063 | 0.06 | 24.8 dB | 25.1 dB | yes |" in text(report(CHIP))


def test_tables_have_what_the_mode_and_the_task_have() -> None:
    (table,) = report(CHIP).tables
    header, rows = table.header, table.rows
    assert "right" in header and "loss, noise off in the exam" in header
    assert [row[0] for row in rows] == ["ideal board", "none", "1 times", "16 times", "64 times", "128 times"]
    assert all(len(row) == len(header) for row in rows)
    (table,) = report(DEPLOYED).tables
    header, rows = table.header, table.rows
    assert "right" not in header and "loss, noise off in the exam" not in header
    assert all(len(row) == len(header) for row in rows)
    assert rows[4][-2] == "1 of 2"


@pytest.mark.parametrize("found, panels", [(CHIP, 4), (DEPLOYED, 3)])
def test_the_figure_is_legible(found: NoiseLevels, panels: int, tmp_path: Path) -> None:
    for each in (found, replace(found, complete=False, levels=found.levels[:1])):
        drawn = figure(each)
        legible(drawn, tmp_path)
        assert len(drawn.axes) == panels
