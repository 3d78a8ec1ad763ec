"""The command line: ``vle-analog tasks | run | derive | netlist``."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from vle_analog.equations.action import ERROR_RULES
from vle_analog.equations.action import derive as derive_network
from vle_analog.equations.resolve import REALISATIONS
from vle_analog.equations.rules import RULES
from vle_analog.equations.system import EquationSystem
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import OutputError, SimulationError, UsageError, VleAnalogError, nearest
from vle_analog.library import system_files
from vle_analog.simulate.disk import unwritable
from vle_analog.studies.derivation import render_latex, render_text, shapes_of
from vle_analog.studies.output import claimed, is_stream, write_whole
from vle_analog.studies.pipeline import Progress as Tell
from vle_analog.studies.pipeline import Settings, design
from vle_analog.studies.run import run as run_study
from vle_analog.tasks import TASKS, Task

app = typer.Typer(
    help="Turn equations, learning neural networks first of all, into op-amp circuits; simulate them in "
    "ngspice; and say how far they are from the ideal.",
    epilog="Start with: vle-analog run lorenz --out results/lorenz, then vle-analog run chain --rule vle",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
_errors = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)

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


@app.command()
def tasks() -> None:
    """List the learning tasks and the systems that come with the tool."""
    table = Table("name", "what it is", "rules", title="Learning tasks")
    for name, build in TASKS.items():
        table.add_row(name, build().summary, ", ".join(RULES))
    Console().print(table)
    table = Table("name", "states", "inputs", "span", "unit", title="Systems (circuits/systems/)")
    for name, path in system_files().items():
        system = load_system(path)
        table.add_row(name, str(len(system.states)), str(len(system.inputs)), f"{system.span:g}", f"{system.unit:g} s")
    Console().print(table)


@app.command()
def run(
    subject: Subject,
    rule: Rule = None,
    eta: Eta = None,
    span: Span = None,
    seed: Seed = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results (default: results/NAME).")] = None,
    realisation: Realisation = "algebraic",
    bandwidth: Bandwidth = 100.0,
    step: Step = None,
    scale: Scale = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds after which ngspice is stopped.")] = None,
) -> None:
    """Simulate a task or system as op-amp circuit and compare it with its ideal.

    Writes netlist.cir, waveforms.npz, figures/*.png and metrics.json. An earlier run's are replaced once all are ready;
    a run that fails leaves them, and its own netlist and log in ngspice-failed/. No other file is touched.
    """
    chosen = find(subject, rule, eta, span, seed)
    settings = _settings(chosen, realisation, bandwidth, step, scale)
    if timeout is not None and not timeout > 0:
        raise UsageError(f"--timeout must be positive, not {timeout:g}")
    folder = out or Path("results") / chosen.name
    with _from_file(chosen), claimed(folder), _progress() as tell:
        result = run_study(chosen, settings, folder=folder, timeout=timeout, progress=tell)
        tell("figures", 0.0)
        metrics = result.save(folder)
    _print_metrics(metrics, folder)


@app.command()
def derive(
    task: Annotated[str, typer.Option(help="The task whose network is derived.")] = "chain",
    rule: Annotated[str | None, typer.Option(help=f"Only this rule: {', '.join(ERROR_RULES)} (default: all).")] = None,
    latex: Annotated[bool, typer.Option("--latex", help="A LaTeX document instead of text.")] = False,
) -> None:
    """Print the derivation: energy, Euler-Lagrange equations, exact adjoint, local rules, plasticity."""
    if task not in TASKS:
        raise UsageError(f"unknown task '{task}'", hint=nearest(task, TASKS))
    derivation = derive_network(shapes_of(TASKS[task]("vle", None, None, 0).system), rule=rule)
    sys.stdout.write((render_latex if latex else render_text)(derivation))


@app.command()
def netlist(
    subject: Subject,
    rule: Rule = None,
    eta: Eta = None,
    span: Span = None,
    seed: Seed = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write; else standard output.")] = None,
    realisation: Realisation = "algebraic",
    bandwidth: Bandwidth = 100.0,
    step: Step = None,
    scale: Scale = None,
) -> None:
    """Write a task's or system's netlist; it runs alone under `ngspice -b`."""
    chosen = find(subject, rule, eta, span, seed)
    settings = _settings(chosen, realisation, bandwidth, step, scale)
    with _from_file(chosen), _progress() as tell:
        deck = design(chosen, settings, tell).deck
    if output is None or is_stream(output):
        if deck.files:
            raise UsageError(
                f"this netlist needs side files ({', '.join(deck.files)})",
                hint="name a file with -o, they go beside it",
            )
        if output is None:
            sys.stdout.write(deck.text)
            return
        try:
            output.write_text(deck.text, encoding="utf-8")
        except OSError as error:
            raise unwritable(error, output) from error
        return
    output = Path(os.path.realpath(output))  # a link stays one
    write_whole(output.parent, {**deck.files, output.name: deck.text})


def find(
    subject: str, rule: str | None = None, eta: float | None = None, span: float | None = None, seed: int | None = None
) -> EquationSystem | Task:
    """The task or system that a user named, with the given changes.

    Raises:
        UsageError: unknown name, rule or an option that does not apply.
        VleAnalogError: whatever is wrong with a system file.
    """
    if rule is not None and rule not in RULES:
        raise UsageError(f"unknown rule '{rule}'", hint=nearest(rule, RULES))
    if span is not None and not (span > 0 and span < float("inf")):
        raise UsageError(f"--span must be a positive number of model units, not {span:g}")
    if seed is not None and seed < 0:
        raise UsageError(f"--seed must not be negative, not {seed}", hint="take 0 or more")
    if subject in TASKS:
        return TASKS[subject](rule or "vle", eta, span, seed or 0)
    for option, value in (("--rule", rule), ("--eta", eta), ("--seed", seed)):
        if value is not None:
            raise UsageError(f"{option} is for learning tasks; '{subject}' is a system", hint=f"leave {option} out")
    shipped = system_files()
    if subject in shipped:
        system = load_system(shipped[subject])
    elif subject.endswith(".toml") or Path(subject).is_file():
        system = load_system(Path(subject))
    else:
        raise UsageError(
            f"unknown task or system '{subject}'", hint=nearest(subject, [*TASKS, *shipped]) + " (or name a .toml file)"
        )
    return system if span is None else system.updated(span=span)


def _settings(
    chosen: EquationSystem | Task, realisation: str, bandwidth: float, step: float | None, scale: list[str] | None
) -> Settings:
    if realisation not in REALISATIONS:
        raise UsageError(f"unknown realisation of prospective '{realisation}'", hint=nearest(realisation, REALISATIONS))
    if not 1 < bandwidth < float("inf"):
        raise UsageError(f"--bandwidth must be over 1, not {bandwidth:g}")
    if step is not None and not 0 < step < float("inf"):
        raise UsageError(f"--step must be positive, not {step:g}")
    span = _system(chosen).span
    if step is not None and step > span / 10:
        raise UsageError(
            f"--step {step:g} is over a tenth of the span of {span:g} model units",
            hint=f"take {span / 10:g} or less, or leave it out: the reference then tells which is needed",
        )
    scales = {}
    for text in scale or ():
        name, _, volts = text.partition("=")
        try:
            scales[name] = float(volts)
        except ValueError:
            scales[name] = 0.0
        if not 0 < scales[name] < float("inf"):
            raise UsageError(f"--scale {text}: not SIGNAL=VOLTS with a positive number", hint="e.g. --scale x=0.5")
    return Settings(realisation, bandwidth, step, scales=scales)


def _system(chosen: EquationSystem | Task) -> EquationSystem:
    return chosen.system if isinstance(chosen, Task) else chosen


@contextmanager
def _from_file(chosen: EquationSystem | Task) -> Iterator[None]:
    """Errors about the equations name the file that these come from."""
    file = _system(chosen).origin
    try:
        yield
    except (SimulationError, OutputError, UsageError):
        raise
    except VleAnalogError as error:
        if file and not (error.where or "").startswith(file):
            raise error.located(file) from None
        raise


@contextmanager
def _progress() -> Iterator[Tell]:
    console = Console(stderr=True)
    columns = TextColumn("{task.description:<10}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        bar = bars.add_task("checking", total=1.0)

        def tell(stage: str, fraction: float) -> None:
            if bars.tasks[bar].description != stage:
                bars.reset(bar, description=stage)
            bars.update(bar, completed=fraction)

        yield tell


def _print_metrics(metrics: dict[str, Any], folder: Path) -> None:
    console = Console(highlight=False, soft_wrap=True, emoji=False)
    parts = ", ".join(f"{number} {kind}" for kind, number in metrics["parts"].items() if number)
    console.print(f"[bold]{escape(metrics['name'])}[/bold], {metrics['fidelity']} fidelity: {parts}")
    worst = max(metrics["trace_nrmse"], key=metrics["trace_nrmse"].get)
    console.print(f"analog against ideal: NRMSE at most {metrics['trace_nrmse_max']:.2g} of range (signal {worst})")
    if learning := metrics.get("learning"):
        console.print(
            f"loss with plasticity off: {learning['loss_initial']:.3g} at first, then "
            f"{learning['loss_final_analog']:.3g} analog, {learning['loss_final_ideal']:.3g} ideal"
        )
        table = Table("parameter", "analog", "ideal", "teacher")
        for name, values in learning["parameters"].items():
            teacher = "" if values["target"] is None else f"{values['target']:.4g}"
            table.add_row(name, f"{values['analog']:.6g}", f"{values['ideal']:.6g}", teacher)
        console.print(table)
    times = metrics["seconds"]
    console.print(", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in times.items()))
    console.print(f"results in {folder}/", markup=False)
    if not metrics["within_bound"]:
        _errors.print(
            f"warning: signal '{worst}' is off by an NRMSE of {metrics['trace_nrmse_max']:.2g} of its range; "
            f"a good run stays under {metrics['bound']:g}\n"
            "  look at figures/traces.png; a smaller --step or a larger --bandwidth may help",
            markup=False,
        )


def main() -> None:
    """Entry point: errors go to standard error, exit code 0 only on success, 128 + n when signal n ended it."""
    try:
        with _signals():
            app()
    except VleAnalogError as error:
        _errors.print(f"error: {error}", markup=False)
        sys.exit(1)
    except SystemExit as leave:
        if leave.code == 128 + signal.SIGINT:
            _errors.print("interrupted", markup=False)
        raise


@contextmanager
def _signals() -> Iterator[None]:
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


if __name__ == "__main__":
    main()
