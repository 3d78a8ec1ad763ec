"""Multipliers that subtract by both pins of an input."""

from __future__ import annotations

import pytest
import sympy as sp

from tests.blocks.bench import SINE, system
from vle_analog.blocks.multiplier import Multiplier
from vle_analog.circuit.elements import GROUND, Instance
from vle_analog.design.build import Build
from vle_analog.design.design import Design, design
from vle_analog.diagram.diagram import differences
from vle_analog.equations.system import EquationSystem
from vle_analog.errors import SynthesisError, UsageError
from vle_analog.production.devices import device_errors, error_kinds
from vle_analog.production.offsets import scattered
from vle_analog.studies.run.study import run
from vle_analog.synthesis.lower import lower
from vle_analog.synthesis.subtraction import subtracting


def compared(text: str = "-u + x*(3*u - 3*v)") -> EquationSystem:
    """Two states, u by a difference of both, and an input."""
    return system({"u": (text, 0.5), "v": ("-0.5*v + 0.3*x + 0.2", -0.2)}, inputs={"x": SINE})


def amplifiers(made: Design) -> int:
    return sum(element.cell == "summer" for element in made.circuit.elements() if isinstance(element, Instance))


def products(made: Design) -> list[Instance]:
    return [each for each in made.circuit.elements() if isinstance(each, Instance) and each.cell == "multiplier"]


def test_the_equations_stay() -> None:
    given = compared()
    diagram = subtracting(lower(given))
    (product,) = (block for block in diagram.blocks if isinstance(block, Multiplier))
    assert (product.first, product.subtracted) == sp.symbols("u v")
    assert float(product.coefficient) in (3.0, 1.0)
    assert differences(given, diagram.read_back) == []
    assert not any(name.endswith("__sum") for name in diagram.signals)


@pytest.mark.parametrize(
    "text",
    [
        "-u + x*(u - 2*v)",  # no difference of two signals as they are
        "-u + x*(u + v)",
        "-u + x*(1 - v)",
        "-u + (u - v)**2",  # both factors: one input would be left
        "-u + x*(u*v - v)",  # a product's volts per unit are its factors'
        "-u + x*(u - v) + tanh(u - v)",  # somebody else needs the difference
    ],
)
def test_what_is_summed_by_an_op_amp(text: str) -> None:
    diagram = lower(compared(text))
    assert [block.law() for block in subtracting(diagram).blocks] == [block.law() for block in diagram.blocks]


@pytest.mark.parametrize("text", ["-u + x*(0.5*u - 0.5*v)", "-u - x*(v - u)", "-u + (x - v)*(u - v)"])
def test_an_op_amp_less_and_the_same_signals(text: str) -> None:
    given = compared(text)
    with_it, without = design(given, Build(subtract=True)), design(given)
    assert amplifiers(with_it) < amplifiers(without)
    assert any(GROUND not in each.nodes[:2] for each in products(with_it))
    assert run(given, Build(subtract=True)).comparison.trace_nrmse_max < 1e-4


def test_both_have_the_same_volts_per_unit() -> None:
    made = design(compared(), Build(subtract=True))
    assert abs(made.circuit.volts_per_unit["u"]) == abs(made.circuit.volts_per_unit["v"])
    fixed = design(compared(), Build(subtract=True, scales=(("u", 0.5),)))
    assert abs(fixed.circuit.volts_per_unit["v"]) == 0.5
    with pytest.raises(SynthesisError, match="need the same volts per unit") as refused:
        design(compared(), Build(subtract=True, scales=(("u", 0.5), ("v", 0.4))))
    assert "--scale v=0.5" in str(refused.value)


def test_common_mode_counts_where_neither_pin_lies_on_ground() -> None:
    real = Build(fidelity="macromodel")
    kinds = [
        error_kinds(design(compared(), build).circuit) for build in (real, Build(fidelity="macromodel", subtract=True))
    ]
    assert ["multiplier.CX" in each for each in kinds] == [False, True]
    circuit = design(compared(), Build(fidelity="macromodel", subtract=True)).circuit
    (error,) = (each for each in device_errors(scattered(circuit, 3)) if each.parameter == "CX")
    assert 0 < abs(error.value) <= error.spread.most


def test_a_multiplier_of_which_nobody_says_how_it_subtracts() -> None:
    parts = (("multiplier", "multiplier_pwm"),)
    with pytest.raises(UsageError, match="in common") as refused:
        design(compared(), Build(fidelity="macromodel", parts=parts, subtract=True))
    assert "ad633" in str(refused.value)
