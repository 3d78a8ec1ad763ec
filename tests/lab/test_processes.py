"""Jobs side by side: what ends them ends all of them, and begins no more."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vle_analog.lab.processes import Count, run_jobs


def notes_and_waits(job: str, step: Callable[[], None]) -> str:
    """A job that says that it began, and would then run for ten minutes."""
    Path(job).write_text("")
    step()
    end = time.monotonic() + 600
    while time.monotonic() < end:
        time.sleep(0.01)
    return job


def test_ctrl_c_ends_running_jobs_and_begins_no_waiting_one(tmp_path: Path) -> None:
    jobs = {str(k): str(tmp_path / f"{k}") for k in range(6)}
    begun: list[int] = []

    def progress(done: float, total: float) -> None:
        if done:
            begun.append(len(list(tmp_path.iterdir())))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_jobs(notes_and_waits, jobs, 2, lambda key, result: None, Count(6, 0, 1, progress))
    assert 1 <= begun[0] <= 2 and len(list(tmp_path.iterdir())) <= 2
