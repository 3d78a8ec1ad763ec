"""How close engine and reference come to what a core can do: ``python scripts/benchmark_roofline.py [--out FOLDER]``.

Of one step: its operations, counted as the compiled source runs (`vle_analog.roofline`), its bytes, and the time that
a loop of such operations in registers, and one pass over such bytes, take on this core by the same compiler. Beside a
torch loop of the same equations (extra ``torch``; left out without it), which says how many times as fast as that any
program could be that does this arithmetic. Writes ``benchmark_roofline.json`` and a figure. One core's processor time
throughout.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
from dataclasses import replace
from typing import Any

import numpy as np
import results
from bench_engine import learner
from benchmark_width import EULER, GLE, STEP, by_turns, ours
from networks import sines, wide_network

from vle_analog.engine.program import BLOCK
from vle_analog.equations.resolve import resolve
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.streams import in_streams
from vle_analog.roofline.bounds import Bounded, Machine
from vle_analog.roofline.figure import drawn
from vle_analog.roofline.machine import latencies
from vle_analog.roofline.marches import engine_step, reference_step

#: networks of the reference, and numbers of streams
REFERENCES = ((1, 6, 6, 1), 1), ((1, 6, 6, 1), 128), ((1, 64, 64, 1), 1), ((1, 64, 64, 1), 64), ((1, 64, 64, 10), 1)
#: the one that is held against torch
WIDEST = REFERENCES[-1][0]
WIDEST_NAME = f"reference, {'-'.join(map(str, WIDEST))}, 1 stream"
ROUNDS = 7


def reference(sizes: tuple[int, ...], streams: int) -> Bounded:
    """A step of all streams."""
    system, learned = wide_network(sizes, GLE)
    if streams > 1:
        played = [dict(zip(("x", "target"), sines(sizes, seed), strict=True)) for seed in range(streams)]
        system = in_streams(system, played, [each.name for each in learned])
    integrator = Integrator(resolve(system), EULER)
    steps = max(50, 20_000 // streams)
    inputs, state = integrator.driving(STEP * np.arange(steps + 1)), integrator.initial()
    found = reference_step(integrator, state, inputs, STEP, latencies(), path=streams == 1)
    march = by_turns({"": (lambda: integrator.march(state, inputs, np.full(steps, STEP)), steps)}, ROUNDS)
    return Bounded(found.count, march[""], found.path)


def engine(single: bool) -> Bounded:
    """A step of a block of learning boards of real parts; in single precision, as lessons run, or in double."""
    boards = replace(learner(), single=single)
    block, step = boards.engine(BLOCK, threads=1), boards.step
    block.advance(60 * step)
    found = engine_step(block, latencies())
    march = by_turns({"": (lambda: block.advance(block.time + 2000 * step), 2000)}, ROUNDS)
    return Bounded(found.count, march[""], found.path)


def against_torch(step: Bounded) -> dict[str, float]:
    """One stream of the widest network in torch, and how many times as fast the reference is and could be."""
    import torch
    import torch_network

    torch.set_num_threads(1)
    steps = 200
    known = ours(WIDEST, 1, steps)[1]
    network = torch_network.TorchNetwork(known["constants"], known["initial"], 1, torch.float64)
    played = [torch.tensor(np.ascontiguousarray(known[name])) for name in ("inputs", "targets")]
    seconds = by_turns({"": (lambda: network.march(*played, STEP), steps)}, ROUNDS)[""]
    return {
        "microseconds": 1e6 * seconds,
        "times_as_fast": seconds / step.seconds,
        "times_as_fast_at_most": seconds / step.attainable,
    }


def main(folder: str | None) -> None:
    """Measure, print and write."""
    core = Machine.measured()
    steps = {f"engine, {word}": engine(word == "single") for word in ("single", "double")}
    for sizes, streams in REFERENCES:
        words = "1 stream" if streams == 1 else f"{streams} streams"
        steps[f"reference, {'-'.join(map(str, sizes))}, {words}"] = reference(sizes, streams)
    table: dict[str, Any] = {
        "boards": BLOCK,
        "processor": platform.processor() or platform.machine(),
        "flops": core.flops,
        "bandwidth": core.bandwidth,
        "latencies": {kind: 1e9 * seconds for kind, seconds in latencies().items() if kind},
        "steps": {name: step.record() for name, step in steps.items()},
    }
    if importlib.util.find_spec("torch") is None:
        table["torch"] = "not measured: pip install 'vle-analog[torch]'"
    else:
        table["torch"] = against_torch(steps[WIDEST_NAME])
    print(json.dumps(table, indent=2))
    results.write("benchmark_roofline", table, drawn(table, [WIDEST_NAME]), folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out")
    main(parser.parse_args().out)
