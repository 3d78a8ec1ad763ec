"""The compiled engine held to ngspice on random boards: ``python scripts/engine_agreement.py [CASE ...] [--boards N]``.

As ``vle-analog agreement``, which says more.
"""

from __future__ import annotations

import sys

from vle_analog.cli import main

if __name__ == "__main__":
    sys.argv.insert(1, "agreement")
    main()
