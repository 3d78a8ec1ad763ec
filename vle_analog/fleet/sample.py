"""What was found on one board: judged with its weights held, on fresh data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Sample:
    """One board, judged with its weights held, on fresh data.

    Attributes:
        board: its number.
        loss: mean squared error on the exam; None where the board did not stay finite.
        accuracy: fraction of right answers; None where there are none, or none to read.
        online: mean squared error in consecutive stretches of learning; None where it is not finite.
        learned: what it learned, by the task's order.
        seconds: of computing, its share of the batch.
        silent: loss of the same board with the noise of its parts switched off in the exam; None without noise.
        signal_to_noise: on the exam, power of the output then, about its mean, over the power of what noise adds.
    """

    board: int
    loss: float | None
    accuracy: float | None
    online: tuple[float | None, ...] = ()
    learned: tuple[float | None, ...] = ()
    seconds: float = 0.0
    silent: float | None = None
    signal_to_noise: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**vars(self), "online": list(self.online), "learned": list(self.learned)}

    @staticmethod
    def from_json(record: Mapping[str, Any]) -> Sample:
        """What `to_json` wrote."""
        return Sample(**{**record, "online": tuple(record["online"]), "learned": tuple(record["learned"])})


@dataclass(frozen=True)
class Check:
    """One board that ran in ngspice, too.

    Attributes:
        board: its number.
        loss, accuracy: ngspice's, the loss as a mean square.
        good: its verdict.
        agrees: whether the engine's is the same.
        loss_error: difference of the engine's loss from ngspice's, over ngspice's; None where one is not finite.
        weights_nrmse: RMS difference of what the two learned over the range of ngspice's; None where nothing learns
            or a board did not stay finite.
        seconds: of ngspice.
    """

    board: int
    loss: float | None
    accuracy: float | None
    good: bool
    agrees: bool
    loss_error: float | None
    weights_nrmse: float | None
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """One board, judged with its weights held, on fresh data.

    Attributes:
        loss: over the target's variance; None where the board did not stay finite.
        accuracy: fraction of right answers; None where there are none.
        silent, signal_to_noise: of a board whose parts make noise, as `Sample` has them; the loss over the variance.
    """

    loss: float | None
    accuracy: float | None
    silent: float | None = None
    signal_to_noise: float | None = None
