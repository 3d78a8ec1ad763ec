"""Boards per second: the compiled engine against ngspice, both on all cores: ``python scripts/bench_engine.py``.

(a) xor_small learning on boards of real parts (mismatch, offsets, finite gain and bandwidth); (b) a chain of ten leaky
integrators of the same parts. ngspice: one ``ngspice -b`` per board, one process per core at a time, the deck's text
made beforehand. The engine: building included and apart. Both at the same step bound, and by turns in one run, in
processor time, so that what else the machine does is left out. (c) What a weight costs in a step of learning 1-N-N-1
boards, one core's processor time. ``--quick`` for a test.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import results
import sympy as sp
from benchmark_width import engine, weights_of

from vle_analog.circuit.circuit import Circuit
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.engine.engine import Engine
from vle_analog.equations.system import EquationSystem, Input, State
from vle_analog.lesson.chip import LEARNING_OPTIONS, step_bound
from vle_analog.lesson.student import opened
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Deck, Testbench
from vle_analog.production.memory import driven
from vle_analog.production.production import Production
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.simulate.usage import processor_of_children
from vle_analog.stimulus import Sines
from vle_analog.tasks import xor_small

BUILD = Build(fidelity="macromodel")
PRODUCTION = Production(Variation(Tolerance(0.01), Tolerance(0.02)))
CORES = os.cpu_count() or 1
STAGES = 10
TASK = xor_small(span=300.0)


@dataclass(frozen=True)
class Bench:
    """What is raced.

    Attributes:
        circuit: of the design.
        step: bound of both, model units.
        output: signal that is compared.
        single: as the study of such boards has the engine compute.
    """

    circuit: Circuit
    step: float
    output: str
    single: bool

    def deck(self, number: int, bench: Testbench) -> Deck:
        """A board for ngspice."""
        return render(PRODUCTION.made(self.circuit, number), bench)

    def engine(self, boards: int, threads: int | None = None) -> Engine:
        """Boards side by side, made and compiled."""
        panel = PRODUCTION.together(self.circuit, range(boards))
        assert panel is not None
        return Engine(panel, self.step, [self.output], threads=threads, single=self.single)


def learner() -> Bench:
    """A board that learns."""
    task = TASK
    step = step_bound(task)
    circuit = driven(design(task, replace(BUILD, step=step)).circuit, {"gate": opened(task)})
    return Bench(circuit, step, task.learning.output, single=True)


def chain() -> Bench:
    """Ten leaky integrators of one unit each in a row, driven by five sines."""
    states = sp.symbols(f"u1:{STAGES + 1}")
    x = sp.Symbol("x")
    drive = Sines((1.0,) * 5, (0.02, 0.05, 0.11, 0.23, 0.5), (0.0,) * 5)
    rows = tuple(State(u, before - u, 0.0) for u, before in zip(states, (x, *states), strict=False))
    system = EquationSystem("chain", rows, (), (Input(x, drive),), outputs=(str(states[-1]),), span=20.0)
    return Bench(design(system, replace(BUILD, step=0.05)).circuit, 0.05, str(states[-1]), single=False)


def bench(raced: Bench, span: float, few: int, many: int, rounds: int) -> dict[str, float]:
    """Seconds per board of both, their ratio, and how far their outputs are apart (root mean square over the range).

    Both run by turns; of the rounds the medians count. Seconds are processor seconds over the number of cores, all of
    which both use; building, which is added to the engine's, are the boards' values and the program of their design, on
    one core alone; decks are written beforehand.
    """
    step, unit, output = raced.step, raced.circuit.unit, raced.output
    asked = Testbench(span * unit, step * unit, "given", (output,), options=LEARNING_OPTIONS)
    decks = [raced.deck(number, asked) for number in range(few)]

    def simulate(number: int) -> tuple[np.ndarray, np.ndarray]:
        with tempfile.TemporaryDirectory() as folder:
            deck = decks[number]
            found = Ngspice().run(deck.text, span=asked.span, folder=Path(folder), files=deck.files)
        return found.time / unit, found.values[output.lower()] / raced.circuit.volts_per_unit[output]

    raced.engine(1).advance(step)  # compiles
    seconds: dict[str, list[float]] = {"spice": [], "building": [], "running": []}
    for _ in range(rounds):
        started = processor_of_children()
        with ThreadPoolExecutor(CORES) as pool:
            theirs = list(pool.map(simulate, range(few)))
        seconds["spice"].append((processor_of_children() - started) / few / CORES)
        started = time.process_time()
        boards = raced.engine(many)
        built = time.process_time()
        mine = boards.advance(span, every=step)
        seconds["building"].append((built - started) / many)
        seconds["running"].append((time.process_time() - built) / many / CORES)
    spice, building, running = (float(np.median(each)) for each in seconds.values())
    late = mine.time >= 0.5
    errors = []
    for number, (times, volts) in enumerate(theirs):
        other = np.interp(mine.time, times, volts)[late]
        errors.append(np.sqrt(np.mean((mine.signals[output][number][late] - other) ** 2)) / np.ptp(other))
    return {
        "boards": many,
        "span": span,
        "ngspice_seconds": spice,
        "engine_seconds": running,
        "building_seconds": building,
        "ratio": spice / running,
        "ratio_with_building": spice / (running + building),
        "boards_per_second": 1 / running,
        "nrmse_median": float(np.median(errors)),
        "nrmse_max": float(np.max(errors)),
    }


def main(quick: bool, folder: str | None) -> None:
    """Measure, print and write."""
    found = {
        "xor_small learning": bench(learner(), 1.0, 1, 2, 1) if quick else bench(learner(), 12.0, CORES, 256, 3),
        "chain of 10": bench(chain(), 2.0, 1, 2, 1) if quick else bench(chain(), 100.0, 8, 1024, 5),
    }
    narrow, wide = (2, 3) if quick else (5, 64)
    widths = {
        str(width): engine(width, 1 if quick else 5) * 1e9 / weights_of((1, width, width, 1))
        for width in (narrow, wide)
    }
    growth = widths[str(wide)] / widths[str(narrow)]
    results.write("bench_engine", {**found, "nanoseconds_per_weight_and_step": widths, "growth": growth}, folder=folder)
    print("nanoseconds per weight and step by width", widths, growth)
    for name, numbers in found.items():
        print(name, *(f"{key} {value:.4g}" for key, value in numbers.items()), sep="\n  ")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out")
    given = parser.parse_args()
    main(given.quick, given.out)
