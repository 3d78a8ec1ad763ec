"""One child process: its output as lines while it runs, and a certain end."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vle_analog.errors import SimulationError
from vle_analog.simulate.scratch import shared

_POLL = 0.1  # seconds between looks at the child while it prints nothing
_LINE_END = re.compile(rb"[\r\n]")


@dataclass(frozen=True)
class Ending:
    """How a process ended.

    Attributes:
        code: its return code; negative, or 128 + n under a shell, for signal n.
        timed_out: it was ended because its time was up.
        seconds: wall-clock seconds that it ran.
    """

    code: int
    timed_out: bool
    seconds: float

    @property
    def signal(self) -> str | None:
        """The signal that killed it, e.g. ``SIGKILL``; None if it ended by itself."""
        number = -self.code if self.code < 0 else self.code - 128
        try:
            return signal.Signals(number).name
        except ValueError:
            return None


def run_process(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    timeout: float | None,
    on_line: Callable[[str], None],
) -> Ending:
    """Run ``command`` in ``folder`` and hand over each line that it prints, as soon as it is complete.

    The child gets a process group of its own, so that a terminal's Ctrl-C reaches only the caller. The whole group is
    killed when the time is up and when anything, KeyboardInterrupt and SystemExit included, is raised meanwhile. A
    scratch folder is the child's, too: nobody takes it for one that was left as long as it runs.

    Args:
        command: executable and arguments.
        folder: working directory.
        environment: all environment variables of the child.
        timeout: wall-clock seconds, or None.
        on_line: receives each line of stdout and stderr without its end, be that a line feed or a carriage return.

    Raises:
        SimulationError: the command cannot be started.
    """
    start = time.monotonic()
    try:
        with shared(folder) as descriptors:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                process_group=0,
                pass_fds=descriptors,
            )
    except OSError as error:
        raise SimulationError(f"{command[0]} cannot be started: {error.strerror or error}") from error
    timed_out = False
    try:
        with _Lines(process, on_line) as lines:
            # The child's end counts, not that of its output: a grandchild may hold the pipes open.
            while process.poll() is None:
                if lines.open:
                    lines.read(_POLL)
                else:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(_POLL)
                if timeout is not None and time.monotonic() - start > timeout:
                    timed_out = True
                    break
            if timed_out:
                _kill(process)
            while lines.open and lines.read(0.0):
                pass
    except BaseException:
        _kill(process)
        raise
    return Ending(process.returncode, timed_out, time.monotonic() - start)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the process group, unless its leader was reaped already: the number may then be another's."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class _Lines:
    """The two output pipes of a process, cut into lines."""

    def __init__(self, process: subprocess.Popen[bytes], on_line: Callable[[str], None]) -> None:
        assert process.stdout is not None and process.stderr is not None
        self._pipes = (process.stdout, process.stderr)
        self._rest = {pipe.fileno(): b"" for pipe in self._pipes}
        self._on_line = on_line
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> _Lines:
        for descriptor in self._rest:
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ)
        return self

    @property
    def open(self) -> bool:
        """Whether more can come: the child, or a child of it, holds a pipe."""
        return bool(self._selector.get_map())

    def read(self, wait: float) -> bool:
        """Pass on what has arrived, or arrives within ``wait`` seconds; whether there was anything."""
        ready = self._selector.select(wait)
        for key, _ in ready:
            chunk = os.read(key.fd, 65536)
            if chunk:
                *complete, self._rest[key.fd] = _LINE_END.split(self._rest[key.fd] + chunk)
            else:
                self._selector.unregister(key.fd)
                complete, self._rest[key.fd] = [self._rest[key.fd]], b""
            for line in complete:
                self._on_line(line.decode("utf-8", errors="replace"))
        return bool(ready)

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        for pipe in self._pipes:
            pipe.close()
