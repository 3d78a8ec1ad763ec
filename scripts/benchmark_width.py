"""What a weight costs in a step, from narrow to wide: ``python scripts/benchmark_width.py [--quick] [--out FOLDER]``.

(a) Learning by gle, 1-6-6-1 and 1-64-64-10: the reference against a torch loop of the same equations, both on one
stream and on many that share the weights, where each side is taken at its best number of streams. (b) Nanoseconds per
weight and step of learning 1-N-N-1 networks: the reference, the engine (per board, of one block of boards) and ngspice.

All seconds are one core's processor time, and all that is compared is measured by turns, so that what else the machine
does is left out. torch is needed for (a) alone (extra ``torch``); without it that part is left out, and said so. Writes
``benchmark_width.json`` and a figure.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import math
import platform
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import results
from matplotlib.figure import Figure
from networks import sines, wide_network

from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.engine.engine import Engine
from vle_analog.engine.program import BLOCK
from vle_analog.equations.resolve import resolve
from vle_analog.learning.plasticity import Plasticity
from vle_analog.lesson.chip import LEARNING_OPTIONS, step_bound
from vle_analog.lesson.student import opened
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Testbench
from vle_analog.production.memory import driven
from vle_analog.production.production import Production
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.streams import in_streams
from vle_analog.reference.tableau import EULER
from vle_analog.report import palette
from vle_analog.report.log_axis import LogAxis
from vle_analog.report.sheet import Grid, new_sheet, style
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.simulate.usage import metered
from vle_analog.tasks import complex_signal

STEP, GLE = 0.01, Plasticity("gle", 0.01)
SIZES = (1, 6, 6, 1), (1, 64, 64, 10)
#: how reference, engine and ngspice are drawn
_LOOKS = (("o", palette.REFERENCE), ("s", palette.PLAIN), ("D", palette.REAL_PARTS))
STREAMS, TORCH_STREAMS = (1, 64, 128, 256), (1, 100, 300, 1000, 3000)
WIDTHS: Mapping[str, tuple[int, ...]] = {
    "reference": (5, 16, 32, 64, 128),
    "engine": (5, 16, 32, 64),
    "ngspice": (5, 16),
}
FEW = {"reference": (5, 16), "engine": (5,), "ngspice": (5,)}
#: products of weights and steps that a measurement takes
WORK = 2e7


def weights_of(sizes: Sequence[int]) -> int:
    """Weights and biases of a network."""
    return sum((below + 1) * here for below, here in itertools.pairwise(sizes))


def by_turns(tasks: Mapping[str, tuple[Callable[[], object], int]], rounds: int) -> dict[str, float]:
    """Processor seconds of one step of each task, the least of several rounds; with each, how many steps it takes."""
    least = dict.fromkeys(tasks, np.inf)
    for round_ in range(rounds + 1):
        for name, (task, steps) in tasks.items():
            started = time.process_time()
            task()
            if round_:  # the first one compiles, and fills the caches
                least[name] = min(least[name], (time.process_time() - started) / steps)
    return least


def ours(sizes: Sequence[int], streams: int, steps: int) -> tuple[Callable[[], object], dict[str, Any]]:
    """A march of the reference, and what a torch loop of the same needs to know."""
    system, learned = wide_network(sizes, GLE)
    if streams > 1:
        played = [dict(zip(("x", "target"), sines(sizes, seed), strict=True)) for seed in range(streams)]
        system = in_streams(system, played, [each.name for each in learned])
    integrator = Integrator(resolve(system), EULER)
    inputs, state = integrator.driving(STEP * np.arange(steps + 1)), integrator.initial()
    at = integrator.layout.span
    shapes = {f"w{n}": pair[::-1] for n, pair in enumerate(itertools.pairwise(sizes), 1)}
    known = {
        "constants": integrator.system.constants,
        "initial": {each.name: state[at(each.name)].reshape(shapes.get(each.name, (-1,))) for each in learned},
        "inputs": inputs[:-1, at("x")].reshape(steps, -1, streams),
        "targets": inputs[:-1, at("target")].reshape(steps, -1, streams),
        "weights": lambda: {name: state[at(name)].reshape(shape) for name, shape in shapes.items()},
    }
    return lambda: integrator.march(state, inputs, np.full(steps, STEP)), known


def against_torch(sizes: Sequence[int], quick: bool) -> dict[str, Any]:
    """Microseconds per step and stream by number of streams, of both; weights are held to one another first."""
    import torch
    import torch_network

    torch.set_num_threads(1)
    tasks: dict[str, tuple[Callable[[], object], int]] = {}
    many = 10 if quick else 100
    for streams in STREAMS[:2] if quick else STREAMS:
        steps = many * (20 if streams == 1 else 1)
        tasks[f"reference {streams}"] = ours(sizes, streams, steps)[0], steps
    for precision, word in ((torch.float64, "double"), (torch.float32, "single")):
        for streams in TORCH_STREAMS[:2] if quick else TORCH_STREAMS:
            steps = many if streams < 1000 else many // 5
            known = ours(sizes, 1, steps)[1]
            network = torch_network.TorchNetwork(known["constants"], known["initial"], streams, precision)
            played = (np.repeat(known[name], streams, axis=-1) for name in ("inputs", "targets"))
            given = [torch.tensor(np.ascontiguousarray(each), dtype=precision) for each in played]
            tasks[f"torch {word} {streams}"] = (lambda n=network, g=given: n.march(*g, STEP)), steps  # type: ignore[misc]
    found = {
        name: seconds / int(name.split()[-1]) * 1e6 for name, seconds in by_turns(tasks, 1 if quick else 5).items()
    }
    best = {of: min(value for name, value in found.items() if name.startswith(of)) for of in _RIVALS}
    return {
        "weights": weights_of(sizes),
        "largest_difference": difference(sizes),
        "microseconds_per_step_and_stream": found,
        "weights_times_steps_per_second": {of: weights_of(sizes) / value * 1e6 for of, value in best.items()},
        "times_as_fast_one_stream": found["torch double 1"] / found["reference 1"],
        "times_as_fast_best_double": best["torch double"] / best["reference"],
        "times_as_fast_best_single": best["torch single"] / best["reference"],
    }


_RIVALS = "reference", "torch double", "torch single"


def difference(sizes: Sequence[int], streams: int = 3, steps: int = 200) -> float:
    """How far the weights of both are apart after some steps of the same streams."""
    import torch
    import torch_network

    march, known = ours(sizes, streams, steps)
    network = torch_network.TorchNetwork(known["constants"], known["initial"], streams, torch.float64)
    network.march(*(torch.tensor(np.ascontiguousarray(known[name])) for name in ("inputs", "targets")), STEP)
    march()
    apart = [np.max(np.abs(each - network.weights()[name])) for name, each in known["weights"]().items()]
    return float(max(apart))


def reference(width: int, rounds: int) -> float:
    """Processor seconds per step of a learning 1-N-N-1 network."""
    sizes = 1, width, width, 1
    steps = max(100, int(WORK / weights_of(sizes)))
    return by_turns({"": (ours(sizes, 1, steps)[0], steps)}, rounds)[""]


def engine(width: int, rounds: int) -> float:
    """Processor seconds per step and board of learning boards of real parts."""
    circuit, step, output = board(width)
    many = Production(Variation(Tolerance(0.01), Tolerance(0.02))).together(circuit, range(BLOCK))
    assert many is not None
    boards = Engine(many, step, [output], threads=1, single=True)  # as a study computes them
    boards.advance(20 * step)
    steps = max(20, int(WORK / BLOCK / width**2))
    return by_turns({"": (lambda: boards.advance(boards.time + steps * step), steps)}, rounds)[""] / BLOCK


def ngspice(width: int, rounds: int) -> float:
    """Processor seconds per step bound of the same board."""
    circuit, step, output = board(width)
    span = max(20.0, 4000.0 / width**2) * step
    bench = Testbench(span * circuit.unit, step * circuit.unit, "width", (output,), options=LEARNING_OPTIONS)
    deck = render(circuit, bench)
    with tempfile.TemporaryDirectory() as folder:
        _, usage = metered(Ngspice(), deck.text, span=bench.span, folder=Path(folder), files=deck.files)
    return usage.seconds * step / span


def board(width: int) -> tuple[Any, float, str]:
    """The circuit of a learning 1-N-N-1 network of real parts, its step bound, its output."""
    task = complex_signal(rule="gle", sizes=(width, width), span=200.0)
    step = step_bound(task)
    circuit = design(task, replace(Build(fidelity="macromodel"), step=step)).circuit
    return driven(circuit, {"gate": opened(task)}), step, task.learning.output


def by_width(quick: bool) -> dict[str, dict[str, float]]:
    """Nanoseconds per weight and step by number of neurons in a hidden layer, of all three."""
    measures = {"reference": reference, "engine": engine, "ngspice": ngspice}
    rounds = 1 if quick else 5
    return {
        name: {
            str(width): measure(width, rounds) * 1e9 / weights_of((1, width, width, 1))
            for width in (FEW if quick else WIDTHS)[name]
        }
        for name, measure in measures.items()
    }


def drawn(rows: Mapping[str, Mapping[str, float]]) -> Figure:
    """Time per weight and step against width."""
    with style():
        title = "1-N-N-1 networks that learn: time of a weight's step"
        sheet = new_sheet(Grid(across=1, rows=1, width=5.8, row=3.2, content=3.2), title)
        axes, lines = sheet.axes(0, 0, 0.0, 3.2), []
        for row, (mark, color) in zip(rows.values(), _LOOKS, strict=False):
            lines += axes.loglog([int(width) for width in row], [*row.values()], marker=mark, color=color, markersize=5)
        axes.set_xticks(WIDTHS["reference"], [str(width) for width in WIDTHS["reference"]])
        axes.minorticks_off()
        axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)
        LogAxis.of([value for row in rows.values() for value in row.values()], most=math.inf).apply(axes, "y")
        sheet.ylabel(axes, "nanoseconds per weight and step", 0.62)
        sheet.xlabel("neurons in each of two hidden layers, N")
        sheet.legend(lines, list(rows))
    return sheet.figure


def main(quick: bool, folder: str | None) -> None:
    """Measure, print and write."""
    table: dict[str, Any] = {"processor": platform.processor() or platform.machine()}
    if importlib.util.find_spec("torch") is None:
        table["torch"] = "not measured: pip install 'vle-analog[torch]'"
    else:
        table["torch"] = {"-".join(map(str, sizes)): against_torch(sizes, quick) for sizes in SIZES}
    table["nanoseconds_per_weight_and_step"] = rows = by_width(quick)
    table["growth"] = {name: row[max(row, key=int)] / row[min(row, key=int)] for name, row in rows.items()}
    print(json.dumps(table, indent=2))
    results.write("benchmark_width", table, drawn(rows), folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out")
    given = parser.parse_args()
    main(given.quick, given.out)
