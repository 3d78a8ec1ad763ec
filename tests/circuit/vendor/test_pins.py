"""What ports are, by their names and by comments."""

from __future__ import annotations

from pathlib import Path

import pytest

from vle_analog.circuit.vendor.cell import read_model
from vle_analog.circuit.vendor.pins import candidates, given
from vle_analog.errors import UsageError

STAIRS = """\
* CONNECTIONS:   NON-INVERTING INPUT
*                | INVERTING INPUT
*                | | POSITIVE POWER SUPPLY
*                | | | NEGATIVE POWER SUPPLY
*                | | | | OUTPUT
*                | | | | |
"""


@pytest.mark.parametrize(
    ("before", "ports", "roles", "told"),
    [
        ("", "IN+ IN- VCC VEE OUT", "inp inn vcc vee out", "names"),
        ("", "-IN +IN V- V+ Vout", "inn inp vee vcc out", "names"),
        ("", "VDD VSS Y INM INP", "vcc vee out inn inp", "names"),
        ("", "inp inn vp vn out", "inp inn vcc vee out", "names"),
        (STAIRS, "1 2 3 4 5", "inp inn vcc vee out", "comment"),
        ("* Node order: OUT -IN +IN V- V+\n", "6 2 3 4 7", "out inn inp vee vcc", "comment"),
        ("* output of 50 ohm\n* Pins: non-inv inv vcc vee out\n", "a b c d e", "inp inn vcc vee out", "comment"),
        ("", "3 2 7 4 6", "inp inn vcc vee out", "trial"),
    ],
)
def test_names_go_before_comments_and_comments_before_trial(
    tmp_path: Path, before: str, ports: str, roles: str, told: str
) -> None:
    (tmp_path / "a.lib").write_text(f"{before}.subckt A {ports}\n.ends\n")
    model = read_model(tmp_path / "a.lib")
    first = next(candidates(model.definition, model.source.statements))
    assert (" ".join(first.roles), first.told) == (roles, told)


def test_all_orders_come_in_the_end(tmp_path: Path) -> None:
    (tmp_path / "a.lib").write_text(".subckt A 1 2 3 4 5\n.ends\n")
    model = read_model(tmp_path / "a.lib")
    assert len({each.roles for each in candidates(model.definition, model.source.statements)}) == 120


def test_what_a_user_says_is_checked(tmp_path: Path) -> None:
    (tmp_path / "a.lib").write_text(".subckt A 1 2 3 4 5 6\n.ends\n")
    definition = read_model(tmp_path / "a.lib").definition
    assert given("inn,inp,out,vcc,vee,open", definition).roles[-1] == "open"
    for text, words in (
        ("inn,inp", "2 words"),
        ("inn,inp,out,vcc,vee,nothing", "cannot be 'nothing'"),
        ("inn,inn,out,vcc,vee,open", "no ports are 'inp'"),
    ):
        with pytest.raises(UsageError, match=words):
            given(text, definition)
