"""The chain learning on chip under each rule, equations and circuit: ``python scripts/chain_rules.py [SPAN]``."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import results
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from vle_analog.learning.colors import rule_color
from vle_analog.report.sheet import Grid, decades, new_sheet, style
from vle_analog.studies.run.result import Run
from vle_analog.studies.run.study import run
from vle_analog.tasks import chain

RULES = ("bp", "gle", "vle")
ETA = 1.0


def main(span: float) -> None:
    """Print a table; write ``results/chain_rules.json`` and ``results/chain_rules.png``."""
    runs = {rule: run(chain(rule, ETA, span)) for rule in RULES}
    table = {}
    for rule, each in runs.items():
        metrics = each.metrics()
        kept = {name: metrics[name] for name in ("trace_nrmse_max", "seconds")}
        table[rule] = {**metrics["learning"], **kept}
        print(
            f"{rule}: loss with weights held {table[rule]['loss_final_ideal']:.3g} of the reference, "
            f"{table[rule]['loss_final_analog']:.3g} of the circuit; traces within {metrics['trace_nrmse_max']:.2g}; "
            f"{metrics['seconds']['total']:.1f} s"
        )
        for name, values in table[rule]["parameters"].items():
            teacher = "" if values["target"] is None else f"  teacher {values['target']:g}"
            print(
                f"  {name}: trajectory NRMSE {values['trajectory_nrmse']:.2e}  "
                f"reference {values['ideal']:.6g}  circuit {values['analog']:.6g}{teacher}"
            )
    results.write("chain_rules", table, drawn(runs))


def drawn(runs: Mapping[str, Run]) -> Figure:
    """Losses over time: equations wide and in a rule's colour, circuits of ideal parts dashed over them."""
    over = {"color": "#222222", "linewidth": 1.0, "linestyle": (0, (4, 1.6))}
    with style():
        title = f"the chain, rate {ETA:g}: equations and circuits of ideal parts"
        sheet = new_sheet(Grid(across=1, rows=1, width=6.4, row=3.2, content=3.2), title)
        axes, lines = sheet.axes(0, 0, 0.0, 3.2), []
        for rule, each in runs.items():
            learned = each.comparison.learning
            assert learned is not None
            wide = {"color": rule_color(rule), "linewidth": 2.6}
            lines += axes.semilogy(learned.curve_ideal.time, learned.curve_ideal.loss, **wide)
            axes.semilogy(learned.curve_analog.time, learned.curve_analog.loss, **over)
        decades(axes.yaxis, minor=False)
        sheet.ylabel(axes, "loss: mean over a period")
        sheet.xlabel("time (model units)")
        sheet.legend([*lines, Line2D([], [], **over)], [*runs, "circuit"])
    return sheet.figure


if __name__ == "__main__":
    main(float(sys.argv[1]) if sys.argv[1:] else 10_000.0)
