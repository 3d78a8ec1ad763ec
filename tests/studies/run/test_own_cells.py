"""Cells of a user's own: a run works with them to its end, or refuses them before anything is simulated."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tool import refused
from vle_analog import library
from vle_analog.blocks import integrators
from vle_analog.circuit import parts
from vle_analog.circuit.elements import Instance
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.equations.systemfile import load_system
from vle_analog.library import circuits_folder, system_files
from vle_analog.studies.margins.report import report
from vle_analog.studies.margins.study import margins
from vle_analog.studies.run.study import run

STAGE = """\
* damped: inverting leaky integrator, ports and parameters by names of its own
* law:   RF CF dv(y)/dt = - v(y) - sum g_k v_k
.subckt damped plus minus out params: RF=100k CF=10n START=0 OUT=0
{parts}
X1 plus minus out opamp OUT={{OUT}}
.ends damped
"""
SIMPLE = "Rx out minus {RF}\nCx minus out {CF} ic={START}"
#: resistor and capacitor in series, a network of which margins know nothing but slew and headroom
ODD = "Rx out minus {RF}\nRd minus m {RD}\nCx m out {CF} ic={START}"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of ``circuits`` that is the tool's for one test."""
    place = tmp_path / "circuits"
    shutil.copytree(circuits_folder(), place)
    monkeypatch.setattr(library, "circuits_folder", lambda: place)
    caches = (parts.library, parts.devices, parts._parts)
    for each in caches:
        each.cache_clear()
    yield place
    for each in caches:
        each.cache_clear()


def built_of(cell: str, names: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaky integrators are built of another cell, whose parameters have other names."""

    def instance(name: str, nodes: tuple[str, ...], of: str, given: tuple[tuple[str, float], ...] = ()) -> Instance:
        if of != "leaky_integrator":
            return Instance(name, nodes, of, given)
        return Instance(name, nodes, cell, tuple((names[key], value) for key, value in given))

    monkeypatch.setattr(integrators, "Instance", instance)


def edited(file: Path, *changes: tuple[str, str]) -> None:
    text = file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)


@pytest.mark.parametrize("lines", [SIMPLE, ODD], ids=["simple", "odd"])
def test_a_stage_of_one_s_own_is_run_to_the_end(lines: str, shelf: Path, ask, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    text = STAGE.format(parts=lines)
    (shelf / "stages" / "damped.cir").write_text(text.replace("START=0", "START=0 RD=10") if "RD" in lines else text)
    built_of("damped", {"R": "RF", "C": "CF", "IC": "START"}, monkeypatch)

    answer = ask("run", "rc_low_pass", "--fidelity", "macromodel", "--out", "new")

    assert answer.code == 0, answer.err
    assert json.loads(Path("new/metrics.json").read_text())["within_bound"]
    assert "X1 plus minus out opamp" in Path("new/netlist.cir").read_text()


def test_its_margins_are_those_of_the_stage_that_it_is_like(shelf: Path, ask, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def figures(out: str) -> dict[str, float]:
        assert ask("margins", "rc_low_pass", "--out", out).code == 0
        (block,) = (each for each in json.loads(Path(out, "margins.json").read_text())["blocks"])
        return {kind: each["figure"] for kind, each in block["margins"].items()}

    before = figures("before")
    (shelf / "stages" / "damped.cir").write_text(STAGE.format(parts=SIMPLE))
    (shelf / "stages" / "odd.cir").write_text(
        STAGE.format(parts=ODD).replace("damped", "odd").replace("START=0", "START=0 RD=10")
    )
    parts.library.cache_clear()
    built_of("damped", {"R": "RF", "C": "CF", "IC": "START"}, monkeypatch)
    assert figures("mine") == before
    built_of("odd", {"R": "RF", "C": "CF", "IC": "START"}, monkeypatch)
    odd = figures("odd")
    assert {kind: odd[kind] for kind in ("headroom", "slew")} == {kind: before[kind] for kind in ("headroom", "slew")}
    assert odd["drift"] == pytest.approx(before["drift"], rel=0.05)  # which the engine follows whatever hangs there
    assert {kind for kind, figure in odd.items() if not figure} == {"bandwidth", "noise", "gain", "offset"}
    assert "not known, for 1 of 1 blocks: how the parts of stage 'odd' hang" in Path("odd/margins.md").read_text()
    assert "not known" not in Path("mine/margins.md").read_text()


@pytest.mark.parametrize(
    ("file", "changes", "texts"),
    [
        (
            "stages/leaky_integrator.cir",
            [("R=100k", "RF=100k"), ("{R}", "{RF}")],
            ["cell 'leaky_integrator' has no parameter 'R', which 'v' sets", "did you mean 'RF'"],
        ),
        (
            "stages/leaky_integrator.cir",
            [("{R}", "100k")],
            ["cell 'leaky_integrator': the value of Rf is not a parameter"],
        ),
        (
            "macromodel/opa2134.cir",
            [("slew_up 20 V/us", "slew_rate 20 V/us")],
            ["opa2134.cir): line 12: the stated figure 'slew_rate' is not measured"],
        ),
        (
            "macromodel/opa2134.cir",
            [("gain_bandwidth 8 MHz", "gain_bandwidth 8 Mz")],
            ["opa2134.cir): line 11: 'gain_bandwidth' is stated in 'Mz'", "its unit is Hz"],
        ),
    ],
    ids=["parameter", "value", "figure", "unit"],
)
def test_what_cannot_be_used_is_refused_before_anything_runs(  # type: ignore[no-untyped-def]
    file: str, changes: list[tuple[str, str]], texts: list[str], shelf: Path, ask
) -> None:
    edited(shelf / file, *changes)

    refused(ask("run", "rc_low_pass", "--fidelity", "macromodel", "--out", "new"), *texts)

    assert not list(Path().glob("new/*.*"))


MUTE = """* mute: an op-amp whose header says little
* ports: inp non-inverting input, inn inverting input, out output, vcc vee supply
* role: opamp
{notes}
.subckt mute inp inn out vcc vee params: OUT=0 A0=1e5
E1 out 0 inp inn {{A0}}
Iq vcc vee 1m
.ends mute
"""


@pytest.mark.parametrize(
    "notes, lacking, kinds",
    [
        ("", "stated: gain_bandwidth", {"headroom", "slew", "bandwidth", "noise", "drift", "loop"}),
        (
            "* stated: slew_up 1 V/us\n* stated: slew_down 1 V/us",
            "spread: VOS",
            {"headroom", "bandwidth", "noise", "drift", "loop"},
        ),
    ],
)
def test_what_a_header_does_not_state_is_unknown(notes: str, lacking: str, kinds: set[str], shelf: Path) -> None:
    (shelf / "macromodel" / "mute.cir").write_text(MUTE.format(notes=notes))
    for each in (parts.library, parts.devices, parts._parts):
        each.cache_clear()
    given = load_system(system_files()["rc_low_pass"])
    found = margins(design(given, Build(parts=(("opamp", "mute"),))))
    (block,) = found.blocks
    assert {margin.kind for margin in block.margins if margin.unknown and not margin.holds} == kinds
    assert found.verdict == "unknown" and not found.warnings and block.binding.unknown
    assert any(lacking in what and "of mute" in what for what in found.unstated)
    told = report(found)
    assert "nothing fails of what is known" in told.sentences
    assert any(lacking in sentence for sentence in told.sentences)


#: what its header states, and what is inside
BROKEN = """* broken: an op-amp whose gain is not what its header says
* ports: inp non-inverting input, inn inverting input, out output, vcc vee supply
* role: opamp
* stated: open_loop_gain 106 dB
* stated: gain_bandwidth 8 MHz
* stated: swing_high 13 V
* stated: swing_low -13 V
.subckt broken inp inn out vcc vee params: OUT=0
E1 out 0 inp inn {gain}
Iq vcc vee 1m
.ends broken
"""


def test_a_part_that_does_not_do_what_it_says_is_told_of(shelf: Path) -> None:
    given, done = load_system(system_files()["harmonic_oscillator"]), {}
    for gain in ("100", "2e5"):
        (shelf / "macromodel" / "broken.cir").write_text(BROKEN.format(gain=gain))
        for each in (parts.library, parts.devices, parts._parts):
            each.cache_clear()
        done[gain] = run(given, Build(parts=(("opamp", "broken"),)))
    diagnosis = done["100"].diagnosis
    assert diagnosis is not None and diagnosis.cause == "parts" and "`vle-analog bench broken`" in diagnosis.remedy
    assert diagnosis.explained < 0.5
    assert done["2e5"].comparison.trace_nrmse_max < 0.01 * diagnosis.error
