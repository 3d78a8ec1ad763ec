"""Noise put into circuits: whose it is, how strong, where; ngspice's own analysis agrees with it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.blocks.bench import SINE, built, system, with_cell
from vle_analog.analyses import Noise as NoiseAnalysis
from vle_analog.circuit.cell.cell import parse_cell
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import Battery, Capacitor, Drive, Element, Instance, NoiseDrive, Resistor
from vle_analog.circuit.parts import chosen
from vle_analog.errors import CircuitError, UsageError
from vle_analog.netlist.ngspice import render, render_analysis
from vle_analog.netlist.testbench import Testbench as Bench
from vle_analog.noise import Noise
from vle_analog.owner import Owner
from vle_analog.production.noise import BOLTZMANN, ROOM, generating, noise_sources, noisy
from vle_analog.simulate import Ngspice
from vle_analog.stimulus import Constant
from vle_analog.tasks import chain

REAL = chosen("macromodel", {"opamp": "tl072"})
HELD = Constant(0.7)
LEAKY = system({"u": ("-u + 2*x", 0.0)}, inputs={"x": HELD})


def thermal(ohms: float) -> float:
    return math.sqrt(4 * BOLTZMANN * ROOM / ohms)


def ohms_of(circuit: Circuit) -> dict[str, float]:
    return {each.name: each.ohms for each in circuit.elements() if isinstance(each, Resistor)}


def test_sources_of_a_leaky_integrator() -> None:
    circuit = built(LEAKY, technology=REAL)
    stage = next(each for each in circuit.elements() if isinstance(each, Instance))
    found = {(each.name, each.kind): each for each in noise_sources(circuit)}
    assert set(found) == {
        ("Ru__1", "resistors"),
        ("Xu.R", "resistors"),
        ("Xu", "op-amp voltage"),
        ("Xu", "op-amp current"),
    }
    voltage, current = found["Xu", "op-amp voltage"], found["Xu", "op-amp current"]
    assert (voltage.density, voltage.corner, voltage.port) == (17.2e-9, 100.0, ("u", 0))
    assert (current.density, current.corner, current.nodes) == (10e-15, 1.0, ("u__s", "0"))
    assert found["Xu.R", "resistors"].density == pytest.approx(thermal(dict(stage.parameters)["R"]))
    assert found["Ru__1", "resistors"].density == pytest.approx(thermal(ohms_of(circuit)["u__1"]))
    hot = {each.name: each.density for each in noise_sources(circuit, 4 * ROOM)}
    assert hot["Ru__1"] == pytest.approx(2 * found["Ru__1", "resistors"].density)


def test_sampled_sources_are_one_per_node() -> None:
    circuit = built(LEAKY, technology=REAL)
    changed = noisy(circuit, 5, scale=3.0, interval=1e-5)
    changed.check()
    *before, section = changed.sections
    assert section.heading == "noise"
    sources = noise_sources(circuit)
    currents = [each for each in sources if each.nodes is not None]
    power = sum(each.density**2 for each in currents)
    corner = sum(each.density**2 * each.corner for each in currents) / power
    current, voltage = section.elements
    assert voltage == NoiseDrive("u__pe", ("u__pe", "0"), Noise(3 * 17.2e-9, 100.0, 5, "u__pe", 1e-5), current=False)
    assert isinstance(current, NoiseDrive) and (current.nodes, current.current) == (("u__s", "0"), True)
    assert current.noise.density == pytest.approx(3 * math.sqrt(power))
    assert current.noise.corner == pytest.approx(corner)
    stage = next(each for each in changed.elements() if isinstance(each, Instance))
    assert stage.nodes == ("u__pe", "u__s", "u")
    kept = [each for part in before for each in part.elements if not isinstance(each, Instance)]
    assert kept == [each for each in circuit.elements() if not isinstance(each, Instance)]


def test_no_noise_is_no_change() -> None:
    circuit = built(LEAKY, technology=REAL)
    assert noisy(circuit, 5, scale=0.0) is circuit
    ideal = built(LEAKY)
    kinds = {each.kind for each in noise_sources(ideal)}
    assert kinds == {"resistors"}


def test_a_learning_network_with_a_spared_teacher() -> None:
    taught = built(chain("vle", span=100.0).system, technology=REAL)
    circuit = taught.owned_by(Owner.BOARD)
    changed = noisy(circuit, 1)
    changed.check()
    parts = circuit.parts
    drives = [each for each in changed.elements() if isinstance(each, NoiseDrive)]
    series = [each for each in drives if not each.current]
    assert len(series) == parts["opamps"] + parts["multipliers"] + _differentiators(circuit)
    assert len({each.name for each in drives}) == len(drives)
    # a bus of resistors before a hold switch has a source, too
    buses = [
        node
        for each in circuit.elements()
        if isinstance(each, Instance) and each.cell == "hold_switch"
        for node in each.nodes[:1]
    ]
    assert buses and set(buses) <= {each.nodes[0] for each in drives if each.current}
    spared = noisy(taught, 1)
    names = {each.name: each.noise for each in spared.elements() if isinstance(each, NoiseDrive)}
    assert names and not any(name.startswith("t") for name in names)
    others = {each.name: each.noise for each in drives if each.name in names}
    assert all(others[name] == noise for name, noise in names.items() if name.startswith("u"))


def _differentiators(circuit: Circuit) -> int:
    return sum(isinstance(each, Instance) and each.cell == "differentiator" for each in circuit.elements())


@pytest.mark.parametrize(
    "given, realisation, output",
    [
        (LEAKY, "algebraic", "u"),
        (system(definitions={"y": "3*x - 1"}, inputs={"x": HELD}), "algebraic", "y"),
        (system(definitions={"y": "prospective(x, 0.5)"}, inputs={"x": HELD}), "lead", "y"),
        (system(definitions={"y": "prospective(x, 0.5)"}, inputs={"x": HELD}), "differentiator", "y"),
        (system(definitions={"y": "reciprocal(x)"}, inputs={"x": HELD}), "algebraic", "y"),
        (system({"u": ("-u + x*x", 0.0)}, inputs={"x": HELD}), "algebraic", "u"),
    ],
)
def test_resistors_agree_with_ngspice(given, realisation: str, output: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """Our sources of all resistors' noise make the same at the output as ngspice's own, at all frequencies."""
    circuit = built(given, realisation=realisation, technology=REAL)
    still = circuit.mapped(
        lambda each: Battery(each.name, each.nodes, each.volts_per_unit * 0.7) if isinstance(each, Drive) else each
    )
    twice, added = generating(still, twice=True)
    text = render(twice, Bench(1.0, 1.0, "", (output,))).text.partition(".control\n")[0]
    control = [".control", "set filetype=binary", f"noise v({output}) Vasked dec 3 1 100k 1", "setplot noise1"]
    control += ["write waveforms.raw", "quit", ".endc", ".end"]
    asked = ["Vasked asked 0 dc 0 ac 1", "Rasked asked 0 1"]
    plot = Ngspice().run_sweep("\n".join([text, *asked, *control]) + "\n", "frequency", folder=tmp_path, timeout=20)
    resistors = {each.lower() for each, source in added.items() if source.kind == "resistors"}
    own, ours = 0.0, 0.0
    for name, values in plot.data.items():
        path = name.removeprefix("onoise_").split(".")
        if name.startswith("onoise_r") and not name.endswith(("_thermal", "_1overf")):
            power = np.abs(values) ** 2
            if len(path) > 1 and path[1][1:] in resistors:
                ours = ours + power
            elif (len(path) == 1 and path[0] != "rasked") or (
                len(path) == 3 and path[1][1:] not in map(str.lower, added)
            ):
                own = own + power
    assert np.min(own) > 0
    assert np.asarray(ours) == pytest.approx(np.asarray(own), rel=2e-3)


def test_a_multiplier_in_feedback_and_one_by_itself() -> None:
    divider = built(system(definitions={"y": "reciprocal(x)"}, inputs={"x": HELD}), technology=REAL)
    stage = next(each for each in divider.elements() if isinstance(each, Instance) and each.cell == "divider")
    behind = next(each for each in noise_sources(divider) if each.kind == "multipliers")
    assert behind.density == pytest.approx(0.763e-6 / dict(stage.parameters).get("R2", 100e3))
    assert behind.nodes == (stage.nodes[divider.cells["divider"].ports.index("s")], "0")
    product = built(system(definitions={"y": "x*x"}, inputs={"x": SINE}), technology=REAL)
    drive = next(each for each in noisy(product, 1).elements() if isinstance(each, NoiseDrive) and "we" in each.name)
    assert drive.noise.density == 0.763e-6 and drive.noise.corner == 100.0 and not drive.current
    assert drive.nodes[1] in product.volts_per_unit  # the signal keeps its node


def test_transistors_make_their_own() -> None:
    circuit = built(LEAKY, technology=chosen("transistor"))
    assert {each.kind for each in noise_sources(circuit) if each.native} == {
        "resistors",
        "op-amp voltage",
        "op-amp current",
    }
    assert generating(circuit)[1] == {}


def test_what_is_refused(tmp_path: Path) -> None:
    circuit = built(LEAKY, technology=REAL)
    with pytest.raises(UsageError, match="scale of noise must be at least 0, not -1"):
        noisy(circuit, 1, scale=-1.0)
    with pytest.raises(UsageError, match="seed of noise must not be negative"):
        noisy(circuit, -1)
    with pytest.raises(UsageError, match="interval of noise must be positive"):
        noisy(circuit, 1, interval=0.0)
    with pytest.raises(UsageError, match="temperature must be positive"):
        noise_sources(circuit, temperature=0.0)
    text = """* tee
.subckt leaky_integrator p s out params: R=100k RT=1k C=10n IC=0 OUT=0
Rf s m {R}
Rt m n {RT}
Rn n out {RT}
Cf out s {C} ic={IC}
XA p s out opamp OUT={OUT}
.ends leaky_integrator
"""
    with pytest.raises(CircuitError, match="cell 'leaky_integrator': the noise of resistor Rt"):
        noisy(with_cell(circuit, tmp_path, text), 1)


def test_currents_into_other_nodes_stay_between_them() -> None:
    elements: tuple[Element, ...] = (
        Battery("b", ("a", "0"), 1.0),
        Resistor("1", ("a", "b"), 1e3),
        Resistor("2", ("b", "0"), 4e3),
        Capacitor("1", ("b", "0"), 1e-6),
    )
    circuit = replace(built(LEAKY), sections=(Section("filter", elements),), volts_per_unit={"b": 1.0})
    drives = [each for each in noisy(circuit, 1).elements() if isinstance(each, NoiseDrive)]
    assert [(each.nodes, each.current) for each in drives] == [(("a", "b"), True), (("b", "0"), True)]
    assert [each.noise.density for each in drives] == pytest.approx([thermal(1e3), thermal(4e3)])


#: an op-amp whose own resistor of 10 kohm makes its noise, beside what its file says
OWN = """* role: opamp
* noise: {maker}
.subckt tl072 inp inn out vcc vee params: VOS=0 IB=0 IOS=0 OUT=0 EN={density} FE=0
R1 inp 1 10k
G1 0 2 1 inn 6.283m
R2 2 0 15.9meg noisy=0
C1 2 0 100p
E1 out 0 2 0 1
.ends tl072
"""


@pytest.mark.parametrize(("maker", "density"), [("devices", "12.8748n"), ("devices", "50n"), ("figures", "12.8748n")])
def test_a_part_s_noise_is_counted_once(maker: str, density: str, tmp_path: Path) -> None:
    """By its devices in an analysis, by its file in a run in time; only a file that says both is believed twice."""
    circuit = built(LEAKY, technology=REAL)
    part = parse_cell(OWN.format(maker=maker, density=density), "tl072", "tl072.cir")
    still = replace(circuit, cells={**circuit.cells, "tl072": part}).mapped(
        lambda each: Battery(each.name, each.nodes, each.volts_per_unit * 0.7) if isinstance(each, Drive) else each
    )
    (source,) = (each for each in noise_sources(still) if each.kind == "op-amp voltage")
    assert source.density == pytest.approx(float(density.rstrip("n")) * 1e-9) and source.native == (maker == "devices")
    analysed, added = generating(still)
    assert ("Xu" in {each.name for each in added.values()}) == (maker == "figures")
    noise = NoiseAnalysis("u", "Vasked", 100.0, 1e4, 1)
    lines = ["Vasked asked 0 dc 0 ac 1", "Rasked asked 0 1"]
    deck = render_analysis(analysed, Bench(1.0, 1.0, "", ("u",)), noise, near={}, added=lines)
    found = np.real(Ngspice().analyse(deck.text, noise, folder=tmp_path, timeout=20).data["onoise_spectrum"])

    stage = next(dict(each.parameters) for each in still.elements() if isinstance(each, Instance))
    inside = ohms_of(still)["u__1"]
    feedback = stage["R"] / (1 + 2j * np.pi * np.array([100.0, 1e3, 1e4]) * stage["R"] * stage["C"])
    times = {"devices": 1, "figures": 2}[maker]
    voltage = times * 4 * BOLTZMANN * ROOM * 10e3 * np.abs(1 + feedback / inside) ** 2
    current = (thermal(stage["R"]) ** 2 + thermal(inside) ** 2) * np.abs(feedback) ** 2
    assert found == pytest.approx(np.sqrt(voltage + current), rel=1e-3)
