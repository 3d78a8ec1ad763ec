"""Measure a part in ngspice and compare it with its data sheet.

Stated figures that are not what is measured are warned of, and so is noise that a circuit would count twice or miss. A
measurement that fails has no figure but a reason; its netlist and log are kept in a folder ngspice-failed-NAME inside
of --out, or, without it, of a temporary folder that the warning names. Without a part's name all parts are listed.
With --out writes bench.json, bench.md and bench.png.
"""

from vle_analog.lab.study import Study, named
from vle_analog.studies.bench.report import report
from vle_analog.studies.bench.study import BenchPlan, run

STUDY = Study(
    BenchPlan,
    run,
    report,
    writes=lambda plan: () if plan.cell is None else named("bench"),
    timeout=True,
    output="Folder for bench.json, bench.md and bench.png",
    examples=("vle-analog bench", "vle-analog bench opa2134 --out results/opa2134", "vle-analog bench ad633"),
)
