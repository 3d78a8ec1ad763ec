"""The lab: where a study works, who computes for it, whom it tells how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from vle_analog.lab.executor import Executor, Threads
from vle_analog.lab.folder import claimed, write_whole
from vle_analog.lab.formats import rendered
from vle_analog.report.report import Report
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.simulate.simulator import Simulator

#: told a stage's name and the fraction of it that is done
Progress = Callable[[str, float], None]


def _quiet(stage: str, fraction: float) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Lab:
    """What every study needs.

    Attributes:
        folder: where finished work is kept and found again, and where reports go; nowhere when None.
        executor: who runs boards and other jobs: threads and processes of this machine, or a cluster.
        progress: told each stage's name and the fraction of it that is done.
        simulator: runs netlists.
        timeout: seconds of wall-clock time for each run of the simulator; none when None.
    """

    folder: Path | None = None
    executor: Executor = field(default_factory=Threads)
    progress: Progress = _quiet
    simulator: Simulator = field(default_factory=Ngspice)
    timeout: float | None = None

    @property
    def processes(self) -> int | None:
        """How many processes of this machine run side by side; one per core when None."""
        return self.executor.number if isinstance(self.executor, Threads) else None

    def stage(self, name: str) -> Callable[[float], None]:
        """What tells how far a stage is."""

        def tell(fraction: float) -> None:
            self.progress(name, fraction)

        return tell

    def place(self, name: str) -> Path | None:
        """A folder of that name inside of the lab's, if it has one; it is made when something is kept there."""
        return None if self.folder is None else self.folder / name

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """The lab's folder, kept from all other runs meanwhile; may be nested.

        Raises:
            OutputError: another run has it, or it cannot be written.
        """
        if self.folder is None:
            yield
            return
        with claimed(self.folder):
            yield

    def save(self, report: Report) -> None:
        """Write a report in all formats, its record last; an earlier one of its name is replaced. Nothing without a
        folder.

        Raises:
            OutputError: the folder cannot be written, or another run is writing to it.
        """
        if self.folder is None:
            return
        self.progress("figures", 0.0)
        with self.claimed():
            write_whole(self.folder, {**report.files, **rendered(report)}, report.remains(self.folder))
