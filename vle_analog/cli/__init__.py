"""The command line: ``vle-analog COMMAND``; ``--help`` lists them.

A command is a function in a file of its own or its group's, and a line in `COMMANDS`.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

import typer

from vle_analog.cli import catalogue
from vle_analog.cli.printing import ERRORS
from vle_analog.cli.signals import leaving
from vle_analog.cli.subject import find
from vle_analog.errors import VleAnalogError
from vle_analog.studies.bench import command as bench
from vle_analog.studies.bom import command as bill
from vle_analog.studies.budget import command as budget
from vle_analog.studies.derive import command as derivation
from vle_analog.studies.frequency import command as frequency
from vle_analog.studies.learn import command as learn
from vle_analog.studies.margins import command as margins
from vle_analog.studies.montecarlo import command as montecarlo
from vle_analog.studies.noise import command as noise
from vle_analog.studies.noise_sources import command as noise_sources
from vle_analog.studies.run import command as circuits
from vle_analog.studies.scaling import command as scaling
from vle_analog.studies.sensitivity import command as sensitivity
from vle_analog.studies.tolerance import command as tolerance

__all__ = ["COMMANDS", "app", "find", "main"]

#: in the order of ``--help``; a function's name is the command's, its docstring the help
COMMANDS: tuple[Callable[..., None], ...] = (
    catalogue.tasks,
    circuits.run,
    learn.learn,
    derivation.derive,
    circuits.netlist,
    frequency.frequency,
    scaling.scaling,
    bench.bench,
    bill.bom,
    margins.margins,
    montecarlo.montecarlo,
    budget.budget,
    tolerance.tolerance,
    noise.noise,
    noise_sources.noise_sources,
    sensitivity.sensitivity,
)

app = typer.Typer(
    help="Turn equations, learning neural networks first of all, into op-amp circuits; simulate them in "
    "ngspice; and say how far they are from the ideal.",
    epilog="Start with: vle-analog run lorenz --out results/lorenz, then vle-analog run chain --rule vle",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for command in COMMANDS:
    app.command()(command)


def main() -> None:
    """Entry point: errors go to standard error, exit code 0 only on success, 128 + n when signal n ended it."""
    try:
        with leaving():
            app()
    except VleAnalogError as error:
        ERRORS.print(f"error: {error}", markup=False)
        sys.exit(1)
    except SystemExit as leave:
        if leave.code == 128 + signal.SIGINT:
            ERRORS.print("interrupted", markup=False)
        raise
