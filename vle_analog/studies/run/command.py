"""Simulate a task or system as op-amp circuit and compare it with its ideal.

Writes netlist.cir, waveforms.npz, figures/*, a page (report.html), metrics.json and, of a network that learned,
weights.npz and weights.csv, which --weights takes. An earlier run's are replaced once
all are ready, unless somebody changed them; a run that fails leaves them, and its own netlist and log in
ngspice-failed/. No other file is touched.
"""

from vle_analog.lab.study import Study
from vle_analog.studies.run.estimate import estimate
from vle_analog.studies.run.report import WRITES, report
from vle_analog.studies.run.study import RunPlan, run_live

STUDY = Study(
    RunPlan,
    run_live,
    report,
    folder=lambda plan: plan.place,
    writes=lambda plan: WRITES,
    extends=("live",),
    timeout=True,
    bound="the circuit is farther from its ideal than a good one",
    long=True,
    estimate=estimate,
    examples=(
        "vle-analog run lorenz",
        "vle-analog run van_der_pol --fidelity macromodel --part opamp=tl072",
        "vle-analog run chain --rule gle --figure-format png,pdf",
        "vle-analog run lorenz --live",
    ),
)
