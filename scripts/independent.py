"""System files integrated without this package: by scipy, from the file's own text as Python reads it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

#: what the files call functions
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(math, name)
        for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "sqrt", "atan")
    },
    "abs": abs,
    "max": max,
    "min": min,
    "sign": lambda x: float(np.sign(x)),
    "heaviside": lambda x: float(np.heaviside(x, 0.5)),
    "cot": lambda x: 1 / math.tan(x),
}


def solution(path: Path, samples: int = 4001) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Times and states of a system file without events or delays, by an implicit method at rtol 1e-9.

    Args:
        path: the file; its text is run as Python.
        samples: evenly spaced.

    Raises:
        Exception: whatever Python or scipy says of it.
    """
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    names = list(document["states"])
    codes = [compile(document["states"][name]["derivative"].strip(), name, "eval") for name in names]
    known = {**FUNCTIONS, **document.get("parameters", {}), "pi": math.pi}
    sines = {
        name: (each["amplitude"], 2 * math.pi * each["frequency"], each.get("phase", 0.0))
        for name, each in document.get("inputs", {}).items()
    }
    span = document["time"]["span"]

    def rates(t: float, y: np.ndarray) -> list[float]:
        here: dict[str, Any] = {**known, "t": t, **dict(zip(names, map(float, y), strict=True))}
        for name, (amplitude, speed, phase) in sines.items():
            here[name] = amplitude * math.sin(speed * t + phase)
        return [eval(code, {"__builtins__": {}}, here) for code in codes]

    start = np.array([document["states"][name]["initial"] for name in names], float)
    times = np.linspace(0.0, span, samples)
    size = max(1e-3, float(np.max(np.abs(start))))
    found = solve_ivp(rates, (0.0, span), start, "LSODA", times, rtol=1e-9, atol=1e-12 * size, max_step=span / 1000)
    # it does not get through where a state slides on a jump
    states = found.y if found.success else _stepped(rates, start, times)
    return times, dict(zip(names, states, strict=True))


def _stepped(rates: Callable[[float, np.ndarray], list[float]], start: np.ndarray, times: np.ndarray) -> np.ndarray:
    """States at the times by the classical method of order 4, fifty steps in between, shape (states, times)."""
    states, y = [start], start.copy()
    for begin, end in pairwise(times):
        h = (end - begin) / 50
        for n in range(50):
            t = begin + n * h
            a = np.array(rates(t, y))
            b = np.array(rates(t + h / 2, y + h / 2 * a))
            c = np.array(rates(t + h / 2, y + h / 2 * b))
            d = np.array(rates(t + h, y + h * c))
            y = y + h / 6 * (a + 2 * b + 2 * c + d)
        states.append(y)
    return np.array(states).T


def nrmse(time: np.ndarray, truth: np.ndarray, run_time: np.ndarray, run: np.ndarray) -> float:
    """RMS difference over the range of the truth; over its size where it is constant."""
    range_ = float(np.ptp(truth))
    if range_ <= 1e-9 * float(np.max(np.abs(truth), initial=0.0)):
        range_ = float(np.max(np.abs(truth), initial=0.0)) or 1.0
    return float(np.sqrt(np.mean((np.interp(time, run_time, run) - truth) ** 2))) / range_
