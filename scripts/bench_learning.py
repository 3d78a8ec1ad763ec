"""How fast a 1-6-6-1 network learns: ``python scripts/bench_learning.py``.

Steps per second by rule and method on one core, with inputs at hand and with evaluating them (ten sines and
a target); two seeds in two processes against one in one; a hand-written numpy loop of the same network.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import results
from networks import learning_network

from vle_analog.equations.resolve import resolve
from vle_analog.learning.plasticity import Plasticity
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.tableau import EULER, RK4, Tableau

STEP, CHUNK = 0.01, 20_000


def integrator_of(rule: str, method: Tableau) -> Integrator:
    return Integrator(resolve(learning_network(6, Plasticity(rule, 0.01), taught=False)), method)


def prepared(integrator: Integrator, chunk: int, steps: int = CHUNK) -> np.ndarray:
    """One chunk's inputs, without those that no stage reads."""
    times = STEP * np.arange(chunk * steps, (chunk + 1) * steps + 1)
    return integrator.values(times) if 1 not in integrator.method.nodes else integrator.inputs(times)


def learn(seed: int, chunks: int, steps: int = CHUNK) -> np.ndarray:
    """A run from a seed's initial state, inputs evaluated on the way; the last state."""
    integrator = integrator_of("vle2", EULER)
    state = integrator.initial() + np.random.default_rng(seed).normal(0, 0.01, len(integrator.initial()))
    for chunk in range(chunks):
        integrator.march(state, prepared(integrator, chunk, steps), np.full(steps, STEP))
    return state


def by_numpy(integrator: Integrator, inputs: np.ndarray) -> dict[str, np.ndarray]:
    """Euler's method for gle as one writes it by hand, vectorised over each layer; the last weights."""
    c, initial, at = integrator.system.constants, integrator.initial(), integrator.layout.span
    tau = [np.atleast_1d(c[f"tau_m{n}"]) for n in (1, 2, 3)]
    tau_r = [np.atleast_1d(c[f"tau_r{n}"]) for n in (1, 2, 3)]
    w = [initial[at(f"w{n}")].reshape(shape) for n, shape in ((1, (6, 1)), (2, (6, 6)), (3, (1, 6)))]
    u, v = [np.zeros(len(each)) for each in w], [np.zeros(len(each)) for each in w]
    for x, target in inputs[:-1]:
        r, du, slopes = [np.array([x])], [], []
        for n in range(3):
            du.append((w[n] @ r[n] - u[n]) / tau[n])
            r.append(np.tanh(u[n] + tau_r[n] * du[n]) if n < 2 else u[n] + tau_r[n] * du[n])
            slopes.append(1 - r[-1] ** 2 if n < 2 else 1.0)
        back = c["beta"] * (target - r[3])
        for n in (2, 1, 0):
            dv = (slopes[n] * back - v[n]) / tau_r[n]
            e = v[n] + tau[n] * dv
            back = e @ w[n]
            w[n] = w[n] + STEP * c["eta"] * np.outer(e, r[n])
            u[n], v[n] = u[n] + STEP * du[n], v[n] + STEP * dv
    return {f"w{n}": w[n - 1] for n in (1, 2, 3)}


def seconds(task: Callable[[], object], times: int = 1) -> float:
    """The shortest of several."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        task()
        found.append(time.perf_counter() - started)
    return min(found)


def main(quick: bool) -> None:
    """Print the table and write ``results/bench_learning.json``."""
    steps, times, chunks = np.full(CHUNK, STEP), 3 if quick else 20, 20 if quick else 200
    table: dict[str, object] = {}
    for method in (EULER, RK4):
        for rule in ("bp", "gle", "vle1", "vle2", "vle3"):
            integrator = integrator_of(rule, method)
            inputs, state = prepared(integrator, 0), integrator.initial()
            integrator.march(state, inputs, steps)
            marching = seconds(lambda i=integrator, y=state, x=inputs: i.march(y, x, steps), times)
            evaluating = seconds(lambda i=integrator: prepared(i, 0), times)
            rates = {"marching": CHUNK / marching, "with_inputs": CHUNK / (marching + evaluating)}
            table[f"{rule}, {method.name}, steps per second"] = rates

    learn(0, 1)
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(learn, (0, 1), (4, 4)))  # both have loaded what is compiled
        one = seconds(lambda: pool.submit(learn, 0, chunks).result(), 3)
        two = seconds(lambda: list(pool.map(learn, (0, 1), (chunks, chunks))), 3)
    table["two processes, speed-up"] = 2 * one / two

    gle, few = integrator_of("gle", EULER), 2_000
    inputs, state = prepared(gle, 0, few), gle.initial()
    gle.march(state, inputs, steps[:few])
    for name, weights in by_numpy(gle, inputs).items():
        np.testing.assert_allclose(state[gle.layout.span(name)], weights.ravel(), rtol=1e-9)
    ours = seconds(lambda: gle.march(gle.initial(), inputs, steps[:few]), times)
    table["gle, times as fast as a numpy loop"] = seconds(lambda: by_numpy(gle, inputs), 3) / ours
    print(json.dumps(table, indent=2))
    results.write("bench_learning", table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    main(parser.parse_args().quick)
