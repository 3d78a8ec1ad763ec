"""Readers of files that others write, each as a function of bytes: it ends in a value, or in a typed error.

Whatever the bytes are, a reader neither crashes, nor hangs, nor runs what stands in them. What it takes must hold
together: these functions go on to what is done next with it. ``scripts/fuzz.py`` feeds them bytes for hours, and
``test_corpus.py`` those that were a finding once.
"""

from __future__ import annotations

import builtins
import json
import math
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from vle_analog.circuit.cell.arithmetic import evaluated
from vle_analog.circuit.cell.cell import Cell, parse_cell
from vle_analog.circuit.cell.reader import read_lines, render
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import GROUND, Instance, Resistor
from vle_analog.circuit.parts import library
from vle_analog.circuit.vendor.cell import cell_text, read_model
from vle_analog.circuit.vendor.pins import ROLES, Assignment, candidates
from vle_analog.equations.system import names_in
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import VleAnalogError
from vle_analog.netlist.dialects import DIALECTS
from vle_analog.netlist.testbench import Testbench
from vle_analog.simulate.rawfile import read_raw

Target = Callable[[bytes], None]

#: a name that is a function wherever Python looks one up: whoever calls it ran what a file said
CANARY = "canary"
#: what no reader has a reason to do
_FORBIDDEN = ("os.system", "os.exec", "os.spawn", "os.posix_spawn", "os.fork", "subprocess.Popen", "socket.connect",
              "os.remove", "os.rename", "os.mkdir", "os.rmdir", "shutil.rmtree", "pickle.find_class")  # fmt: skip
_NAME = re.compile(r"^\s*\.subckt\s+(\S+)", re.IGNORECASE | re.MULTILINE)
#: seconds of a loaded system's stimuli that are looked at
_SPAN = 1.0
#: and of these at most so many steps that a solver would make
_STEPS = 10_000


#: a system file around one equation
_FRAME = """
name = "s"
time = {{unit = 1e-3, span = 1.0}}
parameters = {{a = 2.0, tau = 0.1}}
inputs.u = {{kind = "sine", amplitude = 1.0, frequency = 0.5}}
states.x = {{derivative = {derivative}, initial = 0.0}}
"""


class CodeRunError(AssertionError):
    """A reader ran what a file said."""


def system(data: bytes) -> None:
    """A system file: what is loaded refers to nothing that it does not declare, and its stimuli play."""
    with _file(data, "system.toml") as path, _told():
        loaded = load_system(path)
        known = set(loaded.symbols)
        for state in loaded.states:
            assert names_in(state.derivative) <= known
        for definition in loaded.definitions:
            assert names_in(definition.expression) <= known
        for stimulus in (each for given in loaded.inputs for each in given.stimuli):
            span = min(loaded.span, _SPAN)
            # a table of a million smoothed steps takes minutes, and has its use: a lesson is played in stretches
            stimulus.source(min(span, _STEPS * (stimulus.max_step(span) or span)), 0.0)


def cell(data: bytes) -> None:
    """A cell's file: its text is what its lines say, and every dialect writes or refuses it."""
    text = data.decode("utf-8", errors="replace")
    with _told():
        lines = read_lines(text)
        assert render(lines) == "".join(f"{line}\n" for line in text.splitlines())
        assert read_lines(render(lines)) == lines
        named = _NAME.search(text)
        whole = parse_cell(text, named[1] if named else "", "here")
        _looked_at(whole)
        with _told():
            assert math.isfinite(evaluated(whole.sheet.lag, dict.fromkeys(("kin", "kout"), 1.0)))
        circuit = _around(whole)
        circuit.check()
        for dialect, write in DIALECTS.items():
            with _told():
                assert write(circuit, Testbench(1e-3, 1e-6, "given", ("n0",))).text, dialect


def expression(data: bytes) -> None:
    """An equation in a system file that is right otherwise."""
    text = data.decode("utf-8", errors="replace")
    system(_FRAME.format(derivative=json.dumps(text)).encode())


def raw(data: bytes) -> None:
    """ngspice's raw file: every vector of a plot has its length and its name."""
    with _file(data, "waveforms.raw") as path, _told():
        for plot in read_raw(path):
            assert list(plot.data) == list(plot.variables)
            assert len({values.shape for values in plot.data.values()}) <= 1


def vendor(data: bytes) -> None:
    """A maker's model: the cell that it becomes is one, or is refused."""
    with _file(data, "model.lib") as path, _told():
        model = read_model(path)
        told = next(iter(candidates(model.definition, model.source.statements)), None)
        spare = len(model.definition.ports) - len(ROLES)
        pins = told or Assignment((*ROLES, *("ground",) * spare), "you")
        text = cell_text(model, "part", pins)
        assert parse_cell(text, "part", "here").subckt == text


TARGETS: Mapping[str, Target] = {target.__name__: target for target in (system, expression, cell, vendor, raw)}


@contextmanager
def guarded() -> Iterator[None]:
    """Whatever runs code of a file meanwhile, or reaches for processes, the network or other files, is an error.

    Raises:
        CodeRunError: says what was done.
    """
    watching = True

    def sing(*_: object, **__: object) -> None:
        raise CodeRunError(f"{CANARY}() was called")

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and (event in _FORBIDDEN or (event == "open" and _writes(arguments))):
            raise CodeRunError(f"{event}{arguments!r:.200}")

    _folder()  # made before anybody minds
    setattr(builtins, CANARY, sing)
    sys.addaudithook(watch)  # for good: there is no way to take one away
    try:
        yield
    finally:
        watching = False
        delattr(builtins, CANARY)


def _writes(arguments: tuple[Any, ...]) -> bool:
    """Whether an ``open`` event is about a file that is written, outside of the folder for what is read."""
    path, mode, *_ = arguments
    written = isinstance(mode, str) and bool(set(mode) & set("wax+"))
    return written and isinstance(path, str) and not path.startswith(str(_folder()))


@contextmanager
def _told() -> Iterator[None]:
    """A typed error that says what is wrong is an answer."""
    try:
        yield
    except VleAnalogError as error:
        assert error.what.strip()
        assert all(line.isprintable() for line in str(error).split("\n")), repr(str(error))


@contextmanager
def _file(data: bytes, name: str) -> Iterator[Path]:
    path = _folder() / name
    path.write_bytes(data)
    yield path


def _folder() -> Path:
    global _place
    if _place is None:
        memory = Path("/dev/shm")
        _place = tempfile.TemporaryDirectory(prefix="vle-analog-", dir=memory if memory.is_dir() else None)
    return Path(_place.name)


_place: tempfile.TemporaryDirectory[str] | None = None


def _looked_at(cell: Cell) -> None:
    """What other rooms ask a cell for."""
    for part in cell.parts:
        assert (part.kind, part.letter, part.cell) is not None
    for passive in cell.passives:
        assert passive.beyond(passive.nodes[0]) == passive.nodes[1]
    assert cell.of_transistors in (True, False) and len(cell.uses) == len(cell.instances)
    for name in cell.parameters:
        with suppress(VleAnalogError):
            cell.signed(name)
    with suppress(VleAnalogError):
        assert cell.pole is None or cell.ports[cell.output]


def _around(cell: Cell) -> Circuit:
    """A circuit of this one cell, each port of it with two resistors to ground."""
    nodes = tuple(f"n{number}" for number in range(len(cell.ports)))
    loads = [Resistor(f"{node}_{side}", (node, GROUND), 1e3) for node in nodes for side in "ab"]
    cells = {**library(), cell.name: cell}
    section = Section("all", (Instance("k", nodes, cell.name), *loads))
    return Circuit("alone", (section,), cells, 1e-3, {"n0": 1.0}, "ideal")
