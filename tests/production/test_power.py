"""How a board is fed: ladders by hand, and ngspice with resistors in the ground and other supplies as oracle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.blocks.bench import built, system, transient
from vle_analog.circuit.cell.cell import parse_cell
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import GROUND, Battery, CurrentSource, Element, Instance, Resistor
from vle_analog.circuit.parts import chosen, devices
from vle_analog.engine.engine import Engine
from vle_analog.errors import CircuitError, UsageError
from vle_analog.fleet.nonidealities import KINDS
from vle_analog.lesson.board import Board
from vle_analog.lesson.lesson import Lesson
from vle_analog.production.devices import errors
from vle_analog.production.power import Power, current, ladder, laid_out, powered
from vle_analog.production.production import Production
from vle_analog.production.variation import Scatter
from vle_analog.stimulus import Constant

#: what the tests' boards answer, and what none of them has of its own
NAMES, EXACT = ("z", "u", "y"), Production(offsets=0.0)
#: takes another node for the ground of what makes a voltage
_LIFTED = parse_cell(".subckt lifted ground raw out\nE1 out ground raw 0 1\n.ends lifted\n", "lifted", "here")


@cache
def board() -> Circuit:
    """A product of two signals, a leaky integrator of it, and a function: op-amps, a multiplier and a pair."""
    states = {"u": ("-u + 0.5*z", 0.0)}
    definitions = {"z": "a*b", "y": "tanh(0.8*u + 0.3*a)"}
    given = system(states, definitions, {"a": Constant(0.7), "b": Constant(-0.6)}, outputs=NAMES)
    return built(given, technology=chosen("macromodel"))


def rest(circuit: Circuit, folder: Path) -> dict[str, float]:
    """Signals at rest, by ngspice, model units."""
    found = transient(circuit, folder, 12.0, 0.05, NAMES, "1e-6")
    return {name: float(found[name][-1]) for name in NAMES}


def in_engine(circuits: Sequence[Circuit]) -> list[dict[str, float]]:
    """The same by the engine, of circuits of one structure."""
    found = Engine(circuits, 0.01, NAMES).advance(12.0, every=0.05)
    return [{name: float(found.signals[name][at][-1]) for name in NAMES} for at in range(len(circuits))]


def difference(one: Mapping[str, float], other: Mapping[str, float]) -> np.ndarray:
    return np.array([one[name] - other[name] for name in NAMES])


def test_a_ground_is_a_ladder() -> None:
    # the first piece carries 3 A, the second 2 A, each of them half an ohm
    assert ladder([1.0, 2.0]) == pytest.approx([1.5, 2.5])
    assert ladder([1.65]) == pytest.approx([1.65]) and ladder([0.0, 0.0]) == [0.0, 0.0]


def test_blocks_draw_what_sheets_say() -> None:
    circuit = board()
    drawn = {each.name: current(circuit.cells[each.cell], circuit.cells) for each in laid_out(circuit)}
    # AD633 and OPA2134 4 mA each, the pair with all that it is made of 4.5 mA
    assert (drawn["z"], drawn["u"], drawn["y"]) == pytest.approx((4e-3, 4e-3, 4.5e-3))


def with_ground(circuit: Circuit, ohms: float) -> Circuit:
    """The circuit with a resistor in the ground between one block and the next, and their currents into it."""
    blocks = laid_out(circuit)
    names = {each.name: f"ground{number}" for number, each in enumerate(blocks, 1)}
    before, copper = GROUND, list[Element]()
    for each in blocks:
        copper.append(Resistor(names[each.name], (before, names[each.name]), ohms / len(blocks)))
        amperes = current(circuit.cells[each.cell], circuit.cells)
        copper.append(CurrentSource(names[each.name], (GROUND, names[each.name]), amperes))
        before = names[each.name]

    def moved(element: Element) -> tuple[Element, ...]:
        if not isinstance(element, Instance):
            return (element,)
        own = names[element.name]
        nodes = tuple(own if node == GROUND else node for node in element.nodes)
        if circuit.cells[element.cell].role != "multiplier":
            return (replace(element, nodes=nodes),)
        raw = f"{element.name}__raw"
        lifted = Instance(f"{element.name}__lifted", (own, raw, element.name), "lifted")
        return replace(element, nodes=(*nodes[:4], raw)), lifted

    found = circuit.rewritten(lambda owner, element: moved(element))
    cells = {**circuit.cells, "lifted": _LIFTED}
    return replace(found, sections=(*found.sections, Section("copper", tuple(copper))), cells=cells)


def test_offsets_stand_for_resistors_in_the_ground(tmp_path: Path) -> None:
    circuit, ohms = board(), 5.0  # an exaggeration: 80 mV at the far end
    exact = rest(circuit, tmp_path / "exact")
    copper = difference(rest(with_ground(circuit, ohms), tmp_path / "copper"), exact)
    offset = difference(rest(fed(ohms), tmp_path / "offset"), exact)

    assert max(abs(copper)) > 5e-3
    assert offset[:2] == pytest.approx(copper[:2], rel=0.01)
    assert offset[2] == pytest.approx(copper[2], rel=0.06)  # a pair's common mode is not in its offset


def fed(ohms: float) -> Circuit:
    """A board with a ground of so much, nothing of whose parts scatters."""
    return replace(EXACT, power=Power(ground=ohms)).made(board(), 0)


@pytest.mark.slow
def test_the_engine_finds_what_ngspice_finds(tmp_path: Path) -> None:
    power = Power(0.5, 0.5, 0.04)
    boards = [powered(board(), 3, power, Scatter()), powered(board(), 3, Power(ground=1e-9), Scatter())]
    theirs = [rest(each, tmp_path / str(place)) for place, each in enumerate(boards)]
    here, there = in_engine(boards)
    assert difference(here, there) == pytest.approx(difference(*theirs), rel=0.01, abs=1e-6)


def rails(circuit: Circuit, above: float, below: float) -> Circuit:
    """The circuit on supplies that are so many volts larger, which its cells were not designed for."""
    volts = {"vcc": 15.0 + above, "vee": -15.0 - below}
    return circuit.mapped(
        lambda each: replace(each, volts=volts[each.name]) if isinstance(each, Battery) and each.name in volts else each
    )


def test_a_pair_follows_its_supply(tmp_path: Path) -> None:
    circuit = board()
    exact = rest(circuit, tmp_path / "exact")
    found = difference(rest(rails(circuit, 0.3, 0.3), tmp_path / "rails"), exact)
    spread = devices()["tanh_pair"].spread["GE"]
    assert spread.follows == (0.0, 0.075)
    assert found[2] / exact["y"] == pytest.approx(0.3 * spread.follows[1], rel=0.05)
    # op-amps reject it, and the multiplier has no other supply in its cell than the one that it is drawn for
    assert abs(found[:2]).max() < 1e-5

    power = Power(tolerance=0.2)
    made = powered(circuit, 4, power, Scatter())
    kinds = {name: kind for name, (kind, _) in errors(made).items()}
    before, after = (({name: value for name, (_, value) in errors(each).items()}) for each in (circuit, made))
    moved = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert {kinds[name] for name in moved} == {"opamp.VOS", "multiplier.ZOS", "tanh.GE"}
    assert devices()["opa2134"].spread["VOS"].rejection == pytest.approx(1 / 2e5, rel=0.01)


def test_what_devices_reject_scatters_and_supplies_differ_from_board_to_board() -> None:
    circuit, power = board(), Power(tolerance=0.04)
    found = [
        {name: value for name, (_, value) in errors(powered(circuit, each, power, Scatter())).items()}
        for each in range(400)
    ]
    gains = np.array([each["Xy.GE"] for each in found])
    # 0.2 V of standard deviation, 0.6 V at most, times 7.5 % per volt
    assert np.std(gains) == pytest.approx(0.075 * 0.2, rel=0.1) and abs(gains).max() <= 0.075 * 0.6
    # two supplies in the mean, times a part's own millivolt per volt
    offsets = np.array([each["Xz.ZOS"] for each in found])
    assert np.std(offsets) == pytest.approx(1e-3 * 0.2 / np.sqrt(2), rel=0.2)
    assert np.corrcoef(offsets, gains)[0, 1] == pytest.approx(0, abs=0.2)


def test_rails_fall_towards_the_far_end() -> None:
    circuit = board()
    made = powered(circuit, 0, Power(rails=3.0), Scatter())
    gain = errors(made)["Xy.GE"][1]
    assert gain == pytest.approx(-0.075 * 3.0 * ladder_at(circuit, "y"))
    assert errors(powered(circuit, 0, Power(ground=3.0), Scatter()))["Xy.GE"][1] == pytest.approx(-gain)


def test_kinds_are_told_apart_and_nothing_is_there_unasked() -> None:
    circuit, power = board(), Power(0.01, 0.01, 0.04)
    assert powered(circuit, 0, Power(), Scatter()) is circuit
    assert powered(circuit, 0, power, Scatter(), {}) is circuit
    half = powered(circuit, 0, power, Scatter(), {"power.GROUND": 0.5})
    assert errors(half) == errors(powered(circuit, 0, Power(0.005), Scatter()))
    assert {"ground resistance", "rail resistance", "supply voltage"} <= {kind.name for kind in KINDS}
    remark = replace(EXACT, power=power).made(circuit, 2).remarks[-1]
    assert "ground of 10 mohm to the far end; rails of 10 mohm to the far end; supplies within 4 %" in remark


@pytest.mark.parametrize("given", [{"ground": -1.0}, {"rails": float("inf")}, {"tolerance": 0.3}])
def test_what_feeds_no_board(given: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        Power(**given)


def test_ideal_parts_need_no_supply() -> None:
    with pytest.raises(UsageError, match="draw nothing from a supply: `ground`"):
        Board(Lesson("chain"), production=Production(power=Power(0.01)))


@pytest.mark.parametrize(
    "note",
    [
        "common: XX inp inn",
        "common: GE inp",
        "rejection: XX 1m",
        "rejection: GE",
        "follows: GE 75m",
        "follows: GE up 75m",
        "follows: GE vee x",
    ],
)
def test_notes_that_say_nothing(note: str) -> None:
    text = f".subckt pair inp inn out vcc vee params: GE=0\n* spread: GE 1m 2m\n* {note}\n.ends pair\n"
    with pytest.raises(CircuitError):
        _ = parse_cell(f"* {note}\n* spread: GE 1m 2m\n" + text, "pair", "here").spread


def ladder_at(circuit: Circuit, name: str) -> float:
    blocks = laid_out(circuit)
    volts = ladder([current(circuit.cells[each.cell], circuit.cells) for each in blocks])
    return volts[[each.name for each in blocks].index(name)]
