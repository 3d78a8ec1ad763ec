"""LTspice's and Xyce's decks as an engineer would write them, and what they cannot express, by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vle_analog.circuit.cell.cell import Cell, parse_cell
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import Battery, Capacitor, CurrentSource, Drive, Element, Instance, Resistor
from vle_analog.circuit.parts import library
from vle_analog.errors import CircuitError
from vle_analog.netlist.dialects import DIALECTS
from vle_analog.netlist.stimuli import MOST_BREAKPOINTS
from vle_analog.netlist.testbench import Testbench as Bench
from vle_analog.sequences import SquareWave
from vle_analog.stimulus import Constant, Gate, Piecewise, Sines, Stimulus

OTHERS = ("ltspice", "xyce")


def circuit(*elements: Element, cells: dict[str, Cell] | None = None) -> Circuit:
    volts = {node: 1.0 for element in elements for node in element.nodes if node != "0"}
    return Circuit("rc", (Section("all of it", elements),), {**library(), **(cells or {})}, 1e-3, volts, "ideal")


def bench(*probes: str, **settings: object) -> Bench:
    return replace(Bench(span=0.02, step=1e-5, reason="given", probes=probes), **settings)  # type: ignore[arg-type]


RC = circuit(
    Drive("vin", ("vin", "0"), Sines((2.0,), (0.1,), (0.5,)), 4.0, 1e-3),
    Resistor("1", ("vin", "vout"), 100e3),
    Capacitor("1", ("vout", "0"), 10e-9, -0.5),
    Battery("b", ("bias", "0"), 2.5),
    CurrentSource("b", ("bias", "0"), 1e-3),
    Instance("a", ("0", "vout", "w"), "opamp", (("A0", 1e6),)),
)


def test_ltspice() -> None:
    deck = DIALECTS["ltspice"](RC, bench("w", "vout", guess={"w": 0.5}))
    assert deck.extension == ".net" and not deck.files
    assert deck.text.startswith("* rc: ideal fidelity\n* 1 model unit of time = 1 ms; span 20 ms\n")
    assert deck.text.endswith(
        """
* all of it
Vvin vin 0 SINE(0 8 100 0 0 28.64788976)
R1 vin vout 100k
C1 vout 0 10n ic=-500m
Vb bias 0 2.5
Ib bias 0 1m
Xa 0 vout w opamp A0=1Meg

.ic V(w)=500m
.options abstol=1e-10 itl4=100 method=trap reltol=1e-5 vntol=1e-8 trtol=7 numdgt=15 plotwinsize=0
.save V(vout) V(w)
.tran 10u 20m 0 10u uic
.end
"""
    )


def test_xyce() -> None:
    deck = DIALECTS["xyce"](RC, bench("w", "vout", guess={"w": 0.5}))
    assert deck.extension == ".cir" and not deck.files
    assert deck.text.endswith(
        """
* all of it
Vvin vin 0 SIN(0 8 100 0 0 28.64788976)
R1 vin vout 100k
C1 vout 0 10n ic=-500m
Vb bias 0 2.5
Ib bias 0 1m
Xa 0 vout w opamp PARAMS: A0=1Meg

.ic V(w)=500m
.OPTIONS TIMEINT METHOD=trap RELTOL=1e-5 ABSTOL=1e-8
.OPTIONS NONLIN-TRAN MAXSTEP=100
.PRINT TRAN FORMAT=RAW FILE=waveforms.raw V(vout) V(w)
.TRAN 10u 20m 0 10u UIC
.end
"""
    )


ALL_KINDS = """* all_kinds: one of each
* ports: a b
.subckt all_kinds a b params: R=1kohm SAT=0.7 OUT=0
.param HALF={R/2} TWICE={2*R}   ; two of them
R1 a b {HALF}
C1 a 0 1n ic={OUT}
L1 a m 1u
+ ic=0
Vs m 0 dc 0
I1 0 a {1/TWICE}
E1 e 0 a b 10
G1 0 b a 0 {1/R}
F1 0 b Vs 2
H1 h 0 Vs {R}
B1 w 0 V={SAT}*tanh(V(a,b)/{SAT})+I(Vs)^2 m={1/R}
D1 a b clamp {HALF}
D2 a b clamp area=2
Q1 a b 0 npn area=2 ic={SAT},{OUT}
J1 a b 0 jfet
X1 0 a b opamp
.model clamp d(is=1e-14 n=2 bv=5)
.model npn NPN is = 1f bf=100
.model jfet njf(vto=-2)
.ends all_kinds
"""

KINDS = {
    "ltspice": """.subckt all_kinds a b params: R=1k SAT=0.7 OUT=0
.param HALF={R/2} TWICE={2*R}
R1 a b {HALF}
C1 a 0 1n ic={OUT}
L1 a m 1u ic=0
Vs m 0 0
I1 0 a {1/TWICE}
E1 e 0 a b 10
G1 0 b a 0 {1/R}
F1 0 b Vs 2
H1 h 0 Vs {R}
B1 w 0 V=(({SAT})*tanh(V(a,b)/({SAT}))+abs(I(Vs))**2)*({1/R})
D1 a b clamp {HALF}
D2 a b clamp 2
Q1 a b 0 npn 2 ic={SAT},{OUT}
J1 a b 0 jfet
X1 0 a b opamp
.model clamp D(is=1e-14 n=2 bv=5 nbv=2)
.model npn NPN(is=1f bf=100)
.model jfet NJF(vto=-2)
.ends all_kinds
""",
    "xyce": """.subckt all_kinds a b params: R=1k SAT=0.7 OUT=0
.param HALF={R/2} TWICE={2*R}
R1 a b {HALF}
C1 a 0 1n ic={OUT}
L1 a m 1u ic=0
Vs m 0 0
I1 0 a {1/TWICE}
E1 e 0 a b 10
G1 0 b a 0 {1/R}
F1 0 b Vs 2
H1 h 0 Vs {R}
B1 w 0 V={(SAT*tanh(V(a,b)/SAT)+abs(I(Vs))**2)*(1/R)}
D1 a b clamp {HALF}
D2 a b clamp 2
Q1 a b 0 npn 2 IC1={SAT} IC2={OUT}
J1 a b 0 jfet
X1 0 a b opamp
.model clamp D(is=1e-14 n=2 bv=5 nbv=2)
.model npn NPN(is=1f bf=100)
.model jfet NJF(vto=-2)
.ends all_kinds
""",
}


def using(text: str, name: str) -> Circuit:
    cells = {name: parse_cell(text, name, "here")}
    return circuit(Battery("a", ("a", "0"), 1.0), Instance("k", ("a", "0"), name), cells=cells)


@pytest.mark.parametrize("dialect", OTHERS)
def test_every_kind_of_line_in_a_cell(dialect: str) -> None:
    text = DIALECTS[dialect](using(ALL_KINDS, "all_kinds"), bench("a")).text
    assert "\n* all_kinds: one of each\n* ports: a b\n" + KINDS[dialect] in text


REFUSED = {
    "A1 a b gain": "'A1' is a kind of line",
    "S1 a b a 0 switch": "'S1' is a kind of line",
    ".ic v(a)=1": r"'\.ic' is a kind of line",
    "R1 a b 1k scale=2": "'scale=' of 'R1'",
    "R1 a b flicker r=1": "'r=' of 'R1'",
    "R1 a b R": "'R' is not a number",
    "C1 a b {X}": "'X' .* is not a parameter",
    "E1 a b poly(1) a 0 0 1": "'E1' has a form",
    "E1 a b vol=V(a)": "'vol=' of 'E1'",
    "B1 a b V=limit(V(a),0,1)": "no function 'limit'",
    "B1 a b V=V(a)/{R+1}": "drops braces",
    "Q1 a b 0 sub npn": "'Q1' has a form|'npn' is not a number",
    "Q1 a b 0 npn ic=0.6": "begins from two voltages",
    ".model m vdmos(kp=1)": "models of kind 'vdmos'",
    ".model m d(is=1f level=3)": "the parameter 'level' of model 'm'",
    ".param twice": "'twice' is not 'name=value'",
}


@pytest.mark.parametrize("dialect", OTHERS)
@pytest.mark.parametrize("line", REFUSED)
def test_a_line_that_is_not_translated_is_refused_by_cell_and_text(line: str, dialect: str) -> None:
    text = f".subckt odd a b params: R=1k\n{line}\n.ends odd\n"
    with pytest.raises(CircuitError, match=REFUSED[line]) as caught:
        DIALECTS[dialect](using(text, "odd"), bench("a"))
    assert f"cell 'odd', '{line}'" in str(caught.value)


@pytest.mark.parametrize(("dialect", "name"), [("ltspice", "time"), ("xyce", "VT"), ("xyce", "gmin")])
def test_a_parameter_of_a_reserved_name_is_refused(dialect: str, name: str) -> None:
    text = f".subckt odd a b params: {name}=1k\nR1 a b {{{name}}}\n.ends odd\n"
    with pytest.raises(CircuitError, match=f"meaning of its own for '{name.lower()}'"):
        DIALECTS[dialect](using(text, "odd"), bench("a"))


@pytest.mark.parametrize("dialect", OTHERS)
def test_what_a_run_asks_that_is_refused(dialect: str) -> None:
    with pytest.raises(CircuitError, match="no signal 'vuot' to probe"):
        DIALECTS[dialect](RC, bench("vuot"))
    with pytest.raises(CircuitError, match="cannot leave its voltages"):
        DIALECTS[dialect](RC, bench("vout", leave=True))
    with pytest.raises(CircuitError, match="the solver option 'ramptime' has no counterpart"):
        DIALECTS[dialect](RC, bench("vout", options={"ramptime": "1"}))


def table(points: int) -> Piecewise:
    times = np.linspace(0, 20, points)
    return Piecewise(times, np.sin(times))


FORMS: dict[str, tuple[Stimulus, str, str]] = {
    "constant": (Constant(0.7), "Vx x 0 -1.75\n", "Vx x 0 -1.75\n"),
    "sum of sines": (
        Sines((1.0, -0.5), (0.1, 0.33), (0.0, -1.0)),
        "Bx x 0 V=0\n+ -2.5*sin(2*pi*100*time+0)\n+ +1.25*sin(2*pi*330*time-1)\n",
        "Bx x 0 V={0\n+ -2.5*sin(2*pi*100*time+0)\n+ +1.25*sin(2*pi*330*time-1)}\n",
    ),
    "gate": (
        Gate(3.0, 7.0, 0.5),
        "Vx x 0 PWL(\n+ 0 0 2.5m 0 3m -2.5 7m -2.5 7.5m 0 20m 0)\n",
        "Vx x 0 PWL\n+ 0 0 2.5m 0 3m -2.5 7m -2.5 7.5m 0 20m 0\n",
    ),
    "file": (
        table(MOST_BREAKPOINTS + 50),
        "Vx x 0 PWL file={side}\n",
        'Vx x 0 PWL FILE "{side}"\n',
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_stimuli(name: str) -> None:
    stimulus, *cards = FORMS[name]
    drawn = circuit(Drive("x", ("x", "0"), stimulus, -2.5, 1e-3), Resistor("load", ("x", "0"), 1e3))
    for dialect, card in zip(OTHERS, cards, strict=True):
        deck = DIALECTS[dialect](drawn, bench("x"))
        assert len(deck.files) == (name == "file")
        assert card.replace("{side}", "".join(deck.files)) in deck.text
        assert max(map(len, deck.text.splitlines())) < 200


def test_a_periodic_stimulus_is_repeated() -> None:
    drive = Drive("x", ("x", "0"), SquareWave(1.0, 4.0, 0.05), 2.0, 1e-3)
    drawn = circuit(drive, Resistor("load", ("x", "0"), 1e3))
    text = DIALECTS["ltspice"](drawn, bench("x")).text
    assert "\nVx x 0 PWL REPEAT FOREVER (\n+ 0 " in text and ") ENDREPEAT\n" in text
    text = DIALECTS["xyce"](drawn, bench("x")).text
    assert "\nVx x 0 PWL\n+ 0 " in text and "\n+ R=0\n" in text
