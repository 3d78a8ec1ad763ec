"""A ball that bounces, as a system file: states that an event sets."""

from __future__ import annotations


def ball_file(unit: float, span: float) -> str:
    """The file's text, by seconds per model unit and model units of its run."""
    return f"""
name = "ball"
[time]
unit = {unit}
span = {span}
[parameters]
g = 9.81
e = 0.8
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
