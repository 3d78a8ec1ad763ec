"""Which signals' nodes carry them inverted, so that as few inverters as possible are needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from vle_analog.blocks.summing import summing_links
from vle_analog.diagram.block import ONE, Link, Numbers
from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.equations.system import Signal, name_of, shape_of
from vle_analog.errors import SynthesisError


@dataclass(frozen=True)
class Polarities:
    """The assignment.

    Attributes:
        sign: +1 or -1 by signal name: the sign with which the signal's own node carries it.
        inverted: names of the signals that are needed with the other sign too (an inverter each).
    """

    sign: dict[str, int]
    inverted: tuple[str, ...]


def assign_polarities(diagram: BlockDiagram, numbers: Numbers, outputs: Iterable[str]) -> Polarities:
    """The polarity of every signal with the fewest inverters, by exact integer programming.

    One binary per signal (is its node inverted?) and one per possible inverter, each weighted with
    the number of instances; every link asks that the polarity it needs be there or be made. Among
    equally good assignments, upright nodes are preferred, outputs' first.

    Raises:
        SynthesisError: the solver found no assignment (every diagram has one).
    """
    from scipy.optimize import Bounds, LinearConstraint, milp  # loads for half a second; only this needs it
    from scipy.sparse import lil_array

    names = list(diagram.signals)
    position = {name: n for n, name in enumerate(names)}
    count = len(names)
    instances = np.array([np.prod(shape_of(symbol), initial=1) for symbol in diagram.signals.values()])
    outputs = set(outputs)
    preference = np.array([2.0 if name in outputs else 1.0 for name in names]) * 1e-3 / count
    lower, upper = np.zeros(2 * count), np.ones(2 * count)
    for each in diagram.system.inputs:
        upper[position[name_of(each.symbol)]] = 0
    rows: list[tuple[int, int, int, int, float]] = []
    for block in diagram.blocks:
        target = position[name_of(block.output)]
        if block.fixed_polarity > 0:
            upper[target] = 0
        elif block.fixed_polarity < 0:
            lower[target] = 1
    for target, link in _links(diagram, numbers):
        if link.relation == 0 or link.source == ONE:
            continue
        source, driven = position[name_of(link.source)], position[name_of(target)]
        # inverter >= whether the needed polarity differs from the source's own
        if link.relation > 0:
            rows += [(source, driven, 1, -1, 0.0), (source, driven, -1, 1, 0.0)]
        else:
            rows += [(source, driven, 1, 1, -1.0), (source, driven, -1, -1, 1.0)]
    matrix, least = lil_array((len(rows) or 1, 2 * count)), np.full(len(rows) or 1, -np.inf)
    for row, (source, target, a, b, constant) in enumerate(rows):
        matrix[row, count + source] = 1
        matrix[row, source] += -a
        matrix[row, target] += -b
        least[row] = constant
    result = milp(
        np.concatenate([preference, instances]),
        integrality=np.ones(2 * count),
        bounds=Bounds(lower, upper),
        constraints=LinearConstraint(matrix.tocsr(), least, np.inf),
    )
    if result.x is None:
        raise SynthesisError(f"no assignment of polarities: {result.message}", where=diagram.system.name)
    chosen = np.round(result.x).astype(int)
    return Polarities(
        {name: -1 if chosen[n] else 1 for n, name in enumerate(names)},
        tuple(name for n, name in enumerate(names) if chosen[count + n]),
    )


def _links(diagram: BlockDiagram, numbers: Numbers) -> Iterator[tuple[Signal, Link]]:
    """What every driven signal, every state that an event sets, and one of a pair needs of its sources."""
    for block in diagram.blocks:
        for link in block.links(numbers):
            yield block.output, link
        if block.pair is not None:
            first, second = block.pair
            yield first, Link(second, 1)
    for trigger in diagram.triggers:
        for reset in trigger.resets:
            for link in summing_links(reset.terms, numbers):
                yield reset.state, link
