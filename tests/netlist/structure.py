"""Two flat netlists held against each other: nodes, parts, values, and laws at random voltages and times."""

from __future__ import annotations

import math
import random

from tests.netlist.reader import Flat, Quantities


def random_quantities(flat: Flat, number: int, seed: int = 1) -> list[Quantities]:
    """Voltages within the rails, milliamperes, and times within the run."""
    rng = random.Random(seed)
    nodes, sources = sorted(flat.nodes), sorted(key[2:] for key in flat.elements if key.startswith("v:"))
    return [
        Quantities(
            {node: rng.uniform(-8, 8) for node in nodes},
            {source: rng.uniform(-1e-3, 1e-3) for source in sources},
            rng.uniform(0, flat.tran[1]),
        )
        for _ in range(number)
    ]


def differences(first: Flat, second: Flat, quantities: list[Quantities], rel: float = 1e-9) -> list[str]:
    """What tells two flat netlists apart, one line each."""
    found = [f"{key} is in one only" for key in sorted(first.elements.keys() ^ second.elements.keys())]
    if first.tran != second.tran or first.probes != second.probes:
        found.append(f"{first.tran} {sorted(first.probes)} but {second.tran} {sorted(second.probes)}")
    for key in sorted(first.elements.keys() & second.elements.keys()):
        one, other = first.elements[key], second.elements[key]
        if (one.kind, one.nodes, one.text, one.numbers.keys()) != (
            other.kind,
            other.nodes,
            other.text,
            other.numbers.keys(),
        ):
            found.append(f"{key}: {one} but {other}")
            continue
        for name, value in one.numbers.items():
            if not math.isclose(value, other.numbers[name], rel_tol=rel, abs_tol=1e-30):
                found.append(f"{key}: {name} {value} but {other.numbers[name]}")
        if one.law is None or other.law is None:
            continue
        margin = 1e-6 if one.filed or other.filed else 1e-9
        for now in quantities:
            values = one.law(now), other.law(now)
            if not math.isclose(*values, rel_tol=rel, abs_tol=margin):
                found.append(f"{key}: {values[0]} but {values[1]}")
                break
    return found
