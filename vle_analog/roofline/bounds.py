"""The roofline of compiled steps: what a core can do at most, and how much of that they do (Williams, Waterman and
Patterson, Communications of the ACM 52(4), 2009)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vle_analog.roofline import machine
from vle_analog.roofline.counting import FLOPS, Count

#: levels of memory by working sets that they hold, bytes
LEVELS: Mapping[str, float] = {"L1": 16e3, "L2": 512e3, "L3": 8e6, "memory": 256e6}


@dataclass(frozen=True)
class Machine:
    """What a core can do.

    Attributes:
        flops: floating-point operations per second at most, all of them fused.
        bandwidth: bytes per second by level, of working sets that are read and written.
    """

    flops: float
    bandwidth: Mapping[str, float]

    @staticmethod
    def measured() -> Machine:
        """This machine's."""
        rates = {name: machine.bandwidth(size, updated=True) for name, size in LEVELS.items()}
        return Machine(FLOPS["fma"] / machine.mixture({"fma": 1.0}), rates)


@dataclass(frozen=True)
class Bounded:
    """A step, and the least time that it could take.

    Attributes:
        count: what it does.
        seconds: that it takes.
        path: seconds of its longest chain of operations.
    """

    count: Count
    seconds: float
    path: float

    @cached_property
    def arithmetic(self) -> float:
        """Seconds of its operations, in full vectors of which none waits."""
        return machine.mixture(self.count.operations)

    @cached_property
    def traffic(self) -> float:
        """Seconds of one pass over the bytes that it reads and writes, from where in the caches they lie."""
        return machine.traffic(self.count.read, self.count.stored)

    @cached_property
    def accesses(self) -> float:
        """Seconds of all loads and stores of its source, from the first cache."""
        return self.count.accessed / machine.bandwidth(LEVELS["L1"], updated=True)

    @property
    def attainable(self) -> float:
        """Seconds that the roofline leaves: of arithmetic or traffic, whichever takes longer."""
        return max(self.arithmetic, self.traffic)

    @property
    def share(self) -> float:
        """Of the roofline."""
        return self.attainable / self.seconds

    @property
    def share_with_path(self) -> float:
        """Of the roofline for steps that wait for one another."""
        return max(self.attainable, self.path) / self.seconds

    def record(self) -> dict[str, Any]:
        """All numbers; of times, microseconds."""
        times = {
            "seconds": self.seconds,
            "arithmetic": self.arithmetic,
            "traffic": self.traffic,
            "path": self.path,
            "accesses": self.accesses,
            "attainable": self.attainable,
        }
        return {
            "operations": {kind: self.count.operations[kind] for kind in sorted(self.count.operations)},
            "flops": self.count.flops,
            "read": self.count.read,
            "written": self.count.stored,
            "accessed": self.count.accessed,
            "intensity": self.count.flops / self.count.moved,
            "microseconds": {name: 1e6 * value for name, value in times.items()},
            "share": self.share,
            "share_with_path": self.share_with_path,
        }
