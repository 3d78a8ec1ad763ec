"""Boards that are made together, against the same ones made alone: bit by bit what the engine reads of them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.blocks.bench import built
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.parts import chosen
from vle_analog.engine.anatomy import gathered
from vle_analog.errors import CircuitError
from vle_analog.fleet.blueprint import values
from vle_analog.production.grades import Grade
from vle_analog.production.power import Power
from vle_analog.production.production import Production
from vle_analog.production.trimming import Trim
from vle_analog.production.variation import Scatter, Tolerance, Variation
from vle_analog.tasks import chain

SHARED = Variation(
    Tolerance(0.01, "uniform", lot=0.3, matched=0.2),
    Tolerance(0.05, "truncated", board=0.2, coefficient=3e-5),
    per_lot=2,
    grades=(Grade("u1", 0.001),),
    devices=Scatter("uniform", lot=0.2, board=0.1),
    celsius=40.0,
)
PRODUCTIONS = {
    "as they come": Production(),
    "mismatched": Production(Variation(Tolerance(0.01), Tolerance(0.05))),
    "trimmed": Production(Variation(Tolerance(0.01)), trim=Trim.of(1e-4)),
    "exact": Production(offsets=0.0),
    "shared": Production(SHARED, kinds=(("opamp.VOS", 0.5), ("multiplier.ZOS", 0.0))),
    "sobol": Production(Variation(Tolerance(0.01, board=0.5), sampling="sobol")),
    "fed": Production(power=Power(0.01, 0.02, 0.04)),
    "off": Production(sources=0.005),
    "without swing": Production(imperfections=(("swing", 0.0),)),
}
NUMBERS = (3, 4, 11)


@cache
def learning() -> Circuit:
    """The chain while it learns, of real parts, its teacher none of the board's."""
    return built(chain("vle", span=100.0).system, technology=chosen("macromodel"))


@pytest.mark.parametrize("name", PRODUCTIONS)
def test_each_is_as_it_is_alone(name: str) -> None:
    production, circuit = PRODUCTIONS[name], learning()
    panel = production.together(circuit, NUMBERS)
    assert panel is not None
    alone = [production.made(circuit, number) for number in NUMBERS]

    (anatomy, mine, _), (other, theirs, _) = gathered(panel), gathered(alone)

    assert anatomy.structure() == other.structure() and anatomy.cells == other.cells
    assert mine.keys() == theirs.keys()
    assert all(np.array_equal(mine[key], theirs[key]) for key in theirs)
    parts = values(panel.circuit)
    for place, board in enumerate(alone):
        assert {key: float(np.broadcast_to(own, 3)[place]) for key, own in parts.items()} == values(board)


@pytest.mark.parametrize(
    "production", [Production(noise=1), Production(Variation(kelvin=10.0))], ids=["noise", "temperature"]
)
def test_not_those_that_differ_in_more_than_values(production: Production) -> None:
    assert production.together(learning(), NUMBERS) is None


def test_a_value_that_no_part_has_is_told_as_it_is_alone() -> None:
    production = Production(Variation(Tolerance(0.49, "normal")))
    numbers = range(40)
    with pytest.raises(CircuitError) as together:
        production.together(learning(), numbers)
    with pytest.raises(CircuitError) as alone:
        for number in numbers:
            production.made(learning(), number)
    assert "cannot have the value -" in str(together.value) and "cannot have the value -" in str(alone.value)
