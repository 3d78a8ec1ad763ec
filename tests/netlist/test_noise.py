"""Noise as ngspice plays it: many sources to a file, the samples that were drawn, steps that it does not cut."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import NoiseDrive, Resistor
from vle_analog.circuit.parts import library
from vle_analog.digest import content_name
from vle_analog.netlist.ltspice import render as for_ltspice
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.noise import COLUMNS, EASED
from vle_analog.netlist.stimuli import resolving_step
from vle_analog.netlist.testbench import Testbench as Bench
from vle_analog.noise import Noise
from vle_analog.simulate import Ngspice

STEP = 1e-5


def circuit(count: int = 1, interval: float | None = None, current: bool = False) -> Circuit:
    """Sources of noise at resistors of 1 kohm, each at a node of its own."""
    drives = [
        NoiseDrive(f"n{k}", (f"a{k}", "0"), Noise(1e-6 * (k + 1), 1e3 * k, 4, f"n{k}", interval), current)
        for k in range(count)
    ]
    loads = [Resistor(f"l{k}", (f"a{k}", "0"), 1e3) for k in range(count)]
    volts = {f"a{k}": 1.0 for k in range(count)}
    return Circuit("noises", (Section("noise", (*drives, *loads)),), library(), 1e-3, volts, "ideal")


BENCH = Bench(2e-3, STEP, "given", ("a0",))


def test_the_card() -> None:
    deck = render(circuit(2), BENCH)
    (file,) = deck.files
    assert file == content_name("stimulus_noise_0", deck.files[file], ".txt")
    assert (
        f"""Astimulus_noise_0 %vd([a0 0 a1 0]) stimulus_noise_0
.model stimulus_noise_0 filesource (file="{file}"
+ amploffset=[0 0]
+ amplscale=["""
        in deck.text
    )
    assert "+ timeoffset=0 timescale=1 timerelative=false amplstep=false)\n" in deck.text
    assert deck == render(circuit(2), BENCH)


@pytest.mark.parametrize("current", [False, True])
def test_what_is_drawn_is_what_is_played(current: bool, tmp_path: Path) -> None:
    """More sources than a file has columns, from a moment on; a current flows out of its first node."""
    many = circuit(COLUMNS + 3, current=current)
    bench = replace(BENCH, start=0.7e-3, probes=tuple(many.volts_per_unit))
    deck = render(many, bench)
    assert len(deck.files) == 2
    assert all(len(line) < 500 for text in deck.files.values() for line in text.splitlines())
    found = Ngspice().run(deck.text, span=bench.span, folder=tmp_path, files=deck.files, timeout=20)
    for element in many.elements():
        if isinstance(element, NoiseDrive):
            wanted = element.noise.sampled(STEP)(bench.start + found.time) * (-1e3 if current else 1.0)
            size = element.noise.sampled(STEP).rms * (1e3 if current else 1.0)
            assert found.values[element.nodes[0]] == pytest.approx(wanted, abs=2e-4 * size)


def test_steps_are_not_cut(tmp_path: Path) -> None:
    deck = render(circuit(), BENCH)
    assert f"xtrtol={EASED}" in deck.text
    quiet = Circuit("quiet", (Section("load", (Resistor("l", ("a0", "0"), 1e3),)),), library(), 1e-3, {"a0": 1.0}, "")
    assert f"xtrtol={EASED}" not in render(quiet, BENCH).text


def test_an_interval_of_its_own_bounds_the_step() -> None:
    assert resolving_step(circuit(interval=3e-6), BENCH) == 3e-6
    assert resolving_step(circuit(), BENCH) == np.inf
    (text,) = render(circuit(interval=3e-6), BENCH).files.values()
    assert float(text.splitlines()[1].split()[0]) == pytest.approx(3e-6)


def test_other_simulators_read_a_file_per_source() -> None:
    deck = for_ltspice(circuit(2, current=True), BENCH)
    _, file = deck.files
    assert f"In1 a1 0 PWL file={file}\n" in deck.text and file.startswith("stimulus_n1-")
    times, values = np.loadtxt(deck.files[file].splitlines(), unpack=True)
    assert values == pytest.approx(Noise(2e-6, 1e3, 4, "n1", STEP)(times), rel=1e-4, abs=1e-9)
