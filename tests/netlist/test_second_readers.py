"""Other programs simulate the decks of other dialects: ngspice in LTspice's manner, and gnucap.

Neither LTspice nor Xyce comes with a distribution. What stands in the way of another reader is changed in
the text here, line by line, and nothing else.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.equations.system import EquationSystem
from vle_analog.equations.systemfile import load_system
from vle_analog.library import system_files
from vle_analog.netlist.dialects import DIALECTS
from vle_analog.simulate.rawfile import read_raw
from vle_analog.tasks import Task, chain

Traces = dict[str, np.ndarray]
SYSTEMS = ("rc_low_pass", "lorenz", "two_neurons")


def subject(name: str) -> EquationSystem | Task:
    return chain("gle", span=100.0) if name == "chain" else load_system(system_files()[name])


@cache
def texts(name: str, fidelity: str = "ideal") -> dict[str, str]:
    found = design(subject(name), Build(fidelity=fidelity))
    return {dialect: render(found.circuit, found.bench).text for dialect, render in DIALECTS.items()}


def simulated(program: list[str], text: str, folder: Path, name: str) -> Traces:
    """A deck run by ngspice."""
    (folder / name).write_text(text)
    done = subprocess.run([*program, name], cwd=folder, capture_output=True, text=True, timeout=120)
    assert not re.search(r"error|singular|no such", done.stdout + done.stderr, re.IGNORECASE), done.stdout + done.stderr
    (plot,) = read_raw(folder / "waveforms.raw")
    (folder / "waveforms.raw").unlink()
    return plot.data


def one_line(text: str) -> str:
    return re.sub(r"\n\+ ?", " ", text)


def ltspice_for_ngspice(text: str) -> str:
    """ngspice repeats a PWL by r=0 only, and takes a transistor's area in braces for a model's name."""
    return transistors(text).replace("PWL REPEAT FOREVER (", "PWL(").replace(") ENDREPEAT", ") r=0")


def transistors(text: str) -> str:
    text = re.sub(r"^(Q.*) (\{AREA\})", r"\1 area=\2", text, flags=re.MULTILINE)
    return re.sub(r"IC1=(\S+) IC2=", r"ic=\1,", text)


def xyce_for_ngspice(text: str) -> str:
    """No braces around voltages, brackets around points; options and what to save in SPICE's words; transistors too."""
    lines = []
    for line in one_line(transistors(text)).splitlines():
        if line.startswith("B"):
            line = re.sub(r"([VI])=\{(.*)\}$", r"\1=\2", line)
        line = re.sub(r"^(V.*) PWL (.*?)( R=0)?$", r"\1 PWL(\2)\3", line)
        line = re.sub(r"^\.OPTIONS TIMEINT.*", ".options reltol=1e-5 vntol=1e-8 abstol=1e-10 itl4=100", line)
        line = re.sub(r"^\.OPTIONS NONLIN-TRAN.*", "", line)
        line = re.sub(r"^\.PRINT TRAN FORMAT=RAW FILE=waveforms.raw", ".save", line)
        lines.append(line)
    return "\n".join(lines) + "\n"


def nrmse(first: Traces, second: Traces) -> float:
    """Worst over all signals, of the first one's range, at the first one's times."""
    assert first.keys() == second.keys()
    errors = []
    for name, values in first.items():
        if name != "time":
            other = np.interp(first["time"], second["time"], second[name])
            errors.append(float(np.sqrt(np.mean((other - values) ** 2)) / np.ptp(values)))
    return max(errors)


@pytest.mark.parametrize(("name", "limit"), [*((name, 1e-8) for name in SYSTEMS), ("chain", 1e-4)])
def test_ngspice_simulates_both(name: str, limit: float, tmp_path: Path, ngspice: str) -> None:
    """The chain's periodic input has corners that a solver meets as a V source, and not as a B source."""
    found = texts(name)
    own = simulated([ngspice, "-b"], found["ngspice"], tmp_path, "own.cir")
    lt = [ngspice, "-D", "ngbehavior=lt", "-b", "-r", "waveforms.raw"]
    assert nrmse(own, simulated(lt, ltspice_for_ngspice(found["ltspice"]), tmp_path, "ltspice.net")) < limit
    plain = [ngspice, "-b", "-r", "waveforms.raw"]
    assert nrmse(own, simulated(plain, xyce_for_ngspice(found["xyce"]), tmp_path, "xyce.cir")) < limit


@pytest.mark.parametrize("fidelity", ["macromodel", "transistor"])
@pytest.mark.parametrize("name", ["rc_low_pass", "two_neurons"])
def test_ngspice_simulates_real_parts(name: str, fidelity: str, tmp_path: Path, ngspice: str) -> None:
    found = texts(name, fidelity)
    own = simulated([ngspice, "-b"], found["ngspice"], tmp_path, "own.cir")
    lt = [ngspice, "-D", "ngbehavior=lt", "-b", "-r", "waveforms.raw"]
    assert nrmse(own, simulated(lt, ltspice_for_ngspice(found["ltspice"]), tmp_path, "ltspice.net")) < 1e-8
    plain = [ngspice, "-b", "-r", "waveforms.raw"]
    assert nrmse(own, simulated(plain, xyce_for_ngspice(found["xyce"]), tmp_path, "xyce.cir")) < 1e-8


def test_gnucap_simulates_a_linear_one(tmp_path: Path, ngspice: str) -> None:
    """gnucap, written apart from SPICE, has no B sources; the ring has none, has parameters, and a PWL input."""
    if (gnucap := shutil.which("gnucap")) is None:
        pytest.skip("gnucap is not installed (apt-get install gnucap)")
    found = texts("fast_ring")
    text = one_line(found["ltspice"])
    text = re.sub(r"\.options.*", ".options reltol=1e-5 vntol=1e-8 abstol=1e-10 method=trap", text)
    text = text.replace(".save", ".print tran")
    (tmp_path / "deck.ckt").write_text(text)
    done = subprocess.run([gnucap, "-b", "deck.ckt"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    rows = [line.split() for line in done.stdout.splitlines() if re.match(r" -?[\d.]", line)]
    values = np.array([[gnucap_number(word) for word in row] for row in rows])
    assert len(values) > 1000
    own = simulated([ngspice, "-b"], found["ngspice"], tmp_path, "own.cir")
    assert nrmse({"time": values[:, 0], "x": values[:, 1], "y": values[:, 2]}, own) < 1e-4


def gnucap_number(word: str) -> float:
    prefixes = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0}
    match = re.fullmatch(r"(-?[\d.]+(?:E[-+]?\d+)?)([fpnum]?)", word)
    assert match is not None, word
    return float(match[1]) * prefixes[match[2]]
