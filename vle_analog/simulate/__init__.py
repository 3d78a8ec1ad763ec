"""Netlist text -> waveforms: the simulator protocol, ngspice, and the reader of its raw files."""

from vle_analog.simulate.ngspice import Ngspice
from vle_analog.simulate.rawfile import Plot, read_raw
from vle_analog.simulate.simulator import Simulator, Vectors

__all__ = ["Ngspice", "Plot", "Simulator", "Vectors", "read_raw"]
