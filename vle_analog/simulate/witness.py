"""Simulators that are asked for a second opinion: what ngspice says of a deck, they must say, too.

None of them is needed to use the tool. A witness that passes over a line of a deck testifies of another circuit: any
warning is therefore an error, but for those that are known to leave the circuit as it is.
"""

from __future__ import annotations

import math
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from vle_analog.errors import SimulationError
from vle_analog.simulate.disk import unwritable
from vle_analog.simulate.dots import with_dots
from vle_analog.simulate.ngspice import DECK, RAW
from vle_analog.simulate.process import run_process
from vle_analog.simulate.rawfile import read_raw
from vle_analog.simulate.simulator import NO_FILES, Vectors

#: what a witness printed
LOG = "witness.log"

_COMPLAINT = re.compile(r"warning|error|unknown|unsupported|unrecogni[sz]ed|ignor|skip|singular|abort", re.IGNORECASE)
_SPAN_TOLERANCE = 1e-6


class Witness(ABC):
    """A simulator as `vle_analog.simulate.simulator.Simulator` has them, of decks of this tool's in ngspice's dialect.

    Attributes:
        name: of the simulator.
        harmless: of lines that it may print, which else would count as complaints.
    """

    name: str
    harmless: Sequence[re.Pattern[str]] = ()

    @abstractmethod
    def version(self) -> str:
        """What the simulator calls itself.

        Raises:
            SimulationError: it is missing; says what to install.
        """

    @abstractmethod
    def _command(self) -> list[str]:
        """The program that runs a deck, to whose arguments the deck's and the raw file's name are added.

        Raises:
            SimulationError: it is missing; says what to install.
        """

    def run(
        self,
        deck: str,
        *,
        span: float,
        folder: Path,
        files: Mapping[str, str] = NO_FILES,
        timeout: float | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Vectors:
        """Run a transient deck whose control block saves, runs, writes and quits.

        Raises:
            SimulationError: the witness is missing, was killed, timed out or failed; it complained of a line or passed
                over it; or the deck has side files.
            OutputError: ``folder`` cannot be written.
        """
        if files:
            raise SimulationError(f"{self.name} is given no side files: {', '.join(files)}", where=str(folder))
        dotted = with_dots(deck)
        raw = folder / RAW
        try:
            folder.mkdir(parents=True, exist_ok=True)
            raw.unlink(missing_ok=True)
            (folder / DECK).write_text(dotted.text, encoding="utf-8")
        except OSError as error:
            raise unwritable(error, folder) from error
        log: list[str] = []
        ending = run_process(
            [*self._command(), DECK, RAW], folder=folder, environment=os.environ, timeout=timeout, on_line=log.append
        )
        (folder / LOG).write_text("\n".join(log) + "\n", encoding="utf-8")
        if ending.timed_out:
            raise self._failure(f"timed out after {ending.seconds:.3g} s", folder)
        for line in log:
            if _COMPLAINT.search(line) and not any(known.search(line) for known in self.harmless):
                raise self._failure(f"does not take the deck as it is: {line.strip()}", folder)
        if ending.code or not raw.exists():
            last = next((line.strip() for line in reversed(log) if line.strip()), "nothing")
            raise self._failure(f"ended with {ending.signal or ending.code}; its last words: '{last}'", folder)
        return self._vectors(raw, dotted.probes, span, folder)

    def _vectors(self, raw: Path, probes: Sequence[str], span: float, folder: Path) -> Vectors:
        """What it saved, which must be all that was asked for, over the whole span."""
        (plot,) = read_raw(raw)
        missing = [probe for probe in ("time", *probes) if probe.lower() not in plot.data]
        if missing:
            raise self._failure(f"saved nothing of {', '.join(missing)}", folder)
        time = plot.data["time"]
        if not len(time) or not math.isclose(float(time[-1]), span, rel_tol=_SPAN_TOLERANCE):
            raise self._failure(f"stopped at {time[-1] if len(time) else 0:g} s of {span:g} s", folder)
        values = {probe.lower(): plot.data[probe.lower()] for probe in probes}
        for name, each in values.items():
            if not np.isfinite(each).all():
                raise self._failure(f"gave a value of '{name}' that is not finite", folder)
        raw.unlink()
        return Vectors(time, values)

    def _failure(self, what: str, folder: Path) -> SimulationError:
        return SimulationError(f"{self.name} {what}", where=str(folder / DECK), hint=f"Log: {folder / LOG}")
