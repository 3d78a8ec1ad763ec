"""A maker's lines as ngspice's: each form of a part with the line that must come of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vle_analog.circuit.vendor.cell import VendorModel, read_model
from vle_analog.errors import CircuitError

PORTS = {"1": "p", "2": "n", "3": "o", "4": "vcc", "5": "vee"}
HEAD = ".subckt AMP 1 2 3 4 5 params: gain=2 off={gain*1m}\n"


def model(folder: Path, body: str, more: str = "") -> VendorModel:
    """A file with one op-amp of these lines."""
    (folder / "amp.lib").write_text(f"{HEAD}{body}\n.ends\n{more}")
    return read_model(folder / "amp.lib", "AMP")


def lines(folder: Path, body: str, more: str = "") -> list[str]:
    return model(folder, body, more).flat(PORTS).lines


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("R1 1 2 1MEG", ["r1 p n 1000000.0"]),
        ("R1 1 A {gain} TC=1m,2u", ["r1 p a 2.0 tc1=0.001 tc2=2e-06"]),
        ("R1 1 2 1k noiseless", ["r1 p n 1000.0 noisy=0"]),
        ("R1 1 2 Q 1k\n.model Q RES(T_ABS=-273.15 R=2)", ["r1 p n 2000.0 noisy=0"]),
        ("R1 1 2 {V(1)+1}", ["br1 p n I=(V(p,n)/(V(p)+1.0))"]),
        ("C1 1 0 10P IC=1", ["c1 p 0 1e-11 ic=1.0"]),
        ("V1 1 2 DC 1M AC 1", ["v1 p n 0.001"]),
        ("I1 1 2 {off}", ["i1 p n 0.002"]),
        ("E1 3 0 (1,2) 10", ["e1 o 0 p n 10.0"]),
        ("E1 3 0 POLY(1) (1,2) 0 1k", ["ee1 o 0 p n 1000.0"]),
        ("E1 3 0 POLY(2) (4,0) (5,0) 1 .5 .5", ["be1 o 0 V=((1.0+(0.5*V(vcc,0)))+(0.5*V(vee,0)))"]),
        ("G1 3 0 POLY(1) 1 2 0 0 3", ["bg1 o 0 I=((3.0*V(p,n))*V(p,n))"]),
        ("G1 3 0 POLY(2) 1 0 2 0 0 0 0 0 4", ["bg1 o 0 I=((4.0*V(p,0))*V(n,0))"]),
        ("G1 0 3 VALUE={LIMIT(V(1,2),-1,1)}", ["bg1 0 o I=min(max(V(p,n),(-1.0)),1.0)"]),
        ("E1 3 0 TABLE {V(1)} = (-1,-2) (1,2)", ["be1 o 0 V=pwl(V(p),-3.0,-2.0,-1.0,-2.0,1.0,2.0,3.0,2.0)"]),
        ("E1 3 0 VALUE {IF(V(1)>0,1,TEMP)}", ["be1 o 0 V=((V(p)>0.0) ? 1.0 : temper)"]),
        ("V1 1 2 0\nF1 3 0 V1 5", ["v1 p n 0.0", "f1 o 0 v1 5.0"]),
        ("V1 1 2 0\nH1 3 0 POLY(1) V1 1 2", ["v1 p n 0.0", "bh1 o 0 V=(1.0+(2.0*I(v1)))"]),
        ("R1 1 2 2k\nE1 3 0 VALUE={I(R1)}", ["r1 p n 2000.0", "be1 o 0 V=(V(p,n)/2000.0)"]),
        ("D1 1 2 DX 2\n.model DX D(IS=1f N=1)", [".model model_dx d(is=1e-15 n=1.0)", "d1 p n model_dx 2.0"]),
        ("Q1 1 2 3 [5] T\n.model T PNP BF=50", [".model model_t pnp(bf=50.0)", "q1 p n o vee model_t"]),
        ("B1 3 0 V=V(1)*gain", ["e1 o 0 p 0 2.0"]),
        (".param a=3 b={a+1}\n.func twice(x) {2*x}\nR1 1 2 {twice(b)}", ["r1 p n 8.0"]),
    ],
)  # fmt: skip
def test_a_part_is_written_as_ngspice_has_it(tmp_path: Path, body: str, wanted: list[str]) -> None:
    found = lines(tmp_path, body)
    assert found == wanted


def test_an_instance_is_resolved_with_its_parameters(tmp_path: Path) -> None:
    inner = ".subckt STAGE a b params: k=1\n.param twice={2*k}\nR1 a c {twice}\nR2 c b {k}\n.ends\n"
    found = lines(tmp_path, "XA 1 9 STAGE PARAMS: k={gain*5}\nXB 9 2 STAGE", inner)
    assert found == ["rxa_r1 p xa_c 20.0", "rxa_r2 xa_c 9 10.0", "rxb_r1 9 xb_c 2.0", "rxb_r2 xb_c n 1.0"]


def test_names_of_nodes_cannot_meet_ours(tmp_path: Path) -> None:
    found = lines(tmp_path, "R1 1 vcc 1\nR2 vcc inn 1\nR3 n+x n/x 1")
    assert found == ["r1 p vcc_2 1.0", "r2 vcc_2 inn_2 1.0", "r3 n_x n_x_2 1.0"]


def test_a_switch_is_a_conductance_between_its_ends(tmp_path: Path) -> None:
    (line,) = lines(tmp_path, "S1 1 2 3 0 SW\n.model SW VSWITCH(RON=1 ROFF=1MEG VON=2 VOFF=1)")
    assert line.startswith("bs1 p n I=(V(p,n)*exp(") and "V(o,0)-1.5" in line


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("E1 3 0 LAPLACE {V(1)} = {1/(1+s)}", "LAPLACE are not translated"),
        ("T1 1 2 3 4 Z0=50", "kind 'T' are not translated"),
        ("A1 1 2 3 4 5 0 3 0 OTA", "kind 'A' are not translated"),
        ("D1 1 2 NONE", "no model 'NONE'"),
        ("M1 1 2 3 4 MX\n.model MX NMOS(LEVEL=7)", "level 7"),
        ("D1 1 2 DX\n.model DX D(Ron=1 Vfwd=.6)", "no parameter 'ron'"),
        ("X1 1 2 NOWHERE", "no subcircuit 'NOWHERE'"),
        ("X1 1 2 3 4 5 AMP", "contains itself"),
        ("V1 1 2 SIN(0 1 1k)", "'SIN.0 1 1k.' of source 'V1'"),
        ("R1 1 2", "has no value"),
        ("R1 1 2 {nothing}", "nobody says what 'nothing' is"),
        (".param a={b} b={a}\nR1 1 2 {a}", "defined by itself"),
        ("E1 3 0 VALUE={I(C1)}\nC1 1 2 1p", "current of 'c1' is not at hand"),
        ("E1 3 0 VALUE={V(1)^2}", "exclusive or"),
        ("S1 1 2 3 0 SW\n.model SW SW(Vt=1 Vh=.1)", "hysteresis"),
    ],
)  # fmt: skip
def test_what_cannot_be_translated_is_refused_by_its_line(tmp_path: Path, body: str, words: str) -> None:
    with pytest.raises(CircuitError, match=words) as caught:
        lines(tmp_path, body)
    assert "amp.lib, line " in str(caught.value)


def test_what_temperature_does_to_values_is_left_out_and_said(tmp_path: Path) -> None:
    found = model(tmp_path, "R1 1 2 {1k*(1+1m*(TEMP-27))}").flat(PORTS)
    assert found.lines == ["r1 p n 1000.0"]
    assert "27 degrees" in found.left[0] and "line 2" in found.left[0]


def test_one_broken_subcircuit_hinders_no_other(tmp_path: Path) -> None:
    assert lines(tmp_path, "R1 1 2 1", ".subckt OTHER 1 2 3 4 5\n.control\n.ends\n") == ["r1 p n 1.0"]


def test_functions_that_grow_are_stopped(tmp_path: Path) -> None:
    body = "\n".join([".func f0(x) {x+x}", *(f".func f{k}(x) {{f{k - 1}(x)+f{k - 1}(x)}}" for k in range(1, 60))])
    with pytest.raises(CircuitError, match="is too large"):
        lines(tmp_path, body + "\nE1 3 0 VALUE={f59(V(1))}")
