"""What is told of patches, and what is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vle_analog.design.subject import Subject
from vle_analog.errors import UsageError
from vle_analog.lab.lab import Lab
from vle_analog.studies.patch import study
from vle_analog.studies.patch.report import report
from vle_analog.studies.patch.study import PatchPlan, patch


def test_a_configuration_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "version_of", lambda package: None)
    found = patch(PatchPlan(Subject("van_der_pol")), Lab(tmp_path))
    told = report(found)
    Lab(tmp_path).save(told)
    record = json.loads((tmp_path / "patch.json").read_text())
    assert record["fits"] and record["nrmse_max"] is None and not told.missed
    assert "vle-analog[lucidac]" in told.warnings[0]
    written = json.loads((tmp_path / "van_der_pol-lucidac.json").read_text())
    assert [each["k"] for each in written["/0"]["/M0"]["elements"]] == [10000] * 8


def test_what_does_not_fit_has_no_configuration(tmp_path: Path) -> None:
    told = report(patch(PatchPlan(Subject("two_neurons")), Lab(tmp_path)))
    assert told.missed and told.undone and not told.files
    assert told.sentences == ["it does not fit on LUCIDAC: integrators: 11 of 8; multipliers: 6 of 4"]


def test_a_learning_task_is_counted(tmp_path: Path) -> None:
    told = report(patch(PatchPlan(Subject("chain"), "analog-thing"), Lab(tmp_path)))
    assert "input from outside" in told.sentences[0] and "integrators" in told.sentences[0]


def test_an_unknown_machine_is_refused() -> None:
    with pytest.raises(UsageError, match="no machine 'lucidak'\\n  did you mean 'lucidac'"):
        PatchPlan(Subject("lorenz"), "lucidak")
