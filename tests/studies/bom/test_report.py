"""A small board's bill as it is read."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from functools import cache

import pytest

from tests.blocks.bench import SINE, built, system
from vle_analog.production.rounding import rounded
from vle_analog.report.report import Table
from vle_analog.studies.bom.bill import bill
from vle_analog.studies.bom.report import assembly_csv, bill_csv, placement_csv, report
from vle_analog.studies.bom.result import (
    CAPACITOR,
    CONNECTION,
    RESISTOR,
    UNIT,
    Bill,
    BillLine,
    Placed,
)


@cache
def small() -> Bill:
    exact = built(system({"u": ("-u/2 + x", 0.0)}, {"y": "u*x", "z": "u - y/3 - 2*u**2"}, {"x": SINE}))
    return bill(rounded(exact), exact=exact)


def table(found: Bill) -> Table:
    return report(found).tables[0]


def sentences(found: Bill) -> list[str]:
    return list(report(found).sentences)


def test_a_small_bill() -> None:
    rows = list(csv.reader(io.StringIO(bill_csv(small()))))
    assert (
        "".join(",".join(row[:10]) + "\n" for row in rows)
        == """\
designators,quantity,kind,value,tolerance,package,part,used,group,note
R2,1,resistor,16.9k,1%,0603,thin film,R2=Rz__2,board,
R1 R4,2,resistor,42.2k,1%,0603,thin film,R1=Rz__1 R4=Xz.Rf,board,
R5,1,resistor,100k,1%,0603,thin film,R5=Ru__1,board,
R3,1,resistor,102k,1%,0603,thin film,R3=Rz__3,board,
R6,1,resistor,200k,1%,0603,thin film,R6=Xu.Rf,board,
C1,1,capacitor,10n,5%,0603,C0G,C1=Xu.Cf,board,
U1 U2,2,multiplier,,,SOIC-8,ad633,U1=Xy U2=Xu__u,board,
U3,1,opamp,,,SOIC-8,opa2134,U3A=Xz.XA U3B=Xu.XA,board,
J1,1,input,,,,,J1=Vx,board,
"""
    )
    assert rows[0][10:] == [
        "maker", "number", "second_maker", "second_number", "euro", "euro_total", "price_of", "alternates",
    ]  # fmt: skip
    numbers = {row[0]: row[11] for row in rows[1:]}
    assert numbers["R2"].endswith("16K9L") and numbers["C1"].startswith("GRM1885C1H103J")
    assert numbers["U3"] == "OPA2134UA"
    second = {row[0]: row[12:14] for row in rows[1:]}
    assert second["U3"] == second["U1 U2"] == ["single source", ""] and second["C1"][0] == "KEMET"
    alternates = {row[0]: row[17].split() for row in rows[1:]}
    assert {"tl072", "opa1642", "opa2277"} <= set(alternates["U3"]) and "opa4170" not in alternates["U3"]
    assert alternates["U1 U2"] == alternates["C1"] == []
    assert sum(float(row[15]) for row in rows[1:]) == pytest.approx(small().euro)


def test_what_assemblers_get() -> None:
    rows = list(csv.DictReader(io.StringIO(assembly_csv(small()))))
    assert list(rows[0]) == ["Comment", "Designator", "Footprint", "Quantity", "Manufacturer", "MPN"]
    of = {row["Designator"]: row for row in rows}
    assert of["R1,R4"] == {
        "Comment": "42.2k", "Designator": "R1,R4", "Footprint": "R_0603_1608Metric", "Quantity": "2",
        "Manufacturer": "Yageo", "MPN": "RT0603FRE0742K2L",
    }  # fmt: skip
    assert of["U3"]["Footprint"] == "SOIC-8_3.9x4.9mm_P1.27mm"


def test_where_each_designator_is() -> None:
    lines = placement_csv(small()).splitlines()
    assert lines[0] == "designator,name,kind,value,part,nodes,block"
    assert "U3A,Xz.XA,opamp,,opa2134,0 z__s z,weighted sum: z = u - 2*u__u - y/3" in lines
    assert "C1,Xu.Cf,capacitor,10n,C0G,u u__s,leaky integrator: (2) du/dt = -u + 2*x" in lines
    assert "J1,Vx,input,,,x 0,input: x" in lines
    assert len(lines) == 1 + sum(len(line.placed) for line in small().lines)


def test_the_table_gathers_values() -> None:
    assert table(small()).header == ["kind", "part", "quantity", "values", "tolerance", "package", "at rest"]
    assert table(small()).rows == [
        ["resistor", "thin film", "6", "5: 16.9 kohm to 200 kohm", "1%", "0603", "–"],
        ["capacitor", "C0G", "1", "10 nF", "5%", "0603", "–"],
        ["multiplier", "ad633", "2", "–", "–", "SOIC-8", "8 mA"],
        ["op-amp", "opa2134", "1 for 2", "–", "–", "SOIC-8", "8 mA"],
        ["input", "–", "1", "–", "–", "–", "–"],
    ]


def test_devices_of_two_values_are_told_apart() -> None:
    """Thermistors of 1 and 6.8 kohm are two lines, and look it."""
    lines = tuple(
        BillLine("lt73", UNIT, (name,), (Placed(name, name, ("a", "b"), "f"),), "lt73", "0805", value)
        for name, value in (("RT1", 1e3), ("RT2", 6.8e3))
    )
    assert [row[3] for row in table(replace(small(), lines=lines)).rows] == ["1k", "6.8k"]


def test_what_is_said() -> None:
    assert sentences(small())[0] == "every line can be ordered"
    assert sentences(small())[1].startswith(f"{small().euro:.2f} euro, each part bought alone, by the table of ")
    assert sentences(small())[2] == "from one maker alone: ad633, opa2134; all others have a second source"
    said = sentences(small())[3:]
    assert said[:3] == [
        "10 parts to place, 6 values of resistors and capacitors",
        "supply at rest: 16 mA from each rail, 480 mW at +-15 V, spare units included; what signals and loads draw is "
        "not",
        "spare units: none",
    ]
    assert said[3].startswith("by the series of its values a stage's gains and time constants are off by at most ")
    assert "rule of thumb" in said[4] and len(said) == 5


def by_hand() -> Bill:
    """What the small board has none of: a spare amplifier, a law, a loose tolerance, a teacher."""
    amplifiers = tuple(
        Placed(each, f"Xa{k}.XA", ("0", "s", "o"), "sum") for k, each in enumerate(("U1A", "U1B", "U2A"))
    )
    lines = (
        BillLine(RESISTOR, RESISTOR, ("R1",), (Placed("R1", "Ra__1", ("a", "b"), "sum"),), "film", "0603", 1e3, 0.001),
        BillLine(RESISTOR, RESISTOR, ("R2",), (Placed("R2", "Ra__2", ("a", "b"), "sum"),), "film", "1206", 5e6, 0.01),
        BillLine(CAPACITOR, CAPACITOR, ("C1",), (Placed("C1", "Xa.Cf", ("a", "b"), "i"),), "C0G", "0603", 1e-9, 0.05),
        BillLine("opamp", UNIT, ("U1", "U2"), amplifiers, "dual", "SOIC-8", units=2, supply=5e-3),
        BillLine(
            "hold_switch", UNIT, ("A1",), (Placed("A1", "Xs", ("a",), "i"),), note="to be designed: i = g, or not"
        ),
        BillLine("supply", CONNECTION, ("J1",), (Placed("J1", "Vvcc", ("vcc", "0"), "supply"),), value=15.0),
    )
    teacher = (BillLine("opamp", UNIT, ("TU1",), (Placed("TU1A", "Xtr1.XA", (), ""),), "dual", "SOIC-8", units=2),)
    return Bill("board", 12.0, lines, teacher, {"a": 0.02, "b": 0.0}, {"resistor": 0.001, "capacitor": 0.05})


def test_spares_and_laws_and_teachers_are_told() -> None:
    found = by_hand()
    assert found.current == 20e-3 and found.power == 24 * 20e-3 and found.worst == 0.02 and found.mean == 0.01
    assert sentences(found)[0].startswith("not to be ordered as it stands, 6 lines: resistor film of 0.1%, 1; ")
    assert sentences(found)[1:] == [
        "6 parts to place, 3 values of resistors and capacitors",
        "supply at rest: 20 mA from each rail, 480 mW at +-12 V, spare units included; what signals and loads draw is "
        "not",
        "hold switch, 1: to be designed: i = g, or not",
        "without a stated supply current: hold switch, 1",
        "spare units: U2B (dual)",
        "by the series of its values a stage's gains and time constants are off by at most 2 %, 1 % in the mean of "
        "stages, before tolerances",
        "1 resistor is not sold as close as 0.1%: listed with 1%",
        sentences(small())[-1],
        "apart from the board, a teacher network: 1 op-amp",
    ]
    rows = table(found).rows
    assert [row[:5] for row in rows[:2]] == [
        ["resistor", "film", "1", "1 kohm", "0.1%"],
        ["resistor", "film", "1", "5 Mohm", "1%"],
    ]
    assert rows[3][:3] == ["op-amp", "dual", "2 for 3"] and rows[3][-1] == "20 mA"
    assert rows[4][:3] == ["hold switch", "to be designed", "1"] and rows[4][-1] == "–"


def test_csv_keeps_commas_and_names_the_teachers_lines() -> None:
    rows = list(csv.DictReader(io.StringIO(bill_csv(by_hand()))))
    assert [row["group"] for row in rows] == ["board"] * 6 + ["teacher"]
    assert rows[4]["note"] == "to be designed: i = g, or not"
    assert rows[1]["value"] == "5M" and rows[1]["used"] == "R2=Ra__2"
    assert rows[3]["designators"] == "U1 U2" and rows[3]["used"] == "U1A=Xa0.XA U1B=Xa1.XA U2A=Xa2.XA"
    placed = list(csv.DictReader(io.StringIO(placement_csv(by_hand()))))
    assert [row["block"] for row in placed if row["designator"] == "U2B"] == ["spare"]


def test_sums_of_each_stage() -> None:
    """Parts and euro of all stages are those of the board, but for what is of none of them."""
    groups = small().groups()
    assert groups.keys() == {"u", "y", "z", "u__u"}
    placed = [each for line in small().lines for each in line.placed if each.group]
    assert sum(number for number, _ in groups.values()) == len(placed)
    loose = sum(line.euro for line in small().lines if not all(each.group for each in line.placed))
    assert sum(euro for _, euro in groups.values()) == pytest.approx(small().euro - loose)
    assert report(small()).tables[1].header == ["of", "parts", "euro"]
