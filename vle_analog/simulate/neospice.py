"""neospice: an implementation of SPICE of its own, from PyPI.

It runs in a process of its own, ``python -m vle_analog.simulate.neospice DECK RAW``: it prints what it passes over to
standard error, past Python, and may be stopped.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

from vle_analog.errors import SimulationError
from vle_analog.simulate.rawfile import raw_bytes
from vle_analog.simulate.witness import Witness

PACKAGE = "neospice"


class Neospice(Witness):
    """neospice, in a process of its own."""

    name = PACKAGE
    #: what ngspice undoes by it is about parts that neospice has not
    harmless = (re.compile(r"xtrtol", re.IGNORECASE),)

    def version(self) -> str:
        """Its version, e.g. ``neospice 0.2.0``."""
        self._command()
        return f"{PACKAGE} {version(PACKAGE)}"

    def _command(self) -> list[str]:
        if importlib.util.find_spec(PACKAGE) is None:
            raise SimulationError(f"{PACKAGE} is not installed", hint="pip install 'vle-analog[witnesses]'")
        return [sys.executable, "-m", __name__]


def main(deck: str, raw: str) -> None:
    """Run a deck and write its raw file.

    Args:
        deck: path of one that dot commands run.
        raw: path of the file to write.
    """
    import neospice

    simulator = neospice.Simulator()
    found = simulator.run(simulator.parse(Path(deck).read_text(encoding="utf-8"))).transient
    for warning in found.status.warnings:
        print(f"Warning: {warning}", file=sys.stderr)
    signals = {name: found.voltage(name[2:-1]) for name in found.signal_names() if name.lower().startswith("v(")}
    table = np.column_stack([found.time, *signals.values()])
    Path(raw).write_bytes(raw_bytes(PACKAGE, ["time", *signals], table))


if __name__ == "__main__":
    main(*sys.argv[1:])
