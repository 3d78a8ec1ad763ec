"""Write the committed netlists anew: ``python scripts/make_netlists.py [FOLDER]``.

One deck per shipped system, the chain once per rule and as a board of real parts (drawn by seed 0), a larger
network, and one system once per way of looking ahead.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.design.prototype import Prototype
from vle_analog.design.subject import Subject
from vle_analog.equations.resolve import REALISATIONS
from vle_analog.equations.systemfile import load_system
from vle_analog.lab.folder import write_results
from vle_analog.lesson.chip import step_bound
from vle_analog.library import system_files
from vle_analog.tasks import chain, complex_signal

RULES = ("bp", "gle", "vle")

FOLDER = Path(__file__).resolve().parent.parent / "netlists"
#: model units of the chain's decks: long enough to learn something, short enough to run at once
SPAN = 200.0


def netlists() -> Iterator[tuple[str, str]]:
    """File names and texts of all netlists, side files included."""
    ideal = Build()
    subjects = {name: (load_system(path), ideal) for name, path in system_files().items()}
    subjects |= {f"chain_{rule}": (chain(rule, span=SPAN), ideal) for rule in RULES}  # type: ignore[misc]
    two_neurons = load_system(system_files()["two_neurons"])
    subjects |= {
        f"two_neurons_{realisation}": (two_neurons, Build(realisation))
        for realisation in REALISATIONS
        if realisation != ideal.realisation  # that is two_neurons.cir
    }
    task = complex_signal("vle", span=SPAN)
    subjects["complex_signal_vle"] = (task, Build(step=step_bound(task)))  # type: ignore[assignment]
    decks = {name: design(subject, build).deck for name, (subject, build) in subjects.items()}
    board = Prototype(Subject("chain", rule="gle", span=SPAN), Build(fidelity="macromodel"))
    decks["chain_gle_macromodel"] = board.design().deck
    for name, deck in decks.items():
        yield f"{name}.cir", deck.text
        yield from deck.files.items()


def main(folder: Path = FOLDER) -> None:
    """Replace the committed netlists, whatever was changed in them; elsewhere a user's files stay."""
    texts = dict(netlists())
    if folder.resolve() == FOLDER:
        for old in {*folder.glob("*.cir"), *folder.glob("*.txt")} - {folder / name for name in texts}:
            old.unlink()
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    else:
        write_results(folder, texts, "netlists")
    print(f"{len(texts)} files in {folder}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
