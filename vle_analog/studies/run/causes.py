"""Why a run may be far from its ideal, by names."""

from __future__ import annotations

CHAOS = "chaos"
CLIPPING = "clipping"
SLEWING = "slew"
OFFSETS = "offsets"
BANDWIDTH = "bandwidth"
GAIN = "gain"
TOLERANCE = "tolerance"
SOURCES = "sources"
RANDOM = "noise"
SOLVER = "solver"
PARTS = "parts"
