"""From a study's plan to a command: its fields become options, messages about fields speak of options."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from vle_analog.cli import listing
from vle_analog.cli.executors import executor_of
from vle_analog.cli.printing import asked, note, progress, show
from vle_analog.errors import UsageError, VleAnalogError, nearest
from vle_analog.fields import at_least, positive
from vle_analog.lab.folder import claimed
from vle_analog.lab.formats import record
from vle_analog.lab.lab import Lab
from vle_analog.lab.study import RESULTS, Study
from vle_analog.library import using
from vle_analog.options import REQUIRED, Option, build, options_of, spoken

#: the code with which a command ends that could not make what was asked for, or that misses its bound and is strict
MISSED = 3
#: options of the lab in which a study runs, not of what it asks
_LAB = ("jobs", "cluster", "timeout", "out", "all", "json", "strict", "dry_run", "figure_format")
#: endings of figures that may be asked for
_ENDINGS = ("png", "svg", "pdf")
#: the name of the folder of parts among a command's options, and how it is written: it concerns all that is looked up
_SHELF, _SHELF_FLAG = "parts_folder", "--parts"


def command(name: str, context: dict[str, Any] | None = None) -> Any:
    """A command by its name, with all its options.

    Args:
        name: with its group's in front, if it is of one.
        context: settings of click that the whole tool has.
    """
    one = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
    help = listing.help_of(name).replace("[", r"\[")
    study = listing.study_of(name)
    act = _function(study, listing.draws(name))
    one.command(name.split()[-1], help=help, epilog=_examples(study), context_settings=context)(act)
    return typer.main.get_command(one)


def _examples(study: Study[Any, Any]) -> str | None:
    """What help says last; a paragraph each."""
    lines = [example.replace("[", r"\[") for example in study.examples]
    return "\n\n".join(["Examples:", *lines]) if lines else None


def _function(study: Study[Any, Any], draws: bool) -> Callable[..., None]:
    """What a command does, with a signature that says its options.

    Args:
        study: that it asks.
        draws: whether it has figures.
    """

    def act(**said: Any) -> None:
        try:
            _run(study, said)
        except VleAnalogError as error:
            error.what = _spoken(error.what, study)
            error.hint = error.hint and _spoken(error.hint, study)
            raise

    parameters = [_parameter(each, study) for each in options_of(study.plan)] + list(_lab_parameters(study, draws))
    parameters.sort(key=lambda each: each.default is not inspect.Parameter.empty)
    act.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    act.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return act


def _run(study: Study[Any, Any], said: dict[str, Any]) -> None:
    with using(said.pop(_SHELF, None)):
        _run_there(study, said)


def _run_there(study: Study[Any, Any], said: dict[str, Any]) -> None:
    jobs, cluster, timeout, out, whole, plain, strict, dry, endings = (said.pop(name, None) for name in _LAB)
    drawn_as = _endings(endings)
    positive(timeout=timeout)
    at_least(1, jobs=jobs)
    plan = build(study.plan, said)
    study.check(plan)
    folder = out or study.place(plan)
    with (
        executor_of(cluster, jobs) as executor,  # first: what it refuses makes no folder
        nullcontext() if folder is None or dry else claimed(folder),
        progress() as tell,
    ):
        lab = Lab(folder, executor, tell, timeout=timeout, note=note)
        if dry and study.estimate is not None:
            typer.echo(study.estimate(plan, lab))
            return
        lab.expect(study.writes(plan))
        result = study.run(plan, lab)
        if study.report is not None:
            report = replace(study.report(result), command=asked(), drawn_as=drawn_as)
            lab.save(report)
    if study.report is None:
        typer.echo(result, nl=False)
        return
    if plain:
        typer.echo(record.text(report), nl=False)
    else:
        show(report, folder, bool(whole))
    if report.undone or (strict and report.missed):
        raise typer.Exit(MISSED)


def _parameter(option: Option, study: Study[Any, Any]) -> inspect.Parameter:
    required = option.default is REQUIRED
    plain = option.parse is None and not option.many  # others' defaults have a text that need not say all their digits
    default = option.default if plain and not required else None
    kind: Any = list[option.kind] if option.many else option.kind  # type: ignore[name-defined]
    optional = kind if required or default is not None else kind | None
    words: dict[str, Any] = {
        "help": _spoken(option.help, study).replace("[", r"\["),
        "metavar": option.spelling if option.argument else option.metavar,
    }
    if option.known is not None:
        words["autocompletion"] = _completed(option.known)
    if not required and (shown := _shown(option)) is not None:
        words["show_default"] = shown
    declare = typer.Argument if option.argument else partial(typer.Option, option.spelling, *option.aliases)
    return inspect.Parameter(
        option.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if required else default,
        annotation=Annotated[optional, declare(**words)],
    )


def _completed(known: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    """What a shell is told of a word that was begun."""

    def completed(incomplete: str) -> list[str]:
        return [word for word in known() if word.startswith(incomplete)]

    return completed


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"


def _shown(option: Option) -> str | None:
    """What help says of a default that is read from a text; None where it says in words what happens then."""
    default = option.default
    if option.parse is None or option.many or default in (None, (), (0.0,) * len(option.paths)):
        return None
    return ",".join(map(_plain, default)) if isinstance(default, tuple) else str(default)


def _endings(said: str | None) -> tuple[str, ...]:
    """Endings of figures' files.

    Raises:
        UsageError: one that is unknown.
    """
    names = [word.strip().removeprefix(".") for word in (said or _ENDINGS[0]).split(",")]
    for name in names:
        if name not in _ENDINGS:
            raise UsageError(f"`figure_format` {said}: no figure is written as '{name}'", hint=nearest(name, _ENDINGS))
    return tuple(f".{name}" for name in dict.fromkeys(names))


def _lab_parameters(study: Study[Any, Any], draws: bool) -> Iterable[inspect.Parameter]:
    def parameter(name: str, kind: Any, help: str, metavar: str | None = None) -> inspect.Parameter:
        flag = _SHELF_FLAG if name == _SHELF else f"--{name.replace('_', '-')}"
        declared = typer.Option(flag, help=help, metavar=metavar)
        annotation = Annotated[kind | None, declared]
        return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)

    if study.boards or study.processes:
        help = "Threads, and processes of ngspice" if study.boards else "Processes side by side"
        yield parameter("jobs", int, f"{help} (default: one per core).")
    if study.boards:
        yield parameter(
            "cluster",
            str,
            "Run boards on the workers of a Dask cluster: its scheduler's address, e.g. tcp://host:8786; or local:N, "
            "for N processes of this machine.",
            "ADDRESS",
        )
    if study.timeout:
        yield parameter("timeout", float, "Seconds after which a run of ngspice is stopped.")
    if study.report is not None and study.output is not None:
        yield parameter("json", bool, "Print all numbers as JSON, in the place of tables and sentences.")
    if draws and study.output is not None:
        yield parameter("figure_format", str, "How figures are written: png, svg, pdf, or several.", "FORMAT,FORMAT")
    if study.estimate is not None:
        yield parameter("dry_run", bool, "Say what it would take, in time and memory, and run nothing.")
    if study.bound is not None:
        yield parameter("strict", bool, f"End with code {MISSED} where {study.bound}.")
    if study.long:
        yield parameter("all", bool, "Print all rows and warnings, not the first alone.")
    if study.parts:
        help = "A folder of parts of your own, beside those that $VLE_ANALOG_LIBRARY names (see `vle-analog part`)."
        yield parameter(_SHELF, Path, help, "DIR")
    if study.output is not None:
        where = "" if study.folder is None else f" (default: {RESULTS}/{study.default}, and what is not as usual)"
        yield parameter("out", Path, f"{study.output}{where}.")


def _spoken(text: str, study: Study[Any, Any]) -> str:
    """A message with options in the place of fields."""
    return spoken(text, study.plan, {**{name: f"--{name.replace('_', '-')}" for name in _LAB}, _SHELF: _SHELF_FLAG})
