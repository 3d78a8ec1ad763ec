"""How circuits and their simulation grow with width, as table, sentences and figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vle_analog.report.numbers import number
from vle_analog.report.report import Report, Table
from vle_analog.studies.scaling.result import GROWING, Growth, Scaling

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: how long a run the circuit's own time is told of, model units
_UNITS = 100_000


def report(scaling: Scaling) -> Report:
    """What is told of networks of several widths."""
    return Report(
        name="scaling",
        title=scaling.title,
        record=scaling.record(),
        tables=[_table(scaling)],
        sentences=_sentences(scaling),
        figures=lambda: _figures(scaling),
    )


def _figures(scaling: Scaling) -> Mapping[str, Figure]:
    from vle_analog.studies.scaling.figure import figure  # matplotlib takes long to load

    return {"scaling": figure(scaling)}


def _table(scaling: Scaling) -> Table:
    """One row per network and width."""
    header = ["network", "N", "weights", "op-amps", "multipliers", "equations", "elements", "fill-in"]
    header += ["Newton steps per point", "μs per point", "s per model unit", "times slower than the circuit", "MB"]
    rows = []
    for network in scaling.networks:
        for run in scaling.of(network):
            counts = (
                run.weights,
                run.opamps,
                run.parts.get("multipliers", 0),
                run.equations,
                run.nonzeros,
                run.fill_in,
            )
            costs = (1e6 * run.per_point, run.per_unit, run.slower)
            rows.append(
                [
                    network,
                    str(run.width),
                    *map(str, counts),
                    f"{run.iterations / run.points:.2f}",
                    *(number(cost, 3) for cost in costs),
                    f"{run.megabytes:.0f}",
                ]
            )
    return Table(scaling.title, header, rows)


def _sentences(scaling: Scaling) -> list[str]:
    """What the table comes to."""
    said = []
    for network in scaling.networks:
        laws = [f"{title} N^{_law(g)}" for name, title in GROWING.items() if (g := scaling.growth(network, name))]
        if laws:
            said.append(f"{network}: {', '.join(laws)} (fit over all widths; between the two largest alone)")
        last = scaling.of(network)[-1]
        said.append(
            f"{network}, N = {last.width}: {_UNITS:,} model units take the circuit {_duration(_UNITS * last.unit)} and "
            f"ngspice {_duration(_UNITS * last.per_unit)}"
        )
    said += [f"{limit.network}: the limit is at N = {limit.width}: {limit.reason}" for limit in scaling.limits]
    return said


def _law(growth: Growth) -> str:
    error = "" if growth.error is None else f" ± {growth.error:.2f}"
    return f"{growth.exponent:.2f}{error} ({growth.last:.2f})"


def _duration(seconds: float) -> str:
    for size, name in ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {name}"
    return f"{seconds:.3g} s"
