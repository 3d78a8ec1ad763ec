"""Laws as the engine computes them, against numpy's."""

from __future__ import annotations

import numpy as np
import pytest

from vle_analog.engine.curves import applied
from vle_analog.laws import LAWS
from vle_analog.laws.exponential import exponential

X = np.concatenate([np.linspace(-40, 40, 4001), np.linspace(-1, 1, 1001), [-1e-9, 0.0, 1e-9, 200.0, -200.0, 1e6, -1e6]])
CONSTANTS = {"deadzone": (-0.5, 1.5), "pow": (1.7,)}
#: of laws that grow beyond what double precision holds
MOST = dict.fromkeys(("exp", "sinh", "cosh"), 200.0)


@pytest.mark.parametrize("name", [law.name for law in LAWS.values() if law.cell])
def test_as_exact_as_double_precision_needs(name: str) -> None:
    constants, (low, high) = CONSTANTS.get(name, ()), LAWS[name].domain
    x = X[(low < X) & (high > X) & (np.abs(X) <= MOST.get(name, np.inf))]
    theirs = LAWS[name].numeric(x, *constants)

    found = applied(name, x, *constants)

    assert np.abs(found - theirs).max() <= 1e-13 * max(1.0, float(np.abs(theirs).max()) * 1e-3)


def test_the_exponential_s_relative_error() -> None:
    x = np.linspace(-300, 300, 10_001)

    found = np.array([exponential(each) for each in x])

    assert np.abs(found / np.exp(x) - 1).max() < 1e-12
