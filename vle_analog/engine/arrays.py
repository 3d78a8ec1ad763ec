"""What the kernel reads and writes: a program's structure, blocks' numbers, and the steps that it takes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Jumps(NamedTuple):
    """Events.

    Attributes:
        nodes: of each, rows of the nodes whose difference rises through zero, shape (events, 2).
        memory: rows of whether it may happen, and of the difference one step before, shape (events, 2).
        hysteresis: volts below zero that the difference must have fallen to in between.
        late: seconds until states are set.
        first: where each one's settings begin.
        rate, before, dead: of each setting: which state, the row of its value one step before, and seconds until the
            state moves on.
        input_first, inputs: where its inputs begin; rows.
    """

    nodes: np.ndarray
    memory: np.ndarray
    hysteresis: np.ndarray
    late: np.ndarray
    first: np.ndarray
    rate: np.ndarray
    before: np.ndarray
    dead: np.ndarray
    input_first: np.ndarray
    inputs: np.ndarray


class Tables(NamedTuple):
    """A program's structure.

    Attributes:
        code, output, first: of each operation: which, its row, where its inputs begin.
        inputs: rows.
        coefficients: how many each operation has.
        law: address of each nonlinear operation's law; 0 for others.
        limits: of each operation's output, shape (operations, 2).
        slew: the most that it changes by in a step.
        state, rate_first, rate_inputs: of each state: its row, where its inputs begin; rows.
        state_lag: of each state: of its op-amp's output, in steps.
        gate_first, gates, gated: where its gated inputs begin; rows of gates and of inputs.
        state_limits: shape (states, 2).
        state_slew: the most that a state changes by in a step.
        excess: its row for what it holds beyond these bounds; -1 for none.
        shared, own: rows of stimuli that all boards share, and of those that each has for itself.
        probes: rows to record.
        pairs: rows whose difference is squared, shape (pairs, 2).
        noise: rows of noise.
        jumps: `Jumps`.
    """

    code: np.ndarray
    output: np.ndarray
    first: np.ndarray
    inputs: np.ndarray
    coefficients: np.ndarray
    law: np.ndarray
    limits: np.ndarray
    slew: np.ndarray
    state: np.ndarray
    rate_first: np.ndarray
    rate_inputs: np.ndarray
    gate_first: np.ndarray
    gates: np.ndarray
    gated: np.ndarray
    state_lag: np.ndarray
    state_limits: np.ndarray
    state_slew: np.ndarray
    excess: np.ndarray
    shared: np.ndarray
    own: np.ndarray
    probes: np.ndarray
    pairs: np.ndarray
    noise: np.ndarray
    jumps: Jumps


class Memory(NamedTuple):
    """Numbers of blocks: of each array the first axis is over them, the last one but of `beyond` over a block's boards.

    Attributes, of one block:
        number: its.
        rows: of all nodes, volts.
        slopes: of the states, a ring of three, shape (3, states, BLOCK).
        rest: what rounding took from the states, to be added to what the next step adds, shape (states, BLOCK).
        beyond: of each state, whether its capacitor may hold more than its output shows in any board.
        trial: slopes while an event is gone through, shape (3, states, BLOCK) where there are events.
        operations, rates: coefficients in the order of their use.
        jumps: of each event the offset of its difference, then of its settings constants and coefficients.
        happened: how often each event did since somebody last looked, shape (events, BLOCK).
        moments: when, in steps, shape (events, CHUNK, BLOCK).
        decays: what is left of states' excesses after a step, shape (states, BLOCK).
        volts: per unit, of shared stimuli, shape (sources, BLOCK).
        units: volts per unit of what is recorded, shape (probes, BLOCK).
        scales: one over volts per unit of the pairs' rows, shape (pairs, 2, BLOCK).
        squares: sums over steps, shape (pairs, BLOCK).
        keys, white, pink: of each source of noise, shape (sources, BLOCK): its key, and standard deviations of white
            samples and of an octave of 1/f.
        octaves, sums: 1/f noise as it stands, shape (OCTAVES, sources, BLOCK), and summed over octaves.
    """

    number: np.ndarray
    rows: np.ndarray
    slopes: np.ndarray
    rest: np.ndarray
    beyond: np.ndarray
    trial: np.ndarray
    operations: np.ndarray
    rates: np.ndarray
    decays: np.ndarray
    jumps: np.ndarray
    happened: np.ndarray
    moments: np.ndarray
    volts: np.ndarray
    units: np.ndarray
    scales: np.ndarray
    squares: np.ndarray
    keys: np.ndarray
    white: np.ndarray
    pink: np.ndarray
    octaves: np.ndarray
    sums: np.ndarray


class Steps(NamedTuple):
    """Steps of one length.

    Attributes:
        total: how many.
        h: model units.
        done: steps made before the first one, since the start or since the last jump.
        number: of the first step, as noise counts.
        order: of the method, 1 to 3.
        every: record each so many steps; 0 for never.
        offset: number of the first step as recording counts: negative while there is nothing to record yet.
        skip: steps, counted likewise, before squares are summed.
        unit: seconds per model unit.
        point: where step 0 is recorded, as recording counts.
        settling: evaluations before the first step, for outputs that follow with a lag.
        ends: whether the point at their end is recorded too.
    """

    total: int
    h: float
    done: int
    number: int
    order: int
    every: int
    offset: int
    skip: int
    unit: float = 1.0
    point: int = 0
    settling: int = 0
    ends: bool = False

    @property
    def points(self) -> int:
        """How many points they record, from step 0 on."""
        last = self.offset + self.total
        return max(0, -(-last // self.every)) + self.ends if self.every else 0

    @property
    def ending(self) -> bool:
        """Whether a record is due at their end."""
        last = self.offset + self.total
        return bool(self.every) and last >= 0 and last % self.every == 0

    @property
    def summed(self) -> int:
        """How many of them count where squares are summed."""
        return self.total + self.offset - self.skip

    def part(self, first: int, most: int) -> Steps:
        """The steps from one on, so many at most."""
        total = min(most, self.total - first)
        return self._replace(
            total=total,
            done=self.done + first,
            number=self.number + first,
            offset=self.offset + first,
            settling=0 if first else self.settling,
            ends=self.ends and first + total == self.total,
        )


class Moment(NamedTuple):
    """When events are looked for.

    Attributes:
        number: of this step.
        newest: slot of its slopes.
        h: of the step before, model units.
        unit: seconds per model unit.
    """

    number: int
    newest: int
    h: float
    unit: float
