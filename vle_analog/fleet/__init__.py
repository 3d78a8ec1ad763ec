"""Many boards of one design: made by number, run side by side, judged, checked in ngspice."""
