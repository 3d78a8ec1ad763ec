"""Equations are written otherwise where that takes fewer multipliers, and nowhere else."""

from __future__ import annotations

import pytest
import sympy as sp

from tests.blocks.bench import SINE, system
from vle_analog.design.design import design
from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.equations.canonical import canonical_system
from vle_analog.equations.system import EquationSystem
from vle_analog.equations.systemfile import load_system
from vle_analog.library import system_files
from vle_analog.studies.run.study import run
from vle_analog.synthesis.economy import economical
from vle_analog.synthesis.lower import lower


def kinds(diagram: BlockDiagram) -> dict[str, int]:
    found: dict[str, int] = {}
    for block in diagram.blocks:
        found[block.kind] = found.get(block.kind, 0) + 1
    return found


def one(text: str, **others: tuple[str, float]) -> EquationSystem:
    """A system of x, driven by u, with further states."""
    return system({"x": (text, 0.5), **others}, inputs={"u": SINE})


def test_a_common_factor_is_taken_out() -> None:
    given = one("-x + x*y + x*z", y=("-y + u", 0.1), z=("-z - u", 0.2))
    written, told = economical(given, lower)
    before, after = (kinds(lower(each))["multiplier"] for each in (given, written))
    assert (before, after) == (2, 1) and "'x' written as" in told[0] and "fewer multipliers" in told[0]
    x, y, z = sp.symbols("x y z")
    assert sp.expand(written.states[0].derivative) == -x + x * y + x * z  # the same equations
    deck = design(given).deck.text
    assert f"* {told[0]}" in deck


def test_a_term_that_a_resistor_realises_is_not_put_into_a_product() -> None:
    """Boards of real parts are better off: ODEBench 42 so written would have a median error of 8.9 %, not 3.6 %."""
    given = one("-x - x*y/(1 + x**2)", y=("-y + u", 0.1))
    assert economical(given, lower) == (given, ())
    given = one("-2*x + x*y + x*y*u", y=("-y + u", 0.1))
    written, _ = economical(given, lower)
    assert any(addend == -2 * sp.Symbol("x") for addend in sp.Add.make_args(written.states[0].derivative))


def test_a_polynomial_of_two_signals_by_horner() -> None:
    given = one("-x*(1 + x**2*y + x*y + y**2)", y=("-y + u", 0.1))
    written, told = economical(given, lower)
    before, after = (kinds(lower(each))["multiplier"] for each in (given, written))
    assert after < before and told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x - x**3 + u", {"multiplier": 2}),  # powers that share a square take as many as Horner's scheme
        ("x*(1 - x) - x*u", {"multiplier": 1}),
        ("-x + u/(2 + u)", {"divider": 1}),  # a Monod term is a divider of a signal, without a multiplier
        ("-x + u**2/(2 + u**2)", {"divider": 1, "multiplier": 1}),
        ("-x + exp(u)/exp(x)", {"nonlinearity": 1}),  # one exponential of a difference
        ("-x + u*x + 3*u*x**2", {"multiplier": 2}),
    ],
)
def test_forms_that_are_built_cheaply(text: str, expected: dict[str, int]) -> None:
    written, _ = economical(one(text), lower)
    found = kinds(lower(written))
    assert {kind: found.get(kind, 0) for kind in ("multiplier", "divider", "nonlinearity") if kind in found} == expected


@pytest.mark.parametrize("name", sorted(system_files()))
def test_what_is_written_well_stays(name: str) -> None:
    given = load_system(system_files()[name])
    assert economical(given, lower) == (given, ())


def test_the_circuit_with_fewer_parts_follows_the_same_reference(ngspice: str) -> None:
    given = one("-x + 0.5*x*y - 0.3*x*z", y=("-y + u", 0.1), z=("-z - u", 0.2))
    found = run(given)
    assert found.design.circuit.parts["multipliers"] == 1 and found.comparison.trace_nrmse_max < 1e-3
    plain = lower(canonical_system(given))
    assert kinds(plain)["multiplier"] == 2
