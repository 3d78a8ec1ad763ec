"""Run decks in other simulators than ngspice, and say how far these are from it.

Witnesses are ngspice as WebAssembly (npm package eecircuit-engine, run by Node) and neospice (pip install
'vle-analog[witnesses]'); those that are not installed are named. A witness that passes over a line, or warns of one, is
no witness of that deck, and is listed with its reason. Where ngspice itself, at half the step, comes to something else,
a deck is chaotic, and compared as far as it can be. Writes witnesses.json and witnesses.md.
"""

from vle_analog.lab.study import Study
from vle_analog.studies.witnesses.report import report
from vle_analog.studies.witnesses.study import WitnessesPlan, witnesses

STUDY = Study(
    WitnessesPlan,
    witnesses,
    report,
    folder=lambda plan: "witnesses",
    writes=lambda plan: ("witnesses.md", "witnesses.html", "witnesses.json"),
    default="witnesses",
    timeout=True,
    examples=("vle-analog witnesses netlists/lorenz.cir",),
)
