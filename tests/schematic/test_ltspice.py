"""LTspice's drawing: nets from its geometry are the circuit's; what it includes is the deck without its parts."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.schematic.test_read_back import SYSTEMS, designed, drawing
from vle_analog.circuit.elements import Capacitor, Drive, Instance, Resistor
from vle_analog.netlist.ltspice import render
from vle_analog.production.assembly import assembled
from vle_analog.production.clock import clock_parts
from vle_analog.production.flat import letter
from vle_analog.schematic import ltspice
from vle_analog.units import spice_number


def files(name: str) -> dict[str, str]:
    ready = designed(name)
    return ltspice.files(drawing(name), ready.circuit, ready.bench)


def pins_of(symbol: str) -> list[tuple[int, int]]:
    """Places of a symbol's pins in the order of SPICE."""
    found = re.findall(r"PIN (-?\d+) (-?\d+) \w+ \d+\nPINATTR PinName \S+\nPINATTR SpiceOrder (\d+)", symbol)
    return [(int(x), int(y)) for x, y, order in sorted(found, key=lambda each: int(each[2]))]


def read(texts: dict[str, str], name: str) -> dict[str, tuple[list[Any], dict[str, str]]]:
    """Instances: nets of their pins (a node's name, or a number), and attributes."""
    above: dict[Any, Any] = {}

    def root(item: Any) -> Any:
        above.setdefault(item, item)
        while above[item] != item:
            item = above[item]
        return item

    def join(a: Any, b: Any) -> None:
        above[root(a)] = root(b)

    text = texts[f"{name}.asc"]
    wires = [tuple(map(int, each)) for each in re.findall(r"^WIRE (-?\d+) (-?\d+) (-?\d+) (-?\d+)$", text, re.M)]
    flags = [((int(x), int(y)), node) for x, y, node in re.findall(r"^FLAG (-?\d+) (-?\d+) (\S+)$", text, re.M)]
    parts: dict[str, tuple[list[tuple[int, int]], dict[str, str]]] = {}
    for block in re.split(r"(?m)^(?=SYMBOL )", text)[1:]:
        symbol, x, y, turned = re.match(r"SYMBOL (\S+) (-?\d+) (-?\d+) (\w+)", block).groups()  # type: ignore[union-attr]
        assert turned == "R0"
        said = dict(re.findall(r"(?m)^SYMATTR (\w+) (.*)$", block))
        drawn = texts[f"{symbol}.asy"]
        prefix = re.search(r"SYMATTR Prefix (\w)", drawn)[1]  # type: ignore[index]
        assert said["InstName"].startswith(prefix)
        parts[said["InstName"]] = ([(int(x) + u, int(y) + v) for u, v in pins_of(drawn)], said)
    spots = {spot for spot, _ in flags} | {spot for places, _ in parts.values() for spot in places}
    spots |= {place for a, b, c, d in wires for place in ((a, b), (c, d))}
    for a, b, c, d in wires:
        join((a, b), (c, d))
        for x, y in spots:
            if min(a, c) <= x <= max(a, c) and min(b, d) <= y <= max(b, d) and (x - a) * (d - b) == (y - b) * (c - a):
                join((x, y), (a, b))
    names: dict[Any, set[str]] = defaultdict(set)
    for spot, node in flags:
        join(spot, ("node", node))
    for _, node in flags:
        names[root(("node", node))].add(node)
    assert all(len(each) == 1 for each in names.values()), "two names touch"
    return {
        part: ([next(iter(names.get(root(spot), {root(spot)}))) for spot in places], said)
        for part, (places, said) in parts.items()
    }


@pytest.mark.parametrize("name", [*SYSTEMS, "chain"])
def test_nets_and_values_are_the_circuit_s(name: str) -> None:
    circuit = designed(name).circuit
    found = read(files(name), circuit.name)
    nodes: dict[str, Any] = {}
    clocks = {part.name for part in clock_parts(circuit)}  # a simulator has their sources, in what is included
    expected = [each for each in assembled(circuit) if not isinstance(each.element, Drive) and each.name not in clocks]
    for component in expected:
        first = letter(component.element)
        part = component.designator if component.designator.startswith(first) else first + component.designator
        nets, said = found[part]
        for (_, node), net in zip(component.pins, nets, strict=True):
            assert nodes.setdefault(node, net) == net
        match component.element:
            case Resistor(ohms=value):
                assert said["Value"] == spice_number(value)
            case Capacitor(farads=value, volts=volts):
                assert said["Value"] == spice_number(value) and said["SpiceLine"] == f"ic={spice_number(volts)}"
            case Instance(cell=cell, parameters=parameters):
                assert said["Value"] == cell
                given = [f"{key}={spice_number(value)}" for key, value in parameters]
                assert said.get("SpiceLine", "").split() == given
    assert len(found) == len(expected)
    assert len(set(nodes.values())) == len(nodes)
    assert all(net == node for node, net in nodes.items() if isinstance(net, str))


def test_what_is_included_is_the_deck_without_its_parts() -> None:
    ready = designed("two_neurons")
    included = files("two_neurons")["two_neurons.inc"].splitlines()
    whole = render(ready.circuit, ready.bench).text.splitlines()
    assert [line for line in included if line.startswith((".options", ".tran", ".global", ".save"))] == [
        line for line in whole if line.startswith((".options", ".tran", ".global", ".save"))
    ]
    assert "!.include two_neurons.inc" in files("two_neurons")["two_neurons.asc"]
    drives = [line for line in whole if line.startswith(("Vdrive ", "Bdrive "))]
    assert drives and set(drives) <= set(included)
    for name in ("lorenz", "two_neurons"):
        cells = set(re.findall(r"(?m)^\.subckt (\S+)", files(name)[f"{name}.inc"]))
        used = {said["Value"] for part, (_, said) in read(files(name), name).items() if part.startswith("X")}
        assert used and used <= cells
    assert not [line for line in included if re.match(r"[RC]\w*__\d", line)]


def test_no_node_has_two_drivers() -> None:
    """A clock is a source of what is included; the parts that a board makes it of are not drawn beside it."""
    ready, texts = designed("chain"), files("chain")
    nodes = {part.nodes[0] for part in ready.circuit.elements() if isinstance(part, Drive) and part.clock}
    assert nodes == {"clock", "upright", "inverted"}
    for node in nodes:
        assert len(re.findall(rf"(?m)^[BV]\S+ {node} 0 ", texts["chain.inc"])) == 1
    assert "cd4541" not in texts["chain.asc"].lower() and "lm311" not in texts["chain.asc"].lower()
    assert ";clock chopper: clock, upright, inverted come from sources here" in texts["chain.asc"]


def test_another_reader_finds_the_same_parts(tmp_path: Path) -> None:
    """spicelib, where it is installed."""
    spicelib = pytest.importorskip("spicelib")
    for file, text in files("lorenz").items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    editor = spicelib.AscEditor(str(tmp_path / "lorenz.asc"))
    own = read(files("lorenz"), "lorenz")
    assert set(editor.get_components()) == own.keys()
    for part, (_, said) in own.items():
        if part[0] in "RC":
            assert editor.get_component_value(part) == said["Value"]
