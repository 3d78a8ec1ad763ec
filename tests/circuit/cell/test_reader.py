"""The grammar: what every kind of line is read as, and that lines become the text again that they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from vle_analog.circuit.cell.reader import (
    End,
    Head,
    Line,
    Model,
    Parameters,
    Part,
    Remark,
    Unread,
    end,
    head,
    load,
    parameter,
    part,
    pole,
    read_lines,
    remark,
    render,
    spice_value,
    stated,
)
from vle_analog.errors import CircuitError
from vle_analog.library import circuits_folder

FILES = sorted(circuits_folder().glob("*/*.cir"))
TEXT = """\
* amp: one of each
*no note: without a blank
* role: opamp

.subckt amp in out PARAMS: R = 1k A0={2*R}
.param HALF={R/2} TWICE={2*R}   ; two of them
R1 in m {HALF}
C1 m 0 1n
* in between
+ IC={A0}
B1 out 0 V={R}*tanh(V(in,0)/{R}) m={1/R}
XA 0 in out opamp params: A0={A0} OUT=0
Q1 a b 0 npn area=2 ic=0.6,5
.model npn NPN(is=1f bf=100)
S1 a b m 0 switch
.ic v(out)=1
.ends amp
"""


def only(kind: type[Line]) -> list[Line]:
    return [line for line in read_lines(TEXT) if isinstance(line, kind)]


def test_every_kind_of_line() -> None:
    (top,) = only(Head)
    assert isinstance(top, Head)
    assert (top.name, top.ports, top.defaults) == ("amp", ("in", "out"), (("R", "1k"), ("A0", "{2*R}")))
    parts = {each.name: each for each in only(Part) if isinstance(each, Part)}
    assert [(each.name, each.kind) for each in parts.values()] == [
        ("R1", "resistor"),
        ("C1", "capacitor"),
        ("B1", "behavioural source"),
        ("XA", "instance"),
        ("Q1", "transistor"),
    ]
    assert (parts["R1"].nodes, parts["R1"].words, parts["R1"].given) == (("in", "m"), ("{HALF}",), ())
    assert (parts["C1"].words, parts["C1"].given, parts["C1"].number) == (("1n",), (("ic", "{A0}"),), 8)
    assert parts["B1"].given == (("v", "{R}*tanh(V(in,0)/{R})"), ("m", "{1/R}"))
    assert (parts["XA"].nodes, parts["XA"].cell) == (("0", "in", "out"), "opamp")
    assert parts["XA"].given == (("A0", "{A0}"), ("OUT", "0"))
    assert (parts["Q1"].nodes, parts["Q1"].words) == (("a", "b", "0"), ("npn",))
    assert [(each.given, each.words) for each in only(Parameters) if isinstance(each, Parameters)] == [
        ((("HALF", "{R/2}"), ("TWICE", "{2*R}")), ())
    ]
    assert [(each.name, each.kind, each.given) for each in only(Model) if isinstance(each, Model)] == [
        ("npn", "npn", (("is", "1f"), ("bf", "100")))
    ]
    assert [each.statement for each in only(Unread)] == ["S1 a b m 0 switch", ".ic v(out)=1"]
    assert [each.name for each in only(End) if isinstance(each, End)] == ["amp"]


def test_notes_are_comments_with_a_key() -> None:
    notes = [(each.key, each.text, each.number) for each in only(Remark) if isinstance(each, Remark)]
    assert notes == [("amp", "one of each", 1), ("", "", 2), ("role", "opamp", 3), ("", "", 4)]


def test_lines_become_the_text_that_they_were() -> None:
    assert render(read_lines(TEXT)) == TEXT


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_line_that_is_written_anew_is_as_it_was(path: Path) -> None:
    """So that a part with one value changed differs in this value alone, whatever line it is on."""
    text = path.read_text()
    lines = read_lines(text)
    assert render(lines) == text
    assert not [line for line in lines if isinstance(line, Unread)]
    for line in lines:
        match line:
            case Head():
                assert head(line.name, line.ports, line.defaults).written == line.written
            case End():
                assert end(line.name).written == line.written
            case Part() if line.kind in ("instance", "resistor", "capacitor") and "\n" not in line.written:
                assert part(line.name, line.nodes, line.words, line.given).written == line.written


def test_a_changed_line() -> None:
    top, *_, last = read_lines(".subckt a p q params: R=1k\nC1 p q {C}  ic={IC}\n.ends a\n")
    (capacitor,) = (line for line in read_lines("C1 p q {C}  ic={IC}") if isinstance(line, Part))
    assert isinstance(top, Head) and isinstance(last, End)
    assert top.renamed("b").with_defaults([("R", "2k"), ("C", "1n")]).written == ".subckt b p q params: R=2k C=1n"
    assert last.renamed("b").written == ".ends b"
    assert capacitor.with_words("2n").written == "C1 p q 2n ic={IC}"
    assert capacitor.with_given([("ic", "0")]).written == "C1 p q {C} ic=0"
    assert remark("* new").statement == "* new"


@pytest.mark.parametrize("line", ["R1 a", "C1", "X1", "R=1k", "Q=a b"])
def test_a_part_without_its_nodes_is_refused(line: str) -> None:
    with pytest.raises(CircuitError, match=rf"^line 2: '{line}' has too few nodes"):
        read_lines(f"* a comment\n{line}\n")


@pytest.mark.parametrize(("text", "value"), [("-1", -1.0), ("-4.7n", -4.7e-9), ("1e-1k", 100.0), ("0", 0.0)])
def test_numbers(text: str, value: float) -> None:
    assert spice_value(text) == value


@pytest.mark.parametrize("text", ["", "k", "--1", "{R}", "1+1"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError):
        spice_value(text)


def test_values_that_are_a_parameter() -> None:
    assert (parameter("{R}"), parameter("{ R }"), parameter("{2*R}"), parameter("R"), parameter("")) == (
        "R",
        "R",
        "",
        "",
        "",
    )


def test_what_notes_are_made_of() -> None:
    assert stated("swing_low -14.5 V at 10k") == ("swing_low", "-14.5", "V", "at 10k")
    assert stated("phase_margin 45deg") == ("phase_margin", "45", "deg", "")
    assert stated("offset much") is None
    assert (load("at 10k"), load("at 600 ohm"), load("at 2kohm, typical"), load("at 1 kHz"), load("typical")) == (
        ("10", "k"),
        ("600", ""),
        ("2", "k"),
        None,
        None,
    )
    assert pole("tanh(x), and a pole at 1 MHz; VT = 25.865 mV") == ("1", "MHz") and pole("tanh(x)") is None
