"""A stimulus as ngspice plays it is the stimulus, whichever form it is written in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import Drive, Resistor
from vle_analog.circuit.parts import library
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.stimuli import MOST_BREAKPOINTS, MOST_INLINE
from vle_analog.netlist.testbench import Deck
from vle_analog.netlist.testbench import Testbench as Bench
from vle_analog.sequences import Held, SquareWave
from vle_analog.simulate import Ngspice
from vle_analog.stimulus import Constant, Gate, Piecewise, Sines, Stimulus
from vle_analog.waveforms import Waveforms

UNIT, VOLTS = 1e-3, -2.5


def smooth_table(points: int, span: float) -> Piecewise:
    times = np.linspace(0, span, points)
    return Piecewise(times, np.sin(times) + 0.5 * np.cos(2.3 * times))


def played(stimulus: Stimulus, folder: Path, span: float, step: float) -> tuple[Deck, Waveforms]:
    """The deck, and its source's voltage in model units."""
    drive = Drive("x", ("x", "0"), stimulus, VOLTS, UNIT)
    sections = (Section("input", (drive, Resistor("load", ("x", "0"), 1e3))),)
    circuit = Circuit("stimulus", sections, library(), UNIT, {"x": VOLTS}, "ideal")
    deck = render(circuit, Bench(span=span * UNIT, step=step * UNIT, reason="given", probes=("x",)))
    found = Ngspice().run(deck.text, span=span * UNIT, folder=folder, files=deck.files, timeout=60)
    return deck, Waveforms(found.time / UNIT, {"x": found.values["x"] / VOLTS})


#: stimulus, what its card looks like, span, step
FORMS: dict[str, tuple[Stimulus, str, float, float]] = {
    "constant": (Constant(0.7), "Vx x 0 -1.75\n", 10.0, 0.1),
    "sine": (Sines((1.0,), (0.3,), (0.0,)), "Vx x 0 SIN(0 -2.5 300 0 0 0)", 10.0, 0.02),
    "sine with a phase": (Sines((0.8,), (0.3,), (2.1,)), "Vx x 0 SIN(", 10.0, 0.02),
    "sine with a negative phase": (Sines((0.8,), (0.3,), (-0.6,)), "Vx x 0 SIN(", 10.0, 0.02),
    "sum of sines": (
        Sines((1.0, -0.5, 0.25), (0.1, 0.33, 1.0), (0.0, -1.0, 2.0)),
        "Bx x 0 v=0\n+ -2.5*sin(2*pi*100*time+0)\n+ +1.25*sin(", 10.0, 0.02,
    ),
    "square wave, smoothed": (SquareWave(1.0, 4.0, 0.05), "Bx x 0 v=pwl(time-4m*floor(time/4m),\n", 30.0, 0.02),
    "square wave, sharp": (SquareWave(1.0, 4.0, 0.0), "Bx x 0 v=pwl(time-4m*floor(time/4m),\n", 30.0, 0.02),
    "gate": (Gate(3.0, 7.0), "Vx x 0 PWL(0 0 ", 10.0, 0.5),
    "held, sharp": (Held(1.0, 0.5, 3), "Vx x 0 PWL(0 ", 30.0, 0.2),
    "piecewise": (
        Piecewise(np.array([1.0, 2.0, 2.01, 5.0]), np.array([0.5, -1.0, 1.0, 0.0])),
        "Vx x 0 PWL(0 -1.25 1m -1.25 ", 10.0, 0.5,
    ),
    "held, smoothed": (Held(1.0, 0.5, 3, 0.1), "Bx x 0 v=pwl(time,\n", 30.0, 0.01),
    "table beyond a PWL": (smooth_table(MOST_BREAKPOINTS + 50, 20.0), "Bx x 0 v=pwl(time,\n", 20.0, 0.005),
    "table beyond a pwl": (smooth_table(MOST_INLINE + 50, 20.0), 'filesource (file="stimulus_x-', 20.0, 0.005),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_source_is_the_stimulus(name: str, tmp_path: Path) -> None:
    stimulus, card, span, step = FORMS[name]
    deck, run = played(stimulus, tmp_path, span, step)
    assert card in deck.text
    assert max(map(len, deck.text.splitlines())) < 512
    assert bool(deck.files) == ("filesource" in card)
    expected = stimulus(run.time)
    np.testing.assert_allclose(run["x"], expected, atol=1e-4 * np.abs(expected).max())


def test_breakpoints_are_met_at_a_coarse_step(tmp_path: Path) -> None:
    """A PWL's corners are time points, so that nothing between them is missed."""
    stimulus = Gate(3.0, 7.0)
    _, run = played(stimulus, tmp_path, 10.0, 2.0)
    for corner in stimulus.breakpoints(10.0):
        assert np.abs(run.time - corner).min() < 1e-6


def test_a_hundred_thousand_points(tmp_path: Path) -> None:
    """One form for all of them: minutes as a V source's PWL, well under the time-out as a file."""
    stimulus = smooth_table(100_000, 100.0)
    deck, run = played(stimulus, tmp_path, 100.0, 0.02)
    (text,) = deck.files.values()
    assert text.count("\n") == 100_000
    assert len(deck.text) < 5_000
    np.testing.assert_allclose(run["x"], stimulus(run.time), atol=1e-4)
