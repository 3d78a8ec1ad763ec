"""Makers' files as bytes: encodings, continuations, what they include, what they may not do."""

from __future__ import annotations

from pathlib import Path

import pytest

from vle_analog.circuit.vendor.cell import read_model
from vle_analog.circuit.vendor.source import decoded, read_source, statements
from vle_analog.errors import CircuitError, UsageError

TEXT = "* 5 µA op-amp\n.subckt A 1 2\nR1 1 2\n+ 1k\n.ends\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_text_is_the_same_in_any_encoding(encoding: str, end: str) -> None:
    data = TEXT.replace("\n", end).encode(encoding)
    found = [each.text for each in statements(decoded(data, "a.lib"), "a.lib")]
    assert found == ["* 5 µA op-amp", ".subckt A 1 2", "R1 1 2 1k", ".ends"]


def test_continuations_go_across_comments_and_lines_are_counted() -> None:
    found = statements("R1 1 2\n* why\n\n+ 1k ; one\n.END\x1aR9", "a.lib")
    assert [(each.text, each.number) for each in found] == [("R1 1 2 1k", 1), ("* why", 2), (".END", 5)]
    with pytest.raises(CircuitError, match=r"a\.lib, line 2"):
        statements("* first\n+ 1k\n", "a.lib")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\1\2\3\4\5\7\7", "control bytes"),
        (b"\r\n<Binary File>\r\n\0\1", "encrypted"),
        (b"* model\n$CDNENCSTART\nabc\n", "encrypted"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "a.lib").write_bytes(data)
    with pytest.raises(CircuitError, match=words):
        read_source(tmp_path / "a.lib")


def test_included_files_stand_in_their_place(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "a.lib").write_text(".include \"more/b.inc\"\n.lib 'more\\c.lib'\nR3 1 2 3\n")
    (tmp_path / "more" / "b.inc").write_text("R1 1 2 1\n.inc d.inc\n")
    (tmp_path / "more" / "c.lib").write_text("R2 1 2 2\n")
    (tmp_path / "more" / "d.inc").write_text("R4 1 2 4\n")
    found = read_source(tmp_path / "a.lib")
    assert [each.text[:2] for each in found.statements] == ["R1", "R4", "R2", "R3"]
    assert sorted(found.files) == ["a.lib", "more/b.inc", "more/c.lib", "more/d.inc"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (".include ../secret.lib", "outside of the file's folder"),
        (".include /etc/passwd", "outside of the file's folder"),
        (".include link.lib", "outside of the file's folder"),
        (".include none.lib", "no file 'none.lib'"),
        (".include a.lib", "includes itself"),
        (".lib all.lib typical", "asks for a section"),
    ],
)
def test_what_must_not_be_included_is_refused(tmp_path: Path, line: str, words: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "secret.lib").write_text("R1 1 2 1\n")
    (home / "link.lib").symlink_to(tmp_path / "secret.lib")
    (home / "a.lib").write_text(f"* first\n{line}\n")
    with pytest.raises(CircuitError, match=words) as caught:
        read_source(home / "a.lib")
    assert "a.lib, line 2" in str(caught.value)


@pytest.mark.parametrize(
    "line", [".control", ".shell echo", ".exec x", ".csparam a=1", "`touch x`", "!ls", "%x"], ids=lambda line: line[:5]
)
def test_a_simulator_s_commands_have_no_place_in_a_part(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.lib").write_text(f".subckt A 1 2 3 4 5\nR1 1 2 1k\n.ends\n{line}\n.end\n")
    with pytest.raises(CircuitError, match=r"a\.lib, line 4"):
        read_model(tmp_path / "a.lib")


def test_a_missing_file() -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_source(Path("none.lib"))
