"""A state that spans decades: the run says so, and the same system in other states is as it should be."""

from __future__ import annotations

import pytest

import vle_analog as va


@pytest.mark.slow
def test_a_state_that_is_lost_in_finite_gain_is_told_and_the_remedy_works() -> None:
    """Relaxation of van der Pol's oscillator, mu = 1000: its speed is 1e-3 between flips of 1333."""
    where = {"mu": 1000.0}
    direct = va.system(x="y", y="mu*(1 - x**2)*y - x", initial={"x": 2.0}, where=where, span=3000)
    other = va.system(
        x="mu*(x - x**3/3 + z)", z="-x/mu", initial={"x": 2.0, "z": 2 / 3}, where=where, span=3000
    )  # fmt: skip
    lost, well = va.run(direct), va.run(other)
    assert not lost.within_bound and well.within_bound and well.told(well).warnings == []
    told = lost.told(lost).warnings
    assert len(told) == 2 and "'y' stays under" in told[1] and "Lienard" in told[1]
