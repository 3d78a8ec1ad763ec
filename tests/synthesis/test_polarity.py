"""Inverters: as few as any assignment of polarities needs, by brute force over all of them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings

from tests.blocks.bench import SINE, learning_network, numbers_of, system, systems
from vle_analog.diagram.block import ONE
from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.equations.system import EquationSystem, name_of, shape_of
from vle_analog.equations.systemfile import load_system
from vle_analog.library import system_files
from vle_analog.synthesis.lower import lower
from vle_analog.synthesis.polarity import assign_polarities


def links(diagram: BlockDiagram) -> list[tuple[str, str, int]]:
    """From which signal each block takes an input, what it drives, and the product of both polarities."""
    numbers = numbers_of(diagram.read_back)
    return [
        (name_of(link.source), name_of(block.output), link.relation)
        for block in diagram.blocks
        for link in block.links(numbers)
        if link.relation and link.source != ONE
    ]


def needed(links: list[tuple[str, str, int]], sign: dict[str, int]) -> set[str]:
    """The signals that some block wants with the other polarity than their own node's."""
    return {source for source, target, relation in links if sign[source] != relation * sign[target]}


def fixed(diagram: BlockDiagram) -> dict[str, int]:
    """Polarities that are not free: inputs stand upright, and some stages have only one."""
    found = {name_of(each.symbol): 1 for each in diagram.system.inputs}
    return found | {name_of(b.output): b.fixed_polarity for b in diagram.blocks if b.fixed_polarity}


def fewest(diagram: BlockDiagram) -> int:
    """Inverters (counted by instance) of the best of all assignments."""
    given_signs, every, size = fixed(diagram), links(diagram), instances(diagram)
    free = [name for name in diagram.signals if name not in given_signs]
    best = np.inf
    for signs in product((1, -1), repeat=len(free)):
        chosen = given_signs | dict(zip(free, signs, strict=True))
        best = min(best, sum(size[name] for name in needed(every, chosen)))
    return int(best)


def instances(diagram: BlockDiagram) -> dict[str, int]:
    return {name: int(np.prod(shape_of(symbol), initial=1)) for name, symbol in diagram.signals.items()}


def check_assignment(diagram: BlockDiagram) -> None:
    found = assign_polarities(diagram, numbers_of(diagram.read_back), diagram.system.probes)
    assert found.sign.keys() == diagram.signals.keys()
    assert {name: found.sign[name] for name in fixed(diagram)} == fixed(diagram)
    assert set(found.inverted) == needed(links(diagram), found.sign)
    if len(diagram.signals) - len(fixed(diagram)) <= 8:
        assert sum(instances(diagram)[name] for name in found.inverted) == fewest(diagram)


@pytest.mark.parametrize("name", system_files())
def test_shipped_systems(name: str) -> None:
    check_assignment(lower(load_system(system_files()[name])))


@given(systems(most_terms=3))
@settings(max_examples=20)
def test_random_systems(random: EquationSystem) -> None:
    diagram = lower(random)
    assume(len(diagram.signals) - len(fixed(diagram)) <= 8)
    check_assignment(diagram)


def test_learning_network_is_consistent() -> None:
    check_assignment(lower(learning_network("vle", learn_tau=True)))


def test_a_layer_outweighs_a_single_signal() -> None:
    """An inverter for each of three neurons costs more than one for what drives them."""
    n = sp.Idx("n", 3)
    u = sp.IndexedBase("u")[n]
    base = system({"v": ("-v + x", 0.0)}, inputs={"x": SINE})
    total = sp.Sum(u, (n, 0, 2))
    state = type(base.states[0])
    layered = base.updated(
        states=(
            state(base.states[0].symbol, base.states[0].derivative - total),
            state(u, -u + sp.Symbol("v") - sp.Symbol("x")),
        ),
    )
    diagram = lower(layered)
    check_assignment(diagram)
    assert "u" not in assign_polarities(diagram, numbers_of(diagram.read_back), ()).inverted
    signs = {"x": 1, "v": -1, "u": 1}
    assert needed(links(diagram), signs) == {"u"}  # one name, but three inverters
    assert fewest(diagram) == 2


@pytest.mark.parametrize(
    ("states", "inverters"),
    [
        ({"u": "-u + x", "v": "-v + u"}, 0),  # two inverting stages in a row
        ({"u": "-u + x", "v": "-v - u"}, 0),  # so, too: v is then carried upright or inverted as fits
        ({"u": "-u + x - v", "v": "-v + u"}, 1),  # a loop of two inversions needs a third
        ({"u": "-u + x + v", "v": "-v + u"}, 0),
        ({"u": "v", "v": "-u"}, 1),  # the harmonic oscillator
    ],
)  # fmt: skip
def test_known_circuits(states: dict[str, str], inverters: int) -> None:
    inputs = {"x": SINE}
    diagram = lower(system({name: (text, 0.0) for name, text in states.items()}, inputs=inputs))
    found = assign_polarities(diagram, numbers_of(diagram.read_back), diagram.system.probes)
    assert len(found.inverted) == inverters
    check_assignment(diagram)
