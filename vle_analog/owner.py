"""Who owns a signal and the parts that realise it."""

from __future__ import annotations

from enum import Enum


class Owner(Enum):
    """Who owns a signal and the parts that realise it.

    A task's teacher runs beside the network that learns, in the same circuit, but is no part of the board: it stands
    for whatever gives the target, so that making boards leaves its parts as they were designed.
    """

    BOARD = "board"
    TEACHER = "teacher"
