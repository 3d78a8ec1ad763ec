"""What the tool wrote into a folder, by which it tells its own files from a user's, which it never replaces.

Beside what it wrote lies a folder ``.vle-analog``, in it a record of every writing, by what was written (a deck, a
report): names and digests of contents. A file may be replaced by a later writing of the same if its content is one
that the record has for its name. Whatever was edited, put there by somebody else, or belongs to another writing stays.

Why so: a mark in the files would do for some formats alone (samples of noise and bills have no place for one), would be
in every deck, and would not tell what was edited. A list in the user's home would not know of folders that were moved
or copied. A record says of a file what is to be known even after a kill, because it is written before the file is and
then has both the old and the new digest; and if it is lost, all files are taken for a user's, and nothing is.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from vle_analog.digest import digest, is_named_by

#: the folder of records
RECORDS = ".vle-analog"
#: longest name of a record's file, and largest file in which the name of another one is looked for, bytes
_LONGEST, _LARGEST = 200, 1 << 24

Contents = Mapping[str, str | bytes]


class Written:
    """Files of one writing in a folder: those that an earlier one left, and those to come.

    Args:
        folder: that they are in.
        what: is written, the same in every writing that takes the place of an earlier one: ``deck a.cir``.
    """

    def __init__(self, folder: Path, what: str) -> None:
        self._folder, self._path = folder, folder / RECORDS / _file(what)
        self._digests = _read(self._path)
        self._seen: dict[str, str | None] = {}

    @property
    def there(self) -> list[str]:
        """Names of files of an earlier writing that are as it left them."""
        return [name for name in self._digests if self.is_own(name)]

    def is_own(self, name: str) -> bool:
        """Whether a file is there that an earlier writing wrote, and nobody has changed since."""
        return (known := self._digest_of(name)) is not None and known in self._digests.get(name, ())

    def foreign(self, names: Iterable[str]) -> str | None:
        """The first of these files that is there and is somebody else's, or was changed; None where there is none."""
        return next((name for name in names if os.path.lexists(self._folder / name) and not self.is_own(name)), None)

    def changed(self) -> str | None:
        """The first file of the earlier writing that was changed since; None where there is none."""
        return self.foreign(self._digests)

    def is_there(self, name: str, content: str | bytes) -> bool:
        """Whether somebody else's file is there that has this content already, and so need not be written."""
        return not self.is_own(name) and self._digest_of(name) == digest(content)

    def is_users(self, name: str, content: str | bytes) -> bool:
        """Whether such a file is a user's, as far as can be told: not if its content decides its name."""
        return self.is_there(name, content) and not is_named_by(name, digest(content))

    def record(self, contents: Contents, leftovers: Sequence[str] = ()) -> dict[str, str]:
        """Name and text of the record, which is to be in place before these files are and the leftovers go: it knows
        both them and those that are there until then."""
        digests = {name: {digest(content)} for name, content in contents.items()}
        for name in filter(self.is_own, (*contents, *leftovers)):
            digests.setdefault(name, set()).add(self._digest_of(name) or "")
        text = json.dumps({name: sorted(each) for name, each in digests.items()}, indent=1)
        return {str(self._path.relative_to(self._folder)): text + "\n"}

    def leftovers(self, contents: Contents) -> list[str]:
        """Files of the earlier writing that this one does not have, as it left them.

        One that is named by its content stays as long as another writing has it, or a file beside it speaks of it: a
        copy of the deck.
        """
        return [name for name in self.there if name not in contents and not self._is_needed(name)]

    def _digest_of(self, name: str) -> str | None:
        """Digest of a file as it is, which is read once."""
        if name not in self._seen:
            self._seen[name] = _digest_of(self._folder / name)
        return self._seen[name]

    def _is_needed(self, name: str) -> bool:
        if not any(is_named_by(name, each) for each in self._digests[name]):
            return False
        others = (self._folder / RECORDS).glob("*.json")
        if any(name in _read(path) for path in others if path != self._path):
            return True
        own = {*self._digests}
        beside = (path for path in self._folder.iterdir() if path.name not in own)
        return any(os.fsencode(name) in _text(path) for path in beside)


def _file(what: str) -> str:
    """Name of a record's file."""
    return f"{what if len(os.fsencode(what)) <= _LONGEST else hashlib.sha256(os.fsencode(what)).hexdigest()}.json"


def _read(path: Path) -> dict[str, tuple[str, ...]]:
    """Digests by name, of files in the folder; none where there is no record, or none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        inside = {name: digests for name, digests in found.items() if not {"..", "/"} & {*Path(name).parts}}
        return {name: tuple(map(str, digests)) for name, digests in inside.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _digest_of(path: Path) -> str | None:
    """Digest of a plain file; None of anything else."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _text(path: Path) -> bytes:
    """A plain file's content; nothing of a large one."""
    try:
        state = path.lstat()
        return path.read_bytes() if stat.S_ISREG(state.st_mode) and state.st_size <= _LARGEST else b""
    except OSError:
        return b""
