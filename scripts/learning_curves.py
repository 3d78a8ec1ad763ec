"""Put side by side what ``learn_sequences.py`` wrote: ``python scripts/learning_curves.py FOLDER [--out FOLDER]``.

Writes ``learning_curves.json``, of every variant its seeds, exams and epochs, and ``learning_curves.png``: right
answers of the data to validate by, against epochs. What lies in a folder within is told apart by that folder's name,
as trials of several rates.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import results
from matplotlib.figure import Figure

from vle_analog.learning.rules import RULES

#: what the exact gradient is drawn in
_EXACT = "#c0399f"


def collected(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Records by variant, and by the folder that they lie in, in the order of their seeds."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(folder.rglob("*_[0-9]*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        within = "" if path.parent == folder else f", {path.parent.name}"
        found.setdefault(f"{record['variant']}{within}", []).append(record)
    return found


def summary(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is told of a variant."""
    exams = [record["exam_accuracy"] for record in records]
    return {
        "seeds": [record["seed"] for record in records],
        "exam": exams,
        "mean": float(np.mean(exams)),
        "deviation": float(np.std(exams, ddof=1)) if len(exams) > 1 else None,
        "also": {
            name: {"exam": [record["also"][name] for record in records], "mean": _mean(records, name)}
            for name in records[0].get("also", {})
        },
        "rate": records[0]["rate"],
        "validation": [record["validation_accuracy"] for record in records],
        "epochs": len(records[0]["curve"]),
        "parameters": records[0]["parameters"],
        "processor_seconds": float(np.mean([record["processor_seconds"] for record in records])),
    }


def _mean(records: Sequence[Mapping[str, Any]], name: str) -> float:
    """Right answers of a further exam, the mean over seeds."""
    return float(np.mean([record["also"][name] for record in records]))


def drawn(variants: Mapping[str, Sequence[Mapping[str, Any]]]) -> Figure:
    """Right answers against epochs, a line per seed."""
    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    axes = figure.subplots()
    for name, records in variants.items():
        rule = RULES.get(records[0]["variant"].removesuffix("_eligibility"))
        for place, record in enumerate(records):
            curve = [100 * row["validation"] for row in record["curve"]]
            label = name.replace("_", " + ") if place == 0 else None
            axes.plot(range(1, len(curve) + 1), curve, color=rule.color if rule else _EXACT, lw=1.2, label=label)
    axes.set(xlabel="epochs", ylabel="right of the data to validate by, %", ylim=(0, 100))
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def main(folder: Path, out: str | None) -> None:
    """Collect, draw and write."""
    variants = collected(folder)
    table = {name: summary(records) for name, records in variants.items()}
    results.write("learning_curves", table, drawn(variants), out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--out")
    given = parser.parse_args()
    main(Path(given.folder), given.out)
