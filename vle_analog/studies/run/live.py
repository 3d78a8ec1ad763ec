"""A page in which a reader runs the circuit: ngspice as WebAssembly inside, decks whose values are turned there.

What can be turned is found by writing the deck twice, with other values of resistors and capacitors and other errors of
devices in each: where the two decks differ stands a value, and by how much tells its kind. So no deck is edited by its
spelling, what is left at its default is said, too, and with nothing turned the page runs the circuit that this machine
would, its values to ten digits. How fast a network learns is turned by the capacitors that hold what it learns: twice
the rate is half of each.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.circuit.circuit import Circuit
from vle_analog.design.build import Build
from vle_analog.design.design import Design, design
from vle_analog.equations.system import EquationSystem
from vle_analog.errors import UsageError
from vle_analog.netlist.ngspice import render
from vle_analog.production.devices import DeviceError, with_errors
from vle_analog.production.values import Part, with_values
from vle_analog.report import palette
from vle_analog.simulate.dots import with_dots
from vle_analog.simulate.eecircuit import engine
from vle_analog.tasks import Task
from vle_analog.units import number_of, spice_number

#: parts that a reader may choose, by what the page calls them; the run's own come first
_CHOICES: Mapping[str, Build] = {
    "ideal parts": Build(fidelity="ideal"),
    "OPA2134, AD633": Build(fidelity="macromodel"),
    "TL072, AD633": Build(fidelity="macromodel", parts=(("opamp", "tl072"),)),
}
#: by what values, and errors in standard deviations, are multiplied in the two decks, by the kind of what they are:
#: resistors and capacitors, the capacitors of what learns, offsets, all other errors of devices
_TURNED = {"value": (2.0, 3.0), "rate": (2.0, 5.0), "offset": (1.0, 3.0), "error": (1.0, 2.0)}
#: voltages by which inputs and outputs of devices are off
_OFFSETS = ("VOS", "XOS", "YOS", "ZOS")
_Slider = tuple[str, str, float, float, float, float]
#: what a reader turns: name, words, least, most, step and start
_SLIDERS: tuple[_Slider, ...] = (
    ("mismatch", "Mismatch of resistors and capacitors", 0, 10, 0.5, 0),
    ("offsets", "Offsets", 0, 5, 0.5, 0),
    ("errors", "Other errors of devices", 0, 5, 0.5, 0),
    ("rate", "Learning rate", 0.25, 4, 0.25, 1),
)
#: points of the reference that the page has, and signals that it draws
_POINTS, _MOST = 2000, 4
_TOKEN = re.compile(r"[\s=]+|[^\s=]+")
_SCRIPT = Path(__file__).with_name("live.js")


@dataclass(frozen=True)
class _Choice:
    """One choice of parts: a deck in pieces, and what stands between them.

    Attributes:
        pieces: of the deck's text, one more than there are slots.
        slots: of a value as designed, or of an error's standard deviation, its text, its number and its kind.
    """

    pieces: list[str]
    slots: list[tuple[str, float, str]]


def live(subject: EquationSystem | Task, ready: Design) -> str:
    """Markup for a run's page: sliders, curves, the engine and all decks.

    Args:
        subject: that the circuit is of.
        ready: its design.

    Raises:
        UsageError: a deck with side files, which the page has no place for.
        SimulationError: the engine is not installed; says how to.
    """
    if ready.deck.files:
        raise UsageError(
            f"the deck of '{ready.system.name}' has side files, which a page cannot hold",
            hint="leave `live` out, or take a shorter `span`, or inputs that are sines or steps",
        )
    packed = base64.b64encode(gzip.compress(engine().read_bytes(), 9, mtime=0)).decode("ascii")
    own = ready.built.parts.partition(", board")[0]
    designs = {own: replace(ready, circuit=ready.nominal)}
    designs |= {name: design(subject, build) for name, build in _CHOICES.items()}
    learned = _learned(subject)
    decks = {name: _choice(each, learned) for name, each in designs.items()}
    names = list(ready.bench.probes)[:_MOST]
    reference = ready.reference.solution.waveforms
    every = max(1, reference.time.size // _POINTS)
    data = {
        "choices": {name: {"pieces": each.pieces, "slots": each.slots} for name, each in decks.items()},
        "unit": ready.circuit.unit,
        "volts": {
            name: {probe: each.circuit.volts_per_unit[probe] for probe in names} for name, each in designs.items()
        },
        "time": _short(reference.time[::every]),
        "reference": {name: _short(reference[name][::every]) for name in names},
        "colors": {"reference": palette.REFERENCE, "ideal": palette.IDEAL_PARTS, "real": palette.REAL_PARTS},
    }
    turned = [slider for slider in _SLIDERS if learned or slider[0] != "rate"]
    return _markup(json.dumps(data, separators=(",", ":")).replace("</", "<\\/"), packed, list(decks), turned)


def _learned(subject: EquationSystem | Task) -> frozenset[str]:
    """Signals that hold what a network learns; of a system none."""
    if not isinstance(subject, Task):
        return frozenset()
    return frozenset(name for each in subject.learned for name in each.instances)


def _choice(ready: Design, learned: frozenset[str]) -> _Choice:
    """A design's deck with its values as slots."""
    first, second = (_dotted(ready, _turned(ready.circuit, learned, which)) for which in (0, 1))
    pieces, slots, text = [], [], ""
    for one, other in zip(_TOKEN.findall(first), _TOKEN.findall(second), strict=True):
        if one == other:
            text += one
            continue
        value, ratio = number_of(one), number_of(other) / number_of(one)
        kind = min(_TURNED, key=lambda kind: abs(ratio - _TURNED[kind][1] / _TURNED[kind][0]))
        nominal = value / _TURNED[kind][0]
        pieces.append(text)
        slots.append((spice_number(nominal), nominal, kind))
        text = ""
    return _Choice([*pieces, text], slots)


def _turned(circuit: Circuit, learned: frozenset[str], which: int) -> Circuit:
    """The circuit of the first deck or of the second, as `_TURNED` has them."""

    def error(each: DeviceError) -> float | None:
        kind = "offset" if each.parameter in _OFFSETS else "error"
        return _TURNED[kind][which] * each.spread.sigma if each.spread.sigma else None

    def value(part: Part) -> float:
        kind = "rate" if part.kind == "capacitor" and part.block in learned else "value"
        return _TURNED[kind][which] * part.value

    return with_values(with_errors(circuit, error), value)


def _dotted(ready: Design, circuit: Circuit) -> str:
    return with_dots(render(replace(circuit, remarks=()), ready.bench).text).text


def _short(values: Any) -> list[float]:
    return [float(f"{value:.6g}") for value in np.asarray(values, float)]


def _markup(data: str, packed: str, names: list[str], sliders: Sequence[_Slider]) -> str:
    options = "".join(f"<option>{name}</option>" for name in dict.fromkeys(names))
    script = _SCRIPT.read_text(encoding="utf-8")
    turned = "".join(
        f"""<label for="live-{name}">{words}</label>
<input id="live-{name}" type="range" min="{low}" max="{high}" step="{step}" value="{start}">
<output id="live-{name}-said" for="live-{name}"></output>
"""
        for name, words, low, high, step, start in sliders
    )
    return f"""<section class="live" aria-labelledby="live-title">
<h2 id="live-title">Run this circuit here</h2>
<p>ngspice runs inside of this page. Offsets and other errors of devices are in standard deviations by data sheets;
ideal parts have none. Each board has parts of its own.</p>
<div class="turned">
<label for="live-part">Parts</label><select id="live-part">{options}</select><span></span>
{turned}<label for="live-board">Board</label><input id="live-board" type="number" min="0" max="9999" value="0">
<button id="live-run" type="button">Run</button>
</div>
<p id="live-state" role="status">Press Run.</p>
<canvas id="live-curves" width="960" height="600" role="img" aria-label="Waveforms of equations and circuit"></canvas>
</section>
<script type="application/json" id="live-data">{data}</script>
<script type="text/plain" id="live-engine">{packed}</script>
<script>
{script}</script>"""
