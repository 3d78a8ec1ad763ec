"""Which parts are a teacher's, and no part of a board."""

from __future__ import annotations

import re

#: parts of a teacher network and of the target that it gives, by their full names
_TEACHER = re.compile(r"[RCX](t(s|u|m|r|udot)\d+|target)(_|\.|$)")


def teaches(name: str) -> bool:
    """Whether a part, by its full name, is a teacher network's or the target's, which are no part of a board."""
    return bool(_TEACHER.match(name))
