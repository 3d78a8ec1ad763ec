"""Looking at what the tool stands on."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from vle_analog.compiled import cache_folder
from vle_analog.errors import VleAnalogError
from vle_analog.installed import version_of
from vle_analog.lab.lab import Lab
from vle_analog.library import circuits_folder, own_folders
from vle_analog.studies.doctor.result import Finding, Health

#: libraries that the tool needs
_LIBRARIES = ("numpy", "scipy", "sympy", "numba", "matplotlib", "PySpice", "typer")
#: optional ones: module, extra, and what it is for
_EXTRAS = (
    ("distributed", "cluster", "boards on a Dask cluster"),
    ("libsbml", "sbml", "reactions as SBML"),
    ("neospice", "witnesses", "decks in another simulator"),
)


@dataclass(frozen=True)
class DoctorPlan:
    """Everything is looked at."""


def doctor(plan: DoctorPlan, lab: Lab) -> Health:
    """What the tool stands on here.

    Args:
        plan: everything.
        lab: whose simulator is asked for its version.
    """
    return Health([_ngspice(lab), *_versions(), _cores(), *_folders(), *_extras()])


def _ngspice(lab: Lab) -> Finding:
    try:
        return Finding("ngspice", lab.simulator.version())
    except VleAnalogError as error:
        return Finding("ngspice", error.what, error.hint or "install ngspice")


def _versions() -> Iterator[Finding]:
    yield Finding("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    for name in ("vle-analog", *_LIBRARIES):
        there = version_of(name)
        remedy = "" if there else f"pip install {name}"
        yield Finding(name, there or "not installed", remedy)


def _cores() -> Finding:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Finding("cores", f"{usable} of {os.cpu_count()}")


def _folders() -> Iterator[Finding]:
    try:
        yield Finding("cells and systems", str(circuits_folder()))
        own = own_folders()
        yield Finding("parts of your own", ", ".join(map(str, own)) or "none", needed=False)
    except VleAnalogError as error:
        yield Finding("cells and systems", error.what, error.hint or "")
    slow = "compiled code is then made anew in each process: make it writable, or set XDG_CACHE_HOME"
    cache = cache_folder()
    written = cache is not None and _writable(cache)
    yield Finding("cache", str(cache) if written else f"{cache}: not writable", "" if written else slow, needed=False)
    temporary = Path(tempfile.gettempdir())
    yield Finding("temporary files", str(temporary), "" if _writable(temporary) else "set TMPDIR to a writable folder")


def _extras() -> Iterator[Finding]:
    for module, extra, purpose in _EXTRAS:
        there = find_spec(module) is not None
        remedy = "" if there else f"pip install 'vle-analog[{extra}]'"
        yield Finding(purpose, "there" if there else "not installed", remedy, needed=False)


def _writable(folder: Path) -> bool:
    """Whether files can be made there, or the folder itself if there is none."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK | os.X_OK)
