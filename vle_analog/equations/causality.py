"""Which signals must be known before which: loops without a state and derivatives that need themselves.

A node is a signal and an order of its time derivative. A state's value (order 0) is at hand; its
derivative needs the values in its equation. `prospective` needs its argument one order higher,
`retrospective` one order lower, because its output is a state itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sympy as sp

from vle_analog.equations.operators import prospective, retrospective
from vle_analog.equations.system import EquationSystem, name_of
from vle_analog.equations.templates import loop_error
from vle_analog.errors import EquationError

MAX_ORDER = 8
"""Derivatives of higher order are not followed; every loop shows at a lower one, too."""

Node = tuple[str, int]


def check_causality(system: EquationSystem) -> None:
    """Refuses loops of definitions, and states whose derivative depends on itself.

    Raises:
        EquationError: with the names along the loop, in order.
    """
    graph = _Graph(system)
    starts = [(name, 0) for name in graph.definitions] + [(name, 1) for name in graph.states]
    done: set[Node] = set()
    for start in starts:
        cycle = _cycle_from(start, graph, done)
        if cycle:
            raise _error(cycle, graph)


class _Graph:
    def __init__(self, system: EquationSystem) -> None:
        self.states: Mapping[str, sp.Expr] = {name_of(state.symbol): state.derivative for state in system.states}
        self.definitions: Mapping[str, sp.Expr] = {
            name_of(definition.symbol): definition.expression for definition in system.definitions
        }
        self.memory: dict[tuple[sp.Expr, int], frozenset[Node]] = {}

    def needs(self, node: Node) -> list[Node]:
        """The nodes that this one is computed from, plain values first."""
        name, order = node
        if order > MAX_ORDER:
            return []
        if name in self.definitions:
            found = self.of(self.definitions[name], order)
        elif name in self.states and order:
            found = self.of(self.states[name], order - 1)
        else:
            return []
        return sorted(found, key=lambda each: (each[1], each[0]))

    def of(self, expression: sp.Expr, order: int) -> frozenset[Node]:
        """The nodes that the order-th time derivative of the expression is computed from."""
        key = (expression, order)
        if key not in self.memory:
            self.memory[key] = frozenset(self._of(expression, order))
        return self.memory[key]

    def _of(self, expression: sp.Expr, order: int) -> set[Node]:
        if isinstance(expression, sp.Symbol | sp.Indexed):
            name = name_of(expression)
            return {(name, order)} if name in self.states or name in self.definitions else set()
        if isinstance(expression, sp.Sum):
            return set(self.of(expression.function, order))
        if isinstance(expression, prospective):
            return {*self.of(expression.args[0], order), *self.of(expression.args[0], order + 1)}
        if isinstance(expression, retrospective):
            return {node for lower in range(order) for node in self.of(expression.args[0], lower)}
        parts = [arg for arg in expression.args if self.of(arg, 0) or self.of(arg, 1)]
        linear = isinstance(expression, sp.Add) or (isinstance(expression, sp.Mul) and len(parts) == 1)
        # the product and chain rules need the lower orders as well
        orders = (order,) if linear else range(order + 1)
        return {node for part in parts for each in orders for node in self.of(part, each)}


def _cycle_from(start: Node, graph: _Graph, done: set[Node]) -> list[Node]:
    """A cycle that can be reached from the node, first node repeated at its end; empty when there is none."""
    path: list[Node] = []
    pending: list[Iterator[Node]] = [iter([start])]
    while pending:
        node = next(pending[-1], None)
        if node is None:
            pending.pop()
            if path:
                done.add(path.pop())
        elif node in path:
            return [*path[path.index(node) :], node]
        elif node not in done:
            path.append(node)
            pending.append(iter(graph.needs(node)))
    return []


def _error(cycle: list[Node], graph: _Graph) -> EquationError:
    ring = cycle[:-1]
    first = next((place for place, (name, order) in enumerate(ring) if order and name in graph.states), None)
    if first is None:
        return loop_error([name for name, _ in cycle])
    ring = ring[first:] + ring[:first]
    name = ring[0][0]
    chain = " -> ".join(f"d({each})/dt" if order else each for each, order in [*ring, ring[0]])
    return EquationError(
        f"the derivative of '{name}' is not explicit: it depends on itself ({chain})",
        where=f"states.{name}.derivative",
        hint="solve the equations for the derivative, or put a state (for example retrospective(x, tau)) into the loop",
    )
