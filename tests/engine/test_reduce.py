"""A stage's formulas: those of the textbook where the op-amp is ideal, first-order corrections where it is not."""

from __future__ import annotations

import pytest
import sympy as sp

from vle_analog.circuit.cell.cell import Cell, parse_cell
from vle_analog.circuit.parts import chosen, library
from vle_analog.engine.figures import device, op_amp
from vle_analog.engine.reduce import Reduced, reduced
from vle_analog.errors import CircuitError

CELLS = library()
A, T, GIN, R, C, R1, R2, C1, C2, RS, RF, IC = sp.symbols("a t Gin R C R1 R2 C1 C2 RS RF IC")


def law(name: str, cell: Cell | None = None) -> Reduced:
    cell = cell or CELLS[name]
    return reduced(cell, tuple(sorted((each, str(CELLS[each].role)) for each in set(cell.uses))))


def ideal(expression: sp.Expr) -> sp.Expr:
    return sp.simplify(expression.subs({A: 0, T: 0}))


def transfer(found: Reduced, source: str) -> sp.Expr:
    """v(out) over a source in the Laplace domain, op-amp ideal, for a stage with one state."""
    s = sp.Symbol("s")
    state, rates = found.states[0], found.rates[0]
    charge = ideal(rates.get(source, sp.S.Zero)) / (s - ideal(rates.get(state, sp.S.Zero)))
    return sp.simplify(ideal(found.output[state]) * charge + ideal(found.output.get(source, sp.S.Zero)))


def test_a_summer_is_a_transresistance_and_a_noise_gain() -> None:
    found = law("summer")

    assert ideal(found.output["J"]) == -R
    assert ideal(found.output["p"]) == 1 + GIN * R
    assert sp.simplify(found.lag.subs(A, 0) - T * (1 + GIN * R)) == 0
    gain = found.output["J"] / -R
    assert sp.simplify(sp.diff(gain, A).subs(A, 0) + 1 + GIN * R) == 0  # one over loop gain


def test_the_textbook_s_transfer_functions() -> None:
    s = sp.Symbol("s")
    expected = {
        ("leaky_integrator", "J"): -R / (1 + s * R * C),
        ("integrator", "J"): -1 / (s * C),
        ("lead", "in"): -(R2 / R1) * (1 + s * R1 * C1) / (1 + s * R2 * C2),
        ("differentiator", "in"): -s * RF * C / (1 + s * RS * C),
    }
    for (name, source), formula in expected.items():
        assert sp.simplify(transfer(law(name), source) - formula) == 0, name


def test_an_op_amp_s_speed_to_first_order() -> None:
    """The exact leaky integrator with ``v(s) = -t dv/dt`` has ``-v = J / ((1 + t s)(s C + 1/R) + Gin t s)``."""
    s = sp.Symbol("s")
    found = law("leaky_integrator")
    state = found.states[0]
    rate, output = (each.subs(A, 0) for each in (found.rates[0][state], found.output[state]))
    mine = output / (s - rate) / (1 + s * found.lag.subs(A, 0))
    exact = -1 / ((1 + T * s) * (s * C + 1 / R) + GIN * T * s)
    assert sp.simplify(sp.diff(mine - exact, T).subs(T, 0)) == 0


def test_a_divider_to_first_order_in_gain_and_speed() -> None:
    """Kirchhoff at s with a multiplier of gain k in the feedback and ``v(s) = -(a + t s) v``."""
    s, k, v, ref = sp.symbols("s k v ref")
    at_s = -(A + T * s) * v
    balance = (at_s - ref) / R1 + (at_s - k * v) / R2 + s * C * (at_s - v)
    exact = sp.solve(balance, v)[0] / ref
    found = law("divider")
    assert found.demand is not None
    mine = (found.output["ref"] / (k + sum(each * s**n for n, each in enumerate(found.demand)))).subs(GIN, 0)
    for error in (A, T):
        apart = sp.diff(mine - exact, error).subs({A: 0, T: 0})
        assert sp.simplify(apart) == 0, error
    assert sp.simplify((mine - exact).subs({A: 0, T: 0})) == 0


def test_a_capacitor_out_of_place_beside_a_multiplier_is_refused() -> None:
    text = CELLS["divider"].subckt.replace("Cf out s {C}", "Cf out m {C}")
    with pytest.raises(CircuitError, match="beside a multiplier"):
        law("divider", parse_cell(text, "divider", "here"))


def test_charges_at_the_start_are_the_capacitors_own() -> None:
    assert law("integrator").start == (-C * IC,)


def test_a_stage_that_cannot_be_reduced_is_refused() -> None:
    text = ".subckt odd p s out params: R=1k\nRf s out {R}\nL1 s 0 1m\nXA p s out opamp\n.ends odd\n"
    with pytest.raises(CircuitError, match="cannot reduce 'L1 s 0 1m'"):
        law("odd", parse_cell(text, "odd", "here"))


def test_a_new_stage_needs_no_code() -> None:
    text = ".subckt buffer p s out params: R=1k\nRf s out {R}\nXA p s out opamp\n.ends buffer\n"
    assert ideal(law("buffer", parse_cell(text, "buffer", "here")).output["p"]) == 1 + GIN * R


def test_figures_come_from_the_part_s_file() -> None:
    cells = library(chosen("macromodel"))
    found = op_amp(cells["opamp"], cells)

    assert found.a == 1e-6
    assert found.t == pytest.approx(1 / (2 * sp.pi.evalf() * 8e6))
    assert (found.low, found.high) == (-14.6, 13.9)
    product = device(cells["multiplier"], cells)
    assert product.feedthrough == 3e-3
    assert product.lag == pytest.approx(1.591549e-7)


def test_every_op_amp_of_every_fidelity_has_figures() -> None:
    for part in ("opa2134", "opa1642", "opa2277", "opa2188", "tl072", "opamp_bjt"):
        cells = library(chosen("macromodel", {"opamp": part}))
        found = op_amp(cells["opamp"], cells)
        assert 0 < found.a < 1e-4, part
        assert 1e-9 < found.t < 1e-6, part
        assert -15 < found.low < -13 < 13 < found.high < 15, part
