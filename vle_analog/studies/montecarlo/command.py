"""Yield of boards: many of one design, each with parts of its own; how many are good?

Boards run side by side in the compiled engine. Those of a learning task learn the same lesson and are judged with
weights held, on fresh data; those of a system run over its span and are measured: --criterion 'nrmse(x)<=0.02',
'error(period(x))<=0.01', 'gain(v, drive, 0.05)>=0.9'. Writes montecarlo.json, montecarlo.png and montecarlo.md.
Finished boards are kept in boards/, and so is, every few seconds, where the others are in their lesson: an interrupted
study goes on where it was, and one with more lessons, boards or another criterion runs only what is new. On a cluster
(--cluster; pip install 'vle-analog[cluster]') results are the same bit for bit. Board K has the parts of `vle-analog
netlist ... --board K`; a teacher, which is no part of a board, keeps its values. A check in ngspice takes long: a board
there takes some hundreds of times what it takes in the engine.
"""

from vle_analog.lab.study import Study, named
from vle_analog.studies.montecarlo.report import report
from vle_analog.studies.montecarlo.study import MonteCarloPlan, estimate, study

STUDY = Study(
    MonteCarloPlan,
    study,
    report,
    folder=lambda plan: f"montecarlo-{plan.fleet.board.place}",
    writes=lambda plan: named("montecarlo") if plan.netlist is None else (),
    extends=("boards", "first", "lessons", "until", "criterion", "checks", "netlist"),
    default="montecarlo-NAME",
    boards=True,
    estimate=estimate,
    examples=(
        "vle-analog montecarlo van_der_pol --mismatch 0.01,0.05 --criterion 'error(period(x))<=0.05'",
        "vle-analog montecarlo chain --rule gle --fidelity macromodel --dry-run",
    ),
)
