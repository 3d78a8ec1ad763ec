"""Processor time until the tool answers, beside that of importing numpy: medians of interleaved runs.

python scripts/bench_startup.py [--runs 7]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

from vle_analog.simulate.usage import processor_of_children

COMMANDS = {
    "vle-analog --help": ["-m", "vle_analog", "--help"],
    "import vle_analog": ["-c", "import vle_analog"],
    "import numpy": ["-c", "import numpy"],
}


def seconds(arguments: list[str]) -> float:
    """Processor time of one Python process, user and system."""
    before = processor_of_children()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    return processor_of_children() - before


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="of each command, in turn")
    runs = parser.parse_args().runs
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in range(runs + 1):
        for name, arguments in COMMANDS.items():
            taken = seconds(arguments)
            if number:  # the first one fills the disk's cache
                times[name].append(taken)
    numpy = statistics.median(times["import numpy"])
    for name, found in times.items():
        middle = statistics.median(found)
        print(f"{name}: {middle:.2f} s of processor time, {middle / numpy:.2f} times importing numpy")


if __name__ == "__main__":
    main()
