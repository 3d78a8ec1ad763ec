"""What every simulator promises: deck text in, node voltages over time, or another analysis's plot, out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vle_analog.analyses import Analysis
from vle_analog.simulate.rawfile import Plot

NO_FILES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Vectors:
    """What one transient run saved.

    Attributes:
        time: increasing circuit times in seconds, shape (n,). The first may lie just after 0.
        values: volts of shape (n,) by node name, lower case, without ``v()``. Currents that the deck saves keep the
            simulator's own name, e.g. ``i(v1)``, and are in amperes.
        final: volts of all nodes at the end by name, lower case, where the deck asks for them; else empty.
    """

    time: NDArray[np.float64]
    values: Mapping[str, NDArray[np.float64]]
    final: Mapping[str, float] = field(default_factory=dict)


class Simulator(Protocol):
    """Runs one self-contained deck."""

    name: str

    def version(self) -> str:
        """What the simulator calls itself, e.g. ``ngspice-39``: part of what identifies a result.

        Raises:
            SimulationError: the simulator is missing.
        """
        ...

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
        """Simulate ``deck`` from 0 to ``span``.

        Args:
            deck: the whole netlist, controls included; the simulator runs exactly this text.
            span: circuit time that the run must reach, in seconds.
            folder: where deck, side files and log are written and stay; made if missing.
            files: text of the files that the deck names, by file name.
            timeout: wall-clock seconds after which the run is ended; None waits for ever.
            progress: told the fraction done, never falling, 1.0 last and only on success.

        Raises:
            SimulationError: the simulator is missing, was killed, timed out or failed.
            OutputError: ``folder`` cannot be written.
        """
        ...

    def analyse(
        self,
        deck: str,
        analysis: Analysis,
        *,
        folder: Path,
        files: Mapping[str, str] = NO_FILES,
        timeout: float | None = None,
    ) -> Plot:
        """The plot of one analysis.

        Args:
            deck: the whole netlist, with the lines that ask for this analysis.
            analysis: what the deck asks for.
            folder, files, timeout: as `run` has them.

        Raises:
            SimulationError: as `run`; also if a run in time ended early, or a value is not a finite number.
            OutputError: as `run`.
        """
        ...
