"""System files integrated without this package: by scipy, from the file's own text as Python reads it."""

from __future__ import annotations

import math
import re
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


class Signal(float):
    """A state's value, which tells its past when it is called with a time: ``x(t - tau)``."""

    past: Callable[[float], float]

    def __call__(self, t: float) -> float:
        return self.past(t)


def solution(path: Path, samples: int = 4001) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Times and states of a system file, by an implicit method at rtol 1e-9; delays by the method of steps.

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
    start = np.array([document["states"][name]["initial"] for name in names], float)
    past = Past(start)

    def here(t: float, y: np.ndarray) -> dict[str, Any]:
        values: dict[str, Any] = {**known, "t": t}
        for column, name in enumerate(names):
            values[name] = Signal(y[column])
            values[name].past = lambda at, column=column: past.at(at, column)
        for name, (amplitude, speed, phase) in sines.items():
            values[name] = amplitude * math.sin(speed * t + phase)
        return values

    def rates(t: float, y: np.ndarray) -> list[float]:
        values = here(t, y)
        return [eval(code, {"__builtins__": {}}, values) for code in codes]

    times = np.linspace(0.0, span, samples)
    if document.get("events"):
        states = _with_events(rates, here, document["events"], names, start, times)
    elif delays := _delays(document, known):
        states = _with_delays(rates, past, min(delays), start, times)
    else:
        size = max(1e-3, float(np.max(np.abs(start))))
        found = solve_ivp(rates, (0.0, span), start, "LSODA", times, rtol=1e-9, atol=1e-12 * size, max_step=span / 1000)
        # it does not get through where a state slides on a jump
        states = found.y if found.success else _stepped(rates, start, times)
    return times, dict(zip(names, states, strict=True))


class Past:
    """What has been so far: pieces of dense output, before them the start."""

    def __init__(self, start: np.ndarray) -> None:
        self.start, self.ends, self.pieces = start, [0.0], list[Any]()

    def at(self, t: float, column: int) -> float:
        """A state at a time."""
        if t <= 0:
            return float(self.start[column])
        place = min(int(np.searchsorted(self.ends, t)) - 1, len(self.pieces) - 1)
        return float(self.pieces[place](t)[column])


def _delays(document: dict[str, Any], known: dict[str, Any]) -> list[float]:
    """All T of the ``x(t - T)`` in a file, T a number or a name."""
    texts, names = " ".join(each["derivative"] for each in document["states"].values()), "|".join(document["states"])
    return [float(known.get(word, word)) for word in re.findall(rf"\b(?:{names})\(\s*t\s*-\s*([\w.]+)\s*\)", texts)]


def _with_delays(
    rates: Callable[[float, np.ndarray], list[float]], past: Past, shortest: float, start: np.ndarray, times: np.ndarray
) -> np.ndarray:
    """States at the times, shape (states, times): within the shortest delay all that is delayed is known."""
    y, found = start, np.empty((len(start), len(times)))
    found[:, 0] = start
    begin = 0.0
    while begin < times[-1]:
        end = min(begin + shortest, times[-1])
        piece = solve_ivp(rates, (begin, end), y, "DOP853", rtol=1e-10, atol=1e-12, dense_output=True)
        inner = (times > begin) & (times <= end)
        found[:, inner] = piece.sol(times[inner])
        past.pieces.append(piece.sol)
        past.ends.append(end)
        begin, y = end, piece.y[:, -1]
    return found


def _margin(text: str, here: Callable[[float, np.ndarray], dict[str, Any]]) -> Any:
    """A terminal event of solve_ivp, where an expression rises through 0."""
    code = compile(text, "when", "eval")

    def margin(t: float, y: np.ndarray) -> float:
        return float(eval(code, {"__builtins__": {}}, here(t, y)))

    margin.terminal, margin.direction = True, 1.0  # type: ignore[attr-defined]
    return margin


def _with_events(
    rates: Callable[[float, np.ndarray], list[float]],
    here: Callable[[float, np.ndarray], dict[str, Any]],
    events: dict[str, Any],
    names: list[str],
    start: np.ndarray,
    times: np.ndarray,
) -> np.ndarray:
    """States at the times, shape (states, times), with all events of one comparison each, by terminal events."""
    marks = []
    for each in events.values():
        left, sign, right = re.split(r"(<=|>=|<|>)", each["when"])
        text = f"({left}) - ({right})" if sign.startswith(">") else f"({right}) - ({left})"

        marks.append((_margin(text.strip(), here), each["set"]))
    y, begin = start.copy(), 0.0
    found = np.empty((len(start), len(times)))
    while True:
        piece = solve_ivp(
            rates, (begin, times[-1]), y, "DOP853", rtol=1e-11, atol=1e-13, dense_output=True,
            events=[mark for mark, _ in marks],
        )  # fmt: skip
        inner = (times >= begin) & (times <= piece.t[-1])
        found[:, inner] = piece.sol(times[inner])
        if piece.status != 1:
            return found
        begin, y = float(piece.t[-1]), piece.y[:, -1].copy()
        before = here(begin, y)
        for happened, (_, settings) in zip(piece.t_events, marks, strict=True):
            for name, value in settings.items() if len(happened) else ():
                y[names.index(name)] = eval(value, {"__builtins__": {}}, before)


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
