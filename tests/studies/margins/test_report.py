"""Margins as they are read, from figures made up by hand."""

from __future__ import annotations

import math

import pytest

from vle_analog.lab.formats.markdown import text
from vle_analog.studies.margins.figure import figure
from vle_analog.studies.margins.report import report, value, warning
from vle_analog.studies.margins.result import BlockMargins, Margin, Margins


def margin(
    kind: str, number: float, limit: float, role: str = "opamp", instance: str = "y", detail: str = ""
) -> Margin:
    return Margin(kind, number, limit, instance, number, role, detail)


def by_hand(count: int = 2) -> Margins:
    bad = BlockMargins(
        "w", "integrator", "dw/dt = e*r", {"opamp": "a"}, 6, 8.0,
        (margin("headroom", 8.0, 10.0), margin("slew", 2e3, 1e7),
         margin("learning", 1.0, 0.1, "multiplier", "w_3", "why")),
        {"learning": "multiplier b"},
    )  # fmt: skip
    good = BlockMargins(
        "y", "weighted sum", "y = 2*a", {"opamp": "a"}, 1, 8.0,
        (margin("headroom", 8.0, 10.0), margin("offset", 1e-3, 1e-2), margin("noise", 1e-5, 1e-2)),
    )  # fmt: skip
    more = (BlockMargins(f"x{n}", "inverter", "-x", {}, 1, 5.0, (margin("headroom", 5.0, 10.0),)) for n in range(count))
    return Margins("board", "macromodel", {"opamp": "a", "multiplier": "c"}, 1e-3, (bad, good, *more))


def test_decibels_and_what_binds() -> None:
    study = by_hand()
    assert study["w"].binding.kind == "learning" and study["w"].binding.decibels == pytest.approx(-20)
    # headroom is the smallest in number, but scaling fills the range on purpose
    assert study["y"]["headroom"].decibels < study["y"]["offset"].decibels == pytest.approx(20)
    assert study["y"].binding.kind == "offset"
    assert study.binding() == {"headroom": 2, "learning": 1, "offset": 1}
    assert margin("offset", 0.0, 1.0).decibels == math.inf and margin("drift", math.inf, 1.0).decibels == -math.inf


def test_headroom_binds_when_it_is_used_up() -> None:
    block = BlockMargins("y", "", "", {}, 1, 8.0, (margin("headroom", 12.0, 10.0), margin("offset", 9e-3, 1e-2)))
    assert block.binding.kind == "headroom"


def test_rows_and_marks() -> None:
    (table,) = report(by_hand()).tables
    first, second, *others = table.rows
    assert table.header[:5] == ["block", "kind", "instances", "binds", "margin"]
    assert first == [
        "w",
        "integrator",
        "6",
        "false learning",
        "−20 dB",
        "8 V",
        "0.002 V/µs",
        "",
        "100 % !",
        "",
    ]
    assert second == ["y", "weighted sum", "1", "offset", "+20 dB", "8 V", "", "0.1 %", "", "−100 dB"]
    assert table.header[5:] == ["peak", "slope", "offset", "drift, false learning", "noise"]  # no block has the others
    assert len(others) == 2 and table.right == {*table.header} - {"block", "kind", "binds"}
    (long,) = report(by_hand(40)).tables
    assert len(long.rows) == 42 and long.most == 20


def test_a_warning_has_block_figure_and_remedy() -> None:
    (only,) = by_hand().warnings
    assert warning(only) == "'w' (worst in w_3): false learning 100 %, at most 10 % (why)\n  multiplier b"
    told = report(by_hand())
    assert told.sentences[2] == "1 warning about 1 of 4 blocks" and told.warnings == [warning(only)]
    assert "- 'w' (worst in w_3)" in text(told) and "| y | weighted sum |" in text(told)


@pytest.mark.parametrize(
    "number, text", [(0.5, "50 %"), (1.5, "150 %"), (19.0, "19 times"), (math.inf, "no signal"), (0.0, "0 %")]
)
def test_fractions(number: float, text: str) -> None:
    assert value(margin("learning", number, 0.1)) == text


def test_plain_data_is_finite() -> None:
    block = BlockMargins("y", "", "", {}, 1, 8.0, (margin("drift", math.inf, 0.01), margin("offset", 0.0, 0.01)))
    found = Margins("x", "macromodel", {}, 1e-3, (block,)).record()["blocks"][0]["margins"]
    assert found["drift"]["figure"] is None and not found["drift"]["holds"]
    assert found["offset"]["decibels"] is None and found["offset"]["holds"]


def test_the_figure_shows_every_block_and_kind() -> None:
    (axes,) = figure(by_hand()).axes
    study = by_hand()
    rows = [each.get_text().split() for each in axes.get_yticklabels()]
    assert [row[0] for row in rows] == [block.name for block in study.blocks] and "×6" in rows[0]
    said = [text.get_text() for text in axes.texts]
    assert len(said) == sum(len(block.margins) for block in study.blocks)
    assert "−20" in said and "20" in said
    assert sum(not patch.get_fill() for patch in axes.patches) == len(study.blocks)  # framed: what binds
