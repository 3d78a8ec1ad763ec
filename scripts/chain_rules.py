"""The chain learning on chip under each rule, ideal and analog: ``python scripts/chain_rules.py [SPAN]``."""

from __future__ import annotations

import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import results

from vle_analog.learning.colors import rule_color
from vle_analog.studies.run.study import run
from vle_analog.tasks import chain

RULES = ("bp", "gle", "vle")


def main(span: float) -> None:
    """Print a table; write ``results/chain_rules.json`` and ``results/chain_rules.png``."""
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    table = {}
    for rule in RULES:
        result = run(chain(rule, 1.0, span))
        metrics = result.metrics()
        table[rule] = {
            **metrics["learning"],
            "trace_nrmse_max": metrics["trace_nrmse_max"],
            "seconds": metrics["seconds"],
        }
        print(
            f"{rule}: frozen loss {table[rule]['loss_final_ideal']:.3g} ideal, {table[rule]['loss_final_analog']:.3g} "
            f"analog; traces within {metrics['trace_nrmse_max']:.2g}; {metrics['seconds']['total']:.1f} s"
        )
        for name, values in table[rule]["parameters"].items():
            teacher = "" if values["target"] is None else f"  teacher {values['target']:g}"
            print(
                f"  {name}: trajectory NRMSE {values['trajectory_nrmse']:.2e}  "
                f"ideal {values['ideal']:.6g}  analog {values['analog']:.6g}{teacher}"
            )
        learned = result.comparison.learning
        assert learned is not None
        axes.semilogy(
            learned.curve_ideal.time, learned.curve_ideal.loss, color=rule_color(rule), label=f"{rule}, ideal"
        )
        axes.semilogy(learned.curve_analog.time, learned.curve_analog.loss, "--", color="k", lw=0.8)
    axes.plot([], [], "k--", lw=0.8, label="analog")
    axes.set(xlabel="time (model units)", ylabel="loss, mean over a period", title="the chain, eta 1")
    axes.legend()
    results.write("chain_rules", table, figure)


if __name__ == "__main__":
    main(float(sys.argv[1]) if sys.argv[1:] else 10_000.0)
