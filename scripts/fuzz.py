"""A reader of others' files under a coverage-guided fuzzer: ``python scripts/fuzz.py TARGET [SECONDS]``.

Needs atheris (``pip install 'vle-analog[fuzz]'``). Starts from the seeds in ``tests/fuzz/corpus`` and the shipped
files; what it finds worth keeping goes into ``results/fuzz/TARGET``, and a finding is left there as ``crash-...``,
``timeout-...`` or ``oom-...``: mend the reader, cut the finding down, add it to the seeds.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import atheris  # type: ignore[import-not-found]

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
#: what the fuzzer sees the inside of; functions that numba compiles cannot be instrumented
_SEEN = ["vle_analog.equations", "vle_analog.circuit", "vle_analog.netlist", "vle_analog.simulate", "tomllib"]
with atheris.instrument_imports(include=_SEEN, enable_loader_override=False):
    from tests.fuzz.targets import TARGETS, guarded

#: seconds that one input may take, and megabytes that the process may grow to
SECONDS, MEGABYTES = 10, 2048
#: shipped files that a target starts from
SHIPPED = {"system": "circuits/systems/*.toml", "cell": "circuits/*/*.cir"}


def main(name: str, seconds: str = "3600") -> None:
    """Run one target for so long, or until it finds something."""
    folder = ROOT / "results" / "fuzz" / name
    folder.mkdir(parents=True, exist_ok=True)
    seeds = ROOT / "tests" / "fuzz" / "corpus" / name
    for path in [*ROOT.glob(SHIPPED[name])] if name in SHIPPED else []:
        shutil.copy(path, folder / f"shipped-{path.stem}")
    words = ROOT / "tests" / "fuzz" / f"{name}.dict"
    options = [f"-max_total_time={seconds}", f"-timeout={SECONDS}", f"-rss_limit_mb={MEGABYTES}", "-max_len=8192"]
    options += ["-len_control=0", f"-artifact_prefix={folder}/", f"-dict={words}"]
    atheris.Setup([sys.argv[0], *options, str(folder), str(seeds)], TARGETS[name])
    with guarded():
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
