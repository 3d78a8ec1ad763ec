"""List the learning tasks and the systems that come with the tool."""

from vle_analog.lab.study import Study
from vle_analog.studies.tasks.report import report
from vle_analog.studies.tasks.study import TasksPlan, tasks

STUDY = Study(
    TasksPlan,
    tasks,
    report,
    parts=False,
    output=None,
    examples=("vle-analog tasks",),
)
