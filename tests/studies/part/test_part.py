"""`part`: a maker's model is taken in, measured, used by other commands, listed, shown, removed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tool import ROOT, refused, shell
from vle_analog.circuit.cell.cell import read_cell
from vle_analog.circuit.parts import broken, devices
from vle_analog.errors import CircuitError, OutputError
from vle_analog.lab.lab import Lab
from vle_analog.lab.written import RECORDS
from vle_analog.library import OWN, circuits_folder, forget, using
from vle_analog.studies.part.add.study import AddPlan, add

#: gain 1e5, GBW 5 MHz, slew 5 V/us, swing 1.5 V short of either rail, 0.7 mA, offset 2 mV; its text's values by hand:
#: gm = 3.1416 mS into 100 pF and 31.831 Mohm, at most 0.5 mA
LIMITED = """\
* {comment}
.SUBCKT OP-9/A {ports}
RI {p} {n} 10MEG
VO {p} a8 DC -2M
XG a8 {n} a9 STAGE PARAMS: GM={{PI*1M}}
R1 a9 0 31.831MEG
C1 a9 0 100P
E1 a7 0 VALUE={{LIMIT(V(a9),V({low})+1.5,V({high})-1.5)}}
RO a7 {out} 75
IQ {high} {low} 0.7M
.ENDS
.SUBCKT STAGE a b c PARAMS: GM=1
G1 0 c TABLE {{GM*V(a,b)}} = (-0.5M,-0.5M) (0.5M,0.5M)
.ENDS
"""
NAMED = {"p": "INP", "n": "INM", "high": "VDD", "low": "VSS", "out": "VOUT", "ports": "VOUT VDD VSS INM INP"}
NUMBERED = {"p": "3", "n": "2", "high": "7", "low": "4", "out": "6", "ports": "2 3 4 7 6"}


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the user's own by habit."""
    monkeypatch.delenv(OWN, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    forget()
    yield tmp_path / "config" / "vle-analog" / "circuits" / "parts"
    forget()


def written(folder: Path, words: dict[str, str], comment: str = "an op-amp", encoding: str = "utf-8") -> Path:
    file = folder / "op9.lib"
    file.write_bytes(LIMITED.format(comment=comment, **words).replace("\n", "\r\n").encode(encoding))
    return file


@pytest.mark.parametrize(
    ("words", "comment", "told"),
    [(NAMED, "5 µW", "names"), (NUMBERED, "Pins: -IN +IN V- V+ OUT", "comment"), (NUMBERED, "none", "trial")],
    ids=["names", "comment", "trial"],
)
def test_a_maker_s_model_is_measured_as_its_text_says(
    own: Path, tmp_path: Path, words: dict[str, str], comment: str, told: str, ngspice: str
) -> None:
    added = add(AddPlan(written(tmp_path, words, comment, "latin-1")), Lab())

    assert (added.name, added.pins.told) == ("op_9_a", told)
    found = {name: added.bench[name].measured for name in ("open_loop_gain", "gain_bandwidth", "slew_up", "swing_high")}
    assert found["open_loop_gain"] == pytest.approx(100, abs=0.1)
    assert found["gain_bandwidth"] == pytest.approx(5e6, rel=0.01)
    assert found["slew_up"] == pytest.approx(5, rel=0.03)
    assert found["swing_high"] == pytest.approx(13.5, rel=0.01)
    assert added.bench["swing_low"].measured == pytest.approx(-13.5, rel=0.01)
    assert added.bench["supply_current"].measured == pytest.approx(0.7e-3, rel=0.01)
    assert added.bench["offset"].measured == pytest.approx(2e-3, rel=0.01)


def test_its_figures_are_the_cell_s_header_and_marked_as_measured(own: Path, tmp_path: Path, ngspice: str) -> None:
    file = written(tmp_path, NAMED)
    add(AddPlan(file, name="mine"), Lab())
    cell = read_cell(own / "mine.cir")
    assert cell.role == "opamp" and cell.sheet.stated == {} and "gain_bandwidth" in cell.sheet.measured
    assert cell.sheet.figures["gain_bandwidth"].value == pytest.approx(5e6, rel=0.01)
    assert cell.sheet.supply == pytest.approx(0.7e-3)
    assert cell.spread["VOS"].sigma == pytest.approx(2e-3, rel=0.01)
    assert (own / "originals" / "mine" / "op9.lib").read_bytes() == file.read_bytes()
    assert devices()["mine"] == cell


def test_other_commands_take_it_and_agree(own: Path, tmp_path: Path, ask, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    """A circuit that hardly asks anything of its op-amps; its margins and bill know the part's figures."""
    file = written(tmp_path, NAMED)
    assert ask("part", "add", file, "--as", "mine").code == 0
    part = ("--part", "opamp=mine")

    answer = ask("run", "rc_low_pass", *part, "--offsets", "0", "--out", "run")
    assert answer.code == 0, answer.err
    assert json.loads(Path("run/metrics.json").read_text())["trace_nrmse_max"] < 1e-3
    assert ".subckt mine inp inn out vcc vee" in Path("run/netlist.cir").read_text()
    assert ask("netlist", "rc_low_pass", *part, "-o", "deck.cir").code == 0
    margins = ask("margins", "rc_low_pass", *part, "--out", "margins")
    assert margins.code == 0 and "mine" in margins.out
    bill = ask("bom", "rc_low_pass", *part)
    assert bill.code == 0 and "700 uA" in bill.out.replace("0.7 mA", "700 uA").replace("μ", "u")


def test_the_list_the_sheet_and_the_end_of_a_part(own: Path, tmp_path: Path, ask, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    file = written(tmp_path, NAMED)
    answer = ask("part", "add", file, "--pins", "out,vcc,vee,inn,inp")
    assert answer.code == 0, answer.err
    assert "by what you said" in answer.out and "--part opamp=op_9_a" in answer.out

    refused(ask("part", "add", file), "there is a part 'op_9_a' already", "--as NAME", "part remove op_9_a")
    assert "op_9_a" in ask("part", "list").out
    shown = ask("part", "show", "op_9_a").out
    assert "gain_bandwidth" in shown and "measured" in shown and "op9.lib" in shown
    refused(ask("part", "show", "op_9_b"), "did you mean 'op_9_a'")
    assert ask("part", "remove", "op_9_a").code == 0
    left = [path for path in own.rglob("*") if path.is_file() and RECORDS not in path.parts]
    assert left == [] and "op_9_a" not in devices()
    refused(ask("part", "remove", "tl072"), "no part 'tl072' of your own")
    assert "no parts of your own" in ask("part", "list").out


def test_wrong_pins_and_wrong_names_are_refused(own: Path, tmp_path: Path, ask, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    file = written(tmp_path, NAMED)
    refused(ask("part", "add", file, "--pins", "out,vcc,vee,inp,inn"), "it is no op-amp", "op9.lib, line 2")
    refused(ask("part", "add", file, "--pins", "out,vcc"), "--pins has 2 words")
    refused(ask("part", "add", file, "--as", "../x"), "a part cannot be called '../x'")
    refused(ask("part", "add", file, "--as", "tl072"), "there is a part 'tl072' already")
    refused(ask("part", "add", file, "--subckt", "NONE"), "no subcircuit 'NONE'")
    refused(ask("part", "add", "none.lib"), "there is no such file")
    assert not own.exists()


def test_a_folder_of_parts_is_named_by_an_option_or_a_variable(own: Path, tmp_path: Path, ask, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    file = written(tmp_path, NAMED)
    assert ask("part", "add", file, "--parts", "shelf", "--as", "mine").code == 0
    assert (tmp_path / "shelf" / "circuits" / "parts" / "mine.cir").is_file() and not own.exists()
    deck = ("netlist", "rc_low_pass", "--part", "opamp=mine", "-o", "a.cir")
    refused(ask(*deck), "no part 'mine' for the role 'opamp'")
    assert ask(*deck, "--parts", "shelf").code == 0
    assert shell(*deck[:-1], "b.cir", cwd=tmp_path, **{OWN: str(tmp_path / "shelf")}).returncode == 0
    refused(ask(*deck, "--parts", "nowhere"), "which is no folder")


@pytest.mark.parametrize("text", [".subckt broken inp", b"\xff\xfe\xff", "* role: opamp\n.subckt other a b\n.ends\n"])
def test_one_broken_file_names_itself_and_stops_nothing_else(own: Path, tmp_path: Path, ask, text: str | bytes) -> None:  # type: ignore[no-untyped-def]
    own.mkdir(parents=True)
    (own / "broken.cir").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert ask("netlist", "rc_low_pass", "--fidelity", "macromodel", "-o", "a.cir").code == 0
    listed = ask("part", "list")
    assert listed.code == 0 and "cannot be read" in listed.out and "broken.cir" in listed.err
    refused(ask("netlist", "rc_low_pass", "--part", "opamp=broken", "-o", "b.cir"), "broken.cir")
    bench = ask("bench")
    assert bench.code == 0 and "tl072" in bench.out and "broken.cir" in bench.err
    assert isinstance(broken()["broken"], CircuitError)


def test_what_a_file_states_is_held_against_what_it_does(own: Path, tmp_path: Path, ask, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    file = written(tmp_path, NAMED, "stated: gain_bandwidth 9 MHz")
    answer = ask("part", "add", file)
    assert answer.code == 0
    assert "gain_bandwidth: 4.99" in answer.err and "9 MHz stated" in answer.err


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder of one's own with one part, ``mine``."""
    folder = tmp_path / "shelf" / "circuits" / "parts"
    folder.mkdir(parents=True)
    text = (circuits_folder() / "macromodel" / "tl072.cir").read_text()
    (folder / "mine.cir").write_text(text.replace("tl072", "mine"))
    return tmp_path / "shelf"


def test_new_processes_find_parts_too(own: Path, shelf: Path) -> None:
    look = "from vle_analog.circuit.parts import device; print(device('mine').name)"
    command = [sys.executable, "-c", look]
    with using(shelf):
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.stdout == "mine\n", done.stderr
    assert "mine" not in devices()


@pytest.mark.slow
def test_boards_on_a_cluster_of_processes_have_them(own: Path, shelf: Path, tmp_path: Path) -> None:
    done = shell(
        *("montecarlo", "chain", "--rule", "gle", "--span", "80", "--part", "opamp=mine", "--boards", "2"),
        *("--criterion", "loss<=9", "--cluster", "local:2", "--out", "out", "--parts", str(shelf)),
        cwd=tmp_path,
        XDG_CONFIG_HOME=str(tmp_path),
    )
    assert done.returncode == 0, done.stderr


def test_a_users_file_in_the_way_stays(own: Path, tmp_path: Path) -> None:
    original = own / "originals" / "op_9_a" / "op9.lib"
    original.parent.mkdir(parents=True)
    original.write_text("mine")
    with pytest.raises(OutputError, match=r"op9\.lib: this file is there"):
        add(AddPlan(written(tmp_path, NAMED)), Lab())
    assert original.read_text() == "mine" and [*own.glob("*.cir")] == []
