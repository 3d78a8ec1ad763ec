"""Sobol' indices of the boards' loss with respect to how much of each kind of non-ideality there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from vle_analog.fleet.nonidealities import KINDS, Scales, scales
from vle_analog.fleet.sample import Outcome
from vle_analog.studies.budget.result import Sobol, level

#: resamplings for the indices' intervals, and their seed
_RESAMPLINGS, _SEED = 999, 0


def sobol(kinds: Sequence[str], rows: int, run: Callable[[Sequence[Scales]], Sequence[Sequence[Outcome]]]) -> Sobol:
    """First-order and total indices of the logarithm of the boards' median loss.

    Args:
        kinds: names of what boards have.
        rows: of the design, a power of two.
        run: outcomes, board by board, of each of several cases.
    """
    from scipy.stats import sobol_indices  # takes long to load

    points = design_points(kinds, rows).reshape(-1, len(kinds)).tolist()
    outcomes = run([scales(dict(zip(kinds, point, strict=True))) for point in points])
    boards = len(outcomes[0])
    levels = np.array([level(case) for case in outcomes]).reshape(len(kinds) + 2, rows)
    variance = float(np.var(levels[:2]))
    if variance == 0:
        none, nothing = np.zeros(len(kinds)), np.zeros((len(kinds), 2))
        return Sobol(kinds, none, none, nothing, nothing, rows, boards, 0.0)
    values = {"f_A": levels[:1], "f_B": levels[1:2], "f_AB": levels[2:, None, :]}
    indices = sobol_indices(func=values, n=rows)
    intervals = _intervals(levels)
    return Sobol(
        kinds=kinds,
        first=np.asarray(indices.first_order).ravel(),
        total=np.asarray(indices.total_order).ravel(),
        first_interval=intervals[0],
        total_interval=intervals[1],
        rows=rows,
        boards=boards,
        variance=variance,
    )


def design_points(kinds: Sequence[str], rows: int) -> np.ndarray:
    """Saltelli's design of scales, shape (kinds + 2, rows, kinds): A, B, and A with one column of B each.

    Scales of what scatters are uniform from 0 to 1. What all boards share is there or not, with even chances.
    (Saltelli et al., Comput. Phys. Commun. 181, 2010.)
    """
    from scipy.stats import qmc  # scipy.stats takes long to load

    points = qmc.Sobol(2 * len(kinds), scramble=True, seed=_SEED).random(rows)
    fixed = {kind.name for kind in KINDS if not kind.scatters}
    for column, name in enumerate([*kinds, *kinds]):
        if name in fixed:
            points[:, column] = points[:, column] >= 0.5
    first, second = points[:, : len(kinds)], points[:, len(kinds) :]
    mixed = []
    for column in range(len(kinds)):
        mixed.append(first.copy())
        mixed[-1][:, column] = second[:, column]
    return np.array([first, second, *mixed])


def _intervals(levels: np.ndarray) -> np.ndarray:
    """95 % intervals of both indices by bootstrap of rows, percentiles, shape (2, kinds, 2)."""
    first, second, mixed = levels[0], levels[1], levels[2:]
    rows = np.random.default_rng(_SEED).integers(levels.shape[1], size=(_RESAMPLINGS, levels.shape[1]))
    indices = []
    for chosen in rows:
        a, b, ab = first[chosen], second[chosen], mixed[:, chosen]
        variance = max(float(np.var([a, b])), np.finfo(float).tiny)
        centred = b - np.mean([a, b])
        indices.append(
            [np.mean(centred * (ab - a), axis=1) / variance, 0.5 * np.mean((ab - a) ** 2, axis=1) / variance]
        )
    bounds: np.ndarray = np.moveaxis(np.quantile(indices, (0.025, 0.975), axis=0), 0, -1)
    return bounds
