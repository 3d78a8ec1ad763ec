"""Circuits of several widths: what is counted, kept and found again, and where a study ends."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from vle_analog.errors import SynthesisError, UsageError
from vle_analog.studies.scaling import study as scaling
from vle_analog.studies.scaling.report import markdown, sentences, table
from vle_analog.studies.scaling.result import INFERENCE, LEARNER, Growth, ScalingStudy, SizeRun
from vle_analog.studies.scaling.study import FIGURE, RECORD, RUNS, TABLE, Size, save, scaling_study

SPAN = 2.0


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> ScalingStudy:
    return scaling_study((1, 3), "gle", SPAN, tmp_path_factory.mktemp("study"))


def test_every_network_is_simulated_at_every_width(study: ScalingStudy) -> None:
    assert [(run.network, run.width) for run in study.runs] == [
        (network, width) for network in (LEARNER, INFERENCE) for width in (1, 3)
    ]
    assert study.walls == []
    for run in study.runs:
        assert run.weights == run.width**2 + 2 * run.width
        assert run.points >= SPAN / run.step and run.iterations > 1.9 * run.points
        assert run.seconds > 0 and 5 < run.megabytes < 100
        assert run.nonzeros > run.equations > run.opamps
        assert run.slower == pytest.approx(run.seconds / (SPAN * 1e-3))


def test_weights_are_on_the_learner_alone(study: ScalingStudy) -> None:
    (_, learner), (_, inference) = study.of(LEARNER), study.of(INFERENCE)
    assert learner.parts["multipliers"] > learner.weights and inference.parts["multipliers"] == 0
    assert learner.parts["capacitors"] > learner.weights + inference.parts["capacitors"]
    assert learner.opamps > 2 * inference.opamps


def test_a_power_law_is_found() -> None:
    widths = [2, 4, 8]
    law = Growth.of(widths, [3.0 * n**1.5 for n in widths])
    assert law is not None and law.exponent == pytest.approx(1.5) and law.last == pytest.approx(1.5)
    assert law.error == pytest.approx(0, abs=1e-9)
    bent = Growth.of(widths, [n**2 + 20.0 for n in widths])
    assert bent is not None and bent.last == pytest.approx(np.log2(84 / 36)) and 0 < bent.exponent < bent.last < 2
    assert Growth.of([2, 4], [1.0, 2.0]) == Growth(pytest.approx(1.0), None, pytest.approx(1.0))
    assert Growth.of([2], [1.0]) is None and Growth.of([2, 4], [0.0, 1.0]) is None


def test_finished_runs_are_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    first = scaling_study((1,), "gle", SPAN, tmp_path)
    kept = sorted(each.name for each in (tmp_path / RUNS).iterdir())
    assert len(kept) == 2
    (tmp_path / RUNS / kept[0]).write_text("{}")  # cut short: to be run again
    again = []
    monkeypatch.setattr(scaling, "simulated", lambda size, *_: again.append(size) or simulated(size))
    simulated = lambda size: next(run for run in first.runs if run.network == size.network)  # noqa: E731
    second = scaling_study((1,), "gle", SPAN, tmp_path, progress=lambda stage, _: told.append(stage))
    assert second == first and len(again) == 1 and "learner 1" in told
    assert sorted(each.name for each in (tmp_path / RUNS).iterdir()) == kept


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


def test_a_network_that_takes_too_long_ends_there(tmp_path: Path) -> None:
    study = scaling_study((1, 2), "vle", 5000.0, tmp_path, timeout=0.3)
    assert [(wall.network, wall.width) for wall in study.walls] == [(INFERENCE, 1), (LEARNER, 1)]
    assert all("timed out after" in wall.reason for wall in study.walls)
    assert study.runs == [] and not (tmp_path / RUNS).exists()


def test_a_weight_that_no_resistor_holds_is_left_out() -> None:
    found = scaling._held([[2.0, -1.0], [1e-5, -0.01]])
    assert found.tolist() == [[2.0, -1.0], [0.0, -0.01]]


def test_a_circuit_that_cannot_be_built_is_a_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> SizeRun:
        raise SynthesisError("no part values")

    monkeypatch.setattr(scaling, "simulated", refuse)
    assert [wall.reason for wall in scaling_study((1, 2), "gle", SPAN).walls] == ["no part values"] * 2


def test_what_is_written(study: ScalingStudy, tmp_path: Path) -> None:
    record = save(study, tmp_path)
    assert {each.name for each in tmp_path.iterdir()} == {FIGURE, TABLE, RECORD}
    assert json.loads((tmp_path / RECORD).read_text()) == record
    assert [SizeRun.from_json(each) for each in record["runs"]] == study.runs
    assert record["growth"][LEARNER]["opamps"]["exponent"] > 0
    text = (tmp_path / TABLE).read_text()
    assert text == markdown(study)
    assert len(table(study)) == 5 and text.count("\n|") == 5
    assert any("100,000 model units take the circuit 100 s" in each for each in sentences(study))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (((),), "at least one width"),
        (((0,),), "whole number of neurons, not 0"),
        (((2,), "vl"), "unknown rule 'vl'"),
        (((2,), "vle", 0.0), "span must be positive"),
        (((2,), "vle", 1.0, None, 0.0), "timeout must be positive"),
    ],
)
def test_what_no_study_can_be_made_of(arguments: tuple[object, ...], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        scaling_study(*arguments)  # type: ignore[arg-type]
