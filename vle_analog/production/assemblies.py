"""Assemblies of values that are on sale: a function's part has the scales that its resistors give it.

A part's volts per unit of input and output, and its law's constants, decide resistors inside of it, by formulas of its
file. Bought resistors are others, and so are the scales: those for which the formulas ask for what is bought. So the
netlist, the bill and the law that an engine computes speak of one part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from vle_analog.circuit.cell.arithmetic import evaluated
from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Element, Instance
from vle_analog.laws import LAWS
from vle_analog.owner import Owner

#: steps of Newton's method, and the relative errors of resistors at which it ends
_STEPS, _EXACT = 30, 1e-13
_BESIDE = 1e-6


def with_bought(circuit: Circuit, nearest: Callable[[float], float]) -> Circuit:
    """The circuit with its board's assemblies of resistors that are on sale.

    Args:
        circuit: any.
        nearest: what is on sale, of a resistance.

    Raises:
        CircuitError: a value that cannot be reckoned.
    """
    known: dict[tuple[str, tuple[tuple[str, float], ...]], dict[str, float]] = {}

    def moved(owner: Owner, element: Element) -> tuple[Element]:
        if owner is not Owner.BOARD or not isinstance(element, Instance):
            return (element,)
        role = circuit.cells[element.cell]
        cell = circuit.cells.get(role.part or "", role)
        if cell.sheet.assembly is None or cell.role is None or cell.role not in LAWS:
            return (element,)
        given = dict(element.parameters)
        names = [name for name in ("kin", "kout", *LAWS[cell.role].constants) if name in given]
        key = cell.name, tuple((name, given[name]) for name in names)
        if key not in known:
            known[key] = _scales(cell, names, {**given, "VOS": 0.0, "GE": 0.0, "KE": 0.0}, nearest)
        return (replace(element, parameters=tuple({**given, **known[key]}.items())),)

    return circuit.rewritten(moved)


def _scales(
    cell: Cell, names: list[str], given: Mapping[str, float], nearest: Callable[[float], float]
) -> dict[str, float]:
    """The scales and constants for which a part's formulas ask for resistors that are on sale, by name."""
    texts = list(dict.fromkeys(each.value for each in cell.passives if each.kind == "resistor"))
    start = np.array([given[name] for name in names])
    size = np.where(start == 0, 1.0, np.abs(start))

    def ohms(at: np.ndarray) -> np.ndarray:
        known = cell.values({**given, **dict(zip(names, map(float, at), strict=True))})
        return np.array([evaluated(text, known) for text in texts])

    asked, at = ohms(start), start.copy()
    moves = np.any([ohms(start + size * _BESIDE * unit) != asked for unit in np.eye(len(names))], axis=0)
    wanted = np.array([nearest(each) for each in asked])
    for _ in range(_STEPS):
        now = ohms(at)
        off = np.log(wanted / now)[moves]
        if np.max(np.abs(off), initial=0.0) < _EXACT:
            break
        slopes = [np.log(ohms(at + size * _BESIDE * unit) / now)[moves] / _BESIDE for unit in np.eye(len(names))]
        at = at + size * np.linalg.lstsq(np.array(slopes).T, off, rcond=1e-4)[0]
    return dict(zip(names, map(float, at), strict=True))
