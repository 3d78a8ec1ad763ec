"""What the generated pages say is of what is committed now."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DECKS = sorted((ROOT / "netlists").glob("*.cir"))


def test_every_committed_deck_has_witnesses() -> None:
    """As it stands, within the bound; a deck that changed is run again by ``scripts/witnesses``."""
    record = json.loads((ROOT / "docs" / "witnesses.json").read_text())
    found = {deck["deck"]: deck for deck in record["decks"]}
    assert list(found) == [path.name for path in DECKS], "run scripts/witnesses"
    assert record["bound"] == 1e-3 and set(record["versions"]) == {"ngspice", "eecircuit-engine", "neospice"}
    for path in DECKS:
        deck = found[path.name]
        assert deck["digest"] == hashlib.sha256(path.read_bytes()).hexdigest(), "run scripts/witnesses"
        for name, testimony in deck["testimonies"].items():
            assert testimony["excluded"] or testimony["deviation"]["worst"] <= record["bound"], (path.name, name)
        assert not deck["testimonies"]["eecircuit-engine"]["excluded"], path.name
