"""Part values lie inside the technology's ranges, or the error says what binds; counts are what the deck holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.blocks.bench import SINE, built, learning_network, system
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Capacitor, Instance, Resistor
from vle_analog.circuit.technology import IDEAL
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.equations.system import EquationSystem, name_of
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import SynthesisError
from vle_analog.library import system_files
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Testbench as Bench
from vle_analog.stimulus import Constant
from vle_analog.tasks import chain

SUBJECTS = [
    *[(name, "algebraic") for name in system_files()],
    *[(name, other) for name in ("prospective_identity", "two_neurons") for other in ("lead", "differentiator")],
    ("chain bp", "algebraic"),
    ("chain gle", "algebraic"),
    ("chain vle", "algebraic"),
]  # fmt: skip


def circuit_of(name: str, realisation: str) -> Circuit:
    subject = chain(name.split()[1], span=80.0) if name.startswith("chain") else load_system(system_files()[name])
    return design(subject, Build(realisation)).circuit


def part_values(circuit: Circuit) -> Iterator[tuple[str, str, float]]:
    """Owner, ``R`` or ``C``, and value of every part that the synthesis chose."""
    for element in circuit.elements():
        match element:
            case Resistor(name, _, ohms):
                yield name, "R", ohms
            case Capacitor(name, _, farads):
                yield name, "C", farads
            case Instance(name, _, _, parameters):
                yield from ((name, key[0], value) for key, value in parameters if re.fullmatch(r"[RC][1-9SF]?", key))


def counted(text: str) -> Counter[str]:
    """Parts of a deck, its subcircuits flattened: an op-amp, a multiplier, ... counts once and as nothing else."""
    bodies: dict[str, list[str]] = {"": []}
    inside = ""
    for line in text.split(".options")[0].splitlines():
        words = line.split()
        if line.startswith(".subckt"):
            inside = words[1]
            bodies[inside] = []
        elif line.startswith(".ends"):
            inside = ""
        elif words and line[0] in "RCX":
            bodies[inside].append(line)

    def parts(name: str) -> Counter[str]:
        total: Counter[str] = Counter()
        for line in bodies[name]:
            if line[0] in "RC":
                total[line[0]] += 1
            else:
                cell = [word for word in line.split() if "=" not in word][-1]
                inner = parts(cell)
                total += inner
                if not any(each[0] == "X" for each in bodies[cell]):
                    total[cell] += 1
        return total

    return parts("")


@pytest.mark.parametrize(("name", "realisation"), SUBJECTS)
def test_values_and_counts(name: str, realisation: str) -> None:
    circuit = circuit_of(name, realisation)
    ranges = {"R": IDEAL.resistors, "C": IDEAL.capacitors}
    values = list(part_values(circuit))
    assert len(values) > 2
    outside = [
        each for each in values if not ranges[each[1]][0] * (1 - 1e-9) <= each[2] <= ranges[each[1]][1] * (1 + 1e-9)
    ]
    assert outside == []
    found = counted(render(circuit, Bench(span=1.0, step=1.0, reason="", probes=())).text)
    assert circuit.parts["resistors"] == found.pop("R", 0)
    assert circuit.parts["capacitors"] == found.pop("C", 0)
    found["multiplier"] += found.pop("multiplier_grounded", 0)
    for kind, cell in {"opamps": "opamp", "multipliers": "multiplier", "switches": "hold_switch"}.items():
        assert circuit.parts[kind] == found.pop(cell, 0)
    assert circuit.parts["nonlinearities"] == sum(found.values())


def test_a_plastic_layer_has_a_multiplier_and_an_integrator_per_weight() -> None:
    """Counting by hand: 2 + 2 weights; forward w r, and e r for learning; one backward product."""
    few, many = (design(learning_network("bp", learn_tau=False, sizes=(n, 1))).circuit.parts for n in (2, 6))
    # per neuron of the first layer: one input weight, one output weight, one bias, one membrane
    assert (many["capacitors"] - few["capacitors"]) / 4 == 4
    assert (many["switches"] - few["switches"]) / 4 == 3
    # w1 r0, e1 r0, w2 r1, e2 r1, w2 e2, and the slope 1 - r1 r1 times it
    assert (many["multipliers"] - few["multipliers"]) / 4 == 7


X = {"x": SINE}
XY = {"x": SINE, "y": SINE}
WEAK, STRONG, FEEDBACK = "the weakest input's resistor", "the strongest input's resistor", "the range of resistors"
UNIT = r"a time unit between \S+ and \S+ s realises it"
#: what is impossible, the constraints that the error must name in order, peaks, what it advises
OUTSIDE: list[tuple[EquationSystem, str, dict[str, float], str]] = [
    # a coefficient ratio beyond 100 Mohm over 1 kohm and an attenuator
    (
        system({"u": ("-u + x + 10**11*y", 0.0)}, inputs=XY),
        f"{STRONG}, of '100000000000\\*y'.*{WEAK}, of 'x'",
        {},
        "leave the weakest",
    ),
    (
        system(definitions={"u": "x + 10**11*y"}, inputs=XY),
        f"{STRONG}, of '100000000000\\*y'.*{WEAK}, of 'x'",
        {},
        "leave the weakest",
    ),
    (system(definitions={"u": "x/1000000000"}, inputs=X), f"{FEEDBACK}.*{WEAK}", {}, "--scale"),
    # 1e5 s of time constant: more than 100 Mohm and 10 uF
    (
        system({"u": ("(-u + x)/100000", 0.0)}, inputs=X, unit=1.0),
        f"the largest capacitor.*({FEEDBACK}|{WEAK})",
        {},
        UNIT,
    ),
    # 1 ns: less than 1 kohm and 10 pF
    (
        system({"u": ("(-u + x)/1000", 0.0)}, inputs=X, unit=1e-12),
        f"({FEEDBACK}|{STRONG}).*the smallest capacitor",
        {},
        UNIT,
    ),
    (system({"u": ("x/1000000", 0.0)}, inputs=X, unit=1.0), f"{WEAK}.*the range of capacitors", {}, UNIT),
    (system({"u": ("x*1000", 0.0)}, inputs=X, unit=1e-9), f"the range of capacitors.*{STRONG}", {}, UNIT),
    (system(definitions={"u": "prospective(x, 100000)"}, inputs=X, unit=1.0), "C1.*R", {}, "change the time unit"),
    (
        system(definitions={"u": "reciprocal(x)"}, inputs={"x": Constant(1.0)}),
        "R2.*R1|R1.*R2",
        {"x": 1e-4, "u": 1e-4},
        "--scale",
    ),
]


@pytest.mark.parametrize(("given", "constraints", "peaks", "remedy"), OUTSIDE)
def test_what_parts_cannot_realise_names_signal_constraints_and_a_remedy(
    given: EquationSystem, constraints: str, peaks: dict[str, float], remedy: str
) -> None:
    with pytest.raises(SynthesisError) as caught:
        built(given, peaks)
    assert str(caught.value).startswith("signal 'u")
    assert re.search(rf"{constraints}.*\n.*{remedy}", str(caught.value))


@pytest.mark.parametrize("given", [each[0] for each in OUTSIDE if each[3] == UNIT], ids=str)
def test_the_time_units_that_an_error_names_do(given: EquationSystem) -> None:
    with pytest.raises(SynthesisError) as caught:
        built(given)
    ends = re.search(r"between (\S+) and (\S+) s", str(caught.value))
    assert ends is not None
    for unit in map(float, ends.groups()):
        built(given.updated(unit=unit))


def test_a_term_that_nobody_would_miss_is_left_out_and_the_netlist_says_so() -> None:
    given = system({"u": ("-u + x + 1e-9*y", 0.0), "v": ("x - 1e-12*y", 0.0)}, {"z": "x + 1e-10*y"}, inputs=XY)
    made = built(given)
    heads = {each.heading.split(":")[0]: each.heading for each in made.sections}
    for kind, left in {"leaky integrator": "1.0e-9*y", "integrator": "-1.0e-12*y", "weighted sum": "1.0e-10*y"}.items():
        assert heads[kind].endswith(f"left out, as no more than a millionth of it: {left}")
    # a term that an integral would show is not
    with pytest.raises(SynthesisError, match="leave the weakest out"):
        built(system({"v": ("x + 1e-9*y", 0.0)}, inputs=XY, span=10_000.0))


def test_a_weak_term_is_attenuated_and_has_parts_in_range() -> None:
    given = system({"u": ("-u + x - 1e-7*y", 0.0)}, {"z": "10000000 + x"}, inputs=XY)
    made = built(given, {"z": 1e7})
    weak = {each.name: each for each in made.elements() if isinstance(each, Instance) and "weak" in each.name}
    assert [each.cell for each in weak.values()] == ["inverter"] * 4
    for _, kind, value in part_values(made):
        low, high = IDEAL.resistors if kind == "R" else IDEAL.capacitors
        assert low * (1 - 1e-9) <= value <= high * (1 + 1e-9)


@pytest.mark.parametrize("realisation", ["lead", "differentiator"])
def test_a_band_limit_that_parts_cannot_realise(realisation: str) -> None:
    given = system(definitions={"u": "prospective(x, 1)"}, inputs={"x": SINE})
    built(given, realisation=realisation, bandwidth=100.0)
    with pytest.raises(SynthesisError, match=r"signal 'u"):
        built(given, realisation=realisation, bandwidth=1e7)


def test_the_instance_that_binds_is_named() -> None:
    network = learning_network("gle", learn_tau=False)
    slow = [
        replace(each, value=[1.0, 1e9, 1.0]) if name_of(each.symbol) == "tau_m1" else each
        for each in network.parameters
    ]
    with pytest.raises(SynthesisError, match=r"signal '[um]1' \[1\]"):
        built(network.updated(parameters=tuple(slow)))


def test_a_narrower_technology_is_obeyed() -> None:
    given = system({"u": ("(-u + x/3)/2", 0.0)}, inputs={"x": SINE})
    narrow = replace(IDEAL, resistors=(10e3, 200e3), capacitors=(20e-9, 1e-6), usual_resistor=50e3)
    for _, kind, value in part_values(built(given, technology=narrow)):
        low, high = narrow.resistors if kind == "R" else narrow.capacitors
        assert low <= value * (1 + 1e-9) and value <= high * (1 + 1e-9)
    with pytest.raises(SynthesisError, match=r"signal 'u'"):
        built(given, technology=replace(narrow, resistors=(10e3, 20e3)))


def test_no_time_unit_is_advised_where_none_helps() -> None:
    given = system({"u": ("-u/10**7 + x", 0.0)}, inputs=X)
    for unit in (1e-9, 1e-3):
        with pytest.raises(SynthesisError, match="beside its own decay") as caught:
            built(given.updated(unit=unit), scales={"u": 8.0, "x": 8.0})
        assert "time unit" not in str(caught.value.hint)
    built(system({"u": ("x", 0.0)}, inputs=X))  # the weaker of the two left out
