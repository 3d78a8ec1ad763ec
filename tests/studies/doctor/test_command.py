"""``doctor``: what is here is said, and what is missing with what would mend it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vle_analog.lab.lab import Lab
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.studies.doctor import study
from vle_analog.studies.doctor.report import report
from vle_analog.studies.doctor.study import DoctorPlan, doctor


def test_it_says_what_is_here(ask, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    answer = ask("doctor", "--strict")
    assert answer.code == 0 and "all that the tool needs is here" in answer.out
    for word in ("ngspice-", "numpy", "cores", "cache"):
        assert word in answer.out


def test_a_missing_simulator_is_missed() -> None:
    health = doctor(DoctorPlan(), replace(Lab(), simulator=Ngspice("no-such-ngspice")))
    assert [finding.name for finding in health.missing] == ["ngspice"]
    told = report(health)
    assert told.missed and told.sentences == ["missing: ngspice"] and "apt" in told.tables[0].rows[0][2]


def test_a_cache_that_cannot_be_written_is_no_illness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "cache_folder", lambda: None)
    health = doctor(DoctorPlan(), Lab())
    (cache,) = (finding for finding in health.findings if finding.name == "cache")
    assert "not writable" in cache.state and cache.remedy and cache not in health.missing
