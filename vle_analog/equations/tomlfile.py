"""A TOML file as plain tables: what cannot be read as one is told with its place and what to do."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, NoReturn

from vle_analog.errors import SystemFileError

MAX_BYTES = 1_000_000
"""Largest TOML file."""

MAX_DEPTH = 16
"""Most parts of a dotted key; tomllib takes a time quadratic in them."""

_KEY_PART = r"""(?>[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*"""
_DEEP_KEY = re.compile(rf"(?:^[ \t]*\[{{0,2}}|[{{,])[ \t]*(?:{_KEY_PART}\.[ \t]*){{{MAX_DEPTH}}}", re.MULTILINE)


def read_toml(path: Path, kind: str, examples: str) -> dict[str, Any]:
    """The tables of a file.

    Args:
        path: of the file.
        kind: of file that it should be, for messages.
        examples: where such files are to be seen.

    Raises:
        SystemFileError: the file is missing, too large, no text, or not TOML.
    """

    def refuse(what: str, hint: str) -> NoReturn:
        raise SystemFileError(what, where=path.name or str(path), hint=hint) from None

    see = f"see {examples} for examples"
    try:
        if path.is_file() and path.stat().st_size > MAX_BYTES:
            refuse(f"the file is larger than {MAX_BYTES:,} bytes", "put long stimuli into a CSV file")
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        refuse(f"there is no such file ({path})", "check the path")
    except UnicodeDecodeError as error:
        refuse(f"not a text file in UTF-8 (byte {error.start})", "save it as UTF-8")
    except (OSError, ValueError) as error:
        refuse(f"the file cannot be read: {getattr(error, 'strerror', None) or error}", "check path and permissions")
    if not text.strip():
        refuse("the file is empty", see)
    if _DEEP_KEY.search(text):
        refuse(f"not a {kind}: a key has more than {MAX_DEPTH} parts", see)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        end = f"(at line {len(text.splitlines())}, the end of the file)"
        reason = str(error).replace("(at end of document)", end)
        refuse(f"not valid TOML: {reason}", "correct it there; is the file complete?")
    except ValueError:  # Python refuses to read integers of thousands of digits
        refuse("an integer has too many digits", "write it as a decimal number, for example 1.5e3")
    except RecursionError:
        refuse("not a " + kind + ": nested too deeply", see)
