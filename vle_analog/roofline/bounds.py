"""The roofline of compiled steps: what a core can do at most, and how much of that they do (Williams, Waterman and
Patterson, Communications of the ACM 52(4), 2009)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from vle_analog.report.palette import BOUND, PLAIN, REAL_PARTS, REFERENCE
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


def drawn(of: Machine, steps: Mapping[str, Bounded]) -> Figure:
    """Roofs, and steps under them; a line leads from each to what its own operations and bytes allow."""
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    intensity = np.geomspace(0.02, 30, 200)
    for number, (name, rate) in enumerate(of.bandwidth.items()):
        axes.loglog(intensity, np.minimum(of.flops, rate * intensity) / 1e9, color=BOUND, lw=0.8)
        x = (0.022, 0.05)[number % 2]  # neighbours' words stand apart
        axes.text(
            x,
            1.05 * x * rate / 1e9,
            f"{name}, {rate / 1e9:.0f} GB/s",
            fontsize=7,
            color=PLAIN,
            rotation=46,  # of a line of slope one, as wide and high as the axes are
            rotation_mode="anchor",
        )
    axes.text(4, of.flops / 1e9 * 1.06, f"{of.flops / 1e9:.0f} Gflop/s", fontsize=7, color=PLAIN)
    for number, (name, step) in enumerate(steps.items(), 1):
        color = REAL_PARTS if name.startswith("engine") else REFERENCE
        x, reached, allowed = (
            step.count.flops / step.count.moved,
            step.count.flops / step.seconds / 1e9,
            step.count.flops / step.attainable / 1e9,
        )
        axes.plot([x, x], [reached, allowed], color=color, lw=1.2)
        axes.plot([x], [allowed], "_", color=color, ms=9)
        axes.plot([x], [reached], "o", color=color, label=f"{number}  {name}: {100 * step.share:.0f} %")
        axes.annotate(str(number), (x, reached), xytext=(-3, -14), textcoords="offset points", fontsize=8)
    axes.set(xlabel="floating-point operations per byte", ylabel="Gflop/s")
    axes.set(xlim=(0.02, 30), ylim=(0.9, 1.6 * of.flops / 1e9))
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize=7, title="share of what its operations and bytes allow", title_fontsize=7)
    return figure
