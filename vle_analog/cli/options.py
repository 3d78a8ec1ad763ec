"""The arguments and options that commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from vle_analog.circuit.technology import FIDELITIES
from vle_analog.equations.resolve import REALISATIONS
from vle_analog.errors import UsageError
from vle_analog.learning.rules import RULES
from vle_analog.production.grades import Grade

Subject = Annotated[
    str,
    typer.Argument(
        metavar="TASK|FILE.toml|FILE.py",
        help="A task or system of `vle-analog tasks`, or your own system (.toml) or task (.py).",
    ),
]
Rule = Annotated[
    str | None, typer.Option(help=f"Learning rule of a task: {', '.join(RULES)}, or a .py file (default: vle).")
]
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

Fidelity = Annotated[
    str | None,
    typer.Option(
        help=f"Of the parts: {', '.join(FIDELITIES)} (default: ideal, or what the system's file says). "
        "Parts of all but ideal ones scatter as their data sheets say."
    ),
]
Part = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ROLE=NAME",
        help="A part of your choice, e.g. opamp=tl072, or multiplier=ideal; `vle-analog bench` lists them. "
        "May be repeated.",
    ),
]
Offsets = Annotated[
    float | None,
    typer.Option(help="How far real parts' offsets scatter, over what data sheets say (default: 1; 0: not at all)."),
]
Trim = Annotated[
    float | None,
    typer.Option(
        metavar="VOLTS", help="Step of trimmers that null all multipliers' offsets, e.g. 1e-4 (default: no trimmers)."
    ),
]
Mismatch = Annotated[
    str | None, typer.Option(metavar="R,C", help="Standard deviations of resistors and capacitors, e.g. 0.05,0.1.")
]
Grades = Annotated[
    list[str] | None,
    typer.Option(
        "--grade",
        metavar="BLOCKS=R[,C]",
        help="Other standard deviations for the parts of some blocks, by name or pattern: 'r3=0.001'. May be repeated; "
        "the last that fits counts.",
    ),
]
Celsius = Annotated[
    float, typer.Option(metavar="DEGREES", help="Temperature of boards; parts' values and data sheets hold at 27.")
]
Coefficients = Annotated[
    str | None,
    typer.Option(metavar="R,C", help="Temperature coefficients of resistors and capacitors, ppm per kelvin."),
]
Noise = Annotated[
    int | None,
    typer.Option(metavar="SEED", help="Add the noise of resistors, op-amps and multipliers, drawn by this seed."),
]
NoiseScale = Annotated[
    float | None, typer.Option(help="How strong the noise is, over what parts have (default: 1; only with --noise).")
]
BoardSeed = Annotated[int | None, typer.Option("--board", help="Seed of the parts' scatter and mismatch (default: 0).")]


def grades(texts: list[str] | None) -> tuple[Grade, ...]:
    """The grades that a user chose, in order.

    Raises:
        UsageError: not BLOCKS=R or BLOCKS=R,C.
    """
    return tuple(Grade.parse(text) for text in texts or ())


def pair(option: str, text: str | None) -> tuple[float, float]:
    """Two numbers; zeros without a text.

    Raises:
        UsageError: not two numbers.
    """
    if text is None:
        return 0.0, 0.0
    found = numbers(option, text)
    if len(found) != 2:
        raise UsageError(f"{option} '{text}' is not two numbers", hint="with a comma between them, e.g. 0.3,0.2")
    return found[0], found[1]


def parts(texts: list[str] | None) -> dict[str, str]:
    """The parts that a user chose, by role.

    Raises:
        UsageError: not ROLE=NAME.
    """
    found = {}
    for text in texts or ():
        role, equals, name = text.partition("=")
        if not (role and equals and name):
            raise UsageError(f"--part '{text}' is not ROLE=NAME", hint="e.g. --part opamp=tl072")
        found[role.strip()] = name.strip()
    return found


def spreads(mismatch: str | None) -> tuple[float, float]:
    """The two numbers of ``--mismatch``, resistors' and capacitors'; zeros without it."""
    if mismatch is None:
        return 0.0, 0.0
    found = numbers("--mismatch", mismatch)
    if len(found) != 2:
        raise UsageError(f"--mismatch '{mismatch}' is not two numbers", hint="e.g. 0.05,0.1: resistors, capacitors")
    return found[0], found[1]


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
