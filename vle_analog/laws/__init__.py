"""The nonlinear functions that circuits realise: each is one file here, or in a folder of the user's own, with a `LAW`.

A function by a cell of its own also has that cell, ``circuits/ideal/<name>.cir`` with the ports ``inp inn out`` and the
parameters ``kin kout`` (volts per unit of input and output) and its constants.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import sympy as sp

from vle_analog.errors import UsageError
from vle_analog.laws.law import Law
from vle_analog.library import declared

__all__ = ["LAWS", "Law", "law_of"]


def _listed() -> dict[str, Law]:
    found: dict[str, Law] = {}
    for path, law in declared(__name__, "LAW", Law):
        if law.name in found:
            raise UsageError(f"two laws are called '{law.name}'", where=path, hint="rename your own")
        found[law.name] = law
    return dict(sorted(found.items()))


#: all laws by name, in its order
LAWS: Mapping[str, Law] = MappingProxyType(_listed())
_BY_FUNCTION = {law.function: law for law in LAWS.values()}


def law_of(expression: sp.Basic) -> Law | None:
    """The law that an expression is one application of; None where it is anything else."""
    return _BY_FUNCTION.get(expression.func)
