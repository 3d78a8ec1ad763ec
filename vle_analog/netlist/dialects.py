"""The simulators that a circuit can be written for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vle_analog.circuit.circuit import Circuit
from vle_analog.netlist import ltspice, ngspice, xyce
from vle_analog.netlist.testbench import Deck, Testbench

#: by the name of the simulator; a new one is a file with `render`, and a line here
DIALECTS: Mapping[str, Callable[[Circuit, Testbench], Deck]] = {
    "ngspice": ngspice.render,
    "ltspice": ltspice.render,
    "xyce": xyce.render,
}
