"""Sources of noise as ngspice reads them: samples in side files, many sources to a file.

XSPICE's ``filesource`` plays a file's columns on as many pairs of nodes, by straight lines between samples, and sets
no breakpoints. None are needed: the mean spectrum of a solver's points, however they lie, is that of the straight
lines as long as they are no further apart than the samples are (what folds down to low frequencies is the
spectrum around multiples of the sampling rate, where that of straight lines is zero). So one sample per step bound,
which is also what a source without an interval of its own takes. ngspice reads at most some 500 characters of a line.

A solver that judges its steps by the charge that it predicted takes noise for error and cuts them: a learning chain of
macromodels, at the usual tolerance, to a sixth. With noise the step bound alone decides, by a larger `xtrtol`: the
chain then takes no more steps than without, and the spectra below a quarter of the sampling rate stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import NoiseDrive
from vle_analog.digest import content_name
from vle_analog.netlist.testbench import Testbench
from vle_analog.stimulus import TableSource
from vle_analog.units import spice_number

#: ngspice's factor on its estimate of the error that a step may have, where there is noise
EASED = "1000"
#: sources that share a file
COLUMNS = 48
_PER_LINE = 8
#: digits behind the point, of a sample over its source's root mean square
_DIGITS = 4


def eased(circuit: Circuit, bench: Testbench) -> Testbench:
    """The testbench whose steps noise does not cut."""
    if any(isinstance(element, NoiseDrive) for element in circuit.elements()):
        return replace(bench, options={**bench.options, "xtrtol": EASED})
    return bench


def noise_files(section: Section, bench: Testbench, files: dict[str, str]) -> list[str]:
    """The lines of all sources of noise of a section; their samples go into ``files``."""
    lines: list[str] = []
    drives = [element for element in section.elements if isinstance(element, NoiseDrive)]
    # one interval per file, and voltages apart from currents: a part's ports are all of one type
    kinds = sorted({(drive.current, drive.noise.sampled(bench.step).interval or 0.0) for drive in drives})
    for current, interval in kinds:
        alike = [
            each for each in drives if (each.current, each.noise.sampled(bench.step).interval) == (current, interval)
        ]
        for start in range(0, len(alike), COLUMNS):
            lines += _bank(alike[start : start + COLUMNS], bench, files)
    return lines


def noise_file(element: NoiseDrive, bench: Testbench) -> tuple[str, str]:
    """Name and text of a side file for one source: seconds, and volts or amperes, one point per line."""
    source = _played(element, bench)
    text = "".join(f"{t:.12g} {v:.6g}\n" for t, v in zip(source.times.tolist(), source.values.tolist(), strict=True))
    return content_name(f"stimulus_{element.name}", text, ".txt"), text


def _played(element: NoiseDrive, bench: Testbench) -> TableSource:
    return element.noise.sampled(bench.step).source(bench.span, bench.start)


def _bank(drives: Sequence[NoiseDrive], bench: Testbench, files: dict[str, str]) -> list[str]:
    """One part that plays several sources, which have one interval."""
    name = f"stimulus_noise_{len(files)}"
    sources = [_played(drive, bench) for drive in drives]
    scales = [each.noise.sampled(bench.step).rms or 1.0 for each in drives]
    table = np.column_stack([source.values / scale for source, scale in zip(sources, scales, strict=True)])
    row = " ".join([f"%.{_DIGITS}f"] * len(drives))
    text = "".join(
        f"{time:.12g} {row % tuple(values)}\n"
        for time, values in zip(sources[0].times.tolist(), table.tolist(), strict=True)
    )
    file = content_name(name, text, ".txt")
    files[file] = text
    port = "%id" if drives[0].current else "%vd"
    pairs = [f"{first} {second}" for first, second in (each.nodes for each in drives)]
    return [
        *_listed(f"A{name} {port}([", pairs, f"]) {name}"),
        f'.model {name} filesource (file="{file}"',
        *_listed("+ amploffset=[", ["0"] * len(drives), "]"),
        *_listed("+ amplscale=[", [spice_number(scale, 6) for scale in scales], "]"),
        "+ timeoffset=0 timescale=1 timerelative=false amplstep=false)",
    ]


def _listed(head: str, items: Sequence[str], end: str) -> Iterator[str]:
    """Items on continued lines between a head and an end."""
    rows = [" ".join(items[start : start + _PER_LINE]) for start in range(0, len(items), _PER_LINE)]
    for number, row in enumerate(rows):
        yield (head if number == 0 else "+ ") + row + (end if number == len(rows) - 1 else "")
