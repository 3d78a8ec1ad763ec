"""Circuits of several widths: what is counted, kept and found again, and where a study ends."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulate.simulators import Counting
from tests.tool import visible
from vle_analog.errors import SimulationError, SynthesisError, UsageError, VleAnalogError
from vle_analog.lab.lab import Lab
from vle_analog.studies.scaling import study as module
from vle_analog.studies.scaling.report import report
from vle_analog.studies.scaling.result import INFERENCE, LEARNER, Scaling, SizeLimit, SizeRun
from vle_analog.studies.scaling.study import RUNS, ScalingPlan, Size, _shape, scaling
from vle_analog.tasks import task_named

SPAN = 2.0
SMALL = ScalingPlan((1,), "gle", SPAN)
#: of a run, what does not depend on how fast a machine is
STEADY = {"seconds": 0.0, "load": 0.0, "factor": 0.0, "solve": 0.0, "megabytes": 0.0, "design": 0.0}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Scaling:
    return scaling(ScalingPlan((1, 2), "gle", SPAN), Lab(tmp_path_factory.mktemp("study")))


def test_every_network_is_simulated_at_every_width(found: Scaling) -> None:
    assert [(run.network, run.width) for run in found.runs] == [
        (network, width) for network in (LEARNER, INFERENCE) for width in (1, 2)
    ]
    assert found.limits == []
    for run in found.runs:
        assert run.weights == run.width**2 + 2 * run.width
        assert run.points >= SPAN / run.step and run.iterations > 1.9 * run.points
        assert run.seconds > 0 and 5 < run.megabytes < 100
        assert run.nonzeros > run.equations > run.opamps
        assert run.slower == pytest.approx(run.seconds / (SPAN * 1e-3))


def test_weights_are_on_the_learner_alone(found: Scaling) -> None:
    (_, learner), (_, inference) = found.of(LEARNER), found.of(INFERENCE)
    assert learner.parts["multipliers"] > learner.weights and inference.parts["multipliers"] == 0
    assert learner.parts["capacitors"] > learner.weights + inference.parts["capacitors"]
    assert learner.opamps > 2 * inference.opamps


def test_finished_runs_are_found_again(tmp_path: Path) -> None:
    told: list[str] = []
    first = scaling(SMALL, Lab(tmp_path))
    kept = sorted(path.name for path in (tmp_path / RUNS).iterdir())
    assert len(kept) == 2
    (tmp_path / RUNS / kept[0]).write_text("{}")  # cut short: to be run again
    simulator = Counting()
    second = scaling(SMALL, Lab(tmp_path, simulator=simulator, progress=lambda stage, _: told.append(stage)))
    assert len(simulator.decks) == 1 and "learner 1" in told
    assert [replace(run, **STEADY) for run in second.runs] == [replace(run, **STEADY) for run in first.runs]
    assert sum(again == run for again, run in zip(second.runs, first.runs, strict=True)) == 1
    assert sorted(path.name for path in (tmp_path / RUNS).iterdir()) == kept


def test_a_key_tells_runs_apart() -> None:
    sizes = [
        Size(LEARNER, 2),
        Size(INFERENCE, 2),
        Size(LEARNER, 3),
        Size(LEARNER, 2, "gle"),
        Size(LEARNER, 2, span=5.0),
    ]
    keys = {size.key("ngspice-39") for size in sizes}
    assert len(keys) == 5 and sizes[0].key("ngspice-39") in keys and sizes[0].key("ngspice-40") not in keys


@pytest.mark.parametrize("error", [SimulationError("out of memory"), SynthesisError("no part values")])
def test_a_network_that_cannot_be_simulated_ends_there(error: VleAnalogError, tmp_path: Path) -> None:
    simulator = Counting(2, error)
    ended = scaling(ScalingPlan((1, 2, 3), "gle", SPAN), Lab(tmp_path, simulator=simulator))
    assert ended.limits == [SizeLimit(network, 2, error.what) for network in (INFERENCE, LEARNER)]
    assert [(run.network, run.width) for run in ended.runs] == [(LEARNER, 1), (INFERENCE, 1)]
    assert len(simulator.decks) == 4 and len(list((tmp_path / RUNS).iterdir())) == 2
    said = report(ended).sentences
    assert said[-2:] == [f"{network}: the limit is at N = 2: {error.what}" for network in (INFERENCE, LEARNER)]


def test_without_any_width_there_is_no_study(tmp_path: Path) -> None:
    simulator = Counting(0, SimulationError("ngspice timed out"))
    with pytest.raises(SimulationError, match="not even the smallest width could be simulated: ngspice timed out"):
        scaling(ScalingPlan((1, 2), "gle", SPAN), Lab(tmp_path, simulator=simulator))
    assert not (tmp_path / RUNS).exists()


def test_a_weight_that_no_resistor_holds_is_left_out() -> None:
    held = module._held([[2.0, -1.0], [1e-5, -0.01]])
    assert held.tolist() == [[2.0, -1.0], [0.0, -0.01]]


def test_what_is_written(found: Scaling, tmp_path: Path) -> None:
    Lab(tmp_path).save(report(found))
    assert visible(tmp_path) == {f"scaling.{kind}" for kind in ("png", "md", "html", "json")}
    record = json.loads((tmp_path / "scaling.json").read_text())
    assert record == found.record()
    assert [SizeRun.from_json(run) for run in record["runs"]] == found.runs
    assert record["growth"][LEARNER]["opamps"]["exponent"] > 0 and record["walls"] == []
    assert (tmp_path / "scaling.md").read_text().count("\n|") == 6
    (table,) = report(found).tables
    assert len(table.rows) == 4
    assert any("100,000 model units take the circuit 100 s" in text for text in report(found).sentences)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"widths": ()}, "at least one width"),
        ({"widths": (0,)}, "whole number of neurons, not 0"),
        ({"widths": (2,), "rule": "vl"}, "unknown rule 'vl'"),
        ({"widths": (2,), "span": 0.0}, "`span` must be positive"),
    ],
)
def test_what_no_study_can_be_made_of(wrong: dict[str, object], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        ScalingPlan(**wrong)  # type: ignore[arg-type]


def test_a_shape_is_that_of_the_tasks_network() -> None:
    assert _shape(task_named("temporal_xor")().layers) == "1-N-N-1"
    assert _shape(task_named("grasp")().layers) == "3-N-2"
    assert _shape(task_named("chain")().layers) == "1-N-1"
