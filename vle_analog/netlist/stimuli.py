"""Stimuli as ngspice sources, each in the form that stays fast at its length.

Measured on ngspice 39: a V source's PWL costs 0.04 s at 1,000 points but 189 s at 100,000; a B
source's ``pwl`` 0.7 s at 30,000; XSPICE's ``filesource`` 0.4 s at 100,000. Only the V source sets
breakpoints, so it alone is exact at corners; beyond it the step bound resolves them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from PySpice.Spice.Netlist import Circuit as PySpiceCircuit

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Drive, NoiseDrive
from vle_analog.digest import content_name
from vle_analog.netlist.testbench import Testbench
from vle_analog.stimulus import PeriodicSource, SineSource, Source, TableSource
from vle_analog.units import spice_number

#: most points of a V source's PWL, and of a B source's pwl
MOST_BREAKPOINTS = 10_000
MOST_INLINE = 20_000
_PER_LINE = 6


def drive(deck: PySpiceCircuit, element: Drive, bench: Testbench, files: dict[str, str]) -> list[str]:
    """The lines of a stimulus source over a testbench's stretch; a long table goes into ``files``."""
    match source := played(element, bench):
        case SineSource():
            return _sines(deck, element, source)
        case PeriodicSource(times, values, period):
            pairs = pairs_of(times, values, element)
            seconds = spice_number(period * element.unit)
            return _pwl(deck, element, f"time-{seconds}*floor(time/{seconds})", pairs)
        case TableSource(times, values, sharp):
            if len(times) > MOST_INLINE:
                return _file(element, source, files)
            pairs = pairs_of(times, values, element)
            if not sharp or len(pairs) > MOST_BREAKPOINTS:
                return _pwl(deck, element, "time", pairs)
            first, *rest = folded([f"{a} {b}" for a, b in pairs])
            return _split(str(deck.V(element.name, *element.nodes, f"PWL({first}")), [*rest, ")"])


def resolving_step(circuit: Circuit, bench: Testbench) -> float:
    """The step bound in seconds below which every source without breakpoints shows its corners.

    Half the shortest distance between points (of all but the shortest hundredth), the interval of noise that has
    one of its own; infinite where all sources set breakpoints, are smooth, or go by the step bound themselves.
    """
    steps = [math.inf]
    for element in circuit.elements():
        if isinstance(element, Drive):
            source = played(element, bench)
            if isinstance(source, TableSource) and source.sharp and len(source.times) > MOST_BREAKPOINTS:
                steps.append(float(np.percentile(np.diff(source.times), 1)) * element.unit / 2)
        elif isinstance(element, NoiseDrive) and element.noise.interval is not None:
            steps.append(element.noise.interval)
    return min(steps)


def played(element: Drive, bench: Testbench) -> Source:
    """A drive's stimulus over a testbench's stretch, in model units."""
    return element.played.source(bench.span / element.unit, bench.start / element.unit)


def _split(head: str, rest: Sequence[str]) -> list[str]:
    """A line with continuations; a lone bracket joins the line before."""
    lines = [head, *(f"+ {each}" for each in rest[:-1])]
    lines[-1] += rest[-1]
    return lines


def pairs_of(times: np.ndarray, values: np.ndarray, element: Drive) -> list[tuple[str, str]]:
    """Points in model units as numbers of a deck, seconds and volts."""
    return [
        (spice_number(float(t)), spice_number(float(v)))
        for t, v in zip(times * element.unit, values * element.volts_per_unit, strict=True)
    ]


def folded(items: Sequence[str], joint: str = " ") -> Iterator[str]:
    """Items in lines of a few."""
    for start in range(0, len(items), _PER_LINE):
        yield joint.join(items[start : start + _PER_LINE])


def _sines(deck: PySpiceCircuit, element: Drive, source: SineSource) -> list[str]:
    volts = element.volts_per_unit
    sines = [
        (spice_number(a * volts), spice_number(f / element.unit), p)
        for a, f, p in zip(source.amplitudes, source.frequencies, source.phases, strict=True)
    ]
    offset = spice_number(source.offset * volts)
    if not sines:
        return [str(deck.V(element.name, *element.nodes, offset))]
    if len(sines) == 1:
        amplitude, frequency, phase = sines[0]
        degrees = spice_number(math.degrees(phase))
        return [str(deck.V(element.name, *element.nodes, f"SIN({offset} {amplitude} {frequency} 0 0 {degrees})"))]
    terms = [f"{a}*sin(2*pi*{f}*time+{spice_number(p)})".replace("+-", "-") for a, f, p in sines]
    head = str(deck.B(element.name, *element.nodes, v=f"{offset}"))
    return [head, *(f"+ +{term}".replace("+-", "-") for term in terms)]


def _pwl(deck: PySpiceCircuit, element: Drive, argument: str, pairs: list[tuple[str, str]]) -> list[str]:
    rows = list(folded([f"{a}, {b}" for a, b in pairs], ", "))
    head = str(deck.B(element.name, *element.nodes, v=f"pwl({argument},"))
    return _split(head, [*(f"{row}," for row in rows[:-1]), rows[-1], ")"])


def table_file(element: Drive, source: TableSource) -> tuple[str, str]:
    """Name and text of a side file: seconds and volts, one point per line. The name is the content's: decks in one
    folder do not take each other's."""
    times, volts = source.times * element.unit, source.values * element.volts_per_unit
    text = "".join(f"{t:.12g} {v:.10g}\n" for t, v in zip(times.tolist(), volts.tolist(), strict=True))
    return content_name(f"stimulus_{element.name}", text, ".txt"), text


def _file(element: Drive, source: TableSource, files: dict[str, str]) -> list[str]:
    name, text = table_file(element, source)
    files[name] = text
    return [
        f"A{element.name} %v([{element.nodes[0]}]) stimulus_{element.name}",
        f'.model stimulus_{element.name} filesource (file="{name}" amploffset=[0] amplscale=[1] timeoffset=0',
        "+ timescale=1 timerelative=false amplstep=false)",
    ]
