"""Gain and phase of a circuit over frequency: its equations, its parts, and boards of it.

A system is linearised around where it rests while its inputs keep their values of one moment (--at); a small signal at
one input (--input) then goes through the equations, through the circuit in ngspice, and through boards with parts of
their own (--boards 8 --mismatch 0.01,0.05). Example: vle-analog ac rc_low_pass --fidelity macromodel --boards 8. Writes
ac.json, ac.png and ac.md.
"""

from vle_analog.lab.study import Study, named
from vle_analog.studies.ac.report import report
from vle_analog.studies.ac.study import AcPlan, ac

STUDY = Study(
    AcPlan,
    ac,
    report,
    folder=lambda plan: f"ac-{plan.board.place}",
    writes=lambda plan: named("ac"),
    extends=("boards", "first"),
    default="ac-NAME",
    timeout=True,
    examples=(
        "vle-analog ac rc_low_pass --fidelity macromodel --boards 8",
        "vle-analog ac state_variable_filter --part opamp=tl072",
    ),
)
