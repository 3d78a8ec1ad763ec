"""A block diagram: one driver per signal, and the equations that it computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import sympy as sp

from vle_analog.diagram.block import Block
from vle_analog.diagram.trigger import Trigger
from vle_analog.equations.system import Definition, EquationSystem, Signal, State, indices_of, name_of, names_in
from vle_analog.equations.templates import equal, in_order, reindexed, substituted
from vle_analog.errors import LoweringError


@dataclass(frozen=True)
class BlockDiagram:
    """The blocks that realise a system, one driver per signal.

    Attributes:
        system: the explicit equations that the diagram was lowered from.
        blocks: the drivers of all states, definitions and internal signals.
        triggers: its events.
    """

    system: EquationSystem
    blocks: tuple[Block, ...]
    triggers: tuple[Trigger, ...] = ()

    def __post_init__(self) -> None:
        driven: set[str] = {name_of(each.symbol) for each in self.system.inputs}
        for block in self.blocks:
            name = name_of(block.output)
            if name in driven:
                raise LoweringError(f"signal '{name}' has two drivers", where=block.law())
            driven.add(name)

    @cached_property
    def drivers(self) -> dict[str, Block]:
        """The driving block by signal name (inputs have none)."""
        return {name_of(block.output): block for block in self.blocks}

    @cached_property
    def signals(self) -> dict[str, Signal]:
        """Every signal's template by name: inputs, then what blocks drive."""
        inputs = {name_of(each.symbol): each.symbol for each in self.system.inputs}
        return inputs | {name_of(block.output): block.output for block in self.blocks}

    @property
    def jumping(self) -> frozenset[str]:
        """Names of the states that events set."""
        return frozenset(name_of(reset.state) for trigger in self.triggers for reset in trigger.resets)

    @cached_property
    def read_back(self) -> EquationSystem:
        """The system that the diagram computes, with every internal signal and hidden state.

        Raises:
            EquationError: a loop of blocks without a state, named in order.
        """
        equations = [
            replace(equation, owner=self.system.owner_of(name_of(block.output)))
            for block in self.blocks
            for equation in block.equations()
        ]
        return self.system.updated(
            states=tuple(each for each in equations if isinstance(each, State)),
            definitions=in_order(each for each in equations if isinstance(each, Definition)),
            events=tuple(trigger.event() for trigger in self.triggers),
        )

    @cached_property
    def readings(self) -> Mapping[str, str]:
        """What every signal is in the words of the equations: its name, or, of one that nobody declared, its law."""
        internal, written, said = self.system.internal, dict[sp.Expr, sp.Expr](), {name: name for name in self.signals}
        for each in self.read_back.definitions:  # in order of use
            if (name := name_of(each.symbol)) in internal:
                written[each.symbol] = each.expression.xreplace(written)
                said[name] = str(written[each.symbol])
        return said

    def equation_of(self, name: str) -> str:
        """The declared signal in whose equation, or through whose internal signals, a signal is used; or itself."""
        read = self.read_back
        rights = {name_of(each.symbol): names_in(each.derivative) for each in read.states}
        rights |= {name_of(each.symbol): names_in(each.expression) for each in read.definitions}
        reached = [name]
        for each in reached:  # grows
            if each not in self.system.internal:
                return each
            reached += [user for user, used in rights.items() if each in used and user not in reached]
        return name

    def place_of(self, name: str) -> str:
        """Where a signal is, for errors; one that nobody declared with the equation that needs it."""
        equation = self.equation_of(name)
        return f"signal '{name}'" if equation == name else f"equation of '{equation}': signal '{name}'"


def differences(first: EquationSystem, second: EquationSystem) -> list[str]:
    """Differences of two systems' equations once internal definitions are written out.

    Only what the first system declares is compared; an empty list means that the second computes
    the same signals by the same equations. Blocks may share a signal that equals a part of another
    equation, so where two equations look different, all definitions are written out.
    """
    found = []
    own = {name_of(definition.symbol): definition for definition in first.definitions}
    every = {name_of(each.symbol): each for each in second.definitions}
    internal = {name: each for name, each in every.items() if name not in first.symbols}
    twins = {name_of(symbol): (symbol, right) for symbol, right in _right_hand_sides(second)}
    for symbol, right in _right_hand_sides(first):
        other, twin = twins.get(name_of(symbol), (None, None))
        if other is None or twin is None or len(indices_of(symbol)) != len(indices_of(other)):
            found.append(name_of(symbol))
            continue
        as_it_stands = equal(right, reindexed(substituted(twin, internal), other, symbol))
        if not as_it_stands and not equal(substituted(right, own), reindexed(substituted(twin, every), other, symbol)):
            found.append(name_of(symbol))
    return found


def _right_hand_sides(system: EquationSystem) -> list[tuple[Signal, sp.Expr]]:
    states = [(state.symbol, state.derivative) for state in system.states]
    return states + [(definition.symbol, definition.expression) for definition in system.definitions]
