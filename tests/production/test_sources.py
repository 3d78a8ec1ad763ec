"""Sources that are off: who hears it, how far, and both simulators against the law."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.blocks.bench import built, system, transient
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Battery, Drive, Instance, Resistor
from vle_analog.circuit.parts import chosen
from vle_analog.design.build import Build
from vle_analog.engine.engine import Engine
from vle_analog.errors import UsageError
from vle_analog.fleet.blueprint import values
from vle_analog.fleet.fleet import Fleet
from vle_analog.fleet.nonidealities import SOURCES, scales, sizes
from vle_analog.fleet.nonidealities import built as with_kinds
from vle_analog.fleet.part_words import part_words
from vle_analog.fleet.parts_table import parts_table
from vle_analog.lesson.board import Board
from vle_analog.lesson.lesson import Lesson
from vle_analog.owner import Owner
from vle_analog.production.production import Production
from vle_analog.production.sources import source_nodes, source_offsets, sourced
from vle_analog.production.variation import Scatter
from vle_analog.stimulus import Constant
from vle_analog.tasks import chain

VOLTS = 0.3


@cache
def learning() -> Circuit:
    return built(chain("vle", span=100.0).system, technology=chosen("macromodel"))


def test_a_board_hears_its_inputs_and_its_teacher_with_offsets_and_a_teacher_the_input_exactly() -> None:
    circuit = learning()
    made = sourced(circuit, 3, VOLTS, Scatter())
    made.check()
    assert set(source_offsets(made)) == {"Vx__source", "Vtarget__source"}
    for owner, element in made.owned_elements():
        if isinstance(element, Instance | Resistor):
            heard = {"x__source", "target__source"} if owner is Owner.BOARD else {"x", "target"}
            unheard = {"x", "target", "x__source", "target__source"} - heard
            assert unheard.isdisjoint(element.nodes)


def test_an_inverted_copy_that_is_the_teachers_is_off_by_as_much() -> None:
    circuit = built(system({"u": ("-u + a - b", 0.0)}, {}, {"a": Constant(0.3), "b": Constant(0.3)}))
    (copy,) = circuit.inverted  # the board's own: it hears the source with its offset, and inverts that
    ours = source_offsets(sourced(circuit, 0, VOLTS, Scatter()))
    assert set(ours) == {"Va__source", "Vb__source"}
    sections = tuple(
        replace(each, owner=Owner.TEACHER) if any(part.name == copy for part in each.elements) else each
        for each in circuit.sections
    )
    theirs = source_offsets(sourced(replace(circuit, sections=sections), 0, VOLTS, Scatter()))
    assert theirs[f"V{copy}__source"] == -ours[f"V{circuit.inverted[copy]}__source"]


def test_how_far() -> None:
    circuit = learning()
    found = np.array([[*source_offsets(sourced(circuit, board, VOLTS, Scatter())).values()] for board in range(300)])
    assert np.std(found, axis=0) == pytest.approx(VOLTS / 3, rel=0.12) and abs(found).max() <= VOLTS
    assert np.corrcoef(found.T)[0, 1] == pytest.approx(0, abs=0.2)
    assert values(sourced(circuit, 0, VOLTS, Scatter())).keys() >= {"Vx__source", "Vtarget__source"}


def test_nothing_is_there_unasked_and_a_factor_of_zero_keeps_the_structure() -> None:
    circuit = learning()
    assert sourced(circuit, 0, 0.0, Scatter()) is circuit and sourced(circuit, 0, VOLTS, Scatter(), {}) is circuit
    none, half = (sourced(circuit, 5, VOLTS, Scatter(), {"source.OFFSET": factor}) for factor in (0.0, 0.5))
    whole = source_offsets(sourced(circuit, 5, VOLTS, Scatter()))
    assert source_offsets(none) == dict.fromkeys(whole, 0.0)
    assert source_offsets(half) == {name: 0.5 * volts for name, volts in whole.items()}
    assert "inputs and teacher off by at most 300 mV" in Production(sources=VOLTS).made(circuit, 1).remarks[-1]
    with pytest.raises(UsageError, match="`sources` must be a voltage"):
        Production(sources=-1.0)


def test_both_simulators_hear_it(tmp_path: Path) -> None:
    given = system(
        {"u": ("-u + 0.5*z", 0.0)}, {"z": "a*b"}, {"a": Constant(0.7), "b": Constant(-0.6)}, outputs=("z", "u")
    )
    circuit = built(given, technology=chosen("macromodel"))
    exact = Production(offsets=0.0)
    boards = [exact.made(circuit, 7), Production(offsets=0.0, sources=VOLTS).made(circuit, 7)]
    zero = sourced(circuit, 7, VOLTS, Scatter(), {"source.OFFSET": 0.0})
    off = source_offsets(boards[1])
    a, b = (off[f"V{name}__source"] / circuit.volts_per_unit[name] for name in "ab")
    mine = [
        {name: float(run.signals[name][0][-1]) for name in ("z", "u")}
        for run in (Engine([board], 0.01, ("z", "u")).advance(12.0, every=0.05) for board in (*boards, zero))
    ]
    theirs = [transient(board, tmp_path / str(k), 12.0, 0.05, ("z", "u"), "1e-6") for k, board in enumerate(boards)]
    assert mine[2] == mine[0]
    for name, factor in (("z", 1.0), ("u", 0.5)):
        expected = factor * ((0.7 + a) * (-0.6 + b) + 0.42)
        assert abs(expected) > 1e-3
        assert mine[1][name] - mine[0][name] == pytest.approx(expected, rel=0.01)
        assert float(theirs[1][name][-1] - theirs[0][name][-1]) == pytest.approx(expected, rel=0.01)


def test_sources_are_a_kind_of_boards_even_of_ideal_ones() -> None:
    lesson = Lesson("chain", rule="gle", seed=1, span=80.0)
    for fidelity in ("ideal", "macromodel"):
        board = Board(lesson, build=Build(fidelity=fidelity), production=Production(sources=VOLTS))
        blueprint = Fleet(board).blueprint()
        assert sizes(blueprint)[SOURCES.name] == pytest.approx(VOLTS / 3)
        drives = {element.nodes[0] for element in blueprint.circuit.elements() if isinstance(element, Drive)}
        if fidelity == "macromodel":  # errors are chopped there
            assert {"gate", "clock", "upright", "inverted"} < drives
        assert not {"gate", "clock", "upright", "inverted"} & set(source_nodes(blueprint.circuit))
        made = with_kinds(board.production, blueprint.circuit, 4, scales({SOURCES.name: 2.0}))
        whole = source_offsets(board.production.made(blueprint.circuit, 4))
        assert source_offsets(made) == {name: pytest.approx(2 * volts) for name, volts in whole.items()}
        assert isinstance(next(element for element in made.elements() if element.name == "x__source"), Battery)
        assert f"Vx__source,source.OFFSET,0,{VOLTS / 3:g},{VOLTS:g}," in parts_table(blueprint, 4)
        assert part_words(blueprint.built)["Vtarget__source"] == "offset of target"
    assert board.departures()["sources"] == VOLTS
    assert board.key() != Board(lesson, build=Build(fidelity=fidelity)).key()
