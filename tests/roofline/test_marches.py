"""Steps that are counted come to the numbers that compiled ones do."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from networks import sines, wide_network

from tests.engine.test_engine import boards
from vle_analog.engine.engine import Engine
from vle_analog.engine.program import BLOCK
from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import EquationSystem
from vle_analog.learning.plasticity import Plasticity
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.streams import in_streams
from vle_analog.reference.tableau import EULER
from vle_analog.roofline.marches import engine_step, reference_step

STEP = 0.01
ONE = defaultdict(lambda: 1.0)


def network(sizes: tuple[int, ...], streams: int) -> EquationSystem:
    system, learned = wide_network(sizes, Plasticity("gle", 0.01))
    if streams == 1:
        return system
    played = [dict(zip(("x", "target"), sines(sizes, seed), strict=True)) for seed in range(streams)]
    return in_streams(system, played, [each.name for each in learned])


@pytest.mark.parametrize(("sizes", "streams"), [((1, 3, 3, 1), 1), ((1, 24, 24, 2), 3)])
def test_of_the_reference(sizes: tuple[int, ...], streams: int) -> None:
    integrator = Integrator(resolve(network(sizes, streams)), EULER)
    inputs, y = integrator.driving(STEP * np.arange(6)), integrator.initial()
    integrator.march(y, inputs, np.full(5, STEP))
    step = reference_step(integrator, y, inputs, STEP, ONE, path=streams == 1)
    integrator.march(y, inputs[:2], np.full(1, STEP))
    assert np.abs(step.after - y).max() < 1e-13
    # each weight of the middle layer counts in both directions and changes, in every stream
    assert step.count.operations["fma"] >= 3 * streams * sizes[1] * sizes[2]
    assert step.count.stored >= 8 * sizes[1] * sizes[2]
    assert streams > 1 or 50 < step.path < 500


def test_of_the_engine() -> None:
    engine = Engine(boards(2), 0.02, threads=1)
    engine.advance(1.0)
    step = engine_step(engine, ONE)
    engine.advance(engine.time + 0.02)
    assert np.abs(step.after - engine._memory.rows[0, :, 0]).max() < 1e-12
    assert step.count.operations["divide"] == BLOCK  # the law of tanh has one
    assert step.count.read > 8 * BLOCK and 0 < step.path < 500
