"""Expressions mean in every dialect what ngspice makes of them, judged by ngspice and the independent reader."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.netlist.reader import Quantities, law
from vle_analog.errors import CircuitError
from vle_analog.netlist.expressions import behaviour, number, spelled
from vle_analog.netlist.ltspice import SPELLING as LTSPICE
from vle_analog.netlist.xyce import SPELLING as XYCE

SPELLINGS = {"ltspice": LTSPICE, "xyce": XYCE}
PARAMETERS = {"k": 3.0, "low": -0.75}
VOLTS = {"a": -2.0, "b": 0.6}

#: as ngspice reads it, as LTspice and as Xyce should
BEHAVIOURAL: list[tuple[str, str, str]] = [
    ("V(a)*V(b)", "V(a)*V(b)", "V(a)*V(b)"),
    ("v( a , b )/2", "V(a,b)/2", "V(a,b)/2"),
    ("{k}*V(a)", "({k})*V(a)", "k*V(a)"),
    ("V(a)-{low}", "V(a)-({low})", "V(a)-low"),
    ("V(a)/({k+low})", "V(a)/({k+low})", "V(a)/(k+low)"),
    ("V(a)*{k/low}+{k-low}", "V(a)*({k/low})+({k-low})", "V(a)*(k/low)+(k-low)"),
    ("max(V(a),{low-k})", "max(V(a),({low-k}))", "max(V(a),low-k)"),
    ("{pow(low,3)}", "({abs(low)**3})", "abs(low)**3"),
    ("V(a)^3", "abs(V(a))**3", "abs(V(a))**3"),
    ("V(a)**2*V(b)", "abs(V(a))**2*V(b)", "abs(V(a))**2*V(b)"),
    ("-V(a)^2", "-(abs(V(a))**2)", "-(abs(V(a))**2)"),
    ("2^3^2", "abs(abs(2)**3)**2", "abs(abs(2)**3)**2"),
    ("pow(V(a),3)", "abs(V(a))**3", "abs(V(a))**3"),
    ("pwr(V(a),3)", "pwrs(V(a),3)", "pwrs(V(a),3)"),
    ("log(V(b))", "ln(V(b))", "ln(V(b))"),
    ("ln(1+exp(-abs(V(a))))", "ln(1+exp(-abs(V(a))))", "ln(1+exp(-abs(V(a))))"),
    ("max(V(a),V(b))-min(V(a),0.1)", "max(V(a),V(b))-min(V(a),0.1)", "max(V(a),V(b))-min(V(a),0.1)"),
    ("u(V(b))+uramp(V(a))", "u(V(b))+uramp(V(a))", "stp(V(b))+uramp(V(a))"),
    ("V(a) > V(b) ? 1.5 : V(a)*2", "if(V(a)>V(b), 1.5, V(a)*2)", "if(V(a)>V(b), 1.5, V(a)*2)"),
    ("V(a)<0 && V(b)<0 ? 1 : 2", "if(V(a)<0&V(b)<0, 1, 2)", "if(V(a)<0&V(b)<0, 1, 2)"),
    ("pwl(V(b),0,1,1,3)", "table(V(b),0,1,1,3)", "table(V(b),0,1,1,3)"),
    ("V(a)-(V(b)-1)", "V(a)-(V(b)-1)", "V(a)-(V(b)-1)"),
    ("V(a)/(V(b)*2)", "V(a)/(V(b)*2)", "V(a)/(V(b)*2)"),
    ("(V(a)+1)*2-+3", "(V(a)+1)*2-3", "(V(a)+1)*2-3"),
    ("tanh(10m*V(a))+1e3u+2meg*1n", "tanh(10m*V(a))+1e3u+2Meg*1n", "tanh(10m*V(a))+1e3u+2Meg*1n"),
    ("sin(2*pi*V(b))", "sin(2*pi*V(b))", "sin(2*pi*V(b))"),
]  # fmt: skip

#: of parameters alone
VALUES: list[tuple[str, str]] = [
    ("1/k", "1/k"),
    ("log(k)", "ln(k)"),
    ("low^3", "abs(low)**3"),
    ("pow(low,3)", "low**3"),
    ("-k**2", "-(abs(k)**2)"),
    ("k/(2*low)", "k/(2*low)"),
    ("6.2832*1meg*k", "6.2832*1Meg*k"),
]


@pytest.mark.parametrize(("text", "for_ltspice", "for_xyce"), BEHAVIOURAL)
def test_spelling_of_behavioural_sources(text: str, for_ltspice: str, for_xyce: str) -> None:
    found = {name: spelled(text, set(PARAMETERS), each, of_voltages=True) for name, each in SPELLINGS.items()}
    assert found == {"ltspice": for_ltspice, "xyce": for_xyce}


@pytest.mark.parametrize(("text", "wanted"), VALUES)
def test_spelling_of_values(text: str, wanted: str) -> None:
    assert {spelled(text, set(PARAMETERS), each, of_voltages=False) for each in SPELLINGS.values()} == {wanted}


def test_ngspice_means_the_same(tmp_path: Path, ngspice: str) -> None:
    """Every expression above as a source of one operating point."""
    given = " ".join(f"{name}={value}" for name, value in PARAMETERS.items())
    cards = [f"B{n} o{n} 0 V={text}" for n, (text, *_) in enumerate(BEHAVIOURAL)]
    cards += [f".param p{n}={{{text}}}\nBv{n} v{n} 0 V={{p{n}}}" for n, (text, _) in enumerate(VALUES)]
    nodes = [f"o{n}" for n in range(len(BEHAVIOURAL))] + [f"v{n}" for n in range(len(VALUES))]
    prints = [f"print v({node})" for node in nodes]
    volts = [f"V{node} {node} 0 {value}" for node, value in VOLTS.items()]
    lines = [
        "expressions",
        f".param {given}",
        *volts,
        *cards,
        ".control",
        "set numdgt=12",
        "op",
        *prints,
        ".endc",
        ".end",
    ]
    (tmp_path / "deck.cir").write_text("\n".join(lines) + "\n")
    done = subprocess.run([ngspice, "-b", "deck.cir"], cwd=tmp_path, capture_output=True, text=True, timeout=30)
    found = dict(line.split(" = ") for line in done.stdout.splitlines() if line.startswith("v("))
    measured = [float(found[f"v({node})"]) for node in nodes]

    texts = {
        "ltspice": [*(each for _, each, _ in BEHAVIOURAL), *(f"{{{each}}}" for _, each in VALUES)],
        "xyce": [*(each for _, _, each in BEHAVIOURAL), *(f"{{{each}}}" for _, each in VALUES)],
    }
    now = Quantities(VOLTS, {}, 0.0)
    for dialect, each in texts.items():
        assert [law(text, dialect, PARAMETERS)(now) for text in each] == pytest.approx(measured, rel=1e-9), dialect


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("limit(V(a),0,1)", "no function 'limit'"),
        ("ddt(V(a))", "no function 'ddt'"),
        ("V(a)*gain", "'gain' .* is not a parameter"),
        ("V(a)*{gain}", "'gain' .* is not a parameter"),
        ("V(a)*{V(b)}", "'V\\(b\\)' is no parameter"),
        ("V(a)*(2", "'\\)' is missing"),
        ("V(a) V(b)", "'V\\(b\\)' .* is one too many"),
        ("V(a)*", "an operand is missing"),
        ("V(a)*1mil", "prefix that simulators read differently"),
        ("V(a)#2", "'#2' .* is not understood"),
        ("{k*{low}}", "nested"),
        ("V(a)/{k+low}", "drops braces"),
        ("V(a)/{k*low}", "drops braces"),
        ("V(a)-{k-low}", "drops braces"),
        ("V(a)^{k+low}", "drops braces"),
        ("{k+low}*V(a)", "drops braces"),
        ("-{k+low}", "drops braces"),
    ],
)
def test_refused(text: str, what: str) -> None:
    for spelling in SPELLINGS.values():
        with pytest.raises(CircuitError, match=what):
            spelled(text, set(PARAMETERS), spelling, of_voltages=True)


def test_equality_is_not_for_ltspice() -> None:
    assert spelled("V(a)==1 ? 1 : 2", set(), XYCE, of_voltages=True) == "if(V(a)==1, 1, 2)"
    with pytest.raises(CircuitError, match="LTspice has no operator '=='"):
        spelled("V(a)==1 ? 1 : 2", set(), LTSPICE, of_voltages=True)


@pytest.mark.parametrize(
    ("multiplier", "wanted"),
    [(None, "V(a)+1"), ("2k", "(V(a)+1)*2k"), ("{1/k}", "(V(a)+1)*(1/k)"), ("{pow(low,3)}", "(V(a)+1)*(low**3)")],
)
def test_multiplier(multiplier: str | None, wanted: str) -> None:
    assert behaviour("V(a)+1", multiplier, set(PARAMETERS), XYCE) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("1k", "1k"), ("-2.5MEG", "-2.5Meg"), ("10pF", "10p"), ("1e-9", "1e-9"), (".5", ".5"), ("4ohm", "4")],
)
def test_numbers(text: str, wanted: str) -> None:
    assert number(text) == wanted


@pytest.mark.parametrize("text", ["R", "1+1", "", "1mil"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(CircuitError):
        number(text)
