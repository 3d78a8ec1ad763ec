"""The functions that an expression may call: laws, temporal operators, and what is written out in laws."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import sympy as sp

from vle_analog.equations.operators import delay, prospective, retrospective
from vle_analog.equations.segments import tabulated
from vle_analog.laws import LAWS
from vle_analog.laws.hyperbolic import cosh, tanh
from vle_analog.laws.rectifier import rectifier

#: how alike a misspelt name is to the right one
_ALIKE = 0.8
#: of arguments in degrees, which are other functions than those that they look like
_DEGREES = {f"{inverse}{name}d" for inverse in ("", "a") for name in ("sin", "cos", "tan", "cot")}


@dataclass(frozen=True)
class Composite:
    """A function that is written out in others where it is called.

    Attributes:
        signature: how an expression calls it.
        nargs: how many arguments it takes.
        body: its arguments to what stands for the call.
    """

    signature: str
    nargs: Collection[int]
    body: Callable[..., sp.Expr]

    def __call__(self, *arguments: sp.Expr) -> sp.Expr:
        return self.body(*arguments)


def larger(first: sp.Expr, second: sp.Expr) -> sp.Expr:
    """The larger of two, by a rectifier; a plain number is taken for what is exceeded."""
    if first.is_Number:
        first, second = second, first
    return second + rectifier(first - second)


def smaller(first: sp.Expr, second: sp.Expr) -> sp.Expr:
    """The smaller of two."""
    return -larger(-first, -second)


COMPOSITES = {
    "max": Composite("max(x, y, ...)", range(2, 10), lambda *given: reduce(larger, given)),
    "min": Composite("min(x, y, ...)", range(2, 10), lambda *given: reduce(smaller, given)),
    "clip": Composite("clip(x, low, high)", (3,), lambda x, low, high: smaller(larger(x, low), high)),
    "pow": Composite("pow(x, a)", (2,), sp.Pow),
    "cot": Composite("cot(x)", (1,), lambda x: sp.cos(x) / sp.sin(x)),
    "sec": Composite("sec(x)", (1,), lambda x: 1 / sp.cos(x)),
    "csc": Composite("csc(x)", (1,), lambda x: 1 / sp.sin(x)),
    "coth": Composite("coth(x)", (1,), lambda x: 1 / tanh(x)),
    "sech": Composite("sech(x)", (1,), lambda x: 1 / cosh(x)),
    "log10": Composite("log10(x)", (1,), lambda x: sp.log(x) / math.log(10)),
    "log2": Composite("log2(x)", (1,), lambda x: sp.log(x) / math.log(2)),
}
"""Functions that are written out in laws."""

SUPPORTED: dict[str, Callable[..., Any]] = {
    **{law.name: law.function for law in LAWS.values()},
    "prospective": prospective,
    "retrospective": retrospective,
    "delay": delay,
    **COMPOSITES,
}
"""The functions that an expression may call."""

#: what is written out in straight pieces, by the values of parameters
TABULATED = tabulated.__name__

CALLED: dict[str, Callable[..., Any]] = {**SUPPORTED, TABULATED: tabulated}
"""The functions that an expression of signals may call; an expression of the time alone has no tabulated ones."""

SPELLINGS: Mapping[str, str] = {
    **{spelling: law.name for law in LAWS.values() for spelling in law.spellings},
    "Max": "max",
    "maximum": "max",
    "Min": "min",
    "minimum": "min",
    "saturate": "clip",
    "sat": "clip",
    "ctg": "cot",
}
"""Other names of the same functions, by which people call them."""

SIGNATURES = {
    **{law.name: law.signature for law in LAWS.values()},
    "prospective": "prospective(x, tau)",
    "retrospective": "retrospective(x, tau)",
    "delay": "delay(x, T)",
    **{name: composite.signature for name, composite in COMPOSITES.items()},
    TABULATED: "tabulated(f(x), low, high, n)",
    "table": "table(x, (0, 0), (1, 2), (3, 1))",
    "Piecewise": "Piecewise((x, x > 0), (0, True))",
}
"""How each is called."""

#: what some people call otherwise, and what is not the same but what they want
_WANTED = {"lowpass": "retrospective", "delayed": "delay", "lag": "delay"}


def functions_hint(name: str, functions: Mapping[str, Any] = SUPPORTED) -> str:
    """The list of supported functions, with the one that a name misspells where there is one.

    A name that is another function's, though it looks alike, misspells none.
    """
    known = "supported: " + ", ".join(_listed(function) for function in sorted({*functions, *_FORMS}))
    if name in _WANTED:
        return f"did you mean '{_WANTED[name]}'? {known}"
    if any(hasattr(module, name) for module in (math, np, sp)) or name in _DEGREES:
        return known
    match = difflib.get_close_matches(name, functions, n=1, cutoff=_ALIKE)
    return f"did you mean '{match[0]}'? {known}" if match else known


#: functions with a form of their own, of points and of conditions
_FORMS = ("Piecewise", "table")


def _listed(function: str) -> str:
    """A function in a list: its name, with its arguments where these have a meaning of their own."""
    signature = SIGNATURES.get(function, function)
    return function if function in (*COMPOSITES, *_FORMS) or signature == f"{function}(x)" else signature
