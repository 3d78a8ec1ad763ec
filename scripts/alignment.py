"""Cosine between every rule's weight changes and the exact gradient, before learning: ``python scripts/alignment.py``.

The complex-signal network driven by 1, 7 and 10 sines; weights held while backward coefficients settle; 5 seeds.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import results

from vle_analog.lesson.alignment import alignment
from vle_analog.reference.learners import FrozenNetwork, OnlineLearner
from vle_analog.tasks import complex_signal

SPECTRA = {
    "1 sine": (1.0,),
    "7 sines": tuple(np.geomspace(0.1, 2.0, 7)),
    "10 sines": tuple(np.geomspace(0.3, 10.0, 10)),
}
RULES = ("bp", "gle", "vle1", "vle2", "vle3")
#: names of rules, and whether their synapses have eligibility
VARIANTS = {**dict.fromkeys(RULES, False), **{f"{rule}, eligibility": True for rule in RULES}}


def main(seeds: int, settle: float, window: float) -> None:
    """Print the means over seeds, layer by layer from the bottom; write ``results/alignment.json``."""
    found: dict[str, dict[str, list[dict[str, float]]]] = {}
    print(f"{'':10}{'':20}" + "".join(f"{name:>10}" for name in ("layer 1", "2", "3", "worst 1")))
    for title, frequencies in SPECTRA.items():
        for name, eligibility in VARIANTS.items():
            rule = name.split(",")[0]
            runs = found.setdefault(title, {}).setdefault(name, [])
            for seed in range(seeds):
                driven = replace(complex_signal, other={"frequencies": [float(each) for each in frequencies]})
                task = driven(rule, seed=seed, eligibility=eligibility)
                learner = OnlineLearner(task.system, task.learned, task.step)
                exact = FrozenNetwork(task.layers, task.teacher, task.step).adjoint
                runs.append(alignment(learner, exact, task, window, settle))
            means = [np.mean([run[layer] for run in runs]) for layer in "123"]
            worst = min(run["1"] for run in runs)
            print(f"{title:10}{name:20}" + "".join(f"{value:10.3f}" for value in (*means, worst)), flush=True)
    results.write("alignment", found)


if __name__ == "__main__":
    quick = "--quick" in sys.argv[1:]
    main(*((1, 100.0, 100.0) if quick else (5, 4000.0, 1000.0)))
