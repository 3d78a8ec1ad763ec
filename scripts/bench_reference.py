"""The reference integrator against `solve_ivp` on a learning 1-6-6-1 network: ``python scripts/bench_reference.py``."""

from __future__ import annotations

import argparse
import json
import time

import numpy as np
import results
from lambdified import lambdified
from networks import learning_network
from scipy.integrate import solve_ivp

from vle_analog.equations.resolve import resolve
from vle_analog.learning.plasticity import Plasticity
from vle_analog.reference.integrator import Integrator


def main(quick: bool) -> None:
    """Print the table and write ``results/bench_reference.json``."""
    system = resolve(learning_network(6, Plasticity("vle", 0.1)))
    short, seconds, errors = 2.0 if quick else 20.0, {}, {}
    integrator = Integrator(system)

    def final(step: float) -> np.ndarray:
        return np.concatenate([values.ravel() for values in integrator.run(step, span=short).final.values()])

    exact = final(0.001)
    for modules in ("numpy", "math"):
        _, rates, initial = lambdified(system, modules)
        started = time.perf_counter()
        rival = solve_ivp(rates, (0, short), initial, "RK45", rtol=1e-6)
        name = f"solve_ivp, lambdified with {modules}"
        seconds[name] = (time.perf_counter() - started) / short
        errors[name] = float(np.abs(rival.y[:, -1] - exact).max())
    # the largest step that is no worse than the rival's
    for step in (0.05 * 0.95 ** np.arange(40)).tolist():
        errors["reference"] = float(np.abs(final(step) - exact).max())
        if errors["reference"] <= errors[name]:
            break
    started = time.perf_counter()
    integrator.run(step, span=200 * short, samples=1000)
    seconds["reference"] = (time.perf_counter() - started) / (200 * short)
    ratio = {name: value / seconds["reference"] for name, value in seconds.items()}
    table = {"states": len(exact), "seconds_per_unit": seconds, "ratio": ratio, "largest_error": errors, "step": step}
    table["steps_per_second"] = 1 / step / seconds["reference"]
    print(json.dumps(table, indent=2))
    results.write("bench_reference", table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    main(parser.parse_args().quick)
