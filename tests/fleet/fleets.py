"""Fleets that tests share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vle_analog.design.build import Build
from vle_analog.fleet.fleet import Fleet
from vle_analog.fleet.nonidealities import COMMON_MODE, FEEDS, KINDS
from vle_analog.lesson.board import Board
from vle_analog.lesson.lesson import Lesson
from vle_analog.production.production import Production
from vle_analog.production.trimming import Trim
from vle_analog.production.variation import Tolerance, Variation

#: as much of each kind as boards have, but for what feeds them; a network's matched pairs have no gain error
ALL = {kind.name: 1.0 for kind in KINDS if kind not in (*FEEDS, COMMON_MODE)}
#: a short chain on real parts, all of whose kinds of non-ideality are there
SHORT = Fleet(
    Board(
        Lesson("chain", rule="gle", span=80.0, moments=1),
        build=Build(fidelity="macromodel"),
        production=Production(Variation(Tolerance(0.01), Tolerance(0.05))),
    ),
    boards=2,
)


def with_board(fleet: Fleet, **changes: Any) -> Fleet:
    """A fleet of another board, by the board's fields."""
    return replace(fleet, board=replace(fleet.board, **changes))


def trimmed(fleet: Fleet, step: float = 1e-4) -> Fleet:
    """A fleet whose multipliers are trimmed."""
    return with_board(fleet, production=replace(fleet.board.production, trim=Trim.of(step)))


def mismatched(fleet: Fleet, resistors: float, capacitors: float, **others: Any) -> Fleet:
    """A fleet of other resistors and capacitors; others are fields of its variation."""
    variation = Variation(Tolerance(resistors), Tolerance(capacitors), **others)
    return with_board(fleet, production=replace(fleet.board.production, variation=variation))
