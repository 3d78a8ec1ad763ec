"""A system on an analog computer: what it takes, how it is set, and how far its emulation is from the reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vle_analog.patch.machine import Machine, Patch


@dataclass(frozen=True)
class Patched:
    """What came of it.

    Attributes:
        name: of the system.
        machine: that it is put on.
        patch: how.
        span: of a run, in the equations' units of time.
        nrmse: of the emulation against the reference, by output; empty where nothing was emulated.
        peaks: largest values in the emulation, in machine units, by element.
        bound: of a good emulation's NRMSE.
        unchecked: why nothing was emulated.
    """

    name: str
    machine: Machine
    patch: Patch
    span: float
    nrmse: Mapping[str, float]
    peaks: Mapping[str, float]
    bound: float
    unchecked: str = ""

    @property
    def worst(self) -> float | None:
        """The largest NRMSE."""
        return max(self.nrmse.values(), default=None)

    @property
    def missed(self) -> bool:
        """Whether it does not fit, or does something else."""
        return not self.patch.fits or (self.worst or 0.0) > self.bound

    def record(self) -> dict[str, Any]:
        """All numbers as plain data."""
        patch = self.patch
        return {
            "system": self.name,
            "machine": self.machine.name,
            "fits": patch.fits,
            "needs": [
                {"what": each.what, "needed": each.needed, "available": each.available, "of": list(each.of)}
                for each in patch.needs
            ],
            "unit_seconds": patch.unit if patch.fits else None,
            "span_seconds": patch.unit * self.span if patch.fits else None,
            "scales": dict(patch.program.scales),
            "outputs": {name: dict(row) for name, row in patch.program.outputs.items()},
            "sheet": {group.title: [list(row) for row in group.rows] for group in patch.sheet},
            "nrmse": dict(self.nrmse),
            "nrmse_max": self.worst,
            "peaks": dict(self.peaks),
        }
