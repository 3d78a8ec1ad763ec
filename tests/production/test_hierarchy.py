"""Variation: what parts of a lot, a board and a stage have in common, distributions, and even fillings."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.production.test_variation import learning, of, ratios, values
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Capacitor, Instance, Resistor
from vle_analog.engine.reduce import CURRENT, GIN, A, T, evaluated, reduced
from vle_analog.errors import UsageError
from vle_analog.owner import Owner
from vle_analog.production.draws import DISTRIBUTIONS
from vle_analog.production.production import Production
from vle_analog.production.variation import Tolerance, Variation, mismatched

COUNT = 10_000
#: a leaky integrator with one input
STAGE = of(
    Resistor("u__1", ("x", "u__s"), 50e3),
    Instance("u", ("0", "u__s", "u"), "leaky_integrator", (("R", 100e3), ("C", 1e-8), ("IC", 0.0))),
)


def test_without_anything_in_common_it_is_mismatch_bit_for_bit() -> None:
    circuit = learning()
    variation = Variation(Tolerance(0.02), Tolerance(0.05))
    assert all(variation.applied(circuit, k) == mismatched(circuit, 0.02, 0.05, k) for k in (0, 1, 77))
    taught = replace(circuit, sections=(*STAGE.sections, *circuit.owned_by(Owner.TEACHER).sections))
    assert variation.applied(taught, 3) == mismatched(taught, 0.02, 0.05, 3)
    assert variation.applied(taught, 3).sections[1:] == taught.sections[1:]


@cache
def law(lot: float, board: float, matched: float) -> tuple[np.ndarray, np.ndarray]:
    """Gain and time constant of 10,000 boards' stages, by the stage's reduced law."""
    variation = Variation(Tolerance(0.03, lot=lot, board=board, matched=matched), Tolerance(0.05, lot=lot, board=board))
    rows = [values(variation.applied(STAGE, k)) for k in range(COUNT)]
    r1, r, c = (np.array([row[name][1] for row in rows]) for name in ("Ru__1", "Xu.R", "Xu.C"))
    found = reduced(STAGE.cells["leaky_integrator"], (("opamp", "opamp"),))
    given = {"R": r, "C": c, GIN: 1 / r1, A: np.zeros(COUNT), T: np.zeros(COUNT)}
    (state,) = found.states

    def of_law(coefficients: object, name: str) -> np.ndarray:
        expression = coefficients.get(name, 0)  # type: ignore[attr-defined]
        return evaluated(expression, given, COUNT) if expression != 0 else np.zeros(COUNT)

    rate, drive = of_law(found.rates[0], state), of_law(found.rates[0], CURRENT)
    settled = of_law(found.output, state) * (-drive / rate) + of_law(found.output, CURRENT)
    return -settled / r1, -1 / rate


@pytest.mark.parametrize(("lot", "board", "matched"), [(0.0, 0.0, 0.0), (0.3, 0.2, 0.0), (0.2, 0.1, 0.6)])
def test_a_stage_gain_and_time_constant_spread_as_the_analytic_law_says(
    lot: float, board: float, matched: float
) -> None:
    """Logarithms of lognormal parts add: what two resistors share drops out of their ratio, not of R C."""
    gain, tau = law(lot, board, matched)
    r, c = np.log1p(0.03**2), np.log1p(0.05**2)
    for found, nominal, variance in (
        (gain, 2.0, 2 * r * (1 - lot - board) * (1 - matched)),
        (tau, 1e-3, r + c),
    ):
        logs = np.log(found / nominal)
        assert logs.std() == pytest.approx(variance**0.5, rel=3 / (2 * COUNT) ** 0.5)
        expected = 0.0 if found is gain else -(r + c) / 2
        assert logs.mean() == pytest.approx(expected, abs=3 * (variance / COUNT) ** 0.5)
        relative = np.sqrt(np.expm1(variance)) * np.exp(variance / 2 + expected)
        assert (found / nominal).std() == pytest.approx(relative, rel=4 / (2 * COUNT) ** 0.5)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_mean_and_deviation_of_every_distribution(distribution: str) -> None:
    tolerance = Tolerance(0.1, distribution)
    rng = np.random.default_rng(0)
    found = np.array([tolerance.factor(each) for each in rng.standard_normal(COUNT).tolist()])
    assert found.mean() == pytest.approx(1, abs=3 * 0.1 / COUNT**0.5)
    kurtosis = float(np.mean((found - found.mean()) ** 4) / found.var() ** 2)
    assert found.std() == pytest.approx(0.1, rel=3 * ((kurtosis - 1) / 4 / COUNT) ** 0.5)
    widest = np.abs(found - 1).max()
    if distribution == "uniform":
        assert widest <= 0.1 * 3**0.5
    if distribution == "truncated":
        assert 0.22 < widest <= 0.2274  # two deviations of a normal whose rest has deviation 0.1


def test_lots_boards_and_stages_share_what_they_are_said_to() -> None:
    circuit = of(*(Resistor(f"r{k}", ("x", "0"), 1e3) for k in range(200)))

    def means(variation: Variation, boards: range) -> np.ndarray:
        rows = (np.log(list(ratios(circuit, variation.applied(circuit, k)).values())) for k in boards)
        return np.array([each.mean() for each in rows])

    lots = means(Variation(Tolerance(0.1, lot=1.0), per_lot=3), range(9))
    assert np.allclose(lots, np.repeat(lots[::3], 3)) and len({*np.round(lots, 9)}) == 3
    boards = means(Variation(Tolerance(0.1, board=1.0), per_lot=3), range(9))
    assert len({*np.round(boards, 9)}) == 9
    half = Variation(Tolerance(0.1, board=0.5))
    inside = np.array([list(ratios(circuit, half.applied(circuit, k)).values()) for k in range(30)])
    within = np.log(inside).std(axis=1)  # 200 parts each, 30 boards
    assert np.sqrt(np.mean(within**2)) == pytest.approx(0.1 * 0.5**0.5, rel=3 / (2 * 6000) ** 0.5 + 0.005)


def test_matched_parts_of_a_stage_keep_their_ratio() -> None:
    found = ratios(STAGE, Variation(Tolerance(0.1, matched=1.0)).applied(STAGE, 5))
    assert found["Ru__1"] == pytest.approx(found["Xu.R"], rel=1e-12) and found["Ru__1"] != 1 and found["Xu.C"] == 1


def test_temperature_moves_all_parts_of_a_kind_alike() -> None:
    variation = Variation(Tolerance(coefficient=1e-4), Tolerance(coefficient=-5e-4), kelvin=20.0)
    circuit = of(Resistor("a", ("x", "0"), 1e3), Resistor("b", ("x", "0"), 2e3), Capacitor("c", ("x", "0"), 1e-9))
    warmth = 20 * variation.levels(4)["temperature"]
    found = ratios(circuit, Production(variation).made(circuit, 4))
    assert ratios(circuit, variation.applied(circuit, 4)) == pytest.approx({"Ra": 1, "Rb": 1, "Cc": 1})
    assert found == pytest.approx({"Ra": 1 + 1e-4 * warmth, "Rb": 1 + 1e-4 * warmth, "Cc": 1 - 5e-4 * warmth})


@pytest.mark.parametrize("sampling", ["sobol", "latin"])
def test_even_fillings_are_even_and_made_board_by_board(sampling: str) -> None:
    tolerance = Tolerance(0.1, lot=0.3, board=0.2)
    variation = Variation(tolerance, tolerance, kelvin=5.0, sampling=sampling, points=256)
    rows = np.array([list(variation.levels(k).values()) for k in range(256)])
    assert rows.shape == (256, 5)
    furthest = np.abs(rows.mean(axis=0)).max()
    assert furthest < 0.3 / 16  # a tenth of a random mean's three standard errors
    assert all(len(set(column)) == 256 for column in rows.T.tolist())
    assert variation.levels(200) == dict(zip(variation.levels(0), rows[200].tolist(), strict=True))
    circuit: Circuit = learning()
    assert variation.applied(circuit, 17) == variation.applied(circuit, 17) != variation.applied(circuit, 18)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Tolerance(-0.1), "at least 0"),
        (lambda: Tolerance(5), "below 0.5"),
        (lambda: Tolerance(float("nan")), "below 0.5"),
        (lambda: Tolerance(0.1, "lognorml"), "no distribution"),
        (lambda: Tolerance(0.1, lot=0.7, board=0.5), "share 1.2"),
        (lambda: Tolerance(0.1, matched=1.5), "'matched'"),
        (lambda: Variation(kelvin=-1), "temperature"),
        (lambda: Variation(per_lot=0), "at least 1 board"),
        (lambda: Variation(sampling="halton"), "no sampling"),
        (lambda: Variation(Tolerance(0.1), sampling="sobol"), "nothing to fill"),
        (lambda: Variation(Tolerance(0.1, lot=0.1), per_lot=2, sampling="sobol"), "lots of their own"),
        (lambda: Variation(Tolerance(0.1, lot=0.1), sampling="latin", points=4).levels(4), "no board 4"),
    ],
)
def test_refused(make, text: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match=text):
        make()
