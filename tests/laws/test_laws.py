"""Each law's forms against each other: sympy's, numpy's, compiled ones, slopes, and what circuits have of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp

from vle_analog.circuit.parts import chosen, devices, library
from vle_analog.circuit.technology import FIDELITIES, ROLES
from vle_analog.engine.curves import applied
from vle_analog.laws import LAWS, Law, law_of
from vle_analog.laws.deadzone import deadzone
from vle_analog.laws.law import Nonlinearity

CONSTANTS = {"deadzone": (-0.5, 1.5), "pow": (1.7,)}
U = sp.Symbol("u")


def grid(law: Law) -> np.ndarray:
    """Arguments within the law's domain."""
    x = np.linspace(-6.0, 6.0, 101)
    return x[(x > law.domain[0]) & (x < law.domain[1])]


def constants(law: Law) -> tuple[float, ...]:
    found = CONSTANTS.get(law.name, ())
    assert len(found) == len(law.constants)
    return found


@pytest.fixture(params=LAWS.values(), ids=LAWS.keys())
def law(request: pytest.FixtureRequest) -> Law:
    return request.param  # type: ignore[no-any-return]


def test_sympy_knows_which_law_it_is(law: Law) -> None:
    assert law_of(law.function(U, *constants(law))) is law
    assert law_of(2 * law.function(U, *constants(law))) is None


def test_the_exact_form_is_the_numeric_one(law: Law) -> None:
    x, given = grid(law), constants(law)
    exact = np.array([law.exact(float(each), *given) for each in x])
    np.testing.assert_allclose(exact, law.numeric(x, *given), rtol=1e-14, atol=1e-15)


def test_the_fast_form_is_the_numeric_one(law: Law) -> None:
    if law.cell:
        x, given = grid(law), constants(law)
        np.testing.assert_allclose(applied(law.name, x, *given), law.numeric(x, *given), rtol=1e-12, atol=1e-13)


def test_slope_and_derivative_are_those_of_the_numeric_form(law: Law) -> None:
    x, given = grid(law)[1:-1], constants(law)
    if law.slope is None:
        if issubclass(law.function, Nonlinearity):
            with pytest.raises(NotImplementedError):
                sp.diff(law.function(U, *given), U)
        return
    numeric = [{each.name: each.numeric for each in LAWS.values()}, "numpy"]
    derivative = sp.lambdify(U, sp.diff(law.function(U, *given), U), numeric)
    h = 1e-5
    measured = (law.numeric(x + h, *given) - law.numeric(x - h, *given)) / (2 * h)
    np.testing.assert_allclose(law.slope(x, *given), measured, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose([derivative(each) for each in x], measured, rtol=1e-5, atol=1e-9)


def test_it_is_odd_as_it_says(law: Law) -> None:
    if law.domain == (-math.inf, math.inf):
        x, given = grid(law), constants(law)
        assert law.odd(*given) == np.allclose(law.numeric(-x, *given), -law.numeric(x, *given))
    assert LAWS["deadzone"].odd(*deadzone(U, -1, 1).args[1:])


def test_what_pairs_make_of_it(law: Law) -> None:
    if law.pair is not None and law.slope is not None:
        x = grid(law)
        np.testing.assert_allclose([float(law.pair.formula(sp.Float(each))) for each in x], law.numeric(x), rtol=1e-12)
        assert np.max(law.slope(np.linspace(-20, 20, 401))) == pytest.approx(law.pair.steepest, rel=1e-6)


def test_it_has_the_cells_that_it_says(law: Law) -> None:
    assert (law.name in ROLES) == law.cell
    assert law.parts.keys() <= FIDELITIES.keys()
    for fidelity, part in law.parts.items():
        assert devices()[part].role == law.name
        assert chosen(fidelity).part(law.name) == part
    if law.cell:
        cell = library()[law.name]
        assert cell.ports == ("inp", "inn", "out")
        assert cell.parameters == ("kin", "kout", *law.constants)
