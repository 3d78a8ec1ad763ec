"""A deck's control block becomes dot commands, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from vle_analog.errors import SimulationError
from vle_analog.simulate.dots import with_dots

DECKS = sorted((Path(__file__).resolve().parents[2] / "netlists").glob("*.cir"))
DECK = """.title rc
R1 in out 1k
.options reltol=1e-5
.control
set filetype=binary
save v(in) v(Out)
save v(x)
tran 1u 1m 0 1u uic
write waveforms.raw
quit
.endc
.end
"""


def test_saves_and_the_analysis_become_dot_commands() -> None:
    found = with_dots(DECK)
    assert found.text == (
        ".title rc\nR1 in out 1k\n.options reltol=1e-5\n.save v(in) v(Out)\n.save v(x)\n.tran 1u 1m 0 1u uic\n.end\n"
    )
    assert (found.step, found.span, found.probes) == ("1u", "1m", ("in", "Out", "x"))


@pytest.mark.parametrize("path", DECKS, ids=lambda path: path.stem)
def test_every_other_line_of_a_deck_stays(path: Path) -> None:
    text = path.read_text()
    before, _, rest = text.partition(".control\n")
    found = with_dots(text)
    assert found.text.startswith(before) and found.text.endswith("\n.end\n")
    commands = found.text.removeprefix(before).splitlines()
    assert [line.split()[0] for line in commands if line != ".end"] == [
        *[".save"] * rest.count("\nsave "),
        ".tran",
    ]
    assert len(found.probes) == rest.count(" v(")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("quit\n", "shell rm x\nquit\n"), "'shell rm x' of the .control block"),
        (("quit\n", "wrnodev final.txt\nquit\n"), "'wrnodev final.txt' of the"),
        (("tran 1u 1m 0 1u uic\n", ""), "runs no transient analysis"),
        ((".endc\n", ""), "no .control block"),
    ],
)
def test_what_has_no_counterpart_is_refused(change: tuple[str, str], said: str) -> None:
    with pytest.raises(SimulationError, match=said):
        with_dots(DECK.replace(*change))
