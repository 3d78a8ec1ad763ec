"""Whose a signal and its parts are, and of which block: told where the equation is, and known wherever it gets to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.blocks.bench import SINE, built, system
from vle_analog.circuit.elements import Battery, Capacitor, CurrentSource, Error, Instance, Resistor
from vle_analog.equations.resolve import REALISATIONS, regularize, resolve
from vle_analog.equations.system import EquationSystem, Internal
from vle_analog.owner import Owner
from vle_analog.synthesis.lower import lower

BOARD, TEACHER = Owner.BOARD, Owner.TEACHER
#: a pair of like equations, the first of which is a teacher's
PAIR: EquationSystem = system(
    {"u": ("-u + x*x", 0.0), "v": ("-v + x*x", 0.0)},
    {
        "a": "tanh(u**2 + 1) + retrospective(u, 2)",
        "b": "tanh(v**2 + 1) + retrospective(v, 2)",
        "c": "prospective(x, 2)",
    },
    inputs={"x": SINE},
)
TAUGHT = PAIR.updated(
    states=(replace(PAIR.states[0], owner=TEACHER), PAIR.states[1]),
    definitions=(replace(PAIR.definitions[0], owner=TEACHER), *PAIR.definitions[1:]),
)


@pytest.mark.parametrize("realisation", REALISATIONS)
def test_internal_signals_belong_to_whose_equation_needs_them(realisation: str) -> None:
    explicit = resolve(TAUGHT, realisation)
    assert explicit.internal == {"a__lag1": Internal(TEACHER, "a"), "b__lag1": Internal(BOARD, "b")}
    diagram = lower(TAUGHT, realisation)
    known = {name: diagram.system.owner_of(name) for name in diagram.signals}
    its = {name for name, owner in known.items() if owner is TEACHER}
    assert {"u", "a", "a__lag1", "u__u"} <= its and not its & {"v", "b", "c", "x", "b__lag1", "v__v"}
    # x*x is of both: a teacher has no part in common with a board
    assert {name: owner for name, owner in known.items() if name.startswith("x__x")} == {
        "x__x": TEACHER,
        "x__x2": BOARD,
    }
    again = diagram.read_back
    assert {each.owner for each in again.states if str(each.symbol) == "u"} == {TEACHER}
    assert all(again.owner_of(name) is owner for name, owner in known.items())


def test_equal_subexpressions_of_one_owner_are_one_signal() -> None:
    assert [name for name in lower(PAIR).signals if name.startswith("x__x")] == ["x__x"]


def test_families_are_what_internal_names_begin_with() -> None:
    diagram = lower(TAUGHT, "differentiator")
    families = {name: diagram.system.family_of(name) for name in diagram.signals}
    assert families["u"] == "u" and families["a__lag1"] == "a"
    assert families["u__u"] == "u" and families["c__d"] == "c" and families["tanh__a__sum"] == "tanh"
    assert families["a__sum"] == "a"


def test_look_ahead_of_finite_bandwidth_keeps_its_owner() -> None:
    own = system({"u": ("-u", 1.0)}, {"y": "prospective(x, 2)"}, inputs={"x": SINE})
    own = own.updated(definitions=tuple(replace(each, owner=TEACHER) for each in own.definitions))
    wide = regularize(resolve(own), 100.0)
    assert [each.owner for each in wide.states] == [BOARD, TEACHER] and wide.definitions[0].owner is TEACHER


def test_sections_are_their_signals_owner_s_and_parts_know_their_block() -> None:
    circuit = built(TAUGHT)
    blocks = {(type(each), each.name): (owner, each.block) for owner, each in circuit.owned_elements() if parts(each)}
    assert blocks[Resistor, "u__1"] == (TEACHER, "u") and blocks[Resistor, "v__1"] == (BOARD, "v")
    assert blocks[Resistor, "a__lag1__1"] == (TEACHER, "a")
    assert blocks[Instance, "u"] == (TEACHER, "") and blocks[Instance, "x__x2"] == (BOARD, "x")
    whole = circuit.owned_by(BOARD)
    assert {owner for owner, _ in whole.owned_elements()} == {BOARD}
    assert list(whole.elements()) == list(circuit.elements())


def test_inverted_copies_carry_their_signal_and_are_of_its_block() -> None:
    given = system({"u": ("-u + x", 0.0)}, {"y": "u - x", "z": "u + x"}, inputs={"x": SINE}, outputs=("y", "z"))
    circuit = built(given)
    made = {
        each.name: each.block for each in circuit.elements() if isinstance(each, Instance) and each.cell == "inverter"
    }
    assert made and {node: circuit.signal_at(node) for node in made} == made == circuit.inverted
    assert circuit.signal_at("u") == "u"


def parts(element: object) -> bool:
    return isinstance(element, Resistor | Capacitor | Instance)


def test_what_a_part_knows_beside_its_netlist_line_makes_no_other_design() -> None:
    """Designs are told apart by what their elements look like, and tasks by what their equations do."""
    one = Resistor("r", ("a", "b"), 1.0), Instance("u", ("0", "s", "u"), "summer"), Capacitor("c", ("a", "b"), 1.0)
    assert [repr(replace(each, block="u")) for each in one] == [repr(each) for each in one]  # type: ignore[type-var]
    error = Error("u", "VOS")
    assert repr(Battery("b", ("a", "b"), 1.0, error)) == repr(Battery("b", ("a", "b"), 1.0))
    assert repr(CurrentSource("b", ("a", "b"), 1.0, error)) == repr(CurrentSource("b", ("a", "b"), 1.0))
    assert repr(TAUGHT) == repr(PAIR) and TAUGHT != PAIR
