"""What decides the bits of a result on a machine: the tool's sources, the libraries below it, and its arithmetic."""

from __future__ import annotations

import hashlib
import math
import platform
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

import vle_analog.errors
from vle_analog.errors import ClusterError
from vle_analog.installed import version_of
from vle_analog.library import own_sources

#: this tool, and how a machine computes, among `identity`'s names
TOOL, ARITHMETIC = "vle-analog", "arithmetic"
_LIBRARIES = ("numpy", "scipy", "sympy", "numba", "llvmlite")
#: what to do about another version
SAME = "results would not be the same: install the same versions on all machines"
#: arguments that the arithmetic is tried with, and their seed
_ARGUMENTS, _SEED = 4096, 20240229


@cache
def identity() -> Mapping[str, str]:
    """Versions by name, of the tool with a digest of its sources; and a digest of how this machine computes.

    Two machines that agree in all of it compute the same boards bit for bit. Processors of different kinds may differ
    in the last digits: fused multiply-adds, and the vector code that numpy chooses.
    """
    found = {TOOL: f"{_version(TOOL)}, sources {_sources()}", "Python": ".".join(platform.python_version_tuple()[:2])}
    found |= {name: _version(name) for name in _LIBRARIES}
    return found | {ARITHMETIC: _arithmetic()}


def demand_alike(who: str, theirs: Mapping[str, str], ours: Mapping[str, str]) -> None:
    """Refuse another machine that would come to other results than this one.

    Args:
        who: that machine, for the message.
        theirs, ours: what `identity` says there and here.

    Raises:
        ClusterError: names the first thing in which it is not as this one.
    """
    for name in ours:
        if (other := theirs.get(name, "none")) != ours[name]:
            if name == ARITHMETIC:
                raise ClusterError(
                    f"{who} computes other last digits than this machine",
                    hint="its processor or C library is of another kind: start the study on a machine like it",
                )
            raise ClusterError(f"{who} has {name} {other}, this machine {ours[name]}", hint=SAME)


def _version(name: str) -> str:
    return version_of(name) or "unknown"


def _sources() -> str:
    folder = Path(vle_analog.errors.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    for kind in ("laws", "blocks"):
        for path in own_sources(kind):
            digest.update(f"{kind}/{path.name}".encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _arithmetic() -> str:
    from vle_analog.lab.arithmetic import samples  # numba: what only compares versions does without

    arguments = np.random.default_rng(_SEED).uniform(-4.0, 4.0, _ARGUMENTS)
    digest = hashlib.sha256()
    for function in (np.sin, np.cos, np.exp, np.tanh, np.cbrt, np.log1p, np.sqrt):
        digest.update(function(np.abs(arguments)).tobytes())
    digest.update(np.array([math.exp(x) + math.sin(x) + math.erf(x) for x in arguments]).tobytes())
    digest.update(np.array([np.mean(arguments), np.var(arguments)]).tobytes())
    for found in samples(arguments):
        digest.update(found.tobytes())
    return digest.hexdigest()[:12]
