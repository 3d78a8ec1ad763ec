"""Passes ask a stage's cell for its topology: ports may have any names and any order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.blocks.bench import built, system
from vle_analog.circuit.cell.cell import parse_cell
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Instance
from vle_analog.circuit.parts import chosen
from vle_analog.engine.engine import Engine
from vle_analog.errors import CircuitError
from vle_analog.production.devices import errors, with_errors
from vle_analog.production.noise import noise_sources
from vle_analog.production.ratios import stages
from vle_analog.stimulus import Sines

NAMES = {"p": "plus", "s": "minus", "in": "a"}
SYSTEM = system(
    {"u": ("-u + 2*x", 0.0)},
    {"y": "u - x", "z": "reciprocal(1.2 + 0.1*u)"},
    {"x": Sines((0.4,), (0.1,), (0.5,))},
    outputs=("y", "z"),
)


def usual() -> Circuit:
    return built(SYSTEM, technology=chosen("macromodel"))


def renamed() -> Circuit:
    """The same circuit of stages whose ports have other names, the first of them last."""
    circuit = usual()
    cells = dict(circuit.cells)
    for name, cell in circuit.cells.items():
        if cell.role is None and "s" in cell.ports:
            lines = [" ".join(NAMES.get(word, word) for word in line.split(" ")) for line in cell.subckt.splitlines()]
            head = next(line for line in lines if line.startswith(".subckt"))
            turned = head.replace(" plus", "", 1).replace(" params:", " plus params:")
            text = "\n".join(turned if line is head else line for line in lines)
            cells[name] = parse_cell(text, name, "here")

    def turn(element: object) -> object:
        if isinstance(element, Instance) and cells[element.cell] != circuit.cells[element.cell]:
            return replace(element, nodes=(*element.nodes[1:], element.nodes[0]))
        return element

    changed = replace(circuit.mapped(turn), cells=cells)  # type: ignore[arg-type]
    changed.check()
    assert any(cell.ports[-1] == "plus" for cell in cells.values())
    return changed


def test_noise_lies_at_the_same_nodes() -> None:
    def found(circuit: Circuit) -> list[tuple[object, ...]]:
        nodes = {each.name: each.nodes for each in circuit.elements() if isinstance(each, Instance)}
        return [
            (each.name, each.kind, each.density, each.nodes, each.port and nodes[each.port[0]][each.port[1]])
            for each in noise_sources(circuit)
        ]

    assert found(renamed()) == found(usual())


def test_errors_lie_at_the_same_nodes() -> None:
    def found(circuit: Circuit) -> list[object]:
        changed = with_errors(circuit, lambda error: error.spread.sigma)
        assert all(value for _, value in errors(changed).values())
        return [each for each in changed.elements() if not isinstance(each, Instance)]

    assert found(renamed()) == found(usual())


def test_design_laws_and_the_engine_are_the_same() -> None:
    assert stages(renamed()) == stages(usual())
    first, second = (
        Engine(with_errors(each, lambda error: error.spread.sigma), 0.01, ["y", "z"]).advance(1.0, every=0.1).signals
        for each in (usual(), renamed())
    )
    for name in ("y", "z"):
        assert first[name] == pytest.approx(second[name], rel=1e-9) and np.ptp(first[name]) > 1e-3


def test_an_input_that_is_no_port_is_told_of_where_it_is_needed() -> None:
    circuit = usual()
    text = circuit.cells["leaky_integrator"].subckt.replace("leaky_integrator p s", "leaky_integrator q s")
    broken = {**circuit.cells, "leaky_integrator": parse_cell(text, "leaky_integrator", "here")}
    changed = replace(circuit, cells=broken)
    for ask in (noise_sources, errors, lambda each: Engine(each, 0.01, ["y"])):
        with pytest.raises(CircuitError, match="cell 'leaky_integrator': the op-amp's input 'p' is no port"):
            ask(changed)  # type: ignore[operator]
