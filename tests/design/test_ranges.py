"""Parts of functions have ranges: a phase that turns further becomes a pair of states, anything else is refused."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from tests.blocks.bench import SINE, system
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.equations.phasors import Phase, with_phasors
from vle_analog.equations.system import Input, State
from vle_analog.errors import SynthesisError
from vle_analog.reference.accuracy import reference
from vle_analog.studies.run.study import run
from vle_analog.synthesis.lower import lower

#: a pendulum that turns over (ODEBench 43, Strogatz p. 269), and what its angle does besides
TURNING = system({"x": ("v", 1.5), "v": ("1.7 - sin(x) - 0.6*v + 0.1*cos(x)", -0.2)}, span=10.0, outputs=("x", "v"))


def test_a_pair_of_states_is_the_sine_and_the_cosine() -> None:
    x = sp.Symbol("x")
    lifted = with_phasors(TURNING, [Phase(x, 1.0)])
    assert len(lifted.states) == 4 and lifted.outputs == ("x", "v")
    assert not any(each.derivative.has(sp.sin, sp.cos) for each in lifted.states)
    plain, pair = (reference(lower(each).read_back).solution.waveforms for each in (TURNING, lifted))
    assert plain["x"][-1] > 15
    np.testing.assert_allclose(pair.at(plain.time)["x"], plain["x"], atol=1e-4)


def test_a_phase_that_turns_beyond_a_shaper_s_range_becomes_a_pair_of_states(tmp_path: Path, ngspice: str) -> None:
    ideal, real = (design(TURNING, Build(fidelity=each)) for each in ("ideal", "macromodel"))
    assert "sine_pairs" not in real.deck.text and "phase1__sin" in real.deck.text
    assert "phase1__sin" not in ideal.deck.text
    assert real.deck.text.count("phase1__cos*v") > 0  # the netlist tells
    assert run(TURNING, Build(fidelity="macromodel")).comparison.trace_nrmse_max < 0.01


def test_what_stays_in_range_keeps_its_shaper() -> None:
    swinging = system({"x": ("v", 1.5), "v": ("-sin(x)", 0.0)})
    assert "sine_pairs" in design(swinging, Build(fidelity="macromodel")).deck.text


def test_an_input_s_phase_is_refused_and_the_remedy_works() -> None:
    x, u = sp.symbols("x u")
    given = system({"x": ("sin(20*u) - x", 0.0)}, inputs={"u": SINE})
    with pytest.raises(SynthesisError, match=r"its derivative.*is not at hand") as caught:
        design(given, Build(fidelity="macromodel"))
    parts = dict(re.findall(r"--part (\w+)=(\w+)", str(caught.value.hint)))
    design(given, Build(fidelity="macromodel", parts=tuple(parts.items())))
    assert given.states == (State(x, sp.sin(20 * u) - x, 0.0),) and isinstance(given.inputs[0], Input)
