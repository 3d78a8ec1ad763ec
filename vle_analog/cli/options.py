"""The arguments and options that commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from vle_analog.equations.resolve import REALISATIONS
from vle_analog.equations.rules import RULES
from vle_analog.errors import UsageError

Subject = Annotated[
    str,
    typer.Argument(metavar="TASK|FILE.toml", help="A task or system of `vle-analog tasks`, or your own system file."),
]
Rule = Annotated[str | None, typer.Option(help=f"Learning rule of a task: {', '.join(RULES)} (default: vle).")]
Eta = Annotated[
    float | None, typer.Option(help="Learning rate of a task, per model unit of time (default: the task's own).")
]
Span = Annotated[
    float | None, typer.Option(help="How long to run, in model units of time (default: the task's or system's own).")
]
Seed = Annotated[int | None, typer.Option(help="Seed of a task's data stream (default: 0).")]
Realisation = Annotated[str, typer.Option("--prospective", help=f"How circuits look ahead: {', '.join(REALISATIONS)}.")]
Bandwidth = Annotated[float, typer.Option(help="Band limit of lead stages and differentiators, in multiples of 1/tau.")]
Step = Annotated[
    float | None, typer.Option(help="ngspice's step bound in model units; found from the reference if not given.")
]
Scale = Annotated[
    list[str] | None,
    typer.Option(metavar="SIGNAL=VOLTS", help="Volts per model unit of one signal, instead of the tool's own choice."),
]


def numbers(option: str, text: str) -> tuple[float, ...]:
    """The numbers of an option that takes several, with commas between them.

    Raises:
        UsageError: one is missing or cannot be read; says which.
    """
    found = []
    for part in text.split(","):
        try:
            found.append(float(part))
        except ValueError:
            what = f"'{part.strip()}' is not a number" if part.strip() else "a number is missing"
            raise UsageError(
                f"{option} '{text}': {what}", hint="give numbers with commas between them, e.g. 0.1,0.3,1"
            ) from None
    return tuple(found)
