"""``vle-analog frequency``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from vle_analog.cli.options import numbers
from vle_analog.cli.printing import answers
from vle_analog.lab.folder import claimed
from vle_analog.studies.frequency.study import SEVEN_SINES, check_times, frequency_view

_DEFAULT = ",".join(f"{line:.4g}" for line in SEVEN_SINES)


def frequency(
    tau_m: Annotated[float, typer.Option(help="The neuron's membrane time constant, model units.")] = 1.0,
    tau_r: Annotated[float, typer.Option(help="Its prospective time constant, model units.")] = 0.1,
    spectrum: Annotated[
        str | None,
        typer.Option(
            metavar="W,W,...",
            help="Frequencies of the signal that coefficients are learned on, radians per model unit "
            f"(default: {_DEFAULT}).",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results (default: results/frequency).")] = None,
) -> None:
    """Compare all rules' error paths with the exact adjoint, gain and phase over frequency.

    Prints learned coefficients, errors and gains; writes frequency.png and frequency.json. An earlier call's are
    replaced once both are ready; no other file is touched.
    """
    lines = SEVEN_SINES if spectrum is None else numbers("--spectrum", spectrum)
    check_times(tau_m, tau_r, lines, ("--tau-m", "--tau-r", "--spectrum"))
    folder = out or Path("results") / "frequency"
    with claimed(folder):
        metrics = frequency_view(tau_m, tau_r, lines).save(folder)
    _print_metrics(metrics, folder)


def _print_metrics(metrics: dict[str, Any], folder: Path) -> None:
    console = answers()
    spectrum = metrics["spectrum"]
    order = sorted(range(len(spectrum)), key=spectrum.__getitem__)
    shown = sorted({order[0], order[len(order) // 2], order[-1]}, key=spectrum.__getitem__)
    console.print(
        f"error paths e/p, tau_m {metrics['tau_m']:g}, tau_r {metrics['tau_r']:g}; "
        f"error: RMS of e - e(adjoint) over p's {len(spectrum)} sine(s), relative; w in rad per model unit"
    )
    table = Table("rule", "ka", "kb", "kc", "error", *(f"gain at w = {spectrum[n]:.3g}" for n in shown))
    for rule, error in metrics["error"].items():
        learned = [f"{k:.4g}" for k in metrics["coefficients"].get(rule, ())] or [""] * 3
        table.add_row(rule, *learned, f"{error:.3g}", *(f"{metrics['gain'][rule][n]:.3g}" for n in shown))
    console.print(table)
    console.print(f"the equations that run are within {metrics['measured_deviation']:.1g} of these formulas")
    console.print(f"results in {folder}/", markup=False)
