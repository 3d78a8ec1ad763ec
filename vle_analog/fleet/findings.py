"""What every study of a fleet tells of its boards, whatever it found out of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vle_analog.compare.criterion import LOSS_WORDS
from vle_analog.design.built import Built


@dataclass(frozen=True, kw_only=True)
class FleetFindings:
    """Findings about boards of one design.

    Attributes:
        task: name of the task or system that they are for.
        mode: what they are used for.
        settings: what all of them have in common, by name, for records.
        measured: what a loss is, for people.
        built: what they are of, for those who read of it.
    """

    task: str
    mode: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    measured: str = LOSS_WORDS
    built: Built | None = None
