"""What must a board cost? Ways of building it, their price, power and parts, and the cheapest that yields enough.

All combinations of what --try lists are designed and priced: op-amps and multipliers that the table of prices has, or
--try opamp=tl072/opa2134 --try mismatch=0.05,0.05/0.01,0.05 --try rule=gle/vle1: parts by their role, and any option of
boards. Boards of each run in the compiled engine, a few first: a way whose yield is surely too low, or that is dearer
than one whose yield is surely high enough, gets no more (successive halving). Writes tradeoff.json, tradeoff.png and
tradeoff.md. Finished boards are kept in boards/: an interrupted study goes on where it was. The table of prices that
comes with the tool is from memory: replace it (--prices FILE.csv) before you trust a sum.
"""

from vle_analog.lab.study import Study, named
from vle_analog.studies.tradeoff.report import report
from vle_analog.studies.tradeoff.study import TradeoffPlan, tradeoff

STUDY = Study(
    TradeoffPlan,
    tradeoff,
    report,
    folder=lambda plan: f"tradeoff-{plan.fleet.board.place}",
    writes=lambda plan: named("tradeoff"),
    extends=("boards", "first", "tries", "minimised", "wanted", "criterion", "lessons", "checks", "prices"),
    default="tradeoff-NAME",
    boards=True,
    examples=(
        "vle-analog tradeoff van_der_pol --try opamp=tl072/opa2134 --try mismatch=0.05,0.05/0.01,0.05",
        "vle-analog tradeoff xor_small --try rule=gle/vle1",
    ),
)
