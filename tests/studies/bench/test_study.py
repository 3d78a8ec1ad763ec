"""Parts on the bench: every part that ships, parts of one's own, and what is wrong with a part."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.tool import visible
from vle_analog.errors import CircuitError, UsageError
from vle_analog.lab.lab import Lab
from vle_analog.library import circuits_folder
from vle_analog.studies.bench.report import report
from vle_analog.studies.bench.result import PartList
from vle_analog.studies.bench.study import BenchPlan, bench, benchable, listed, run

PARTS = circuits_folder() / "macromodel"
ONE_DB = 10 ** (1 / 20) - 1


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder of parts: the macromodels, to be added to."""
    shutil.copytree(PARTS, tmp_path / "mine")
    shutil.copytree(circuits_folder() / "noise", tmp_path / "noise")
    return tmp_path


def put(shelf: Path, like: str, name: str, *replacements: tuple[str, str]) -> None:
    """A new part's file: that of another part with pieces of text replaced, each of which it must have."""
    text = (shelf / "mine" / f"{like}.cir").read_text().replace(like, name)
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    (shelf / "mine" / f"{name}.cir").write_text(text)


@pytest.mark.parametrize("name", sorted(benchable()))
def test_every_part_does_what_its_data_sheet_states(name: str) -> None:
    found = bench(name)
    assert [each.name for each in found.quantities] and found.source
    for each in found.compared:
        assert each.deviation is not None
        bound = ONE_DB if each.name == "voltage_noise" else 0.1
        assert abs(each.deviation) <= bound, f"{each.name}: {each.measured:g} {each.unit}, stated {each.stated:g}"
    if found.role == "opamp":
        assert found["overload_recovery"].measured < 5e-6
        assert found["phase_margin"].measured > 30


@pytest.mark.parametrize("name", sorted(name for name, path in benchable().items() if path.parent == PARTS))
def test_every_macromodel_names_its_data_sheet(name: str) -> None:
    text = benchable()[name].read_text()
    assert "* stated: " in text and "* source: " in text and "* package: " in text and "* supply: " in text


def test_a_new_file_is_a_new_part(shelf: Path) -> None:
    changes = (("* stated: gain_bandwidth 1 MHz", "* stated: gain_bandwidth 5 MHz"), ("GBW=1meg", "GBW=5meg"))
    put(shelf, "opa2277", "my_amp", *changes)
    assert "my_amp" in benchable(shelf) and "my_amp" not in benchable()
    found = bench("my_amp", shelf)
    gain = found["gain_bandwidth"]
    assert gain.stated == 5e6 and gain.measured == pytest.approx(5e6, rel=0.05)
    assert found["slew_up"].measured == pytest.approx(0.8, rel=0.05)


def test_a_deviation_is_seen(shelf: Path) -> None:
    put(shelf, "opa2277", "my_amp", ("SR=0.8meg", "SR=1.6meg"), ("ISC=35m", "ISC=20m"), ("VOS=10u", "VOS=40u"))
    found = bench("my_amp", shelf)
    assert found["slew_up"].deviation == pytest.approx(1.0, abs=0.1)
    assert found["slew_down"].deviation == pytest.approx(1.0, abs=0.1)
    assert found["source_current"].deviation == pytest.approx(20 / 35 - 1, abs=0.01)
    assert found["offset"].deviation == pytest.approx(3.0, abs=0.01)
    assert abs(found["gain_bandwidth"].deviation or 1) < 0.05


def test_a_part_that_winds_up_is_seen(shelf: Path) -> None:
    (shelf / "mine" / "winding.cir").write_text("""* winding: an amplifier that clips behind its pole
* role: opamp
.subckt winding inp inn out vcc vee params: VOS=0 IB=0 IOS=0 OUT=0 EN=10n FE=0
G1 0 g inp inn 1
R1 g 0 100k
C1 g 0 0.159155u
B1 o 0 V=14*tanh(V(g)/14)
R2 o out 50
.ends winding
""")
    assert bench("winding", shelf)["overload_recovery"].measured > 15e-6


def test_noise_is_that_of_the_parameters(shelf: Path) -> None:
    put(shelf, "opa2277", "my_amp", ("EN=7.96n FE=10", "EN=20n FE=1k"))
    found = bench("my_amp", shelf)
    assert found["noise_corner"].measured == pytest.approx(1e3, rel=0.05)
    assert found["voltage_noise"].measured == pytest.approx(20e-9 * math.sqrt(2), rel=0.01)


def test_a_multipliers_errors_are_told_apart(shelf: Path) -> None:
    errors = ("XOS=5m YOS=5m ZOS=5m GE=2.5m", "XOS=-7m YOS=12m ZOS=-20m GE=-15m")
    put(shelf, "ad633", "my_mul", errors, ("FX=3m", "FX=6m"))
    found = bench("my_mul", shelf)
    assert found["x_offset"].measured == pytest.approx(-7e-3, rel=0.02)
    assert found["y_offset"].measured == pytest.approx(12e-3, rel=0.02)
    assert found["output_offset"].measured == pytest.approx(-20e-3, rel=0.02)
    assert found["scale_error"].measured == pytest.approx(-1.5, rel=0.02)
    assert found["x_feedthrough"].measured == pytest.approx(0.6, rel=0.03)


@pytest.mark.parametrize("name", ["ad633", "ad734"])
def test_the_form_with_grounded_pins_is_the_same_part(name: str) -> None:
    whole, grounded = bench(name), bench(f"{name}_grounded")
    assert np.max(np.abs(whole.curves.y - grounded.curves.y)) < 1e-3  # % of full scale
    for each in whole.quantities:
        assert grounded[each.name].measured == pytest.approx(each.measured, rel=5e-3, abs=1e-5)


def test_a_nonlinear_cells_offset_is_the_pairs(shelf: Path) -> None:
    for role, units in (("tanh", 2), ("logistic", 1), ("softplus", 1)):
        put(shelf, f"{role}_pair", f"my_{role}", ("VOS=10u", "VOS=200u"))
        found = bench(f"my_{role}", shelf)
        assert found["offset"].measured == pytest.approx(200e-6 / (units * 25.865e-3), rel=0.01)
        assert found["bandwidth"].measured == pytest.approx(1e6, rel=0.01)


@pytest.mark.parametrize(
    ("like", "change", "texts"),
    [
        (
            "opa2277",
            (("inp inn out vcc vee params", "inn inp out vcc vee params"),),
            ["the ports are inn inp out", "inp inn out vcc vee"],
        ),
        (
            "opa2277",
            (("X1 inp inn out", "X1 inn inp out"),),
            ["the output falls when v(inp) rises", "its inputs are swapped"],
        ),
        (
            "opa2277",
            (("VOS=10u IB=0.5n", "IB=0.5n VOS=10u"),),
            ["the parameters are IB VOS", "begin, in this order, with: VOS IB IOS OUT"],
        ),
        (
            "ad633",
            (("Gx 0 a x1 x2 1", "Gx 0 a x2 x1 1"),),
            ["the product is -1 of what it must be", "pins are swapped"],
        ),
        ("tanh_pair", (("V(inp,inn)", "V(inn,inp)"),), ["the output falls when v(inp) rises"]),
        (
            "opa2277",
            (("slew_up 0.8 V/us", "slew_rate 0.8 V/us"),),
            ["the stated figure 'slew_rate' is not measured", "slew_"],
        ),
    ],
    ids=["ports", "inputs", "parameters", "product", "curve", "figure"],
)
def test_what_is_wrong_with_a_part_is_said(
    shelf: Path, like: str, change: tuple[tuple[str, str], ...], texts: list[str]
) -> None:
    put(shelf, like, "wrong", *change)
    with pytest.raises(CircuitError) as error:
        bench("wrong", shelf)
    for text in ["cell 'wrong'", *texts]:
        assert text in str(error.value)


def test_an_unknown_part() -> None:
    with pytest.raises(UsageError, match="did you mean 'opa2134'"):
        bench("opa2143")
    with pytest.raises(UsageError, match="no part 'summer'"):
        bench("summer")


def test_a_role_that_is_not_measured_is_refused_by_name(shelf: Path) -> None:
    (shelf / "mine" / "switch.cir").write_text("* role: hold_switch\n.subckt switch bus sum gate\n.ends\n")
    assert "switch" not in benchable(shelf)
    with pytest.raises(UsageError) as error:
        bench("switch", shelf)
    assert f"cell 'switch' ({shelf / 'mine' / 'switch.cir'}): " in str(error.value)
    assert "the bench does not measure the role 'hold_switch'" in str(error.value)
    measured = str(error.value).partition("it measures: ")[2].split(", ")
    assert set(measured) == {"opamp", "multiplier", "multiplier_grounded", "tanh", "logistic", "softplus"}


def test_a_role_that_there_is_not_is_refused_by_name(shelf: Path) -> None:
    put(shelf, "tanh_pair", "mine", ("* role: tanh", "* role: arctan"))
    with pytest.raises(CircuitError) as error:
        bench("mine", shelf)
    assert f"cell 'mine' ({shelf / 'mine' / 'mine.cir'}): line 4: no role 'arctan'" in str(error.value)
    assert "the roles are opamp, multiplier, " in str(error.value)


def test_results_are_written(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.save(report(run(BenchPlan("tanh_pair"), lab)))
    assert visible(tmp_path) == {"bench.png", "bench.md", "bench.json"}
    assert "| offset | 193.3 μV |" in (tmp_path / "bench.md").read_text()
    assert '"offset"' in (tmp_path / "bench.json").read_text()


def test_without_a_name_all_parts_are_listed(shelf: Path) -> None:
    put(shelf, "opa2277", "my_amp")
    parts = run(BenchPlan(), Lab())
    assert isinstance(parts, PartList) and [part.name for part in parts.parts] == list(benchable())
    mine = {part.name: part for part in listed(shelf).parts}
    assert (mine["my_amp"].role, mine["my_amp"].folder) == ("opamp", "mine")
    assert mine["my_amp"].summary.startswith("precision bipolar")
