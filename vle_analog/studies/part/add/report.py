"""What is told of a maker's model that became a part."""

from __future__ import annotations

from dataclasses import replace

from vle_analog.report.report import Report, Table
from vle_analog.studies.bench.report import report as told_of_bench
from vle_analog.studies.part.add.result import Added

#: by what ports were told, for people
_TOLD = {
    "names": "their names",
    "comment": "a comment",
    "trial": "trial in ngspice",
    "you": "what you said",
}
#: deviation of a stated figure that is worth a warning; 1 dB of a noise
_CLOSE, _CLOSE_NOISE = 0.1, 10 ** (1 / 20) - 1


def report(added: Added) -> Report:
    """Ports, figures, and what to know before trusting them."""
    by = _TOLD[added.pins.told] + (f" ({added.pins.where})" if added.pins.where else "")
    pins = Table(
        f"{added.name}: ports of {added.maker}, by {by}",
        ["port", "is"],
        [[port, role] for port, role in zip(added.ports, added.pins.roles, strict=True)],
    )
    (figures,) = told_of_bench(added.bench).tables
    return Report(
        "part",
        f"{added.name}, a part of your own",
        tables=[pins, replace(figures, title=f"{added.name} in ngspice")],
        sentences=[f"{added.file}", f"use it: --part opamp={added.name}"],
        warnings=[*_disagreements(added), *(f"not in it: {each}" for each in added.left)],
    )


def _disagreements(added: Added) -> list[str]:
    """Figures that the file states and that are others."""
    found = []
    for quantity in added.bench.compared:
        bound = _CLOSE_NOISE if quantity.name == "voltage_noise" else _CLOSE
        if quantity.deviation is None or abs(quantity.deviation) <= bound:
            continue
        found.append(
            f"the file states {quantity.name} {quantity.stated:.4g} {quantity.unit}; "
            f"measured is {quantity.measured:.4g} {quantity.unit}"
        )
    return found
