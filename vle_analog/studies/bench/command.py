"""Measure a part in ngspice and compare it with its data sheet.

Without a part's name all parts are listed. With --out writes bench.json, bench.md and bench.png.
"""

from vle_analog.lab.study import Study, named
from vle_analog.studies.bench.report import report
from vle_analog.studies.bench.study import BenchPlan, run

STUDY = Study(
    BenchPlan,
    run,
    report,
    writes=lambda plan: () if plan.cell is None else named("bench"),
    output="Folder for bench.json, bench.md and bench.png",
)
