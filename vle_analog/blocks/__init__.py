"""The kinds of stages that equations are built of: each file here, or of the user's own, declares its `KINDS`.

A kind also has its cell, ``circuits/stages/<name>.cir``. Equations are offered to the kinds in order; the first that
does not refuse takes them.
"""

from __future__ import annotations

from vle_analog.blocks.design import CircuitBlock
from vle_analog.library import declared

__all__ = ["BLOCK_KINDS"]


def _listed() -> tuple[type[CircuitBlock], ...]:
    found: list[type[CircuitBlock]] = [kind for _, kinds in declared(__name__, "KINDS", tuple) for kind in kinds]
    # of equally general ones a user's own, which are listed last, are asked first
    return tuple(sorted(reversed(found), key=lambda kind: kind.generality))


#: from those that take one form of equation to those that take any
BLOCK_KINDS = _listed()
