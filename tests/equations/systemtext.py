"""A system as the text of a file that describes it: what the reader does, backwards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import sympy as sp
from sympy.printing.str import StrPrinter

from vle_analog.equations.system import EquationSystem, name_of
from vle_analog.sequences import Held
from vle_analog.stimulus import Piecewise, Sines, Stimulus


class _Printer(StrPrinter):
    """Floats to their last bit, and quotients where sympy has negative powers."""

    def _print_Float(self, value: sp.Float) -> str:
        return repr(float(value))

    def _print_Pow(self, power: sp.Pow, rational: bool = False) -> str:
        base, exponent = power.as_base_exp()
        if exponent.is_Integer and exponent < 0:
            return f"(1/({self._print(base)})**{-exponent})"
        return f"({self._print(base)})**{exponent}"

    def _print_Mul(self, product: sp.Mul) -> str:
        return "*".join(f"({self._print(factor)})" for factor in product.args)


def text_of(system: EquationSystem) -> str:
    """The text of a file of scalar states, definitions, parameters, and inputs of the kinds that files have."""
    return "\n".join(_lines(system)) + "\n"


def _lines(system: EquationSystem) -> Iterator[str]:
    yield f"name = {json.dumps(system.name)}"
    yield from _table("time", {"unit": system.unit, "span": system.span})
    yield from _table("parameters", {name: float(value) for name, value in system.constants.items()})
    for given in system.inputs:
        (stimulus,) = given.stimuli
        yield from _table(f"inputs.{given.symbol}", _stimulus(stimulus))
    for state in system.states:
        derivative = _Printer().doprint(state.derivative)
        yield from _table(f"states.{state.symbol}", {"derivative": derivative, "initial": float(state.initial)})  # type: ignore[arg-type]
    yield from _table(
        "definitions", {name_of(each.symbol): _Printer().doprint(each.expression) for each in system.definitions}
    )
    yield from _table("outputs", {"signals": list(system.outputs)})
    yield from _table("fidelity", dict(system.fidelity))


def _table(name: str, entries: dict[str, Any]) -> Iterable[str]:
    # JSON's strings, numbers and lists of these are TOML's, too
    return [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in entries.items())]


def _stimulus(stimulus: Stimulus) -> dict[str, Any]:
    match stimulus:
        case Sines(amplitudes, frequencies, phases):
            keys = ("amplitude", "frequency", "phase")
            lists = zip(keys, map(list, (amplitudes, frequencies, phases)), strict=True)
            return {"kind": "sum_of_sines", **dict(lists)}
        case Held(amplitude, hold, seed, smoothing):
            return {"kind": "held", "amplitude": amplitude, "hold": hold, "seed": seed, "smoothing": smoothing}
        case Piecewise(times, values):
            return {"kind": "pwl", "times": times.tolist(), "values": values.tolist()}
    raise TypeError(stimulus)
