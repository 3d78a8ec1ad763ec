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
from vle_analog.library import circuits_folder

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
    assert figures("odd") == {kind: before[kind] for kind in ("headroom", "slew")}
    assert "of stage 'odd' headroom and slew alone are known" in Path("odd/margins.md").read_text()
    assert "headroom and slew alone" not in Path("mine/margins.md").read_text()


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
            ["opa2134.cir): line 11: the stated figure 'slew_rate' is not measured"],
        ),
        (
            "macromodel/opa2134.cir",
            [("gain_bandwidth 8 MHz", "gain_bandwidth 8 Mz")],
            ["opa2134.cir): line 10: 'gain_bandwidth' is stated in 'Mz'", "its unit is Hz"],
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
