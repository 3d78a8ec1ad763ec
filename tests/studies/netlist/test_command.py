"""`netlist`: the same bytes wherever they go, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tool import refused, shell


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
    (tmp_path / "deck.cir").write_text("mine")
    (tmp_path / "link.cir").symlink_to("deck.cir")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        answer = ask("netlist", "rc_low_pass", "-o", "deck.cir")
    refused(answer, "deck.cir", "No space left on device", "the disk mounted at", "is full")
    assert (tmp_path / "deck.cir").read_text() == "mine"
    assert ask("netlist", "rc_low_pass", "-o", "link.cir").code == 0
    assert (tmp_path / "link.cir").is_symlink() and (tmp_path / "deck.cir").read_text().endswith(".end\n")
    assert {each.name for each in tmp_path.iterdir()} == {"deck.cir", "link.cir"}


def test_a_netlist_into_a_pipe(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = shell("netlist", "rc_low_pass", "-o", "/dev/stdout", cwd=tmp_path)
    assert done.returncode == 0 and done.stdout.startswith(".title rc_low_pass")
    assert Path("/dev/stdout").is_symlink()
    refused(ask("netlist", "rc_low_pass", "-o", "/dev/full"), "/dev/full: cannot write here")
    assert Path("/dev/full").is_char_device()


def test_a_netlist_over_a_folder(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "folder").mkdir()
    refused(ask("netlist", "rc_low_pass", "-o", tmp_path / "folder"), "cannot write", "folder")
