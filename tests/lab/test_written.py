"""What the tool wrote is told from what is a user's, which is never replaced."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tool import visible
from vle_analog.digest import content_name
from vle_analog.errors import OutputError
from vle_analog.lab.folder import refuse_changed, write_results
from vle_analog.lab.written import RECORDS, Written

CONTENTS = {"a.txt": "one", "deep/b.txt": "two"}


def contents(folder: Path) -> dict[str, bytes]:
    """All plain files that are not records."""
    files = (path for path in folder.rglob("*") if path.is_file() and RECORDS not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_what_was_written_is_replaced_by_the_same_again_and_by_nothing_else(tmp_path: Path) -> None:
    write_results(tmp_path, CONTENTS, "deck a.txt")
    write_results(tmp_path, {"a.txt": "three"}, "deck a.txt")
    assert contents(tmp_path) == {"a.txt": b"three"}
    with pytest.raises(OutputError, match=r"a\.txt: this file is there") as caught:
        write_results(tmp_path, {"a.txt": "four"}, "report a.txt")
    assert "move, rename or delete it" in str(caught.value) and contents(tmp_path) == {"a.txt": b"three"}


def edited(path: Path) -> None:
    path.write_text("two, and more")


def made_anew(path: Path) -> None:
    path.unlink()
    path.write_text("mine")


def link(path: Path) -> None:
    path.rename(path.with_name("precious"))
    path.symlink_to("precious")


def loose_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("change", [edited, made_anew, link, loose_link, folder, pipe])
def test_a_file_that_was_changed_is_a_users(change: Callable[[Path], None], tmp_path: Path) -> None:
    write_results(tmp_path, CONTENTS, "deck a.txt")
    change(tmp_path / "deep" / "b.txt")
    before = contents(tmp_path)
    for attempt in (
        lambda: write_results(tmp_path, {"a.txt": "new", "deep/b.txt": "new"}, "deck a.txt", "a.txt"),
        lambda: refuse_changed(tmp_path, ["a.txt"], "deck a.txt"),
    ):
        with pytest.raises(OutputError, match=r"deep/b\.txt: (this file is there|cannot write here: this is a folder)"):
            attempt()
    assert contents(tmp_path) == before
    write_results(tmp_path, {"a.txt": "new"}, "deck a.txt")  # it needs not go
    assert os.path.lexists(tmp_path / "deep" / "b.txt") and (tmp_path / "a.txt").read_text() == "new"


def test_a_remedy_that_is_told_works(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("mine")
    with pytest.raises(OutputError):
        write_results(tmp_path, CONTENTS, "deck a.txt")
    (tmp_path / "a.txt").rename(tmp_path / "mine.txt")
    write_results(tmp_path, CONTENTS, "deck a.txt")
    assert contents(tmp_path) == {"a.txt": b"one", "deep/b.txt": b"two", "mine.txt": b"mine"}


def test_equal_contents_are_no_reason_to_refuse_and_stay_the_users(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    inode = (tmp_path / "a.txt").stat().st_ino
    write_results(tmp_path, CONTENTS, "deck a.txt")
    assert (tmp_path / "a.txt").stat().st_ino == inode
    with pytest.raises(OutputError):
        write_results(tmp_path, {"a.txt": "other"}, "deck a.txt")


def test_a_writing_that_was_killed_leaves_no_file_that_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever file was the last to be put in place."""
    write_results(tmp_path, CONTENTS, "deck a.txt")
    replace = Path.replace
    for number in range(4):
        puts = []

        def put(path: Path, target: Path, number: int = number, puts: list[Path] = puts) -> Path:
            puts.append(target)
            if len(puts) > number:
                raise KeyboardInterrupt
            return replace(path, target)

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(Path, "replace", put)
            write_results(tmp_path, {"a.txt": f"new {number}", "c.txt": "c", "deep/b.txt": f"{number}"}, "deck a.txt")
        write_results(tmp_path, CONTENTS, "deck a.txt")
        assert contents(tmp_path)["a.txt"] == b"one" and contents(tmp_path)["deep/b.txt"] == b"two"


def test_a_copy_of_a_folder_is_known_and_one_without_records_is_the_users(tmp_path: Path) -> None:
    write_results(tmp_path / "old", CONTENTS, "deck a.txt")
    shutil.copytree(tmp_path / "old", tmp_path / "copy")
    write_results(tmp_path / "copy", {"a.txt": "new"}, "deck a.txt")
    assert contents(tmp_path / "copy") == {"a.txt": b"new"}
    shutil.rmtree(tmp_path / "old" / RECORDS)
    with pytest.raises(OutputError):
        write_results(tmp_path / "old", {"a.txt": "new"}, "deck a.txt")


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a.txt": 3}', '{"a.txt": ["x"]}', '"a"', "\0"])
def test_a_record_that_is_none_knows_nothing(text: str, tmp_path: Path) -> None:
    write_results(tmp_path, CONTENTS, "deck a.txt")
    (record,) = (tmp_path / RECORDS).iterdir()
    record.write_text(text)
    with pytest.raises(OutputError):
        write_results(tmp_path, {"a.txt": "new"}, "deck a.txt")
    assert contents(tmp_path)["a.txt"] == b"one"


def test_a_record_reaches_no_file_outside(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out.txt").write_text("one")
    written = Written(tmp_path / "in", "deck a.txt")
    for name, text in written.record({"../out.txt": "one", str(tmp_path / "out.txt"): "one"}).items():
        (tmp_path / "in" / name).parent.mkdir()
        (tmp_path / "in" / name).write_text(text)
    write_results(tmp_path / "in", {"a.txt": "one"}, "deck a.txt")
    assert (tmp_path / "out.txt").read_text() == "one"


def test_names_by_content_stay_as_long_as_anybody_needs_them(tmp_path: Path) -> None:
    one, two = (content_name("stimulus_U", text, ".txt") for text in "12")
    assert one != two and one == one.lower()
    for deck, side, text in (("a", one, "1"), ("b", two, "2"), ("c", one, "1"), ("d", one, "1")):
        write_results(tmp_path, {side: text, deck: f"reads {side}"}, f"deck {deck}")
    shutil.copy(tmp_path / "b", tmp_path / "mine")
    for deck in "abc":
        write_results(tmp_path, {deck: "reads nothing"}, f"deck {deck}")
    assert visible(tmp_path) == {"a", "b", "c", "d", "mine", one, two}
    (tmp_path / "mine").unlink()
    write_results(tmp_path, {"d": "reads nothing"}, "deck d")
    assert visible(tmp_path) == {"a", "b", "c", "d", two}  # which nobody speaks for now, and nobody misses


@pytest.mark.parametrize("names", [("a b", "a-b"), ("x" * 240, "x" * 241), ("ä", "a"), (os.fsdecode(b"\xff"), "b")])
def test_decks_of_any_names_are_told_apart(names: tuple[str, str], tmp_path: Path) -> None:
    for name in names:
        write_results(tmp_path, {name: name.encode(errors="surrogateescape"), f"{name[:9]}.side": "1"}, f"deck {name}")
    write_results(tmp_path, {names[0]: "again"}, f"deck {names[0]}")
    assert {*names} <= visible(tmp_path) and (tmp_path / names[0]).read_text() == "again"
