"""From a design to a board: the order of passes, what devices have in common, temperature, grades."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.blocks.bench import SINE, built, system, transient
from tests.production.test_hierarchy import STAGE
from tests.production.test_offsets import summers
from tests.production.test_variation import learning, ratios
from vle_analog.circuit.cell.cell import parse_cell
from vle_analog.circuit.cell.datasheet import Spread
from vle_analog.circuit.circuit import NOMINAL, Circuit, Section
from vle_analog.circuit.elements import Battery, CurrentSource, Instance
from vle_analog.circuit.parts import chosen, library
from vle_analog.engine.anatomy import dissected
from vle_analog.equations.resolve import REALISATIONS
from vle_analog.errors import CircuitError, UsageError
from vle_analog.netlist.dialects import DIALECTS
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Testbench as Bench
from vle_analog.owner import Owner
from vle_analog.production.devices import error_kinds, errors
from vle_analog.production.draws import draw
from vle_analog.production.grades import Grade
from vle_analog.production.offsets import scattered
from vle_analog.production.production import Production
from vle_analog.production.temperature import warmed
from vle_analog.production.trimming import Trim, trimmed
from vle_analog.production.values import parts
from vle_analog.production.variation import Scatter, Tolerance, Variation
from vle_analog.tasks import chain, lagnet, xor_small
from vle_analog.tasks.deployment import deployed_system

WHOLE = Variation(
    Tolerance(0.01, coefficient=5e-5),
    Tolerance(0.05, lot=0.3, coefficient=3e-5),
    kelvin=10.0,
    grades=(Grade("u1", 0.001),),
    devices=Scatter("uniform", lot=0.2, board=0.1),
    celsius=40.0,
)


def offsets(circuit: Circuit) -> np.ndarray:
    return np.array([value for kind, value in errors(circuit).values() if kind == "opamp.VOS"])


def multipliers(number: int) -> Circuit:
    """Multipliers of one signal with itself."""
    each = (Instance(f"m{n}", ("x", "0", "x", "0", f"m{n}"), "multiplier", (("scale", 10.0),)) for n in range(number))
    return Circuit("products", (Section("all", tuple(each)),), library(chosen("macromodel")), 1e-3, {}, "macromodel")


def test_the_passes_in_order_make_the_board() -> None:
    circuit = replace(multipliers(3), sections=(*summers(3).sections, *multipliers(3).sections), cells=summers(1).cells)
    found = Production(WHOLE, trim=Trim.of(1e-4)).made(circuit, 5)
    one_by_one = WHOLE.applied(circuit, 5)
    one_by_one = trimmed(scattered(one_by_one, 5, variation=WHOLE), Trim.of(1e-4))
    coefficients = {"resistor": 5e-5, "capacitor": 3e-5}
    assert found == warmed(one_by_one, WHOLE.warmth(circuit, 5), 5, coefficients)  # type: ignore[arg-type]
    assert found.celsius == NOMINAL + WHOLE.warmth(circuit, 5) != NOMINAL
    assert (
        found
        == Production(WHOLE, trim=Trim.of(1e-4)).made(circuit, 5)
        != Production(WHOLE, trim=Trim.of(1e-4)).made(circuit, 6)
    )


def test_a_board_of_nothing_is_the_design_and_says_nothing() -> None:
    circuit = learning()
    assert Production().made(circuit, 3) == circuit and Production().made(circuit, 3).remarks == ()


def test_a_deck_says_what_its_board_is() -> None:
    board = Production(replace(WHOLE, kelvin=0.0), trim=Trim.of(1e-3)).made(summers(2), 7)
    for text in (render(board, Bench(1.0, 1e-3, "", ())).text, DIALECTS["xyce"](board, Bench(1.0, 1e-3, "", ())).text):
        said = " ".join(line.lstrip("* ") for line in text.splitlines()[:8])
        assert "board 7: resistors 1 % (lognormal); capacitors 5 % (lognormal; shared by lot 30 %)" in said
        assert "'u1' resistors 0.1 %" in said and "at 40 degrees C" in said and "uniform; shared by lot 20 %" in said
    assert (
        ".options abstol=1e-10 itl4=100 method=trap reltol=1e-5 temp=40" in render(board, Bench(1, 1e-3, "", ())).text
    )
    assert ".OPTIONS DEVICE TEMP=40" in DIALECTS["xyce"](board, Bench(1.0, 1e-3, "", ())).text
    assert "temp=40" in DIALECTS["ltspice"](board, Bench(1.0, 1e-3, "", ())).text


@pytest.mark.parametrize(("lot", "board"), [(0.0, 0.0), (0.5, 0.0), (0.3, 0.4), (0.0, 1.0)])
def test_devices_share_what_they_are_said_to(lot: float, board: float) -> None:
    """200 op-amps on each of 200 boards, ten boards to a lot: variances of means and within, in 3 standard errors."""
    circuit, variation = summers(200), Variation(devices=Scatter(lot=lot, board=board), per_lot=10)
    rows = np.array([offsets(scattered(circuit, k, variation=variation)) for k in range(200)]) / 3e-3
    device = 1 - lot - board
    within = float(np.mean(np.var(rows, axis=1, ddof=1)))
    assert within == pytest.approx(device, abs=3 * device * (2 / 200 / 199) ** 0.5 + 0.02)  # and what the maximum cuts
    means = rows.mean(axis=1).reshape(20, 10)
    between = float(np.mean(np.var(means, axis=1, ddof=1)))
    expected = board + device / 200
    assert between == pytest.approx(expected, abs=3 * expected * (2 / 20 / 9) ** 0.5)
    lots = float(np.var(means.mean(axis=1), ddof=1))
    expected = lot + (board + device / 200) / 10
    assert lots == pytest.approx(expected, abs=3 * expected * (2 / 19) ** 0.5)


def test_kinds_of_errors_share_nothing_with_each_other() -> None:
    variation = Variation(devices=Scatter(board=1.0))
    names = ("DX", "FY", "GE", "XOS", "YOS", "ZOS")
    assert error_kinds(multipliers(1)) == [f"multiplier.{name}" for name in names]
    rows = [errors(scattered(multipliers(2), k, variation=variation)) for k in range(300)]
    assert all(row["Xm0.XOS"] == row["Xm1.XOS"] for row in rows)
    x, y = (np.array([row[f"Xm0.{name}"][1] for row in rows]) for name in ("XOS", "YOS"))
    assert abs(np.corrcoef(x, y)[0, 1]) < 3 / 300**0.5
    assert set(variation.levels(0, variation.kinds(multipliers(1)))) == {f"board multiplier.{name}" for name in names}


@pytest.mark.parametrize(("distribution", "widest"), [("normal", 10 / 3), ("uniform", 3**0.5), ("truncated", 2.2737)])
def test_distributions_of_devices(distribution: str, widest: float) -> None:
    found = offsets(scattered(summers(4000), 1, variation=Variation(devices=Scatter(distribution)))) / 3e-3
    assert found.mean() == pytest.approx(0, abs=3 / 4000**0.5)
    kurtosis = float(np.mean(found**4) / np.mean(found**2) ** 2)
    assert found.std() == pytest.approx(1, abs=3 * ((kurtosis - 1) / 4 / 4000) ** 0.5 + 2e-3)
    assert 0.97 * widest < np.abs(found).max() <= widest * (1 + 1e-4)


@pytest.mark.parametrize("sampling", ["sobol", "latin"])
def test_even_fillings_take_devices_in(sampling: str) -> None:
    variation = Variation(devices=Scatter(board=0.5), sampling=sampling, points=256)
    circuit = summers(1)
    kinds = variation.kinds(circuit)
    rows = np.array([list(variation.levels(k, kinds).values()) for k in range(256)])
    assert rows.shape == (256, len(kinds)) and np.abs(rows.mean(axis=0)).max() < 0.3 / 16
    assert scattered(circuit, 200, variation=variation) == scattered(circuit, 200, variation=variation)


def test_grades_hold_for_all_parts_of_a_block_and_the_last_counts() -> None:
    circuit = learning()
    grades = (Grade("u*", 0.0), Grade("u1", resistors=0.001, capacitors=0.02))
    plain, graded = (Variation(Tolerance(0.01), Tolerance(0.05), grades=each) for each in ((), grades))
    before, after = (ratios(circuit, each.applied(circuit, 2)) for each in (plain, graded))
    blocks = {part.name: part.block for part in parts(circuit)}
    for name, ratio in before.items():
        block = blocks[name]
        if block == "u1":
            scale = 0.4 if name == "Xu1.C" else 0.1
            assert after[name] - 1 == pytest.approx(scale * (ratio - 1), rel=0.05, abs=2e-3)
        elif block.startswith("u") and not name.endswith(".C"):
            assert after[name] == 1
        else:
            assert after[name] == ratio
    assert blocks["Ru1__1"] == blocks["Xu1.C"] == "u1"


def test_parts_are_of_the_block_that_their_name_begins_with() -> None:
    """Whatever a block is (declared, indexed, internal, inverted), its parts' names begin with its name."""
    products = system(definitions={"y": "tanh(x + 1)*reciprocal(x + 2)*prospective(x*x, 0.5)"}, inputs={"x": SINE})
    made = [built(lagnet("vle").system), *(built(products, realisation=each) for each in REALISATIONS)]
    seen = dict[str, str]()
    for part in (part for circuit in made for part in parts(circuit)):
        assert re.fullmatch(rf"[RCX]{part.block}(__.*|\..*)?", part.name), part
        assert "__" not in part.block
        seen[part.name] = part.block
    assert any("__n." in name for name in seen) and any("__sum" in name for name in seen)
    assert "reciprocal" in seen.values() and "w1_0" in seen.values()


def test_a_task_s_teacher_and_the_target_that_it_gives_are_no_part_of_the_board() -> None:
    pattern = r"t[sumr]\d(_\d)?|target"
    for circuit in (
        built(chain("gle").system),
        built(deployed_system(lagnet("vle"), {}), realisation="differentiator"),
    ):
        blocks = {owner: {part.block for part in parts(circuit) if part.owner is owner} for owner in Owner}
        assert "target" in blocks[Owner.TEACHER] and {"u1", "u1_0"} & blocks[Owner.BOARD]
        assert all(re.fullmatch(pattern, name) for name in blocks[Owner.TEACHER])
        assert not any(re.fullmatch(pattern, name) for name in blocks[Owner.BOARD])
    assert {part.owner for part in parts(built(deployed_system(xor_small("vle"), {})))} == {Owner.BOARD}


def test_a_grade_that_no_part_has_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no part of a block 'u9' has such a deviation\n  did you mean 'u'"):
        Variation(grades=(Grade("u9", 0.1),)).applied(STAGE, 0)


@pytest.mark.parametrize("text", ["u", "u=", "=0.1", "u=a", "u=0.1,0.2,0.3", "u=nan", "u=1", "u=-0.1"])
def test_grades_that_cannot_be_read(text: str) -> None:
    with pytest.raises(UsageError, match=r"`grades`|deviation of parts"):
        Grade.parse(text)
    assert Grade.parse(" e* = 0.001,0.02 ") == Grade("e*", 0.001, 0.02)


def test_each_op_amp_drifts_by_its_own_and_its_junctions_leak_twice_per_ten_kelvin() -> None:
    circuit = scattered(summers(500), 3)
    cold, warm = errors(circuit), errors(warmed(circuit, 20.0, 3, {"resistor": 0.0, "capacitor": 0.0}))
    moved = np.array([warm[f"Xu{n}.VOS"][1] - cold[f"Xu{n}.VOS"][1] for n in range(500)])
    assert moved[7] == pytest.approx(20 * 10e-6 * draw(3, "Xu7.VOS.drift"), rel=1e-9)
    assert moved.std() == pytest.approx(20 * 10e-6, rel=3 / 1000**0.5)
    for name in ("IB", "IOS"):
        assert warm[f"Xu0.{name}"][1] == pytest.approx(4 * cold[f"Xu0.{name}"][1], rel=1e-12)
    exact = warmed(summers(1), 20.0, 3, {"resistor": 0.0, "capacitor": 0.0}, scale=0.0)
    assert errors(exact)["Xu0.VOS"][1] == 0 and exact.celsius == 47


def test_trimmed_at_room_temperature_a_multiplier_drifts_away() -> None:
    board = Production(Variation(celsius=67.0), trim=Trim.of(1e-4)).made(multipliers(200), 0)
    left = np.array([value for kind, value in errors(board).values() if kind == "multiplier.ZOS"])
    assert left.std() == pytest.approx(40 * 200e-6, rel=3 / 400**0.5 + 0.01) and np.abs(left).max() > 0.5e-4


def test_an_offset_current_is_a_source_of_minus_half_of_it_at_the_summing_node(tmp_path: Path) -> None:
    kinds = {"opamp.IOS": 1.0}
    circuit = scattered(summers(2), 3, 1e6, kinds=kinds)  # large enough to see: microamperes
    sources = {part.name: part for part in circuit.elements() if isinstance(part, CurrentSource)}
    expected = {n: 1e6 * 5e-12 * draw(3, f"Xu{n}.IOS") for n in range(2)}
    assert {name: part.amperes for name, part in sources.items()} == pytest.approx(
        {f"u{n}__balance": -value / 2 for n, value in expected.items()}
    )
    assert errors(circuit)["Xu1.IOS"] == ("opamp.IOS", pytest.approx(expected[1]))
    found = transient(circuit, tmp_path, 1.0, 0.01, ["u0", "u1"])
    for n, value in expected.items():  # through 10 kohm of feedback
        assert found[f"u{n}"][-1] == pytest.approx(-value / 2 * 1e4, rel=1e-3, abs=1e-6)


def test_a_divider_s_multiplier_errs_too() -> None:
    ratio = Instance("u", ("0", "r", "d", "0", "u__s", "u"), "divider")
    circuit = replace(multipliers(0), sections=(Section("all", (ratio,)),))
    found = errors(scattered(circuit, 3))
    names = ("XOS", "YOS", "ZOS", "GE")
    assert {name: found[f"Xu.{name}"][0] for name in names} == {name: f"multiplier.{name}" for name in names}
    assert found["Xu.ZOS"][1] == pytest.approx(5e-3 * draw(3, "Xu.ZOS"))
    left = errors(trimmed(scattered(circuit, 3), Trim.of(1e-4)))
    assert abs(left["Xu.ZOS"][1]) <= 0.5e-4 and left["Xu.GE"] == found["Xu.GE"]
    assert "XOS" not in library(chosen("ideal"))["divider"].parameters


def test_macromodels_clip_alike_at_any_temperature_and_transistors_feel_it(tmp_path: Path) -> None:
    """The swing is the data sheet's; a pair's slope goes as 1/T (circuits/transistor/tanh_ltp.cir)."""
    clipped = replace(summers(1), sections=(*summers(1).sections, Section("drive", (Battery("x", ("x", "0"), -15.0),))))
    elements = [
        replace(part, nodes=("x", part.nodes[1]))
        if getattr(part, "name", "") == "u0" and hasattr(part, "ohms")
        else part
        for part in clipped.elements()
    ]
    clipped = replace(clipped, sections=(Section("all", tuple(elements)),))
    swing = [
        transient(replace(clipped, celsius=each), tmp_path, 1.0, 0.01, ["u0"])["u0"][-1] for each in (NOMINAL, 77.0)
    ]
    assert 13 < swing[0] < 14.2 and swing[1] == pytest.approx(swing[0], rel=1e-6)
    rails = tuple(Battery(node, (node, "0"), volts) for node, volts in (("vcc", 15.0), ("vee", -15.0), ("x", 0.1)))
    pair = Instance("y", ("x", "0", "y"), "tanh", (("kin", 1.0), ("kout", 1.0)))
    bipolar = chosen("transistor", {"opamp": "ideal"})
    circuit = Circuit("pair", (Section("all", (*rails, pair)),), library(bipolar), 1e-3, {"y": 1.0}, "transistor")
    cold, warm = (
        transient(replace(circuit, celsius=each), tmp_path, 1.0, 0.01, ["y"])["y"][-1] for each in (NOMINAL, 77.0)
    )
    saturation = 1 + 50 * 0.00037
    assert warm / cold == pytest.approx(saturation * np.tanh(0.1 * 300.15 / 350.15) / np.tanh(0.1), rel=0.01)
    with pytest.raises(CircuitError, match="does not know what transistors do at 77 degrees C"):
        dissected(replace(circuit, celsius=77.0))
    assert dissected(circuit)


@pytest.mark.parametrize(
    ("note", "text"),
    [("drift: VOS", "'drift: VOS' does not say"), ("doubles: GBW 10", "'doubles: GBW 10'"), ("drift: VOS x", "'x'")],
)
def test_notes_that_cannot_be_read(note: str, text: str) -> None:
    cell = summers(1).cells["tl072"]
    with pytest.raises(CircuitError, match=text):
        parse_cell(f"* {note}\n{cell.subckt}", "tl072", "here")
    assert cell.spread["VOS"] == Spread(3e-3, 10e-3, 10e-6, rejection=1e-5) and cell.spread["IB"].doubling == 10


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Scatter("lognormal"), "no distribution 'lognormal' of devices"),
        (lambda: Scatter(lot=0.6, board=0.6), "share 1.2"),
        (lambda: Scatter(lot=-0.1), "from 0 to 1"),
        (lambda: Variation(celsius=300.0), "not at 300"),
        (lambda: Variation(celsius=float("nan")), "not at nan"),
    ],
)
def test_refused(make, text: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match=text):
        make()
