"""Mismatch: every part its own draw, which nothing but its name and the seed decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.blocks.bench import SINE, built, system, with_cell
from vle_analog.circuit.cell.cell import Kind
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import Capacitor, Drive, Element, Instance, Resistor
from vle_analog.circuit.parts import library
from vle_analog.errors import CircuitError, UsageError
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Testbench as Bench
from vle_analog.owner import Owner
from vle_analog.production.draws import draw
from vle_analog.production.values import parts, with_values
from vle_analog.production.variation import mismatched
from vle_analog.tasks import chain, xor_small
from vle_analog.tasks.deployment import deployed_system

Values = dict[str, tuple[Kind, float]]


def values(circuit: Circuit) -> Values:
    """Kind and value of every part by full name."""
    found: Values = {}
    for part in parts(circuit):
        assert part.name not in found
        found[part.name] = part.kind, part.value
    assert with_values(circuit, lambda part: part.value) == circuit
    return found


def ratios(circuit: Circuit, other: Circuit) -> dict[str, float]:
    """The other's values over the circuit's."""
    before, after = values(circuit), values(other)
    assert before.keys() == after.keys()
    return {name: after[name][1] / value for name, (_, value) in before.items()}


@cache
def learning() -> Circuit:
    """The chain while it learns, its teacher on the board: every kind of stage but the band-limited ones."""
    return built(chain("vle", span=100.0).system).owned_by(Owner.BOARD)


@cache
def looking_ahead(realisation: str) -> Circuit:
    return built(system(definitions={"y": "prospective(x, 0.5)"}, inputs={"x": SINE}), realisation=realisation)


def of(*elements: Element) -> Circuit:
    return Circuit("bench", (Section("all", elements),), library(), 1.0, {}, "ideal")


CIRCUITS: dict[str, Callable[[], Circuit]] = {
    "chain": learning,
    "xor_small": lambda: built(deployed_system(xor_small(), {})),
    "lead": lambda: looking_ahead("lead"),
    "differentiator": lambda: looking_ahead("differentiator"),
    "divider": lambda: built(system(definitions={"y": "reciprocal(x + 2)"}, inputs={"x": SINE})),
}


@pytest.mark.parametrize("name", CIRCUITS)
def test_every_resistor_and_capacitor_of_a_circuit_is_varied(name: str) -> None:
    circuit = CIRCUITS[name]()
    kinds = [kind for kind, _ in values(circuit).values()]
    assert kinds.count("resistor") == circuit.parts["resistors"] > 0
    assert kinds.count("capacitor") == circuit.parts["capacitors"]
    found = ratios(circuit, mismatched(circuit, 0.01, 0.01, seed=0))
    assert all(ratio != 1 for ratio in found.values())
    assert len(set(found.values())) == len(found)


def test_nothing_else_changes() -> None:
    circuit = learning()
    other = mismatched(circuit, 0.1, 0.1, seed=0)
    other.check()
    assert (other.parts, other.volts_per_unit, other.cells) == (circuit.parts, circuit.volts_per_unit, circuit.cells)
    untouched = 0
    for before, after in zip(circuit.elements(), other.elements(), strict=True):
        assert (type(before), before.name, before.nodes) == (type(after), after.name, after.nodes)
        if isinstance(before, Instance):
            assert isinstance(after, Instance)
            part = {each.parameter for each in circuit.cells[before.cell].passives}
            kept = [(key, value) for key, value in before.parameters if key not in part]
            assert kept == [(key, value) for key, value in after.parameters if key not in part]
            untouched += len(kept)  # initial voltages, scales, high levels of gates
        elif not isinstance(before, Resistor | Capacitor):
            assert before == after
    assert untouched > 10


def test_initial_voltages_and_devices_stay() -> None:
    ideal = of(
        Capacitor("c", ("a", "0"), 1e-9, 3.0),
        Instance("u", ("s", "u"), "leaky_integrator", (("R", 1e5), ("C", 1e-8), ("IC", 2.0))),
        Instance("y", ("x", "y"), "lead", (("IC1", 1.5),)),
        Instance("w", ("a", "0", "b", "0", "w"), "multiplier", (("scale", 10.0),)),
        Instance("z", ("a", "0", "z"), "tanh", (("kin", 2.0), ("kout", 3.0))),
    )
    c, u, y, w, z = mismatched(ideal, 0.1, 0.1, seed=0).elements()
    assert isinstance(c, Capacitor) and c.volts == 3.0 and c.farads != 1e-9
    assert isinstance(u, Instance) and dict(u.parameters)["IC"] == 2.0 and dict(u.parameters)["R"] != 1e5
    assert isinstance(y, Instance) and {*dict(y.parameters)} == {"IC1", "R1", "C1", "R2", "C2"}
    assert dict(y.parameters)["IC1"] == 1.5
    assert [w, z] == [*ideal.elements()][3:]


def test_an_inverter_gets_two_resistors_of_its_own() -> None:
    ideal = of(Instance("v__n", ("v", "v__n"), "inverter"))
    assert values(ideal) == {"Xv__n.R1": ("resistor", 1e5), "Xv__n.R2": ("resistor", 1e5)}
    (inverter,) = mismatched(ideal, 0.01, 0.0, seed=4).elements()
    assert isinstance(inverter, Instance)
    found = dict(inverter.parameters)
    assert found.keys() == {"R1", "R2"} and abs(found["R1"] / found["R2"] - 1) > 1e-3


def test_the_same_seed_gives_the_same_circuit_and_another_seed_another() -> None:
    circuit = learning()
    assert mismatched(circuit, 0.01, 0.02, seed=1) == mismatched(circuit, 0.01, 0.02, seed=1)
    first, second = (ratios(circuit, mismatched(circuit, 0.01, 0.02, seed=seed)) for seed in (1, 2))
    assert all(first[name] != second[name] for name in first)


def test_draws_are_the_same_on_every_machine(hash_seeds: tuple[Path, Path]) -> None:
    """Written down once; and whatever Python's own hashes are."""
    assert [draw(0, "Ru__1"), draw(1, "Ru__1"), draw(0, "Xu.C")] == pytest.approx(
        [-0.2714048679630755, -1.9666964085081835, 0.45674157653116365], abs=1e-12
    )
    assert {(folder / "draw").read_text() for folder in hash_seeds} == {repr(draw(7, "Xw1_0.C"))}


def test_a_part_draws_alone() -> None:
    """Other parts, their order and their kinds do not matter."""
    circuit = learning()
    alone = ratios(circuit, mismatched(circuit, 0.01, 0.02, seed=3))
    more = Section("more", (Resistor("extra", ("x", "0"), 1e3), Instance("i", ("x", "i"), "inverter")))
    longer = replace(circuit, sections=(more, *circuit.sections[::-1]))
    found = ratios(longer, mismatched(longer, 0.01, 0.02, seed=3))
    assert {name: found[name] for name in alone} == alone
    assert found.keys() - alone.keys() == {"Rextra", "Xi.R1", "Xi.R2"}


def test_parts_of_one_name_differ_in_kind() -> None:
    both = of(Resistor("a", ("x", "0"), 1.0), Capacitor("a", ("x", "0"), 1.0), Drive("x", ("x", "0"), SINE, 1.0, 1.0))
    found = values(mismatched(both, 0.1, 0.1, seed=0))
    assert found.keys() == {"Ra", "Ca"} and found["Ra"][1] != found["Ca"][1]


def test_the_spread_is_the_one_asked_for() -> None:
    """Of 4,000 resistors and 4,000 capacitors, within three standard errors."""
    count = 4000
    ideal = of(
        *(Resistor(f"r{k}", ("x", "0"), 1e3) for k in range(count)),
        *(Instance(f"u{k}", ("s", "u"), "integrator", (("C", 1e-9), ("IC", 1.0))) for k in range(count)),
    )
    found = ratios(ideal, mismatched(ideal, 0.02, 0.3, seed=0))
    for sigma, letter in ((0.02, "R"), (0.3, "X")):
        factors = np.array([ratio for name, ratio in found.items() if name[0] == letter])
        assert len(factors) == count and factors.min() > 0
        assert factors.mean() == pytest.approx(1, abs=3 * sigma / count**0.5)
        # a lognormal has kurtosis: the error of its sample's variance is (kurtosis - 1)/n, of its root half of it
        excess = 16 * sigma**2 + 15 * sigma**4 + 6 * sigma**6 + sigma**8
        assert factors.std() == pytest.approx(sigma, rel=3 * ((2 + excess) / 4 / count) ** 0.5)
        logs = np.log(factors)
        assert np.mean(((logs - logs.mean()) / logs.std()) ** 3) == pytest.approx(0, abs=3 * (6 / count) ** 0.5)
    r, c = (np.log([each for name, each in found.items() if name[0] == letter]) for letter in "RX")
    assert abs(np.corrcoef(r, c)[0, 1]) < 3 / count**0.5
    assert abs(np.corrcoef(r[1:], r[:-1])[0, 1]) < 3 / count**0.5


def test_draws_scale_with_the_spread_and_kinds_are_apart() -> None:
    circuit = learning()
    nothing = mismatched(circuit, 0.0, 0.0, seed=5)
    assert nothing == circuit
    one = ratios(circuit, mismatched(circuit, 0.0, 0.01, seed=5))
    kinds = {name: kind for name, (kind, _) in values(circuit).items()}
    assert {kinds[name] for name, ratio in one.items() if ratio == 1} == {"resistor"}
    assert {kinds[name] for name, ratio in one.items() if ratio != 1} == {"capacitor"}
    two = ratios(circuit, mismatched(circuit, 0.0, 0.02, seed=5))
    for name, ratio in one.items():
        assert two[name] - 1 == pytest.approx(2 * (ratio - 1), rel=0.05, abs=3e-4)


def test_the_netlist_shows_it() -> None:
    circuit = looking_ahead("lead")
    bench = Bench(span=1.0, step=1.0, reason="none", probes=("y",))
    decks = [render(each, bench).text for each in (circuit, mismatched(circuit, 0.01, 0.01, seed=0))]
    changed = [new for old, new in zip(*(deck.splitlines() for deck in decks), strict=True) if old != new]
    assert changed and all(line.startswith(("R", "C", "X")) for line in changed)


@pytest.mark.parametrize("spread", [-0.01, float("nan"), float("inf"), 0.5, 1.0])
def test_bad_spreads(spread: float) -> None:
    for kind, spreads in (("resistor", (spread, 0.0)), ("capacitor", (0.0, spread))):
        with pytest.raises(UsageError, match=f"deviation of {kind}s must be at least 0 and below 0.5, not"):
            mismatched(of(), *spreads, seed=0)


def test_values_that_no_part_has() -> None:
    for ohms in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(CircuitError, match=r"^bench: resistor 'Ra' cannot have the value"):
            mismatched(of(Resistor("a", ("x", "0"), ohms)), 0.1, 0.1, seed=0)
    with pytest.raises(CircuitError, match=r"^bench: capacitor 'Xu\.C' cannot have the value 0"):
        with_values(of(Instance("u", ("s", "u"), "integrator")), lambda part: 0.0)


SUMMER = ".subckt summer s out params: R=100k\nRf s out {value}\nXA 0 s out opamp\n.ends summer\n"


def test_parts_out_of_reach_are_refused(tmp_path: Path) -> None:
    ideal = of(Instance("y", ("s", "y"), "summer", (("R", 1e5),)))
    for value in ("100k", "{2*R}", "{Q}"):
        circuit = with_cell(ideal, tmp_path, SUMMER.replace("{value}", value))
        with pytest.raises(CircuitError, match=r"^cell 'summer': the value of Rf is not a parameter"):
            mismatched(circuit, 0.01, 0.01, seed=0)
    nested = SUMMER.replace("{value}", "{R}").replace("XA", "XB out q inverter\nXA")
    with pytest.raises(CircuitError, match=r"^cell 'summer': the parts of cell 'inverter' inside of it"):
        mismatched(with_cell(ideal, tmp_path, nested), 0.01, 0.01, seed=0)
    folded = with_cell(ideal, tmp_path, SUMMER.replace("{value}", "{ r }"))  # SPICE folds case
    assert values(folded) == {"Xy.R": ("resistor", 1e5)}


def test_a_device_keeps_its_inside(tmp_path: Path) -> None:
    ideal = of(Instance("y", ("s", "y"), "summer"))
    pole = ".subckt opamp inp inn out params: A0=1e6\nE1 a 0 inp inn {A0}\nRp a out 1k\nCp out 0 {A0}\n.ends opamp\n"
    circuit = with_cell(ideal, tmp_path, pole)
    assert values(circuit) == {"Xy.R": ("resistor", 1e5)}
