"""Programs of systems, and machines computed here from what is plugged and set, without their makers' tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from vle_analog.compare.metrics import scale
from vle_analog.design.domains import defined_reference
from vle_analog.design.subject import Subject
from vle_analog.equations.system import EquationSystem
from vle_analog.patch.machine import Patch
from vle_analog.patch.program import UNIT
from vle_analog.studies.patch.study import patched
from vle_analog.synthesis.lower import lower
from vle_analog.waveforms import Waveforms


@cache
def system_of(name: str) -> EquationSystem:
    loaded = Subject(name).load()
    assert isinstance(loaded, EquationSystem)
    return loaded


@cache
def placed(name: str, machine: str) -> Patch:
    return patched(system_of(name), machine)


@cache
def ideal(name: str) -> Waveforms:
    return defined_reference(lower(system_of(name)), solver_error=2e-4).solution.waveforms


def worst(name: str, patch: Patch, elements: Mapping[str, np.ndarray], seconds: np.ndarray) -> float:
    """The largest difference of an output over its range."""
    truth = ideal(name).at(seconds / patch.unit)
    found = 0.0
    for output, row in patch.program.outputs.items():
        value = sum(weight * elements.get(element, 1.0) for element, weight in row.items())
        found = max(found, float(np.max(np.abs(value - truth[output])) / scale(truth[output])))
    return found


def configured(configuration: Mapping[str, Any], seconds: np.ndarray) -> np.ndarray:
    """Outputs 0 to 15 of a LUCIDAC of that configuration, by the matrices of its manual: ``in = I C U out``."""
    cluster = configuration["/0"]
    weights = np.zeros((16, 17))  # the last column is the constant
    for sink, lanes in enumerate(cluster["/I"]["outputs"]):
        for lane in lanes:
            source = cluster["/U"]["outputs"][lane]
            constant = cluster["/U"]["constant"] and source == (14 if lane >= 16 else 15)
            gain = 10 if cluster["/I"]["upscaling"][lane] else 1
            weights[sink, 16 if constant else source] += gain * cluster["/C"]["elements"][lane]
    speeds = np.array([each["k"] for each in cluster["/M0"]["elements"]])

    def every(integrators: np.ndarray) -> np.ndarray:
        out = np.zeros(17)
        out[:8], out[16] = integrators, 1.0
        for _ in range(4):  # multipliers of multipliers
            inputs = weights @ out
            out[8:12] = inputs[8:16:2] * inputs[9:16:2]
        return out

    start = np.array([-each["ic"] for each in cluster["/M0"]["elements"]])
    run = solve_ivp(
        lambda _, y: -speeds * (weights @ every(y))[:8],
        (0, seconds[-1]), start, t_eval=seconds, method="DOP853", rtol=1e-9, atol=1e-11,
    )  # fmt: skip
    return np.array([every(y)[:16] for y in run.y.T]).T


def solved(rates: Callable[[np.ndarray], np.ndarray], start: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """States at some moments."""
    run = solve_ivp(
        lambda _, y: rates(y), (0, seconds[-1]), start, t_eval=seconds, method="DOP853", rtol=1e-9, atol=1e-11
    )
    return np.asarray(run.y)


__all__ = ["UNIT", "configured", "ideal", "placed", "solved", "system_of", "worst"]
