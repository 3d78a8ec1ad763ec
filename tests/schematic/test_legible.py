"""Pages that people can read: no text lies on another, nothing leaves its paper, no wire crosses a part."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest

from tests.schematic.test_read_back import SYSTEMS, drawing
from vle_analog.schematic.blocks import MOST_WIRES
from vle_analog.schematic.diagram import diagram
from vle_analog.schematic.drawing import Page, Text, label_text, on, shifted
from vle_analog.schematic.leaves import PRINTED

NETWORKS = ["chain", pytest.param("xor_small", marks=pytest.mark.slow)]


def texts(page: Page) -> Iterator[Text]:
    for placed in page.placed:
        for text in placed.drawing.texts:
            yield shifted(text, placed.at, text.text)
        if placed.value:
            yield shifted(placed.drawing.value, placed.at, placed.value)
        if placed.designator:
            yield shifted(placed.drawing.reference, placed.at, placed.shown)
    yield from map(label_text, page.labels)
    yield from page.texts
    for sheet in page.sheets:
        yield Text(sheet.title, (sheet.at[0], sheet.at[1] - 1.2), "start", 1.2)
        yield Text(sheet.note, (sheet.at[0] + sheet.size[0] / 2, sheet.at[1] + 1.6), "middle")
        for pin in sheet.pins:
            inside = 0.8 if pin.side == "left" else -0.8
            yield Text(pin.net, (pin.at[0] + inside, pin.at[1]), "start" if pin.side == "left" else "end")


def overlap(one: Text, other: Text) -> bool:
    """Whether two texts lie on each other by more than a tenth of a step."""
    a, b = one.box, other.box
    return min(a[2], b[2]) - max(a[0], b[0]) > 0.1 and min(a[3], b[3]) - max(a[1], b[1]) > 0.1


@pytest.mark.parametrize("name", [*SYSTEMS, *NETWORKS])
def test_no_text_on_another_and_all_of_it_on_its_paper(name: str) -> None:
    for page in drawing(name).pages:
        written = [text for text in texts(page) if text.text]
        clashes = [(a.text, b.text) for a, b in combinations(written, 2) if overlap(a, b)]
        assert clashes == [], page.name
        left, top, right, bottom = page.box()
        width, height = page.size
        assert left >= 4 and top >= 4 and right <= width - 4 and bottom <= height - 4, page.name
        # KiCad's title block: 110 mm by 34 mm, 10 mm from the paper's edges
        assert not any(text.box[2] > width - 94.5 and text.box[3] > height - 34.6 for text in written), page.name


@pytest.mark.parametrize("name", [*SYSTEMS, *NETWORKS])
def test_wires_of_two_nets_only_cross(name: str) -> None:
    """No end of a wire lies inside of a wire that it does not belong to; where one does, there is a junction."""
    for page in drawing(name).pages:
        dots = set(page.junctions())
        for wire in page.wires:
            for place in (wire.start, wire.end):
                inside = [other for other in page.wires if place not in (other.start, other.end) and on(place, other)]
                assert not inside or place in dots


@pytest.mark.parametrize("name", [*SYSTEMS, *NETWORKS])
def test_pages_are_what_people_print_on(name: str) -> None:
    """But for the top page of 11 neurons, each of which has up to 24 pins with names."""
    large = {page.name: page.paper for page in drawing(name).pages if page.paper not in PRINTED}
    assert large == ({"xor_small": "A3"} if name == "xor_small" else {})


def test_a_diagram_has_a_line_per_pair() -> None:
    top = drawing("chain").top
    assert len({pin.net for sheet in top.sheets for pin in sheet.pins}) <= MOST_WIRES
    assert "neuron 1" in diagram(drawing("chain")) and "neuron 2" in diagram(drawing("chain"))


@pytest.mark.slow
def test_a_network_of_many_neurons_is_a_picture_of_neurons() -> None:
    text = diagram(drawing("xor_small"))
    for neuron in [*(f"neuron 1.{k}" for k in range(1, 6)), *(f"neuron 2.{k}" for k in range(1, 6)), "neuron 3"]:
        assert text.count(f">{neuron}<") == 1
    # backwards, from each neuron to each one before it; and a smooth clock to the comparators that hear it
    assert text.count("stroke-dasharray") == 5 * 5 + 5 + 1


def test_blocks_of_an_event_say_what_they_are_and_what_they_drive() -> None:
    sheets = {sheet.title: sheet for sheet in drawing("neuron").top.sheets}
    trigger = sheets["spike: comparator and monostable"]
    assert trigger.note == "when v >= 30" and sheets["spike__u: sample-and-hold, reset switch"].note == "u = u + 8"
    assert {pin.net for pin in trigger.pins if pin.drives} == {"spike__hold", "spike__set"}
    reset = sheets["spike__v: reset switch"]
    assert {pin.net: pin.drives for pin in reset.pins} == {"v": False, "spike__set": False, "v__s": True}
    assert not any("inverter" in title for title in sheets if title.startswith("spike"))
