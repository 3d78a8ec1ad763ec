"""A page in which a reader runs the circuit: ngspice as WebAssembly inside, decks whose values are turned there.

What scatters is found by writing the deck twice, with all resistors and capacitors twice and three times as large, and
all errors of devices one and two standard deviations: where the two decks differ stands a value, and by how much tells
its kind. So no deck is edited by its spelling, what is left at its default is said, too, and with nothing turned the
page runs the circuit that this machine would, its values to ten digits.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Mapping
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
from vle_analog.production.devices import device_errors, with_errors
from vle_analog.production.values import with_values
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
#: by how much resistors and capacitors, and errors in standard deviations, are multiplied in both decks
_VALUES, _ERRORS = (2.0, 3.0), (1.0, 2.0)
#: points of the reference that the page has, and signals that it draws
_POINTS, _MOST = 2000, 4
_TOKEN = re.compile(r"[\s=]+|[^\s=]+")
_SCRIPT = Path(__file__).with_name("live.js")


@dataclass(frozen=True)
class _Choice:
    """One choice of parts: a deck in pieces, and what stands between them.

    Attributes:
        pieces: of the deck's text, one more than there are slots.
        slots: text of the value as designed, its number, and whether it is an error's standard deviation.
    """

    pieces: list[str]
    slots: list[tuple[str, float, bool]]


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
    decks = {name: _choice(each) for name, each in designs.items()}
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
    return _markup(json.dumps(data, separators=(",", ":")).replace("</", "<\\/"), packed, list(decks))


def _choice(ready: Design) -> _Choice:
    """A design's deck with its values as slots."""
    circuit = ready.circuit
    first, second = (_dotted(ready, _off(circuit, *by)) for by in zip(_VALUES, _ERRORS, strict=True))
    pieces, slots, text = [], [], ""
    for one, other in zip(_TOKEN.findall(first), _TOKEN.findall(second), strict=True):
        if one == other:
            text += one
            continue
        value, ratio = number_of(one), number_of(other) / number_of(one)
        error = abs(ratio - _ERRORS[1] / _ERRORS[0]) < abs(ratio - _VALUES[1] / _VALUES[0])
        nominal = value / (_ERRORS if error else _VALUES)[0]
        pieces.append(text)
        slots.append((spice_number(nominal), nominal, error))
        text = ""
    return _Choice([*pieces, text], slots)


def _off(circuit: Circuit, values: float, errors: float) -> Circuit:
    """The circuit with its resistors and capacitors so many times as large, and errors of so many deviations."""
    sigma = {each.name: each.spread.sigma for each in device_errors(circuit)}
    wrong = with_errors(circuit, lambda each: errors * sigma[each.name] if sigma.get(each.name) else None)
    return with_values(wrong, lambda part: values * part.value)


def _dotted(ready: Design, circuit: Circuit) -> str:
    return with_dots(render(replace(circuit, remarks=()), ready.bench).text).text


def _short(values: Any) -> list[float]:
    return [float(f"{value:.6g}") for value in np.asarray(values, float)]


def _markup(data: str, packed: str, names: list[str]) -> str:
    options = "".join(f"<option>{name}</option>" for name in dict.fromkeys(names))
    script = _SCRIPT.read_text(encoding="utf-8")
    return f"""<section class="live" aria-labelledby="live-title">
<h2 id="live-title">Run this circuit here</h2>
<p>ngspice runs inside of this page. Offsets and other errors of devices are in standard deviations by data sheets.</p>
<p><label>Parts <select id="live-part">{options}</select></label>
<label>Mismatch of resistors and capacitors
<input id="live-mismatch" type="range" min="0" max="10" step="0.5" value="0">
<output id="live-mismatch-said">0 %</output></label>
<label>Errors of devices <input id="live-errors" type="range" min="0" max="5" step="0.5" value="0">
<output id="live-errors-said">0 times</output></label>
<label>Board <input id="live-board" type="number" min="0" max="9999" value="0"></label>
<button id="live-run" type="button">Run</button></p>
<p id="live-state" role="status">Press Run.</p>
<canvas id="live-curves" width="960" height="600" role="img" aria-label="Waveforms of equations and circuit"></canvas>
</section>
<script type="application/json" id="live-data">{data}</script>
<script type="text/plain" id="live-engine">{packed}</script>
<script>
{script}</script>"""
