"""Compare learning rules on a task: each over a grid of rates and several seeds.

Losses and accuracies are taken with the weights frozen, on fresh data. Writes learn.json, learn.png and learn.md. Every
finished run is kept in runs/: an interrupted study goes on where it was, and one with more seeds, rates or rules runs
only what is new.

With --analog, each rule learns at one rate as an op-amp circuit in ngspice and, on the same data, ideally; writes
analog.json, analog.png and analog.md. Such a run takes long (ngspice does 10 to 20 points per unit of time), and goes
on from its last checkpoint when it was interrupted. Options about boards and their parts are for such circuits.
"""

from vle_analog.lab.study import Study, named
from vle_analog.studies.learn.estimate import estimate
from vle_analog.studies.learn.report import report
from vle_analog.studies.learn.study import LearnPlan, learn

STUDY = Study(
    LearnPlan,
    learn,
    report,
    folder=lambda plan: f"learn-{plan.board.lesson.place}",
    writes=lambda plan: named("analog" if plan.analog else "learn"),
    extends=("rules", "etas", "seeds"),
    default="learn-TASK",
    processes=True,
    estimate=estimate,
    examples=(
        "vle-analog learn chain --seeds 2",
        "vle-analog learn xor_small --rules bp,gle,vle --dry-run",
        "vle-analog learn chain --analog",
    ),
)
