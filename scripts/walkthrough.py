"""Run the commands of README and docs in a fresh clone, page by page: ``python scripts/walkthrough.py [PAGE ...]``.

A page's blocks run in order, in a folder of its own, as a reader who types them would; systems and tasks that the page
shows lie there by their names. Where a command can tell what it would take (``--dry-run``), it is asked first, and held
to within ``FACTOR`` of what it took, by the clock or by processors, which others may keep busy. A command that
runs over ``--limit`` seconds is stopped as a reader would, by Ctrl-C, and counts as unfinished: it fails only where it
says that something is wrong. Writes ``walkthrough.json``.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import documented
import results

from vle_analog.cli import listing
from vle_analog.simulate.usage import processor_of_children

#: estimates may be off by so much; under so many seconds starting up is all that counts
FACTOR, SHORT = 3.0, 10.0
#: what is measured elsewhere, or asks for a machine of its own
LEFT_OUT = {
    "bash scripts/demo": "sets up an environment of its own: run by hand in each release's clone",
    "bash scripts/test": "is the suite itself",
    "source .venv/bin/activate": "belongs to these",
}
#: commands by packages that only extras bring
EXTRAS = {
    "scripts/make_mnist1d.py": "mnist1d",
    "mnist1d/": "mnist1d",
    "digits/": "mnist1d",
    "vle-analog witnesses": "eecircuit-engine",
}
#: files that a reader brings: a maker's model, a system, a task
OPAMP = """* an op-amp as makers' files have it
.SUBCKT TL082 3 2 7 4 6
RI 3 2 1E12
G1 0 9 VALUE={LIMIT(18.8M*V(3,2),-13M,13M)}
R1 9 0 10.6MEG
C1 9 0 1N
E1 8 0 VALUE={LIMIT(V(9),V(4)+1.5,V(7)-1.5)}
RO 8 6 50
IQ 7 4 1.4M
.ENDS
"""
#: commands that have `--dry-run`
ESTIMATED = [name for name in listing.names() if not listing.is_group(name) and listing.study_of(name).estimate]
_SECONDS = re.compile(r"about ([\d.]+) (s|min|h)\b")
_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0}


def commands(page: Path) -> Iterator[str]:
    """Lines of a page's shell blocks; usage lines, which have no values, are none."""
    for block in re.findall(r"^```sh\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        yield from (line.strip() for line in block.splitlines() if line.strip() and "[OPTIONS]" not in line)


def furnish(page: Path, folder: Path, clone: Path) -> None:
    """Put into a folder what the page's commands take: its own systems and tasks, and what a reader brings."""
    for block in re.findall(r"^```toml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        if named := re.search(r'^name = "(\w+)"', block, re.MULTILINE):
            (folder / f"{named[1]}.toml").write_text(block, encoding="utf-8")
    (folder / "TL082.lib").write_text(OPAMP, encoding="utf-8")
    (folder / "my_system.toml").write_bytes((clone / "circuits" / "systems" / "van_der_pol.toml").read_bytes())
    (folder / "my_task.toml").write_bytes((clone / "circuits" / "tasks" / "chain.toml").read_bytes())
    for name in ("scripts", "netlists"):
        (folder / name).symlink_to(clone / name)


def ran(
    words: list[str], folder: Path, around: Mapping[str, str], limit: float
) -> tuple[int | None, tuple[float, float], str]:
    """Exit code (None: stopped at the limit), seconds by the clock and of processors, and what a command said."""
    begun, busy = time.monotonic(), processor_of_children()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(words, cwd=folder, env=around, stdout=said, stderr=subprocess.STDOUT)
        try:
            code: int | None = process.wait(limit)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            code = None
        seconds = time.monotonic() - begun, processor_of_children() - busy
        said.seek(0)
        return code, seconds, said.read()


def estimate(words: list[str], folder: Path, around: Mapping[str, str]) -> float | None:
    """Seconds that a command says it would take; None where it cannot tell."""
    if words[0] != "vle-analog" or words[1] not in ESTIMATED or "--dry-run" in words:
        return None
    code, _, said = ran([*words, "--dry-run"], folder, around, 300)
    told = _SECONDS.search(said)
    return None if code or told is None else float(told[1]) * _UNITS[told[2]]


def one(line: str, folder: Path, around: Mapping[str, str], limit: float) -> dict[str, Any]:
    """What becomes of a line of a page."""
    words = shlex.split(line, comments=True)
    row: dict[str, Any] = {"command": shlex.join(words), "state": "left out"}
    missing = [name for text, name in EXTRAS.items() if text in row["command"] and not _there(name)]
    if (reason := LEFT_OUT.get(row["command"])) or missing:
        return row | {"reason": reason or f"needs {missing[0]}"}
    told = row["estimate"] = estimate(words, folder, around)
    ready = [sys.executable, *words[1:]] if words[0] == "python" else words
    code, took, said = ran(ready, folder, around, limit)
    row["seconds"], row["processor"] = (round(each, 1) for each in took)
    row["state"] = "unfinished" if code is None else "works" if code == 0 else "fails"
    if code or (code is None and "Traceback" in said):
        row |= {"state": "fails", "code": code, "said": said[-600:]}
    if told is not None and code == 0:
        low, high = min(took), max(took)
        row["off"] = round(max(told, SHORT) / max(min(max(told, low), high), SHORT), 2)
    return row


def _there(package: str) -> bool:
    """Whether an extra's package is installed; what is none of Python's is not."""
    return importlib.util.find_spec(package.replace("-", "_")) is not None


def main() -> int:
    """Run what is asked for; 1 where something fails or an estimate is too far off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", help="README.md, docs/engineer.md, ...: all")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds after which a command is stopped")
    asked = parser.parse_args()
    pages = asked.pages or [
        "README.md",
        "CONTRIBUTING.md",
        *sorted(f"docs/{each.name}" for each in (documented.ROOT / "docs").glob("*.md")),
    ]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which shells switch off for jobs behind the scenes
    told: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as spare:
        clone, shim = Path(spare) / "clone", Path(spare) / "bin"
        subprocess.run(["git", "clone", "--quiet", str(documented.ROOT), str(clone)], check=True)
        shim.mkdir()
        (shim / "vle-analog").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vle_analog "$@"\n')
        (shim / "vle-analog").chmod(0o755)
        around = {**os.environ, "PYTHONPATH": str(clone), "PATH": f"{shim}:{os.environ['PATH']}"}
        around |= {"XDG_CONFIG_HOME": f"{spare}/config"}
        for page in pages:
            folder = Path(spare) / page.replace("/", "-")
            folder.mkdir()
            furnish(clone / page, folder, clone)
            # a list by the alphabet takes a part away before it shows it
            for line in sorted(commands(clone / page), key=lambda line: "part remove" in line):
                row = one(line, folder, around, asked.limit)
                told.setdefault(page, []).append(row)
                print(page, *(f"{key} {value}" for key, value in row.items()), sep=" | ", flush=True)
    results.write("walkthrough", {**documented.provenance(), "limit": asked.limit, "pages": told})
    rows = [row for page in told.values() for row in page]
    wrong = [row for row in rows if row["state"].startswith("fails")]
    far = [row for row in rows if row.get("off") and not 1 / FACTOR <= row["off"] <= FACTOR]
    print(f"{len(rows)} commands, {len(wrong)} fail, {len(far)} estimates are off by more than {FACTOR:g}")
    return int(bool(wrong or far))


if __name__ == "__main__":
    raise SystemExit(main())
