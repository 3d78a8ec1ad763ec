"""Lessons and boards as values: what is refused, and what their digests depend on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from vle_analog.design.build import Build
from vle_analog.errors import UsageError
from vle_analog.lesson.board import Board
from vle_analog.lesson.lesson import Lesson
from vle_analog.production.grades import Grade
from vle_analog.production.production import Production
from vle_analog.production.rounding import Preferred
from vle_analog.production.trimming import Trim
from vle_analog.production.variation import Tolerance, Variation

CHAIN = Lesson("chain", rule="gle", span=200.0)
REAL = Build(fidelity="macromodel")


@pytest.mark.parametrize(
    "given, text",
    [
        ({"task": "chian"}, "unknown task 'chian'"),
        ({"rule": "gel"}, "unknown rule 'gel'"),
        ({"seed": -1}, "`seed` must not be negative, not -1"),
        ({"moments": 0}, "networks are judged at least once, not 0 times"),
        ({"changes": (("eta", 0.1),)}, "'eta' is no change of a lesson's plasticity"),
    ],
)
def test_lessons_that_are_refused(given: dict[str, Any], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        Lesson(**{"task": "chain", **given})


@pytest.mark.parametrize(
    "given, text",
    [
        ({"mode": "on-board"}, "unknown mode 'on-board'"),
        ({"lesson": replace(CHAIN, rule="adjoint")}, "no circuit learns by 'adjoint'"),
        ({"tuning": 10.0}, "only boards to be fine-tuned are tuned"),
        ({"tuning": -1.0, "mode": "fine-tune"}, "`tuning` must be positive, not -1"),
        ({"marks": 0}, "`marks` must be at least 1, not 0"),
        ({"production": Production(trim=Trim.of(1e-4))}, "ideal multipliers have no offsets to trim"),
    ],
)
def test_boards_that_are_refused(given: dict[str, Any], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        Board(**{"lesson": CHAIN, **given})


@pytest.mark.parametrize(
    "made, text",
    [
        (lambda: Build(realisation="leed"), "unknown realisation of prospective 'leed'"),
        (lambda: Build(bandwidth=1.0), "`bandwidth` must be over 1, not 1"),
        (lambda: Build(step=0.0), "`step` must be positive, not 0"),
        (lambda: Build(fidelity="real"), "no fidelity 'real'"),
        (lambda: Build(parts=(("opamp", "tl0"),)), "no part 'tl0' for the role 'opamp'"),
        (lambda: Production(offsets=-1.0), "`offsets` must be at least 0, not -1"),
        (lambda: Production(trim=Trim.of(0.0)), "`trim` must be a positive voltage, not 0"),
        (lambda: Production(noise=-1), "`noise` must not be negative, not -1"),
        (lambda: Production(noise_scale=-1.0), "`noise_scale` must not be negative, not -1"),
    ],
)
def test_builds_and_productions_that_are_refused(made: Any, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        made()


def test_noise_means_the_same_everywhere() -> None:
    assert Production().strength == 0
    assert Production(noise=3).strength == 1
    assert Production(noise_scale=2.0).strength == Production(noise=3, noise_scale=2.0).strength == 2
    assert Production(noise=3, noise_scale=0.0).strength == 0


def test_a_lesson_has_the_tasks_own_rate_and_span_unless_it_says_otherwise() -> None:
    own = Lesson("chain").settled
    assert (own.eta, own.span) == (1.0, 20_000.0) and own.length == Lesson("chain").length == 20_000.0
    assert Lesson("chain").key() == own.key() == Lesson("chain", eta=1.0).key()
    assert replace(Board(CHAIN), mode="fine-tune").learned_here.span == pytest.approx(20.0)


def test_keys_tell_apart_whatever_changes_results() -> None:
    board = Board(CHAIN, build=REAL)
    sigma = Production(Variation(Tolerance(0.01)))
    others = [
        Board(CHAIN),
        Board(replace(CHAIN, eta=0.3), build=REAL),
        replace(board, mode="deploy"),
        replace(board, mode="deploy", build=Build(series=Preferred("E96"))),
        replace(board, marks=50),
        replace(board, build=replace(REAL, step=0.01)),
        replace(board, build=replace(REAL, parts=(("opamp", "tl072"),))),
        replace(board, build=replace(REAL, scales=(("u1", 0.5),))),
        replace(board, build=replace(REAL, realisation="lead")),
        replace(board, production=sigma),
        replace(board, production=replace(sigma, variation=Variation(Tolerance(0.01, "normal")))),
        replace(board, production=Production(Variation(grades=(Grade("w1", 0.001),)))),
        replace(board, production=Production(Variation(celsius=50.0))),
        replace(board, production=Production(offsets=0.5)),
        replace(board, production=Production(trim=Trim.of(1e-4))),
        replace(board, production=Production(noise=0)),
        replace(board, production=Production(noise=1)),
        replace(board, production=Production(noise_scale=1.0)),
        replace(board, production=Production(noise_scale=2.0)),
    ]
    keys = [each.key() for each in (board, *others)]
    assert len(set(keys)) == len(keys)
    assert board.key() == Board(replace(CHAIN, eta=1.0), build=Build(fidelity="macromodel")).key()
    assert len({board, *others}) == len(keys)  # values that can be looked up, too
    assert board.exact == replace(board, production=sigma).exact == board


def test_departures_are_what_is_not_as_usual() -> None:
    assert Board(CHAIN).departures() == {}
    production = Production(Variation(Tolerance(0.01)), trim=Trim.of(1e-4), noise_scale=2.0)
    assert Board(CHAIN, "deploy", REAL, production).departures() == {
        "resistors": 0.01, "fidelity": "macromodel", "trim": 1e-4, "noise": 0, "noise_scale": 2.0,
    }  # fmt: skip
