"""Runs of a study in several processes: each a file of its own, so that an interrupted study runs only what is missing.

A file is named by a digest of all that its run depends on: studies with more seeds, rates or rules find it, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol, TypeVar

from vle_analog.lab.folder import write_whole
from vle_analog.lab.lab import Lab
from vle_analog.lab.processes import Count, Work, run_jobs
from vle_analog.lab.store import read_kept
from vle_analog.lesson.on_chip import checkpoint

#: folder of finished runs and checkpoints, inside of the lab's
RUNS = "runs"


class Writable(Protocol):
    """A run that can be written to a file."""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""


Job = TypeVar("Job")
Run = TypeVar("Run", bound=Writable)


def completed(
    work: Work[Job, Run], jobs: Mapping[str, Job], read: Callable[[Job, Any], Run], steps: int, lab: Lab
) -> list[Run]:
    """Run what is missing; all runs, in the jobs' order.

    Args:
        work: does a job, as `run_jobs` has it.
        jobs: by key.
        read: makes a job's run of what its file holds; may raise for what is none, or another job's.
        steps: of every job, by which progress is counted.
        lab: finished runs are kept in its folder, and found again.

    Raises:
        OutputError: the folder cannot be written, or another study is writing to it.
        SimulationError: a process was killed from outside; what was finished is kept.
        VleAnalogError: a job's; what was finished is kept.
    """
    place = lab.place(RUNS)
    runs: dict[str, Run] = {}

    def keep(key: str, run: Run) -> None:
        runs[key] = run
        if place is not None:
            write_whole(place, {f"{key}.json": json.dumps(run.to_json()) + "\n"})
            checkpoint(place, key).unlink(missing_ok=True)

    with lab.claimed():
        if place is not None:
            for key, job in jobs.items():
                if (run := read_kept(place / f"{key}.json", partial(read, job))) is not None:
                    runs[key] = run
            lab.resumed(len(runs), f"of {len(jobs)} runs")
        count = Count(
            total=len(jobs) * steps,
            done=len(runs) * steps,
            per_job=steps,
            progress=lambda done, total: lab.progress("learning", done / total),
        )
        run_jobs(work, {key: job for key, job in jobs.items() if key not in runs}, lab.processes, keep, count)
    return [runs[key] for key in jobs]
