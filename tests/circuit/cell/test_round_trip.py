"""Cell, text, cell: whatever a cell is made of, its text says it again."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vle_analog.circuit.cell import reader
from vle_analog.circuit.cell.cell import parse_cell
from vle_analog.circuit.cell.reader import KINDS, Head, Model, Parameters, Part, read_lines, render
from vle_analog.errors import CircuitError

_WORDS = st.from_regex(r"[A-Za-z][A-Za-z0-9_/.:-]{0,6}", fullmatch=True).filter(lambda word: word.lower() != "params:")
_NUMBERS = st.from_regex(r"-?[0-9]{1,3}(\.[0-9]{1,3})?(e-?[0-9])?(meg|[tgkmunpf])?", fullmatch=True)
_EXPRESSIONS = st.from_regex(r"\{[A-Za-z0-9+*/(), .-]{1,12}\}", fullmatch=True).filter(
    lambda text: text.count("(") == text.count(")") == 0
)
_VALUES = st.one_of(_WORDS, _NUMBERS, _EXPRESSIONS)
_GIVEN = st.lists(
    st.tuples(st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True), _VALUES),
    max_size=3,
    unique_by=lambda pair: pair[0],
).map(tuple)


_COMMENTS = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"]), max_size=30)


@st.composite
def parts(draw: st.DrawFn) -> Part:
    letter = draw(st.sampled_from(sorted(KINDS)))
    kind, count = KINDS[letter]
    nodes = draw(st.lists(_WORDS, min_size=count or 1, max_size=count or 5))
    words = [draw(_WORDS)] if kind == "instance" else draw(st.lists(_VALUES, max_size=2))
    if kind == "behavioural source":
        words, given = [], (("v", draw(_EXPRESSIONS)), *draw(_GIVEN.filter(lambda given: "v" not in dict(given))))
    else:
        given = draw(_GIVEN)
    return reader.part(letter + draw(_WORDS), tuple(nodes), tuple(words), given)


@given(parts())
@settings(max_examples=100)
def test_a_part_is_read_as_it_was_made(part: Part) -> None:
    (again,) = read_lines(part.written)
    assert again == part


@given(
    ports=st.lists(_WORDS, min_size=1, max_size=4),
    defaults=_GIVEN,
    cards=st.lists(parts(), max_size=4),
    comments=st.lists(_COMMENTS, max_size=2),
)
@settings(max_examples=50)
def test_a_cell_s_text_is_what_it_was_read_from(
    ports: list[str], defaults: reader.Settings, cards: list[Part], comments: list[str]
) -> None:
    remarks = [reader.remark(f"*{text}") for text in comments]
    text = render([*remarks, reader.head("amp", tuple(ports), defaults), *cards, reader.end("amp")])
    try:
        cell = parse_cell(text, "amp", "here")
    except CircuitError:  # a comment that happens to be a note, and no good one
        assume(False)
        raise
    assert cell.subckt == text and parse_cell(cell.subckt, "amp", "there") == cell
    assert (cell.ports, cell.defaults, cell.parts) == (tuple(ports), defaults, tuple(cards))


@given(name=_WORDS, kind=st.sampled_from(["d", "NPN", "njf"]), given=_GIVEN)
def test_models_and_parameters_with_and_without_brackets(name: str, kind: str, given: reader.Settings) -> None:
    inside = " ".join(f"{key}={value}" for key, value in given)
    for text in (f".model {name} {kind}({inside})", f".model {name} {kind} {inside}"):
        (model,) = read_lines(text)
        assert isinstance(model, Model)
        assert (model.name, model.kind, model.given, model.words) == (name, kind.lower(), given, ())
    if given:
        (parameters,) = read_lines(f".param {inside}")
        assert isinstance(parameters, Parameters) and parameters.given == given
        (head,) = read_lines(f".subckt {name} p params: {inside}")
        assert isinstance(head, Head) and head.defaults == given
