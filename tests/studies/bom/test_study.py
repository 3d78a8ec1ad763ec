"""A bill of materials: everything once, in packages that hold it, and sums that are sums."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tests.blocks.bench import SINE, built, system, with_cell
from tests.production.test_rounding import errors, plain
from vle_analog.circuit.cell.cell import read_cell
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import Battery, CurrentSource, Drive, Instance, Resistor
from vle_analog.circuit.parts import chosen, devices
from vle_analog.circuit.technology import Supply
from vle_analog.design.subject import leaving
from vle_analog.errors import CircuitError, UsageError
from vle_analog.owner import Owner
from vle_analog.production.assembly import Device
from vle_analog.production.purchase import CLASSES, STANDARD, Tolerances, purchased
from vle_analog.production.rounding import rounded
from vle_analog.studies.bom.bill import bill
from vle_analog.studies.bom.result import CAPACITOR, CONNECTION, RESISTOR, SUPPORT, UNIT, Bill, BillLine
from vle_analog.tasks import chain, lagnet, xor_small
from vle_analog.tasks.deployment import deployed_system


@cache
def learning() -> Circuit:
    return built(xor_small("vle").system)


@cache
def with_teacher() -> Circuit:
    return built(chain("vle", span=100.0).system)


def lines_of(found: Bill) -> list[BillLine]:
    return [*found.lines, *found.teacher]


@pytest.mark.parametrize("circuit", [learning, with_teacher], ids=["xor_small", "chain"])
def test_everything_is_there_once(circuit) -> None:  # type: ignore[no-untyped-def]
    given = circuit()
    found = bill(given)
    counts = Counter[str]()
    for line in lines_of(found):
        counts[line.kind] += len(line.placed)
    parts = given.parts
    assert counts["resistor"] == parts["resistors"] and counts["capacitor"] == parts["capacitors"]
    assert counts["opamp"] == parts["opamps"] and counts["multiplier"] == parts["multipliers"]
    assert counts["hold_switch"] == parts["switches"]
    others = {"resistor", "capacitor", "opamp", "multiplier", "hold_switch", "reference", "input"}
    assert sum(number for kind, number in counts.items() if kind not in others) == parts["nonlinearities"]
    names = [each.name for line in lines_of(found) for each in line.placed]
    assert len(set(names)) == len(names)
    outside = {f"R{e.name}" for e in given.elements() if isinstance(e, Resistor)}
    heard = Counter(node for element in given.elements() for node in element.nodes)
    outside |= {f"V{e.name}" for e in given.elements() if isinstance(e, Battery | Drive) and heard[e.nodes[0]] > 1}
    assert outside <= set(names)
    roots = {name.split(".")[0] for name in names if name[0] == "X"}
    assert roots == {f"X{e.name}" for e in given.elements() if isinstance(e, Instance)}


def test_a_designator_is_given_once_and_counts_without_gaps() -> None:
    found = bill(with_teacher())
    units = [unit for line in lines_of(found) for unit in line.all_units()]
    assert len(set(units)) == len(units)
    bodies = [body for line in lines_of(found) for body in line.designators]
    assert len(set(bodies)) == len(bodies)
    series: dict[str, list[int]] = {}
    for each in bodies:
        letters = each.rstrip("0123456789")
        series.setdefault(letters, []).append(int(each[len(letters) :]))
    assert set(series) >= {"R", "C", "U", "A", "J", "TR", "TC", "TU"}
    for numbers in series.values():
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert all(each.designator in units for line in lines_of(found) for each in line.placed)


@pytest.mark.parametrize("units", [1, 2, 4])
def test_packages_hold_what_they_hold(units: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = devices()["opa2134"].subckt.replace("opa2134", "many")
    text = re.sub(r"\* package:.*", f"* package: {units} DIP-{4 + 2 * units}", text)
    text = re.sub(r"\* supply:.*", "* supply: 1.5m each", text)
    (tmp_path / "many.cir").write_text(text)
    known = {**devices(), "many": read_cell(tmp_path / "many.cir")}
    for module in ("production.assembly", "circuit.parts"):
        monkeypatch.setattr(f"vle_analog.{module}.devices", lambda: known)
    circuit = learning()
    found = bill(circuit, parts={"opamp": "many"})
    (line,) = (line for line in found.lines if line.kind == "opamp")
    opamps = circuit.parts["opamps"]
    assert line.part == "many" and line.package == f"DIP-{4 + 2 * units}" and line.units == units
    assert line.quantity == -(-opamps // units) and len(line.spare) == line.quantity * units - opamps
    held = Counter(each.designator.rstrip("ABCD") if units > 1 else each.designator for each in line.placed)
    assert set(held) == set(line.designators) and max(held.values()) <= units
    assert all(held[body] == units for body in line.designators[:-1])  # only the last one is not full
    assert line.current == pytest.approx(1.5e-3 * line.quantity * units)


def test_power_is_the_sum() -> None:
    found = bill(learning())
    drawn = {line.kind: line.supply for line in found.of(UNIT)}
    assert drawn["opamp"] == 4e-3 and drawn["multiplier"] == 4e-3 and drawn["hold_switch"] == 10e-6
    total = sum((line.supply or 0) * line.units * line.quantity for line in found.lines)
    assert found.current == pytest.approx(total) and found.power == pytest.approx(2 * 15.0 * total)
    assert total >= 4e-3 * (learning().parts["opamps"] + learning().parts["multipliers"])
    on_twelve = replace(learning(), supply=Supply(-12, 12))
    assert bill(on_twelve).power == pytest.approx(0.8 * found.power)


def test_a_teacher_stands_apart() -> None:
    """A learning chain's, and a deployed lag network's; without one there is nothing apart."""
    for circuit in (with_teacher(), built(deployed_system(lagnet("vle"), {}))):
        whole, found = bill(circuit.owned_by(Owner.BOARD)), bill(circuit)
        apart = {each.name for line in found.teacher for each in line.placed}
        own = {each.name for line in found.lines for each in line.placed}
        assert apart and not apart & own
        assert all(re.match(r"[RCX](t(s|u|m|r|udot)\d|target)", name) for name in apart)
        assert {each.name for line in whole.lines for each in line.placed} == apart | own
        assert found.current < whole.current
        assert not whole.teacher
    assert not bill(learning()).teacher


def test_values_are_of_the_series_and_errors_are_the_roundings() -> None:
    circuit = learning()
    real = rounded(circuit, "E24", "E6")
    found = bill(real, Tolerances(0.05, 0.1), exact=circuit)
    values = sorted(plain(real).values())
    got = sorted(line.value for group in (RESISTOR, CAPACITOR) for line in found.of(group) for _ in line.placed)  # type: ignore[type-var]
    assert got == values
    assert found.worst == pytest.approx(max(errors(circuit, real).values()), rel=0.05)
    assert bill(rounded(circuit), exact=circuit).worst < found.worst and found.mean < found.worst
    assert bill(circuit, exact=circuit).worst == bill(circuit).worst == 0
    assert {line.tolerance for line in found.of(RESISTOR)} == {0.05}
    for group in (RESISTOR, CAPACITOR):
        keys = [(line.value, line.tolerance) for line in found.of(group)]
        assert len(set(keys)) == len(keys) and keys == sorted(keys)  # type: ignore[type-var]


def test_what_a_line_says_of_the_netlist() -> None:
    """Names, nodes and blocks of parts between nodes, in a stage, and of a device in a stage."""
    circuit = built(system(definitions={"y": "x/3 + x**2", "z": "reciprocal(x + 2)"}, inputs={"x": SINE}))
    found = bill(circuit)
    placed = {each.name: (line, each) for line in found.lines for each in line.placed}
    line, feedback = placed["Xy.Rf"]
    (summer,) = (e for e in circuit.elements() if isinstance(e, Instance) and e.name == "y")
    assert summer.cell == "summer" and feedback.nodes == ("y__s", "y")
    assert line.value == plain(circuit)["Xy.R"]
    assert placed["Xy.XA"][1].nodes == ("0", "y__s", "y") and placed["Xy.XA"][0].kind == "opamp"
    assert placed["Ry__1"][1].block.startswith("weighted sum: y = ")
    line, multiplier = placed["Xz.XM"]  # in the divider's feedback, at a node of its own
    assert line.part == "ad633" and line.package == "SOIC-8" and "xz.m" in multiplier.nodes
    assert placed["Vref__p"][0].value == 10.0 and placed["Vx"][0].kind == "input"
    assert {line.group for line in found.lines} == {RESISTOR, CAPACITOR, UNIT, CONNECTION}


def said(found: Bill) -> set[tuple[object, ...]]:
    return {(line.kind, line.value, line.part, line.package, line.designators, *line.placed) for line in found.lines}


def test_the_same_board_at_another_fidelity() -> None:
    """Real parts in the netlist are those of the bill, and their supply is a connection."""
    given = system({"u": ("-u + x", 0.0)}, {"y": "u*x"}, {"x": SINE})
    ideal = bill(built(given))
    real = bill(built(given, technology=chosen("ideal", {"opamp": "opa2134", "multiplier": "ad633"})))
    rails = [line for line in real.lines if line.kind == "supply"]
    assert [line.value for line in rails] == [15.0, -15.0] and {line.group for line in rails} == {CONNECTION}
    parts = [
        replace(each, lines=[l for l in each.lines if l.group not in (CONNECTION, SUPPORT)]) for each in (ideal, real)
    ]
    assert said(parts[0]) == said(parts[1]) and real.current == ideal.current


def test_a_law_that_no_part_realises_is_to_be_designed() -> None:
    found = bill(built(system(definitions={"y": "x*x"}, inputs={"x": SINE})), parts={"multiplier": "ideal"})
    (line,) = (line for line in found.lines if line.kind == "multiplier")
    assert line.part == line.package == "" and line.supply is None and line.designators == ("A1",)
    assert line.note == "to be designed: v(w) = (v(x1) - v(x2)) (v(y1) - v(y2)) / scale"


def test_a_part_without_a_package_is_built_as_its_cell_has_it(tmp_path: Path) -> None:
    text = re.sub(r"\* package:.*\n", "", devices()["opa2134"].subckt)
    (tmp_path / "opa2134.cir").write_text(text)
    found = Device.of(read_cell(tmp_path / "opa2134.cir"))
    assert (found.units, found.package, found.note) == (1, "", "built as circuits/*/opa2134.cir has it")


def test_unknown_parts_are_refused() -> None:
    with pytest.raises(UsageError, match=r"no part 'opa2314' for the role 'opamp'\n.*opa2134"):
        bill(with_teacher(), parts={"opamp": "opa2314"})
    with pytest.raises(UsageError, match="no role 'op'"):
        bill(with_teacher(), parts={"op": "opa2134"})
    with pytest.raises(UsageError, match="no part 'ad633' for the role 'opamp'"):
        bill(with_teacher(), parts={"opamp": "ad633"})


@pytest.mark.parametrize(
    "old, new, message",
    [
        (r"\* package:.*", "* package: two SOIC-8", "the note 'package: two SOIC-8' is not a number and a body"),
        (r"\* package:.*", "* package: 2", "is not a number and a body"),
        (r"\* supply:.*", "* supply: little", "the note 'supply: little' has no current"),
    ],
)
def test_a_note_that_cannot_be_read(old: str, new: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "opa2134.cir").write_text(re.sub(old, new, devices()["opa2134"].subckt))
    with pytest.raises(CircuitError, match=re.escape(message)) as refused:
        Device.of(read_cell(tmp_path / "opa2134.cir"))
    assert f"cell 'opa2134' ({tmp_path / 'opa2134.cir'}): line " in str(refused.value)


def test_a_note_that_can() -> None:
    found = Device.of(devices()["opa2134"])
    assert (found.part, found.units, found.package, found.supply, found.note) == ("opa2134", 2, "SOIC-8", 4e-3, "")


@pytest.mark.parametrize("text", ["1%,5%", "0.1%,1%", "5%,10%"])
def test_tolerances(text: str) -> None:
    assert str(Tolerances.parse(text)) == text
    assert Tolerances.parse(f" {text.replace(',', ' , ')} ") == Tolerances.parse(text)


@pytest.mark.parametrize(
    "text, what",
    [
        ("1%", "is not one in per cent of resistors and one of capacitors"),
        ("1,5", "is not one in per cent"),
        ("much%,5%", "is not one in per cent"),
        ("3%,5%", "no resistors of 3% are on sale here\n  known tolerances: 0.1%, 0.5%, 1%, 5%, 10%"),
        ("-1%,5%", "no resistors of -1% are on sale"),
        ("1%,nan%", "no capacitors of nan% are on sale"),
    ],
)
def test_tolerances_that_are_none(text: str, what: str) -> None:
    with pytest.raises(UsageError) as refused:
        Tolerances.parse(text)
    assert f"`tolerances` '{text}'" in str(refused.value) and what in str(refused.value)


def test_a_value_is_bought_with_the_closest_tolerance_that_it_is_sold_with() -> None:
    ohms = (1e3, 1e6, 1.02e6, 1e7, 1.02e7)
    circuit = replace(
        with_teacher(), sections=(Section("", tuple(Resistor(f"{k}", ("a", "b"), r) for k, r in enumerate(ohms))),)
    )
    found = purchased(circuit, replace(STANDARD, resistor=0.001))
    assert [each.tolerance for each in found.values()] == [0.001, 0.001, 0.01, 0.01, 0.01]
    assert [each.package for each in found.values()] == ["0603"] * 4 + ["1206"]
    assert [each.value for each in found.values()] == list(ohms)
    usual = purchased(circuit)
    assert [each.technology for each in usual.values()] == ["thin film"] * 2 + ["thick film"] * 2 + [CLASSES[2].name]
    large = replace(circuit, sections=(Section("", (Resistor("x", ("a", "b"), 1e9),)),))
    with pytest.raises(UsageError, match=r"part 'Rx': no resistor of 1 Gohm is on sale here\n.*the largest has 100 M"):
        purchased(large)


def test_a_cell_that_a_designer_changed(tmp_path: Path) -> None:
    """Parts are read from the cell's own lines: one more in series is one more on the bill."""
    text = """.subckt summer p s out params: R=100k RX=100k OUT=0
Rf s m {R}
Rx m out {RX}
XA p s out opamp OUT={OUT}
.ends summer
"""
    circuit = with_cell(built(system(definitions={"y": "x/3"}, inputs={"x": SINE})), tmp_path, text)
    names = {each.name: each.nodes for line in bill(circuit).lines for each in line.placed}
    assert names["Xy.Rf"] == ("y__s", "xy.m") and names["Xy.Rx"] == ("xy.m", "y")


def test_sources_that_are_no_parts_are_connections() -> None:
    given = built(system(definitions={"y": "x/3"}, inputs={"x": SINE}))
    more = (Battery("off", ("p", "0"), 1e-3), CurrentSource("bias", ("p", "0"), 1e-9))
    found = bill(replace(given, sections=(*given.sections, Section("more", more))))
    placed = {each.name: line for line in found.lines for each in line.placed}
    assert placed["Voff"].group == placed["Ibias"].group == CONNECTION
    assert placed["Voff"].value == 1e-3 and placed["Ibias"].value is None
    assert found.power == bill(given).power


def test_what_leaves_the_board_has_a_connector() -> None:
    """The network's output and the teacher's; what it learned has test points alone."""
    task = chain("vle", span=100.0)
    circuit = built(task.system)
    probes = ("r2", "target", *task.learning.parameters)
    assert leaving(task, probes) == ("r2", "target") and leaving(task.system, probes) == probes
    found = bill(circuit, probes=probes, outputs=leaving(task, probes))
    (own,) = [line for line in found.lines if line.kind == "output"]
    (taught,) = [line for line in found.teacher if line.kind == "output"]
    inputs = {name for line in found.lines if line.kind in ("supply", "input") for name in line.designators}
    assert [each.nodes for each in own.placed] == [("r2__out", "0")]
    assert [each.nodes for each in taught.placed] == [("target__out", "0")]
    (before,) = [line for line in found.lines if line.kind == "series"]
    assert [each.nodes for each in before.placed] == [("r2", "r2__out")] and before.value == 100.0
    used = [name for line in found.lines if line is not before for name in line.designators]
    assert before.offer is not None and not set(before.designators) & set(used)
    assert own.designators == (f"J{len(inputs) + 1}",) and taught.designators == ("TJ1",)
    assert own.offer is not None and own.footprint.startswith("TerminalBlock")
    points = [each.nodes[0] for line in found.lines for each in line.placed if line.kind == "test point"]
    assert set(task.learning.parameters) <= set(points)
