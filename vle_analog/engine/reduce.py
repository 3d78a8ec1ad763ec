"""A stage's cell -> what it does, as formulas in its parts: Kirchhoff at the op-amp's inputs, nothing stiff left.

The op-amp has gain 1/a at low frequencies and gain-bandwidth product 1/t: ``v(s) = v(p) - (a + t d/dt) v(out)``. With
this, the currents at every inner node n and the charges q of its capacitors make one linear system,

    dq_n/dt + i_n(v) = 0,    q_n = sum C (v_n - v_other),

which is solved once per cell for the output and for dq/dt, given q, what drives the stage, and the current J of
its inputs. To first order in t, the op-amp's speed does two things, both as if v(p) were lower by t dv(out)/dt: the
output follows with a lag t dv(out)/dv(p), noise gain over gain-bandwidth product; and the currents that change q
change by a time derivative, so that in place of q another charge is the state, ``q + t (dq'/dv(p)) v(out)``, whose
rate is the one without this change. What is neglected is of order t^2.

Where a multiplier drives the stage's feedback, the same currents decide the multiplier's volts m, and with ``v(s)``
as above m holds ``v(out)`` and its first two derivatives: a capacitor from the output to s takes part of the current.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from vle_analog.circuit.cell.cell import Cell, Kind, Passive
from vle_analog.circuit.cell.stage import MULTIPLIER, Roles, Stage, stage
from vle_analog.circuit.elements import GROUND
from vle_analog.errors import CircuitError

#: one over the op-amp's gain; over its gain-bandwidth product (s); the sum of conductances at s; the current into s
A, T, GIN, CURRENT = "a", "t", "Gin", "J"


@dataclass(frozen=True)
class Product:
    """A multiplier inside of a stage, which makes the stage solve for one of its factors.

    Attributes:
        cell: its name.
        factor: ports of the stage between which the other factor lies.
    """

    cell: str
    factor: tuple[str, str]


@dataclass(frozen=True)
class Reduced:
    """A stage's law.

    Attributes:
        cell: its name.
        noninverting, summing: ports at the op-amp's inputs.
        states: inner nodes whose charges, with what they gain by the op-amp's speed, are its memory.
        output: coefficients of v(out), or of the product's volts where there is one, by state, port or `CURRENT`.
        rates: coefficients of each state's dq/dt, likewise.
        start: each state's charge at time zero.
        lag: of the output, seconds.
        product: the multiplier that the op-amp's loop goes through.
        demand: where there is a product: coefficients of v(out) and of its first two time derivatives by which its
            volts are less than `output` says.
        opamp: the cell of its op-amp.
    """

    cell: str
    noninverting: str
    summing: str
    states: tuple[str, ...]
    output: Mapping[str, sp.Expr]
    rates: tuple[Mapping[str, sp.Expr], ...]
    start: tuple[sp.Expr, ...]
    lag: sp.Expr
    product: Product | None
    opamp: str
    demand: tuple[sp.Expr, sp.Expr, sp.Expr] | None = None


@cache
def reduced(cell: Cell, roles: Roles) -> Reduced:
    """The law of a stage's cell.

    Args:
        cell: resistors, capacitors, one op-amp and at most one multiplier.
        roles: of the cells that it uses, by name.

    Raises:
        CircuitError: it holds anything else.
    """
    network = stage(cell, roles)
    _refuse(network)
    balance = _Balance(network)
    a, t, p = sp.Symbol(A), sp.Symbol(T), network.noninverting
    fast = balance.solved({})
    # v(s) falls behind by t dv(out)/dt, so dq/dt by dq'/dv(p) t dv(out)/dt: a gain of charge in proportion to v(out)
    gains = {node: -t * fast(-balance.resistive[node]).get(p, sp.S.Zero) for node in balance.states}
    coefficients = balance.solved(gains) if balance.states else fast
    output = coefficients(balance.wanted)
    lag, demand = t * output.get(p, sp.S.Zero), None
    product = next(iter(network.multipliers), None)
    if product is not None:
        by_output, by_s = (output[CURRENT] * each for each in balance.held())
        # the volts are N v(s) - d(by_s v(s) + by_output v(out))/dt, with v(s) = v(p) - (a + t d/dt) v(out)
        demand = a * output[p], lag + by_output - a * by_s, -t * by_s
        lag = sp.S.Zero
    return Reduced(
        cell=cell.name,
        noninverting=p,
        summing=network.summing,
        states=balance.states,
        output=output,
        rates=tuple(coefficients(-balance.resistive[node]) for node in balance.states),
        start=tuple(_start(cell, node) for node in balance.states),
        lag=lag,
        product=None if product is None else Product(product.cell, (product.nodes[0], product.nodes[1])),
        opamp=network.opamp.cell,
        demand=demand,
    )


class _Balance:
    """Kirchhoff's equations of a stage at its inner nodes, the summing node among them.

    Attributes:
        resistive: by node, the current that flows out of it through resistors.
        states: nodes whose charges are independent.
        wanted: what is solved for first: the output's voltage, or the multiplier's where there is one.
    """

    def __init__(self, network: Stage) -> None:
        self.network = network
        cell, (p, s, out) = network.cell, (network.noninverting, network.summing, network.output)
        product = next(iter(network.multipliers), None)
        driven = None if product is None else product.nodes[-1]  # a multiplier's output
        touched = [node for passive in cell.passives for node in passive.nodes]
        inner = sorted({*touched} - {*cell.ports, GROUND, driven} | {s})
        self.volts: dict[str, sp.Expr] = {node: sp.Symbol(f"v_{node}") for node in (*touched, p, s, out)}
        self.volts[GROUND] = sp.S.Zero
        self._below = {self.volts[s]: self.volts[p] - (sp.Symbol(A) if product is None else 0) * self.volts[out]}
        arriving = sp.Symbol(GIN) * self.volts[s] - sp.Symbol(CURRENT)
        self.resistive = {node: self._flows("resistor", node) + (arriving if node == s else 0) for node in inner}
        self._charges = {node: self._flows("capacitor", node) if product is None else sp.S.Zero for node in inner}
        columns = list(dict.fromkeys(volt for volt in self.volts.values() if volt != 0))
        matrix = sp.Matrix([[sp.diff(self._charges[node], column) for column in columns] for node in inner])
        self.states = tuple(inner[place] for place in matrix.T.rref()[1])
        self._memory = {node: sp.Symbol(f"q_{node}") for node in self.states}
        self._algebraic = []
        for row in matrix.T.nullspace():
            terms = (factor * self.resistive[node] for factor, node in zip(row, inner, strict=True))
            self._algebraic.append(sp.expand(sum(terms, sp.S.Zero).subs(self._below)))
        self.wanted = self.volts[out if driven is None else driven]
        self._unknown = [self.wanted, *(self.volts[node] for node in inner if node != s)]
        outside = {node: each for node, each in self.volts.items() if node in cell.ports and node not in (s, out)}
        self._symbols = {**self._memory, **outside, CURRENT: sp.Symbol(CURRENT)}

    def solved(self, advanced: Mapping[str, sp.Expr]) -> Callable[[sp.Expr], dict[str, sp.Expr]]:
        """Coefficients of any voltage or current, given what charges have gained on their states.

        Raises:
            CircuitError: the op-amp's output stays open.
        """
        output, below = self.volts[self.network.output], self._below
        balance = [
            self._memory[node] + advanced.get(node, 0) * output - self._charges[node].subs(below)
            for node in self.states
        ]
        solution = sp.solve([*balance, *self._algebraic], self._unknown, dict=True)
        if len(solution) != 1:
            where = f"cell '{self.network.cell.name}'"
            raise CircuitError("its op-amp does not decide its output", where=where)

        def coefficients(expression: sp.Expr) -> dict[str, sp.Expr]:
            written = sp.expand(expression.subs(below).subs(solution[0]))
            found = {name: sp.factor(sp.diff(written, each)) for name, each in self._symbols.items()}
            return {name: each for name, each in found.items() if each != 0}

        return coefficients

    def held(self) -> tuple[sp.Expr, sp.Expr]:
        """The charge at the summing node of a stage with a multiplier, per volt of the output and per volt of its own.

        Raises:
            CircuitError: a capacitor hangs elsewhere.
        """
        cell, s, out = self.network.cell, self.network.summing, self.network.output
        if {node for passive in cell.passives if passive.kind == "capacitor" for node in passive.nodes} - {
            s,
            out,
            GROUND,
        }:
            raise CircuitError(
                "beside a multiplier, capacitors lie between s and the output", where=f"cell '{cell.name}'"
            )
        charge = self._flows("capacitor", s)
        return sp.diff(charge, self.volts[out]), sp.diff(charge, self.volts[s])

    def _flows(self, kind: Kind, node: str) -> sp.Expr:
        """The current out of a node through all resistors, or the charge on all capacitors."""
        found = sp.S.Zero
        for part in self.network.cell.passives:
            if part.kind == kind and node in part.nodes:
                across = self.volts[node] - self.volts[part.beyond(node)]
                value = sp.Symbol(part.parameter)
                found += across / value if kind == "resistor" else across * value
        return found


@cache
def compiled(expression: sp.Expr) -> tuple[tuple[str, ...], Callable[..., Any]]:
    """The parameters of a formula, and a function of them that works on arrays."""
    names = tuple(sorted(str(free_symbol) for free_symbol in expression.free_symbols))
    return names, sp.lambdify([sp.Symbol(name) for name in names], expression, "numpy")


def evaluated(expression: sp.Expr, values: Mapping[str, np.ndarray], samples: int) -> np.ndarray:
    """A formula's values, shape (samples,)."""
    names, function = compiled(expression)
    found = np.asarray(function(*(values[name] for name in names)), np.float64)
    return found if found.shape == (samples,) else np.full(samples, found)


def _refuse(network: Stage) -> None:
    """Refuse what is not one op-amp, resistors and capacitors of the cell's parameters, and at most one multiplier.

    Raises:
        CircuitError: as said, or an input of the op-amp is no port.
    """
    where = f"cell '{network.cell.name}'"
    fixed = [passive.part for passive in network.cell.passives if passive.parameter is None]
    devices = [part for part, role in network.devices if role != MULTIPLIER]
    for line in (*network.others, *fixed, *devices):
        raise CircuitError(f"the engine cannot reduce '{line.statement}'", where=where)
    if len(network.opamps) != 1 or len(network.multipliers) > 1:
        raise CircuitError("the engine reduces stages of one op-amp", where=where)
    for node in (network.noninverting, network.summing):
        network.port(node)


def _start(cell: Cell, node: str) -> sp.Expr:
    """The charge at a node of all its capacitors as they start."""
    found = sp.S.Zero
    for each in cell.passives:
        if each.kind == "capacitor" and node in each.nodes:
            charge = sp.Symbol(each.parameter) * _start_volts(cell, each)
            found += charge * (1 if each.nodes[0] == node else -1)
    return found


def _start_volts(cell: Cell, capacitor: Passive) -> sp.Expr:
    if capacitor.start is not None:
        return sp.Symbol(capacitor.start)
    fixed = dict(capacitor.part.given).get("ic")
    return sp.S.Zero if fixed is None else sp.Float(cell.number(fixed))
