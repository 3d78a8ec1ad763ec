"""Parts on the bench: every part that ships, parts of one's own, and what is wrong with a part."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tool import visible
from vle_analog.analyses import Analysis, Tran
from vle_analog.circuit import parts
from vle_analog.circuit.cell.cell import needed
from vle_analog.circuit.parts import chosen
from vle_analog.errors import CircuitError, SimulationError, UsageError
from vle_analog.lab.lab import Lab
from vle_analog.laws import LAWS, Law
from vle_analog.library import OWN, cell_files, circuits_folder
from vle_analog.simulate import Ngspice, Plot
from vle_analog.studies.bench.decks import Rails
from vle_analog.studies.bench.report import report
from vle_analog.studies.bench.result import PartList
from vle_analog.studies.bench.study import BenchPlan, bench, benchable, listed, measure, run

PARTS = circuits_folder() / "macromodel"
ONE_DB = 10 ** (1 / 20) - 1


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder ``circuits`` of a user's own, to be added to."""
    mine = tmp_path / "circuits" / "mine"
    mine.mkdir(parents=True)
    monkeypatch.setenv(OWN, str(tmp_path))
    forget()
    yield mine
    forget()


def forget() -> None:
    """Let all cells be read anew."""
    for cache in (parts.library, parts.devices, parts._parts):
        cache.cache_clear()


def put(shelf: Path, like: str, name: str, *replacements: tuple[str, str]) -> None:
    """A new part's file: that of another part with pieces of text replaced, each of which it must have."""
    file = next(path for path in cell_files() if path.stem == like)
    text = file.read_text().replace(like, name)
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    write(shelf, name, text)


def write(shelf: Path, name: str, text: str) -> None:
    (shelf / f"{name}.cir").write_text(text)
    forget()


@pytest.mark.parametrize("name", sorted(benchable()))
def test_every_part_does_what_its_data_sheet_states(name: str) -> None:
    found = bench(name)
    assert [each.name for each in found.quantities] and found.source
    assert found.failures == () and found.disagreements == ()
    assert found.noise is None or not found.noise.complaint
    for each in found.compared:
        assert each.deviation is not None
        bound = ONE_DB if each.name == "voltage_noise" else 0.1
        assert abs(each.deviation) <= bound, f"{each.name}: {each.measured:g} {each.unit}, stated {each.stated:g}"
    if found.role == "opamp":
        assert found["overload_recovery"].measured < 5e-6
        assert found["phase_margin"].measured > 30


@pytest.mark.parametrize("name", sorted(path.stem for path in PARTS.glob("*.cir") if path.stem in benchable()))
def test_every_macromodel_names_its_data_sheet(name: str) -> None:
    text = (PARTS / f"{name}.cir").read_text()
    assert "* stated: " in text and "* source: " in text and "* supply: " in text
    assert "* package: " in text or "* assembly: " in text


def test_a_new_file_is_a_new_part(shelf: Path) -> None:
    changes = (("* stated: gain_bandwidth 1 MHz", "* stated: gain_bandwidth 5 MHz"), ("GBW=1meg", "GBW=5meg"))
    put(shelf, "opa2277", "my_amp", *changes)
    assert "my_amp" in benchable()
    found = bench("my_amp")
    gain = found["gain_bandwidth"]
    assert gain.stated == 5e6 and gain.measured == pytest.approx(5e6, rel=0.05)
    assert found["slew_up"].measured == pytest.approx(0.8, rel=0.05)


def test_a_deviation_is_seen(shelf: Path) -> None:
    put(shelf, "opa2277", "my_amp", ("SR=0.8meg", "SR=1.6meg"), ("ISC=35m", "ISC=20m"), ("VOS=10u", "VOS=40u"))
    found = bench("my_amp")
    assert found["slew_up"].deviation == pytest.approx(1.0, abs=0.1)
    assert found["slew_down"].deviation == pytest.approx(1.0, abs=0.1)
    assert found["source_current"].deviation == pytest.approx(20 / 35 - 1, abs=0.01)
    assert found["offset"].deviation == pytest.approx(3.0, abs=0.01)
    assert abs(found["gain_bandwidth"].deviation or 1) < 0.05


def test_a_part_that_winds_up_is_seen(shelf: Path) -> None:
    text = """* winding: an amplifier that clips behind its pole
* role: opamp
.subckt winding inp inn out vcc vee params: VOS=0 IB=0 IOS=0 OUT=0 EN=10n FE=0
G1 0 g inp inn 1
R1 g 0 100k
C1 g 0 0.159155u
B1 o 0 V=14*tanh(V(g)/14)
R2 o out 50
.ends winding
"""
    write(shelf, "winding", text)
    assert bench("winding")["overload_recovery"].measured > 15e-6


def test_clamps_between_the_inputs_do_not_slew(shelf: Path) -> None:
    """At a follower they would: a step of 10 V charges the output by way of the diodes, as fast as it comes."""
    cell = """* clamped: an amplifier with diodes between its inputs, as many bipolar ones have
* role: opamp
.subckt clamped inp inn out vcc vee params: VOS=0 IB=0 IOS=0 OUT=0 EN=8n FE=10
X1 inp inn out vcc vee opa2277 VOS={VOS} IB={IB} IOS={IOS} OUT={OUT}
D1 inp inn clamp
D2 inn inp clamp
.model clamp d is=1e-14 rs=10
.ends clamped
"""
    write(shelf, "clamped", cell)
    found = bench("clamped")
    for name in ("slew_up", "slew_down"):
        assert found[name].measured == pytest.approx(0.8, rel=0.05)
    assert found["swing_high"].measured == pytest.approx(13.88, abs=0.05)


#: an amplifier of 10 MHz without limits, whose noise is that of 10 kohm in series with its input
BARE = """* bare: an amplifier without limits
* role: opamp
* stated: voltage_noise 30 nV/rtHz at 1 kHz
.subckt bare inp inn out vcc vee params: VOS=0 IB=0 IOS=0 OUT=0
RN inp 8 10k
CN 8 0 1f
G1 0 6 8 inn 6.283m
R1 6 0 15.9meg noisy=0
C1 6 0 100p
E1 out 0 6 0 1
.ends bare
"""
THERMAL = math.sqrt(4 * 1.380649e-23 * 300.15 * 10e3)


def decibels(one: float, other: float) -> float:
    return abs(20 * math.log10(one / other))


def test_what_nothing_limits_is_said_in_words(shelf: Path) -> None:
    write(shelf, "bare", BARE)
    found = bench("bare")
    assert found.failures == ()
    assert found["gain_bandwidth"].measured == pytest.approx(10e6, rel=0.01)
    for name, words in (
        ("swing_high", "nothing limits the output"),
        ("source_current", "nothing in the part limits the current"),
        ("slew_up", "nothing but the bandwidth limits the slope"),
        ("cmrr", "perfect"),
    ):
        assert found[name].measured == math.inf and words in found[name].note
        assert any(words in line for line in report(found).sentences)
    assert math.isnan(found["overload_recovery"].measured) and "there is no overload" in found["overload_recovery"].note
    record = found.record()["quantities"]["swing_low"]
    assert record["measured"] is None and "nothing limits the output" in record["note"]


def test_noise_is_what_devices_make_whatever_the_header_says(shelf: Path) -> None:
    write(shelf, "bare", BARE)
    found = bench("bare")
    assert decibels(found["voltage_noise"].measured, THERMAL) < 0.01
    assert [each.name for each in found.disagreements] == ["voltage_noise"]
    warnings = report(found).warnings
    assert warnings[0] == "voltage_noise: 12.87 nV/√Hz measured, 30 nV/√Hz stated (-57.1 %)"
    assert "its devices make 12.87 nV/rtHz of noise at 1 kHz, its file says 30 nV/rtHz" in warnings[1]


def test_what_is_stated_of_a_part_without_limits_is_not_what_is_measured(shelf: Path) -> None:
    stated = "* stated: sink_current 40 mA\n* stated: overload_recovery 1 us\n* stated: gain_bandwidth 9.5 MHz\n"
    write(shelf, "bare", BARE.replace("* stated: voltage_noise 30 nV/rtHz at 1 kHz\n", stated))
    found = bench("bare")
    assert [each.name for each in found.disagreements] == ["overload_recovery", "sink_current"]
    warnings = report(found).warnings
    assert warnings[:2] == [
        "overload_recovery: none measured, 1 μs stated",
        "sink_current: unlimited measured, 40 mA stated",
    ]


def independent(cell: str, gain: float, folder: Path) -> float:
    """Noise at 1 kHz at the input of an amplifier of a gain set by resistors without noise, V/sqrt(Hz)."""
    own = chosen("transistor", {"opamp": "ideal"})
    text = [
        "* noise of an amplifier",
        *(each.subckt for each in needed(["opamp_bjt"], parts.library(own))),
        f"V1 i 0 dc 0 ac 1\nVcc vcc 0 15\nVee vee 0 -15\nX1 i n o vcc vee {cell}",
        f"R1 n 0 1 noisy=0\nR2 o n {gain - 1!r} noisy=0",
        ".control\nset filetype=binary\nnoise v(o) V1 lin 1 1k 1k\nsetplot noise1\nwrite waveforms.raw",
        "quit\n.endc\n.end",
    ]
    plot = Ngspice().run_sweep("\n".join(text) + "\n", "frequency", folder=folder)
    return float(np.real(plot.data["onoise_spectrum"][0])) / gain


def test_a_wrong_parameter_is_not_played_back(shelf: Path, tmp_path: Path) -> None:
    """A transistor op-amp whose file says 20 nV makes 8.5; an analysis of a whole circuit takes it from the devices."""
    truth = independent("opamp_bjt", 101.0, tmp_path)
    put(shelf, "opamp_bjt", "loud", ("EN=8.5n FE=1", "EN=20n FE=1"))
    found = bench("loud")
    assert decibels(found["voltage_noise"].measured, truth) < 0.3
    assert found.noise is not None and found.noise.named == pytest.approx(20e-9, rel=1e-3)
    assert found.noise.native and "correct EN and FE" in found.noise.complaint
    assert found.disagreements == ()  # what is stated is right: 8.5 nV


@pytest.mark.parametrize(
    ("head", "note", "words", "measured"),
    [
        ("EN=8n FE=0", "", "analyses of noise count both", THERMAL),
        ("EN=12.9n FE=0", "* noise: devices\n", "", THERMAL),
        ("EN=8n FE=0", "* noise: devices\n", "runs in time by the second", THERMAL),
        ("EN=12.9n FE=0", "* noise: figures\n", "analyses of noise count both", THERMAL),
        ("EN=1u FE=0", "", "", 1e-6),
    ],
)
def test_noise_is_counted_once(shelf: Path, head: str, note: str, words: str, measured: float) -> None:
    text = BARE.replace("OUT=0", f"OUT=0 {head}").replace("* role", f"{note}* role").replace("30 nV", "13 nV")
    write(shelf, "bare", text)
    found = bench("bare")
    assert decibels(found["voltage_noise"].measured, measured) < 0.1
    assert found.noise is not None and words in found.noise.complaint and bool(words) == bool(found.noise.complaint)


def test_a_part_whose_noise_nobody_names_is_said(shelf: Path) -> None:
    write(shelf, "bare", BARE.replace("* stated: voltage_noise 30 nV/rtHz at 1 kHz\n", ""))
    assert "runs in time go without it" in report(bench("bare")).warnings[0]


#: an amplifier for which there is no solution while its output moves by more than 1 V in a microsecond
STUCK = """* stuck: an amplifier that has no solution while it slews
* role: opamp
.subckt stuck inp inn out vcc vee params: VOS=0 IB=0 IOS=0 OUT=0 EN=1n
G1 0 g inp inn 1m
R1 g 0 100meg
C1 g 0 1n
E1 o 0 g 0 1
C2 o d 1n
R4 d 0 1k
B2 x 0 V=V(d)>1 ? 1+V(x)*V(x) : 0
R3 x 0 1k
R2 o out 50
.ends stuck
"""


def test_a_run_that_ngspice_gave_up_is_a_failure_with_its_reason(shelf: Path, tmp_path: Path) -> None:
    write(shelf, "stuck", STUCK)
    lab = Lab(tmp_path / "out")
    found = bench("stuck", lab)
    assert found["open_loop_gain"].measured == pytest.approx(100, abs=0.1)
    failed = {failure.quantities: failure.error for failure in found.failures}
    assert ("slew_up", "slew_down") in failed and math.isnan(found["slew_up"].measured)
    error = failed["slew_up", "slew_down"]
    assert "ngspice found no solution at t = " in error.what
    kept = tmp_path / "out" / "ngspice-failed-slew"
    assert error.where == str(kept / "netlist.cir") and str(kept / "ngspice.log") in (error.hint or "")
    assert (kept / "netlist.cir").read_text().startswith("* bench of stuck: slew")
    assert "Timestep too small" in (kept / "ngspice.log").read_text()
    told = report(found)
    assert any(line.startswith("slew_up, slew_down: not measured: ngspice found no solution") for line in told.warnings)
    assert {row[0]: row[1] for row in told.tables[0].rows}["slew_up"] == "none"
    assert found.record()["failures"][0]["deck"] == str(kept / "netlist.cir")
    lab.save(told)
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"bench.md", "bench.png", "ngspice-failed-slew"}


class Choosy(Ngspice):
    """ngspice that gives up runs in time with the first settings of the solver."""

    def analyse(self, deck: str, analysis: Analysis, **settings: Any) -> Plot:
        if isinstance(analysis, Tran) and "method=gear" not in deck:
            super().analyse(deck, analysis, **settings)
            raise SimulationError("timestep too small")
        return super().analyse(deck, analysis, **settings)


def test_a_run_that_is_given_up_is_tried_with_other_settings(tmp_path: Path) -> None:
    found = bench("opa2277", Lab(tmp_path, simulator=Choosy()))
    assert found.failures == () and found["slew_up"].measured == pytest.approx(0.8, rel=0.02)
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_a_failure_is_kept_where_the_message_says(shelf: Path) -> None:
    write(shelf, "stuck", STUCK)
    for failure in bench("stuck").failures:
        deck = Path(failure.error.where or "")
        assert deck.name == "netlist.cir" and deck.exists() and (deck.parent / "ngspice.log").exists()
        shutil.rmtree(deck.parent.parent)


def test_a_part_that_finds_no_rest_is_refused(shelf: Path, tmp_path: Path) -> None:
    put(
        shelf,
        "opa2277",
        "broken",
        ("X1 inp inn out", "X1 inp inn missing"),
        (".ends", "Bx out 0 V=ln(-1-V(inp)^2)\n.ends"),
    )
    with pytest.raises(SimulationError) as error:
        bench("broken", Lab(tmp_path / "out"))
    assert error.value.where == str(tmp_path / "out" / "ngspice-failed-rest" / "netlist.cir")
    assert Path(error.value.where).exists()


def test_the_bench_and_circuits_know_the_same_parts(shelf: Path) -> None:
    """What circuits take for a role the bench measures, by the same name, and what they refuse it refuses."""
    put(shelf, "opa2277", "my_amp")
    assert chosen("macromodel", {"opamp": "my_amp"}).part("opamp") == "my_amp"
    assert bench("my_amp").cell == "my_amp"
    for name in ("My_amp", "my_amp.cir", "opamp_core", "opamp"):
        with pytest.raises(UsageError):
            bench(name)
        with pytest.raises(UsageError):
            chosen("macromodel", {"opamp": name})


def test_a_supply_of_five_volts_has_its_own_levels(shelf: Path) -> None:
    put(shelf, "opa2188", "my_amp", ("RAIL=15\n", "RAIL=2.5\n"))
    cell = parts.devices()["my_amp"]
    found = measure(cell, rails=Rails(-2.5, 2.5))
    assert found["swing_high"].measured == pytest.approx(2.35, abs=0.05)
    assert found["slew_up"].measured == pytest.approx(0.8, rel=0.05)
    assert found["source_current"].measured == pytest.approx(18e-3, rel=0.05)
    assert found["voltage_noise"].measured == pytest.approx(8.8e-9, rel=0.01)


def test_noise_is_that_of_the_parameters(shelf: Path) -> None:
    put(shelf, "opa2277", "my_amp", ("EN=7.96n FE=10", "EN=20n FE=1k"))
    found = bench("my_amp")
    assert found["noise_corner"].measured == pytest.approx(1e3, rel=0.05)
    assert found["voltage_noise"].measured == pytest.approx(20e-9 * math.sqrt(2), rel=0.01)


def test_a_multipliers_errors_are_told_apart(shelf: Path) -> None:
    errors = ("XOS=5m YOS=5m ZOS=5m GE=2.5m", "XOS=-7m YOS=12m ZOS=-20m GE=-15m")
    put(shelf, "ad633", "my_mul", errors, ("FX=3m", "FX=6m"))
    found = bench("my_mul")
    assert found["x_offset"].measured == pytest.approx(-7e-3, rel=0.02)
    assert found["y_offset"].measured == pytest.approx(12e-3, rel=0.02)
    assert found["output_offset"].measured == pytest.approx(-20e-3, rel=0.02)
    assert found["scale_error"].measured == pytest.approx(-1.5, rel=0.02)
    assert found["x_feedthrough"].measured == pytest.approx(0.6, rel=0.03)
    put(shelf, "ad633", "shared_mul", ("CX=0.1m", "CX=2m"))
    assert bench("shared_mul")["cmrr"].measured == pytest.approx(-20 * math.log10(2e-3), abs=0.05)


@pytest.mark.parametrize("name", ["ad633", "ad734"])
def test_the_form_with_grounded_pins_is_the_same_part(name: str) -> None:
    whole, grounded = bench(name), bench(f"{name}_grounded")
    assert np.max(np.abs(whole.curves.y - grounded.curves.y)) < 1e-3  # % of full scale
    for each in whole.quantities:
        if each.name == "cmrr":
            continue
        assert grounded[each.name].measured == pytest.approx(each.measured, rel=5e-3, abs=1e-5)


def test_a_nonlinear_cells_offset_is_the_pairs(shelf: Path) -> None:
    for role, units in (("tanh", 2), ("logistic", 1), ("softplus", 1)):
        put(shelf, f"{role}_pair", f"usual_{role}")
        usual = bench(f"usual_{role}")["offset"].measured
        put(shelf, f"{role}_pair", f"my_{role}", ("VOS=10u", "VOS=210u"))
        found = bench(f"my_{role}")
        assert found["offset"].measured - usual == pytest.approx(200e-6 / (units * 25.865e-3), rel=0.02)


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
            (("Gx 0 a x1 x2 {GAIN}", "Gx 0 a x2 x1 {GAIN}"),),
            ["the product is -1 of what it must be", "pins are swapped"],
        ),
        ("tanh_pair", (("Ra inp b1", "Ra inn b1"), ("Rb inn b2", "Rb inp b2")), ["the output falls when v(inp) rises"]),
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
        bench("wrong")
    for text in ["cell 'wrong'", *texts]:
        assert text in str(error.value)


def test_an_unknown_part() -> None:
    with pytest.raises(UsageError, match="did you mean 'opa2134'"):
        bench("opa2143")
    with pytest.raises(UsageError, match="no part 'summer'"):
        bench("summer")


def test_a_role_that_is_not_measured_is_refused_by_name(shelf: Path) -> None:
    write(shelf, "switch", "* role: hold_switch\n.subckt switch bus sum gate\n.ends\n")
    assert "switch" not in benchable()
    with pytest.raises(UsageError) as error:
        bench("switch")
    assert "cell 'switch': " in str(error.value)
    assert "the bench does not measure the role 'hold_switch'" in str(error.value)
    measured = str(error.value).partition("it measures: ")[2].split(", ")
    assert set(measured) == {
        *("opamp", "multiplier", "multiplier_grounded"),
        *(law.name for law in LAWS.values() if law.measured),
    }
    assert {"tanh", "logistic", "softplus", "sin", "exp", "log"} < set(measured)


@pytest.mark.parametrize("law", [each for each in LAWS.values() if each.reach], ids=lambda law: law.name)
def test_a_function_generator_is_as_far_from_its_law_as_its_header_says(law: Law, ngspice: str) -> None:
    measured = {each.name: each for each in bench(law.parts["macromodel"]).quantities}
    deviation = measured["deviation"]
    assert deviation.stated is not None and 0.5 * deviation.stated < deviation.measured < 2 * deviation.stated
    if not law.jumps:
        assert measured["bandwidth"].measured == pytest.approx(measured["bandwidth"].stated, rel=0.01)


def test_a_role_that_there_is_not_is_refused_by_name(shelf: Path) -> None:
    put(shelf, "tanh_pair", "mine", ("* role: tanh", "* role: arctan"))
    with pytest.raises(CircuitError) as error:
        bench("mine")
    assert f"cell 'mine' ({shelf / 'mine.cir'}): line 4: no role 'arctan'" in str(error.value)
    assert "the roles are opamp, multiplier, " in str(error.value)


def test_results_are_written(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.save(report(run(BenchPlan("tanh_pair"), lab)))
    assert visible(tmp_path) == {"bench.png", "bench.md", "bench.html", "bench.json"}
    assert "| offset | 352.2 μV |" in (tmp_path / "bench.md").read_text()
    assert '"offset"' in (tmp_path / "bench.json").read_text()


def test_without_a_name_all_parts_are_listed(shelf: Path) -> None:
    put(shelf, "opa2277", "my_amp")
    parts = run(BenchPlan(), Lab())
    assert isinstance(parts, PartList) and [part.name for part in parts.parts] == list(benchable())
    mine = {part.name: part for part in listed().parts}
    assert (mine["my_amp"].role, mine["my_amp"].folder) == ("opamp", "mine")
    assert mine["my_amp"].summary.startswith("precision bipolar")
