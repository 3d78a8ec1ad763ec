"""What signals do to the tool."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

TYPE_CHECKING = False  # `typing` takes long to load, and meanwhile a Ctrl-C would be Python's
if TYPE_CHECKING:
    from typing import NoReturn

#: seconds after which a signal comes again that was lost
_AGAIN = 0.02


class Leaving(SystemExit):
    """A signal ended the tool."""


@contextmanager
def leaving() -> Iterator[None]:
    """Signals that end the tool unwind it, so that ngspice ends with it; those that are ignored (nohup) stay so.

    One that arrives where nothing can be unwound, in a destructor or in a function that C code calls (as numba's
    compiler does), comes again a moment later.
    """

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        raise Leaving(128 + number)

    def again(number: int, frame: FrameType | None) -> NoReturn:
        raise lost[0]

    def told(unraisable: sys.UnraisableHookArgs) -> None:
        if isinstance(unraisable.exc_value, Leaving):
            lost[:] = [unraisable.exc_value]
            signal.setitimer(signal.ITIMER_REAL, _AGAIN)
        else:
            hook(unraisable)

    lost: list[Leaving] = []
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    hook, earlier = sys.unraisablehook, {number: signal.getsignal(number) for number in (*numbers, signal.SIGALRM)}
    for number in numbers:
        if earlier[number] not in (signal.SIG_IGN, None):
            signal.signal(number, leave)
    signal.signal(signal.SIGALRM, again)
    sys.unraisablehook = told
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.unraisablehook = hook
        for number, handler in earlier.items():
            if handler is not None:
                signal.signal(number, handler)
