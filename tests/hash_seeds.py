"""What must be the same bytes whatever Python's hash seed is: ``python -m tests.hash_seeds FOLDER`` writes it.

Starting Python and designing cost more than what is compared; so one process writes it all.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from tests.blocks.bench import learning_network
from tests.lesson.test_lesson import SMALL
from tests.reference.test_codegen import network, text
from vle_analog import cli
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.equations.systemfile import load_system
from vle_analog.library import system_files
from vle_analog.production.draws import draw
from vle_analog.tasks import chain

COMMANDS = {
    "netlist": ("netlist", "chain", "--span", "100"),
    "bom": ("bom", "chain", "--span", "100", "--out", "bom.csv"),
    "margins": ("margins", "two_neurons", "--out", "margins"),
}


def decks() -> dict[str, str]:
    """Decks with the files that go with them, of each realisation of looking ahead."""
    subjects = (
        (load_system(system_files()["lorenz"]), "algebraic"),
        (load_system(system_files()["two_neurons"]), "lead"),
        (learning_network("vle", learn_tau=True), "algebraic"),
        (chain("gle", span=80.0), "differentiator"),
    )
    found = (design(subject, Build(realisation)).deck for subject, realisation in subjects)
    return {f"deck{place}": deck.text + repr(sorted(deck.files.items())) for place, deck in enumerate(found)}


def main(folder: Path) -> None:
    """Write a file for each thing that is compared; those of commands lie where they put them."""
    folder.mkdir(exist_ok=True)
    with contextlib.chdir(folder):
        others = {"draw": repr(draw(7, "Xw1_0.C")), "key": SMALL.key(), "source": text(network(4))}
        for name, content in (decks() | others).items():
            Path(name).write_text(content)
        for name, arguments in COMMANDS.items():
            sys.argv = ["vle-analog", *arguments]
            with open(f"{name}.out", "w") as out, contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
                cli.main()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
