"""A patch sheet in words."""

from __future__ import annotations

import json
from collections.abc import Iterator

from vle_analog.patch.machine import Need
from vle_analog.patch.program import UNIT, Weights
from vle_analog.report.report import Report, Table
from vle_analog.studies.patch.result import Patched
from vle_analog.units import engineering

#: names of signals in a sentence, at most
_NAMED = 4


def report(found: Patched) -> Report:
    """What is told of a patch."""
    configuration = found.patch.configuration
    name = f"{found.name}-{found.machine.name}.json"
    return Report(
        "patch",
        f"{found.name} on {found.machine.title}",
        found.record(),
        list(_tables(found)),
        list(_sentences(found)),
        warnings=[found.unchecked] if found.unchecked else [],
        files={} if configuration is None else {name: json.dumps(configuration, indent=1) + "\n"},
        missed=found.missed,
        undone=not found.patch.fits,
    )


def _tables(found: Patched) -> Iterator[Table]:
    rows = [
        [each.what, str(each.needed), str(each.available), "" if each.is_met else "too many"]
        for each in found.patch.needs
    ]
    yield Table("What it takes", ["of", "needed", "there", ""], rows, frozenset({"needed", "there"}))
    for group in found.patch.sheet:
        yield Table(group.title, group.header, group.rows)
    if found.patch.fits:
        outputs = [
            [name, _combination(row), *([f"{100 * found.nrmse[name]:.2g} %"] if found.nrmse else [])]
            for name, row in found.patch.program.outputs.items()
        ]
        yield Table("Outputs", ["signal", "is", *(["NRMSE, emulated"] if found.nrmse else [])], outputs)


def _combination(row: Weights) -> str:
    """An output as people write it, of elements in machine units."""
    text = " + ".join(f"{weight:.6g}" if name == UNIT else f"{weight:.6g} [{name}]" for name, weight in row.items())
    return text.replace("+ -", "- ") or "0"


def _sentences(found: Patched) -> Iterator[str]:
    patch = found.patch
    if not patch.fits:
        lacking = "; ".join(_lacking(each) for each in patch.needs if not each.is_met)
        yield f"it does not fit on {found.machine.title}: {lacking}"
        return
    yield (
        f"it fits; one unit of the equations' time is {engineering(patch.unit, 's')} on the machine, "
        f"the run of {found.span:g} units {engineering(found.span * patch.unit, 's')}"
    )
    yield "[x] is the output of the element that carries x, in machine units"
    if found.worst is not None:
        most = max(found.peaks, key=lambda name: found.peaks[name])
        yield (
            f"in the maker's emulator outputs are within {100 * found.worst:.2g} % (NRMSE) of the reference; "
            f"the largest signal, {most}, reaches {found.peaks[most]:.3g} machine units"
        )


def _lacking(need: Need) -> str:
    """What there is too little of."""
    of = f" ({', '.join(need.of[:_NAMED])}{', ...' if len(need.of) > _NAMED else ''})" if need.of else ""
    return f"{need.what}: {need.needed} of {need.available}{of}"
