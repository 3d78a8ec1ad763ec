"""A second opinion counts only if it is about the same circuit: warnings, gaps and early ends are errors."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from vle_analog.errors import SimulationError
from vle_analog.simulate.eecircuit import EECircuit
from vle_analog.simulate.neospice import Neospice
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.simulate.witness import Witness

NETLISTS = Path(__file__).resolve().parents[2] / "netlists"
DECK = "* rc\n.control\nset filetype=binary\nsave v(a)\ntran 1u 1m 0 1u uic\nwrite waveforms.raw\nquit\n.endc\n.end\n"
SPAN = 1e-3
#: what a witness does that writes a good file: times to 1 ms, and a voltage
GOOD = """
import sys, numpy
from pathlib import Path
from vle_analog.simulate.rawfile import raw_bytes
time = numpy.linspace(0, 1e-3, 5)
Path(sys.argv[2]).write_bytes(raw_bytes("rc", ["time", "v(a)"], numpy.column_stack([time, 2 * time])))
"""


class Scripted(Witness):
    """A witness that does what a text says."""

    name = "scripted"
    harmless = (re.compile("about nothing"),)

    def __init__(self, script: str) -> None:
        self.script = script

    def version(self) -> str:
        return "1"

    def _command(self) -> list[str]:
        return [sys.executable, "-c", self.script]


def test_what_it_saves_is_read(tmp_path: Path) -> None:
    found = Scripted(GOOD + "print('Warning: about nothing')").run(DECK, span=SPAN, folder=tmp_path)
    assert found.time[-1] == SPAN and found.values.keys() == {"a"}
    np.testing.assert_array_equal(found.values["a"], 2 * found.time)
    assert ".tran 1u 1m 0 1u uic" in (tmp_path / "netlist.cir").read_text()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            GOOD + "print('Warning: Line 3: B1 is not known, skipping')",
            "take the deck as it is: Warning: Line 3",
        ),
        (
            GOOD + "print('unknown parameter m', file=sys.stderr)",
            "take the deck as it is: unknown parameter m",
        ),
        (GOOD.replace("v(a)", "v(b)"), "saved nothing of a"),
        (GOOD.replace("1e-3", "0.9e-3"), "stopped at 0.0009 s of 0.001 s"),
        (GOOD.replace("2 * time", "time / 0"), "does not take|not finite"),
        ("print('bye')", "ended with 0; its last words: 'bye'"),
        ("import os; os.abort()", "ended with SIGABRT; its last words: 'nothing'"),
        ("import time; time.sleep(60)", "timed out"),
    ],
)
def test_all_else_is_an_error_with_the_deck_s_place(script: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match=said) as caught:
        Scripted(script).run(DECK, span=SPAN, folder=tmp_path, timeout=10 if "sleep" not in script else 1)
    assert str(tmp_path / "netlist.cir") in str(caught.value) and str(tmp_path / "witness.log") in str(caught.value)


def test_side_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match=r"no side files: noise\.txt"):
        Scripted(GOOD).run(DECK, span=SPAN, folder=tmp_path, files={"noise.txt": ""})


def present(witness: Witness) -> Witness:
    """The witness, where it is installed."""
    try:
        witness.version()
    except SimulationError as error:
        pytest.skip(str(error))
    return witness


@pytest.mark.parametrize("name", ["van_der_pol", "two_neurons", "prospective_identity"])
@pytest.mark.parametrize("witness", [EECircuit(), Neospice()], ids=lambda witness: witness.name)
def test_installed_witnesses_confirm_decks(witness: Witness, name: str, tmp_path: Path) -> None:
    """A few; ``scripts/witnesses`` has all of them."""
    text = (NETLISTS / f"{name}.cir").read_text()
    span = {"van_der_pol": 40e-3, "two_neurons": 30e-3, "prospective_identity": 30e-3}[name]
    other = present(witness).run(text, span=span, folder=tmp_path / "other", timeout=120)
    own = Ngspice().run(text, span=span, folder=tmp_path / "own")
    for signal, values in own.values.items():
        there = np.interp(own.time, other.time, other.values[signal])
        assert np.max(np.abs(there - values)) < 1e-3 * np.ptp(values)


@pytest.mark.parametrize("witness", [EECircuit(), Neospice()], ids=lambda witness: witness.name)
def test_a_source_that_a_witness_passes_over_is_an_error(witness: Witness, tmp_path: Path) -> None:
    """``m=`` on a B source: ngspice multiplies, another drops the source; nobody may quietly do that."""
    text = (NETLISTS / "van_der_pol.cir").read_text()
    changed = text.replace("V={1/scale}*V(x)*V(y)", "V=V(x)*V(y) m={1/scale}")
    assert changed != text
    try:
        found = present(witness).run(changed, span=40e-3, folder=tmp_path / "other", timeout=120)
    except SimulationError as error:
        assert "does not take the deck as it is" in str(error)
        return
    own = Ngspice().run(text, span=40e-3, folder=tmp_path / "own")
    np.testing.assert_allclose(np.interp(own.time, found.time, found.values["x"]), own.values["x"], atol=1e-3)
