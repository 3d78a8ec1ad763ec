"""`netlist`: the same bytes wherever they go, whole or not at all."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.tool import refused, shell, visible
from vle_analog.simulate.rawfile import read_raw


def test_netlist_goes_to_stdout_alone_or_into_a_file_with_the_same_bytes(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("netlist", "lorenz")
    assert answer.code == 0 and answer.err == ""
    assert answer.out.startswith(".title lorenz") and answer.out.endswith(".end\n")
    written = ask("netlist", "lorenz", "-o", tmp_path / "new" / "deck.cir")
    assert written.code == 0 and written.out == ""
    assert (tmp_path / "new" / "deck.cir").read_text() == answer.out
    assert ask("netlist", "lorenz", "--output", tmp_path / "other.cir").code == 0


def test_netlists_of_two_processes_are_the_same_bytes(hash_seeds: tuple[Path, Path]) -> None:
    """The hash seed leaves no trace."""
    first, second = ((folder / "netlist.out").read_text() for folder in hash_seeds)
    assert first == second and first.startswith(".title chain") and first.endswith(".end\n")


@pytest.mark.parametrize("realisation", ["algebraic", "lead", "differentiator"])
def test_realisations_of_looking_ahead(ask, realisation: str) -> None:  # type: ignore[no-untyped-def]
    answer = ask("netlist", "two_neurons", "--prospective", realisation, "--bandwidth", "50")
    assert answer.code == 0
    assert ("lead" in answer.out) == (realisation == "lead")


def test_a_netlist_is_written_whole_or_not_at_all(ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    assert ask("netlist", "lorenz", "-o", "deck.cir").code == 0
    (tmp_path / "link.cir").symlink_to("deck.cir")
    before = (tmp_path / "deck.cir").read_text()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        answer = ask("netlist", "rc_low_pass", "-o", "deck.cir")
    refused(answer, "deck.cir", "No space left on device", "the disk mounted at", "is full")
    assert (tmp_path / "deck.cir").read_text() == before
    assert ask("netlist", "rc_low_pass", "-o", "link.cir").code == 0
    assert (tmp_path / "link.cir").is_symlink()
    assert (tmp_path / "deck.cir").read_text().startswith(".title rc_low_pass")
    assert visible(tmp_path) == {"deck.cir", "link.cir"}


def test_a_netlist_into_a_pipe(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = shell("netlist", "rc_low_pass", "-o", "/dev/stdout", cwd=tmp_path)
    assert done.returncode == 0 and done.stdout.startswith(".title rc_low_pass")
    assert Path("/dev/stdout").is_symlink()
    refused(ask("netlist", "rc_low_pass", "-o", "/dev/full"), "/dev/full: cannot write here")
    assert Path("/dev/full").is_char_device()


def test_a_netlist_over_a_folder(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "folder").mkdir()
    refused(ask("netlist", "rc_low_pass", "-o", tmp_path / "folder"), "cannot write", "folder")


SYSTEM = """\
name = "driven"
[time]
unit = 1e-3
span = 25.0
[inputs.U]
kind = "file"
path = "u.csv"
[states.x]
derivative = "U - x"
initial = 0.0
"""


def driven(folder: Path, level: float) -> Path:
    """A system whose input is a long file of samples."""
    folder.mkdir()
    rows = [f"{k / 1000},{level + 0.1 * (k % 7)}" for k in range(25_001)]
    (folder / "u.csv").write_text("time,value\n" + "\n".join(rows) + "\n")
    (folder / "driven.toml").write_text(SYSTEM)
    return folder / "driven.toml"


def alone(deck: Path, ngspice: str) -> np.ndarray:
    """What a deck gives that is run by itself."""
    raw = deck.parent / "waveforms.raw"
    raw.unlink(missing_ok=True)
    done = subprocess.run([ngspice, "-b", deck.name], cwd=deck.parent, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "cannot open" not in done.stdout + done.stderr
    (plot,) = read_raw(raw)
    return np.stack([plot.data[name] for name in sorted(plot.data)])


def test_decks_in_one_folder_keep_their_own_answers(ask, tmp_path: Path, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    """By file, by noise and by board; also when one of them is written anew, and where a user has files."""
    noisy = ("rc_low_pass", "--span", "4", "--fidelity", "macromodel")
    asked = {
        "one": (driven(tmp_path / "a", 0.0),),
        "two": (driven(tmp_path / "b", 1.0),),
        "seed 1": (*noisy, "--noise", "1", "--noise-scale", "1e4"),
        "seed 2": (*noisy, "--noise", "2", "--noise-scale", "1e4"),
    }
    (tmp_path / "d").mkdir()
    own = {name: f"mine: {name}\n" for name in ("stimulus_u.txt", "stimulus_U.txt", "stimulus_noise_0.txt", "two.txt")}
    for name, text in own.items():
        (tmp_path / "d" / name).write_text(text)
    for name, arguments in asked.items():
        for folder in ("d", f"only {name}"):
            assert ask("netlist", *arguments, "-o", f"{folder}/{name}.cir").code == 0
    for _ in range(2):
        for name in asked:
            answer = alone(tmp_path / "d" / f"{name}.cir", ngspice)
            assert np.array_equal(answer, alone(tmp_path / f"only {name}" / f"{name}.cir", ngspice))
            assert np.ptp(answer) > 0
        assert ask("netlist", "lorenz", "-o", "d/other.cir").code == 0
        assert ask("netlist", *asked["two"], "-o", "d/other.cir").code == 0  # what this reads is the second deck's, too
        assert ask("netlist", "lorenz", "-o", "d/other.cir").code == 0
    assert {name: (tmp_path / "d" / name).read_text() for name in own} == own


def test_a_users_file_is_not_replaced(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "deck.cir").write_text("mine")
    refused(
        ask("netlist", "rc_low_pass", "-o", "deck.cir"), "deck.cir: this file is there", "move, rename or delete it"
    )
    assert (tmp_path / "deck.cir").read_text() == "mine" and visible(tmp_path) == {"deck.cir"}
    (tmp_path / "deck.cir").rename("mine.cir")
    assert ask("netlist", "rc_low_pass", "-o", "deck.cir").code == 0
    with (tmp_path / "deck.cir").open("a") as deck:
        deck.write("* edited\n")
    refused(ask("netlist", "rc_low_pass", "-o", "deck.cir"), "is not what was written here before")
    assert (tmp_path / "deck.cir").read_text().endswith("* edited\n")
