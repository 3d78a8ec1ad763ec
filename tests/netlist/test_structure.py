"""The same circuit for three simulators: an independent reader finds the same nodes, parts, values and laws in each."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import pytest

from tests.netlist.reader import Flat, read
from tests.netlist.structure import differences, random_quantities
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.equations.system import EquationSystem
from vle_analog.equations.systemfile import load_system
from vle_analog.library import system_files
from vle_analog.netlist.dialects import DIALECTS
from vle_analog.netlist.testbench import Deck
from vle_analog.tasks import TASKS, Task

SHORTEST = {
    "chain": 80.0, "complex_signal": 100.0, "first_board": 80.0, "grasp": 100.0, "lagnet": 100.0, "temporal_xor": 100.0,
    "xor_medium": 150.0, "xor_small": 150.0,
}  # fmt: skip
SYSTEMS = ("rc_low_pass", "lorenz", "two_neurons", "fast_ring", "duffing", "prospective_identity", "wilson_cowan")


def system(name: str) -> EquationSystem:
    return load_system(system_files()[name])


def decks(subject: EquationSystem | Task, fidelity: str = "ideal") -> dict[str, Deck]:
    found = design(subject, Build(fidelity=fidelity))
    return {name: render(found.circuit, found.bench) for name, render in DIALECTS.items()}


def assert_equal(found: dict[str, Deck], parts: int) -> None:
    flat = {name: read(deck.text, name, deck.files) for name, deck in found.items()}
    first = flat.pop("ngspice")
    assert len(first.elements) > parts and first.probes and len(first.tran) == 4
    quantities = random_quantities(first, 5)
    for name, other in flat.items():
        assert differences(first, other, quantities) == [], name


def test_every_task_has_its_shortest_span() -> None:
    assert set(SHORTEST) == set(TASKS)


#: as xor_small but for their width, or of a rule of its own
ALIKE = {"xor_medium", "temporal_xor", "first_board"}


@pytest.mark.parametrize(
    ("task", "rule"),
    [("chain", "gle"), ("first_board", "bp"), *((task, "vle") for task in SHORTEST if task not in ALIKE)],
)
def test_tasks(task: str, rule: str) -> None:
    assert_equal(decks(TASKS[task](rule, None, SHORTEST[task])), 40)


@pytest.mark.parametrize("name", SYSTEMS)
def test_systems(name: str) -> None:
    assert_equal(decks(system(name)), 6)


@pytest.mark.parametrize("name", ["lorenz", "two_neurons"])
@pytest.mark.parametrize("fidelity", ["macromodel", "transistor"])
def test_real_parts_hang_on_the_shared_supply(fidelity: str, name: str) -> None:
    found = decks(system(name), fidelity)
    assert_equal(found, 50)
    for deck in found.values():
        assert re.search(r"^\.global vcc vee$", deck.text, re.MULTILINE)


def test_ideal_parts_have_no_supply() -> None:
    for deck in decks(system("lorenz")).values():
        assert ".global" not in deck.text


@cache
def lorenz() -> tuple[str, Flat]:
    text = decks(system("lorenz"))["ltspice"].text
    return text, read(text, "ltspice")


CHANGES: dict[str, tuple[str, Callable[[str], str]]] = {
    "a pin": ("r:x__1", lambda text: text.replace("Rx__1 y x__s", "Rx__1 z x__s")),
    "two pins": ("v:x__y.1", lambda text: text.replace("Xx__y x y x__y", "Xx__y x x x__y")),
    "the order of an op-amp's pins": ("e:x.a.1", lambda text: text.replace("E1 out 0 inp inn", "E1 out 0 inn inp")),
    "a value": ("r:x__1", lambda text: text.replace("78.75k", "78.76k")),
    "a value's prefix": ("c:x.f", lambda text: text.replace(" C=1n", " C=1p")),
    "a first voltage": ("c:x.f", lambda text: text.replace("IC=-3.2", "IC=3.2")),
    "a law": ("v:x__y.1", lambda text: text.replace("*V(x)*V(y)", "*V(x)*V(x)")),
    "a scale": ("v:x__y.1", lambda text: text.replace("x__y multiplier_grounded scale=10", "x__y multiplier_grounded")
                .replace("params: scale=10", "params: scale=11")),
    "a part that is missing": ("r:x__1", lambda text: text.replace("Rx__1 y x__s 78.75k\n", "")),
    "the step": ("9.765625e-08", lambda text: text.replace("0 97.65625n uic", "0 97.6n uic")),
    "a probe": ("['x', 'y', 'z']", lambda text: text.replace("V(y) V(z)\n.tran", "V(y)\n.tran")),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_the_reader_finds_a_deliberate_change(name: str) -> None:
    text, flat = lorenz()
    place, change = CHANGES[name]
    changed = change(text)
    assert changed != text
    found = differences(flat, read(changed, "ltspice"), random_quantities(flat, 10))
    assert any(place in line for line in found), found
