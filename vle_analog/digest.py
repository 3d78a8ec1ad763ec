"""Names that a content decides: two contents never have one name, and one content has one."""

from __future__ import annotations

import hashlib

#: letters of a digest in such a name
_LETTERS = 12


def digest(content: str | bytes) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def content_name(stem: str, content: str, suffix: str) -> str:
    """A file's name, which its content decides: ``stimulus_u-0f3c2a9be1d4.txt``; in small letters, as which ngspice
    reads all names."""
    return f"{stem.lower()}-{digest(content)[:_LETTERS]}{suffix}"


def is_named_by(name: str, content_digest: str) -> bool:
    """Whether a name was made of the content that has this digest."""
    return f"-{content_digest[:_LETTERS]}." in name
