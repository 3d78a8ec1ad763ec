"""The committed netlists are what the code emits now, and each runs alone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.netlist.reader import SUFFIXES
from vle_analog.simulate.rawfile import read_raw

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "netlists"
COMMITTED = sorted(path.name for path in FOLDER.iterdir() if path.suffix in {".cir", ".txt"})
DECKS = [name for name in COMMITTED if name.endswith(".cir")]


@cache
def emitted() -> dict[str, str]:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        from make_netlists import netlists  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    return dict(netlists())


def test_the_set_of_netlists_is_what_the_script_writes() -> None:
    assert sorted(emitted()) == COMMITTED, "run python scripts/make_netlists.py"
    assert {f"chain_{rule}.cir" for rule in ("bp", "gle", "vle")} < set(COMMITTED)
    assert {path.stem for path in (ROOT / "circuits" / "systems").glob("*.toml")} < {Path(n).stem for n in DECKS}


@pytest.mark.parametrize("name", COMMITTED)
def test_a_netlist_is_what_the_code_emits_now(name: str) -> None:
    assert emitted()[name].encode() == (FOLDER / name).read_bytes(), "run python scripts/make_netlists.py"


@pytest.mark.parametrize("name", DECKS)
def test_a_netlist_has_no_time_stamp_or_path(name: str) -> None:
    text = (FOLDER / name).read_text()
    assert str(ROOT) not in text and "/tmp" not in text
    assert not re.search(r"20\d\d-\d\d-\d\d|\d\d:\d\d:\d\d", text)
    assert text.isascii() and max(map(len, text.splitlines())) < 250
    assert text.startswith(".title ") and text.endswith(".end\n")


def span(text: str) -> float:
    """Seconds that a deck asks the simulator for."""
    asked = re.search(r"^tran \S+ ([\d.]+)([a-z]*) ", text, re.MULTILINE)
    assert asked is not None
    return float(asked[1]) * SUFFIXES[asked[2]]


#: takes as long as all others; `scripts/witnesses` runs it, too
LONG = "complex_signal_vle.cir"


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow if name == LONG else ()) for name in DECKS])
def test_a_netlist_runs_alone_to_the_end_of_its_span(name: str, tmp_path: Path, ngspice: str) -> None:
    """As a user would run it, with nothing but the deck and the side files that it names."""
    text = (FOLDER / name).read_text()
    shutil.copy(FOLDER / name, tmp_path)
    for side in re.findall(r'file="([^"]+)"', text):
        shutil.copy(FOLDER / side, tmp_path)
    done = subprocess.run([ngspice, "-b", name], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert not re.search(r"error|warning|singular|no such", done.stdout + done.stderr, re.IGNORECASE)
    (plot,) = read_raw(tmp_path / "waveforms.raw")
    assert plot.data["time"][-1] == pytest.approx(span(text), rel=1e-9)
    for values in plot.data.values():
        assert np.isfinite(values).all()
        assert np.max(np.abs(values)) < 12  # volts, within the rails
