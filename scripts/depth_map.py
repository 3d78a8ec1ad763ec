"""What learned backward gains add, by depth and by how far time constants are apart: ``python scripts/depth_map.py``.

Temporal XOR of the previous two bits by networks of 1 to 6 hidden layers of five neurons, whose membrane time constants
are spread geometrically about 1 over 0.6 or 2 decades. All synapses have eligibility; gle and vle1, whose error neurons
have a gain that learns, each at its best rate by validation data. ``--seeds N`` (8), ``--span UNITS`` (60000),
``--layers N`` at most. Finished runs are kept in ``results/depth_map/runs``, a seed of all networks before the next
seed: it goes on where it was.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from operator import gt, lt
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from vle_analog.lab.executor import Threads
from vle_analog.lab.lab import Lab
from vle_analog.lab.study import RESULTS
from vle_analog.learning.colors import rule_color
from vle_analog.lesson.board import Board
from vle_analog.lesson.learner import learn
from vle_analog.lesson.learning_run import LearningRun
from vle_analog.lesson.lesson import Lesson
from vle_analog.report.report import Report
from vle_analog.report.sheet import Grid, new_sheet, style
from vle_analog.studies.learn.ideal.result import RuleComparison
from vle_analog.studies.learn.runs import completed
from vle_analog.studies.learn.study import LearnPlan

RULES = ("gle", "vle1")
_MARKS = {"gle": "D", "vle1": "v"}
#: rates, and one more of deep networks, whose best one may be below
ETAS, DEEP, LOWEST = (0.001, 0.005, 0.02), 5, 0.0002
DEPTHS, DECADES = (1, 2, 3, 4, 5, 6), (0.6, 2.0)
#: gains that learn do not run away: without this vle1 fails from four hidden layers on
CHANGES = (("bounded", True),)
SMALL = Path(__file__).resolve().parent.parent / "circuits" / "tasks" / "xor_small.toml"
HIDDEN = (
    "{{neurons = 5, weights = {{normal = 1.5}}, bias = {{normal = 0.5}}, tau_m = {{geometric = [{:.4g}, {:.4g}]}}}},"
)


def task(folder: Path, depth: int, decades: float) -> str:
    """Path of a file of the task: xor_small's with other hidden layers."""
    head, _, rest = SMALL.read_text(encoding="utf-8").partition("layers = [\n")
    top, _, tail = rest.partition("]\n\n[learning]")
    hidden = HIDDEN.format(10 ** (-decades / 2), 10 ** (decades / 2))
    name = f"xor_{depth}_layers_{10 * decades:.0f}"
    text = f"{head}layers = [\n{depth * (hidden + chr(10))}{top.splitlines()[-1]}\n]\n\n[learning]{tail}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toml").write_text(text.replace('"xor_small"', f'"{name}"'), encoding="utf-8")
    return str(folder / f"{name}.toml")


def lessons(path: str, depth: int, seeds: int, span: float) -> list[Lesson]:
    """Of one network, judged before and after; how well it is aligned is not asked."""
    etas = (LOWEST, *ETAS) if depth >= DEEP else ETAS
    board = Board(lesson=Lesson(path, span=span, changes=CHANGES))
    plan = LearnPlan(rules=RULES, etas=etas, seeds=seeds, eligibility=(True,), moments=1, board=board)
    return [replace(each, probe=1.0, settle=0.0) for each in plan.lessons()]


def summary(runs: list[LearningRun]) -> dict[str, Any]:
    """Every rule at its best rate: rate, losses over the target's variance and fractions of bits right, by seed."""
    found, out = RuleComparison(runs, task="", threshold=0.2), {}
    for rule, eta in found.best().items():
        best = found.at(rule, eta)
        out[rule.rule] = {
            "eta": eta,
            "loss": [each.relative if np.isfinite(each.relative) else None for each in best],
            "right": [each.frozen_accuracy for each in best],
            "validation": {
                f"{rate:g}": _middle([each.validated for each in found.at(rule, rate)]) for rate in found.etas(rule)
            },
            "seconds": [each.seconds for each in best],
        }
    return out


def _middle(values: list[float]) -> float | None:
    """The median; None where most have diverged."""
    middle = float(np.median(values))
    return middle if np.isfinite(middle) else None


def figure(cells: dict[tuple[float, int], dict[str, Any]], seeds: int) -> Figure:
    """Bits right over depth, a panel per spread; lines are medians, bands reach from the lowest to the highest seed.

    A run that diverged tells none right, which is below the panel.
    """
    with style():
        title = f"temporal XOR, eligibility, each rule at its best rate: median and range over {seeds} seeds"
        sheet = new_sheet(Grid(across=len(DECADES), rows=1, width=8.4, row=2.6, content=2.6, gap=0.5), title)
        for column, decades in enumerate(DECADES):
            axes = sheet.axes(0, column, 0.0, 2.6)
            for rule in RULES:
                known = [(depth, cells[decades, depth][rule]["right"]) for depth in DEPTHS if (decades, depth) in cells]
                right = [[100 * (each or 0.0) for each in values] for _, values in known]
                depths, color = [depth for depth, _ in known], rule_color(rule)
                axes.plot(depths, [np.median(each) for each in right], marker=_MARKS[rule], color=color, markersize=5)
                low, high = [min(each) for each in right], [max(each) for each in right]
                axes.fill_between(depths, low, high, color=color, alpha=0.15, linewidth=0)
            axes.axhline(50, color="#444444", linewidth=0.8, linestyle=":")
            axes.set_title(f"time constants over {decades:g} decades", loc="left")
            axes.set_ylim(45, 102)
            if not column:
                sheet.ylabel(axes, "bits right (%)", 0.56)
        sheet.xlabel("hidden layers")
        lines = [Line2D([], [], color=rule_color(rule), marker=_MARKS[rule], markersize=5) for rule in RULES]
        chance = Line2D([], [], color="#444444", linewidth=0.8, linestyle=":")
        sheet.legend([*lines, chance], [*RULES, "chance"])
    return sheet.figure


def table(record: dict[str, Any]) -> list[str]:
    """Rows of a page's table: of every network each rule's best rate, bits right in percent, and loss; then in how many
    seeds vle1 tells more bits right than gle, and in how many fewer."""
    rows = []
    for cell in record["cells"]:
        words = [f"{cell['decades']:g}", str(cell["layers"])]
        for each in cell["rules"].values():
            right = [100 * (value or 0.0) for value in each["right"]]
            lowest = "diverged" if None in each["right"] else f"{min(right):.1f}"
            loss = np.median([np.inf if value is None else value for value in each["loss"]])
            words += [
                f"{each['eta']:g}",
                f"{np.median(right):.1f} ({lowest} to {max(right):.1f})",
                f"{loss:.2g}",
            ]
        gle, vle = ([value or 0.0 for value in cell["rules"][rule]["right"]] for rule in RULES)
        words.append(f"{sum(map(lt, gle, vle))} : {sum(map(gt, gle, vle))}")
        rows.append(f"| {' | '.join(words)} |")
    return rows


def main(seeds: int, span: float, layers: int) -> None:
    """Learn what was not learned yet; write ``depth_map.json`` and ``depth_map.png``."""
    lab = Lab(RESULTS / "depth_map", executor=Threads(1), progress=lambda _, share: print(f"{share:.3f}", flush=True))
    places = [(decades, depth) for decades in DECADES for depth in DEPTHS if depth <= layers]
    folder = RESULTS / "depth_map" / "tasks"
    asked = [
        (place, each) for place in places for each in lessons(task(folder, place[1], place[0]), place[1], seeds, span)
    ]
    asked.sort(key=lambda pair: pair[1].seed)
    jobs = {lesson.key(): lesson for _, lesson in asked}
    runs = completed(learn, jobs, lambda _, kept: LearningRun.from_json(kept), 1, lab)
    by_place = [(place, run) for (place, _), run in zip(asked, runs, strict=True)]
    cells = {place: summary([run for own, run in by_place if own == place]) for place in places}
    listed = [{"decades": a, "layers": b, "rules": each} for (a, b), each in cells.items()]
    record = {"seeds": seeds, "span": span, "changes": dict(CHANGES), "cells": listed}
    print("\n".join(table(record)))
    drawn = {"depth_map": figure(cells, seeds)}
    lab.save(Report("depth_map", "what learned backward gains add", record, figures=lambda: drawn, document=""))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--span", type=float, default=60_000.0)
    parser.add_argument("--layers", type=int, default=max(DEPTHS))
    options = parser.parse_args()
    main(options.seeds, options.span, options.layers)
