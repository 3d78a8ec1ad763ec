"""What figures share: titles that are read at their size, signs as print has them."""

from __future__ import annotations

import pytest

from vle_analog.report.numbers import typeset
from vle_analog.report.sheet import Grid, new_sheet


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("lorenz: ideal parts", ["lorenz: ideal parts"]),
        (
            "chain, rule gle: macromodel parts (AD633, CD4053, OPA2134, dead zone, logistic pair), board 0",
            ["chain, rule gle: macromodel parts (AD633, CD4053,", "OPA2134, dead zone, logistic pair), board 0"],
        ),
    ],
)
def test_a_long_title_stands_in_lines_that_part_where_it_pauses(title: str, lines: list[str]) -> None:
    sheet = new_sheet(Grid(across=1, width=5.6, rows=1, row=2.0, content=2.0), title)
    (head,) = sheet.figure.texts
    assert head.get_text().split("\n") == lines
    assert head.get_fontsize() >= 9
    plain = new_sheet(Grid(across=1, width=5.6, rows=1, row=2.0, content=2.0), "x")
    assert sheet.top - plain.top == pytest.approx(0.18 * (len(lines) - 1))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1.91 us", "1.91 μs"),
        ("500 uV", "500 μV"),
        ("20 V/us", "20 V/μs"),
        ("nrmse(x)<=0.02", "nrmse(x) ≤ 0.02"),
        ("accuracy>=0.95", "accuracy ≥ 0.95"),
        ("305 times", "305×"),
        ("-3 mV, N^-0.5, e-3", "−3 mV, N^−0.5, e-3"),
        ("5 units, TL072-A", "5 units, TL072-A"),
    ],
)
def test_signs_are_those_of_print(text: str, shown: str) -> None:
    assert typeset(text) == shown
