"""`witnesses`: decks in other simulators, for which ngspice itself stands in, honest, deaf and lying."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.tool import refused, visible
from vle_analog.errors import SimulationError
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.simulate.witness import Witness
from vle_analog.studies.witnesses import study
from vle_analog.studies.witnesses.result import BOUND
from vle_analog.waveforms import Waveforms

NETLISTS = Path(__file__).resolve().parents[3] / "netlists"
#: runs the deck, of which some text is changed before, by its dot commands
_AGAIN = """
import subprocess, sys
from pathlib import Path
deck = Path(sys.argv[1])
deck.write_text(deck.read_text().replace({!r}, {!r}))
subprocess.run(["ngspice", "-n", "-b", "-r", sys.argv[2], str(deck)], stdout=subprocess.DEVNULL)
{}
"""


class Again(Witness):
    """ngspice once more."""

    def __init__(self, name: str, change: tuple[str, str] = ("", ""), last: str = "", missing: bool = False) -> None:
        self.name, self._script, self._missing = name, _AGAIN.format(*change, last), missing

    def version(self) -> str:
        if self._missing:
            raise SimulationError(f"{self.name} is not installed")
        return f"{self.name} 1"

    def _command(self) -> list[str]:
        return [sys.executable, "-c", self._script]


HONEST = Again("honest")
LIAR = Again("liar", ("{1/scale}", "{1.01/scale}"))
DEAF = Again("deaf", last="print('Warning: B1 skipped')")
GONE = Again("gone", missing=True)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch, ngspice: str):  # type: ignore[no-untyped-def]
    def these(*witnesses: Witness) -> None:
        monkeypatch.setattr(study, "KNOWN", {witness.name: witness for witness in witnesses})

    return these


def test_each_deck_and_witness_has_its_place(ask, known, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    known(HONEST, LIAR, DEAF, GONE)
    decks = [NETLISTS / f"{name}.cir" for name in ("van_der_pol", "rc_low_pass")]
    answer = ask("witnesses", *decks, "--out", "docs")
    assert answer.code == 0
    assert "honest agrees within 0.001 of range on 2 of 2 decks" in answer.out
    assert "deaf is no witness of van_der_pol.cir: deaf does not take the deck as it is: Warning: B1 skipped" in answer
    assert "not asked: gone is not installed" in answer
    assert visible(tmp_path / "docs") == {"witnesses.html", "witnesses.json", "witnesses.md"}
    record = json.loads((tmp_path / "docs" / "witnesses.json").read_text())
    assert list(record["versions"]) == ["ngspice", "honest", "liar", "deaf"] and record["date"].startswith("20")
    (van_der_pol, low_pass) = record["decks"]
    for deck in record["decks"]:
        said = deck["testimonies"]
        assert said["honest"]["deviation"]["worst"] < 1e-6 and said["deaf"]["deviation"] is None
        assert 0 < deck["own"]["worst"] < BOUND and deck["horizon"] == deck["span"]
    # the RC low-pass has no multiplier to lie about
    assert low_pass["testimonies"]["liar"]["deviation"]["worst"] < 1e-6
    assert van_der_pol["testimonies"]["liar"]["deviation"]["worst"] > BOUND
    assert "liar does not agree on van_der_pol.cir" in answer


def test_beyond_the_horizon_nobody_is_held_to_anything() -> None:
    """Two runs that part at t = 5, while half the step parts at t = 4; the range is 10."""
    time = np.linspace(0, 10, 1001)
    first, other, finer = (
        Waveforms(time, {"x": time + np.maximum(time - when, 0), "still": np.full(1001, 7.0)}) for when in (20, 5, 4)
    )
    horizon = study._horizon(first, finer)
    assert horizon == pytest.approx(4 + 10 * BOUND, abs=0.011)
    assert study.deviation(first, other, 10.0).worst == pytest.approx(0.5)
    judged = study._judged(first, other, 10.0, horizon)
    assert (judged.worst, judged.until) == (pytest.approx(0, abs=1e-9), horizon)
    assert study._judged(first, other, 10.0, 10.0).until == 10.0  # without a reason all of it counts
    assert study._judged(first, first, 10.0, horizon).until == 10.0  # and so it does where all of it agrees


@pytest.mark.slow
def test_a_chaotic_deck_is_compared_as_far_as_it_can_be(ngspice: str) -> None:
    """Half a step changes Lorenz's end: a witness that steps otherwise is held to its beginning alone."""
    found = study.compared(NETLISTS / "lorenz.cir", Ngspice(), [Again("coarse", ("97.65625n", "90n"))])
    deviation = found.testimonies["coarse"].deviation
    assert deviation is not None and found.own.worst > BOUND
    assert 0.005 < found.horizon < found.span == 0.01
    assert deviation.worst <= BOUND


def test_without_any_witness_it_says_what_to_install(ask, known) -> None:  # type: ignore[no-untyped-def]
    known(GONE)
    refused(ask("witnesses", NETLISTS / "rc_low_pass.cir"), "no witness is installed", "gone is not installed")


@pytest.mark.parametrize(
    ("arguments", "texts"),
    [((), ["DECK"]), (("none.cir",), ["there is no deck none.cir"])],
)
def test_what_cannot_be_asked(ask, arguments: tuple[str, ...], texts: list[str]) -> None:  # type: ignore[no-untyped-def]
    answer = ask("witnesses", *arguments)
    assert answer.code != 0 and all(text in answer for text in texts)


def test_a_deck_of_another_kind_is_refused(ask, known, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    known(HONEST)
    shutil.copy(NETLISTS / "rc_low_pass.cir", tmp_path / "other.cir")
    (tmp_path / "other.cir").write_text("* nothing\n.tran 1u 1m\n.end\n")
    refused(ask("witnesses", tmp_path / "other.cir"), "the deck has no .control block")
