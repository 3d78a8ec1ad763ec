"""The smallest network that learns a task of labelled sequences: ``python scripts/smallest_network.py FOLDER``.

Networks of the task files ``FOLDER/1x3.toml``, ... (`make_mnist1d.py --size 1x3`) learn it from ``--seeds`` (3) start
weights each, as ``learn_sequences.py`` has it, 20 epochs from rest and 10 in which sequences follow one another; what
is done is kept, and taken up again. They are compared by the data to validate by. Writes ``smallest_network.json``: by
size the neurons, weights and biases, right answers of all seeds, and whether all are above ``--above`` (0.8); exams of
those sizes alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import learn_sequences
import results


def size(path: Path) -> tuple[int, int]:
    """Hidden layers, and neurons in each."""
    layers, neurons = path.stem.split("x")
    return int(layers), int(neurons)


def validated(path: Path, seeds: int, above: float) -> dict[str, Any]:
    """One size."""
    layers, neurons = size(path)
    words = [str(path), str(path.with_suffix("")), "--epochs", "20", "--following", "10", "--rate", "1e-2"]
    runs = [learn_sequences.main(learn_sequences.asked([*words, "--seed", str(seed)])) for seed in range(seeds)]
    right = [run["validation_accuracy"] for run in runs]
    return {
        "hidden": layers * neurons,
        "parameters": runs[0]["parameters"],
        "validation": right,
        "lowest": min(right),
        "suffices": min(right) > above,
        "exam": [run["exam_accuracy"] for run in runs] if min(right) > above else None,
    }


def main(given: argparse.Namespace) -> None:
    """Learn and compare; write."""
    paths = sorted(Path(given.folder).glob("[0-9]*x[0-9]*.toml"), key=lambda path: (size(path), path))
    table = {path.stem: validated(path, given.seeds, given.above) for path in paths}
    results.write("smallest_network", table, folder=given.out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--above", type=float, default=0.8)
    parser.add_argument("--out")
    main(parser.parse_args())
