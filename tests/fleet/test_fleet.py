"""Fleets as values: which boards, what is good, what a record says of them, what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fleet.fleets import SHORT, mismatched, trimmed, with_board
from vle_analog.compare.criterion import Criterion
from vle_analog.errors import UsageError
from vle_analog.fleet.fleet import refuse_unscaled
from vle_analog.lesson.lesson import Lesson
from vle_analog.production.grades import Grade
from vle_analog.production.production import Production

USUAL = Criterion("accuracy", ">=", 0.95), Criterion("loss", "<=", 0.2)


def test_numbers_go_on_from_the_first() -> None:
    assert list(replace(SHORT, boards=3, first=5).numbers) == [5, 6, 7] and SHORT.task == "chain"
    with pytest.raises(UsageError, match="`boards` must be at least 1, not 0"):
        replace(SHORT, boards=0)
    with pytest.raises(UsageError, match="`first` must not be negative, not -1"):
        replace(SHORT, first=-1)
    with pytest.raises(UsageError, match=r"must be at least 0 and below 0\.5, not 5"):
        mismatched(SHORT, 5.0, 0.0)


def test_criteria_fit_the_task() -> None:
    xor = with_board(SHORT, lesson=Lesson("xor_small"))
    given = Criterion("accuracy", ">=", 0.8)
    assert SHORT.criterion(None, USUAL) == USUAL[1] and xor.criterion(None, USUAL) == USUAL[0]
    assert xor.criterion(given, USUAL) == given
    with pytest.raises(UsageError, match="answers of task 'chain' are not right or wrong") as error:
        SHORT.criterion(given, USUAL)
    assert error.value.hint == "ask for `criterion='loss<=0.2'`"


def test_a_record_says_what_is_not_as_usual() -> None:
    fleet = trimmed(mismatched(SHORT, 0.01, 0.02, grades=(Grade("w1", 0.001),)))
    blueprint = replace(fleet, first=3).blueprint()
    settings = replace(fleet, first=3).settings(blueprint)
    assert settings["key"] == blueprint.key and settings["first_board"] == 3 and settings["span"] == 80.0
    assert (settings["rule"], settings["fidelity"], settings["trim"]) == ("gle", "macromodel", 1e-4)
    assert (settings["resistors"], settings["capacitors"]) == (0.01, 0.02)
    assert settings["grades"] == [{"blocks": "w1", "resistors": 0.001, "capacitors": None}]
    assert "noise_scale" not in settings and settings["parts"]["opamps"] > 10 and settings["variance"] > 0


def test_what_cannot_be_scaled_is_refused() -> None:
    refuse_unscaled(trimmed(SHORT))
    for made, name in ((Production(noise_scale=2.0), "noise_scale"), (Production(noise=3), "noise")):
        with pytest.raises(UsageError, match=f"`{name}` is not among what this study varies"):
            refuse_unscaled(with_board(SHORT, production=made))
    with pytest.raises(UsageError, match="`celsius` is not among"):
        refuse_unscaled(mismatched(SHORT, 0.01, 0.01, celsius=40.0))
