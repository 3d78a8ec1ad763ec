"""What signals do to the tool."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from types import FrameType

TYPE_CHECKING = False  # `typing` takes long to load, and meanwhile a Ctrl-C would be Python's
if TYPE_CHECKING:
    from typing import NoReturn

#: seconds after which a signal comes again that was lost
_AGAIN = 0.02


class Leaving(SystemExit):
    """A signal ended the tool.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number


@contextmanager
def leaving() -> Iterator[None]:
    """Signals that end the tool unwind it, so that ngspice ends with it; those that are ignored (nohup) stay so.

    One that arrives where nothing can be unwound, in a destructor or in a function that C code calls (as numba's
    compiler does), comes again a moment later.
    """

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        raise Leaving(number)

    def told(unraisable: sys.UnraisableHookArgs) -> None:
        if isinstance(lost := unraisable.exc_value, Leaving):
            again.append(Timer(_AGAIN, os.kill, (os.getpid(), lost.number)))
            again[-1].daemon = True
            again[-1].start()
        else:
            hook(unraisable)

    again: list[Timer] = []
    earlier = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    ending = {number: handler for number, handler in earlier.items() if handler not in (signal.SIG_IGN, None)}
    for number in ending:
        signal.signal(number, leave)
    hook, sys.unraisablehook = sys.unraisablehook, told
    try:
        yield
    finally:
        for timer in again:
            timer.cancel()
        sys.unraisablehook = hook
        for number, handler in ending.items():
            signal.signal(number, handler)
