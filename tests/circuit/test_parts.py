"""Which part plays which role, and that blocks of several fidelities stand in one circuit."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import vle_analog.library
from tests.blocks.bench import built
from vle_analog.circuit import parts
from vle_analog.circuit.cell.cell import Cell, parse_cell
from vle_analog.circuit.elements import Battery, Instance
from vle_analog.circuit.parts import chosen, devices, library, variant
from vle_analog.circuit.technology import FIDELITIES, IDEAL, ROLES
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import CircuitError, SynthesisError, UsageError
from vle_analog.library import circuits_folder, system_files
from vle_analog.studies.run.study import run

RELAXATION = """
name = "pair"
[time]
unit = 1e-3
span = 10.0
[inputs.x]
kind = "sine"
amplitude = 1.0
frequency = 0.2
[states.u]
derivative = "-u + x*x"
initial = 0.3
[states.v]
derivative = "-v + u"
initial = 0.0
[fidelity]
"""


def test_every_fidelity_names_parts_that_exist() -> None:
    for fidelity in FIDELITIES:
        technology = chosen(fidelity)
        cells = library(technology)
        assert set(ROLES) - {"multiplier_grounded"} <= cells.keys()
        for role, part in technology.parts:
            assert devices()[part].role == role
            assert cells[role].role == role
            assert part in cells[role].uses


@pytest.mark.parametrize(
    ("fidelity", "parts", "words"),
    [
        ("macromodell", {}, "no fidelity 'macromodell'\n.*did you mean 'macromodel'"),
        ("ideal", {"opamb": "tl072"}, "no role 'opamb' for the part 'tl072'\n.*did you mean 'opamp'"),
        ("ideal", {"opamp": "tl071"}, "no part 'tl071' for the role 'opamp'\n.*did you mean 'tl07[24]'"),
        ("ideal", {"opamp": "ad633"}, "no part 'ad633' for the role 'opamp'"),
    ],
)
def test_what_there_is_not_is_refused(fidelity: str, parts: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        chosen(fidelity, parts)


def test_an_ideal_role_stays_ideal_at_any_fidelity() -> None:
    technology = chosen("macromodel", {"multiplier": "ideal"})
    assert technology.part("multiplier") == "ideal"
    assert library(technology)["multiplier"].subckt == library(IDEAL)["multiplier"].subckt
    assert chosen("ideal").is_ideal
    assert not technology.is_ideal


def test_scatter_is_nothing_unless_an_instance_says_so() -> None:
    cell = library(chosen("macromodel"))["multiplier"]
    assert dict(cell.defaults)["ZOS"] == "0"
    assert dict(cell.defaults)["scale"] == "10"


def test_a_circuit_of_parts_hangs_on_rails_and_starts_at_its_outputs() -> None:
    system = load_system(system_files()["two_neurons"])
    circuit = built(system, technology=chosen("macromodel"))
    assert {part.name for part in circuit.elements() if isinstance(part, Battery)} >= {"vcc", "vee"}
    stages = [part for part in circuit.elements() if isinstance(part, Instance) and "OUT" in dict(part.parameters)]
    states = [part for part in stages if "IC" in dict(part.parameters)]
    assert states
    for part in states:  # what an integrator's capacitor holds is its output
        assert dict(part.parameters)["OUT"] == dict(part.parameters)["IC"]


def test_blocks_of_another_fidelity_use_cells_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "pair.toml"
    file.write_text(RELAXATION + 'default = "macromodel"\nu = "ideal"\n')
    found = run(load_system(file))
    cells = {part.name: part.cell for part in found.design.circuit.elements() if isinstance(part, Instance)}
    assert cells["u"] == "leaky_integrator__ideal"
    assert cells["v"] == "leaky_integrator"
    assert found.design.circuit.fidelity == "macromodel"
    assert found.design.circuit.parts["opamps"] == 2
    assert found.comparison.trace_nrmse_max < 0.02
    text = found.design.deck.text
    assert ".subckt opamp__ideal inp inn out" in text
    assert "XA p s out opamp__ideal OUT={OUT}" in text


def test_a_fidelity_for_what_no_block_drives_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "pair.toml"
    file.write_text(RELAXATION + 'w = "ideal"\n')
    with pytest.raises(SynthesisError, match="no block drives 'w'"):
        design(load_system(file))
    file.write_text(RELAXATION + 'u = "idea"\n')
    with pytest.raises(UsageError, match="did you mean 'ideal'"):
        design(load_system(file))


def test_variants_rename_cells_and_nothing_else() -> None:
    names, cells = variant(["summer", "multiplier"], chosen("macromodel"))
    assert names["summer"] == "summer__macromodel"
    assert "opa2134" not in names
    assert cells["summer__macromodel"].uses == ("opamp__macromodel",)
    assert cells["multiplier__macromodel"].role == "multiplier"


def test_a_role_s_cell_is_a_part_between_the_rails() -> None:
    cell = library(chosen("macromodel"))["multiplier"]
    assert (
        cell.subckt
        == """\
* multiplier: ad633 between the rails
.subckt multiplier x1 x2 y1 y2 w params: scale=10 XOS=0 YOS=0 ZOS=0 GE=0 OUT=0 DX=0 FY=0 CX=0
X1 x1 x2 y1 y2 w vcc vee ad633 scale={scale} XOS={XOS} YOS={YOS} ZOS={ZOS} GE={GE} OUT={OUT} DX={DX} FY={FY} CX={CX}
.ends multiplier
"""
    )
    assert (cell.part, cell.role, cell.origin) == ("ad633", "multiplier", "multiplier")
    assert cell.sheet == devices()["ad633"].sheet


def test_a_stage_hands_on_what_scatters_in_its_multiplier() -> None:
    ideal, real = (library(chosen(fidelity))["divider"] for fidelity in ("ideal", "macromodel"))
    expected = ideal.subckt.replace("C=2.2f", "C=22p")  # among real parts the loop needs its capacitor
    expected = expected.replace(" OUT=0 MID=0\n", " OUT=0 MID=0 XOS=0 YOS=0 ZOS=0 GE=0 DX=0 FY=0\n")
    expected = expected.replace("OUT={MID}\n", "OUT={MID} XOS={XOS} YOS={YOS} ZOS={ZOS} GE={GE} DX={DX} FY={FY}\n")
    assert real.subckt == expected != ideal.subckt
    assert library(chosen("macromodel"))["summer"] == library(IDEAL)["summer"]


def test_a_stage_among_laws_has_the_defaults_that_its_file_notes_for_them() -> None:
    """A divider's capacitor lags, and is for real parts; one real device is enough."""
    for real, farads in (({}, 2.2e-15), ({"multiplier": "ad633"}, 22e-12), ({"opamp": "opa2134"}, 22e-12)):
        assert library(chosen("ideal", real))["divider"].default("C") == farads
    assert library(IDEAL)["integrator"].default("C") == 10e-9


def test_a_variant_knows_the_file_that_it_is_of() -> None:
    _, cells = variant(["divider"], chosen("macromodel"))
    cell = cells["divider__macromodel"]
    assert cell.origin == "divider" and cell.uses == ("multiplier__macromodel", "opamp__macromodel")
    before = library(chosen("macromodel"))["divider"].subckt.splitlines()
    changed = [new for old, new in zip(before, cell.subckt.splitlines(), strict=True) if old != new]
    assert [line.split()[0] for line in changed] == [".subckt", "XM", "XA", ".ends"]
    assert cells["multiplier__macromodel"].part == "ad633"


@pytest.mark.parametrize(
    ("like", "folder"), [("macromodel/ad633", "mine"), ("macromodel/ad633", "stages"), ("ideal/tanh", "stages")]
)
def test_two_cells_of_one_name_are_refused(
    like: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "circuits"
    shutil.copytree(circuits_folder(), place)
    (place / folder).mkdir(exist_ok=True)
    shutil.copy(place / f"{like}.cir", place / folder)
    monkeypatch.setattr(vle_analog.library, "circuits_folder", lambda: place)
    for each in (parts.library, parts._parts):
        each.cache_clear()
    with pytest.raises(UsageError, match=f"two cells are called '{Path(like).name}': "):
        library()
    for each in (parts.library, parts._parts):
        each.cache_clear()


def _playing(ports: str) -> Cell:
    """The op-amp's cell around a part with such ports."""
    text = f"* role: opamp\n.subckt mine {ports} params: OUT=0\nR1 {ports.split()[0]} 0 1k\n.ends mine\n"
    part = parse_cell(text, "mine", "here")
    return parts._player("opamp", part, part, library()["opamp"])


def test_a_part_s_ports_are_joined_by_name_whatever_their_order() -> None:
    for ports in ("inp inn out vcc vee", "vcc out inn vee inp"):
        cell = _playing(ports)
        assert cell.ports == ("inp", "inn", "out") and cell.instances[0].nodes == tuple(ports.split())
    assert _playing("plus minus o vcc vee").ports == ("plus", "minus", "o")  # names of its own: by their place


@pytest.mark.parametrize("ports", ["inp inn", "inp inn out ref vcc vee"])
def test_a_part_with_other_ports_than_its_role_is_refused(ports: str) -> None:
    with pytest.raises(CircuitError, match="'opamp' has the ports inp inn out, and vcc vee") as caught:
        _playing(ports)
    assert f"cell 'mine', with {ports}" in str(caught.value)


def test_settings_rule_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "pair.toml"
    file.write_text(RELAXATION + 'default = "macromodel"\n')
    assert design(load_system(file), Build(fidelity="ideal")).circuit.fidelity == "ideal"
