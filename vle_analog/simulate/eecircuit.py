"""ngspice as WebAssembly: the npm package eecircuit-engine, run by Node.

It is a newer ngspice than distributions have, translated by another compiler for another machine, with Sparse 1.3 and
without XSPICE's code models.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from vle_analog.errors import SimulationError
from vle_analog.simulate.witness import Witness

PACKAGE = "eecircuit-engine"
_MODULE = f"{PACKAGE}/dist/{PACKAGE}.mjs"
_WORKER = Path(__file__).with_suffix(".mjs")
#: where Node's packages are looked for: what Node itself is told, and ``npm install --prefix`` the environment
_HINT = f"npm install --prefix {sys.prefix} {PACKAGE}"


class EECircuit(Witness):
    """ngspice as WebAssembly."""

    name = PACKAGE
    harmless = (
        re.compile(r"can't find the initialization file spinit"),
        re.compile(r"Operating point simulation skipped by 'uic'"),
    )

    def version(self) -> str:
        """ngspice's version and the package's, e.g. ``ngspice-45, eecircuit-engine 1.8.0``."""
        done = subprocess.run(self._command(), capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        match = re.search(r"ngspice-[\d.]+", done.stdout)
        if match is None:
            raise SimulationError(f"{self.name} does not start: {done.stderr.strip()[-200:]}", hint=_HINT)
        described = (engine().parents[1] / "package.json").read_text(encoding="utf-8")
        package = re.search(r'"version":\s*"([^"]+)"', described)
        return f"{match[0]}, {PACKAGE} {package[1] if package else 'of unknown version'}"

    def _command(self) -> list[str]:
        if (node := shutil.which("node")) is None:
            raise SimulationError("Node is not installed", hint="install it (apt-get install nodejs), then: " + _HINT)
        return [node, str(_WORKER), str(engine())]


def engine() -> Path:
    """The package's module.

    Raises:
        SimulationError: it is in none of the places where Node's packages are.
    """
    for folder in _folders():
        if (folder / _MODULE).is_file():
            return folder / _MODULE
    raise SimulationError(f"the npm package {PACKAGE} is not installed", hint=_HINT)


def _folders() -> Iterator[Path]:
    yield from (Path(folder) for folder in os.environ.get("NODE_PATH", "").split(os.pathsep) if folder)
    yield Path(sys.prefix) / "node_modules"
    yield Path.cwd() / "node_modules"
