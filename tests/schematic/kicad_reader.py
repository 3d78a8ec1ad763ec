"""KiCad's sheets read from their text: which pins of which parts are connected, found by places alone.

It knows the format and nothing of what wrote it. Places are in micrometres, so that they are whole numbers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Tree = list[Any]
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|([()])|([^\s()"]+)')


def parse(text: str) -> Tree:
    """An S-expression as nested lists of strings."""
    stack: list[Tree] = [[]]
    for match in _WORD.finditer(text):
        if match[2] == "(":
            stack.append([])
        elif match[2] == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            word = match[3] if match[1] is None else re.sub(r"\\(.)", r"\1", match[1])
            stack[-1].append(word)
    (tree,) = stack[0]
    return tree


def all_of(tree: Tree, key: str) -> Iterator[Tree]:
    yield from (each for each in tree if isinstance(each, list) and each and each[0] == key)


def one(tree: Tree, key: str) -> Tree:
    return next(all_of(tree, key))


def place(tree: Tree) -> tuple[int, int]:
    return round(1000 * float(tree[1])), round(1000 * float(tree[2]))


@dataclass
class Sheets:
    """A hierarchy of sheets.

    Attributes:
        nets: sets of (designator, pin number), power symbols aside.
        names: of labels and power symbols, by the same order.
        properties: by designator.
        units: numbers of the units that are drawn, by designator.
        pins: numbers of all pins of all drawn units, by designator.
        open: pins that a no-connect marks.
    """

    nets: list[set[tuple[str, str]]] = field(default_factory=list)
    names: list[set[str]] = field(default_factory=list)
    properties: dict[str, dict[str, str]] = field(default_factory=dict)
    units: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    pins: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    open: set[tuple[str, str]] = field(default_factory=set)


def read(top: Path) -> Sheets:
    """The sheets of a project by its top file."""
    reader = _Reader(top.parent)
    reader.sheet(top.name, "/")
    return reader.finished()


class _Reader:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.above: dict[Any, Any] = {}
        self.found = Sheets()
        self.pinned: list[tuple[Any, str, str]] = []
        self.labels: list[tuple[Any, str]] = []

    def root(self, item: Any) -> Any:
        self.above.setdefault(item, item)
        while self.above[item] != item:
            item = self.above[item]
        return item

    def join(self, a: Any, b: Any) -> None:
        self.above[self.root(a)] = self.root(b)

    def sheet(self, name: str, path: str) -> None:
        tree = parse((self.folder / name).read_text(encoding="utf-8"))
        assert tree[0] == "kicad_sch" and one(tree, "version")[1] == "20211123"
        library = {each[1]: each for each in all_of(one(tree, "lib_symbols"), "symbol")}
        spots: list[tuple[int, int]] = []

        def at(spot: tuple[int, int]) -> tuple[str, int, int]:
            spots.append(spot)
            return (path, *spot)

        wires = []
        for wire in all_of(tree, "wire"):
            start, end = (place(each) for each in all_of(one(wire, "pts"), "xy"))
            wires.append((start, end))
            self.join(at(start), at(end))
        dots = {place(one(each, "at")) for each in all_of(tree, "junction")}
        gaps = {place(one(each, "at")) for each in all_of(tree, "no_connect")}
        for symbol in all_of(tree, "symbol"):
            self._symbol(symbol, library, at, path, gaps)
        for key, scope in (("label", "local"), ("hierarchical_label", "up")):
            for label in all_of(tree, key):
                spot = at(place(one(label, "at")))
                self.labels.append((spot, label[1]))
                self.join(spot, ("name", path, label[1]))
                if scope == "up":
                    self.join(spot, ("up", path, label[1]))
        for number, sheet in enumerate(all_of(tree, "sheet")):
            below = f"{path}{number}/"
            for pin in all_of(sheet, "pin"):
                self.join(at(place(one(pin, "at"))), ("up", below, pin[1]))
            said = {each[1]: each[2] for each in all_of(sheet, "property")}
            self.sheet(said["Sheet file"], below)
        # an end on a wire's middle joins it, as a dot there does; two wires that cross do not
        for spot in {*spots, *dots}:
            for start, end in wires:
                if _through(spot, start, end):
                    self.join((path, *spot), (path, *start))

    def _symbol(self, symbol: Tree, library: dict[str, Tree], at: Any, path: str, gaps: set[tuple[int, int]]) -> None:
        x, y = place(one(symbol, "at"))
        assert one(symbol, "at")[3] == "0" and not list(all_of(symbol, "mirror"))
        name, unit = one(symbol, "lib_id")[1], int(one(symbol, "unit")[1])
        said = {each[1]: each[2] for each in all_of(symbol, "property")}
        drawing = library[name]
        power = ["power"] in drawing
        inner = f"{name.split(':')[1]}_{unit}_1"
        (body,) = (each for each in all_of(drawing, "symbol") if each[1] == inner)
        listed = {each[1] for each in all_of(symbol, "pin")}
        own = []
        for pin in all_of(body, "pin"):
            u, v = place(one(pin, "at"))
            spot, number = (x + u, y - v), one(pin, "number")[1]
            own.append(number)
            if power and pin[1] == "power_in":
                self.join(at(spot), ("power", one(pin, "name")[1]))
                assert one(pin, "name")[1] == said["Value"]
                self.labels.append(((path, *spot), said["Value"]))
            elif not power:
                self.pinned.append((at(spot), said["Reference"], number))
                if spot in gaps:
                    self.found.open.add((said["Reference"], number))
            else:
                at(spot)
        assert set(own) == listed
        if not power:
            before = self.found.properties.setdefault(said["Reference"], said)
            assert before == said, "units of one part differ in their properties"
            self.found.units[said["Reference"]].append(unit)
            self.found.pins[said["Reference"]] += own

    def finished(self) -> Sheets:
        nets: dict[Any, set[tuple[str, str]]] = defaultdict(set)
        names: dict[Any, set[str]] = defaultdict(set)
        for spot, reference, number in self.pinned:
            nets[self.root(spot)].add((reference, number))
        for spot, name in self.labels:
            names[self.root(spot)].add(name)
        for root, pins in nets.items():
            self.found.nets.append(pins)
            self.found.names.append(names[root])
        return self.found


def _through(spot: tuple[int, int], start: tuple[int, int], end: tuple[int, int]) -> bool:
    (x, y), (a, b), (c, d) = spot, start, end
    return (x - a) * (d - b) == (y - b) * (c - a) and min(a, c) <= x <= max(a, c) and min(b, d) <= y <= max(b, d)
