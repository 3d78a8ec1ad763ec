"""Colours that mean the same in all figures: what is compared, what is judged, and what is neither.

No learning rule has one of the first (`learning.colors`). Blue, orange and vermilion follow Okabe and Ito, for
colour-blind readers (jfly.uni-koeln.de/color).
"""

from __future__ import annotations

#: of equations, integrated
REFERENCE = "#8fc7ea"
#: of circuits
IDEAL_PARTS, REAL_PARTS = "#c04a00", "#8e2a7b"
#: of boards whose parts scatter
BOARDS = "#c493cf"
#: of boards and margins that hold and that do not, of the bound between them, and of ranges
GOOD, BAD, BOUND, BAND = "#3fae49", "#b3123f", "#222222", "#dcdcdc"
#: of what is neither compared nor judged, and of what of it stands back
PLAIN, FAINT = "#555555", "#b8b8b8"
