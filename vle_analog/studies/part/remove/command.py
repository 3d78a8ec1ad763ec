"""Remove a part of your own, and the copy of its maker's file beside it."""

from vle_analog.lab.study import Study
from vle_analog.studies.part.remove.report import report
from vle_analog.studies.part.remove.study import RemovePlan, removed

STUDY = Study(
    RemovePlan,
    removed,
    report,
    output=None,
    examples=("vle-analog part remove tl082",),
)
