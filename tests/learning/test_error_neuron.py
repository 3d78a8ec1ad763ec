"""The learned error neurons: exact for one frequency, least squares for many."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from vle_analog.equations.operators import adjoint_prospective, adjoint_retrospective
from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import EquationSystem, Input
from vle_analog.learning.error_neuron import ErrorNeuron, error_neuron
from vle_analog.learning.learned import PlasticEquations
from vle_analog.learning.plasticity import Plasticity
from vle_analog.reference.integrator import Integrator, Solution
from vle_analog.stimulus import Sines

TAU_R = 0.1


def driven(
    rule: str, tau_m: float, frequencies: tuple[float, ...], averaging: float | None, learned: bool, size: float = 1.0
) -> Solution:
    """One error neuron driven by sines of unit amplitude, 40,000 units: nearly equal residuals separate slowly.

    By sines of another ``size`` for 4,000 units, with coefficients that are bounded.
    """
    p = sp.Symbol("p")
    equations = PlasticEquations()
    tau_r = equations.parameter(sp.Symbol("tau_r"), TAU_R)
    if learned:  # the neuron's conductance is a signal: here one that stands still
        tau = 1 / equations.state(sp.Symbol("g1"), sp.S.Zero * p, 1 / tau_m)
    else:
        tau = equations.parameter(sp.Symbol("tau_m"), tau_m)
    exact = adjoint_retrospective(adjoint_prospective(p, tau_r), tau)
    plasticity = Plasticity(rule, eta_backward=0.01, power=0.01, averaging=averaging, bounded=size != 1)
    error_neuron(ErrorNeuron(equations, 1, exact, tau_m, plasticity))
    phases = tuple(0.7 * n for n in range(len(frequencies)))
    stimulus = Sines((size,) * len(frequencies), tuple(w / (2 * np.pi) for w in frequencies), phases)
    system = EquationSystem(
        "error_neuron",
        tuple(equations.states),
        tuple(equations.definitions),
        (Input(p, stimulus),),
        tuple(equations.parameters),
        outputs=("e1", "p"),
        span=40_000.0 if size == 1 else 4_000.0,
    )
    return Integrator(resolve(system)).run(0.02)


@pytest.mark.parametrize("learned", [False, True])
@pytest.mark.parametrize("averaging", [None, 50.0])
@pytest.mark.parametrize(("rule", "w"), [("vle1", 1.0), ("vle2", 1.0), ("vle2", 0.5), ("vle1", 3.0)])
def test_one_frequency_is_learned_exactly(rule: str, w: float, averaging: float | None, learned: bool) -> None:
    """The gain settles at (1 + w^2 tau_r^2)/(1 + w^2 tau_m^2), the look-ahead at tau_m times that."""
    tau_m = 1.5
    final = driven(rule, tau_m, (w,), averaging, learned).final
    gain = (1 + w**2 * TAU_R**2) / (1 + w**2 * tau_m**2)
    assert final["ka1"] == pytest.approx(gain, rel=1e-3)
    if rule == "vle2":
        assert final["kb1"] == pytest.approx(gain * tau_m, rel=1e-3)


def test_bounded_coefficients_do_not_run_away() -> None:
    """Of residuals ten million times the floor, as those of deep networks are before the average is there."""
    final = driven("vle1", 1.5, (1.0,), 500.0, learned=False, size=1e3).final
    assert final["ka1"] == pytest.approx((1 + TAU_R**2) / (1 + 1.5**2), rel=1e-3)


@pytest.mark.parametrize("tau_m", [0.5, 2.0])
@pytest.mark.parametrize("rule", ["vle1", "vle2", "vle3"])
def test_many_frequencies_give_the_least_squares_coefficients(rule: str, tau_m: float) -> None:
    """Against the normal equations of ``<(y - k . R f)^2>``, solved from the transfer functions."""
    frequencies = (0.3, 1.0, 2.5)
    s = 1j * np.array(frequencies)
    low, v = 1 / (1 + s * tau_m), 1 / (1 + s * TAU_R)
    filtered = (2 * low - 1) * low
    target = (1 - s * TAU_R) * low**2
    basis = {"vle1": [v * (1 + s * tau_m)], "vle2": [v, v * s], "vle3": [v, v * s, v * low]}[rule]
    columns = np.stack([filtered * each for each in basis], axis=1)
    stacked = np.concatenate([columns.real, columns.imag]), np.concatenate([target.real, target.imag])
    wanted = np.linalg.lstsq(*stacked, rcond=None)[0]
    final = driven(rule, tau_m, frequencies, 50.0, learned=False).final
    found = [float(final[name]) for name in ("ka1", "kb1", "kc1")[: len(wanted)]]
    assert found == pytest.approx(wanted.tolist(), rel=0.03, abs=0.02)
