"""Margins before simulation, held against ngspice: offsets, drifts, lags, false learning, and remedies."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.blocks.bench import system
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.parts import devices
from vle_analog.design.build import Build
from vle_analog.design.design import Pass, design
from vle_analog.design.prototype import Prototype
from vle_analog.design.subject import Subject
from vle_analog.equations.system import EquationSystem
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import UsageError
from vle_analog.library import system_files
from vle_analog.production.devices import with_errors
from vle_analog.production.trimming import Trim
from vle_analog.production.variation import Scatter
from vle_analog.stimulus import Constant, Sines
from vle_analog.studies.margins import deviations, path
from vle_analog.studies.margins.parts import Amplifier, Product, candidates
from vle_analog.studies.margins.result import LIMITS, Margins
from vle_analog.studies.margins.stages import stages
from vle_analog.studies.margins.study import margins
from vle_analog.studies.run.result import Run
from vle_analog.studies.run.study import run
from vle_analog.tasks import chain

A, B = Sines((1.0,), (0.1,), (0.0,)), Sines((1.0,), (0.3,), (0.5,))


def one_sigma(circuit: Circuit) -> Circuit:
    """The circuit with every part off by one standard deviation, upwards; what bends is left straight.

    A product's errors add up then: its offset, and a mean square in the same direction.
    """
    return with_errors(
        circuit, lambda error: 0.0 if error.parameter in ("DX", "FY") else Scatter().error(error.spread, 1.0)
    )


def macromodel(opamp: str = "opa2134", multiplier: str = "ad633") -> Build:
    return Build(fidelity="macromodel", parts=(("opamp", opamp), ("multiplier", multiplier)))


def shipped(name: str) -> EquationSystem:
    return load_system(system_files()[name])


def both(given: EquationSystem, build: Build, *passes: Pass) -> tuple[Run, Margins]:
    done = run(given, build, passes)
    return done, margins(done.design)


def error(done: Run, name: str) -> np.ndarray:
    """What the circuit has too much, in model units."""
    return np.asarray(done.analog[name] - done.ideal[name])


def volts(done: Run, name: str) -> np.ndarray:
    return error(done, name) * abs(done.design.circuit.volts_per_unit[name])


# --- held against ngspice ---


@pytest.mark.parametrize("opamp", ["tl072", "opa2134"])
def test_the_offset_of_a_sum(opamp: str) -> None:
    given = system({}, {"y": "2*a + 3*b"}, {"a": A, "b": B}, outputs=("y",))
    done, found = both(given, macromodel(opamp), one_sigma)
    predicted = found["y"]["offset"].figure * found["y"].peak
    assert abs(volts(done, "y").mean()) == pytest.approx(predicted, rel=0.2)
    assert predicted > 1e-3


def off(done: Run, name: str, nominal: Run | None = None) -> float:
    """RMS of what the circuit has too much, or has more than another one has, over the ideal's range."""
    more = error(done, name) - (0.0 if nominal is None else error(nominal, name))
    return float(np.sqrt(np.mean(more**2)) / np.ptp(done.ideal[name]))


@pytest.mark.parametrize("opamp", ["tl072", "opa2134"])
@pytest.mark.parametrize("law", ["(-u + 2*a + 3*b)/0.5", "0.3*a + 0.5*b"])
def test_the_drift_of_a_leaky_integrator_settles_and_that_of_an_integrator_grows(law: str, opamp: str) -> None:
    given = system({"u": (law, 0.0)}, {}, {"a": A, "b": B}, span=20.0)
    done, found = both(given, macromodel(opamp), one_sigma)
    drift = found["u"]["drift"]
    assert off(done, "u", run(given, macromodel(opamp))) == pytest.approx(drift.figure, rel=0.1)
    assert drift.role == "opamp" and "opamp.VOS of u" in drift.detail and found["u"].get("offset") is None
    later = margins(design(given.updated(span=80.0), macromodel(opamp)))
    grows = later["u"]["drift"].figure / drift.figure
    assert grows == pytest.approx(1.0, rel=0.1) if "-u" in law else grows > 3.5


def test_the_offset_of_a_product_drifts() -> None:
    """Orthogonal factors: nothing is to be learned, what the weight learns is the multiplier's offset."""
    given = system({"w": ("a*b", 0.0)}, {}, {"a": A, "b": B}, span=20.0)
    done, found = both(given, macromodel("opa2277", "ad734"), one_sigma)
    drift = found["w"]["drift"]
    assert off(done, "w") == pytest.approx(drift.figure, rel=0.2)
    assert drift.role == "multiplier" and "multiplier.ZOS of a__b" in drift.detail


def test_feedthrough_stands_at_a_products_output() -> None:
    """x^2 has a mean: 0.3 % of it, whatever the offsets, which here are none."""
    given = system({"w": ("a*b", 0.0)}, {}, {"a": A, "b": B}, span=20.0)
    done = run(given, macromodel("opa2277", "ad633"))
    found = margins(done.design, offsets=0.0)
    assert off(done, "w") == pytest.approx(found["w"]["drift"].figure, rel=0.05)
    assert "multiplier.gain" in found["w"]["drift"].detail


@pytest.mark.parametrize("opamp", ["ideal", "opa2277"])
def test_feedthrough_in_a_quotient_is_the_multipliers(opamp: str) -> None:
    """A divider's op-amp is not blamed for what its multiplier does, and no other op-amp is offered against it."""
    given = system({"u": ("a/(2 + b)", 0.0)}, {}, {"a": A, "b": B}, span=20.0)
    done = run(given, macromodel(opamp, "ad633"))
    found = margins(done.design, offsets=0.0)
    assert off(done, "u") == pytest.approx(found["u"]["drift"].figure, rel=0.05)
    assert found["u"]["drift"].figure > 10 * found["u"]["loop"].figure
    assert "multiplier.gain" in found["u"]["drift"].detail


def test_no_other_op_amp_is_offered_in_the_place_of_ideal_ones() -> None:
    given = system({"u": ("a/(2 + b)", 0.0)}, {}, {"a": A, "b": B}, span=20.0)
    made = design(given, macromodel("ideal", "ad633"))
    tight = margins(made, {"loop": 1e-9, "drift": 1e-9})
    assert tight["u"]["loop"].fails and "opamp" not in tight["u"].remedies["loop"]


def test_no_scale_is_offered_for_a_sum_that_cancels() -> None:
    """A quadrature oscillator's 1 - a^2 - b^2: more volts of it are more gain, and as much more offset."""
    states = {"a": ("-2*b + a*(1 - a**2 - b**2)", 1.0), "b": ("2*a + b*(1 - a**2 - b**2)", 0.0)}
    found = margins(design(system(states, span=5.0), macromodel()))
    block = found["a__sum"]
    assert block["offset"].figure > 1 and "--scale" not in block.remedies["offset"]
    assert "nearly nothing" in block.remedies["offset"]


@pytest.mark.parametrize("opamp, unit", [("opa2134", 1e-6), ("opa1642", 1e-6), ("opa2134", 4e-6), ("opa2277", 4e-5)])
@pytest.mark.parametrize("name", ["y", "u"])
def test_the_lag_of_a_sum_and_a_leaky_integrator(name: str, opamp: str, unit: float) -> None:
    states = {"u": ("(-u + 2*a + b)/0.5", 0.0)} if name == "u" else {}
    definitions = {} if name == "u" else {"y": "2*a + b"}
    given = system(states, definitions, {"a": A, "b": B}, unit=unit, span=20.0, outputs=(name,))
    done, found = both(given, macromodel(opamp))
    settled = volts(done, name)[done.ideal.time > 10]
    simulated = np.sqrt(np.mean((settled - settled.mean()) ** 2)) / found[name].peak
    assert 0.5 < simulated / found[name]["bandwidth"].figure < 2


def test_a_design_that_is_too_fast_is_warned_of_and_is_off() -> None:
    done, found = both(shipped("van_der_pol").updated(unit=1e-6), macromodel("opa2277"))
    kinds = {each.margin.kind for each in found.warnings}
    assert {"slew", "bandwidth"} <= kinds and found.blocks[0].binding.decibels < -20
    assert done.comparison.trace_nrmse_max > 0.1
    slewing = next(each for each in found.warnings if each.margin.kind == "slew")
    assert "a unit of " in slewing.remedy and "--scale " in slewing.remedy


@pytest.mark.parametrize("name", ["van_der_pol", "harmonic_oscillator", "two_neurons"])
def test_one_that_is_fine_is_not(name: str) -> None:
    done, found = both(shipped(name), macromodel(), one_sigma)
    assert not found.warnings and found.blocks[0].binding.decibels > 0
    assert done.comparison.trace_nrmse_max < 0.01


def test_the_unit_that_a_warning_names_is_slow_enough() -> None:
    ring = shipped("fast_ring")
    before, found = both(ring, macromodel())
    assert {warned.margin.kind for warned in found.warnings} == {"bandwidth", "loop"}
    units = [float(warned.remedy.partition("a unit of ")[2].split(" us")[0]) for warned in found.warnings]
    after, slower = both(ring.updated(unit=max(units) * 1e-6), macromodel())
    assert not slower.warnings and max(units) < 6
    assert after.comparison.trace_nrmse_max < 0.01 < before.comparison.trace_nrmse_max


# --- laws ---


def study(given: EquationSystem, build: Build | None = None, **limits: float) -> Margins:
    return margins(design(given, build or macromodel()), limits)


def test_a_part_that_a_remedy_names_passes() -> None:
    """A small signal's offset: a summer of two large, nearly equal signals."""
    given = system({}, {"y": "a - b"}, {"a": A, "b": Sines((0.999,), (0.1,), (0.0,))}, outputs=("y",))
    found = study(given, macromodel("tl072"))
    warned = {each.margin.kind: each for each in found.warnings if each.block == "y"}
    named = next(each for each in ("opa2188", "opa2277", "opa2189") if f"opamp {each}" in warned["offset"].remedy)
    assert study(given, macromodel(named))["y"]["offset"].holds


def test_halving_the_unit_doubles_slope_and_lag_and_leaves_offset() -> None:
    fast, slow = (
        study(system({}, {"y": "2*a + b"}, {"a": A, "b": B}, unit=unit, outputs=("y",)))["y"] for unit in (1e-4, 2e-4)
    )
    for kind in ("slew", "bandwidth"):
        assert fast[kind].figure == pytest.approx(2 * slow[kind].figure, rel=1e-3)
    assert fast["offset"].figure == pytest.approx(slow["offset"].figure)


def test_slope_and_headroom_are_the_signals() -> None:
    found = study(system({}, {"y": "2*a"}, {"a": A}, unit=1e-4, outputs=("y",)), macromodel("opa2134"))["y"]
    assert found["headroom"].figure == pytest.approx(found.peak) and found["headroom"].limit == 10.0
    assert found["slew"].figure == pytest.approx(found.peak * 2 * math.pi * 0.1 / 1e-4, rel=1e-3)
    assert found["slew"].limit == pytest.approx(0.5 * 20e6)
    assert found["noise"].figure < 1e-4


def test_scaling_up_to_the_edge_uses_the_headroom_up() -> None:
    given = system({}, {"y": "2*a"}, {"a": A}, outputs=("y",))
    found = study(given, replace(macromodel(), scales=(("y", 4.9),)), headroom=0.9)
    assert [(each.block, each.margin.kind) for each in found.warnings] == [("y", "headroom")]
    assert found["y"].binding.kind == "headroom" and "--scale y=4 instead of 4.9" in found.warnings[0].remedy


def test_noise_of_a_sum_is_that_of_its_resistors_and_amplifier() -> None:
    found = study(system({}, {"y": "2*a"}, {"a": A}, outputs=("y",)), macromodel("opa2134"))["y"]
    ready = design(system({}, {"y": "2*a"}, {"a": A}, outputs=("y",)), macromodel("opa2134"))
    (stage,) = stages(ready.circuit).values()
    gain = 1 + stage.ohms * stage.conductance
    density = (7.63e-9 * gain) ** 2 + 4 * 1.380649e-23 * 300.15 * stage.ohms * gain + (3e-15 * stage.ohms) ** 2
    white = math.sqrt(density * math.pi / 2 * 8e6 / gain) / found.peak
    assert found["noise"].figure == pytest.approx(white, rel=0.01)


def test_laws_have_headroom_alone_and_hold() -> None:
    found = study(system({}, {"y": "2*a"}, {"a": A}, outputs=("y",)), Build())
    assert [each.kind for each in found["y"].margins] == ["headroom"] and not found.warnings and not found.parts


def test_one_block_of_another_fidelity() -> None:
    given = system({}, {"y": "2*a", "z": "3*a"}, {"a": A}, outputs=("y", "z"))
    found = study(given.updated(fidelity={"default": "ideal", "y": "macromodel"}), Build())
    assert found["y"].parts == {"opamp": "opa2134"} and not found["z"].parts
    assert found["y"].get("offset") is not None and found["z"].get("offset") is None


def test_a_constant_signal_has_offset_but_no_lag() -> None:
    found = study(system({}, {"y": "2*a"}, {"a": Constant(1.0)}, outputs=("y",)))["y"]
    assert found["bandwidth"].figure == 0 and found["slew"].figure == 0 and found["offset"].figure > 0
    assert found["bandwidth"].decibels == math.inf


def test_a_limit_moves_the_margin_alone() -> None:
    given = system({}, {"y": "2*a"}, {"a": A}, outputs=("y",))
    usual, strict = study(given)["y"]["offset"], study(given, offset=LIMITS["offset"] / 100)["y"]["offset"]
    assert strict.figure == usual.figure and strict.decibels == pytest.approx(usual.decibels - 40)


@pytest.mark.parametrize("limits, text", [({"ofset": 1.0}, "no kind of margin 'ofset'"), ({"offset": 0.0}, "positive")])
def test_limits_that_are_refused(limits: dict[str, float], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        study(system({}, {"y": "2*a"}, {"a": A}, outputs=("y",)), **limits)


def test_every_part_of_the_chain_is_weighed() -> None:
    """Every block has more than headroom; the worst comes first."""
    found = margins(design(chain("vle", span=200.0), macromodel()))
    kinds = {block.kind for block in found.blocks}
    assert {"integrator", "leaky integrator", "weighted sum", "multiplier", "nonlinearity", "inverter"} <= kinds
    assert found["w1"].get("learning") is not None and found["u1"].get("drift") is not None
    assert not [block.name for block in found.blocks if len(block.margins) < 2]
    assert found.blocks == tuple(sorted(found.blocks, key=lambda block: block.binding.decibels))


@pytest.mark.parametrize("realisation", ["lead", "differentiator"])
def test_band_limited_look_ahead_is_weighed(realisation: str) -> None:
    found = margins(
        design(shipped("prospective_identity"), replace(macromodel(), realisation=realisation, bandwidth=30))
    )
    kind = {"lead": "lead stage", "differentiator": "differentiator"}[realisation]
    block = next(each for each in found.blocks if each.kind == kind)
    over_the_run = {"drift", "loop"} if realisation == "lead" else {"gain", "offset"}  # which is of what is looked at
    assert {each.kind for each in block.margins} == {"headroom", "slew", "bandwidth", "noise"} | over_the_run


def test_what_comes_on_two_ways_cancels() -> None:
    """tau du/dt = p - u: what offset the product p has, u has, too; their difference is free of it."""
    given = system({"u": ("a*b - u", 0.0)}, {"p": "a*b", "d": "p - u"}, {"a": A, "b": B}, span=40.0, outputs=("u", "d"))
    done, found = both(given, macromodel("opa2277", "ad734"), one_sigma)
    settled = done.ideal.time > 10
    for name in ("u", "d"):
        predicted = found[name]["drift"].figure * np.ptp(done.ideal[name])
        assert abs(error(done, name)[settled].mean()) < 1.3 * predicted
    assert found["u"]["drift"].role == "multiplier" and found["d"].get("offset") is None
    assert found["u"]["drift"].figure > 3 * found["d"]["drift"].figure


def test_the_offset_of_a_divider_where_its_divisor_is_smallest() -> None:
    given = system({}, {"y": "reciprocal(a + 1.5)"}, {"a": A}, outputs=("y",))
    done, found = both(given, macromodel("tl072"), one_sigma)
    divided = next(block for block in found.blocks if block.kind == "divider")
    predicted = divided["offset"].figure * divided.peak
    simulated = np.max(np.abs(volts(done, "y")[done.ideal.time > 1]))
    assert 0.5 < simulated / predicted < 2
    assert predicted > 10e-3


def test_trimmers_that_a_remedy_names_are_enough() -> None:
    given = system({"w": ("0.001*a*b", 0.0)}, {}, {"a": A, "b": Sines((0.02, 1.0), (0.1, 0.3), (0.0, 0.5))}, span=20.0)
    ready = design(given, macromodel("opa2277", "ad734"))
    limits = {"drift": 5e-3}  # what bends, no trimmer takes away
    before = margins(ready, limits)
    (warned,) = (each for each in before.warnings if each.margin.kind == "drift")
    step = float(warned.remedy.partition("--trim ")[2].split()[0].rstrip(";,"))
    after = margins(ready, limits, trim=Trim.of(step))
    assert after["w"]["drift"].holds and not before["w"]["drift"].holds
    trimmed, bent = (margins(ready, trim=Trim.of(each))["a__b"] for each in (step, 1e-9))
    left = math.sqrt(trimmed["offset"].figure ** 2 - bent["offset"].figure ** 2) * trimmed.peak
    assert left == pytest.approx(step / math.sqrt(12), rel=0.3)


@pytest.mark.parametrize("role", ["opamp", "multiplier", "tanh", "logistic", "softplus"])
def test_all_installed_parts_have_figures(role: str) -> None:
    found = candidates(role)
    assert set(found) == {name for name, cell in devices().items() if cell.role == role} and len(found) >= 2
    for each in found.values():
        assert 0 < each.bandwidth < 1e9
        if isinstance(each, Amplifier):
            assert 0.1e6 < each.slew < 100e6 and 10 < each.swing < 15 and 1e4 < each.gain < 1e9
            assert 0 < each.offset < 10e-3 and 0 < each.bias < 1e-6 and 0 < each.noise < 50e-9
        if isinstance(each, Product):
            # one that is made of transconductance amplifiers has their offsets
            assert 0 < each.z < (0.1 if devices()[each.name].sheet.assembly is None else 0.5) and 0 < each.noise < 10e-6


def test_a_better_part_of_the_same_kind_has_better_figures() -> None:
    good, usual = candidates("multiplier")["ad734"], candidates("multiplier")["ad633"]
    assert isinstance(good, Product) and isinstance(usual, Product)
    assert good.gain_error < usual.gain_error and good.bandwidth > usual.bandwidth
    assert good.feedthrough == 0 < usual.feedthrough and good.y < usual.y
    assert (good.z, usual.z) == (6.7e-3, 5e-3)  # as they come: a third of the most, and what is typical
    assert (
        usual.trimmed(Trim.of(1e-4)).z == pytest.approx(1e-4 / math.sqrt(12)) and usual.trimmed(Trim.of(10.0)) == usual
    )


# --- what adds up over the run ---

CASES = {  # systems of which nobody's default parts are good enough, and what must be said
    "sine_integrator": system({"x": ("u", 0.0)}, {}, {"u": Sines((0.63,), (0.16,), (0.0,))}, span=20_000.0),
    "oscillator": system({"x": ("v", 1.0), "v": ("-x", 0.0)}, span=2000.0),
    "fast_oscillator": system({"x": ("v", 1.0), "v": ("-x", 0.0)}, unit=2e-5, span=40.0),
    "slow_loop": system({"x": ("y", 1.0), "y": ("-x - 0.01*y", 0.0)}, unit=1e-5, span=200.0),
}


def test_an_integrator_drifts_to_its_rail() -> None:
    """3 mV over R C for 20,000 units: (V_os / R C) T, far beyond 13.5 V; a tenth of a per cent of it is left in 20."""
    ready = design(CASES["sine_integrator"], macromodel("tl072"))
    (stage,) = stages(ready.nominal).values()
    volts = 3e-3 * stage.conductance / stage.farads * 20.0
    drift = margins(ready)["x"]["drift"]
    scale = abs(ready.nominal.volts_per_unit["x"])
    assert drift.figure * np.ptp(ready.reference.solution.waveforms["x"]) * scale == pytest.approx(
        volts / math.sqrt(3), rel=0.02
    )
    assert drift.fails and "reaches the rail after" in drift.detail and volts > 13.5
    short = margins(design(CASES["sine_integrator"].updated(span=20.0), macromodel("tl072")))
    assert short["x"]["drift"].figure == pytest.approx(1e-3 * drift.figure, rel=0.2)


def test_lags_in_a_loop_feed_an_oscillator() -> None:
    """Two integrators and an inverter lag by 4 w/w_t in all, the pole moves by half of it: exp(2 w^2/w_t T) = 1.236.

    Tietze and Schenk, "Electronic Circuits", ch. 13 (state-variable filters): Q enhancement by 4 w/w_t.
    """
    grows = math.exp(2 * 1e3**2 / (2 * math.pi * 3e6) * 2.0)
    assert grows == pytest.approx(1.236, abs=1e-3)
    slow = margins(design(CASES["oscillator"], macromodel("tl072")), offsets=0.0)
    done, fast = both(CASES["fast_oscillator"], macromodel("tl072"))  # the same 50 times as fast and over one 50th
    for found in (slow, fast):
        assert found.pole is not None and found.pole.destabilised
        assert found.pole.growth == pytest.approx(grows, rel=0.01)
        assert found["x"]["loop"].fails and found["v"].binding.kind == "loop"
        assert f"grows by {found.pole.growth:.3g} over the span" in found["x"]["loop"].detail
    last = done.ideal.time > 33
    assert np.max(np.abs(done.analog["x"][last])) == pytest.approx(grows, rel=0.02)
    assert fast["x"]["loop"].figure == pytest.approx(off(done, "x"), rel=0.25)  # to first order


def test_a_span_that_a_remedy_names_is_short_enough() -> None:
    found = margins(design(CASES["fast_oscillator"], macromodel("tl072")), offsets=0.0)
    span = min(float(warned.remedy.partition("a span of ")[2].split(" ")[0]) for warned in found.warnings)
    done, shorter = both(CASES["fast_oscillator"].updated(span=span), macromodel("tl072"))
    assert not shorter.warnings and done.comparison.trace_nrmse_max == pytest.approx(0.01, rel=0.2) and 2 < span < 20


def test_lags_overcome_a_weak_damping() -> None:
    done, found = both(CASES["slow_loop"].updated(span=80.0), macromodel("tl072"))
    pole = found.pole
    assert pole is not None and pole.destabilised and pole.ideal == pytest.approx(-0.005 + 1j, abs=1e-4)
    growth = 2e10 / (2 * math.pi * 3e6) * 1e-5 - 0.005  # 2 w^2/w_t less the damping
    assert pole.real.real == pytest.approx(growth, rel=0.05)
    first, last = (np.max(np.abs(done.analog["x"][abs(done.ideal.time - at) < 4])) for at in (4, 76))
    assert last / first == pytest.approx(math.exp(72 * pole.real.real), rel=0.05)  # then it clips
    assert found["x"]["loop"].fails


def test_chaos_multiplies_what_parts_err_by() -> None:
    found = margins(design(shipped("lorenz"), macromodel()))
    assert found["x"]["drift"].fails and found["x"]["loop"].fails
    short = margins(design(shipped("lorenz").updated(span=1.0), macromodel()))
    assert short["x"]["drift"].figure < 0.01 * found["x"]["drift"].figure


def verdicts(name: str, count: int = 3) -> tuple[str, Margins, float]:
    """What margins say of a system, and the NRMSE of boards of it, root mean square, which is what margins foretell."""
    found = margins(design(shipped(name), macromodel()))
    boards = [
        run(shipped(name), macromodel(), Prototype(Subject(name), macromodel(), board=board).passes)
        for board in range(count)
    ]
    return found.verdict, found, math.sqrt(sum(board.comparison.trace_nrmse_max**2 for board in boards) / count)


def _many(name: str) -> Any:
    """A system of which many boards are run."""
    cautious = pytest.mark.xfail(strict=True, reason="1.5 % is foretold and 0.94 % is seen: to the safe side")
    return pytest.param(name, 24, marks=[pytest.mark.slow, *([cautious] if name == "pendulum" else [])])


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("lotka_volterra", 3),
        ("fast_ring", 3),
        ("van_der_pol", 3),
        *map(_many, sorted(set(system_files()) - {"lotka_volterra", "fast_ring", "van_der_pol"})),
    ],
)
def test_what_holds_runs_well_and_what_fails_does_not(name: str, count: int) -> None:
    verdict, _, nrmse = verdicts(name, count)
    assert verdict == ("holds" if nrmse < 0.01 else "fails")


def test_all_shipped_op_amps_state_what_margins_ask() -> None:
    for name, each in candidates("opamp").items():
        assert not each.unstated, name


def test_errors_that_are_followed_together_add_up_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight draws of signs: mean squares scatter by a half at most, so RMS figures by a fourth."""
    ready = design(shipped("lotka_volterra"), macromodel())
    apart = margins(ready)
    monkeypatch.setattr(deviations, "APART", 3)
    together = margins(ready)
    for name in ("prey", "predator"):
        assert together[name]["drift"].figure == pytest.approx(apart[name]["drift"].figure, rel=0.4)
        assert together[name]["loop"].figure == pytest.approx(apart[name]["loop"].figure, rel=0.4)


def test_a_run_that_is_too_long_to_be_followed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of its last stretch alone a drift that does not settle is not known, one that does is."""
    monkeypatch.setattr(path, "_WORK", 1.0)
    found = margins(design(CASES["sine_integrator"].updated(span=40.0), macromodel("opa2188")), offsets=0.1)
    assert 0 < found.begin < 40 and found.verdict == "unknown" and "still grows" in " ".join(found.unstated)
    leaky = system({"u": ("(-u + 2*a + b)/0.2", 0.0)}, {}, {"a": A, "b": B}, span=400.0)
    assert (short := margins(design(leaky, macromodel()))).begin > 0 and short.verdict == "holds"


def test_a_function_generator_errs_by_its_own_figures() -> None:
    """It is no matched pair: its offset is volts at its input, its gain errs by GE."""
    given = system({"u": ("-u + sin(2*a)", 0.0)}, {"s": "sin(2*a)"}, {"a": A}, span=20.0, outputs=("u", "s"))
    build = replace(macromodel(), parts=(*macromodel().parts, ("sin", "sine_shaper")))
    done, found = both(given, build, one_sigma)
    assert found["s"].parts == {"sin": "sine_shaper"}
    assert {"bandwidth", "offset", "gain"} <= {margin.kind for margin in found["s"].margins}
    assert off(done, "u") == pytest.approx(math.hypot(found["u"]["loop"].figure, found["u"]["drift"].figure), rel=0.15)
    assert found["s"]["gain"].figure == pytest.approx(3e-3 / math.sqrt(2), rel=0.3)


def test_a_pair_s_gains_and_its_curve(ngspice: str) -> None:
    """GE of the output, KE of the argument, of which the output has x f'(x); and the curve, which no scatter makes."""
    given = system({}, {"y": "tanh(1.5*a)"}, {"a": A}, span=20.0, outputs=("y",))
    done, found = both(given, macromodel())
    x = 1.5 * np.sin(0.2 * np.pi * np.linspace(0.0, 20.0, 2001))
    errors = [2e-3 * np.tanh(x), 3e-3 * x / np.cosh(x) ** 2]
    wanted = np.sqrt(np.mean(np.square(errors))) * math.sqrt(2) / np.max(np.tanh(x))
    assert found["y"]["gain"].figure == pytest.approx(wanted, rel=0.25)
    largest = np.max(np.abs(volts(done, "y")))
    assert 0.2 < largest / (found["y"]["curve"].figure * found["y"].peak) < 2.5
