"""Compiled functions as the Python that they were compiled from, on numbers that count (`counting`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np
from numba.core.ccallback import CFunc
from numba.core.dispatcher import Dispatcher

from vle_analog.roofline.counting import Ledger, Number, Room, value_of


class Interpreter:
    """Runs functions that numba compiles, and all that they call.

    Args:
        ledger: where operations are noted.
        instead: what stands for global names that are no Python, such as intrinsics, and for sizes.
    """

    def __init__(self, ledger: Ledger, instead: Mapping[str, Any] | None = None) -> None:
        self.ledger, self._instead = ledger, dict(instead or {})
        self._known: dict[int, Callable[..., Any]] = {}

    def of(self, compiled: Any) -> Callable[..., Any]:
        """A compiled function, or a Python function, as one of such numbers."""
        function = compiled.py_func if isinstance(compiled, Dispatcher) else compiled
        function = vars(function)["_pyfunc"] if isinstance(function, CFunc) else function
        if id(function) not in self._known:
            names: dict[str, Any] = {}
            self._known[id(function)] = FunctionType(
                function.__code__, names, function.__name__, function.__defaults__, function.__closure__
            )
            names |= {name: self._stand_in(value) for name, value in function.__globals__.items()}
            names |= {"min": self._least, "max": self._greatest, "np": self._numpy(), "math": self._math()}
            names |= self._instead
        return self._known[id(function)]

    def _stand_in(self, value: Any) -> Any:
        """What a global name stands for: functions are made ready when they are called."""
        if isinstance(value, Dispatcher | CFunc | FunctionType):
            return lambda *arguments: self.of(value)(*arguments)
        return value

    def _least(self, one: Any, other: Any) -> Any:
        return self._chosen(one, other, min)

    def _greatest(self, one: Any, other: Any) -> Any:
        return self._chosen(one, other, max)

    def _chosen(self, one: Any, other: Any, choice: Callable[..., Any]) -> Any:
        value = choice(value_of(one), value_of(other))
        if not (isinstance(one, Number) or isinstance(other, Number)):
            return value
        return self.ledger.operation("compare", value, one, other, word=choice.__name__)

    def _math(self) -> Any:
        """The module ``math``: its functions are the C library's, but for those that are one instruction."""

        def counted(name: str) -> Callable[..., Any]:
            kind = {"copysign": "bitwise", "fabs": "bitwise", "sqrt": "sqrt"}.get(name, name)

            def function(*arguments: Any) -> Any:
                value = getattr(math, name)(*map(value_of, arguments))
                return self.ledger.operation(kind, value, *arguments, word=name)

            return function

        functions = {name: counted(name) for name in dir(math) if callable(getattr(math, name)) and name[0] != "_"}
        return SimpleNamespace(**functions, pi=math.pi, e=math.e, inf=math.inf)

    def _numpy(self) -> Any:
        """What the compiled functions use of numpy."""
        return SimpleNamespace(
            empty=lambda shape: Room(self.ledger, np.zeros(shape)),
            zeros=lambda shape: Room(self.ledger, np.zeros(shape)),
            float64=lambda number: SimpleNamespace(view=lambda kind: _Bits(self.ledger, number)),
            int64=lambda bits: (
                SimpleNamespace(view=lambda kind: bits.number) if isinstance(bits, _Bits) else np.int64(bits)
            ),
        )


class _Bits:
    """A number looked at as an integer, of which vector instructions for integers make another.

    Args:
        ledger: where they are noted.
        number: whose bits.
    """

    def __init__(self, ledger: Ledger, number: Any) -> None:
        self._ledger, self.number = ledger, number
        self._bits = int(np.float64(value_of(number)).view(np.int64))

    def __lshift__(self, places: int) -> _Bits:
        return self._changed(self._bits << places, f"shift {places}")

    def __add__(self, other: int) -> _Bits:
        return self._changed(self._bits + other, f"add {other}")

    def _changed(self, bits: int, word: str) -> _Bits:
        value = float(np.array(bits % 2**64, np.uint64).view(np.float64))
        return _Bits(self._ledger, self._ledger.operation("integer", value, self.number, word=word))
