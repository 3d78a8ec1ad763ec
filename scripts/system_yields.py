"""Yield, budget and tolerance of four systems held against ngspice, a deck for every board, and against closed form.

Usage: python scripts/system_yields.py FOLDER [--boards 1000] [--others 1000] [--only NAME,...]
In FOLDER is what ngspice came to, board by board: an interrupted run goes on. NAME.json is written as a system is done;
--table prints what is there as the table of docs/systems.md, and writes FOLDER/system_yields.json, of which that is.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import documented
import numpy as np

from vle_analog.compare.criterion import Criterion
from vle_analog.compare.quantity import Quantity
from vle_analog.fleet.blueprint import Blueprint
from vle_analog.fleet.cases import Cases, batch
from vle_analog.fleet.fleet import Fleet
from vle_analog.fleet.nonidealities import CAPACITORS, KINDS, RESISTORS, Scales, scales, sizes
from vle_analog.fleet.recheck import simulate
from vle_analog.lab.executor import Threads
from vle_analog.lab.folder import write_results
from vle_analog.lab.lab import Lab
from vle_analog.options import build
from vle_analog.studies.montecarlo.study import MonteCarloPlan, montecarlo
from vle_analog.studies.tolerance.study import TolerancePlan, tolerance

#: scatter that is none beside what solvers make of a run, over the quantity
_NOTHING = 1e-4
#: boards whose yield the search for a tolerance is of
SEARCHED = 256
#: a relative error d of the filter's frequency turns its phase by atan(2 Q sinh d), and has half of each part's
Q, PARTS = 4.0, {RESISTORS.name: (0.01, 4), CAPACITORS.name: (0.05, 2)}


@dataclass(frozen=True)
class Subject:
    """A system whose boards are asked for.

    Attributes:
        measured: quantity of a board.
        criterion: of a good one.
        centre, allowed: the same in numbers: good boards measure the centre, within so much.
        options: of the command line, without dashes.
        chaotic: whether the simulators' runs of one board part on the way, so that only statistics can agree.
    """

    measured: str
    criterion: str
    centre: float
    allowed: float
    options: Mapping[str, Any] = field(default_factory=dict)
    chaotic: bool = False

    def good(self, values: np.ndarray) -> np.ndarray:
        """Which boards meet the criterion."""
        return np.abs(values - self.centre) <= self.allowed


PHASE = "phase(low, u, 0.3183098861837907)"
SUBJECTS = {
    "state_variable_filter": Subject(PHASE, f"abs({PHASE} + 90)<=20", -90.0, 20.0),
    "van_der_pol": Subject("period(x)", "abs(period(x) - 6.6633)<=0.2", 6.6633, 0.2),
    "pendulum": Subject("period(angle)", "abs(period(angle) - 7.1845)<=0.3", 7.1845, 0.3),
    "lorenz": Subject("mean(z)", "abs(mean(z) - 23.55)<=0.8", 23.55, 0.8, {"span": 30.0, "step": 0.004}, True),
}


def asked(plan: type, name: str, boards: int, **more: Any) -> Any:
    """A study's plan for boards of 1 % resistors and 5 % capacitors and real parts."""
    said = {"task": name, "fidelity": "macromodel", "mismatch": "0.01,0.05", "boards": boards}
    return build(plan, said | SUBJECTS[name].options | more)


def in_ngspice(blueprint: Blueprint, numbers: Sequence[int], path: Path) -> np.ndarray:
    """What boards measure in ngspice; those that are in the file are not run again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known = dict(map(json.loads, path.read_text().splitlines())) if path.exists() else {}
    with path.open("a") as lines:
        for number in numbers:
            if number not in known:
                known[number] = simulate(blueprint, number).loss
                lines.write(json.dumps([number, known[number]]) + "\n")
                lines.flush()
    return np.array([known[number] for number in numbers], float)


def spread(values: np.ndarray) -> dict[str, float]:
    """Mean and standard deviation, with their standard errors (the latter's by the fourth moment)."""
    count, deviation = len(values), float(values.std())
    fourth = float(np.mean((values - values.mean()) ** 4)) - deviation**4
    error = math.sqrt(max(fourth, 0.0) / count) / (2 * deviation) if deviation else 0.0
    return {"mean": float(values.mean()), "sd": deviation, "mean_error": deviation / count**0.5, "sd_error": error}


def shares(engine: np.ndarray, ngspice: np.ndarray, chaotic: bool) -> dict[str, Any]:
    """Fractions of good boards, their distance in standard errors, and how many verdicts differ."""
    ours, theirs = float(engine.mean()), float(ngspice.mean())
    error = math.sqrt((1 + chaotic) * max(theirs * (1 - theirs), 0.25 / len(ngspice)) / len(ngspice))
    other = int(np.sum(engine != ngspice))
    return {"engine": ours, "ngspice": theirs, "error": error, "z": (ours - theirs) / error, "other_verdicts": other}


def row(engine: np.ndarray, ngspice: np.ndarray, ideal: tuple[float, float], subject: Subject) -> dict[str, Any]:
    """One case: both simulators' statistics, their distance in standard errors, and board by board.

    Means count from the exact board in either simulator, unless it is chaotic. Boards are the same in both, and so are
    their draws: the distance is that of the simulators, and held against the standard error of ngspice's sample; what
    is chaotic makes two samples of its own.
    """
    ours, theirs = spread(engine - ideal[0]), spread(ngspice - ideal[1])
    errors = [math.hypot(theirs[key], ours[key] * subject.chaotic) for key in ("mean_error", "sd_error")]
    medians = [float(np.median(np.abs(values - subject.centre))) for values in (engine, ngspice)]
    rng = np.random.default_rng(0)
    drawn = np.abs(ngspice[rng.integers(0, len(ngspice), (400, len(ngspice)))] - subject.centre)
    return {
        "boards": len(ngspice),
        "engine": ours,
        "ngspice": theirs,
        "mean_z": (ours["mean"] - theirs["mean"]) / errors[0],
        "sd_z": (ours["sd"] - theirs["sd"]) / errors[1],
        "yield": shares(subject.good(engine), subject.good(ngspice), subject.chaotic),
        "median_error": [*medians, float(np.median(drawn, axis=1).std())],
        "board_by_board": float(np.sqrt(np.mean((engine - ideal[0] - ngspice + ideal[1]) ** 2))),
    }


def judged(name: str, boards: int, others: int, folder: Path) -> dict[str, Any]:
    """A system's yield, its budget kind by kind, and the sizes that leave 95 % of its boards good."""
    subject, started = SUBJECTS[name], time.perf_counter()
    numbers, lab = range(boards), Lab(folder / name, Threads(1))
    fleet: Fleet = asked(Fleet, name, boards)
    blueprint = fleet.blueprint(Quantity.parsed(subject.measured))
    plan = asked(MonteCarloPlan, name, boards, criterion=subject.criterion)
    there = subject.good(in_ngspice(blueprint, numbers, folder / name / "boards.jsonl"))
    verdicts = np.array(montecarlo(plan, lab).verdicts)
    cases = Cases(blueprint, folder / name / "cases", Threads(1))

    def measured(amounts: Scales, file: str, count: int = boards) -> tuple[np.ndarray, np.ndarray]:
        (outcomes,) = cases.run([amounts], numbers[:count])
        engine = np.array([outcome.loss for outcome in outcomes], float)
        jobs = batch(blueprint, [(amounts, number) for number in numbers])
        return engine, in_ngspice(jobs, numbers[:count], folder / name / f"{file}.jsonl")

    exact = [float(values[0]) for values in measured(scales({}), "ideal", 1)]
    origin = (0.0, 0.0) if subject.chaotic else (exact[0], exact[1])

    def case(amounts: Scales, file: str, count: int = boards) -> dict[str, Any]:
        return row(*measured(amounts, file, count), origin, subject)

    own = sizes(blueprint)
    alone = [kind.name for kind in KINDS if kind.name in own and kind.scatters and "bias" not in kind.name]
    budget = {kind: case(scales({kind: 1.0}), kind.replace(" ", "_"), others) for kind in alone if kind != "noise"}
    budget["everything"] = case(scales(dict.fromkeys(own, 1.0)), "everything", others)
    # of ideal parts, which have no kind but the two that are looked for; alone they are the same with real ones
    plan = asked(TolerancePlan, name, SEARCHED, criterion=subject.criterion, fidelity="ideal")
    searched = tolerance(plan, replace(lab, folder=folder / name / "tolerance"))
    allowed = {}
    for kind in (each for each in searched.kinds if each.kind in PARTS and each.most):
        at = case(scales({kind.kind: kind.most.factor}), f"allowed_{kind.kind.replace(' ', '_')}", others)
        error = math.sqrt(0.95 * 0.05 * (1 / SEARCHED + 1 / others))
        allowed[kind.kind] = {**at, "size": kind.most.size, "wanted_z": (at["yield"]["ngspice"] - 0.95) / error}
    return {
        "quantity": subject.measured,
        "criterion": str(Criterion.parsed(subject.criterion)),
        "yield": shares(verdicts, there, subject.chaotic),
        "yield_boards": boards,
        "ideal": {"engine": exact[0], "ngspice": exact[1], "equations": blueprint.judge(blueprint.evidence.ideal)[0]},
        "budget": budget,
        "tolerance": allowed,
        "seconds": time.perf_counter() - started,
        "netlist": (netlist := netlist_of(name)),
        "deck": documented.deck({"deck": netlist}),
        **documented.provenance(),
    }


def netlist_of(name: str) -> str:
    """The command of the deck of a system's first board, whose parts are drawn as all boards' are."""
    more = (f"--{option} {value:g}" for option, value in SUBJECTS[name].options.items())
    return " ".join(["vle-analog netlist", name, "--fidelity macromodel --mismatch 0.01,0.05", *more])


def closed_form() -> dict[str, Any]:
    """What the filter's boards come to by its formula: the phase's standard deviation by kind, and the yield."""
    of = {kind: 0.5 * sigma * math.sqrt(count) for kind, (sigma, count) in PARTS.items()}
    of["both"] = math.hypot(*of.values())
    widest = math.asinh(math.tan(math.radians(SUBJECTS["state_variable_filter"].allowed)) / (2 * Q))
    deviates = np.random.default_rng(0).standard_normal(1_000_000)
    turned = {kind: float(np.degrees(np.arctan(2 * Q * np.sinh(sigma * deviates))).std()) for kind, sigma in of.items()}
    return {"sd": turned, "yield": math.erf(widest / of["both"] / math.sqrt(2)), "f0_sd": of}


def table(found: Mapping[str, Any]) -> list[str]:
    """Rows of Markdown: each case in both simulators, boards of ngspice, and the distance in standard errors."""
    rows = [
        "| system, quantity | case | boards | engine | ngspice | apart, standard errors |",
        "|---|---|---|---|---|---|",
    ]
    for name, record in found.items():
        said = record["yield"]
        error, boards = said["error"], record["yield_boards"]
        what = f"{name}, `{record['quantity']}`"
        numbers = f"{said['engine']:.3f} | {said['ngspice']:.3f} +- {error:.3f} | {said['z']:+.2f}"
        rows.append(f"| {what} | yield of `{record['criterion']}` | {boards} | {numbers} |")
        if (closed := record.get("closed_form")) is not None:
            spreads = ", ".join(f"{case} {sd:.4g}" for case, sd in closed["sd"].items())
            rows.append(f"| | closed form: yield {closed['yield']:.3f}; standard deviation, {spreads} | | | | |")
        for case, row in record["budget"].items():
            ours, theirs = row["engine"], row["ngspice"]
            if theirs["sd"] < _NOTHING * abs(record["ideal"]["equations"]):
                continue
            numbers = f"{ours['sd']:.4g} | {theirs['sd']:.4g} +- {theirs['sd_error']:.2g} | {row['sd_z']:+.2f}"
            rows.append(f"| | standard deviation, {case} | {row['boards']} | {numbers} |")
        for case, row in record["tolerance"].items():
            said = row["yield"]
            numbers = f"{said['engine']:.3f} | {said['ngspice']:.3f} | {row['wanted_z']:+.2f} from 0.95"
            rows.append(f"| | yield at the allowed {case}, {100 * row['size']:.2g} % | {row['boards']} | {numbers} |")
    return rows


def main() -> None:
    """Judge all systems and write what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--boards", type=int, default=1000)
    parser.add_argument("--only", default=",".join(SUBJECTS), help="names of systems, separated by commas")
    parser.add_argument("--table", action="store_true", help="only print the table of all systems that are done")
    parser.add_argument("--others", type=int, help="boards of all cases but the yield (default: as many)")
    wanted = parser.parse_args()
    if wanted.table:
        files = {name: wanted.folder / name / f"{name}.json" for name in SUBJECTS}
        found = {name: json.loads(path.read_text()) for name, path in files.items() if path.exists()}
        write_results(wanted.folder, {"system_yields.json": json.dumps(found, indent=1) + "\n"}, "yields of systems")
        print("\n".join(table(found)))
        return
    for name in wanted.only.split(","):
        found = judged(name, wanted.boards, wanted.others or wanted.boards, wanted.folder)
        if name == "state_variable_filter":
            found["closed_form"] = closed_form()
        write_results(wanted.folder / name, {f"{name}.json": json.dumps(found, indent=1) + "\n"}, f"yield of {name}")
        print(name, f"{found['seconds']:.0f} s", flush=True)


if __name__ == "__main__":
    main()
