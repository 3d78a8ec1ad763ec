"""Lower, realise and render learning 1-N-N-1 networks: ``python scripts/bench_synthesis.py [N ...]``."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

import numpy as np
import results
from networks import learning_network

from vle_analog.equations.checks import check
from vle_analog.learning.plasticity import Plasticity
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Testbench
from vle_analog.reference.integrator import Integrator
from vle_analog.synthesis.lower import lower
from vle_analog.synthesis.realize import realize


def measure(n: int) -> dict[str, float]:
    """Seconds and peak memory for one network; peaks come from a short run without learning, not counted."""
    peaks = (
        Integrator(lower(learning_network(n, Plasticity("vle", 1e-9, eta_backward=1e-9), False)).read_back)
        .run(0.02)
        .peaks
    )
    system = learning_network(n, Plasticity("vle", 0.01), False)
    started = time.perf_counter()
    check(system)
    circuit = realize(lower(system), peaks)
    deck = render(circuit, Testbench(5e-3, 1e-5, "for the benchmark", ("r3",)))
    seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"N": n, "weights": n * n + 2 * n, "seconds": seconds, "peak_MB": memory, "deck_MB": len(deck.text) / 1e6}


def main(sizes: list[int]) -> None:
    """One process per size, so that memory is each one's own; write ``results/bench_synthesis.json``."""
    child = [sys.executable, __file__, "--one"]
    rows = [json.loads(subprocess.run([*child, str(n)], capture_output=True, check=True).stdout) for n in sizes]
    for row in rows:
        print("  ".join(f"{key} {value:.4g}" for key, value in row.items()))
    exponent = np.polyfit(*[np.log([row[key] for row in rows]) for key in ("weights", "seconds")], 1)[0]
    print(f"seconds grow with the number of weights with exponent {exponent:.2f}")
    results.write("bench_synthesis", {"rows": rows, "exponent": exponent})


if __name__ == "__main__":
    one = sys.argv[1:2] == ["--one"]
    print(json.dumps(measure(int(sys.argv[2])))) if one else main([int(each) for each in sys.argv[1:]] or [25, 50, 100])
