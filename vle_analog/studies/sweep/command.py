"""A system over a range of one of its parameters: a quantity of the equations, and of boards.

At each value the system is designed anew, its circuit scaled to what its signals then do; boards run in the compiled
engine and are measured (--of 'period(x)'), the ideal equations beside. Example: vle-analog sweep lorenz --over
rho=10:30:9 --of 'std(x)' --mismatch 0.01,0.05 --boards 8. Writes sweep.json, sweep.png and sweep.md. Finished boards
are kept in boards/: an interrupted study goes on where it was, and one with more values or boards runs only what is
new.
"""

from vle_analog.lab.study import Study, named
from vle_analog.studies.sweep.report import report
from vle_analog.studies.sweep.study import SweepPlan, sweep

STUDY = Study(
    SweepPlan,
    sweep,
    report,
    folder=lambda plan: f"sweep-{plan.board.place}",
    writes=lambda plan: named("sweep"),
    extends=("boards", "first"),
    default="sweep-NAME",
    boards=True,
    examples=("vle-analog sweep lorenz --over rho=10:30:9 --of 'std(x)' --mismatch 0.01,0.05 --boards 8",),
)
