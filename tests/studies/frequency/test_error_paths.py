"""Error paths over frequency: laws of the rules, and formulas against the equations that run."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp

from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import EquationSystem, Input
from vle_analog.errors import UsageError
from vle_analog.learning.action import error_path
from vle_analog.learning.error_neuron import ErrorNeuron, error_neuron
from vle_analog.learning.learned import PlasticEquations
from vle_analog.learning.plasticity import Plasticity
from vle_analog.reference.integrator import Integrator
from vle_analog.stimulus import Sines
from vle_analog.studies.frequency.error_paths import RULES, coefficients, measured, response, transfer

W = np.geomspace(0.03, 300, 41)


def residual(rule: str, spectrum: list[float], k: tuple[float, float, float]) -> float:
    """Mean square of the Euler-Lagrange residual, from its definition alone."""
    s = 1j * np.asarray(spectrum)
    lag = 1 / (1 + s)
    wanted = (1 - 0.1 * s) * lag**2
    found = (2 * lag - 1) * lag * response(rule, spectrum, 1.0, 0.1, k)
    return float(np.mean(np.abs(wanted - found) ** 2))


@pytest.mark.parametrize("tau_m, tau_r", [(1.0, 0.1), (0.3, 0.05), (0.2, 0.7)])
def test_gle_has_the_phase_and_not_the_gain(tau_m: float, tau_r: float) -> None:
    ratio = response("gle", W, tau_m, tau_r) / response("adjoint", W, tau_m, tau_r)
    np.testing.assert_allclose(np.angle(ratio), 0, atol=1e-14)
    np.testing.assert_allclose(np.abs(ratio), (1 + W**2 * tau_m**2) / (1 + W**2 * tau_r**2), rtol=1e-13)


def test_bp_has_neither() -> None:
    assert transfer("bp") == 1
    assert np.abs(np.angle(response("adjoint", W))).max() > 0.9


@pytest.mark.parametrize("rule", ["vle1", "vle2", "vle3"])
@pytest.mark.parametrize("w", [0.2, 1.0, 5.0, 20.0])
def test_one_frequency_is_matched_exactly(rule: str, w: float) -> None:
    k = coefficients(rule, w, 1.0, 0.1)
    np.testing.assert_allclose(response(rule, w, 1.0, 0.1, k), response("adjoint", w, 1.0, 0.1), rtol=1e-9)


@pytest.mark.parametrize("w", [0.2, 1.0, 5.0, 20.0])
def test_vle1_settles_at_the_inverse_of_gles_excess(w: float) -> None:
    ka, kb, kc = coefficients("vle1", w, 0.8, 0.1)
    assert ka == pytest.approx((1 + w**2 * 0.1**2) / (1 + w**2 * 0.8**2), rel=1e-12)
    assert (kb, kc) == (0.8 * ka, 0)


def test_coefficients_minimise_the_residual_and_more_of_them_do_so_better() -> None:
    spectrum = np.geomspace(0.3, 10, 10).tolist()
    best = {}
    for rule, free in (("vle1", (1, 1, 0)), ("vle2", (1, 0, 0)), ("vle2", (0, 1, 0)), ("vle3", (0, 0, 1))):
        k = coefficients(rule, spectrum)
        best[rule] = residual(rule, spectrum, k)
        for change in (1e-3, -1e-3):
            moved = tuple(a + change * b for a, b in zip(k, free, strict=True))
            assert residual(rule, spectrum, moved) > best[rule]  # type: ignore[arg-type]
    assert residual("gle", spectrum, (1, 1, 0)) > best["vle1"] > best["vle2"] > best["vle3"] > 0


def test_silent_frequencies_do_not_count() -> None:
    loud = coefficients("vle2", [0.5, 2.0], amplitudes=[1.0, 3.0])
    np.testing.assert_allclose(coefficients("vle2", [0.5, 2.0, 9.0], amplitudes=[1.0, 3.0, 0.0]), loud, rtol=1e-12)
    assert coefficients("gle", [0.5], 2.0) == (1.0, 2.0, 0.0)


def test_equations_do_what_their_formulas_say() -> None:
    points, k = np.array([0.2, 1.0, 4.0, 30.0]), {rule: (0.7, 0.4, -0.3) for rule in ("vle1", "vle2", "vle3")}
    found = measured(points, 1.3, 0.2, k)
    assert set(found) == set(RULES)
    for rule, values in found.items():
        np.testing.assert_allclose(values, response(rule, points, 1.3, 0.2, k.get(rule, (1, 1.3, 0))), rtol=1e-5)


@pytest.mark.parametrize("rule, spectrum", [("vle1", [1.0]), ("vle1", [0.5, 2.0]), ("vle2", [0.5, 2.0])])
def test_the_networks_error_neuron_learns_these_coefficients(rule: str, spectrum: list[float]) -> None:
    """The running rule, its coefficients learning, settles at the least-squares solution."""
    equations, p = PlasticEquations(), sp.Symbol("p")
    tau_m, tau_r = (equations.parameter(sp.Symbol(name), value) for name, value in (("tau_m1", 1.0), ("tau_r1", 0.1)))
    plasticity = Plasticity(rule, eta_backward=0.02, power=1.0)
    exact = error_path("adjoint", p, tau_m, tau_r)
    error_neuron(ErrorNeuron(equations, 1, exact, 1.0, plasticity))
    sines = Sines((1.0,) * len(spectrum), tuple(w / (2 * math.pi) for w in spectrum), (0.0,) * len(spectrum))
    system = EquationSystem(
        "neuron", tuple(equations.states), tuple(equations.definitions), (Input(p, sines),), tuple(equations.parameters)
    )
    names = ["ka1", "kb1"][: 1 if rule == "vle1" else 2]
    waves = Integrator(resolve(system)).run(0.05, span=4000.0, record=names).waveforms
    late = waves.time > 3000
    found = [float(waves.signals[name][late].mean()) for name in names]
    np.testing.assert_allclose(found, coefficients(rule, spectrum)[: len(names)], rtol=0.01)


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown rule"):
        transfer("glee")
