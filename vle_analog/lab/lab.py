"""The lab: where a study works, who computes for it, whom it tells how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from vle_analog.lab.executor import Executor, Threads
from vle_analog.lab.folder import claimed, refuse_changed, write_results, write_whole
from vle_analog.lab.formats import rendered
from vle_analog.lab.told import telling
from vle_analog.report.report import Report
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.simulate.simulator import Simulator

#: told a stage's name and the fraction of it that is done
Progress = Callable[[str, float], None]


def _quiet(stage: str, fraction: float) -> None:
    """Tell nobody."""


def _silent(note: str) -> None:
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
        note: told, in a sentence, what a user should know of results that were there before.
    """

    folder: Path | None = None
    executor: Executor = field(default_factory=Threads)
    progress: Progress = _quiet
    simulator: Simulator = field(default_factory=Ngspice)
    timeout: float | None = None
    note: Callable[[str], None] = _silent

    @property
    def processes(self) -> int | None:
        """How many processes of this machine run side by side; one per core when None."""
        return self.executor.number if isinstance(self.executor, Threads) else None

    def stage(self, name: str) -> Callable[[float], None]:
        """What tells how far a stage is."""

        def tell(fraction: float) -> None:
            self.progress(name, fraction)

        return tell

    def part(self, number: int, of: int) -> Lab:
        """The lab of one of several like parts of a study, counted from 0: what it tells is of all of them."""
        return replace(self, progress=lambda name, fraction: self.progress(name, (number + fraction) / of))

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

    def expect(self, names: Sequence[str]) -> None:
        """Refuse a folder that a report could not be written to, and say whether an earlier one is there.

        Args:
            names: of files that the report will have, the last of which makes it complete.

        Raises:
            OutputError: a file is there that is a user's.
        """
        if self.folder is None or not names:
            return
        if refuse_changed(self.folder, names, _what(names[-1])):
            self.note(f"{self.folder} has the results of an earlier run; they are replaced when this one is done")

    def resumed(self, kept: int, what: str) -> None:
        """Say how much that an earlier study finished is there and is not run again, if anything.

        Args:
            kept: how many.
            what: are counted, e.g. ``of 30 runs``.
        """
        if kept:
            self.note(f"{kept} {what} are finished in {self.folder} from before, and are used again")

    def save(self, report: Report) -> None:
        """Write a report in all formats, its record last; an earlier one of its name is replaced. Nothing without a
        folder.

        Raises:
            OutputError: the folder cannot be written, another run is writing to it, or a file is there that is a
                user's.
        """
        if self.folder is None:
            return
        self.progress("figures", 0.0)
        with self.claimed():
            contents = {**report.files, **rendered(report)}
            if contents:
                last = list(contents)[-1]
                write_results(self.folder, contents, _what(last), last)
                write_whole(self.folder, telling(report, list(contents)))


def _what(last: str) -> str:
    """What is written, by the file that makes it complete."""
    return f"report {Path(last).stem}"
