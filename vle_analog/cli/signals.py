"""What signals do to the tool."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


@contextmanager
def leaving() -> Iterator[None]:
    """Signals that end the tool unwind it, so that ngspice ends with it; those that are ignored (nohup) stay so."""

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    earlier = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    ending = {number: handler for number, handler in earlier.items() if handler not in (signal.SIG_IGN, None)}
    for number in ending:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in ending.items():
            signal.signal(number, handler)
