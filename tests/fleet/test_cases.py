"""Many cases side by side: boards too fast for the step, noise that is muted in the exam, what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.executors import Refusing
from tests.fleet.fleets import SHORT, trimmed, with_board
from vle_analog.compare.signal_to_noise import decibels
from vle_analog.design.build import Build
from vle_analog.errors import CircuitError
from vle_analog.fleet.blueprint import run_boards
from vle_analog.fleet.cases import Cases, batch
from vle_analog.fleet.fleet import Fleet
from vle_analog.fleet.nonidealities import NOISE, scales

#: its errors are not chopped: after so short a lesson its loss is small, and a trace makes more of the noise
CHIP = with_board(trimmed(SHORT), build=Build(fidelity="macromodel", chop="none"))
DEPLOYED = with_board(CHIP, mode="deploy")


def test_a_board_too_fast_for_the_step_takes_finer_ones_alone() -> None:
    blueprint = with_board(SHORT, build=Build()).blueprint()
    cases = [scales({"capacitor mismatch": size / 0.05}) for size in (0.01, 0.4)]
    tame, wild = Cases(blueprint, None).run(cases, range(45, 48))
    assert all(outcome.loss is not None for outcome in wild)
    (alone,) = Cases(blueprint, None).run(cases[:1], range(45, 48))
    assert alone == tame
    with pytest.raises(CircuitError, match="too short for steps"):
        run_boards(batch(blueprint, [(cases[1], board) for board in range(45, 48)]), range(3))


@pytest.mark.parametrize("fleet", [CHIP, DEPLOYED])
def test_boards_with_their_noise_muted_in_the_exam(fleet: Fleet) -> None:
    blueprint = fleet.blueprint()
    every = scales({"resistor mismatch": 1.0, "multiplier output offset": 1.0})
    jobs = [(scales({**dict(every), NOISE.name: scale}), board) for scale in (8.0, 16.0) for board in (0, 1)]
    (quiet,) = Cases(blueprint, None).run([every], [0, 1])
    noisy, _ = run_boards(batch(blueprint, jobs), range(4), threads=1)
    for k in (0, 1):
        low, high = noisy[k].signal_to_noise, noisy[2 + k].signal_to_noise
        assert low is not None and high is not None and noisy[k].silent is not None and quiet[k].loss is not None
        loss = quiet[k].loss * blueprint.variance
        if fleet is DEPLOYED:  # nothing learns: muted, a board is the quiet one, and noise is the same one, scaled
            assert noisy[k].silent == pytest.approx(loss, rel=1e-9)
            assert 10 * (decibels(low) or 0) - 10 * (decibels(high) or 0) == pytest.approx(60.2, abs=0.5)
        else:
            assert noisy[k].silent == pytest.approx(loss, rel=0.05) and noisy[k].silent != loss
    assert quiet[0].silent is None and quiet[0].signal_to_noise is None


def test_what_is_kept_is_found_again_and_what_is_broken_runs_again(tmp_path: Path) -> None:
    blueprint, cases = DEPLOYED.blueprint(), [scales({}), scales({"resistor mismatch": 1.0})]
    outcomes = Cases(blueprint, tmp_path).run(cases, [0, 1])
    assert outcomes[0][0] == outcomes[0][1] and outcomes[1][0] != outcomes[1][1]
    assert Cases(blueprint, tmp_path, Refusing()).run(cases, [0, 1]) == outcomes
    for path in tmp_path.rglob("*.jsonl"):
        path.write_text(path.read_text()[:-20])
    with pytest.raises(pytest.fail.Exception, match="ran again"):
        Cases(blueprint, tmp_path, Refusing()).run(cases, [0, 1])
    assert Cases(blueprint, tmp_path).run(cases, [0, 1]) == outcomes
