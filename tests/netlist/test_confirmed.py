"""The table of witnesses in ``docs/`` is of the decks that are committed now."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DECKS = sorted((ROOT / "netlists").glob("*.cir"))
RECORD = json.loads((ROOT / "docs" / "witnesses.json").read_text(encoding="utf-8"))
WITNESSES = {"eecircuit-engine", "neospice"}


def test_all_committed_decks_and_no_others_were_run() -> None:
    assert [deck["deck"] for deck in RECORD["decks"]] == [path.name for path in DECKS], "run scripts/witnesses"
    assert RECORD["bound"] == 1e-3 and set(RECORD["versions"]) == {"ngspice", *WITNESSES}


@pytest.mark.parametrize("path", DECKS, ids=lambda path: path.stem)
def test_a_deck_was_confirmed_as_it_stands(path: Path) -> None:
    (deck,) = (deck for deck in RECORD["decks"] if deck["deck"] == path.name)
    assert deck["digest"] == hashlib.sha256(path.read_bytes()).hexdigest(), "run scripts/witnesses"
    assert set(deck["testimonies"]) == WITNESSES
    for name, testimony in deck["testimonies"].items():
        if testimony["excluded"]:
            assert name != "eecircuit-engine", testimony["excluded"]  # of another element set a witness may be excused
        else:
            assert testimony["deviation"]["worst"] <= RECORD["bound"]
