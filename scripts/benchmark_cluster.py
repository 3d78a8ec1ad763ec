"""What more processes bring, and what a cluster costs: ``python scripts/benchmark_cluster.py [--quick] [--out DIR]``.

(a) One process and two, each with the same work to do: boards that learn, and the reference. By the clock, which other
programs lengthen, and by the processor's time, which memory and caches that both use lengthen. (b) A Dask cluster of
this machine with as much work per worker for one, two and more workers than cores (weak scaling). (c) Batches that do
nothing, with all that a batch takes along: what one costs, and so at how many cores the scheduler and this process
would be busy all the time. Needs the extra ``cluster``.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing as mp
import os
import pickle
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from functools import cache
from statistics import median
from typing import Any

import numpy as np
import results
import timed_jobs
from networks import learning_network

from vle_analog.design.build import Build
from vle_analog.engine.program import BLOCK
from vle_analog.equations.resolve import resolve
from vle_analog.fleet.blueprint import Blueprint, run_boards
from vle_analog.fleet.fleet import Fleet
from vle_analog.lab.cluster import Cluster, connected
from vle_analog.learning.plasticity import Plasticity
from vle_analog.lesson.board import Board
from vle_analog.lesson.lesson import Lesson
from vle_analog.production.production import Production
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.tableau import EULER

#: model units that boards learn, the least of a lesson's, and batches of each worker
SPAN, BATCHES = 150.0, 3
#: model units of another part, longer than the first
LONGER = 6000.0
WORKERS = 1, 2, 4
#: batches that do nothing
EMPTY = 300
#: cores whose use is computed
MANY = 1000
_SPAWN = mp.get_context("spawn")


@cache
def blueprint(span: float = 0.0) -> Blueprint:
    """Boards of real parts that learn temporal XOR, over a part of its lesson; the least when 0."""
    spread = Production(variation=Variation(Tolerance(0.01), Tolerance(0.05)))
    board = Board(
        Lesson("xor_small", rule="gle", span=span or SPAN), build=Build(fidelity="macromodel"), production=spread
    )
    return Fleet(board).blueprint()


def learn(quick: bool) -> Callable[[], object]:
    """A block of boards."""
    design = blueprint()
    return lambda: run_boards(design, range(BLOCK), 1)


def march(quick: bool) -> Callable[[], object]:
    """The reference on a learning 1-6-6-1 network."""
    integrator = Integrator(resolve(learning_network(6, Plasticity("gle", 0.01), taught=False)), EULER)
    inputs = integrator.driving(0.01 * np.arange(20_001))
    return lambda: timed_jobs.march(integrator, inputs, 20 if quick else 200)


TASKS = {"boards": learn, "reference": march}


def worker(name: str, quick: bool, pipe: Any) -> None:
    """Does its work whenever it is told to, and says what that took by the clock and of the processor."""
    task = TASKS[name](quick)
    task()  # compiles, or loads what is compiled
    pipe.send(None)
    while pipe.recv():
        started, spent = time.perf_counter(), time.process_time()
        task()
        pipe.send((time.perf_counter() - started, time.process_time() - spent))


def two_processes(name: str, quick: bool) -> dict[str, float]:
    """How much two processes do in the time that one takes: by turns, medians of several rounds."""
    pipes, processes = [], []
    for _ in range(2):
        here, there = _SPAWN.Pipe()
        processes.append(_SPAWN.Process(target=worker, args=(name, quick, there)))
        processes[-1].start()
        there.close()
        here.recv()
        pipes.append(here)
    rounds = []
    for _ in range(2 if quick else 5):
        pipes[0].send(True)
        alone = pipes[0].recv()
        for pipe in pipes:
            pipe.send(True)
        both = [pipe.recv() for pipe in pipes]
        rounds.append((*alone, max(each[0] for each in both), float(np.mean([each[1] for each in both]))))
    for pipe, process in zip(pipes, processes, strict=True):
        pipe.send(False)
        process.join()
    clock_1, processor_1, clock_2, processor_2 = np.array(rounds).T
    return {
        "seconds": float(median(clock_1)),
        "speed_up": float(median(2 * clock_1 / clock_2)),
        "best_round": float(max(2 * clock_1 / clock_2)),
        "speed_up_by_processor_time": float(median(2 * processor_1 / processor_2)),
        "processor_per_clock": float(median(processor_2 / clock_2)),
    }


def scaled(cluster: Cluster, workers: int, batches: int) -> dict[str, float]:
    """So many batches of boards for each worker; what they took, and what the cluster added."""
    design = blueprint()
    jobs = [tuple(range(n * BLOCK, (n + 1) * BLOCK)) for n in range(workers * batches)]
    with closing(cluster.run(timed_jobs.boards, design, jobs[:workers], lambda job, fraction: None)) as warm:
        list(warm)
    started = time.time()
    with closing(cluster.run(timed_jobs.boards, design, jobs, lambda job, fraction: None)) as found:
        done = [result for _, result in found]
    clock = time.time() - started
    working = sum(each["until"] - each["from"] for each in done)
    return {
        "batches": len(jobs),
        "seconds": clock,
        "seconds_per_batch": median(each["until"] - each["from"] for each in done),
        "processor_per_batch": median(each["processor"] for each in done),
        "busy": working / clock / workers,
        "milliseconds_between_batches": 1e3 * (clock * workers - working) / len(jobs),
    }


def empty(cluster: Cluster, count: int) -> dict[str, float]:
    """What a batch costs that does nothing, milliseconds."""
    design = blueprint()
    jobs = [tuple(range(n * BLOCK, (n + 1) * BLOCK)) for n in range(count)]
    times = []
    for _ in range(3):
        started, spent = time.perf_counter(), time.process_time()
        with closing(cluster.run(timed_jobs.nothing, design, jobs, lambda job, fraction: None)) as found:
            list(found)
        times.append((time.perf_counter() - started, time.process_time() - spent))
    clock, here = (1e3 * min(each) / count for each in zip(*times, strict=True))
    return {"clock": clock, "processor_of_scheduler_and_study": here}


def whole_lesson() -> float:
    """Processor seconds of a batch of boards over their whole lesson, from two parts of it."""
    times = []
    for span in (SPAN, LONGER):
        design = blueprint(span)
        spent = []
        for _ in range(2):
            started = time.process_time()
            run_boards(design, range(BLOCK), 1)
            spent.append(time.process_time() - started)
        times.append(min(spent))
    rate = (times[1] - times[0]) / (LONGER - SPAN)
    return times[0] + rate * (Lesson("xor_small", rule="gle").length - SPAN)


def main(quick: bool, folder: str | None) -> None:
    """Measure, print and write."""
    cores = len(os.sched_getaffinity(0))
    table: dict[str, Any] = {"two_processes": {name: two_processes(name, quick) for name in TASKS}, "workers": {}}
    for workers in WORKERS[:2] if quick else WORKERS:
        with connected(f"local:{workers}", cores) as cluster:
            table["workers"][str(workers)] = scaled(cluster, workers, 1 if quick else BATCHES)
            if workers == 1:
                table["empty_batch_milliseconds"] = empty(cluster, 20 if quick else EMPTY)
    one = table["workers"]["1"]["seconds"]
    table["weak_scaling"] = {workers: one / row["seconds"] for workers, row in table["workers"].items()}
    table["parcel_kilobytes"] = len(zlib.compress(pickle.dumps(blueprint()), 1)) / 1e3
    lesson = whole_lesson()
    cost = table["empty_batch_milliseconds"]["clock"] / 1e3
    table["thousand"] = {
        "cores": MANY,
        "boards_per_batch": BLOCK,
        "seconds_per_lesson_of_a_batch": lesson,
        "batches_per_second_wanted": MANY / lesson,
        "batches_per_second_possible": 1 / cost,
        "boards_per_second": BLOCK * min(MANY / lesson, 1 / cost),
        "cores_that_can_be_kept_busy": lesson / cost,
    }
    print(json.dumps(table, indent=2))
    results.write("benchmark_cluster", table, folder=folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out")
    given = parser.parse_args()
    main(given.quick, given.out)
