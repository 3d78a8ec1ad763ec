"""What a bill's parts cost, by a table that users replace."""

from __future__ import annotations

from pathlib import Path

import pytest

from vle_analog.errors import SystemFileError
from vle_analog.studies.bom.prices import Prices, read_prices
from vle_analog.studies.bom.result import CONNECTION, RESISTOR, UNIT, BillLine

LINES = [
    BillLine("resistor", RESISTOR, ("R1", "R2", "R3"), (), part="thin film"),
    BillLine("opamp", UNIT, ("U1", "U2"), (), part="opa2134", units=2),
    BillLine("tanh", UNIT, ("A1",), (), part="home_made"),
    BillLine("input", CONNECTION, ("J1",), ()),
]


def test_bodies_are_paid_for_and_what_has_no_price_is_named() -> None:
    cost = Prices({"thin film": 0.5, "opa2134": 3.0}, "EUR", "2030-01").cost(LINES)
    assert (cost.amount, cost.currency, cost.date, cost.without) == (7.5, "EUR", "2030-01", ("home_made",))


def test_the_tool_s_own_table_knows_what_boards_are_made_of() -> None:
    assert {"ad633", "opa2134", "cd4053", "film", "C0G", "thin film"} <= set(read_prices().each)
    assert read_prices().date


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[each]\nx = -1.0\n", "'-1.0' is no price"),
        ("[each]\nx = true\n", "'True' is no price"),
        ("each = 3\n", "it has no prices"),
        ("[cheap]\nx = 1.0\n", "'cheap' is no part of a price table"),
        ("date = 'today'\n", "it has no prices"),
    ],
)
def test_a_table_that_is_none_is_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(text)
    with pytest.raises(SystemFileError, match=message):
        read_prices(path)


def test_the_command_says_what_parts_cost(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "mine.toml"
    path.write_text("currency = 'EUR'\n[each]\nopa2134 = 100.0\n")
    answer = ask("bom", "rc_low_pass", "--prices", str(path))
    assert answer.code == 0 and "parts cost 100 EUR; without a price: thin film" in answer.out
