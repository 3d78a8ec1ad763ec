"""Two accounts of a board against each other, and what is not finite."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from vle_analog.lab.formats.markdown import text
from vle_analog.studies.agreement.report import report
from vle_analog.studies.agreement.result import Account, Agreement, BoardAgreement, CaseAgreement, Verdict, compared
from vle_analog.waveforms import Waveforms

BOARD = BoardAgreement(
    3, {"a": 0.1, "b": 0.2}, {"w": 0.01, "v": 0.03}, [0.0, 0.02], (1.0, None), (None, None), (True, False)
)


def test_of_a_board_s_numbers() -> None:
    assert BOARD.trace == 0.2 and BOARD.course == pytest.approx(0.02) and BOARD.worst == "v" and not BOARD.agrees


def test_accounts_against_each_other() -> None:
    time = np.linspace(0, 10, 101)
    marks = np.array([5.0, 10.0])
    mine = Account(
        Waveforms(time, {"r": np.where(time < 2, 9.0, np.sin(time) + 0.02)}),
        marks,
        np.array([[1.1, 1.0], [2.0, 1.0]]),
    )
    theirs = Account(Waveforms(time, {"r": np.sin(time)}), marks, np.array([[1.0, 1.0], [2.0, 1.0]]))
    verdicts = (Verdict(0.1, None, True), Verdict(0.12, None, True))
    found = compared(7, (mine, theirs), verdicts, 2.0, ["w", "v"])
    assert found.traces["r"] == pytest.approx(0.02 / np.ptp(np.sin(time[20:])))
    assert found.learned == pytest.approx({"w": 0.1 / 2**0.5, "v": 0.0})
    assert found.drift == pytest.approx([0.1 / 2**0.5, 0.0])
    assert found.losses == (0.1, 0.12) and found.agrees
    still = Account(theirs.exam, np.zeros(0), np.zeros((0, 0)))
    silent = compared(7, (still, still), verdicts, 2.0, [])
    assert silent.trace == 0 and silent.course is None and not silent.learned and not silent.drift


def test_what_is_not_finite_is_plain_data_too() -> None:
    broken = replace(BOARD, traces={"a": math.inf, "b": 0.2}, learned={"w": math.nan})
    study = Agreement({"case": CaseAgreement([broken, BOARD], "loss<=0.2", None)})
    record = json.loads(json.dumps(study.record(), allow_nan=False))
    (first, second) = record["case"]["boards"]
    assert first["traces"] == {"a": None, "b": 0.2} and first["trace"] is None and first["course"] is None
    assert second["trace"] == 0.2 and second["losses"] == [1.0, None] and second["verdicts"] == [True, False]


def test_tables_of_cases_and_boards() -> None:
    told = report(Agreement({"case": CaseAgreement([BOARD], "loss<=0.2", 1e-4)}))
    (table,) = told.tables
    assert table.rows == [["case", "1", "20", "20", "2", "2", "3", "0", "0 by loss<=0.2", "0.01"]]
    assert "| 3 | 20 | 2 | v 3 | 1 | not finite | no |" in text(told)
