"""Lessons: digests that tell them apart, when networks are judged, whose feedback weights they have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vle_analog.lesson.lesson import Lesson

SMALL = Lesson("temporal_xor", rule="gle", eta=0.01, seed=0, span=400.0, moments=3, probe=100.0, settle=40.0)


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": "bp"},
        {"eta": 0.02},
        {"seed": 1},
        {"span": 402.0},
        {"moments": 4},
        {"changes": (("averaging", 60.0),)},
    ],
)
def test_a_key_depends_on_all_that_matters(changes: dict[str, Any]) -> None:
    assert replace(SMALL, **changes).key() != SMALL.key()


def test_a_key_is_the_same_in_another_process(hash_seeds: tuple[Path, Path]) -> None:
    assert {(folder / "key").read_text() for folder in hash_seeds} == {SMALL.key()}


@pytest.mark.parametrize(("span", "end"), [(400.0, 400.0), (401.013, 401.0), (515.0, 515.0)])
def test_the_last_moment_is_the_end_of_the_span(span: float, end: float) -> None:
    times = replace(SMALL, span=span).times(20.0, 0.02)
    assert times[-1] == pytest.approx(end) and (np.diff(times) > 0).all() and times[0] > 0
    assert all(round(time / 20.0) * 20.0 == time for time in times[:-1])


def test_every_seed_has_feedback_weights_of_its_own() -> None:
    tasks = [replace(SMALL, seed=seed, changes=(("feedback", "mirror"),)).build() for seed in (0, 3)]
    assert [task.plasticity.feedback_seed for task in tasks] == [0, 3]
    assert replace(SMALL, seed=3, changes=(("feedback_seed", 7),)).build().plasticity.feedback_seed == 7
