"""Where a program's numbers lie: rows of nodes, tables of operations, blocks of boards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vle_analog.circuit.elements import GROUND
from vle_analog.engine.anatomy import NOISE
from vle_analog.engine.arrays import Jumps, Memory, Tables
from vle_analog.engine.curves import address
from vle_analog.engine.noise import OCTAVES, Amplitudes
from vle_analog.engine.played import CHUNK, in_blocks
from vle_analog.engine.program import BLOCK, Program
from vle_analog.errors import CircuitError
from vle_analog.lanes import aligned
from vle_analog.laws import LAWS


@dataclass(frozen=True)
class Layout:
    """A program's rows and tables.

    Attributes:
        rows: by node.
        drives: node by source.
        structure: all tables; which stimuli are shared is open.
        told: seconds after which each event's trigger tells it, by name.
        kind: of a block's numbers, ``float64`` or ``float32``.
        constants: of a law, at most.
    """

    rows: Mapping[str, int]
    drives: Mapping[str, str]
    structure: Tables
    told: Mapping[str, float]
    kind: str
    constants: int

    @staticmethod
    def of(
        program: Program,
        probes: Sequence[str],
        pair: Sequence[str],
        kind: str,
        rows: Mapping[str, int] | None = None,
    ) -> Layout:
        """The layout of a program; with the rows of another of which it is a part."""
        drives = {name: node for name, (node, _) in program.drives.items()}
        states = [rate.state for rate in program.rates]
        outputs = [operation.output for operation in program.operations]
        noises = [f"{name}{NOISE}" for name in program.noises]
        kept = [each.kept for each in program.operations if each.kept]
        excesses = [rate.excess for rate in program.rates if rate.excess]
        quiet = [*states, *kept, *excesses, *(row for jump in program.jumps for row in jump.memory)]
        nodes = dict.fromkeys([GROUND, *quiet, *program.constants, *drives.values(), *noises, *outputs])
        rows = rows or {node: number for number, node in enumerate(nodes)}
        operations, rates = program.operations, program.rates
        structure = Tables(
            code=np.array([each.code for each in operations], np.int64),
            output=_index([rows[each.output] for each in operations]),
            first=_ends([each.inputs for each in operations]),
            inputs=_index([rows[node] for each in operations for node in each.inputs]),
            coefficients=np.array([len(each.coefficients) for each in operations], np.int64),
            law=np.array([address(each.law) if each.law else 0 for each in operations], np.uint64),
            limits=np.array([each.limits for each in operations]).reshape(-1, 2),
            slew=np.array([each.slew * program.step for each in operations]),
            state=_index([rows[each.state] for each in rates]),
            rate_first=_ends([each.inputs for each in rates]),
            rate_inputs=_index([rows[node] for each in rates for node in each.inputs]),
            gate_first=_ends([each.gated for each in rates]),
            gates=_index([rows[gate] for each in rates for gate, _, _ in each.gated]),
            gated=_index([rows[node] for each in rates for _, node, _ in each.gated]),
            state_lag=np.array([each.lag / program.step for each in rates]),
            state_limits=np.array([each.limits for each in rates]).reshape(-1, 2),
            state_slew=np.array([each.slew * program.step for each in rates]),
            excess=np.array([rows[each.excess] if each.excess else -1 for each in rates], np.int64),
            shared=_index([]),
            own=_index([]),
            probes=_index([rows[name] for name in probes]),
            pairs=_index([rows[name] for name in pair]).reshape(2, -1).T.copy(),
            noise=_index([rows[node] for node in noises]),
            jumps=_jumps(program, rows),
        )
        constants = max([len(LAWS[each.law].constants) for each in operations if each.law], default=0)
        return Layout(rows, drives, structure, {jump.name: jump.told for jump in program.jumps}, kind, constants)

    def row(self, node: str) -> int:
        """A node's row.

        Raises:
            CircuitError: no such node.
        """
        if node not in self.rows:
            raise CircuitError(f"no node '{node}'")
        return self.rows[node]

    def tables(self, shared: Sequence[str], own: Sequence[str]) -> Tables:
        """The tables for stimuli that boards share and those that they don't."""
        first, second = (_index([self.rows[self.drives[name]] for name in names]) for names in (shared, own))
        return self.structure._replace(shared=first, own=second)


def memory_of(
    layout: Layout,
    program: Program,
    h: float,
    units: np.ndarray,
    scales: np.ndarray,
    noise: Amplitudes,
) -> Memory:
    """The numbers of all boards, at time zero.

    Args:
        layout, program: of each other.
        h: of a step, model units.
        units: volts per unit of what is recorded, shape (probes, samples).
        scales: one over volts per unit of the pairs' rows, first ones before second ones, shape (2 pairs, samples).
        noise: of the program's sources.
    """
    kind, states, events = layout.kind, len(program.rates), len(program.jumps)
    operations = [each for operation in program.operations for each in operation.coefficients]
    rates = [each for rate in program.rates for each in rate.coefficients]
    jumps = [each for jump in program.jumps for each in jump.coefficients]
    leaks = [np.zeros(program.samples) if rate.leak is None else rate.leak for rate in program.rates]

    def table(numbers: Sequence[np.ndarray], kind: str) -> np.ndarray:
        return in_blocks(np.reshape(numbers, (-1, program.samples)), kind)

    blocks = -(-program.samples // BLOCK)
    rows = aligned((blocks, len(layout.rows), BLOCK), kind)
    known = {**{rate.state: rate.start for rate in program.rates}, **program.constants}
    rows[:, [layout.rows[node] for node in known]] = table(list(known.values()), kind)
    sources, pairs = len(noise.keys), len(scales) // 2
    return Memory(
        number=np.arange(blocks),
        rows=rows,
        slopes=aligned((blocks, 3, states, BLOCK), kind),
        rest=aligned((blocks, states, BLOCK), kind),
        beyond=np.ones((blocks, states), np.int8),
        trial=aligned((blocks, 3 if events else 0, states, BLOCK), kind),
        operations=table(operations, kind),
        rates=table(rates, kind),
        decays=table(list(1 / (1 + h * np.array(leaks))), kind),
        jumps=table(jumps, "float64"),
        happened=np.zeros((blocks, events, BLOCK), np.int64),
        moments=np.zeros((blocks, events, CHUNK, BLOCK)),
        volts=np.zeros((blocks, 0, BLOCK)),
        units=in_blocks(units),
        scales=in_blocks(scales).reshape(blocks, 2, pairs, BLOCK).swapaxes(1, 2).copy(),
        squares=np.zeros((blocks, pairs, BLOCK)),
        keys=in_blocks(noise.keys),
        white=in_blocks(noise.white),
        pink=in_blocks(noise.pink),
        octaves=np.zeros((blocks, OCTAVES if sources else 0, sources, BLOCK)),
        sums=np.zeros((blocks, sources, BLOCK)),
    )


def _jumps(program: Program, rows: Mapping[str, int]) -> Jumps:
    """The tables of a program's events."""
    jumps = program.jumps
    settings = [setting for jump in jumps for setting in jump.settings]
    places = {rate.state: place for place, rate in enumerate(program.rates)}
    return Jumps(
        nodes=np.array([[rows[jump.positive], rows[jump.negative]] for jump in jumps], np.int64).reshape(-1, 2),
        memory=np.array([[rows[name] for name in jump.memory[:2]] for jump in jumps], np.int64).reshape(-1, 2),
        hysteresis=np.array([jump.hysteresis for jump in jumps]),
        late=np.array([jump.late for jump in jumps]),
        dead=np.array([setting.dead for setting in settings]),
        first=_ends([jump.settings for jump in jumps]),
        rate=np.array([places[setting.state] for setting in settings], np.int64),
        before=_index([rows[name] for jump in jumps for name in jump.memory[2:]]),
        input_first=_ends([setting.inputs for setting in settings]),
        inputs=_index([rows[node] for setting in settings for node in setting.inputs]),
    )


def muted(memory: Memory) -> Memory:
    """The same numbers without noise."""
    none = {name: np.zeros_like(getattr(memory, name)) for name in ("white", "pink", "octaves", "sums")}
    return memory._replace(**none)


def _index(values: Sequence[int]) -> np.ndarray:
    return np.array(values, np.int64)


def _ends(each: Sequence[Sequence[object] | Mapping[str, object]]) -> np.ndarray:
    """Places where each one's items begin, and where the last one's end."""
    return np.concatenate([[0], np.cumsum([len(items) for items in each])]).astype(np.int64)
