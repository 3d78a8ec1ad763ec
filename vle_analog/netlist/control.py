"""An analysis as ngspice's control lines: the only place that writes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vle_analog.analyses import Ac, Analysis, Dc, Noise, Tran
from vle_analog.netlist.heading import WIDTH
from vle_analog.units import spice_number

#: where a deck leaves the node voltages at its end
FINAL = "final.txt"
#: of numbers in analyses: what is asked for is a double's worth
_DIGITS = 15


def control(analysis: Analysis, probes: Iterable[str] = (), leave: bool = False) -> Iterator[str]:
    """The lines between a circuit and ``.end`` that run one analysis and write ``waveforms.raw``.

    Args:
        analysis: which.
        probes: nodes to save; all where none is named.
        leave: whether the run leaves all node voltages at its end in `FINAL`, for another to go on from.
    """
    yield ".control"
    yield "set filetype=binary"
    yield from _saved(sorted(probes))
    yield from _commands(analysis)
    yield "write waveforms.raw"
    if leave:
        yield f"wrnodev {FINAL}"
    yield "quit"
    yield ".endc"


def _saved(probes: list[str]) -> Iterator[str]:
    if not probes:
        return
    line = "save"
    for probe in probes:
        if len(line) + len(probe) > WIDTH:
            yield line
            line = "save"
        line += f" v({probe})"
    yield line


def _commands(analysis: Analysis) -> Iterator[str]:
    match analysis:
        case Tran(span, step, uic):
            bound = spice_number(step)
            yield f"tran {bound} {spice_number(span)} 0 {bound}" + (" uic" if uic else "")
        case Dc():
            yield "dc " + " ".join(_swept(analysis))
        case Ac(low, high, points):
            yield f"ac dec {points} {_number(low)} {_number(high)}"
        case Noise(node, source, low, high, points, parts):
            yield f"noise v({node}) {source} dec {points} {_number(low)} {_number(high)}" + (" 1" if parts else "")
            yield "setplot noise1"


def _swept(sweep: Dc) -> Iterator[str]:
    yield from (sweep.source, *map(_number, (sweep.low, sweep.high, sweep.step)))
    if sweep.outer is not None:
        yield from _swept(sweep.outer)


def _number(value: float) -> str:
    return spice_number(value, _DIGITS)
