"""What a run in ngspice would take: a short stretch of it, with a clock."""

from __future__ import annotations

import resource
import time
from dataclasses import replace

from vle_analog.circuit.circuit import Circuit
from vle_analog.design.prototype import Prototype, from_file
from vle_analog.lab.folder import workplace
from vle_analog.lab.lab import Lab
from vle_analog.lab.study import Estimate
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Testbench

#: parts of the span that are tried, shortest first, until one takes so many seconds
_PARTS, _LONG = (1 / 256, 1 / 64, 1 / 16, 1 / 4), 1.0
#: bytes of a number, in a kilobyte as the kernel counts, and in a megabyte
_FLOAT, _KIB, _MEGA = 8, 1024, 1e6


def estimate(prototype: Prototype, lab: Lab) -> Estimate:
    """What a board's run takes: its design and reference, which are made for it, and what ngspice would.

    Args:
        prototype: the board.
        lab: whose simulator is tried.

    Raises:
        VleAnalogError: as a run's.
    """
    started = time.perf_counter()
    with from_file(prototype.loaded):
        ready = prototype.design(lab.progress)
    made = time.perf_counter() - started
    seconds, numbers = in_ngspice(ready.circuit, ready.bench, lab)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB + numbers * _FLOAT
    words = f"{len(list(ready.circuit.elements()))} elements over {ready.system.span:g} model units in ngspice"
    return Estimate(words, made + seconds, memory / _MEGA)


def in_ngspice(circuit: Circuit, bench: Testbench, lab: Lab) -> tuple[float, float]:
    """Seconds that ngspice takes for a circuit on a bench, and how many numbers it gives."""
    seconds, numbers = 0.0, 0.0
    for part in _PARTS:
        short = replace(bench, span=part * bench.span)
        deck = render(circuit, short)
        begun = time.perf_counter()
        with workplace(None) as work:
            vectors = lab.simulator.run(deck.text, span=short.span, folder=work, files=deck.files, timeout=lab.timeout)
        taken = time.perf_counter() - begun
        seconds, numbers = taken / part, len(vectors.time) * (1 + len(bench.probes)) / part
        if taken > _LONG:
            break
    return seconds, numbers
