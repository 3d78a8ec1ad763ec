"""A ball that bounces, as a system file: states that an event sets."""

from __future__ import annotations

import numpy as np

#: gravity, and what is left of its speed after an impact
G, E = 9.81, 0.8


def ball_file(unit: float, span: float) -> str:
    """The file's text, by seconds per model unit and model units of its run."""
    return f"""
name = "ball"
[time]
unit = {unit}
span = {span}
[parameters]
g = {G}
e = {E}
[states.h]
derivative = "v"
initial = 1.0
[states.v]
derivative = "-g"
initial = 0.0
[events.bounce]
when = "h < 0"
set = {{ v = "-e*v" }}
"""


def impacts(number: int) -> np.ndarray:
    """Times of the first impacts, model units."""
    first = np.sqrt(2 / G)
    return np.asarray(first * (1 + 2 * np.cumsum(np.concatenate([[0.0], E ** np.arange(1, number)]))))
