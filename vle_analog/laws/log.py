"""Natural logarithm of a positive signal: the base-emitter voltage of a transistor (log amplifier)."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp

from vle_analog.laws.law import Law, Reach


def exact_log(x: float) -> float:
    """ln x; below the smallest number its value there, for a solver's trial steps."""
    return math.log(max(x, 2.3e-308))


LAW = Law(
    name="log",
    function=sp.log,
    numeric=np.log,
    exact=exact_log,
    slope=lambda x: 1 / np.asarray(x),
    domain=(0.0, math.inf),
    spellings=("ln",),
    latex=r"\ln",
    parts={"macromodel": "log_amplifier", "transistor": "log_amplifier"},
    reach=Reach(0.05, 8),
)
