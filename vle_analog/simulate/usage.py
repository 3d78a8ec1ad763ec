"""What a run of ngspice costs: its own account (``rusage everything``) and the processor time that the kernel saw."""

from __future__ import annotations

import re
import resource
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vle_analog.errors import SimulationError
from vle_analog.simulate.ngspice import LOG
from vle_analog.simulate.simulator import NO_FILES, Simulator, Vectors

_LINE = re.compile(r"^\s*([A-Z][^=\n]*?)\s*=\s*([-+.\deE]+)\s*(MB|kB|GB)?", re.MULTILINE)
_MEGABYTES = {"kB": 1 / 1024, "MB": 1.0, "GB": 1024.0}


@dataclass(frozen=True)
class Usage:
    """The cost of one transient run.

    Attributes:
        equations: of the circuit's matrix.
        nonzeros, fill_in: its elements before factoring, and what factoring adds.
        points, rejected: accepted and rejected time points.
        iterations: Newton steps, all points together.
        seconds: processor time of the analysis, reading the deck left out. ngspice 39 measures elapsed time,
            which other programs lengthen: its share of reading is taken off the kernel's processor time.
        load, factor, solve: shares of the analysis spent in evaluating parts, factoring, and solving.
        megabytes: resident memory at the end, when nothing was freed yet: the largest.
    """

    equations: int
    nonzeros: int
    fill_in: int
    points: int
    rejected: int
    iterations: int
    seconds: float
    load: float
    factor: float
    solve: float
    megabytes: float

    @property
    def per_point(self) -> float:
        """Seconds per accepted point."""
        return self.seconds / self.points


def metered(
    simulator: Simulator,
    deck: str,
    *,
    span: float,
    folder: Path,
    files: Mapping[str, str] = NO_FILES,
    timeout: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[Vectors, Usage]:
    """Run a transient deck in ngspice and account for it; arguments as `Simulator.run` has them.

    Processor time is that of all children that end meanwhile: start no others.

    Raises:
        SimulationError: as `Simulator.run`, or the account is missing.
        OutputError: deck or log cannot be written.
    """
    asking = deck.replace("\nquit\n", "\nrusage everything\nquit\n")
    before = processor_of_children()
    vectors = simulator.run(asking, span=span, folder=folder, files=files, timeout=timeout, progress=progress)
    spent = processor_of_children() - before
    return vectors, read_usage((folder / LOG).read_text(encoding="utf-8", errors="replace"), spent)


def read_usage(log: str, spent: float) -> Usage:
    """The account in a log.

    Args:
        log: what ngspice printed.
        spent: processor time of the whole process, seconds.

    Raises:
        SimulationError: a line of the account is missing.
    """
    found = {name: float(value) * _MEGABYTES.get(unit, 1.0) for name, value, unit in _LINE.findall(log)}
    try:
        analysis = max(found["Total analysis time (seconds)"], 1e-3)
        elapsed = max(found["Total elapsed time (seconds)"], analysis)
        return Usage(
            equations=int(found["Circuit Equations"]),
            nonzeros=int(found["Circuit original non-zeroes"]),
            fill_in=int(found["Circuit fill-in non-zeroes"]),
            points=int(found["Accepted timepoints"]),
            rejected=int(found["Rejected timepoints"]),
            iterations=int(found["Total iterations"]),
            seconds=spent * analysis / elapsed,
            load=found["Matrix load time"] / analysis,
            factor=(found["Matrix factor time"] + found["Matrix reorder time"]) / analysis,
            solve=found["Matrix solve time"] / analysis,
            megabytes=found["Current ngspice program size"],
        )
    except KeyError as missing:
        raise SimulationError(
            f"ngspice's account of the run lacks {missing}", hint="ngspice 39 prints it for `rusage everything`"
        ) from None


def processor_of_children() -> float:
    """Processor seconds of all processes that were started and have ended; `os.times` counts in hundredths of one."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
