"""The tool's entry point. All else is loaded under its eyes: signals, full disks and closed pipes find it prepared."""

from __future__ import annotations

import signal
import sys

from vle_analog.cli.signals import leaving
from vle_analog.cli.streams import complained, open_all, silenced


def main() -> None:
    """Run the command line: errors go to standard error; it ends with 0 only on success, with 128 + n by signal n."""
    open_all()
    try:
        with leaving():
            from vle_analog.cli.app import run

            try:
                run()
            finally:
                sys.stdout.flush()  # here, where it is known what to do if that fails
    except SystemExit as leave:
        if leave.code == 128 + signal.SIGINT:
            complained("interrupted")
        raise
    except OSError as error:
        silenced()
        if not isinstance(error, BrokenPipeError):  # nobody is left to be told
            what = "cannot write standard output" if error.filename is None else f"cannot use {error.filename!r}"
            complained(f"error: {what}: {error.strerror or error}")
        sys.exit(1)
