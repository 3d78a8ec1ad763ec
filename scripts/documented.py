"""The numbers of README and docs: measured by the commands of ``docs/results.toml``, kept in ``docs/results/``, filled
into the pages of ``docs/source/``.

A result is a command of the tool, and the numbers of its record that are wanted, by their dotted paths. With it is kept
on which commit, when and where it was measured, and a digest of the deck that was measured: where the tool would build
another deck today, the number is stale. A figure that is named goes to ``docs/figures/``. A command that takes hours
names a folder, where it finds what it has finished; commands that make its files go ``first``.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any

from vle_analog.cli.app import app

ROOT = Path(__file__).resolve().parent.parent
RESULTS, SOURCE, FIGURES = (ROOT / "docs" / name for name in ("results", "source", "figures"))
#: pages by the files of which they are made
PAGES = {path.name: ROOT / ("" if path.name == "README.md" else "docs") / path.name for path in SOURCE.glob("*.md")}
#: ``{{ name.path.to.value | form }}``
_MARK = re.compile(r"\{\{ *([\w-]+)\.([^|}]+?) *(?:\| *([^}]+?) *)?\}\}")


def entries() -> dict[str, dict[str, Any]]:
    """All results that are wanted, by name."""
    return tomllib.loads((ROOT / "docs" / "results.toml").read_text(encoding="utf-8"))


def measured() -> dict[str, dict[str, Any]]:
    """All results that were measured, by name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}


def measure(name: str) -> dict[str, Any]:
    """Run a result's command, and keep what is wanted of its record."""
    entry = entries()[name]
    with tempfile.TemporaryDirectory() as spare:
        folder = Path(entry.get("folder", spare))
        commit = _begun(folder)
        started = time.monotonic()
        for command in entry.get("first", []):
            _tool(command)
        _tool(entry["command"], "--out", str(folder))
        record = json.loads((folder / entry["record"]).read_text(encoding="utf-8"))
        seconds = max(time.monotonic() - started, _spent(record))
        if "figure" in entry:
            shutil.copy(folder / entry["figure"], FIGURES / f"{name}{Path(entry['figure']).suffix}")
    result = {
        "command": entry["command"],
        **provenance(),
        "commit": commit,
        "seconds": round(seconds, 1),
        "deck": deck(entry),
        "values": {path: _at(record, path) for path in entry["values"]},
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return result


def provenance() -> dict[str, str]:
    """On which commit, when and where something is measured now."""
    return {
        "commit": _commit(),
        "date": datetime.date.today().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    }


def yields() -> dict[str, dict[str, Any]]:
    """What `system_yields.py` measured, by system; `netlist` is the command of the deck that was."""
    return json.loads((ROOT / "docs" / "system_yields.json").read_text(encoding="utf-8"))


def _commit() -> str:
    """The commit that is checked out; a plus behind it says that files were changed."""
    return _git("rev-parse", "--short=10", "HEAD") + ("+" if _git("status", "--porcelain", "-uno") else "")


def _begun(folder: Path) -> str:
    """The commit at which what is in a folder was begun."""
    note = folder / "begun_at"
    if not note.exists():
        folder.mkdir(parents=True, exist_ok=True)
        note.write_text(_commit(), encoding="utf-8")
    return note.read_text(encoding="utf-8")


def _spent(record: Any) -> float:
    """Seconds that the runs of a record say they took: some may have been done before."""
    if isinstance(record, Mapping):
        own = sum(record["seconds"]) if isinstance(record.get("seconds"), list) else 0.0
        return own + sum(_spent(value) for value in record.values())
    return 0.0


def deck(entry: Mapping[str, Any]) -> str:
    """Digest of the deck that the tool builds for a result today; empty where the result says none."""
    return _deck(entry["deck"]) if "deck" in entry else ""


@cache
def _deck(command: str) -> str:
    """Digest of the deck that a command writes; several results may be of the same one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "board.cir"
        _tool(command, "-o", str(path))
        return digest(path.read_bytes())


def digest(content: bytes) -> str:
    """What tells a deck from others."""
    return hashlib.sha256(content).hexdigest()[:16]


def rendered(source: Path) -> str:
    """A page with its numbers.

    Raises:
        KeyError: a number that nothing measured.
    """
    results = measured()
    return _MARK.sub(lambda mark: _word(results, *mark.groups()), source.read_text(encoding="utf-8"))


def marks(text: str) -> Iterator[str]:
    """Names of the results that a page's source has numbers of."""
    return (mark[1] for mark in _MARK.finditer(text))


def _word(results: Mapping[str, Any], name: str, path: str, form: str | None) -> str:
    result = results[name]
    value = _value(result, path)
    match form:
        case None:
            return str(value)
        case "percent":
            return f"{100 * value:.2g} %"
        case "percent3":
            return f"{100 * value:.3g} %"
        case "percents":
            return f"{100 * value:.1f} %"
        case "middle":  # of a distribution
            return f"{100 * value['0.5']:.1f} %"
        case "over95":
            return str(sum(each is not None and each >= 0.95 for each in value))
        case "size":
            return f"{abs(value):.2g}"
        case "milli":
            return f"{1000 * value:g}"
        case _:
            return format(value, form)


def _value(result: Mapping[str, Any], path: str) -> Any:
    """A result's value by its path, what is within one, or what is kept about the result."""
    for wanted, value in result["values"].items():
        if path == wanted or path.startswith(f"{wanted}."):
            return _at(value, path.removeprefix(wanted).strip(".")) if path != wanted else value
    return result[path]


def _at(record: Any, path: str) -> Any:
    """A number of a record by its dotted path; ``#`` is how many there are."""
    for word in path.split("."):
        record = len(record) if word == "#" else record[int(word) if isinstance(record, list) else word]
    return record


def _tool(command: str, *more: str) -> None:
    """Run a command of the tool in this process, or one of these scripts (``python scripts/...``) in its own.

    Raises:
        VleAnalogError: as the command does.
        CalledProcessError: from a script that fails.
    """
    words = shlex.split(command)
    if words[0] == "python" and Path(words[1]).parent.name == "scripts":
        subprocess.run([sys.executable, str(ROOT / words[1]), *words[2:], *more], check=True, stdout=sys.stderr)
        return
    if words[:1] != ["vle-analog"]:
        raise ValueError(f"{command}: no command of vle-analog")
    with redirect_stdout(sys.stderr):
        app([*words[1:], *more], standalone_mode=False)


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
