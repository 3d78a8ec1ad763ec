"""The learning network of a benchmark as one writes it in torch: Euler's method for gle, layer by layer, in place.

torch is no dependency of this project: ``pip install 'vle-analog[torch]'`` for the benchmark alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

try:
    import torch
except ImportError as error:
    raise SystemExit("this benchmark runs torch beside ours: pip install 'vle-analog[torch]'") from error


class TorchNetwork:
    """Weights that all streams share, and rates and errors of each, shape (neurons, streams).

    Args:
        constants: ``tau_m1``, ``tau_r1``, ... , ``eta`` and ``beta``.
        initial: ``w1``, ``b1``, ... at time zero.
        streams: how many.
        precision: of all numbers.
    """

    def __init__(
        self,
        constants: Mapping[str, np.ndarray],
        initial: Mapping[str, np.ndarray],
        streams: int,
        precision: torch.dtype,
    ) -> None:
        def column(values: np.ndarray, neurons: int) -> torch.Tensor:
            return torch.tensor(np.broadcast_to(values, (neurons,)).copy(), dtype=precision)[:, None]

        count = sum(name.startswith("w") for name in initial)
        self.w = [torch.tensor(np.atleast_2d(initial[f"w{n}"]), dtype=precision) for n in range(1, count + 1)]
        self.b = [column(initial[f"b{n}"], len(self.w[n - 1])) for n in range(1, count + 1)]
        self.tau_m = [column(constants[f"tau_m{n}"], len(w)) for n, w in enumerate(self.w, 1)]
        self.tau_r = [column(constants[f"tau_r{n}"], len(w)) for n, w in enumerate(self.w, 1)]
        self.u = [torch.zeros(len(w), streams, dtype=precision) for w in self.w]
        self.v = [torch.zeros(len(w), streams, dtype=precision) for w in self.w]
        self.eta, self.beta = float(constants["eta"]) / streams, float(constants["beta"])

    @torch.no_grad()
    def march(self, inputs: torch.Tensor, targets: torch.Tensor, step: float) -> None:
        """Advance by as many steps as there are inputs, shape (steps, inputs, streams), and targets alike."""
        top = len(self.w) - 1
        for x, target in zip(inputs, targets, strict=True):
            rates, slopes = [x], []
            for n, w in enumerate(self.w):
                change = torch.addmm(self.b[n], w, rates[-1]).sub_(self.u[n]).div_(self.tau_m[n])
                ahead = torch.addcmul(self.u[n], self.tau_r[n], change)
                self.u[n].add_(change, alpha=step)
                rates.append(ahead if n == top else ahead.tanh_())
                slopes.append(None if n == top else 1 - rates[-1].square())
            p = (target - rates[-1]).mul_(self.beta)
            for n in range(top, -1, -1):
                change = (p - self.v[n]).div_(self.tau_r[n])
                e = torch.addcmul(self.v[n], self.tau_m[n], change)
                self.v[n].add_(change, alpha=step)
                if n:
                    p = torch.mm(self.w[n].T, e).mul_(slopes[n - 1])
                self.w[n].addmm_(e, rates[n].T, alpha=step * self.eta)
                self.b[n].add_(e.sum(dim=1, keepdim=True), alpha=step * self.eta)

    def weights(self) -> dict[str, np.ndarray]:
        """Weights by name, in double precision."""
        return {f"w{n}": w.double().numpy() for n, w in enumerate(self.w, 1)}


def tensors(values: Sequence[np.ndarray], precision: torch.dtype) -> list[torch.Tensor]:
    """Arrays as torch has them."""
    return [torch.tensor(np.ascontiguousarray(each), dtype=precision) for each in values]
