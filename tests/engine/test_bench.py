"""The bench script runs, and what it compares agrees."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_bench_script_in_quick_mode(tmp_path: Path) -> None:
    script = ROOT / "scripts" / "bench_engine.py"
    subprocess.run([sys.executable, str(script), "quick"], cwd=tmp_path, check=True, timeout=120)

    found = json.loads((tmp_path / "results" / "bench_engine.json").read_text())
    assert set(found) == {"xor_small learning", "chain of 10"}
    for numbers in found.values():
        assert numbers["ratio"] > 1
        assert numbers["nrmse_median"] < 0.05  # of a unit or two, most of which is the start
