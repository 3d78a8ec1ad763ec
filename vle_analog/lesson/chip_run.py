"""A network that learned as a circuit beside the same one that learned ideally, on the same data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from itertools import pairwise
from typing import Any

import numpy as np

from vle_analog.compare.metrics import nrmse
from vle_analog.lesson.learning_run import LearningRun

Array = np.ndarray


@dataclass(frozen=True)
class Course:
    """The course of a network's learning.

    Attributes:
        time: marks, model units, increasing, the first at 0, shape (n + 1,).
        online: mean of ``(target - output)^2`` between two marks, plasticity on, shape (n,).
        learned: everything that learns, by instance, at the marks, shape (n + 1,).
    """

    time: Array
    online: Array
    learned: Mapping[str, Array]

    def to_json(self) -> dict[str, Any]:
        """Plain data: lists of numbers."""
        learned = {name: np.asarray(values).tolist() for name, values in self.learned.items()}
        return {"time": self.time.tolist(), "online": self.online.tolist(), "learned": learned}

    @staticmethod
    def from_json(record: Mapping[str, Any]) -> Course:
        """The course that `to_json` wrote."""
        learned = {name: np.array(values) for name, values in record["learned"].items()}
        return Course(np.array(record["time"]), np.array(record["online"]), learned)


@dataclass(frozen=True)
class Excerpt:
    """The end of the last exam: the same fresh data, heard by frozen networks.

    Attributes:
        time: model units, shape (n,).
        target, ideal, analog: what was asked for, and both outputs, each of shape (n,).
        nrmse: of the analog output against the ideal one over the whole exam but its settling.
        output: that it is of: the one that differs most; empty in older records.
    """

    time: Sequence[float]
    target: Sequence[float]
    ideal: Sequence[float]
    analog: Sequence[float]
    nrmse: float
    output: str = ""


@dataclass(frozen=True)
class ChipRun:
    """One network on one board, with one seed, and its ideal.

    Attributes:
        ideal, analog: judged at the same moments, weights frozen, on the same fresh data.
        ideal_course, analog_course: on the way, at the same marks.
        excerpt: of the last exam.
        deployed: loss on that exam of the same board's parts with the weights in its resistors; None where no
            weights were deployed.
        parts: of the circuit.
        points: that ngspice computed.
        step: its step bound, model units.
        kinds: what everything that learns is, in `Kind`'s words, by instance; empty in older records.
    """

    ideal: LearningRun
    analog: LearningRun
    ideal_course: Course
    analog_course: Course
    excerpt: Excerpt
    deployed: float | None = None
    parts: Mapping[str, int] = field(default_factory=dict)
    points: int = 0
    step: float = 0.0
    kinds: Mapping[str, str] = field(default_factory=dict)

    def weight_nrmse(self) -> dict[str, float]:
        """RMS difference of the two paths over the range of the ideal one, for everything that learns."""
        return {
            name: nrmse(values, self.analog_course.learned[name], self.ideal_course.time)
            for name, values in self.ideal_course.learned.items()
        }

    def loss_ratio(self) -> float | None:
        """Final frozen loss, analog over ideal."""
        ideal, analog = self.ideal.frozen_loss, self.analog.frozen_loss
        return None if ideal is None or analog is None or not ideal else analog / ideal

    def accuracy_difference(self) -> float | None:
        """Final fraction of right answers, analog less ideal."""
        ideal, analog = self.ideal.frozen_accuracy, self.analog.frozen_accuracy
        return None if ideal is None or analog is None else analog - ideal

    def time_ratio(self, threshold: float) -> float | None:
        """Time to the threshold, analog over ideal; None where one never stays below."""
        ideal, analog = self.ideal.time_to(threshold), self.analog.time_to(threshold)
        return None if not ideal or analog is None else analog / ideal

    def won_back(self) -> float | None:
        """The part of the loss caused by the deployed board's mismatch that learning on it took away again."""
        ideal, analog = self.ideal.frozen_loss, self.analog.frozen_loss
        if self.deployed is None or ideal is None or analog is None or self.deployed == ideal:
            return None
        return (self.deployed - analog) / (self.deployed - ideal)

    def online_ratio(self, edges: Sequence[float]) -> list[float]:
        """Online loss, analog over ideal, between consecutive edges (model units) that are marks."""
        ratios = []
        for low, high in pairwise(edges):
            means = []
            for course in (self.analog_course, self.ideal_course):
                inside = (course.time[1:] > low * (1 + 1e-9)) & (course.time[1:] <= high * (1 + 1e-9))
                means.append(np.average(course.online[inside], weights=np.diff(course.time)[inside]))
            ratios.append(float(means[0] / means[1]))
        return ratios

    def to_json(self) -> dict[str, Any]:
        """Plain data: numbers and lists."""
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        plain["excerpt"] = asdict(self.excerpt)
        return {key: value.to_json() if hasattr(value, "to_json") else value for key, value in plain.items()}

    @staticmethod
    def from_json(record: Mapping[str, Any]) -> ChipRun:
        """The run that `to_json` wrote."""
        runs = {key: LearningRun.from_json(record[key]) for key in ("ideal", "analog")}
        courses = {key: Course.from_json(record[key]) for key in ("ideal_course", "analog_course")}
        return ChipRun(**{**record, **runs, **courses, "excerpt": Excerpt(**record["excerpt"])})
