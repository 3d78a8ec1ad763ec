"""The compiled engine held to ngspice on random boards: ``python scripts/engine_agreement.py [CASE ...] [--boards N]``.

Boards of real parts, 1 % resistors, 5 % capacitors, data sheets' offsets. Deployed ones: all neurons' outputs on the
exam. Learning ones: everything that is learned, on the way, and the verdict with weights held. What ngspice found is
kept: an interrupted run goes on where it was. Writes ``results/engine_agreement/agreement.json`` and ``.md``.
``--quick`` for a test.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vle_analog.studies.agreement.cases import BOARDS, CASES, study
from vle_analog.studies.agreement.report import markdown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(f"'{name}'" for name in CASES))
    parser.add_argument("--boards", type=int, default=BOARDS)
    parser.add_argument("--quick", action="store_true", help="lessons and exams of a moment")
    given = parser.parse_args()

    def tell(name: str, fraction: float) -> None:
        print(f"\r{name}: {100 * fraction:3.0f} %", end="" if fraction < 1 else "\n", file=sys.stderr, flush=True)

    found = study(given.cases, given.boards, Path("results") / "engine_agreement", given.quick, tell)
    print(markdown(found))


if __name__ == "__main__":
    main()
