"""How long boards hold what they learned: their weights are voltages of capacitors, which droop.

Boards learn, then the gate stays closed for a while, and they are judged. While it is closed an amplifier's bias
current and a switch's leakage charge each capacitor by the board's own values, its insulation discharges it, and what
the dielectric absorbed comes back. With --refresh weights are read out and written back by converters of --bits.
Currents are those at --celsius. Writes hold.json, hold.png and hold.md. Boards that have learned are kept in boards/: a
study with other times, dielectric or refresh runs only the exams.
"""

from vle_analog.lab.study import Study, named
from vle_analog.studies.hold.report import report
from vle_analog.studies.hold.study import HoldPlan, hold

STUDY = Study(
    HoldPlan,
    hold,
    report,
    folder=lambda plan: f"hold-{plan.fleet.board.place}",
    writes=lambda plan: named("hold"),
    extends=("boards", "first", "criterion", "times", "dielectric", "insulation", "refresh", "bits", "most"),
    default="hold-NAME",
    boards=True,
    examples=(
        "vle-analog hold chain --rule gle --boards 8",
        "vle-analog hold chain --rule gle --boards 8 --celsius 70 --refresh 10",
    ),
)
