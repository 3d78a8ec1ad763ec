"""Run every system file of a folder with ideal parts and hold it against an independent solve_ivp.

Usage: python scripts/run_systems.py FOLDER [--lower] [--only NAME,...] [--table FILE.json]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from independent import nrmse, solution

import vle_analog as va
from vle_analog.design.design import design
from vle_analog.errors import VleAnalogError
from vle_analog.lab.folder import write_results
from vle_analog.studies.run.study import simulated

HEADER = f"{'system':26s} {'accepted':9s} {'ran':5s} {'NRMSE':>9s} {'reference':>9s} {'seconds':>8s}  reason"


def judged(path: Path, simulate: bool) -> dict[str, Any]:
    """What becomes of one system file."""
    row: dict[str, Any] = {"name": path.stem, "accepted": False, "ran": False, "nrmse": None, "reference": None}
    try:
        system = va.load_system(path)
        made = design(system)
        row["accepted"] = True
        ideal = made.reference.solution.waveforms
        parts = {"reference": ideal}
        if simulate:
            parts["nrmse"] = simulated(system, made, va.Lab(timeout=300.0)).analog
            row["ran"] = True
        times, truth = solution(path)
        for key, run in parts.items():
            row[key] = max(nrmse(times, values, run.time, run[name]) for name, values in truth.items())
    except VleAnalogError as error:
        return {**row, "reason": str(error).replace("\n", " | ")}
    except Exception as error:
        return {**row, "reason": f"{type(error).__name__}: {error}"}
    return {**row, "reason": ""}


def main() -> None:
    """Print one row per system and the totals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lower", action="store_true", help="accept only: lower, integrate, realise; no ngspice")
    parser.add_argument("--only", default="", help="names of systems, separated by commas")
    parser.add_argument("--table", type=Path, help="where the rows go as JSON")
    asked = parser.parse_args()
    print(HEADER)
    rows = []
    for path in sorted(asked.folder.glob("*.toml")):
        if asked.only and path.stem not in asked.only.split(","):
            continue
        started = time.perf_counter()
        row = {**judged(path, not asked.lower), "seconds": time.perf_counter() - started}
        rows.append(row)
        circuit, reference = ("" if row[key] is None else f"{row[key]:.1e}" for key in ("nrmse", "reference"))
        accepted, ran = ("yes" if row[key] else "no" for key in ("accepted", "ran"))
        print(
            f"{row['name']:26s} {accepted:9s} {ran:5s} {circuit:>9s} {reference:>9s} {row['seconds']:8.1f}  "
            + row["reason"],
            flush=True,
        )
    accepted, ran = (sum(row[key] for row in rows) for key in ("accepted", "ran"))
    good = sum(row["nrmse"] is not None and row["nrmse"] < 1e-3 for row in rows)
    print(f"{len(rows)} systems: {accepted} accepted, {ran} ran, {good} within 0.1 %")
    if asked.table:
        text = json.dumps(rows, indent=1)
        write_results(asked.table.parent, {asked.table.name: text}, f"table {asked.table.name}")


if __name__ == "__main__":
    sys.exit(main())
