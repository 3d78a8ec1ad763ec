"""A circuit that goes on from another one's end, and one under other stimuli."""

from __future__ import annotations

import numpy as np
import pytest

from vle_analog.circuit.elements import Capacitor, Drive, Instance
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.errors import CircuitError
from vle_analog.lesson.chip import Chip
from vle_analog.production.memory import charged, driven
from vle_analog.simulate import Ngspice
from vle_analog.stimulus import Constant
from vle_analog.tasks import TASKS

SPAN = 40.0


def chip(realisation: str = "algebraic") -> Chip:
    task = TASKS["chain"]("gle", span=SPAN * 2)
    ready = design(task, Build(realisation=realisation, bandwidth=20.0, step=0.02))
    return Chip(ready.circuit, ready.bench.probes, 0.02)


@pytest.mark.parametrize("realisation", ["algebraic", "lead", "differentiator"])
def test_two_stretches_are_one_run(realisation: str) -> None:
    whole, parted = chip(realisation), chip(realisation)
    straight = whole.advance(SPAN)
    parted.advance(SPAN / 2)
    second = parted.advance(SPAN)
    assert second.time[0] == SPAN / 2 and second.time[-1] == pytest.approx(SPAN)
    assert parted.time == whole.time == SPAN
    inner = np.linspace(SPAN / 2 + 0.05, SPAN, 500)  # the last of the start's own small steps
    for name in whole.probes:
        size = np.ptp(straight[name])
        assert np.abs(straight.at(inner)[name] - second.at(inner)[name]).max() < 2e-4 * size, name


def test_an_exam_leaves_the_chip_where_it_stands() -> None:
    each = chip()
    each.advance(SPAN / 2)
    nodes, time = dict(each.nodes), each.time
    found = each.examine({"gate": Constant(0.0)}, 10.0)
    assert (each.nodes, each.time) == (nodes, time)
    assert found.time[0] == 0.0 and found.time[-1] == pytest.approx(10.0)
    learned = [name for name in each.probes if name[0] in "wbg"]
    assert learned and all(np.ptp(found[name]) < 1e-4 for name in learned)


def test_every_capacitor_is_charged() -> None:
    each = chip("lead")
    each.advance(1.0)
    circuit = charged(each.circuit, each.nodes)
    cells = {"integrator": ["IC"], "leaky_integrator": ["IC"], "lead": ["IC1", "IC2"], "differentiator": ["IC"]}
    seen = set()
    for element in circuit.elements():
        if isinstance(element, Instance):
            for parameter in cells.get(element.cell, []):
                seen.add(element.cell)
                assert parameter in dict(element.parameters)
        assert not isinstance(element, Capacitor)
    assert seen == {"integrator", "leaky_integrator", "lead"}


def test_unknown_nodes_and_inputs_are_refused() -> None:
    each = chip()
    with pytest.raises(CircuitError, match=r"the voltage of node '.*' is not known"):
        charged(each.circuit, {"x": 1.0})
    with pytest.raises(CircuitError, match="no input 'gaet'"):
        driven(each.circuit, {"gaet": Constant(0.0)})
    swapped = driven(each.circuit, {"gate": Constant(0.5)})
    drives = {e.name: e.stimulus for e in swapped.elements() if isinstance(e, Drive)}
    assert drives["gate"] == Constant(0.5) and not isinstance(drives["x"], Constant)


def test_a_deck_without_final_voltages_leaves_none(tmp_path) -> None:
    task = TASKS["chain"]("bp", span=80.0)
    ready = design(task, Build(step=0.1))
    found = Ngspice().run(ready.deck.text, span=ready.bench.span, folder=tmp_path, files=ready.deck.files)
    assert found.final == {}
