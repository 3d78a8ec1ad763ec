"""The page of a report: it stands alone, says all that the report says, and takes any text for text."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import sympy as sp
from matplotlib.figure import Figure

import vle_analog as va
from vle_analog.equations.presentation import latex, presented
from vle_analog.report.page import fragment, page
from vle_analog.report.report import Report, Table
from vle_analog.tasks import TASKS

x, t = sp.symbols("x t")
HOSTILE = '<script>alert("x")</script> & </pre>'
REPORT = Report(
    "answer",
    f"An answer {HOSTILE}",
    {"value": 42},
    [Table("sizes", ["what", "size"], [[HOSTILE, "1"], ["c", "20"]], frozenset({"size"}))],
    ["it is large", HOSTILE],
    lambda: {"figures/answer": Figure((1, 1))},
    warnings=[HOSTILE],
    details=[Table("more", ["n"], [["7"]])],
    files={
        "figures/diagram.svg": '<?xml version="1.0"?>\n<svg viewBox="0 0 1 1"><text>a box</text></svg>',
        "deck.cir": f"* a deck\n{HOSTILE}\n",
        "waves.npz": b"\0",
    },
    command="vle-analog ask --out 'my folder'",
    equations=[sp.Eq(sp.Derivative(x, t), -x)],
)
#: elements that have no end
VOID = {"meta", "img", "link", "br", "hr", "input"}


class Reader(HTMLParser):
    """Checks that all elements are closed in order; keeps their names, attributes and texts."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"script", "style"}:
            self.text += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    return reader


def test_a_page_says_all_and_asks_nobody() -> None:
    reader = read(page(REPORT))
    for words in ("it is large", "sizes", "more", "7", "deck.cir", "* a deck", "a box", REPORT.command, "Warning:"):
        assert words in reader.text
    assert reader.text.count(HOSTILE) >= 5 and [tag for tag, _ in reader.elements].count("script") == 1
    sources = [value for _, marks in reader.elements for name, value in marks.items() if name in {"src", "href"}]
    assert [value for value in sources if value and not value.startswith("data:")] == ["waves.npz", "answer.json"]
    assert not re.search(r"https?://", page(REPORT))
    assert all(marks.get("alt") for tag, marks in reader.elements if tag == "img")
    assert ("svg", {"role": "img", "aria-label": "diagram", "viewbox": "0 0 1 1"}) in reader.elements
    assert ("math", {"display": "block"}) in reader.elements


def test_equal_reports_give_equal_pages() -> None:
    assert page(REPORT) == page(replace(REPORT))


def test_a_file_too_long_to_read_is_named_alone() -> None:
    long = Report(
        "x",
        "X",
        {"a": 1},
        files={
            "figures/diagram.svg": '<?xml version="1.0"?>\n<svg viewBox="0 0 1 1"><text>a box</text></svg>',
            "deck.cir": "* long\n" * 100_000,
        },
    )
    assert len(page(long)) < 20_000 and 'href="deck.cir"' in page(long)


def test_what_a_notebook_shows() -> None:
    reader = read(fragment(REPORT))
    assert "it is large" in reader.text and {"img", "table"} <= {tag for tag, _ in reader.elements}


@pytest.mark.parametrize("name", TASKS)
def test_equations_are_read_without_indices_of_the_machine(name: str) -> None:
    system = TASKS[name]().system
    assert len(presented(system)) == len(system.states) + len(system.definitions)
    assert not any(each.atoms(sp.Idx, sp.Indexed) for each in presented(system))
    assert latex(system).count(r"\frac{d}{d t}") == len(system.states)


def test_a_written_system_reads_as_it_was_written() -> None:
    x, y = sp.symbols("x y")
    system = va.system("pair", x=y, y=-x / 4, initial={"x": 1.0}, span=1)
    assert [(each.lhs.args[0], each.rhs) for each in presented(system)] == [(x, y), (y, -x / 4)]
    assert system._repr_latex_().startswith("$") and r"\frac{d}{d t} x &= y" in latex(system)


def test_products_of_words_have_a_sign_between_them() -> None:
    """``a*hunter*prey`` is read as three signals, on a page and in LaTeX; letters stand beside each other."""
    given = va.system("two", prey="-a*hunter*prey", hunter="a*prey - hunter", initial={"prey": 1.0}, where={"a": 2.0})
    assert r"a \cdot \mathrm{hunter} \cdot \mathrm{prey}" in latex(given)
    assert "<mo>&#xB7;</mo><mi>hunter</mi>" in page(replace(REPORT, equations=presented(given)))
    short = va.system("one", x="-a*x*y", y="0", initial={"x": 1.0}, where={"a": 2.0})
    assert r"\cdot" not in latex(short)
