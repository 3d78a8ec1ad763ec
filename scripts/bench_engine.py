"""Boards per second: the compiled engine against ngspice, both on all cores: ``python scripts/bench_engine.py``.

(a) xor_small learning on boards of real parts (mismatch, offsets, finite gain and bandwidth); (b) a chain of ten leaky
integrators of the same parts. ngspice: one ``ngspice -b`` per board, one process per core at a time, the deck's text
made beforehand. The engine: building included and apart. Both at the same step bound, and in one run, so that what
else the machine does slows both. ``quick`` for a test.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import results
import sympy as sp

from vle_analog.circuit.circuit import Circuit
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.engine.engine import Engine
from vle_analog.equations.system import EquationSystem, Input, State
from vle_analog.lesson.board import Board
from vle_analog.lesson.chip import LEARNING_OPTIONS, step_bound
from vle_analog.lesson.lesson import Lesson
from vle_analog.lesson.student import opened
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Testbench
from vle_analog.production.memory import driven
from vle_analog.production.production import Production
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.stimulus import Sines
from vle_analog.tasks import Task, xor_small

BOARD = Board(
    Lesson("xor_small"),
    build=Build(fidelity="macromodel"),
    production=Production(Variation(Tolerance(0.01), Tolerance(0.02))),
)
CORES = os.cpu_count() or 1
STAGES = 10
TASK = xor_small(span=300.0)
MADE: dict[str, Circuit] = {}


def learner(seed: int) -> tuple[Circuit, float, str]:
    """A board that learns, its step bound, its output."""
    task = TASK
    step = step_bound(task)
    return driven(BOARD.made(built(task, step), seed), {"gate": opened(task)}), step, task.learning.output


def chain(seed: int) -> tuple[Circuit, float, str]:
    """Ten leaky integrators of one unit each in a row, driven by five sines."""
    states = sp.symbols(f"u1:{STAGES + 1}")
    x = sp.Symbol("x")
    drive = Sines((1.0,) * 5, (0.02, 0.05, 0.11, 0.23, 0.5), (0.0,) * 5)
    rows = tuple(State(u, before - u, 0.0) for u, before in zip(states, (x, *states), strict=False))
    system = EquationSystem("chain", rows, (), (Input(x, drive),), outputs=(str(states[-1]),), span=20.0)
    return BOARD.made(built(system, 0.05), seed), 0.05, str(states[-1])


def built(subject: EquationSystem | Task, step: float) -> Circuit:
    """The circuit of a subject, made once."""
    name = subject.name
    if name not in MADE:
        MADE[name] = design(subject, replace(BOARD.build, step=step)).circuit
    return MADE[name]


def bench(make: Callable[[int], tuple[Circuit, float, str]], span: float, few: int, many: int) -> dict[str, float]:
    """Seconds per board of both, their ratio, and how far their outputs are apart (root mean square over the range)."""
    _, step, output = make(0)
    circuits = [make(seed)[0] for seed in range(few)]
    unit = circuits[0].unit
    bench = Testbench(span * unit, step * unit, "given", (output,), options=LEARNING_OPTIONS)
    decks = [render(circuit, bench) for circuit in circuits]

    def simulate(number: int) -> tuple[np.ndarray, np.ndarray]:
        with tempfile.TemporaryDirectory() as folder:
            deck = decks[number]
            found = Ngspice().run(deck.text, span=bench.span, folder=Path(folder), files=deck.files)
        volts = found.values[output.lower()] / circuits[number].volts_per_unit[output]
        return found.time / unit, volts

    Engine(circuits[:1], step, [output]).advance(step)  # compiles
    started = time.perf_counter()
    with ThreadPoolExecutor(CORES) as pool:
        theirs = list(pool.map(simulate, range(few)))
    spice = (time.perf_counter() - started) / few
    boards = [*circuits, *(make(seed)[0] for seed in range(few, many))]
    started = time.perf_counter()
    engine = Engine(boards, step, [output])
    built = time.perf_counter()
    mine = engine.advance(span, every=step)
    ended = time.perf_counter()
    late = mine.time >= 0.5
    errors = []
    for number, (times, volts) in enumerate(theirs):
        other = np.interp(mine.time, times, volts)[late]
        errors.append(np.sqrt(np.mean((mine.signals[output][number][late] - other) ** 2)) / np.ptp(other))
    running, whole = (ended - built) / many, (ended - started) / many
    return {
        "boards": many,
        "span": span,
        "ngspice_seconds": spice,
        "engine_seconds": running,
        "engine_seconds_with_building": whole,
        "ratio": spice / running,
        "ratio_with_building": spice / whole,
        "boards_per_second": 1 / running,
        "nrmse_median": float(np.median(errors)),
        "nrmse_max": float(np.max(errors)),
    }


def main() -> None:
    quick = "quick" in sys.argv[1:]
    found = {
        "xor_small learning": bench(learner, 1.0, 1, 2) if quick else bench(learner, 12.0, 4, 256),
        "chain of 10": bench(chain, 2.0, 1, 2) if quick else bench(chain, 100.0, 8, 1024),
    }
    results.write("bench_engine", found)
    for name, numbers in found.items():
        print(name, *(f"{key} {value:.4g}" for key, value in numbers.items()), sep="\n  ")


if __name__ == "__main__":
    main()
