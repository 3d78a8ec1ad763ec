"""Volts per unit: every node stays inside full scale, most of the room is used, and what cannot be is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.blocks.bench import SINE, built, system
from vle_analog.blocks.multiplier import Multiplier
from vle_analog.circuit.technology import IDEAL
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.equations.system import instance_names, name_of
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import SynthesisError
from vle_analog.library import system_files
from vle_analog.netlist.ngspice import render
from vle_analog.simulate import Ngspice
from vle_analog.stimulus import Constant
from vle_analog.studies.run.study import run
from vle_analog.synthesis.scaling import preferred_scale

ROOM = IDEAL.full_scale * (1 - IDEAL.headroom)


@pytest.mark.parametrize("name", system_files())
def test_every_node_stays_inside_full_scale(name: str, tmp_path: Path) -> None:
    """In the circuit itself, with all of its nodes saved."""
    ready = design(load_system(system_files()[name]))
    signals = ready.diagram.signals
    every = tuple(each for symbol in signals.values() for each in instance_names(symbol))
    deck = render(ready.circuit, replace(ready.bench, probes=every))
    lines = [line for line in deck.text.splitlines() if not line.startswith("save ")]
    found = Ngspice().run("\n".join(lines), span=ready.bench.span, folder=tmp_path, files=deck.files, timeout=60)
    assert {each.lower() for each in every} < found.values.keys()
    volts = {node: float(np.abs(values).max()) for node, values in found.values.items() if not node.endswith("#branch")}
    assert {node: v for node, v in volts.items() if v > IDEAL.full_scale * (1 + 1e-9)} == {}
    products = {name_of(b.output) for b in ready.diagram.blocks if isinstance(b, Multiplier)}
    for signal, symbol in signals.items():
        if signal not in products:
            assert max(volts[each.lower()] for each in instance_names(symbol)) > 0.5 * ROOM, signal
    start = {name_of(state.symbol): state.initial for state in ready.diagram.read_back.states}
    for signal in start.keys() & signals.keys():
        first = found.values[signal.lower()][0] / ready.circuit.volts_per_unit[signal]
        assert first == pytest.approx(start[signal], abs=2e-3 * ready.reference.solution.peaks[signal])


def test_preferred_scale_loses_at_most_a_quarter() -> None:
    for value in np.geomspace(1e-9, 1e9, 2000):
        assert 0.78 < preferred_scale(value) / value <= 1 + 1e-9


@pytest.mark.parametrize("unit", [1e-6, 1e-3, 1.0])
def test_ranges_that_differ_by_a_thousand_at_any_time_unit(unit: float) -> None:
    given = system(
        {"big": ("-big + 2000*small + 500*x", 800.0), "small": ("(-small - big/1000 + tanh(small))/3", 0.5)},
        {"product": "big*small/100"},
        {"x": SINE},
        unit=unit,
        span=20.0,
        outputs=("big", "small", "product"),
    )
    found = run(given)
    assert found.metrics()["trace_nrmse_max"] < 1e-3
    assert np.ptp(found.ideal["big"]) > 500 * np.ptp(found.ideal["small"])


@pytest.mark.parametrize("scale", [2.0, 10.0])
def test_a_given_scale_is_kept(scale: float) -> None:
    circuit = built(system({"u": ("-u + x", 0.0)}, inputs={"x": SINE}), {"u": 0.7}, scales={"u": scale})
    assert abs(circuit.volts_per_unit["u"]) == scale


@pytest.mark.parametrize("scale", [20.0, 1e6])
def test_a_given_scale_beyond_the_rails_is_refused(scale: float) -> None:
    with pytest.raises(SynthesisError, match=r"signal 'u': the signal would reach .* full scale is 10 V") as caught:
        built(system({"u": ("-u + x", 0.0)}, inputs={"x": SINE}), {"u": 0.7}, scales={"u": scale})
    allowed = float(str(caught.value).split("at most ")[1].split()[0])
    built(system({"u": ("-u + x", 0.0)}, inputs={"x": SINE}), {"u": 0.7}, scales={"u": allowed})


def test_a_product_driven_out_of_full_scale_by_its_factors_scales_is_refused() -> None:
    given = system({"u": ("-u + x*y", 0.0)}, inputs={"x": SINE, "y": SINE})
    assert "x__y" in built(given).volts_per_unit
    with pytest.raises(SynthesisError, match=r"signal 'x__y': the signal would reach"):
        built(given, {"x": 1.0, "y": 1.0, "x__y": 2.0}, scales={"x": 9.0, "y": 9.0})


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf")])
def test_a_scale_that_is_no_scale_is_refused(scale: float) -> None:
    with pytest.raises(SynthesisError, match=r"signal 'u': .*not a positive number"):
        built(system({"u": ("-u + x", 0.0)}, inputs={"x": SINE}), scales={"u": scale})


def test_a_scale_for_nothing_or_for_a_product_is_refused() -> None:
    given = system({"u": ("-u + u*x", 0.0)}, inputs={"x": SINE})
    with pytest.raises(SynthesisError, match=r"'w', which is no signal"):
        built(given, scales={"w": 1.0})
    with pytest.raises(SynthesisError, match=r"signal 'u__x': .* a multiplier's output follow.*\n.*'u' or 'x'"):
        built(given, scales={"u__x": 1.0})


def test_a_signal_without_a_finite_range_is_refused() -> None:
    with pytest.raises(SynthesisError, match=r"signal 'u': .*no finite range"):
        built(system({"u": ("-u + x", 0.0)}, inputs={"x": SINE}), {"u": float("inf")})


def test_a_circuit_works_at_given_scales() -> None:
    given = system({"u": ("-u + x", 0.0)}, inputs={"x": Constant(1.0)}, span=3.0)
    found = run(given, Build(scales=(("x", 0.01), ("u", 5.0))))
    assert found.metrics()["trace_nrmse_max"] < 1e-3
