"""A nonlinear function and a kind of stage from outside of the package: a file and a cell each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tool import ROOT, Answer, refused, shell
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import EquationError, UsageError
from vle_analog.library import OWN, cell_files, own_folders

FOLDER = ROOT / "tests" / "own_library"

SCRIPT = """
import json, sys
from pathlib import Path

import numpy as np

from tests.blocks.bench import transient
from vle_analog.circuit.elements import Instance
from vle_analog.circuit.parts import chosen
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.engine.engine import Engine
from vle_analog.equations.systemfile import load_system
from vle_analog.learning.layers import ACTIVATIONS
from vle_analog.production.ratios import stages
from vle_analog.studies.margins.stages import stages as networks

folder, system = Path(sys.argv[1]), load_system(Path(sys.argv[2]))
found = {"activation": "squash" in ACTIVATIONS}
for fidelity in ("ideal", "macromodel"):
    made = design(system, Build(fidelity=fidelity))
    ideal = made.reference.solution.waveforms
    step = made.reference.solution.step
    engine = Engine(made.circuit, 0.005, ("u", "y")).advance(10.0, every=0.05)
    spice = transient(made.circuit, folder / fidelity, 10.0, step, ("u", "y"))

    def apart(time, values, name):
        late = time > 0.5
        wanted = np.interp(time, ideal.time, ideal.signals[name])[late]
        return float(np.sqrt(np.mean((values[late] - wanted) ** 2)) / np.ptp(wanted))

    found[fidelity] = {
        "cells": {each.name: each.cell for each in made.circuit.elements() if isinstance(each, Instance)},
        "ngspice": {name: apart(spice.time, spice[name], name) for name in ("u", "y")},
        "engine": {name: apart(engine.time, engine.signals[name][0], name) for name in ("u", "y")},
        "gains": {each.name: len(each.quantities) for each in stages(made.circuit)},
        "known": networks(made.circuit)["y"].known,
    }
print(json.dumps(found))
"""


def python(code: str, *arguments: Path, own: Path = FOLDER) -> subprocess.CompletedProcess[str]:
    """Runs Python with a library of one's own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), OWN: str(own)}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)


def test_a_law_and_a_stage_of_one_s_own(tmp_path: Path, ngspice: str) -> None:
    """Lowered, realised, integrated, simulated and run in the engine, with ideal and with real op-amps."""
    done = python(SCRIPT, tmp_path, FOLDER / "system.toml")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["activation"]
    for fidelity, most in (("ideal", 1e-3), ("macromodel", 3e-3)):
        one = found[fidelity]
        assert one["cells"]["y"] == "amplifier" and "squash" in one["cells"].values()
        for simulator in ("ngspice", "engine"):
            assert max(one[simulator].values()) < most, (fidelity, simulator, one[simulator])
        assert one["gains"]["y"] == 1
        assert one["known"]


def test_the_command_line_knows_them(tmp_path: Path, ngspice: str) -> None:
    done = shell("run", FOLDER / "system.toml", "--out", tmp_path / "own", cwd=tmp_path, **{OWN: str(FOLDER)})
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "own" / "metrics.json").read_text())["trace_nrmse_max"] < 1e-3


def test_without_the_library_they_are_unknown() -> None:
    with pytest.raises(EquationError, match="unsupported function 'squash'"):
        load_system(FOLDER / "system.toml")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "laws").mkdir()
    (tmp_path / "laws" / "broken.py").write_text("import nothing_like_it")
    done = shell("run", "lorenz", "--out", tmp_path / "out", cwd=tmp_path, **{OWN: str(tmp_path)})
    words = "broken.py, line 1: the file cannot be run: ModuleNotFoundError: No module named 'nothing_like_it'"
    refused(Answer(done.returncode, done.stdout, done.stderr), words)


def test_two_laws_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "laws").mkdir()
    (tmp_path / "laws" / "twice.py").write_text("from vle_analog.laws.tanh import LAW")
    assert "twice.py: two laws are called 'tanh'" in python("import vle_analog.laws", own=tmp_path).stderr


def test_two_cells_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "circuits" / "ideal").mkdir(parents=True)
    (tmp_path / "circuits" / "ideal" / "opamp.cir").touch()
    monkeypatch.setenv(OWN, str(tmp_path))
    with pytest.raises(UsageError, match="two cells are called 'opamp'"):
        cell_files()


def test_a_folder_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OWN, f"{FOLDER}{os.pathsep}{tmp_path / 'none'}")
    with pytest.raises(UsageError, match="which is no folder"):
        own_folders()
