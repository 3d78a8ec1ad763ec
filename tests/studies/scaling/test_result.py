"""Power laws through several sizes."""

from __future__ import annotations

import numpy as np
import pytest

from vle_analog.studies.scaling.result import Growth


def test_a_power_law_is_found() -> None:
    widths = [2, 4, 8]
    law = Growth.of(widths, [3.0 * n**1.5 for n in widths])
    assert law is not None and law.exponent == pytest.approx(1.5) and law.last == pytest.approx(1.5)
    assert law.error == pytest.approx(0, abs=1e-9)
    bent = Growth.of(widths, [n**2 + 20.0 for n in widths])
    assert bent is not None and bent.last == pytest.approx(np.log2(84 / 36)) and 0 < bent.exponent < bent.last < 2
    assert Growth.of([2, 4], [1.0, 2.0]) == Growth(pytest.approx(1.0), None, pytest.approx(1.0))
    assert Growth.of([2], [1.0]) is None and Growth.of([2, 4], [0.0, 1.0]) is None
