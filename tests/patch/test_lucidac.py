"""Configurations of LUCIDAC compute their systems: by its matrices, and in its maker's emulator where that is there."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.patch.machines import configured, ideal, placed, worst
from vle_analog.library import system_files
from vle_analog.patch.lucidac import outputs

FITTING = {
    "duffing", "fitzhugh_nagumo", "harmonic_oscillator", "lorenz", "lotka_volterra", "pendulum", "rc_low_pass",
    "roessler", "state_variable_filter", "van_der_pol", "wilson_cowan",
}  # fmt: skip
QUICK = ["lorenz", "rc_low_pass", "wilson_cowan"]


@pytest.mark.parametrize(
    "name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in sorted(FITTING - {*QUICK}))]
)
def test_a_configured_matrix_computes_the_equations(name: str) -> None:
    patch = placed(name, "lucidac")
    seconds = np.linspace(0, ideal(name).time[-1] * patch.unit, 301)
    found = configured(json.loads(json.dumps(patch.configuration)), seconds)
    elements = {element: found[number] for element, number in outputs(patch.program).items()}
    assert worst(name, patch, elements, seconds) < 1e-3
    assert np.max(np.abs(found)) < 1.0


def test_what_does_not_fit_is_counted() -> None:
    found = {name: placed(name, "lucidac") for name in system_files()}
    assert {name for name, patch in found.items() if patch.fits} == FITTING
    lacking = {
        name: [(each.what, each.needed, each.available) for each in patch.needs if not each.is_met]
        for name, patch in found.items()
        if not patch.fits
    }
    assert lacking == {
        "fast_ring": [("input from outside", 1, 0)],
        "prospective_identity": [("input from outside", 1, 0)],
        "two_neurons": [("integrators", 11, 8), ("multipliers", 6, 4)],
    }
