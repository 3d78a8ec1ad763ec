"""How much each part of a system's circuit moves a quantity: table, sentences, figure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from vle_analog.design.built import equations_of
from vle_analog.report.report import Report, Table
from vle_analog.studies.sensitivity.result import Moved, PartsSensitivity
from vle_analog.units import engineering

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: rows that are printed unless all are asked for
_ROWS = 20
#: share of the variance below which a kind is not told
_TOLD = 0.001
#: parts with a bent slope that are named
_NAMED = 5
#: of a device's parameters, by their first letter
_UNITS = {"V": "V", "X": "V", "Y": "V", "Z": "V", "I": "A"}


def parts_report(study: PartsSensitivity) -> Report:
    """What is told of a system's parts."""
    return Report(
        "sensitivity",
        f"{study.name}: what moves {study.quantity}",
        study.record(),
        [_table(study)],
        _sentences(study),
        lambda: _figures(study),
        _warnings(study),
        equations=equations_of(study.built),
    )


def _figures(study: PartsSensitivity) -> Mapping[str, Figure]:
    from vle_analog.studies.sensitivity.figure import figure  # matplotlib takes long to load

    return {"sensitivity": figure(study)}


def _table(study: PartsSensitivity) -> Table:
    """One row a part."""
    header = ["part", "of", "value", "relative sensitivity", "off by (1 sigma)", "moves it by"]
    rows = [
        [each.name, f"{each.kind}, {each.block}", _value(each), _relative(each), _sigma(each), _effect(each, study)]
        for each in study.parts
    ]
    right = frozenset(header[2:])
    return Table(f"{study.name}: what moves {study.quantity}", header, rows, right=right, most=_ROWS)


def _value(part: Moved) -> str:
    return "" if part.value is None else engineering(part.value, "ohm" if part.kind == "resistor" else "F")


def _relative(part: Moved) -> str:
    return "" if part.relative is None or not math.isfinite(part.relative) else f"{part.relative:+.4f}"


def _sigma(part: Moved) -> str:
    if part.value is not None:
        return f"{100 * part.sigma:.3g} %"
    unit = _UNITS.get(part.kind.rpartition(".")[2][:1])
    return engineering(part.sigma, unit) if unit else f"{100 * part.sigma:.3g} %"


def _effect(part: Moved, study: PartsSensitivity) -> str:
    if part.effect is None:
        return "not finite"
    over = f" ({100 * part.effect / study.value:+.3g} %)" if study.value else ""
    return f"{part.effect:+.3g}{over}"


def _sentences(study: PartsSensitivity) -> list[str]:
    over = f", {100 * study.deviation / abs(study.value):.3g} % of it" if study.value else ""
    kinds = ", ".join(f"{kind} {100 * share:.1f} %" for kind, share in study.shares.items() if share >= _TOLD)
    return [
        f"{study.quantity} is {study.value:.5g} on the circuit as designed, {study.ideal:.5g} in the equations",
        f"all parts together, to first order: a standard deviation of {study.deviation:.3g}{over}; of its "
        f"variance {kinds}",
        "relative sensitivity: by which part of itself the quantity changes for one part of the value",
    ]


def _warnings(study: PartsSensitivity) -> list[str]:
    bent = study.bent
    if not bent:
        return []
    names = ", ".join(each.name for each in bent[:_NAMED]) + (", ..." if len(bent) > _NAMED else "")
    return [
        f"{study.quantity} does not follow {len(bent)} of {len(study.parts)} parts in a line ({names}): their "
        "figures say little. Of what is chaotic, take a longer `span`, or ask montecarlo for many boards' statistics"
    ]
