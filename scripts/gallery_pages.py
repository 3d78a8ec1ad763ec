"""The gallery's pages: each system's equations, block diagram, waveforms at ideal and real parts, and errors.

What was measured is kept in ``docs/gallery/gallery.json`` with the date, the commit and digests of both decks: where
the tool builds another circuit today, a result is stale. Systems are those that come with the tool, and
``docs/gallery/*.toml``.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from documented import ROOT, digest, provenance
from matplotlib.figure import Figure

import vle_analog as va
from vle_analog.design.subject import Subject
from vle_analog.equations.presentation import presented, written
from vle_analog.equations.system import EquationSystem
from vle_analog.library import system_files
from vle_analog.report.sheet import IDEAL_PARTS, REAL_PARTS, REFERENCE, Grid, new_sheet, style, tidy, typeset
from vle_analog.units import engineering

FOLDER = ROOT / "docs" / "gallery"
_RECORD = FOLDER / "gallery.json"
#: fidelities of both circuits, and what they are called
_PARTS = {"ideal": "ideal parts", "macromodel": "real parts"}
#: signals that are drawn, points of each, and dots per inch
_MOST, _POINTS, _DOTS = 3, 1500, 80


def systems() -> dict[str, Path]:
    """Files of all systems, by name: those that come with the tool, then the gallery's own."""
    own = {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}
    return {**{name: Path(path) for name, path in system_files().items()}, **own}


def measured() -> dict[str, Any]:
    """What is known, by name."""
    return json.loads(_RECORD.read_text(encoding="utf-8")) if _RECORD.is_file() else {}


def decks(name: str) -> dict[str, str]:
    """Digests of both decks as the tool writes them today."""
    system = _system(name)
    built = {fidelity: va.design(system, va.Build(fidelity=fidelity)) for fidelity in _PARTS}
    return {fidelity: digest(ready.deck.text.encode()) for fidelity, ready in built.items()}


def measure(name: str) -> dict[str, Any]:
    """Run a system as both circuits; keep its errors, its diagram and its waveforms."""
    system = _system(name)
    runs = {fidelity: va.run(system, va.Build(fidelity=fidelity)) for fidelity in _PARTS}
    result = {
        **provenance(),
        "decks": {fidelity: digest(run.design.deck.text.encode()) for fidelity, run in runs.items()},
        "nrmse": {fidelity: _errors(run) for fidelity, run in runs.items()},
        "parts": dict(runs["ideal"].design.circuit.parts),
        "devices": list(runs["macromodel"].design.built.devices),
    }
    (FOLDER / f"{name}.svg").write_text(runs["ideal"].design.drawn(), encoding="utf-8")
    with style():
        _waveforms(runs).savefig(FOLDER / f"{name}.png", dpi=_DOTS, metadata={"Software": None})
    known = {**measured(), name: result}
    _RECORD.write_text(json.dumps({key: known[key] for key in sorted(known)}, indent=1) + "\n", encoding="utf-8")
    return result


def texts() -> dict[Path, str]:
    """Pages of all systems that were measured, and their list, by file."""
    known = measured()
    found = {FOLDER / f"{name}.md": _page(name, result) for name, result in known.items()}
    return {ROOT / "docs" / "gallery.md": _list(known), **found}


def heading(name: str) -> tuple[str, str]:
    """What a system is, and its source, as its file's heading says."""
    comments = []
    for line in systems()[name].read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        comments.append(line[1:].strip())
    text = " ".join(comments)
    what, _, source = text.partition("Source:") if "Source:" in text else text.partition("Reference:")
    first = what.split(". ")[0].rstrip(". ") + "."
    return first, source.strip()


def command(name: str) -> str:
    """The command line that runs it."""
    path = systems()[name]
    return f"vle-analog run {f'docs/gallery/{name}.toml' if path.parent == FOLDER else name}"


def _system(name: str) -> EquationSystem:
    loaded = Subject(str(systems()[name])).load()
    assert isinstance(loaded, EquationSystem)
    return loaded


def _errors(run: va.Run) -> dict[str, float]:
    return {name: float(f"{error:.3g}") for name, error in run.comparison.trace_nrmse.items()}


def _waveforms(runs: Mapping[str, va.Run]) -> Figure:
    """The first signals of the equations and of both circuits."""
    ideal = runs["ideal"]
    names = [name for name in ideal.design.bench.probes if name in ideal.ideal.signals][:_MOST]
    sheet = new_sheet(Grid(1, len(names), 7.0, 1.25, 1.05), "")
    time = ideal.ideal.time
    every = slice(None, None, max(1, time.size // _POINTS))
    lines = []
    for row, name in enumerate(names):
        axes = sheet.axes(row, 0, 0.0, 1.05)
        drawn = [(time, ideal.ideal[name], REFERENCE)]
        drawn += [
            (run.analog.time, run.analog[name], look)
            for run, look in zip(runs.values(), (IDEAL_PARTS, REAL_PARTS), strict=True)
        ]
        lines = [axes.plot(x[every], y[every], **look)[0] for x, y, look in drawn]
        axes.set_xlim(time[0], time[-1])
        axes.tick_params(labelbottom=row == len(names) - 1)
        sheet.ylabel(axes, name + tidy(axes, "y", 3))
    sheet.xlabel(f"time (model units of {typeset(engineering(ideal.design.circuit.unit, 's'))})")
    sheet.legend(lines, ["equations", *_PARTS.values()])
    return sheet.figure


def _page(name: str, result: Mapping[str, Any]) -> str:
    what, source = heading(name)
    system = _system(name)
    equations = "\n".join(written(f"{_left(each.lhs)} = {each.rhs}") for each in presented(system))
    values = ", ".join(f"{each} = {value:g}" for each, value in _parameters(name).items())
    errors = [result["nrmse"][fidelity] for fidelity in _PARTS]
    rows = "\n".join(f"| {each} | {' | '.join(_percent(one[each]) for one in errors)} |" for each in errors[0])
    parts = ", ".join(f"{number} {kind}" for kind, number in result["parts"].items() if number)
    return f"""# {name.replace("_", " ")}

{what} {f"Source: {source}" if source else ""}

```
{equations}
```

{f"With {values}." if values else ""}

```sh
{command(name)}
{command(name)} --fidelity macromodel
```

![Block diagram of {name}]({name}.svg)

![Waveforms of {name}: equations, ideal parts, real parts]({name}.png)

| signal | NRMSE, ideal parts | NRMSE, {", ".join(result["devices"]) or "real parts"} |
|---|---:|---:|
{rows}

{parts}. Measured {result["date"]} at {result["commit"]}.
"""


def _left(side: Any) -> str:
    return f"d{side.args[0]}/dt" if side.args else str(side)


def _parameters(name: str) -> dict[str, float]:
    given = tomllib.loads(systems()[name].read_text(encoding="utf-8")).get("parameters", {})
    return {key: value for key, value in given.items() if isinstance(value, (int, float))}


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.2g} %"


def _list(known: Mapping[str, Any]) -> str:
    rows = "\n".join(
        f"| [{name.replace('_', ' ')}](gallery/{name}.md) | {heading(name)[0]} | {result['parts']['opamps']} "
        f"| {result['parts']['multipliers']} | {_percent(max(result['nrmse']['ideal'].values()))} "
        f"| {_percent(max(result['nrmse']['macromodel'].values()))} |"
        for name, result in known.items()
    )
    return f"""# Gallery

{len(known)} systems as circuits, each with its equations, its block diagram, and its waveforms beside those of the
equations: with ideal parts, which say whether the mapping is right, and with parts by their data sheets. NRMSE is the
worst signal's, over the whole run. Where it is large with real parts, a trajectory is chaotic: the circuit stays on the
attractor and leaves the trajectory.

| system | | op-amps | multipliers | ideal parts | real parts |
|---|---|---:|---:|---:|---:|
{rows}

Made by `python scripts/gallery.py`; `--list` says what is older than the circuit that the tool builds today.
"""
