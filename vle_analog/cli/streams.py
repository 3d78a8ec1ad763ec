"""Standard streams: open, whatever the tool was started with, and able to take every letter."""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from contextlib import suppress

#: plain letters in the place of signs that Unicode itself has none for, by code
_PLAIN = {
    0x2212: "-", 0x207B: "-", 0x2500: "-", 0x2013: "-", 0x207A: "+", 0x2192: "->", 0xD7: "x", 0xB7: "*", 0xB1: "+-",
    0x2264: "<=", 0x2265: ">=", 0x2248: "~", 0x221A: "sqrt", 0x2044: "/", 0xB5: "u", 0xB0: "deg",
}  # fmt: skip
_ERRORS = "vle-analog"


def open_all() -> None:
    """Make all three streams usable.

    One that was closed would give its number to the next file that is opened, and what is said would be written there:
    output then has nowhere to go and fails when it is written, which is told; what is said beside it is lost. Letters
    that an encoding does not have are put in plain ones.
    """
    for number, flags in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)  # takes the lowest number that is free
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)
    codecs.register_error(_ERRORS, _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ERRORS)


def complained(text: str) -> None:
    """Say something on standard error, if that can be written."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def silenced() -> None:
    """Nothing more is written to standard output, what still waits to be written included."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    """Plain letters for those that an encoding does not have; bytes of a file's name that are no letters stay."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    if all("\udc80" <= letter <= "\udcff" for letter in letters):
        return os.fsencode(letters), error.end
    return "".join(map(_letter, letters)), error.end


def _letter(letter: str) -> str:
    """A letter in English ones: by its meaning, without its accent, or by its name if it is Greek."""
    plain = "".join(
        _PLAIN.get(ord(each), each) for each in unicodedata.normalize("NFKD", _PLAIN.get(ord(letter), letter))
    )
    name = unicodedata.name(letter, "")
    if not plain.isascii() and name.startswith("GREEK") and "LETTER" in name:
        word = name.partition("LETTER ")[2].partition(" ")[0]
        return word.capitalize() if "CAPITAL" in name else word.lower()
    return plain.encode("ascii", "ignore").decode() or "?"
