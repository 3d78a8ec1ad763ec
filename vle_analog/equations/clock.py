"""The time itself as a signal: what equations call ``t`` where nothing else is called so."""

from __future__ import annotations

from collections.abc import Mapping

from vle_analog.equations.expression import TIME
from vle_analog.equations.system import EquationSystem, Input, Signal, names_in, signal
from vle_analog.stimulus import Clock


def with_time(symbols: Mapping[str, Signal]) -> Mapping[str, Signal]:
    """What names mean in expressions, the time among them."""
    return symbols if TIME in symbols else {**symbols, TIME: signal(TIME)}


def clocked(system: EquationSystem) -> EquationSystem:
    """The system with the time as an input, if an equation names it and nothing else is called so."""
    if TIME in system.symbols or not any(TIME in names_in(each) for each in system.expressions):
        return system
    return system.updated(inputs=(*system.inputs, Input(signal(TIME), Clock())))
