"""Kinds of non-ideality: how much of each boards have, and boards that have so much of each."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.fleet.fleets import ALL, SHORT, mismatched, trimmed, with_board
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import NoiseDrive
from vle_analog.design.build import Build
from vle_analog.fleet.blueprint import Blueprint
from vle_analog.fleet.cases import Cases
from vle_analog.fleet.nonidealities import COMMON_MODE, FEEDS, NOISE, Scales, built, scales, sizes
from vle_analog.production.grades import Grade
from vle_analog.production.noise import noisy
from vle_analog.production.power import Power

SILENT = {**ALL, NOISE.name: 0.0}
GRADES = (Grade("w1", 0.001), Grade("u*", capacitors=0.02))


@pytest.fixture(scope="module")
def real() -> Blueprint:
    """A design of real parts."""
    return SHORT.blueprint()


@pytest.fixture(scope="module")
def ideal() -> Blueprint:
    """A design of ideal parts, whose errors are chopped as those of real ones are."""
    return with_board(SHORT, build=Build(chop="slow")).blueprint()


def asked(blueprint: Blueprint, resistors: float, capacitors: float, **others: object) -> Blueprint:
    """The same design, whose boards have other resistors and capacitors."""
    return replace(
        blueprint, asked=mismatched(replace(SHORT, board=blueprint.asked), resistors, capacitors, **others).board
    )


def made(blueprint: Blueprint, board: int, case: Scales) -> Circuit:
    """A board that has so much of each kind."""
    return built(blueprint.asked.production, blueprint.circuit, board, case)


def test_all_kinds_make_the_board_that_the_design_has(real: Blueprint) -> None:
    assert made(real, 3, scales(SILENT)) == real.board(3)
    assert made(real, 3, scales(ALL)) == noisy(real.board(3), 3)
    nulled = replace(real, asked=trimmed(SHORT).board)
    assert made(nulled, 3, scales(SILENT)) == nulled.board(3)
    assert made(nulled, 3, scales({**SILENT, "trimming": 0.0})) == real.board(3)


def test_what_feeds_a_board_is_a_kind_of_its_own(real: Blueprint) -> None:
    production = replace(real.asked.production, power=Power(0.01, 0.02, 0.03))
    fed = replace(real, asked=replace(real.asked, production=production))
    own = sizes(fed)
    assert (own["ground resistance"], own["rail resistance"], own["supply voltage"]) == (
        0.01,
        0.02,
        pytest.approx(0.01),
    )
    assert made(fed, 3, scales(SILENT)) == real.board(3) != fed.board(3)
    assert made(fed, 3, scales({**SILENT, **{kind.name: 1.0 for kind in FEEDS}})) == fed.board(3)
    assert fed.key != real.key


def test_grades_are_scaled_as_all_other_parts(real: Blueprint, ideal: Blueprint) -> None:
    graded = asked(real, 0.01, 0.05, grades=GRADES)
    assert made(graded, 3, scales(SILENT)) == graded.board(3) != real.board(3)
    half = asked(ideal, 0.005, 0.0, grades=(Grade("w1", 0.0005), Grade("u*", capacitors=0.0)))
    exact = asked(ideal, 0.01, 0.05, grades=GRADES)
    assert made(exact, 3, scales({"resistor mismatch": 0.5})) == half.board(3)
    lone = sizes(asked(real, 0.0, 0.0, grades=(Grade("w1", 0.002),)))
    assert lone["resistor mismatch"] == 0.002 and "capacitor mismatch" not in lone


def test_sizes_are_the_parts_own(real: Blueprint, ideal: Blueprint) -> None:
    own = sizes(real)
    assert set(own) == set(ALL)
    assert own["op-amp offset"] == 0.5e-3 and own["op-amp gain and bandwidth"] == 8e6
    assert own["multiplier output offset"] == 5e-3 and own["resistor mismatch"] == 0.01
    assert own["noise"] == 1
    assert own["multiplier and nonlinear lag"] == pytest.approx(159e-9, rel=1e-2)
    board = replace(real.asked, production=replace(real.asked.production, offsets=0.5))
    halved = sizes(asked(replace(real, asked=board), 0.01, 0.0))
    assert "capacitor mismatch" not in halved
    assert sizes(replace(real, asked=board))["op-amp offset"] == 0.25e-3
    assert set(sizes(ideal)) == {"resistor mismatch", "capacitor mismatch"}


def test_common_mode_is_a_kind_of_boards_that_subtract(real: Blueprint) -> None:
    subtracting = with_board(SHORT, build=replace(SHORT.board.build, subtract=True)).blueprint()
    assert sizes(subtracting) == {**sizes(real), COMMON_MODE.name: 1e-4}
    assert made(subtracting, 3, scales({**SILENT, COMMON_MODE.name: 1.0})) == subtracting.board(3)
    assert made(subtracting, 3, scales(SILENT)) != subtracting.board(3)


def test_without_kinds_real_parts_are_ideal_ones(real: Blueprint, ideal: Blueprint) -> None:
    for case in (scales({}), scales({"resistor mismatch": 1.0})):
        (one,), (other,) = Cases(real, None).run([case], [4]), Cases(ideal, None).run([case], [4])
        # but for the capacitor over a real divider's op-amp, which is the stage's
        assert one[0].loss == pytest.approx(other[0].loss, rel=2e-4)


def test_a_noisy_board_is_the_quiet_one_with_noise_of_its_own(real: Blueprint) -> None:
    nulled = replace(real, asked=trimmed(SHORT).board)
    every = {"op-amp offset": 1.0, "multiplier output offset": 1.0}
    quiet = made(nulled, 3, scales(every))
    one, twice, other = (
        made(nulled, board, scales({**every, NOISE.name: strength})) for board, strength in ((3, 1), (3, 2), (4, 1))
    )
    drives = [[each for each in board.elements() if isinstance(each, NoiseDrive)] for board in (one, twice, other)]
    assert not any(isinstance(each, NoiseDrive) for each in quiet.elements()) and drives[0]
    for a, b, c in zip(*drives, strict=True):
        assert b.noise.density == pytest.approx(2 * a.noise.density) and a.noise.seed == b.noise.seed != c.noise.seed
        assert not re.match(r"t[sumr]\d|target", a.name)
