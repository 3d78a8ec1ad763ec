"""Print a block's gain, time constants and errors as expressions in its parts, and what each part changes.

Numbers are for the block's own file's parts, 100 kohm and 1 ms, with one input, and a macromodel's op-amp and
multiplier unless told otherwise. Without a block's name all blocks are listed.
"""

from vle_analog.lab.study import Study
from vle_analog.studies.sensitivity.report import report
from vle_analog.studies.sensitivity.study import SensitivityPlan, run

STUDY = Study(
    SensitivityPlan,
    run,
    report,
    writes=lambda plan: () if plan.block is None else [f"sensitivity.{kind}" for kind in ("md", "tex", "html", "json")],
    output="Folder for sensitivity.json, sensitivity.md and sensitivity.tex",
)
