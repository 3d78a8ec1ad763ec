"""Settings of plasticity as a user writes them."""

from __future__ import annotations

from vle_analog.lesson.changes import parsed


def test_settings_are_read_by_their_fields_types() -> None:
    texts = [
        "averaging=500",
        "eligibility=true",
        "trace=none",
        "eta_backward=0.005",
        "anneal=100000:40000",
        "tau_limits = 0.2 : 5",
    ]
    assert dict(parsed([*texts, "feedback=mirror", "feedback_seed=3"])) == {
        "averaging": 500.0, "eligibility": True, "trace": None, "eta_backward": 0.005, "anneal": (100000.0, 40000.0),
        "tau_limits": (0.2, 5.0), "feedback": "mirror", "feedback_seed": 3,
    }  # fmt: skip
