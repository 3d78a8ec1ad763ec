"""What `run` spends outside ngspice and the reference, on the chain: ``python scripts/bench_run.py [SPAN]``."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import results

from vle_analog.lab.lab import Lab
from vle_analog.studies.run.study import run
from vle_analog.tasks import chain

RULES = ("bp", "gle", "vle")


def main(span: float) -> None:
    """Print a table and write ``results/bench_run.json``; seconds after import, figures and files included."""
    rows = []
    for rule in RULES:
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            seconds = run(chain(rule, span=span), lab=Lab(Path(folder))).save(folder)["seconds"]
            total = time.perf_counter() - started
        around = total - seconds["ngspice"] - seconds["reference"]
        rows.append(
            {"rule": rule, "total": total, "around": around, **{f"of which {k}": v for k, v in seconds.items()}}
        )
        print(f"{rule}: {around:.2f} s; ngspice {seconds['ngspice']:.2f} s, reference {seconds['reference']:.2f} s")
    results.write("bench_run", {"span": span, "rows": rows})


if __name__ == "__main__":
    main(float(sys.argv[1]) if sys.argv[1:] else 10_000.0)
