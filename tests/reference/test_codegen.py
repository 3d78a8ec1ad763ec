"""Generated integrators: what their sources say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import sympy as sp

from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import EquationSystem, Input, State
from vle_analog.laws.logistic import logistic
from vle_analog.learning.layers import Layer
from vle_analog.learning.learned import PlasticEquations
from vle_analog.learning.network import forward, learning
from vle_analog.learning.plasticity import Plasticity
from vle_analog.reference.codegen import source
from vle_analog.reference.layout import layout
from vle_analog.stimulus import Constant


def network(width: int) -> EquationSystem:
    layers = [
        Layer(width, np.ones((width, 1)), 1.0),
        Layer(width, np.ones((width, width)), 1.0),
        Layer(1, np.ones(width), 1.0),
    ]
    equations, x, target = PlasticEquations(), sp.Symbol("x"), sp.Symbol("target")
    learning(equations, forward(equations, layers, x), target, Plasticity())
    inputs = (Input(x, Constant(1.0)), Input(target, Constant(0.5)))
    return resolve(
        EquationSystem(
            "net", tuple(equations.states), tuple(equations.definitions), inputs, tuple(equations.parameters)
        )
    )


def text(system: EquationSystem) -> str:
    return source(system, layout(system))[0]


def test_equal_systems_have_equal_sources_and_parameters_do_not_enter() -> None:
    assert text(network(5)) == text(network(5))
    system = network(5)
    changed = tuple(
        type(each)(each.symbol, np.asarray(each.value) * 2) if str(each.symbol) == "eta" else each
        for each in system.parameters
    )
    assert text(system.updated(parameters=changed)) == text(system)


def test_size_of_the_source_does_not_depend_on_the_width() -> None:
    small, large = text(network(40)), text(network(90))
    assert small.count("\n") == large.count("\n")
    assert len(large) < 1.05 * len(small)  # offsets have more digits


def test_what_parameters_alone_determine_is_computed_before_the_steps() -> None:
    before, flow = text(network(5)).split("def flow")
    assert "/p[" in before and "1.0/(p[" in before
    assert "/p[" not in flow and "/(p[" not in flow


def test_source_does_not_depend_on_the_hash_seed(hash_seeds: tuple[Path, Path]) -> None:
    assert {(folder / "source").read_text() for folder in hash_seeds} == {text(network(4))}


def test_the_source_holds_the_laws_that_the_equations_call_and_no_others() -> None:
    x = sp.Symbol("x")
    written = text(EquationSystem("decay", (State(x, -logistic(x), 1.0),), span=1.0))
    assert "def exact_logistic(" in written and "tanh" not in written
