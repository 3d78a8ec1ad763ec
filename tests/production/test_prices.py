"""Makers' numbers and prices: codes of values, and a user's own table."""

from __future__ import annotations

from pathlib import Path

import pytest

from vle_analog.errors import UsageError
from vle_analog.library import circuits_folder, forget, price_file
from vle_analog.production.prices import Wanted, price_list, read_prices

HEAD = "kind,part,package,tolerance,most,maker,number,second_maker,second_number,euro,date,origin\n"


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        (Wanted("resistor", "thin film", "0603", 0.01, 4990.0), "RT0603FRE074K99L"),
        (Wanted("resistor", "thin film", "0603", 0.01, 10e3), "RT0603FRE0710KL"),
        (Wanted("resistor", "thin film", "0603", 0.001, 1e6), "RT0603BRD071ML"),
        (Wanted("capacitor", "C0G", "0603", 0.05, 10e-9), "GRM1885C1H103JA01D"),
        (Wanted("capacitor", "C0G", "0603", 0.05, 47e-12), "GRM1885C1H470JA01D"),
        (Wanted("opamp", "tl072", "SOIC-8"), "TL072CDR"),
    ],
)
def test_numbers_carry_the_value(wanted: Wanted, number: str) -> None:
    offer = price_list().offer(wanted)
    assert offer is not None and offer.number == number and offer.date and offer.euro >= 0


def test_second_sources_write_values_their_own_way() -> None:
    offer = price_list().offer(Wanted("resistor", "thick film", "0603", 0.01, 4.99e6))
    assert offer is not None and offer.second_number == "CRCW06034M99FKEA"
    ten = price_list().offer(Wanted("resistor", "thick film", "0603", 0.01, 1e6))
    assert ten is not None and ten.second_number == "CRCW06031M00FKEA"


def test_what_is_not_sold_has_no_offer() -> None:
    assert price_list().offer(Wanted("deadzone", "", "")) is None
    assert price_list().offer(Wanted("opamp", "opa2134", "DIP-8")) is None


def test_a_table_of_one_s_own_takes_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert price_file() == circuits_folder() / "prices.csv"
    (tmp_path / "prices.csv").write_text(HEAD + "opamp,tl072,SOIC-8,,,Me,MINE-1,,,0.5,2027-01,quote\n")
    monkeypatch.setenv("VLE_ANALOG_LIBRARY", str(tmp_path))
    forget()
    try:
        offer = price_list().offer(Wanted("opamp", "tl072", "SOIC-8"))
        assert offer is not None and (offer.number, offer.euro, offer.date) == ("MINE-1", 0.5, "2027-01")
        assert price_list().offer(Wanted("opamp", "opa2134", "SOIC-8")) is None
    finally:
        monkeypatch.undo()
        forget()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind,part\nopamp,tl072\n", "has no column 'package'"),
        (HEAD + "opamp,tl072,SOIC-8,,,Me,N,,,dear,2027,quote\n", "line 2"),
        (HEAD + "opamp,tl072,SOIC-8,,,Me,N,,,-1,2027,quote\n", "'-1' is no price"),
        (HEAD + "opamp,tl072\n", "line 2"),
    ],
)
def test_a_table_that_cannot_be_read(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text(text)
    with pytest.raises(UsageError, match=message):
        read_prices(tmp_path / "prices.csv")


def test_a_table_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file or directory"):
        read_prices(Path("nowhere.csv"))


def test_the_command_takes_a_table(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "mine.csv").write_text(HEAD + "opamp,opa2134,SOIC-8,,,Me,MINE-1,,,100,2027-01,quote\n")
    answer = ask("bom", "rc_low_pass", "--prices", "mine.csv")
    assert answer.code == 0 and "100.00 euro" in answer.out and "not to be ordered as it stands" in answer.out


def test_a_grade_that_has_no_price_is_named_with_those_that_have_one(ask) -> None:  # type: ignore[no-untyped-def]
    answer = ask("bom", "rc_low_pass", "--tolerances", "1%,1%")
    assert "not to be ordered as it stands, 1 line: capacitor film of 1% (priced: 5%, 10%), 1" in answer.out
