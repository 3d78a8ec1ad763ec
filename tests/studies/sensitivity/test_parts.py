"""What a system's parts move: against closed forms of the circuit's own parts, and against boards in ngspice."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.tool import refused
from vle_analog.compare.quantity import Quantity
from vle_analog.fleet.recheck import simulate
from vle_analog.fleet.system_blueprint import SystemBlueprint
from vle_analog.lab.lab import Lab
from vle_analog.options import build
from vle_analog.production.values import parts, with_values
from vle_analog.studies.sensitivity.parts import PartsPlan, parts_sensitivity
from vle_analog.studies.sensitivity.parts_report import parts_report
from vle_analog.studies.sensitivity.result import PartsSensitivity

F0 = 1 / math.pi  # of the filter, whose w0 is 2, cycles per model unit
Q = 4.0


def asked(name: str, of: str, **more: object) -> PartsPlan:
    plan = build(PartsPlan, {"name": name, "of": of, **more})
    assert isinstance(plan, PartsPlan)
    return plan


def moved(name: str, of: str, **more: object) -> PartsSensitivity:
    return parts_sensitivity(asked(name, of, **more), Lab())


def relative(found: PartsSensitivity) -> dict[str, float]:
    return {each.name: each.relative for each in found.parts if each.relative is not None}


def low_pass(values: dict[str, float], frequency: float) -> complex:
    """The filter's low-pass output over its input by its parts alone (Kerwin, Huelsman, Newcomb), signs apart."""
    s = 2j * math.pi * frequency * 1e3
    first = 1 / (s * values["Rband__1"] * values["Xband.C"])
    second = 1 / (s * values["Rlow__1"] * values["Xlow.C"])
    feedback = values["Xhigh.R"]
    back = feedback / values["Rhigh__3"] * values["Xband__n.R2"] / values["Xband__n.R1"]
    high = feedback / values["Rhigh__2"] / (1 + back * first + feedback / values["Rhigh__1"] * first * second)
    return complex(high * first * second)


def test_a_filter_s_frequency_goes_with_half_of_each_part() -> None:
    """At w0 the phase turns by 2 Q d radians for a relative error d of the frequency."""
    found = moved("state_variable_filter", f"phase(low, u, {F0})")
    turned = {each.name: each.slope / math.degrees(2 * Q) for each in found.parts}
    for name in ("Rlow__1", "Rband__1", "Xlow.C", "Xband.C", "Rhigh__1"):
        assert turned[name] == pytest.approx(-0.5, rel=0.02), name
    assert turned["Xhigh.R"] == pytest.approx(0.5, rel=0.02)
    assert abs(turned["Rhigh__3"]) < 2e-3 and abs(turned["Rhigh__2"]) < 2e-3  # Q and gain do not move it
    one = found.deviation  # capacitors of 5 %, resistors of 1 %: sqrt(2 (5 %)^2 + 4 (1 %)^2)/2
    assert one == pytest.approx(math.degrees(2 * Q) * 0.5 * math.sqrt(2 * 0.05**2 + 4 * 0.01**2), rel=0.02)
    assert next(iter(found.shares)) == "capacitor" and sum(found.shares.values()) == pytest.approx(1)


def test_a_filter_s_gain_follows_its_transfer_function() -> None:
    plan = asked("state_variable_filter", f"gain(low, u, {F0})", span=80.0)
    values = {part.name: part.value for part in parts(plan.board.design().circuit)}
    found = relative(parts_sensitivity(plan, Lab()))
    assert found.keys() == values.keys()
    for name, value in values.items():
        up, down = (abs(low_pass({**values, name: value * factor}, F0)) for factor in (1.001, 0.999))
        assert found[name] == pytest.approx((up - down) / 0.002 / abs(low_pass(values, F0)), abs=0.01), name


def test_an_oscillator_s_period_is_the_root_of_its_time_constants(tmp_path: Path) -> None:
    file = tmp_path / "swing.toml"
    file.write_text(
        'name = "swing"\n[time]\nunit = 1e-3\nspan = 40.0\n'
        '[states.x]\nderivative = "y"\ninitial = 1.0\n[states.y]\nderivative = "-x"\ninitial = 0.0\n'
    )
    found = relative(moved(str(file), "period(x)"))
    for name in ("Rx__1", "Ry__1", "Xx.C", "Xy.C"):
        assert found[name] == pytest.approx(0.5, abs=2e-3), name


def test_boards_in_ngspice_move_as_much(ngspice: str) -> None:
    """Van der Pol's period with real parts: the two parts that matter most and a weak one, up and down."""
    plan = asked("van_der_pol", "period(x)", fidelity="macromodel", span=30.0)
    found = parts_sensitivity(plan, Lab())
    of = SystemBlueprint.of(plan.board, Quantity("period(x)"))
    passives = [each for each in found.parts if each.value is not None]
    for part in (passives[0], passives[1], passives[5]):
        ends = []
        for factor in (1.01, 0.99):
            circuit = with_values(
                of.circuit, lambda each, f=factor, n=part.name: each.value * (f if each.name == n else 1)
            )  # type: ignore[misc]
            board = replace(of, circuit=circuit)
            ends.append(simulate(board, 0).loss)
        assert None not in ends
        assert part.slope == pytest.approx((ends[0] - ends[1]) / 0.02, rel=0.02, abs=2e-3 * abs(passives[0].slope))  # type: ignore[operator]


def test_what_is_chaotic_is_told_to_have_no_slope() -> None:
    found = moved("lorenz", "mean(z)", step=0.01, span=40.0)
    (warning,) = parts_report(found).warnings
    assert "does not follow" in warning and len(found.bent) > 3


def test_the_command_writes_what_it_prints(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("sensitivity", "rc_low_pass", "--of", "std(v)", "--mismatch", "0.02,0.1", "--out", "out")
    assert answer.code == 0 and answer.err == ""
    record = json.loads((tmp_path / "out" / "sensitivity.json").read_text())
    assert {each["sigma"] for each in record["parts"]} == {0.02, 0.1}
    assert (tmp_path / "out" / "sensitivity.png").exists() and record["name"] in answer.out
    assert np.isfinite(record["deviation"]) and record["value"] == pytest.approx(record["ideal"], rel=1e-3)
    again = ask("sensitivity", "rc_low_pass", "--of", "std(v)", "--mismatch", "0.02,0.1", "--out", "out")
    assert "are finished in out from before" in again.err + again.out


def test_what_cannot_be_asked_is_refused(ask) -> None:  # type: ignore[no-untyped-def]
    for words, said in (
        (["lorenz"], "--of std(x)"),
        (["lorenz", "--of", "nrmse(x)"], "--of std(x)"),
        (["summer", "--of", "std(x)"], "--of is not for 'summer'"),
        (["lorenz", "--value", "R=1k"], "--value is not for 'lorenz'"),
        (["lorens"], "did you mean 'lorenz'?"),
    ):
        refused(ask("sensitivity", *words), said)
