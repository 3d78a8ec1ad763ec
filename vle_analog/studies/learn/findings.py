"""What comparisons of learning rules tell of their runs, ideal ones and circuits alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vle_analog.equations.system import EquationSystem
from vle_analog.tasks.answers import BITS, AnswerKind


@dataclass(frozen=True, kw_only=True)
class LearningFindings:
    """Findings about runs of one task.

    Attributes:
        task: its name.
        threshold: relative loss that counts as learned.
        settings: what all runs have in common, by name, for the record.
        colors: that rules say they are drawn in, by what they are called.
        system: the first rule's equations.
        answers: what right answers are, where the task has any.
    """

    task: str
    threshold: float
    settings: Mapping[str, Any] = field(default_factory=dict)
    colors: Mapping[str, str | None] = field(default_factory=dict)
    system: EquationSystem | None = field(default=None, compare=False)  # has arrays
    answers: AnswerKind = BITS
