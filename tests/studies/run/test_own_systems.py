"""Systems that do not come with the tool."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

CHEMICAL = """\
# Brusselator: Prigogine and Lefever, J. Chem. Phys. 48 (1968) 1695
name = "brusselator"
[time]
unit = 1e-4
span = 25.0
[parameters]
a = 1.0
b = 2.5
[states.x]
derivative = "a - (b + 1)*x + x**2*y"
initial = 1.2
[states.y]
derivative = "b*x - x**2*y"
initial = 2.0
"""
HINDMARSH_ROSE = """\
name = "hindmarsh_rose"
[time]
unit = 1e-3
span = 100.0
[parameters]
r = 0.01
s = 4.0
[inputs.current]
kind = "pwl"
times = [0.0, 10.0, 12.0]
values = [0.0, 0.0, 3.0]
[states.x]
derivative = "y + 3*x**2 - x**3 - z + current"
initial = -1.6
[states.y]
derivative = "1 - 5*x**2 - y"
initial = -11.8
[states.z]
derivative = "r*(s*(x + 1.6) - z)"
initial = 0.0
[outputs]
signals = ["x", "y", "z"]
"""
NEURAL = """\
name = "microseconds"
[time]
unit = 2e-6
span = 30.0
[parameters]
tau = 2.0
[inputs.noise]
kind = "held"
amplitude = 0.8
hold = 1.5
seed = 3
smoothing = 0.2
[states.big]
derivative = "(1000*tanh(3*noise) - big)/tau"
initial = 0.0
[states.small]
derivative = "softplus(big/500) - 3*small"
initial = 0.2
[definitions]
ahead = "prospective(small, 0.3)"
late = "retrospective(ahead*noise, 0.5)"
[outputs]
signals = ["big", "small", "ahead", "late"]
"""


@pytest.mark.parametrize("text", [CHEMICAL, HINDMARSH_ROSE, NEURAL], ids=["chemical", "neuron", "microseconds"])
def test_a_system_that_is_not_shipped_works_alike(ask, text: str, tmp_path: Path, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    """NRMSE at most 0.1 %, without a change of code."""
    (tmp_path / "own.toml").write_text(text)
    answer = ask("run", "own.toml", "--out", "out")
    assert answer.code == 0, answer.err
    assert json.loads(Path("out/metrics.json").read_text())["trace_nrmse_max"] <= 1e-3
