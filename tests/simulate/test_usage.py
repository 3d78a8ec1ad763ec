"""What a run of ngspice costs, by its own account."""

from __future__ import annotations

from pathlib import Path

import pytest

from vle_analog.errors import SimulationError
from vle_analog.simulate import Ngspice
from vle_analog.simulate.usage import metered, read_usage

DECK = """.title rc
V1 in 0 SIN(0 1 100)
R1 in out 1k
C1 out 0 1u ic=0
.control
set filetype=binary
save v(out)
tran 10u 20m 0 10u uic
write waveforms.raw
quit
.endc
.end
"""


def test_an_rc_low_pass(tmp_path: Path) -> None:
    vectors, usage = metered(Ngspice(), DECK, span=20e-3, folder=tmp_path)
    assert usage.equations == 4  # two nodes, the source's current, and the simulator's own row
    assert usage.points == pytest.approx(len(vectors.time), abs=2) and usage.points >= 2000
    assert usage.iterations >= 2 * usage.points and usage.rejected >= 0
    assert 0 < usage.seconds < 10 and usage.per_point == usage.seconds / usage.points
    assert 5 < usage.megabytes < 100
    assert all(0 <= share <= 1 for share in (usage.load, usage.factor, usage.solve))


def test_a_log_without_an_account() -> None:
    with pytest.raises(SimulationError, match="account of the run lacks 'Total analysis time"):
        read_usage("Total elapsed time (seconds) = 0.1\n", 0.1)
