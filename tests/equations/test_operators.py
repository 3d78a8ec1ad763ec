"""The laws of the temporal operators, symbolically and in the frequency domain."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from vle_analog.equations.operators import (
    TemporalOperator,
    adjoint_prospective,
    adjoint_retrospective,
    prospective,
    retrospective,
)

x, tau, other, s = sp.symbols("x tau other s")
w = np.geomspace(1e-2, 1e2, 41)


def response(operator: type[TemporalOperator], time_constant: float) -> np.ndarray:
    function = sp.lambdify(s, operator.transfer_function(s, sp.Float(time_constant)), "numpy")
    return np.asarray(function(1j * w))


@pytest.mark.parametrize(
    "outer, inner",
    [
        (retrospective, prospective),
        (prospective, retrospective),
        (adjoint_prospective, adjoint_retrospective),
        (adjoint_retrospective, adjoint_prospective),
    ],
)
def test_inverses_cancel(outer: type[TemporalOperator], inner: type[TemporalOperator]) -> None:
    expression = outer(inner(x, tau), tau)
    assert expression != x  # not unasked
    assert expression.doit() == x
    assert sp.simplify(outer.transfer_function(s, tau) * inner.transfer_function(s, tau)) == 1


@pytest.mark.parametrize("outer, inner", [(retrospective, prospective), (prospective, retrospective)])
def test_nothing_cancels_where_time_constants_differ(
    outer: type[TemporalOperator], inner: type[TemporalOperator]
) -> None:
    assert outer(inner(x, tau), other).doit() == outer(inner(x, tau), other)


def test_cancelling_works_inside_and_through_several_levels() -> None:
    nested = retrospective(retrospective(prospective(prospective(x, other), tau), tau), other)
    assert nested.doit() == x
    assert (1 + sp.tanh(retrospective(prospective(x, tau), tau))).doit() == 1 + sp.tanh(x)


def test_all_pass_identity() -> None:
    """D- I- = 2 I- - 1: one leaky integrator and one summer; its gain is 1 at every frequency."""
    assert adjoint_prospective(retrospective(x, tau), tau).doit() == 2 * retrospective(x, tau) - x
    product = adjoint_prospective.transfer_function(s, tau) * retrospective.transfer_function(s, tau)
    assert sp.simplify(product - (2 * retrospective.transfer_function(s, tau) - 1)) == 0
    np.testing.assert_allclose(np.abs(response(adjoint_prospective, 1.5) * response(retrospective, 1.5)), 1)


@pytest.mark.parametrize("time_constant", [0.1, 1.0, 7.0])
def test_prospective_and_its_acausal_stand_in_have_the_same_phase(time_constant: float) -> None:
    ahead, future = response(prospective, time_constant), response(adjoint_retrospective, time_constant)
    np.testing.assert_allclose(np.angle(ahead), np.arctan(w * time_constant))
    np.testing.assert_allclose(np.angle(ahead), np.angle(future))
    np.testing.assert_allclose(np.abs(ahead) / np.abs(future), 1 + (w * time_constant) ** 2)
    back, minus = response(retrospective, time_constant), response(adjoint_prospective, time_constant)
    np.testing.assert_allclose(np.angle(back), np.angle(minus))
    np.testing.assert_allclose(np.abs(minus) / np.abs(back), 1 + (w * time_constant) ** 2)


def test_adjoints_are_the_conjugate_responses() -> None:
    np.testing.assert_allclose(response(adjoint_prospective, 2.0), np.conj(response(prospective, 2.0)))
    np.testing.assert_allclose(response(adjoint_retrospective, 2.0), np.conj(response(retrospective, 2.0)))


def test_operators_take_two_arguments() -> None:
    with pytest.raises(TypeError):
        prospective(x)
