"""Where a stiff system rests: it is settled by the method that its reference took."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from vle_analog.design.operating_point import settled
from vle_analog.equations.written import system
from vle_analog.reference.accuracy import reference
from vle_analog.stimulus import Sines


def test_a_stiff_system_settles_where_its_input_holds_it() -> None:
    x, y, u = sp.symbols("x y u")
    played = Sines((1.0,), (0.05,), (np.pi / 2,))  # 1 at the start
    stiff = system("stiff", x=1e6 * (y - x), y=u - y, where={"u": played}, initial={"x": 0.5, "y": 0.5}, span=10)
    solution = reference(stiff).solution
    assert solution.stiff
    assert settled(stiff, solution) == pytest.approx(1 - 0.5 * np.exp(-10), rel=1e-7)
