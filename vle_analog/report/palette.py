"""Colours that mean the same in all figures: what equations, circuits of ideal parts and those of real parts have.

No learning rule has one of them (`learning.colors`). Blue, orange and vermilion follow Okabe and Ito, for colour-blind
readers (jfly.uni-koeln.de/color).
"""

from __future__ import annotations

#: of equations, integrated
REFERENCE = "#8fc7ea"
#: of circuits
IDEAL_PARTS, REAL_PARTS = "#c04a00", "#8e2a7b"
