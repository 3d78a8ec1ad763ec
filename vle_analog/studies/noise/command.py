"""How much noise do boards stand: the same boards under more and more of it, bit by bit up to failure.

Noise is that of resistors, op-amps and multipliers by their data sheets, times a level; twice the noise is one bit.
Boards learn and are judged under it, with weights held, on fresh data, or solve a system's equations; once more with
the noise off in the exam, which tells what learning lost, and the signal-to-noise ratio at the output. Noise alone:
--mismatch 0,0 --offsets 0. Writes noise.json, noise.png and noise.md. Finished boards are kept in boards/: an
interrupted study goes on where it was, and one with more boards, levels or another criterion runs only what is new. Who
makes the noise of a signal, part by part: `vle-analog noise-sources`.
"""

from vle_analog.lab.study import Study, named
from vle_analog.studies.noise.report import report
from vle_analog.studies.noise.study import NoisePlan, estimate, noise

STUDY = Study(
    NoisePlan,
    noise,
    report,
    folder=lambda plan: f"noise-{plan.fleet.board.place}",
    writes=lambda plan: named("noise"),
    extends=("boards", "first", "criterion", "levels", "checks"),
    default="noise-NAME",
    boards=True,
    estimate=estimate,
    examples=("vle-analog noise state_variable_filter", "vle-analog noise chain --boards 8 --mismatch 0,0 --offsets 0"),
)
